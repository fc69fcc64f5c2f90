// Training steps that compute with the active weights alone: unit by unit, up to 8 tiles side by side.

// Sums over the samples of a batch on their way to the gradient, 16 lanes each. All of them are made group by
// group of tiles in the same order, and reduced after the last one: in between the reduction would cost mispredicted branches.
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

// Where the deltas of a layer's outputs are. They replace the outputs' values, unless the next layer has a mask: the gradient
// of its weights is computed after the last tile and needs these values.
typedef struct {
  float *rows;
  ptrdiff_t tile;  // floats from a tile to the next
} delta_rows;

INLINE int is_in_place(const potline_network *n, const potline_active_layer *layers, int l) {
  return l + 1 == n->layerCount || !layers[l + 1].mask;
}

INLINE delta_rows deltas_of_layer(const potline_network *n, const potline_active_layer *layers, int l, float *X, float *D) {
  if (is_in_place(n, layers, l)) {
    return (delta_rows){X + (ptrdiff_t)n->layers[l].outputStart * POTLINE_LANES,
                        (ptrdiff_t)n->activationRows * POTLINE_LANES};
  }
  return (delta_rows){D + (ptrdiff_t)n->layers[l].deltaStart * POTLINE_LANES, (ptrdiff_t)n->deltaRows * POTLINE_LANES};
}

// Tiles that a layer with a mask takes side by side.
INLINE int masked_tiles(int left) { return left >= NR_TILES ? NR_TILES : 1; }

INLINE void active_forward(potline_activation activation, const potline_network *n, const potline_active_layer *layers,
                           const float *parameters, float *X, int tiles, prefetch_cursor *u) {
  ptrdiff_t tile = (ptrdiff_t)n->activationRows * POTLINE_LANES;
  for (int l = 0; l < n->layerCount; l++) {
    const potline_active_layer *a = &layers[l];
    int isLast = l + 1 == n->layerCount;
    if (a->mask) {
      for (int t = 0, block; t < tiles; t += block) {
        block = masked_tiles(tiles - t);
        forward_layer(n, l, parameters, X + t * tile, block, u);
      }
      continue;
    }
    for (int o = 0; o < n->layers[l].outputs; o++) {
      prefetch_next(u);
      float *result = X + (ptrdiff_t)(n->layers[l].outputStart + o) * POTLINE_LANES;
      v16 sum[SPARSE_TILES] = {};
      for (int e = a->rowPointers[o]; e < a->rowPointers[o + 1]; e++) {
        const float *x = X + (ptrdiff_t)a->sourceRow[e] * POTLINE_LANES;
        v16 weight = splat(parameters[a->parameter[e]]);
        UNROLL for (int t = 0; t < tiles; t++) sum[t] = fma16(weight, *(const v16 *)(x + t * tile), sum[t]);
      }
      v16 bias = splat(parameters[a->bias[o]]);
      UNROLL for (int t = 0; t < tiles; t++) {
        v16 y = sum[t] + bias;
        *(v16 *)(result + t * tile) = isLast ? y : activation16(activation, y);
      }
    }
  }
}

// The gradients of the active weights that read source i, x; of a hidden unit also its delta, so that the deltas above
// are loaded once for both, and the gradient of its bias if that is wanted. The delta replaces the unit's value, which no
// later computation reads.
INLINE void active_source(potline_activation activation, const potline_active_layer *a, int i, int isHidden, int addsBias,
                          const float *parameters, float *x, delta_rows above, ptrdiff_t tile, int tiles,
                          gradient_sums *s) {
  v16 source[SPARSE_TILES], delta[SPARSE_TILES] = {};
  UNROLL for (int t = 0; t < tiles; t++) source[t] = *(const v16 *)(x + t * tile);
  for (int e = a->columnPointers[i]; e < a->columnPointers[i + 1]; e++) {
    const float *d = above.rows + (ptrdiff_t)a->output[e] * POTLINE_LANES;
    v16 weight = splat(parameters[a->sourceParameter[e]]), sum = next_sum(s);
    UNROLL for (int t = 0; t < tiles; t++) {
      v16 output = *(const v16 *)(d + t * above.tile);
      sum = fma16(source[t], output, sum);
      if (isHidden) delta[t] = fma16(weight, output, delta[t]);
    }
    add_sum(s, sum);
  }
  if (!isHidden) return;
  v16 sum = {};
  if (addsBias) sum = next_sum(s);
  UNROLL for (int t = 0; t < tiles; t++) {
    delta[t] = backward16(activation, source[t], delta[t]);
    sum = sum + delta[t];
    *(v16 *)(x + t * tile) = delta[t];
  }
  if (addsBias) add_sum(s, sum);
}

