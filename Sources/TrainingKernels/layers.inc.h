// Forward and backward through the layers, in register blocks.
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
