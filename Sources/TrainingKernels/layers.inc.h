// Forward and backward through the layers, and the weight gradient, in register blocks.
typedef enum { LINEAR, RELU, MASKED } finish;

// ---- One block of a layer: `outputs` rows of `tiles` tiles, kept in registers over all sources ----

typedef struct {
  const float *weights;      // of the first output and source
  ptrdiff_t sourceStride;    // floats from a source's weight to the next source's
  ptrdiff_t outputStride;    // floats from an output's weight to the next output's
  const float *bias;         // MASKED starts from zero instead
  const float *first;        // rows of the first range of sources
  int firstRows;
  const float *second;       // rows of the second range
  int secondRows;
  ptrdiff_t sourceTile;      // floats from a tile to the next in the sources
  float *result;             // row of the first output
  const float *mask;         // MASKED: the result is zero where the mask's row is not positive
  ptrdiff_t resultTile;      // floats from a tile to the next in the results
  ptrdiff_t maskTile;
} block;

INLINE void accumulate(int outputs, int tiles, v16 *sum, const float *w, ptrdiff_t sourceStride,
                       ptrdiff_t outputStride, const float *x, ptrdiff_t sourceTile, int rows) {
  for (int i = 0; i < rows; i++) {
    v16 source[2];
    UNROLL for (int t = 0; t < tiles; t++) source[t] = *(const v16 *)(x + t * sourceTile);
    UNROLL for (int o = 0; o < outputs; o++) {
      v16 weight = splat(w[o * outputStride]);
      UNROLL for (int t = 0; t < tiles; t++) sum[o * tiles + t] = fma16(weight, source[t], sum[o * tiles + t]);
    }
    x += POTLINE_LANES;
    w += sourceStride;
  }
}

INLINE void run_block(int outputs, int tiles, finish how, const block *b) {
  v16 sum[BLOCK_OUTPUTS * 2];
  UNROLL for (int o = 0; o < outputs; o++) {
    v16 start = how == MASKED ? (v16){} : splat(b->bias[o]);
    UNROLL for (int t = 0; t < tiles; t++) sum[o * tiles + t] = start;
  }
  // Constant strides let the compiler address all weights of a source from one register.
  if (how == MASKED) {
    accumulate(outputs, tiles, sum, b->weights, 1, b->outputStride, b->first, b->sourceTile, b->firstRows);
  } else {
    accumulate(outputs, tiles, sum, b->weights, b->sourceStride, 1, b->first, b->sourceTile, b->firstRows);
    accumulate(outputs, tiles, sum, b->weights + b->firstRows * b->sourceStride, b->sourceStride, 1, b->second,
               b->sourceTile, b->secondRows);
  }
  UNROLL for (int o = 0; o < outputs; o++) {
    UNROLL for (int t = 0; t < tiles; t++) {
      v16 a = sum[o * tiles + t];
      if (how == RELU) a = relu(a);
      if (how == MASKED) {
        v16 m = *(const v16 *)(b->mask + o * POTLINE_LANES + t * b->maskTile);
        a = select16(m > (v16){}, a, (v16){});
      }
      *(v16 *)(b->result + o * POTLINE_LANES + t * b->resultTile) = a;
    }
  }
}

#define BLOCK_CASE(n)                                             \
  case n:                                                         \
    if (tiles == 2) {                                             \
      run_block(n, 2, how, b);                                    \
    } else {                                                      \
      run_block(n, 1, how, b);                                    \
    }                                                             \
    break;

INLINE void run_block_of(int outputs, int tiles, finish how, const block *b) {
  switch (outputs) {
    BLOCK_CASE(1) BLOCK_CASE(2) BLOCK_CASE(3) BLOCK_CASE(4) BLOCK_CASE(5) BLOCK_CASE(6)
#if BLOCK_OUTPUTS > 6
    BLOCK_CASE(7) BLOCK_CASE(8) BLOCK_CASE(9) BLOCK_CASE(10)
#endif
    default: __builtin_unreachable();
  }
}

static __attribute__((noinline)) void run_linear(int outputs, int tiles, const block *b) {
  run_block_of(outputs, tiles, LINEAR, b);
}
static __attribute__((noinline)) void run_relu(int outputs, int tiles, const block *b) {
  run_block_of(outputs, tiles, RELU, b);
}
static __attribute__((noinline)) void run_masked(int outputs, int tiles, const block *b) {
  run_block_of(outputs, tiles, MASKED, b);
}

// Rows of the next batch that are yet to be brought towards the cache. A few a block of work: all at once they would
// fill the processor's buffers for lines under way, and the work would wait.
typedef struct {
  const float *rows;
  ptrdiff_t rowStride;
  const uint32_t *next;
  int count;
  int atOnce;
} upcoming;

INLINE upcoming upcoming_rows(const potline_samples *samples, const uint32_t *next, int count, int blocks) {
  return (upcoming){samples->rows, samples->rowStride, next, count, (count + blocks - 1) / blocks};
}

INLINE void prefetch_rows(upcoming *u) {
  for (int k = 0; k < u->atOnce && u->count > 0; k++) {
    const char *row = (const char *)(u->rows + *u->next * u->rowStride);
    for (ptrdiff_t at = 0; at < u->rowStride * 4; at += 64) __builtin_prefetch(row + at, 0, 2);
    u->next++;
    u->count--;
  }
}