// The gradients of the biases of a layer's live units, from their deltas.
INLINE void active_biases(const potline_active_layer *a, delta_rows deltas, int tiles, gradient_sums *s) {
  for (int k = 0; k < a->liveUnitCount; k++) {
    const float *d = deltas.rows + (ptrdiff_t)a->liveUnit[k] * POTLINE_LANES;
    v16 sum = next_sum(s);
    UNROLL for (int t = 0; t < tiles; t++) sum = sum + *(const v16 *)(d + t * deltas.tile);
    add_sum(s, sum);
  }
}

// The deltas of the hidden units that a layer with a mask reads, into D.
INLINE void masked_backward(const potline_network *n, const potline_active_layer *layers, int l, const float *parameters,
                            float *X, float *D, int tiles, prefetch_cursor *u) {
  const potline_layer *layer = &n->layers[l];
  ptrdiff_t tile = (ptrdiff_t)n->activationRows * POTLINE_LANES;
  delta_rows above = deltas_of_layer(n, layers, l, X, D), below = deltas_of_layer(n, layers, l - 1, X, D);
  for (int t = 0, block; t < tiles; t += block) {
    block = masked_tiles(tiles - t);
    backward_block b = {
        .weights = parameters + layer->parameterStart,
        .weightStride = layer->paddedOutputs,
        .source = above.rows + t * above.tile,
        .rows = layer->outputs,
        .tile = above.tile,
        .result = below.rows + t * below.tile,
        .resultTile = below.tile,
        .value = X + (ptrdiff_t)layer->hiddenStart * POTLINE_LANES + t * tile,
        .valueTile = tile,
    };
    backward_rows(n->activation, layer->hiddenRows, block, b, u);
  }
}

INLINE void active_backward(potline_activation activation, const potline_network *n,
                            const potline_active_layer *layers, const float *parameters, float *X, float *D, int tiles,
                            gradient_sums *s, prefetch_cursor *u) {
  ptrdiff_t tile = (ptrdiff_t)n->activationRows * POTLINE_LANES;
  for (int l = n->layerCount - 1; l >= 0; l--) {
    const potline_active_layer *a = &layers[l];
    if (a->mask) {
      if (l > 0) masked_backward(n, layers, l, parameters, X, D, tiles, u);
      continue;
    }
    delta_rows deltas = deltas_of_layer(n, layers, l, X, D);
    // Where the next layer has no mask, its sources added these gradients.
    if (l + 1 == n->layerCount || layers[l + 1].mask) active_biases(a, deltas, tiles, s);
    float *below = X + (ptrdiff_t)n->layers[l].hiddenStart * POTLINE_LANES;
    int hidden = n->layers[l].hiddenRows;
    for (int k = 0; l > 0 && k < layers[l - 1].liveUnitCount; k++) {
      int i = layers[l - 1].liveUnit[k];
      prefetch_next(u);
      active_source(activation, a, i, 1, !layers[l - 1].mask, parameters, below + (ptrdiff_t)i * POTLINE_LANES, deltas,
                    tile, tiles, s);
    }
    for (int i = 0; i < n->layers[l].inputRows; i++) {
      if (a->columnPointers[hidden + i] == a->columnPointers[hidden + i + 1]) continue;
      prefetch_next(u);
      active_source(activation, a, hidden + i, 0, 0, parameters, X + (ptrdiff_t)i * POTLINE_LANES, deltas, tile, tiles, s);
    }
  }
}

