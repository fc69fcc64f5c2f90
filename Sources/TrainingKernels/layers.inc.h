// Forward and backward through the layers, in register blocks of MR x NR: MR rows of results by one or two tiles stay in
// registers over all sources. A layer is cut into blocks of nearly equal size.

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

// ---- Forward ----

typedef struct {
  const float *weights;    // of the first output and source
  ptrdiff_t weightStride;  // floats from a source's weights to the next source's
  const float *bias;       // of the first output
  const float *hidden;     // rows of the hidden sources
  int hiddenRows;
  const float *input;      // rows of the network's input
  int inputRows;
  float *result;           // row of the first output
  ptrdiff_t tile;          // floats from a tile to the next
} forward_block;

// The bias comes last: with it as the first value, the block before would have to end before this one begins.
INLINE void forward_outputs(int outputs, int tiles, int isRelu, const forward_block *b) {
  v16 sum[BLOCK_ACCUMULATORS];
  UNROLL for (int k = 0; k < outputs * tiles; k++) sum[k] = (v16){};
  accumulate(outputs, tiles, sum, b->weights, b->weightStride, 1, b->hidden, b->tile, b->hiddenRows);
  accumulate(outputs, tiles, sum, b->weights + b->hiddenRows * b->weightStride, b->weightStride, 1, b->input, b->tile,
             b->inputRows);
  UNROLL for (int o = 0; o < outputs; o++) {
    UNROLL for (int t = 0; t < tiles; t++) {
      v16 a = sum[o * tiles + t] + splat(b->bias[o]);
      *(v16 *)(b->result + o * POTLINE_LANES + t * b->tile) = isRelu ? relu16(a) : a;
    }
  }
}

#define BLOCK_CASE(n, run, ...)                    \
  case n:                                          \
    if (tiles == 2) {                              \
      run(n, 2, __VA_ARGS__);                      \
    } else {                                       \
      run(n, 1, __VA_ARGS__);                      \
    }                                              \
    break;

#define FORWARD_CASE(n) BLOCK_CASE(n, forward_outputs, isRelu, b)

INLINE void forward_blocks(int outputs, int tiles, int isRelu, const forward_block *b) {
  switch (outputs) {
    FORWARD_CASE(1) FORWARD_CASE(2) FORWARD_CASE(3) FORWARD_CASE(4) FORWARD_CASE(5) FORWARD_CASE(6)
#if FORWARD_MR > 6
    FORWARD_CASE(7) FORWARD_CASE(8) FORWARD_CASE(9) FORWARD_CASE(10)
#endif
    default: UNREACHABLE();
  }
}

static __attribute__((noinline)) void forward_relu(int outputs, int tiles, const forward_block *b) {
  forward_blocks(outputs, tiles, 1, b);
}
static __attribute__((noinline)) void forward_linear(int outputs, int tiles, const forward_block *b) {
  forward_blocks(outputs, tiles, 0, b);
}

// In place. What is longer than a ReLU is not inlined into each size of block: it would wait for its own results there, and
// the rows are still in the nearest cache.
static __attribute__((noinline)) void activate_rows(potline_activation activation, float *values, ptrdiff_t rows) {
  v16 *row = (v16 *)values;
#define ACTIVATE(kind) \
  for (ptrdiff_t r = 0; r < rows; r++) row[r] = activation16(kind, row[r])
  FOR_ACTIVATION(activation, ACTIVATE)
#undef ACTIVATE
}

INLINE void forward_hidden(potline_activation activation, int outputs, int tiles, const forward_block *b) {
  if (activation == POTLINE_ACTIVATION_RELU) {
    forward_relu(outputs, tiles, b);
  } else {
    forward_linear(outputs, tiles, b);
    for (int t = 0; t < tiles; t++) activate_rows(activation, b->result + t * b->tile, outputs);
  }
}

