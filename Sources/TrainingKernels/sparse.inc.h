// Forward through a pruned network: only the weights that are left.
INLINE void sparse_layer(potline_activation activation, int isLast, const potline_sparse_layer *layer, float *X,
                         ptrdiff_t tile, int tiles) {
  for (int o = 0; o < layer->outputs; o++) {
    v16 sum[SPARSE_TILES];
    float *result = X + (ptrdiff_t)(layer->outputStart + o) * POTLINE_LANES;
    if (tiles == SPARSE_TILES) {
      UNROLL for (int t = 0; t < SPARSE_TILES; t++) sum[t] = (v16){};
      for (int e = layer->rowPointers[o]; e < layer->rowPointers[o + 1]; e++) {
        const float *x = X + (ptrdiff_t)layer->sourceRow[e] * POTLINE_LANES;
        v16 weight = splat(layer->weight[e]);
        UNROLL for (int t = 0; t < SPARSE_TILES; t++) sum[t] = fma16(weight, *(const v16 *)(x + t * tile), sum[t]);
      }
      UNROLL for (int t = 0; t < SPARSE_TILES; t++) {
        v16 y = sum[t] + splat(layer->bias[o]);
        *(v16 *)(result + t * tile) = isLast ? y : activation16(activation, y);
      }
    } else {
      for (int t = 0; t < tiles; t++) {
        v16 one = {};
        for (int e = layer->rowPointers[o]; e < layer->rowPointers[o + 1]; e++) {
          one = fma16(splat(layer->weight[e]),
                      *(const v16 *)(X + (ptrdiff_t)layer->sourceRow[e] * POTLINE_LANES + t * tile), one);
        }
        one = one + splat(layer->bias[o]);
        *(v16 *)(result + t * tile) = isLast ? one : activation16(activation, one);
      }
    }
  }
}

static __attribute__((noinline)) void sparse_hidden(potline_activation activation, const potline_sparse_layer *layer,
                                                    float *X, ptrdiff_t tile, int tiles) {
#define SPARSE_LAYER(kind) sparse_layer(kind, 0, layer, X, tile, tiles)
  FOR_ACTIVATION(activation, SPARSE_LAYER)
#undef SPARSE_LAYER
}
static __attribute__((noinline)) void sparse_last(const potline_sparse_layer *layer, float *X, ptrdiff_t tile,
                                                  int tiles) {
  sparse_layer(POTLINE_ACTIVATION_RELU, 1, layer, X, tile, tiles);
}

static void sparse_forward(const potline_sparse_forward_arguments *a) {
  require_sparse_forward(a);
  float_environment saved = flush_denormals();
  ptrdiff_t tile = (ptrdiff_t)a->activationRows * POTLINE_LANES;
  for (int t = 0; t < a->tiles; t += SPARSE_TILES) {
    int block = a->tiles - t < SPARSE_TILES ? a->tiles - t : SPARSE_TILES;
    float *X = a->X + t * tile;
    for (int l = 0; l + 1 < a->layerCount; l++) sparse_hidden(a->activation, &a->layers[l], X, tile, block);
    sparse_last(&a->layers[a->layerCount - 1], X, tile, block);
  }
  restore_denormals(saved);
}