// The gradients of the layers with a mask, after the last tile.
INLINE void masked_gradients(const potline_active_gradient_arguments *b, int tiles, prefetch_cursor *u) {
  const potline_gradient_arguments *a = &b->step;
  for (int l = 0; l < a->network->layerCount; l++) {
    if (!b->layers[l].mask) continue;
    delta_rows deltas = deltas_of_layer(a->network, b->layers, l, a->X, a->D);
    masked_layer_gradient(a->network, &a->network->layers[l], a->X, deltas.rows, deltas.tile, tiles, b->layers[l].mask,
                          a->gradient + a->network->layers[l].parameterStart, u);
  }
}

// The deltas alone, those of a layer's live units one after the other, packed for the gradient of all weights.
INLINE void skipping_backward(potline_activation activation, const potline_network *n,
                              const potline_active_layer *layers, const float *parameters, const float *X, float *D,
                              int tiles, prefetch_cursor *u) {
  ptrdiff_t sourceTile = (ptrdiff_t)n->activationRows * POTLINE_LANES;
  ptrdiff_t deltaTile = (ptrdiff_t)n->deltaRows * POTLINE_LANES;
  for (int l = n->layerCount - 1; l >= 0; l--) {
    const potline_active_layer *a = &layers[l];
    float *above = D + (ptrdiff_t)n->layers[l].deltaStart * POTLINE_LANES;
    const float *value = X + (ptrdiff_t)n->layers[l].hiddenStart * POTLINE_LANES;
    for (int k = 0; l > 0 && k < layers[l - 1].liveUnitCount; k++) {
      int i = layers[l - 1].liveUnit[k];
      float *result = D + (ptrdiff_t)(n->layers[l - 1].deltaStart + k) * POTLINE_LANES;
      prefetch_next(u);
      v16 sum[SPARSE_TILES] = {};
      for (int e = a->columnPointers[i]; e < a->columnPointers[i + 1]; e++) {
        const float *d = above + (ptrdiff_t)a->liveIndex[a->output[e]] * POTLINE_LANES;
        v16 weight = splat(parameters[a->sourceParameter[e]]);
        UNROLL for (int t = 0; t < tiles; t++) sum[t] = fma16(weight, *(const v16 *)(d + t * deltaTile), sum[t]);
      }
      UNROLL for (int t = 0; t < tiles; t++) {
        v16 x = *(const v16 *)(value + (ptrdiff_t)i * POTLINE_LANES + t * sourceTile);
        *(v16 *)(result + t * deltaTile) = backward16(activation, x, sum[t]);
      }
    }
    for (int t = 0; t < tiles; t++) pack_deltas(above + t * deltaTile, a->liveUnitCount);
  }
}

INLINE v16 active_tiles(potline_activation activation, const potline_active_gradient_arguments *b, int first, int tiles,
                        potline_gradient_of which, gradient_sums *s, v16 loss, prefetch_cursor *u) {
  const potline_gradient_arguments *a = &b->step;
  const potline_network *n = a->network;
  ptrdiff_t tile = (ptrdiff_t)n->activationRows * POTLINE_LANES, deltaTile = (ptrdiff_t)n->deltaRows * POTLINE_LANES;
  const potline_layer *last = &n->layers[n->layerCount - 1];
  float *x = a->X + first * tile, *d = a->D + first * deltaTile;
  gather_tiles(n, a->samples, a->order, a->count, first * POTLINE_LANES, tiles, x, a->scratch);
  active_forward(activation, n, b->layers, a->parameters, x, tiles, u);
  output_block block = {.Y = a->scratch, .tiles = tiles, .valid = a->count - first * POTLINE_LANES};
  if (which == POTLINE_GRADIENT_ACTIVE) {
    block.deltas = x + (ptrdiff_t)last->outputStart * POTLINE_LANES;
    block.tile = tile;
    loss = output_deltas(a, x, block, loss);
    active_backward(activation, n, b->layers, a->parameters, x, d, tiles, s, u);
  } else {
    block.deltas = d + (ptrdiff_t)last->deltaStart * POTLINE_LANES;
    block.tile = deltaTile;
    loss = output_deltas(a, x, block, loss);
    skipping_backward(activation, n, b->layers, a->parameters, x, d, tiles, u);
  }
  return loss;
}

