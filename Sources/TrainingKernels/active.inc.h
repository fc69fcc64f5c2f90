// Training steps that compute with the active weights alone.

// Whether no active weight reads hidden unit o of layer l: its delta is zero, and so is the gradient of what it reads.
INLINE int is_unread(const potline_network *n, const potline_active_layer *layers, int l, int o) {
  return l + 1 < n->layerCount && layers[l + 1].hiddenEntries[o] == layers[l + 1].hiddenEntries[o + 1];
}

// The active layers of some tiles forward, entry by entry. Unread units are left out unless the gradients of all weights
// are wanted, those that would read them among them.
INLINE void active_forward(const potline_network *n, const potline_active_layer *layers, const float *parameters,
                           float *X, int tiles, potline_gradient_of which, upcoming *u) {
  ptrdiff_t tile = (ptrdiff_t)n->activationRows * POTLINE_LANES;
  for (int l = 0; l < n->layerCount; l++) {
    const potline_active_layer *a = &layers[l];
    float *result = X + (ptrdiff_t)n->layers[l].outputStart * POTLINE_LANES;
    int isLast = l + 1 == n->layerCount;
    for (int o = 0; o < n->layers[l].outputs; o++) {
      prefetch_rows(u);
      if (which == POTLINE_GRADIENT_ACTIVE && is_unread(n, layers, l, o)) continue;
      v16 sum[8];
      int bias = a->outputEntries[o + 1] - 1;
      v16 start = splat(parameters[a->parameter[bias]]);
      UNROLL for (int t = 0; t < tiles; t++) sum[t] = start;
      for (int e = a->outputEntries[o]; e < bias; e++) {
        const float *x = X + (ptrdiff_t)a->sourceRow[e] * POTLINE_LANES;
        v16 weight = splat(parameters[a->parameter[e]]);
        UNROLL for (int t = 0; t < tiles; t++) sum[t] = fma16(weight, *(const v16 *)(x + t * tile), sum[t]);
      }
      UNROLL for (int t = 0; t < tiles; t++) {
        *(v16 *)(result + o * POTLINE_LANES + t * tile) = isLast ? sum[t] : relu(sum[t]);
      }
    }
  }
}

INLINE void active_backward(const potline_network *n, const potline_active_layer *layers, const float *parameters,
                            const float *X, float *D, int tiles, potline_gradient_of which, upcoming *u) {
  ptrdiff_t sourceTile = (ptrdiff_t)n->activationRows * POTLINE_LANES;
  ptrdiff_t deltaTile = (ptrdiff_t)n->deltaRows * POTLINE_LANES;
  for (int l = n->layerCount - 1; l > 0; l--) {
    const potline_active_layer *a = &layers[l];
    const float *mask = X + (ptrdiff_t)n->layers[l].hiddenStart * POTLINE_LANES;
    float *result = D + (ptrdiff_t)n->layers[l - 1].deltaStart * POTLINE_LANES;
    for (int i = 0; i < n->layers[l].hiddenRows; i++) {
      prefetch_rows(u);
      if (which == POTLINE_GRADIENT_ACTIVE && is_unread(n, layers, l - 1, i)) continue;
      v16 sum[8];
      UNROLL for (int t = 0; t < tiles; t++) sum[t] = (v16){};
      for (int e = a->hiddenEntries[i]; e < a->hiddenEntries[i + 1]; e++) {
        const float *d = D + (ptrdiff_t)a->deltaRow[e] * POTLINE_LANES;
        v16 weight = splat(parameters[a->hiddenParameter[e]]);
        UNROLL for (int t = 0; t < tiles; t++) sum[t] = fma16(weight, *(const v16 *)(d + t * deltaTile), sum[t]);
      }
      UNROLL for (int t = 0; t < tiles; t++) {
        v16 x = *(const v16 *)(mask + i * POTLINE_LANES + t * sourceTile);
        *(v16 *)(result + i * POTLINE_LANES + t * deltaTile) = select16(x > (v16){}, sum[t], (v16){});
      }
    }
  }
}

