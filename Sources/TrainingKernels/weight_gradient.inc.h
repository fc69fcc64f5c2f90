// The gradient of the weights, in register blocks over all tiles.
//
// Deltas are packed: a quad of 4 outputs x 16 samples is transposed so that a vector holds 4 outputs of 4 samples. Then
// one broadcast of 4 samples of a source feeds all lanes, and 4 lanes are left to be summed at the end.

// In liveIndex: rows past a layer's outputs count as zero.
INLINE void pack_quad(float *d, int rows) {
  v16 a[4];
  UNROLL for (int o = 0; o < 4; o++) a[o] = o < rows ? *(const v16 *)(d + o * POTLINE_LANES) : (v16){};
  transpose_4x16(a, d);
}

INLINE void pack_deltas(float *d, int rows) {
  for (; rows >= 4; rows -= 4, d += 4 * POTLINE_LANES) pack_quad(d, 4);
  switch (rows) {
    case 1: pack_quad(d, 1); break;
    case 2: pack_quad(d, 2); break;
    case 3: pack_quad(d, 3); break;
    default: break;
  }
}

INLINE vreg repeat4(const float *x) {
  v4 a = *(const v4 *)x;
#if REGISTER_FLOATS == 16
  return SHUFFLE(a, a, 0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3);
#elif REGISTER_FLOATS == 8
  return SHUFFLE(a, a, 0, 1, 2, 3, 0, 1, 2, 3);
#else
  return a;
#endif
}