// As many tiles side by side as have the rows that the widest layer without a mask reads in 48 KiB, up to the registers'
// limit; as many as a layer with a mask takes if all have one.
INLINE int active_tiles_side_by_side(const potline_active_gradient_arguments *b) {
  int widest = 0;
  for (int l = 0; l < b->step.network->layerCount; l++) {
    if (b->layers[l].mask) continue;
    widest = LARGER(widest, LARGER(1, b->layers[l].liveSourceCount));
  }
  if (widest == 0) return NR_TILES;
  int most = 49152 / (widest * 64);
  for (int tiles = SPARSE_TILES; tiles > 1; tiles /= 2) {
    if (most >= tiles) return tiles;
  }
  return 1;
}

INLINE v16 active_batch(potline_activation activation, const potline_active_gradient_arguments *b, gradient_sums *s,
                        prefetch_cursor *u) {
  int tiles = (b->step.count + POTLINE_LANES - 1) / POTLINE_LANES, most = active_tiles_side_by_side(b);
  v16 loss = {};
  for (int t = 0; t < tiles;) {
    int block = most;
    while (block > tiles - t) block /= 2;
    *s = (gradient_sums){.next = (v16 *)b->partialSums, .isFirst = t == 0};
#define TILES_CASE(k)                                                                     \
  case k:                                                                                 \
    loss = b->which == POTLINE_GRADIENT_ACTIVE                                            \
               ? active_tiles(activation, b, t, k, POTLINE_GRADIENT_ACTIVE, s, loss, u)   \
               : active_tiles(activation, b, t, k, POTLINE_GRADIENT_ALL, s, loss, u);     \
    break;
    switch (block) {
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
      default: UNREACHABLE();
    }
#undef TILES_CASE
    t += block;
  }
  return loss;
}

static float active_gradient(const potline_active_gradient_arguments *b) {
  require_active_gradient(b);
  float_environment saved = flush_denormals();
  const potline_gradient_arguments *a = &b->step;
  const potline_network *n = a->network;
  int tiles = (a->count + POTLINE_LANES - 1) / POTLINE_LANES, most = active_tiles_side_by_side(b);
  int blocks = 0;
  for (int l = 0; l < n->layerCount; l++) {
    // A layer with a mask has at least one block of outputs.
    blocks += b->layers[l].mask ? (most + NR_TILES - 1) / NR_TILES : b->layers[l].liveUnitCount + b->layers[l].liveSourceCount;
  }
  blocks *= (tiles + most - 1) / most;
  prefetch_cursor u = prefetch_cursor_of(a->samples, a->order + a->count, a->nextCount, blocks);
  gradient_sums s = {.next = (v16 *)b->partialSums};
  v16 loss = {};
#define ACTIVE_BATCH(kind) loss = active_batch(kind, b, &s, &u)
  FOR_ACTIVATION(n->activation, ACTIVE_BATCH)
#undef ACTIVE_BATCH
  if (b->which == POTLINE_GRADIENT_ALL) {
    weight_gradient_of_live(n, b->layers, a->X, a->D, tiles, a->gradient, b->partialSums, &u);
  } else {
    reduce_sums((v16 *)b->partialSums, s.next, a->gradient);
    masked_gradients(b, tiles, &u);
  }
  float sum = reduce_1(loss);
  restore_denormals(saved);
  return sum;
}
