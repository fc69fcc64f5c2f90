// Training steps that compute with the active weights alone: unit by unit, up to 8 tiles side by side.

// Sums over the samples of a batch on their way to the gradient, 16 lanes each. All of them are made tile group by tile
// group in the same order, and reduced after the last one: in between the reduction would cost mispredicted branches.
typedef struct {
  v16 *next;
  int isFirst;  // group of tiles
} gradient_sums;

INLINE v16 next_sum(const gradient_sums *s) { return s->isFirst ? (v16){} : *s->next; }

INLINE void add_sum(gradient_sums *s, v16 sum) { *s->next++ = sum; }

// There is room for the sums to be filled up to a multiple of 16.
INLINE void reduce_sums(v16 *sums, v16 *end, float *gradient) {
  while ((end - sums) % 16 != 0) *end++ = (v16){};
  for (; sums < end; sums += 16, gradient += 16) *(v16u *)gradient = reduce_16(sums);
}

// Hidden units that no active weight reads have a delta of zero, and so is the gradient of what they read: they are left
// out unless the gradients of all weights are wanted, those that would read them among them.
INLINE void active_forward(const potline_network *n, const potline_active_layer *layers, const float *parameters,
                           float *X, int tiles, potline_gradient_of which, upcoming *u) {
  ptrdiff_t tile = (ptrdiff_t)n->activationRows * POTLINE_LANES;
  for (int l = 0; l < n->layerCount; l++) {
    const potline_active_layer *a = &layers[l];
    int isLast = l + 1 == n->layerCount;
    for (int k = 0; k < (which == POTLINE_GRADIENT_ACTIVE ? a->readUnits : n->layers[l].outputs); k++) {
      int o = which == POTLINE_GRADIENT_ACTIVE ? a->unit[k] : k;
      prefetch_rows(u);
      float *result = X + (ptrdiff_t)(n->layers[l].outputStart + o) * POTLINE_LANES;
      v16 sum[8] = {};
      for (int e = a->outputEntries[o]; e < a->outputEntries[o + 1]; e++) {
        const float *x = X + (ptrdiff_t)a->sourceRow[e] * POTLINE_LANES;
        v16 weight = splat(parameters[a->parameter[e]]);
        UNROLL for (int t = 0; t < tiles; t++) sum[t] = fma16(weight, *(const v16 *)(x + t * tile), sum[t]);
      }
      v16 bias = splat(parameters[a->bias[o]]);
      UNROLL for (int t = 0; t < tiles; t++) {
        v16 y = sum[t] + bias;
        *(v16 *)(result + t * tile) = isLast ? y : relu(y);
      }
    }
  }
}

// The gradients of the active weights that read source i, x; of a hidden unit also its delta, so that the deltas above
// are loaded once for both, and the gradient of its bias. What the unit was is not needed any more then, and its delta
// takes the place.
INLINE void active_source(const potline_active_layer *a, int i, int isHidden, const float *parameters, float *x,
                          const float *deltas, ptrdiff_t tile, int tiles, gradient_sums *s) {
  v16 source[8], delta[8] = {};
  UNROLL for (int t = 0; t < tiles; t++) source[t] = *(const v16 *)(x + t * tile);
  for (int e = a->sourceEntries[i]; e < a->sourceEntries[i + 1]; e++) {
    const float *d = deltas + (ptrdiff_t)a->output[e] * POTLINE_LANES;
    v16 weight = splat(parameters[a->sourceParameter[e]]), sum = next_sum(s);
    UNROLL for (int t = 0; t < tiles; t++) {
      v16 above = *(const v16 *)(d + t * tile);
      sum = fma16(source[t], above, sum);
      if (isHidden) delta[t] = fma16(weight, above, delta[t]);
    }
    add_sum(s, sum);
  }
  if (!isHidden) return;
  v16 sum = next_sum(s);
  UNROLL for (int t = 0; t < tiles; t++) {
    delta[t] = select16(source[t] > (v16){}, delta[t], (v16){});
    sum = sum + delta[t];
    *(v16 *)(x + t * tile) = delta[t];
  }
  add_sum(s, sum);
}