// The gradient of `inputs` rows of sources against `quads` quads of outputs, in registers over all tiles.
INLINE void weight_block(int inputs, int quads, const float *x, ptrdiff_t sourceTile, const float *d,
                         ptrdiff_t deltaTile, int tiles, float *gradient, ptrdiff_t gradientStride) {
  vreg sum[MAX_ACCUMULATORS];
  UNROLL for (int k = 0; k < inputs * quads * QUAD_REGISTERS; k++) sum[k] = (vreg){};
  for (int t = 0; t < tiles; t++) {
    for (int s = 0; s < 4; s++) {
      vreg delta[NR_QUADS * QUAD_REGISTERS];
      UNROLL for (int k = 0; k < quads * QUAD_REGISTERS; k++) {
        delta[k] = *(const vreg *)(d + (k / QUAD_REGISTERS) * 4 * POTLINE_LANES + s * POTLINE_LANES +
                                  (k % QUAD_REGISTERS) * REGISTER_FLOATS);
      }
      UNROLL for (int i = 0; i < inputs; i++) {
        vreg source = repeat4(x + i * POTLINE_LANES + 4 * s);
        UNROLL for (int k = 0; k < quads * QUAD_REGISTERS; k++) {
          sum[i * quads * QUAD_REGISTERS + k] = __builtin_elementwise_fma(source, delta[k], sum[i * quads * QUAD_REGISTERS + k]);
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
        UNROLL for (int k = 0; k < QUAD_REGISTERS; k++) {
          if (i + r < inputs) ((vreg *)&row[r])[k] = sum[((i + r) * quads + q) * QUAD_REGISTERS + k];
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
    if ((n) * quads * QUAD_REGISTERS <= MAX_ACCUMULATORS) {                                                \
      weight_block(n, quads, x, sourceTile, d, deltaTile, tiles, gradient, gradientStride); \
    }                                                                                       \
    break;

// All of `rows` sources against some quads, in blocks of nearly equal size.
INLINE void weight_rows(int rows, int quads, const float *x, ptrdiff_t sourceTile, const float *d, ptrdiff_t deltaTile,
                        int tiles, float *gradient, ptrdiff_t gradientStride, prefetch_cursor *u) {
  const int fitting = MAX_ACCUMULATORS / (quads * QUAD_REGISTERS), most = fitting < GRADIENT_MR ? fitting : GRADIENT_MR;
  for (int blocks = (rows + most - 1) / most; blocks > 0; blocks--) {
    int block = (rows + blocks - 1) / blocks;
    prefetch_next(u);
    switch (block) {
      WEIGHT_CASE(1) WEIGHT_CASE(2) WEIGHT_CASE(3) WEIGHT_CASE(4) WEIGHT_CASE(5) WEIGHT_CASE(6) WEIGHT_CASE(7)
      WEIGHT_CASE(8) WEIGHT_CASE(9) WEIGHT_CASE(10)
      default: UNREACHABLE();
    }
    x += block * POTLINE_LANES;
    gradient += block * gradientStride;
    rows -= block;
  }
}

#define QUADS_CASE(n) \
  case n: weight_rows(rows, n, x, sourceTile, d, deltaTile, tiles, gradient, gradientStride, u); break;

static __attribute__((noinline)) void weight_quads(int rows, int quads, const float *x, ptrdiff_t sourceTile,
                                                   const float *d, ptrdiff_t deltaTile, int tiles, float *gradient,
                                                   ptrdiff_t gradientStride, prefetch_cursor *u) {
  switch (quads) {
    QUADS_CASE(1)
#if NR_QUADS > 1
    QUADS_CASE(2) QUADS_CASE(3) QUADS_CASE(4) QUADS_CASE(5)
#endif
    default: UNREACHABLE();
  }
}

// The gradient of one layer against `quads` quads of its outputs; `stride`: floats from a source's gradients to the next.
static void layer_gradient(const potline_network *n, const potline_layer *layer, const float *X, const float *D,
                           int tiles, int quads, float *g, ptrdiff_t stride, prefetch_cursor *u) {
  ptrdiff_t sourceTile = (ptrdiff_t)n->activationRows * POTLINE_LANES;
  ptrdiff_t deltaTile = (ptrdiff_t)n->deltaRows * POTLINE_LANES;
  const float *hidden = X + (ptrdiff_t)layer->hiddenStart * POTLINE_LANES;
  // The network's input and the row of ones stand side by side.
  const float *input = X + (ptrdiff_t)(n->inputs - layer->inputRows) * POTLINE_LANES;
  for (int q = 0, blocks = (quads + NR_QUADS - 1) / NR_QUADS; blocks > 0; blocks--) {
    int block = (quads - q + blocks - 1) / blocks;
    const float *d = D + (ptrdiff_t)(layer->deltaStart + 4 * q) * POTLINE_LANES;
    weight_quads(layer->hiddenRows, block, hidden, sourceTile, d, deltaTile, tiles, g + 4 * q, stride, u);
    weight_quads(layer->inputRows + 1, block, input, sourceTile, d, deltaTile, tiles,
                 g + 4 * q + layer->hiddenRows * stride, stride, u);
    q += block;
  }
}

static void weight_gradient(const potline_network *n, const float *X, const float *D, int tiles, float *gradient,
                            prefetch_cursor *u) {
  for (int l = 0; l < n->layerCount; l++) {
    const potline_layer *layer = &n->layers[l];
    layer_gradient(n, layer, X, D, tiles, layer->paddedOutputs / 4, gradient + layer->parameterStart,
                   layer->paddedOutputs, u);
  }
}

// As `weight_gradient` where the deltas of a layer's live units stand one after the other; the gradient of all weights
// into the others is zero. `room`: for the gradients of one layer.
static void weight_gradient_of_live(const potline_network *n, const potline_active_layer *layers, const float *X,
                                    const float *D, int tiles, float *gradient, float *room, prefetch_cursor *u) {
  for (int l = 0; l < n->layerCount; l++) {
    const potline_layer *layer = &n->layers[l];
    float *g = gradient + layer->parameterStart;
    const ptrdiff_t live = layers[l].liveUnitCount, rows = layer->hiddenRows + layer->inputRows + 1;
    if (live == layer->outputs) {
      layer_gradient(n, layer, X, D, tiles, layer->paddedOutputs / 4, g, layer->paddedOutputs, u);
      continue;
    }
    const ptrdiff_t quads = (live + 3) / 4;
    layer_gradient(n, layer, X, D, tiles, (int)quads, room, 4 * quads, u);
    memset(g, 0, (size_t)(rows * layer->paddedOutputs) * sizeof(float));
    for (ptrdiff_t i = 0; i < rows; i++) {
      for (ptrdiff_t k = 0; k < live; k++) g[i * layer->paddedOutputs + layers[l].liveUnit[k]] = room[i * 4 * quads + k];
    }
  }
}