INLINE void forward_tiles(const potline_network *n, const float *parameters, float *X, int tiles, prefetch_cursor *u) {
  for (int l = 0; l < n->layerCount; l++) {
    const potline_layer *layer = &n->layers[l];
    const float *w = parameters + layer->parameterStart;
    forward_block b = {
        .weights = w,
        .weightStride = layer->paddedOutputs,
        .bias = w + (ptrdiff_t)(layer->hiddenRows + layer->inputRows) * layer->paddedOutputs,
        .hidden = X + (ptrdiff_t)layer->hiddenStart * POTLINE_LANES,
        .hiddenRows = layer->hiddenRows,
        .input = X,
        .inputRows = layer->inputRows,
        .result = X + (ptrdiff_t)layer->outputStart * POTLINE_LANES,
        .tile = (ptrdiff_t)n->activationRows * POTLINE_LANES,
    };
    int left = layer->outputs;
    for (int blocks = (left + FORWARD_MR - 1) / FORWARD_MR; blocks > 0; blocks--) {
      int block = (left + blocks - 1) / blocks;
      prefetch_next(u);
      if (l + 1 < n->layerCount) {
        forward_hidden(n->activation, block, tiles, &b);
      } else {
        forward_linear(block, tiles, &b);
      }
      left -= block;
      b.weights += block;
      b.bias += block;
      b.result += block * POTLINE_LANES;
    }
  }
}

// ---- Backward ----

// The deltas are written twice: as rows for the layer below, and packed (transposed 4 x 16) for the gradient of the weights.
typedef struct {
  const float *weights;    // of the first result
  ptrdiff_t weightStride;  // floats from a result's weights to the next result's
  const float *source;     // deltas of the layer above
  int rows;                // of them
  float *result;           // row of the first result
  ptrdiff_t tile;          // floats from a tile to the next in sources and results
  const float *value;      // the unit's value of the first result
  ptrdiff_t valueTile;
  float *packed;           // of the first result
  ptrdiff_t packedTile;
} backward_block;

INLINE void backward_units(int units, int tiles, potline_activation activation, const backward_block *b) {
  v16 sum[BLOCK_ACCUMULATORS], source[2];
  UNROLL for (int k = 0; k < units * tiles; k++) sum[k] = (v16){};
  int last = b->rows - 1;
  accumulate(units, tiles, sum, b->weights, 1, b->weightStride, b->source, b->tile, last);
  // The activation's derivative comes right after the last multiply-add.
  UNROLL for (int t = 0; t < tiles; t++) source[t] = *(const v16 *)(b->source + last * POTLINE_LANES + t * b->tile);
  UNROLL for (int q = 0; q < units; q += 4) {
    v16 delta[2][4] = {};
    UNROLL for (int k = 0; k < 4; k++) {
      int i = q + k;
      if (i >= units) continue;
      v16 weight = splat(b->weights[last + i * b->weightStride]);
      UNROLL for (int t = 0; t < tiles; t++) {
        v16 x = *(const v16 *)(b->value + i * POTLINE_LANES + t * b->valueTile);
        delta[t][k] = backward16(activation, x, fma16(weight, source[t], sum[i * tiles + t]));
        *(v16 *)(b->result + i * POTLINE_LANES + t * b->tile) = delta[t][k];
      }
    }
    UNROLL for (int t = 0; t < tiles; t++) transpose_4x16(delta[t], b->packed + q * POTLINE_LANES + t * b->packedTile);
  }
}

#define BACKWARD_CASE(n) BLOCK_CASE(n, backward_units, activation, b)

INLINE void backward_blocks(int units, int tiles, potline_activation activation, const backward_block *b) {
  switch (units) {
    BACKWARD_CASE(1) BACKWARD_CASE(2) BACKWARD_CASE(3) BACKWARD_CASE(4)
#if BACKWARD_MR > 4
    BACKWARD_CASE(5) BACKWARD_CASE(6) BACKWARD_CASE(7) BACKWARD_CASE(8) BACKWARD_CASE(9) BACKWARD_CASE(10)
    BACKWARD_CASE(11) BACKWARD_CASE(12)
#endif
    default: UNREACHABLE();
  }
}

#define BACKWARD_BLOCKS(kind) backward_blocks(units, tiles, kind, b)

static __attribute__((noinline)) void backward_hidden(potline_activation activation, int units, int tiles,
                                                      const backward_block *b) {
  FOR_ACTIVATION(activation, BACKWARD_BLOCKS)
}

// The gradient of the network's first input rows, those that a simulation feeds back: [tiles][rows][16], summed over the
// layers from the last to the first.
typedef struct {
  float *result;
  int rows;
} feedback_gradient;