INLINE void active_backward(const potline_network *n, const potline_active_layer *layers, const float *parameters,
                            float *X, int tiles, gradient_sums *s, upcoming *u) {
  ptrdiff_t tile = (ptrdiff_t)n->activationRows * POTLINE_LANES;
  for (int o = 0; o < n->outputs; o++) {
    const float *d = X + (ptrdiff_t)(n->layers[n->layerCount - 1].outputStart + o) * POTLINE_LANES;
    v16 sum = next_sum(s);
    UNROLL for (int t = 0; t < tiles; t++) sum = sum + *(const v16 *)(d + t * tile);
    add_sum(s, sum);
  }
  for (int l = n->layerCount - 1; l >= 0; l--) {
    const potline_active_layer *a = &layers[l];
    const float *deltas = X + (ptrdiff_t)n->layers[l].outputStart * POTLINE_LANES;
    float *below = X + (ptrdiff_t)n->layers[l].hiddenStart * POTLINE_LANES;
    int hidden = n->layers[l].hiddenRows;
    for (int k = 0; l > 0 && k < layers[l - 1].readUnits; k++) {
      int i = layers[l - 1].unit[k];
      prefetch_rows(u);
      active_source(a, i, 1, parameters, below + (ptrdiff_t)i * POTLINE_LANES, deltas, tile, tiles, s);
    }
    for (int i = 0; i < n->layers[l].inputRows; i++) {
      if (a->sourceEntries[hidden + i] == a->sourceEntries[hidden + i + 1]) continue;
      prefetch_rows(u);
      active_source(a, hidden + i, 0, parameters, X + (ptrdiff_t)i * POTLINE_LANES, deltas, tile, tiles, s);
    }
  }
}

// The deltas alone, those of a layer's read units one after the other, turned for the gradient of all weights.
INLINE void skipping_backward(const potline_network *n, const potline_active_layer *layers, const float *parameters,
                              const float *X, float *D, int tiles, upcoming *u) {
  ptrdiff_t sourceTile = (ptrdiff_t)n->activationRows * POTLINE_LANES;
  ptrdiff_t deltaTile = (ptrdiff_t)n->deltaRows * POTLINE_LANES;
  for (int l = n->layerCount - 1; l >= 0; l--) {
    const potline_active_layer *a = &layers[l];
    float *above = D + (ptrdiff_t)n->layers[l].deltaStart * POTLINE_LANES;
    const float *mask = X + (ptrdiff_t)n->layers[l].hiddenStart * POTLINE_LANES;
    for (int k = 0; l > 0 && k < layers[l - 1].readUnits; k++) {
      int i = layers[l - 1].unit[k];
      float *result = D + (ptrdiff_t)(n->layers[l - 1].deltaStart + k) * POTLINE_LANES;
      prefetch_rows(u);
      v16 sum[8] = {};
      for (int e = a->sourceEntries[i]; e < a->sourceEntries[i + 1]; e++) {
        const float *d = above + (ptrdiff_t)a->place[a->output[e]] * POTLINE_LANES;
        v16 weight = splat(parameters[a->sourceParameter[e]]);
        UNROLL for (int t = 0; t < tiles; t++) sum[t] = fma16(weight, *(const v16 *)(d + t * deltaTile), sum[t]);
      }
      UNROLL for (int t = 0; t < tiles; t++) {
        v16 x = *(const v16 *)(mask + (ptrdiff_t)i * POTLINE_LANES + t * sourceTile);
        *(v16 *)(result + t * deltaTile) = select16(x > (v16){}, sum[t], (v16){});
      }
    }
    for (int t = 0; t < tiles; t++) turn_deltas(above + t * deltaTile, a->readUnits);
  }
}

// One call's arguments.
typedef struct {
  const potline_network *n;
  const potline_active_layer *layers;
  const float *parameters;
  const potline_samples *samples;
  const uint32_t *order;
  int count;
  float *X, *Y, *D;
  float scale;
} active_batch;

