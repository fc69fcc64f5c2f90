// Forward through a pruned network: only the weights that are left.
static void sparse_layer(const potline_sparse_layer *layer, int last, float *X, ptrdiff_t tile, int tiles) {
  for (int o = 0; o < layer->outputs; o++) {
    v16 sum[SPARSE_TILES];
    float *result = X + (ptrdiff_t)(layer->outputStart + o) * POTLINE_LANES;
    if (tiles == SPARSE_TILES) {
      UNROLL for (int t = 0; t < SPARSE_TILES; t++) sum[t] = (v16){};
      for (int e = layer->entryStart[o]; e < layer->entryStart[o + 1]; e++) {
        const float *x = X + (ptrdiff_t)layer->entryRow[e] * POTLINE_LANES;
        v16 weight = splat(layer->entryWeight[e]);
        UNROLL for (int t = 0; t < SPARSE_TILES; t++) sum[t] = fma16(weight, *(const v16 *)(x + t * tile), sum[t]);
      }
      UNROLL for (int t = 0; t < SPARSE_TILES; t++) {
        v16 y = sum[t] + splat(layer->bias[o]);
        *(v16 *)(result + t * tile) = last ? y : relu(y);
      }
    } else {
      for (int t = 0; t < tiles; t++) {
        v16 one = {};
        for (int e = layer->entryStart[o]; e < layer->entryStart[o + 1]; e++) {
          one = fma16(splat(layer->entryWeight[e]),
                      *(const v16 *)(X + (ptrdiff_t)layer->entryRow[e] * POTLINE_LANES + t * tile), one);
        }
        one = one + splat(layer->bias[o]);
        *(v16 *)(result + t * tile) = last ? one : relu(one);
      }
    }
  }
}

static void sparse_forward(const potline_sparse_layer *layers, int32_t layerCount, float *X, int32_t activationRows,
                           int32_t tiles) {
  float_environment saved = flush_denormals();
  ptrdiff_t tile = (ptrdiff_t)activationRows * POTLINE_LANES;
  for (int t = 0; t < tiles; t += SPARSE_TILES) {
    int some = tiles - t < SPARSE_TILES ? tiles - t : SPARSE_TILES;
    for (int l = 0; l < layerCount; l++) sparse_layer(&layers[l], l + 1 == layerCount, X + t * tile, tile, some);
  }
  restore_denormals(saved);
}