INLINE void feedback_rows(int rows, int tiles, int isFirst, const backward_block *b) {
  v16 sum[BLOCK_ACCUMULATORS];
  UNROLL for (int k = 0; k < rows; k++) {
    UNROLL for (int t = 0; t < tiles; t++) {
      sum[k * tiles + t] = isFirst ? (v16){} : *(const v16 *)(b->result + k * POTLINE_LANES + t * b->packedTile);
    }
  }
  accumulate(rows, tiles, sum, b->weights, 1, b->weightStride, b->source, b->tile, b->rows);
  UNROLL for (int k = 0; k < rows; k++) {
    UNROLL for (int t = 0; t < tiles; t++) {
      *(v16 *)(b->result + k * POTLINE_LANES + t * b->packedTile) = sum[k * tiles + t];
    }
  }
}

#define FEEDBACK_CASE(n) BLOCK_CASE(n, feedback_rows, isFirst, b)

// `packedTile`: floats from a tile to the next in the results.
static __attribute__((noinline)) void feedback_block(int rows, int tiles, int isFirst, const backward_block *b) {
  switch (rows) {
    FEEDBACK_CASE(1) FEEDBACK_CASE(2) FEEDBACK_CASE(3) FEEDBACK_CASE(4)
#if BACKWARD_MR > 4
    FEEDBACK_CASE(5) FEEDBACK_CASE(6) FEEDBACK_CASE(7) FEEDBACK_CASE(8) FEEDBACK_CASE(9) FEEDBACK_CASE(10)
    FEEDBACK_CASE(11) FEEDBACK_CASE(12)
#endif
    default: UNREACHABLE();
  }
}

// Adds what a layer with the deltas `source` contributes.
INLINE void add_feedback(const potline_layer *layer, const float *parameters, const float *source, ptrdiff_t tile,
                         int tiles, int isFirst, const feedback_gradient *f) {
  backward_block b = {
      .weights = parameters + layer->parameterStart + (ptrdiff_t)layer->hiddenRows * layer->paddedOutputs,
      .weightStride = layer->paddedOutputs,
      .source = source,
      .rows = layer->outputs,
      .tile = tile,
      .result = f->result,
      .packedTile = (ptrdiff_t)f->rows * POTLINE_LANES,
  };
  int left = f->rows;
  for (int blocks = (left + BACKWARD_MR - 1) / BACKWARD_MR; blocks > 0; blocks--) {
    int block = (left + blocks - 1) / blocks;
    feedback_block(block, tiles, isFirst, &b);
    left -= block;
    b.weights += block * b.weightStride;
    b.result += block * POTLINE_LANES;
  }
}

// `deltas`: those of the outputs, [tiles][widestOutputs][16]; room for as many behind them. `feedback`: NULL: not wanted.
INLINE void backward_tiles(const potline_network *n, const float *parameters, const float *X, float *deltas, float *D,
                           int tiles, const feedback_gradient *feedback, prefetch_cursor *u) {
  ptrdiff_t tile = (ptrdiff_t)n->widestOutputs * POTLINE_LANES;
  float *above = deltas, *below = deltas + tiles * tile;
  int isFirst = 1;
  for (int l = n->layerCount - 1; l >= 0; l--) {
    const potline_layer *layer = &n->layers[l];
    if (feedback && layer->inputRows > 0) {
      add_feedback(layer, parameters, above, tile, tiles, isFirst, feedback);
      isFirst = 0;
    }
    if (l == 0) break;
    backward_block b = {
        .weights = parameters + layer->parameterStart,
        .weightStride = layer->paddedOutputs,
        .source = above,
        .rows = layer->outputs,
        .result = below,
        .tile = tile,
        .value = X + (ptrdiff_t)layer->hiddenStart * POTLINE_LANES,
        .valueTile = (ptrdiff_t)n->activationRows * POTLINE_LANES,
        .packed = D + (ptrdiff_t)n->layers[l - 1].deltaStart * POTLINE_LANES,
        .packedTile = (ptrdiff_t)n->deltaRows * POTLINE_LANES,
    };
    int left = layer->hiddenRows;
    for (int blocks = (left + BACKWARD_MR - 1) / BACKWARD_MR; blocks > 0; blocks--) {
      int quads = (left + 3) / 4;
      int block = blocks == 1 ? left : (quads + blocks - 1) / blocks * 4;
      prefetch_next(u);
      backward_hidden(n->activation, block, tiles, &b);
      left -= block;
      b.weights += block * b.weightStride;
      b.result += block * POTLINE_LANES;
      b.value += block * POTLINE_LANES;
      b.packed += block * POTLINE_LANES;
    }
    float *swap = above;
    above = below;
    below = swap;
  }
}