INLINE v16 active_tiles(const active_batch *b, int first, int tiles, potline_gradient_of which, gradient_sums *s,
                        v16 loss, upcoming *u) {
  const potline_network *n = b->n;
  ptrdiff_t tile = (ptrdiff_t)n->activationRows * POTLINE_LANES, deltaTile = (ptrdiff_t)n->deltaRows * POTLINE_LANES;
  const potline_layer *last = &n->layers[n->layerCount - 1];
  float *x = b->X + first * tile, *d = b->D + first * deltaTile;
  gather_tiles(n, b->samples, b->order, b->count, first * POTLINE_LANES, tiles, x, b->Y);
  active_forward(n, b->layers, b->parameters, x, tiles, which, u);
  int valid = b->count - first * POTLINE_LANES;
  if (which == POTLINE_GRADIENT_ACTIVE) {
    float *deltas = x + (ptrdiff_t)last->outputStart * POTLINE_LANES;
    loss = squared_error(n, x, b->Y, tiles, valid, b->scale, loss, deltas, tile, NULL, 0);
    active_backward(n, b->layers, b->parameters, x, tiles, s, u);
  } else {
    float *deltas = d + (ptrdiff_t)last->deltaStart * POTLINE_LANES;
    loss = squared_error(n, x, b->Y, tiles, valid, b->scale, loss, deltas, deltaTile, NULL, 0);
    skipping_backward(n, b->layers, b->parameters, x, d, tiles, u);
  }
  return loss;
}

// As many tiles at a time as have the rows that the widest layer reads in 48 KiB, up to the registers' limit.
INLINE int active_tiles_at_once(const active_batch *b) {
  int widest = 1;
  for (int l = 0; l < b->n->layerCount; l++) {
    if (b->layers[l].readSources > widest) widest = b->layers[l].readSources;
  }
  int most = 49152 / (widest * 64);
  for (int some = 8; some > 1; some /= 2) {
    if (most >= some && SPARSE_TILES >= some) return some;
  }
  return 1;
}

static float active_gradient(const potline_network *n, const potline_active_layer *layers, const float *parameters,
                             const potline_samples *samples, const uint32_t *order, int32_t count, int32_t nextCount,
                             float *X, float *Y, float *D, float scale, potline_gradient_of which, float *lanes,
                             float *g) {
  float_environment saved = flush_denormals();
  int tiles = (count + POTLINE_LANES - 1) / POTLINE_LANES;
  active_batch b = {n, layers, parameters, samples, order, count, X, Y, D, scale};
  int atOnce = active_tiles_at_once(&b);
  int blocks = 0;
  for (int l = 0; l < n->layerCount; l++) blocks += layers[l].readUnits + layers[l].readSources;
  blocks *= (tiles + atOnce - 1) / atOnce;
  upcoming u = upcoming_rows(samples, order + count, nextCount, blocks);
  v16 loss = {};
  gradient_sums s = {.next = (v16 *)lanes};
  for (int t = 0; t < tiles;) {
    int some = atOnce;
    while (some > tiles - t) some /= 2;
    s = (gradient_sums){.next = (v16 *)lanes, .isFirst = t == 0};
#define TILES_CASE(k)                                                      \
  case k:                                                                  \
    loss = which == POTLINE_GRADIENT_ACTIVE                                \
               ? active_tiles(&b, t, k, POTLINE_GRADIENT_ACTIVE, &s, loss, &u) \
               : active_tiles(&b, t, k, POTLINE_GRADIENT_ALL, &s, loss, &u);   \
    break;
    switch (some) {
#if SPARSE_TILES >= 8
      TILES_CASE(8)
#endif
#if SPARSE_TILES >= 4
      TILES_CASE(4)
#endif
#if SPARSE_TILES >= 2
      TILES_CASE(2)
#endif
      TILES_CASE(1)
      default: __builtin_unreachable();
    }
    t += some;
  }
  if (which == POTLINE_GRADIENT_ALL) {
    weight_gradient_of_read(n, layers, X, D, tiles, g, lanes, &u);
  } else {
    reduce_sums((v16 *)lanes, s.next, g);
  }
  float sum = reduce_1(loss);
  restore_denormals(saved);
  return sum;
}
