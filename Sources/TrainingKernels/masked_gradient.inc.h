// The gradient of a layer that is computed with all its weights under a mask. Each gradient is a sum of 16 lanes over the
// samples, as that of an active weight: the order of its additions, and so its bits, are the same. (The gradient of
// weight_gradient.inc.h has 4 lanes.) Blocks of MASKED_MR sources x 4 outputs accumulate in registers over all tiles; a
// tile wider than a register is taken part by part.

INLINE v4 masked(v4 gradient, const uint32_t *mask) { return (v4)((u4)gradient & *(const u4 *)mask); }

// The gradients of `sources` rows against one quad of outputs; `output`: floats from the quad's first delta to each.
INLINE void masked_block(int sources, const float *x, ptrdiff_t sourceTile, const float *d, const ptrdiff_t output[4],
                         ptrdiff_t deltaTile, int tiles, const uint32_t *mask, float *gradient, ptrdiff_t stride) {
  v16 lanes[MASKED_MR][4];
  UNROLL for (int part = 0; part < QUAD_REGISTERS; part++) {
    vreg sum[MASKED_MR][4] = {};
    const float *xt = x + part * REGISTER_FLOATS, *dt = d + part * REGISTER_FLOATS;
    for (int t = 0; t < tiles; t++) {
      vreg source[MASKED_MR];
      UNROLL for (int i = 0; i < sources; i++) source[i] = *(const vreg *)(xt + i * POTLINE_LANES);
      UNROLL for (int o = 0; o < 4; o++) {
        vreg delta = *(const vreg *)(dt + output[o]);
        UNROLL for (int i = 0; i < sources; i++) {
          sum[i][o] = __builtin_elementwise_fma(source[i], delta, sum[i][o]);
        }
      }
      xt += sourceTile;
      dt += deltaTile;
    }
    UNROLL for (int i = 0; i < sources; i++) {
      UNROLL for (int o = 0; o < 4; o++) ((vreg *)&lanes[i][o])[part] = sum[i][o];
    }
  }
  v16 row[4] = {};
  UNROLL for (int i = 0; i < sources; i++) {
    row[i] = halve_to_4(halve_to_8(lanes[i][0], lanes[i][1]), halve_to_8(lanes[i][2], lanes[i][3]));
  }
  v16 s = reduce_rows(row);
  *(v4 *)gradient = masked(SHUFFLE(s, s, 0, 1, 2, 3), mask);
  if (sources > 1) *(v4 *)(gradient + stride) = masked(SHUFFLE(s, s, 4, 5, 6, 7), mask + stride);
  if (sources > 2) *(v4 *)(gradient + 2 * stride) = masked(SHUFFLE(s, s, 8, 9, 10, 11), mask + 2 * stride);
  if (sources > 3) *(v4 *)(gradient + 3 * stride) = masked(SHUFFLE(s, s, 12, 13, 14, 15), mask + 3 * stride);
}

#define MASKED_CASE(n)                                                                                     \
  case n:                                                                                                  \
    if ((n) <= MASKED_MR) masked_block(n, x, sourceTile, d, output, deltaTile, tiles, mask, gradient, stride); \
    break;

static __attribute__((noinline)) void masked_sources(int sources, const float *x, ptrdiff_t sourceTile, const float *d,
                                                     const ptrdiff_t output[4], ptrdiff_t deltaTile, int tiles,
                                                     const uint32_t *mask, float *gradient, ptrdiff_t stride) {
  switch (sources) {
    MASKED_CASE(1) MASKED_CASE(2) MASKED_CASE(3) MASKED_CASE(4)
    default: UNREACHABLE();
  }
}

// All of `rows` sources against a layer's outputs [from, to), from a multiple of 4, in blocks of nearly equal size.
INLINE void masked_panel(int rows, int from, int to, const float *x, ptrdiff_t sourceTile, const float *d,
                         ptrdiff_t deltaTile, int tiles, const uint32_t *mask, float *gradient, ptrdiff_t stride,
                         prefetch_cursor *u) {
  for (int blocks = (rows + MASKED_MR - 1) / MASKED_MR; blocks > 0; blocks--) {
    int block = (rows + blocks - 1) / blocks;
    prefetch_next(u);
    for (int o = from; o < to; o += 4) {
      // Past the last output its delta is read again; the mask has no bits there.
      ptrdiff_t output[4];
      UNROLL for (int k = 0; k < 4; k++) output[k] = (ptrdiff_t)(o + k < to ? k : to - 1 - o) * POTLINE_LANES;
      masked_sources(block, x, sourceTile, d + (ptrdiff_t)o * POTLINE_LANES, output, deltaTile, tiles, mask + o,
                     gradient + o, stride);
    }
    x += block * POTLINE_LANES;
    mask += block * stride;
    gradient += block * stride;
    rows -= block;
  }
}

// `deltas`: rows of the layer's outputs. The outputs are cut into panels whose deltas stay in the nearest cache.
static void masked_layer_gradient(const potline_network *n, const potline_layer *layer, const float *X,
                                  const float *deltas, ptrdiff_t deltaTile, int tiles, const uint32_t *mask,
                                  float *gradient, prefetch_cursor *u) {
  ptrdiff_t sourceTile = (ptrdiff_t)n->activationRows * POTLINE_LANES, stride = layer->paddedOutputs;
  const float *hidden = X + (ptrdiff_t)layer->hiddenStart * POTLINE_LANES;
  // The network's input and the row of ones stand side by side.
  const float *input = X + (ptrdiff_t)(n->inputs - layer->inputRows) * POTLINE_LANES;
  for (int o = 0; o < layer->outputs; o += MASKED_PANEL) {
    int end = o + MASKED_PANEL < layer->outputs ? o + MASKED_PANEL : layer->outputs;
    masked_panel(layer->hiddenRows, o, end, hidden, sourceTile, deltas, deltaTile, tiles, mask, gradient, stride, u);
    masked_panel(layer->inputRows + 1, o, end, input, sourceTile, deltas, deltaTile, tiles,
                 mask + layer->hiddenRows * stride, gradient + layer->hiddenRows * stride, stride, u);
  }
}
