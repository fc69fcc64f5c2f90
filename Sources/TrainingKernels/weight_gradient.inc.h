// The gradient of the weights, in register blocks over all tiles.
//
// A delta quad is 4 outputs x 16 samples, turned so that a vector holds 4 outputs of 4 samples: then one broadcast
// of 4 samples of a source feeds all lanes, and only 4 lanes are left to be summed at the end.

// [4 outputs][16 samples] -> [4 groups of samples][4 outputs][4 samples], in place; rows past `rows` count as zero.
INLINE void turn_quad(float *d, int rows) {
  v16 a[4], b[4];
  UNROLL for (int o = 0; o < 4; o++) a[o] = o < rows ? *(const v16 *)(d + o * POTLINE_LANES) : (v16){};
  UNROLL for (int o = 0; o < 4; o += 2) {
    b[o] = SHUFFLE(a[o], a[o + 1], 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23);
    b[o + 1] = SHUFFLE(a[o], a[o + 1], 8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 26, 27, 28, 29, 30, 31);
  }
  UNROLL for (int g = 0; g < 4; g++) {
    const v16 p = b[g / 2], q = b[2 + g / 2];
    *(v16 *)(d + g * POTLINE_LANES) =
        g % 2 == 0 ? SHUFFLE(p, q, 0, 1, 2, 3, 8, 9, 10, 11, 16, 17, 18, 19, 24, 25, 26, 27)
                   : SHUFFLE(p, q, 4, 5, 6, 7, 12, 13, 14, 15, 20, 21, 22, 23, 28, 29, 30, 31);
  }
}

INLINE void turn_deltas(const potline_network *n, float *D, int tiles) {
  for (int t = 0; t < tiles; t++) {
    for (int l = 0; l < n->layerCount; l++) {
      float *d = D + ((ptrdiff_t)t * n->deltaRows + n->layers[l].deltaStart) * POTLINE_LANES;
      int o = 0;
      for (; o + 4 <= n->layers[l].outputs; o += 4) turn_quad(d + o * POTLINE_LANES, 4);
      switch (n->layers[l].outputs - o) {
        case 1: turn_quad(d + o * POTLINE_LANES, 1); break;
        case 2: turn_quad(d + o * POTLINE_LANES, 2); break;
        case 3: turn_quad(d + o * POTLINE_LANES, 3); break;
        default: break;
      }
    }
  }
}

INLINE group repeat4(const float *x) {
  v4 a = *(const v4 *)x;
#if GROUP == 16
  return SHUFFLE(a, a, 0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3);
#elif GROUP == 8
  return SHUFFLE(a, a, 0, 1, 2, 3, 0, 1, 2, 3);
#else
  return a;
#endif
}

enum { GROUPS = POTLINE_LANES / GROUP };  // vectors of a delta quad

// The gradient of `inputs` rows of sources against `quads` quads of outputs, in registers over all tiles.
INLINE void weight_block(int inputs, int quads, const float *x, ptrdiff_t sourceTile, const float *d,
                         ptrdiff_t deltaTile, int tiles, float *gradient, ptrdiff_t gradientStride) {
  group sum[MOST_SUMS];
  UNROLL for (int k = 0; k < inputs * quads * GROUPS; k++) sum[k] = (group){};
  for (int t = 0; t < tiles; t++) {
    for (int s = 0; s < 4; s++) {
      group delta[5 * GROUPS];
      UNROLL for (int k = 0; k < quads * GROUPS; k++) {
        delta[k] = *(const group *)(d + (k / GROUPS) * 4 * POTLINE_LANES + s * POTLINE_LANES + (k % GROUPS) * GROUP);
      }
      UNROLL for (int i = 0; i < inputs; i++) {
        group source = repeat4(x + i * POTLINE_LANES + 4 * s);
        UNROLL for (int k = 0; k < quads * GROUPS; k++) {
          sum[i * quads * GROUPS + k] = __builtin_elementwise_fma(source, delta[k], sum[i * quads * GROUPS + k]);
        }
      }
    }
    x += sourceTile;
    d += deltaTile;
  }
  UNROLL for (int q = 0; q < quads; q++) {
    UNROLL for (int i = 0; i < inputs; i += 4) {
      v16 row[4] = {};
      UNROLL for (int r = 0; r < 4; r++) {
        UNROLL for (int k = 0; k < GROUPS; k++) {
          if (i + r < inputs) ((group *)&row[r])[k] = sum[((i + r) * quads + q) * GROUPS + k];
        }
      }
      v16 s = reduce_rows(row);
      float *g = gradient + i * gradientStride + 4 * q;
      *(v4 *)g = SHUFFLE(s, s, 0, 1, 2, 3);
      if (i + 1 < inputs) *(v4 *)(g + gradientStride) = SHUFFLE(s, s, 4, 5, 6, 7);
      if (i + 2 < inputs) *(v4 *)(g + 2 * gradientStride) = SHUFFLE(s, s, 8, 9, 10, 11);
      if (i + 3 < inputs) *(v4 *)(g + 3 * gradientStride) = SHUFFLE(s, s, 12, 13, 14, 15);
    }
  }
}