// The gradient of the entries by output, in their order: 16 lanes over all tiles, then a sum over the lanes.
INLINE void active_weights(const potline_network *n, const potline_active_layer *layers, const float *X, const float *D,
                           int tiles, float *gradient) {
  ptrdiff_t sourceTile = (ptrdiff_t)n->activationRows * POTLINE_LANES;
  ptrdiff_t deltaTile = (ptrdiff_t)n->deltaRows * POTLINE_LANES;
  v16 sums[16];
  int waiting = 0;
  for (int l = 0; l < n->layerCount; l++) {
    const potline_active_layer *a = &layers[l];
    for (int o = 0; o < n->layers[l].outputs; o++) {
      const float *d = D + (ptrdiff_t)(n->layers[l].deltaStart + o) * POTLINE_LANES;
      int tilesToSum = is_unread(n, layers, l, o) ? 0 : tiles;
      for (int e = a->outputEntries[o]; e < a->outputEntries[o + 1]; e++) {
        const float *x = X + (ptrdiff_t)a->sourceRow[e] * POTLINE_LANES;
        v16 sum = {};
        int t = 0;
        for (; t + 8 <= tilesToSum; t += 8) {
          UNROLL for (int k = 0; k < 8; k++) {
            sum = fma16(*(const v16 *)(x + (t + k) * sourceTile), *(const v16 *)(d + (t + k) * deltaTile), sum);
          }
        }
        for (; t < tilesToSum; t++) sum = fma16(*(const v16 *)(x + t * sourceTile), *(const v16 *)(d + t * deltaTile), sum);
        sums[waiting++] = sum;
        if (waiting == 16) {
          *(v16u *)gradient = reduce_16(sums);
          gradient += 16;
          waiting = 0;
        }
      }
    }
  }
  for (int k = waiting; k < 16; k++) sums[k] = (v16){};
  *(v16u *)gradient = reduce_16(sums);
}

INLINE v16 active_tiles(const potline_network *n, const potline_active_layer *layers, const float *parameters,
                        const potline_samples *samples, const uint32_t *order, int count, int first, int tiles,
                        float *x, float *Y, float *d, float scale, potline_gradient_of which, v16 loss,
                        upcoming *u) {
  gather_tiles(n, samples, order, count, first * POTLINE_LANES, tiles, x, Y);
  active_forward(n, layers, parameters, x, tiles, which, u);
  loss = squared_error(n, x, Y, d, tiles, count - first * POTLINE_LANES, scale, loss);
  active_backward(n, layers, parameters, x, d, tiles, which, u);
  return loss;
}

// As many tiles at a time as have the widest layer's sources in 32 KiB, up to the registers' limit.
INLINE int active_tiles_at_once(const potline_network *n) {
  int widest = 1;
  for (int l = 0; l < n->layerCount; l++) {
    int rows = n->layers[l].hiddenRows + n->layers[l].inputRows;
    if (rows > widest) widest = rows;
  }
  int most = 32768 / (widest * 64);
  return most >= 8 && SPARSE_TILES >= 8 ? 8 : most >= 4 && SPARSE_TILES >= 4 ? 4 : most >= 2 && SPARSE_TILES >= 2 ? 2 : 1;
}

static float active_gradient(const potline_network *n, const potline_active_layer *layers, const float *parameters,
                             const potline_samples *samples, const uint32_t *order, int32_t count, int32_t nextCount,
                             float *X, float *Y, float *D, float scale, potline_gradient_of which, float *g) {
  float_environment saved = flush_denormals();
  int tiles = (count + POTLINE_LANES - 1) / POTLINE_LANES;
  int atOnce = active_tiles_at_once(n);
  int blocks = n->deltaRows * ((tiles + atOnce - 1) / atOnce);  // one an output, at most
  upcoming u = upcoming_rows(samples, order + count, nextCount, blocks);
  v16 loss = {};
  for (int t = 0; t < tiles;) {
    int some = atOnce;
    while (some > tiles - t) some /= 2;
    float *x = X + (ptrdiff_t)t * n->activationRows * POTLINE_LANES;
    float *d = D + (ptrdiff_t)t * n->deltaRows * POTLINE_LANES;
#define TILES_CASE(k) \
  case k: \
    loss = active_tiles(n, layers, parameters, samples, order, count, t, k, x, Y, d, scale, which, loss, &u); \
    break;
    switch (some) {
      TILES_CASE(8) TILES_CASE(4) TILES_CASE(2)
      default: loss = active_tiles(n, layers, parameters, samples, order, count, t, 1, x, Y, d, scale, which, loss, &u);
    }
    if (which == POTLINE_GRADIENT_ALL) turn_deltas(n, d, some);
    t += some;
  }
  if (which == POTLINE_GRADIENT_ALL) {
    weight_gradient(n, X, D, tiles, g, &u);
  } else {
    active_weights(n, layers, X, D, tiles, g);
  }
  float sum = reduce_1(loss);
  restore_denormals(saved);
  return sum;
}
