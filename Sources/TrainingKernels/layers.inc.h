// Forward and backward through the layers, in register blocks: some rows of results, of one or two tiles, stay in
// registers over all sources. What is left over a layer is done in blocks of nearly equal size.

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
  const float *first;      // rows of the first range of sources
  int firstRows;
  const float *second;     // rows of the second range
  int secondRows;
  float *result;           // row of the first output
  ptrdiff_t tile;          // floats from a tile to the next
} forward_block;

// The bias comes last: with it as the first value, the block before would have to end before this one begins.
INLINE void forward_outputs(int outputs, int tiles, int isHidden, const forward_block *b) {
  v16 sum[BLOCK_SUMS];
  UNROLL for (int k = 0; k < outputs * tiles; k++) sum[k] = (v16){};
  accumulate(outputs, tiles, sum, b->weights, b->weightStride, 1, b->first, b->tile, b->firstRows);
  accumulate(outputs, tiles, sum, b->weights + b->firstRows * b->weightStride, b->weightStride, 1, b->second, b->tile,
             b->secondRows);
  UNROLL for (int o = 0; o < outputs; o++) {
    UNROLL for (int t = 0; t < tiles; t++) {
      v16 a = sum[o * tiles + t] + splat(b->bias[o]);
      *(v16 *)(b->result + o * POTLINE_LANES + t * b->tile) = isHidden ? relu(a) : a;
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

#define FORWARD_CASE(n) BLOCK_CASE(n, forward_outputs, isHidden, b)

INLINE void forward_some(int outputs, int tiles, int isHidden, const forward_block *b) {
  switch (outputs) {
    FORWARD_CASE(1) FORWARD_CASE(2) FORWARD_CASE(3) FORWARD_CASE(4) FORWARD_CASE(5) FORWARD_CASE(6)
#if BLOCK_OUTPUTS > 6
    FORWARD_CASE(7) FORWARD_CASE(8) FORWARD_CASE(9) FORWARD_CASE(10)
#endif
    default: __builtin_unreachable();
  }
}

static __attribute__((noinline)) void forward_hidden(int outputs, int tiles, const forward_block *b) {
  forward_some(outputs, tiles, 1, b);
}
static __attribute__((noinline)) void forward_last(int outputs, int tiles, const forward_block *b) {
  forward_some(outputs, tiles, 0, b);
}

INLINE void forward_tiles(const potline_network *n, const float *parameters, float *X, int tiles, upcoming *u) {
  for (int l = 0; l < n->layerCount; l++) {
    const potline_layer *layer = &n->layers[l];
    const float *w = parameters + layer->parameterStart;
    forward_block b = {
        .weights = w,
        .weightStride = layer->paddedOutputs,
        .bias = w + (ptrdiff_t)(layer->hiddenRows + layer->inputRows) * layer->paddedOutputs,
        .first = X + (ptrdiff_t)layer->hiddenStart * POTLINE_LANES,
        .firstRows = layer->hiddenRows,
        .second = X,
        .secondRows = layer->inputRows,
        .result = X + (ptrdiff_t)layer->outputStart * POTLINE_LANES,
        .tile = (ptrdiff_t)n->activationRows * POTLINE_LANES,
    };
    int left = layer->outputs;
    for (int blocks = (left + BLOCK_OUTPUTS - 1) / BLOCK_OUTPUTS; blocks > 0; blocks--) {
      int some = (left + blocks - 1) / blocks;
      prefetch_rows(u);
      if (l + 1 < n->layerCount) {
        forward_hidden(some, tiles, &b);
      } else {
        forward_last(some, tiles, &b);
      }
      left -= some;
      b.weights += some;
      b.bias += some;
      b.result += some * POTLINE_LANES;
    }
  }
}

// ---- Backward ----

// The deltas are written twice: as they are for the layer below, and turned for the gradient of the weights.
typedef struct {
  const float *weights;    // of the first result
  ptrdiff_t weightStride;  // floats from a result's weights to the next result's
  const float *source;     // deltas of the layer above
  int rows;                // of them
  float *result;           // row of the first result
  ptrdiff_t tile;          // floats from a tile to the next in sources and results
  const float *mask;       // the result is zero where the mask's row is not positive
  ptrdiff_t maskTile;
  float *turned;           // quad of the first result
  ptrdiff_t turnedTile;
} backward_block;

INLINE void backward_units(int units, int tiles, const backward_block *b) {
  v16 sum[BLOCK_SUMS], source[2];
  UNROLL for (int k = 0; k < units * tiles; k++) sum[k] = (v16){};
  int last = b->rows - 1;
  accumulate(units, tiles, sum, b->weights, 1, b->weightStride, b->source, b->tile, last);
  // The last multiply-add can take the mask, too.
  UNROLL for (int t = 0; t < tiles; t++) source[t] = *(const v16 *)(b->source + last * POTLINE_LANES + t * b->tile);
  UNROLL for (int q = 0; q < units; q += 4) {
    v16 delta[2][4] = {};
    UNROLL for (int k = 0; k < 4; k++) {
      int i = q + k;
      if (i >= units) continue;
      v16 weight = splat(b->weights[last + i * b->weightStride]);
      UNROLL for (int t = 0; t < tiles; t++) {
        v16 x = *(const v16 *)(b->mask + i * POTLINE_LANES + t * b->maskTile);
        delta[t][k] = select16(x > (v16){}, fma16(weight, source[t], sum[i * tiles + t]), (v16){});
        *(v16 *)(b->result + i * POTLINE_LANES + t * b->tile) = delta[t][k];
      }
    }
    UNROLL for (int t = 0; t < tiles; t++) turn_quad(delta[t], b->turned + q * POTLINE_LANES + t * b->turnedTile);
  }
}

#define BACKWARD_CASE(n) BLOCK_CASE(n, backward_units, b)

static __attribute__((noinline)) void backward_some(int units, int tiles, const backward_block *b) {
  switch (units) {
    BACKWARD_CASE(1) BACKWARD_CASE(2) BACKWARD_CASE(3) BACKWARD_CASE(4)
#if BLOCK_UNITS > 4
    BACKWARD_CASE(5) BACKWARD_CASE(6) BACKWARD_CASE(7) BACKWARD_CASE(8) BACKWARD_CASE(9) BACKWARD_CASE(10)
    BACKWARD_CASE(11) BACKWARD_CASE(12)
#endif
    default: __builtin_unreachable();
  }
}

// `deltas`: those of the outputs, [tiles][widestOutputs][16]; room for as many behind them.
INLINE void backward_tiles(const potline_network *n, const float *parameters, const float *X, float *deltas, float *D,
                           int tiles, upcoming *u) {
  ptrdiff_t tile = (ptrdiff_t)n->widestOutputs * POTLINE_LANES;
  float *above = deltas, *below = deltas + tiles * tile;
  for (int l = n->layerCount - 1; l > 0; l--) {
    const potline_layer *layer = &n->layers[l];
    backward_block b = {
        .weights = parameters + layer->parameterStart,
        .weightStride = layer->paddedOutputs,
        .source = above,
        .rows = layer->outputs,
        .result = below,
        .tile = tile,
        .mask = X + (ptrdiff_t)layer->hiddenStart * POTLINE_LANES,
        .maskTile = (ptrdiff_t)n->activationRows * POTLINE_LANES,
        .turned = D + (ptrdiff_t)n->layers[l - 1].deltaStart * POTLINE_LANES,
        .turnedTile = (ptrdiff_t)n->deltaRows * POTLINE_LANES,
    };
    int left = layer->hiddenRows;
    for (int blocks = (left + BLOCK_UNITS - 1) / BLOCK_UNITS; blocks > 0; blocks--) {
      int quads = (left + 3) / 4;
      int some = blocks == 1 ? left : (quads + blocks - 1) / blocks * 4;
      prefetch_rows(u);
      backward_some(some, tiles, &b);
      left -= some;
      b.weights += some * b.weightStride;
      b.result += some * POTLINE_LANES;
      b.mask += some * POTLINE_LANES;
      b.turned += some * POTLINE_LANES;
    }
    float *swap = above;
    above = below;
    below = swap;
  }
}