#define WEIGHT_CASE(n)                                                                      \
  case n:                                                                                   \
    if ((n) * quads * GROUPS <= MOST_SUMS) {                                                \
      weight_block(n, quads, x, sourceTile, d, deltaTile, tiles, gradient, gradientStride); \
    }                                                                                       \
    break;

// All of `rows` sources against some quads, in blocks of nearly equal size.
INLINE void weight_rows(int rows, int quads, const float *x, ptrdiff_t sourceTile, const float *d, ptrdiff_t deltaTile,
                        int tiles, float *gradient, ptrdiff_t gradientStride, upcoming *u) {
  const int most = MOST_SUMS / (quads * GROUPS) < 10 ? MOST_SUMS / (quads * GROUPS) : 10;
  for (int blocks = (rows + most - 1) / most; blocks > 0; blocks--) {
    int some = (rows + blocks - 1) / blocks;
    prefetch_rows(u);
    switch (some) {
      WEIGHT_CASE(1) WEIGHT_CASE(2) WEIGHT_CASE(3) WEIGHT_CASE(4) WEIGHT_CASE(5) WEIGHT_CASE(6) WEIGHT_CASE(7)
      WEIGHT_CASE(8) WEIGHT_CASE(9) WEIGHT_CASE(10)
      default: __builtin_unreachable();
    }
    x += some * POTLINE_LANES;
    gradient += some * gradientStride;
    rows -= some;
  }
}

#define QUADS_CASE(n) \
  case n: weight_rows(rows, n, x, sourceTile, d, deltaTile, tiles, gradient, gradientStride, u); break;

static __attribute__((noinline)) void weight_quads(int rows, int quads, const float *x, ptrdiff_t sourceTile,
                                                   const float *d, ptrdiff_t deltaTile, int tiles, float *gradient,
                                                   ptrdiff_t gradientStride, upcoming *u) {
  switch (quads) {
    QUADS_CASE(1)
#if BLOCK_QUADS > 1
    QUADS_CASE(2) QUADS_CASE(3) QUADS_CASE(4) QUADS_CASE(5)
#endif
    default: __builtin_unreachable();
  }
}

static void weight_gradient(const potline_network *n, const float *X, const float *D, int tiles, float *gradient,
                            upcoming *u) {
  ptrdiff_t sourceTile = (ptrdiff_t)n->activationRows * POTLINE_LANES;
  ptrdiff_t deltaTile = (ptrdiff_t)n->deltaRows * POTLINE_LANES;
  for (int l = 0; l < n->layerCount; l++) {
    const potline_layer *layer = &n->layers[l];
    float *g = gradient + layer->parameterStart;
    const float *hidden = X + (ptrdiff_t)layer->hiddenStart * POTLINE_LANES;
    // The network's input and the row of ones stand side by side.
    const float *input = X + (ptrdiff_t)(n->inputs - layer->inputRows) * POTLINE_LANES;
    int quads = layer->paddedOutputs / 4;
    for (int q = 0, blocks = (quads + BLOCK_QUADS - 1) / BLOCK_QUADS; blocks > 0; blocks--) {
      int some = (quads - q + blocks - 1) / blocks;
      const float *d = D + (ptrdiff_t)(layer->deltaStart + 4 * q) * POTLINE_LANES;
      weight_quads(layer->hiddenRows, some, hidden, sourceTile, d, deltaTile, tiles, g + 4 * q, layer->paddedOutputs,
                   u);
      weight_quads(layer->inputRows + 1, some, input, sourceTile, d, deltaTile, tiles,
                   g + 4 * q + (ptrdiff_t)layer->hiddenRows * layer->paddedOutputs, layer->paddedOutputs, u);
      q += some;
    }
  }
}