// All outputs of a layer in blocks of nearly equal size.
INLINE void run_layer(int outputs, int tiles, finish how, block b, upcoming *u) {
  int blocks = (outputs + BLOCK_OUTPUTS - 1) / BLOCK_OUTPUTS;
  for (int k = 0; blocks > 0; blocks--) {
    int size = (outputs - k + blocks - 1) / blocks;
    prefetch_rows(u);
    switch (how) {
      case LINEAR: run_linear(size, tiles, &b); break;
      case RELU: run_relu(size, tiles, &b); break;
      case MASKED: run_masked(size, tiles, &b); break;
    }
    k += size;
    b.weights += size * b.outputStride;
    if (b.bias) b.bias += size;
    b.result += size * POTLINE_LANES;
    if (b.mask) b.mask += size * POTLINE_LANES;
  }
}

// ---- Forward and backward through some tiles ----

INLINE void forward_tiles(const potline_network *n, const float *parameters, float *X, int tiles, upcoming *u) {
  ptrdiff_t tile = (ptrdiff_t)n->activationRows * POTLINE_LANES;
  for (int l = 0; l < n->layerCount; l++) {
    const potline_layer *layer = &n->layers[l];
    const float *w = parameters + layer->parameterStart;
    block b = {
        .weights = w,
        .sourceStride = layer->paddedOutputs,
        .outputStride = 1,
        .bias = w + (ptrdiff_t)(layer->hiddenRows + layer->inputRows) * layer->paddedOutputs,
        .first = X + (ptrdiff_t)layer->hiddenStart * POTLINE_LANES,
        .firstRows = layer->hiddenRows,
        .second = X,
        .secondRows = layer->inputRows,
        .sourceTile = tile,
        .result = X + (ptrdiff_t)layer->outputStart * POTLINE_LANES,
        .resultTile = tile,
    };
    run_layer(layer->outputs, tiles, l + 1 < n->layerCount ? RELU : LINEAR, b, u);
  }
}

INLINE void backward_tiles(const potline_network *n, const float *parameters, const float *X, float *D, int tiles,
                           upcoming *u) {
  for (int l = n->layerCount - 1; l > 0; l--) {
    const potline_layer *layer = &n->layers[l];
    const potline_layer *below = &n->layers[l - 1];
    block b = {
        .weights = parameters + layer->parameterStart,
        .sourceStride = 1,
        .outputStride = layer->paddedOutputs,
        .first = D + (ptrdiff_t)layer->deltaStart * POTLINE_LANES,
        .firstRows = layer->outputs,
        .sourceTile = (ptrdiff_t)n->deltaRows * POTLINE_LANES,
        .result = D + (ptrdiff_t)below->deltaStart * POTLINE_LANES,
        .resultTile = (ptrdiff_t)n->deltaRows * POTLINE_LANES,
        .mask = X + (ptrdiff_t)layer->hiddenStart * POTLINE_LANES,
        .maskTile = (ptrdiff_t)n->activationRows * POTLINE_LANES,
    };
    run_layer(layer->hiddenRows, tiles, MASKED, b, u);
  }
}

// The output's delta, and the squared error added to `loss` lane by lane. `valid`: samples in these tiles.
INLINE v16 squared_error(const potline_network *n, const float *X, const float *Y, float *D, int tiles, int valid,
                         float scale, v16 loss) {
  const potline_layer *last = &n->layers[n->layerCount - 1];
  const i16 lane = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
  v16 twice = splat(2 * scale);
  for (int t = 0; t < tiles; t++) {
    const v16 *y = (const v16 *)(X + ((ptrdiff_t)t * n->activationRows + last->outputStart) * POTLINE_LANES);
    const v16 *target = (const v16 *)(Y + (ptrdiff_t)t * n->outputs * POTLINE_LANES);
    v16 *delta = (v16 *)(D + ((ptrdiff_t)t * n->deltaRows + last->deltaStart) * POTLINE_LANES);
    i16 inside = lane < (valid - t * POTLINE_LANES);
    for (int o = 0; o < n->outputs; o++) {
      v16 error = select16(inside, y[o] - target[o], (v16){});
      loss = fma16(error, error, loss);
      delta[o] = twice * error;
    }
  }
  return loss;
}

// ---- Weight gradient ----
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

// ---- The whole gradient ----

static float gradient(const potline_network *n, const float *parameters, const potline_samples *samples,
                      const uint32_t *order, int32_t count, int32_t nextCount, float *X, float *Y, float *D,
                      float scale, float *g) {
  float_environment saved = flush_denormals();
  int tiles = (count + POTLINE_LANES - 1) / POTLINE_LANES;
  // All are under way when the forward and backward passes are done.
  upcoming u = upcoming_rows(samples, order + count, nextCount, n->layerCount * tiles);
  v16 loss = {};
  for (int t = 0; t < tiles;) {
    int some = tiles - t >= TILES_AT_ONCE ? TILES_AT_ONCE : 1;
    float *x = X + (ptrdiff_t)t * n->activationRows * POTLINE_LANES;
    float *d = D + (ptrdiff_t)t * n->deltaRows * POTLINE_LANES;
    gather_tiles(n, samples, order, count, t * POTLINE_LANES, some, x, Y);
    forward_tiles(n, parameters, x, some, &u);
    loss = squared_error(n, x, Y, d, some, count - t * POTLINE_LANES, scale, loss);
    backward_tiles(n, parameters, x, d, some, &u);
    turn_deltas(n, d, some);
    t += some;
  }
  weight_gradient(n, X, D, tiles, g, &u);
  float sum = reduce_1(loss);
  restore_denormals(saved);
  return sum;
}

static void forward(const potline_network *n, const float *parameters, float *X, int32_t tiles) {
  upcoming none = {0};
  float_environment saved = flush_denormals();
  for (int t = 0; t < tiles;) {
    int some = tiles - t >= TILES_AT_ONCE ? TILES_AT_ONCE : 1;
    forward_tiles(n, parameters, X + (ptrdiff_t)t * n->activationRows * POTLINE_LANES, some, &none);
    t += some;
  }
  restore_denormals(saved);
}

