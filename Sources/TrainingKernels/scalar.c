// The reference: the same numbers as the vector kernels, one float at a time, in plain loops. It is what the
// others are held to, bit for bit; it is not meant to be fast.
#include <math.h>
#include <string.h>

#include "TrainingKernels.h"
#include "float_environment.h"

#pragma STDC FP_CONTRACT OFF

#define L POTLINE_LANES

static float *row(float *tiles, int rows, int tile, int r) { return tiles + ((ptrdiff_t)tile * rows + r) * L; }

// Sum over lanes: halves, quarters, ...
static float reduce(float *lane, int lanes) {
  for (int half = lanes / 2; half > 0; half /= 2) {
    for (int j = 0; j < half; j++) lane[j] = lane[j] + lane[j + half];
  }
  return lane[0];
}

// The activations' row that the layer's source i reads: hidden rows, the network's input, ones.
static int source_row(const potline_network *n, const potline_layer *layer, int i) {
  if (i < layer->hiddenRows) return layer->hiddenStart + i;
  return n->inputs - layer->inputRows + (i - layer->hiddenRows);
}

static void forward_tile(const potline_network *n, const float *parameters, float *X, int tile) {
  for (int l = 0; l < n->layerCount; l++) {
    const potline_layer *layer = &n->layers[l];
    const float *w = parameters + layer->parameterStart;
    int sources = layer->hiddenRows + layer->inputRows;
    for (int o = 0; o < layer->outputs; o++) {
      float *y = row(X, n->activationRows, tile, layer->outputStart + o);
      for (int j = 0; j < L; j++) {
        float sum = 0;
        for (int i = 0; i < sources; i++) {
          sum = fmaf(w[i * layer->paddedOutputs + o], row(X, n->activationRows, tile, source_row(n, layer, i))[j], sum);
        }
        sum = sum + w[sources * layer->paddedOutputs + o];
        y[j] = l + 1 < n->layerCount && 0 > sum ? 0 : sum;
      }
    }
  }
}

static void forward(const potline_network *n, const float *parameters, float *X, int32_t tiles) {
  float_environment saved = flush_denormals();
  for (int t = 0; t < tiles; t++) forward_tile(n, parameters, X, t);
  restore_denormals(saved);
}

static void backward_tile(const potline_network *n, const float *parameters, float *X, float *D, int tile) {
  for (int l = n->layerCount - 1; l > 0; l--) {
    const potline_layer *layer = &n->layers[l];
    for (int i = 0; i < layer->hiddenRows; i++) {
      const float *w = parameters + layer->parameterStart + (ptrdiff_t)i * layer->paddedOutputs;
      const float *x = row(X, n->activationRows, tile, layer->hiddenStart + i);
      float *below = row(D, n->deltaRows, tile, n->layers[l - 1].deltaStart + i);
      for (int j = 0; j < L; j++) {
        float sum = 0;
        for (int o = 0; o < layer->outputs; o++) {
          sum = fmaf(w[o], row(D, n->deltaRows, tile, layer->deltaStart + o)[j], sum);
        }
        below[j] = x[j] > 0 ? sum : 0;
      }
    }
  }
}

// Samples of tile t into the lanes; past `count` the zero row.
static void gather_tile(const potline_network *n, const potline_samples *samples, const uint32_t *order, int count,
                        int t, float *X, float *Y) {
  for (int j = 0; j < L; j++) {
    int64_t sample = t * L + j < count ? (int64_t)order[t * L + j] : samples->count;
    const float *from = samples->rows + sample * samples->rowStride;
    for (int i = 0; i < n->inputs; i++) row(X, n->activationRows, t, i)[j] = from[i];
    row(X, n->activationRows, t, n->inputs)[j] = 1;
    for (int o = 0; o < n->outputs; o++) Y[o * L + j] = from[samples->targetStart + o];
  }
}

// The output's delta; the squared error is added to `loss`, lane by lane.
static void squared_error(const potline_network *n, float *X, const float *Y, float *D, int t, int count, float scale,
                          float *loss) {
  const potline_layer *last = &n->layers[n->layerCount - 1];
  for (int o = 0; o < n->outputs; o++) {
    for (int j = 0; j < L; j++) {
      float error = row(X, n->activationRows, t, last->outputStart + o)[j] - Y[o * L + j];
      if (t * L + j >= count) error = 0;
      loss[j] = fmaf(error, error, loss[j]);
      row(D, n->deltaRows, t, last->deltaStart + o)[j] = 2 * scale * error;
    }
  }
}

static void weight_gradient(const potline_network *n, float *X, float *D, int tiles, float *g) {
  for (int l = 0; l < n->layerCount; l++) {
    const potline_layer *layer = &n->layers[l];
    for (int i = 0; i <= layer->hiddenRows + layer->inputRows; i++) {
      for (int o = 0; o < layer->outputs; o++) {
        float sum[4] = {0};  // samples 0, 4, 8, ... in the first, 1, 5, ... in the second
        for (int t = 0; t < tiles; t++) {
          const float *x = row(X, n->activationRows, t, source_row(n, layer, i));
          const float *d = row(D, n->deltaRows, t, layer->deltaStart + o);
          for (int j = 0; j < L; j++) sum[j % 4] = fmaf(x[j], d[j], sum[j % 4]);
        }
        g[layer->parameterStart + (ptrdiff_t)i * layer->paddedOutputs + o] = reduce(sum, 4);
      }
    }
  }
}

static float gradient(const potline_network *n, const float *parameters, const potline_samples *samples,
                      const uint32_t *order, int32_t count, int32_t nextCount, float *X, float *Y, float *D,
                      float scale, float *g) {
  (void)nextCount;
  float_environment saved = flush_denormals();
  int tiles = (count + L - 1) / L;
  float loss[L] = {0};
  for (int t = 0; t < tiles; t++) {
    gather_tile(n, samples, order, count, t, X, Y);
    forward_tile(n, parameters, X, t);
    squared_error(n, X, Y, D, t, count, scale, loss);
    backward_tile(n, parameters, X, D, t);
  }
  weight_gradient(n, X, D, tiles, g);
  float sum = reduce(loss, L);
  restore_denormals(saved);
  return sum;
}

static void active_forward(const potline_network *n, const potline_active_layer *layers, const float *parameters,
                           float *X, int t) {
  for (int l = 0; l < n->layerCount; l++) {
    const potline_active_layer *a = &layers[l];
    for (int o = 0; o < n->layers[l].outputs; o++) {
      for (int j = 0; j < L; j++) {
        float sum = 0;
        for (int e = a->outputEntries[o]; e < a->outputEntries[o + 1]; e++) {
          sum = fmaf(parameters[a->parameter[e]], row(X, n->activationRows, t, a->sourceRow[e])[j], sum);
        }
        sum = sum + parameters[a->bias[o]];
        row(X, n->activationRows, t, n->layers[l].outputStart + o)[j] = l + 1 < n->layerCount && 0 > sum ? 0 : sum;
      }
    }
  }
}

static void active_backward(const potline_network *n, const potline_active_layer *layers, const float *parameters,
                            float *X, float *D, int t) {
  for (int l = n->layerCount - 1; l > 0; l--) {
    const potline_active_layer *a = &layers[l];
    for (int i = 0; i < n->layers[l].hiddenRows; i++) {
      for (int j = 0; j < L; j++) {
        float sum = 0;
        for (int e = a->sourceEntries[i]; e < a->sourceEntries[i + 1]; e++) {
          const float *above = row(D, n->deltaRows, t, n->layers[l].deltaStart + a->output[e]);
          sum = fmaf(parameters[a->sourceParameter[e]], above[j], sum);
        }
        int isOn = row(X, n->activationRows, t, n->layers[l].hiddenStart + i)[j] > 0;
        row(D, n->deltaRows, t, n->layers[l - 1].deltaStart + i)[j] = isOn ? sum : 0;
      }
    }
  }
}

// Sum over the samples of the products of two rows; over those of the deltas alone if x is negative.
static float sum_over_samples(const potline_network *n, float *X, int x, float *D, int d, int tiles) {
  float sum[L] = {0};
  for (int t = 0; t < tiles; t++) {
    for (int j = 0; j < L; j++) {
      float delta = row(D, n->deltaRows, t, d)[j];
      sum[j] = x < 0 ? sum[j] + delta : fmaf(row(X, n->activationRows, t, x)[j], delta, sum[j]);
    }
  }
  return reduce(sum, L);
}

static void active_weights(const potline_network *n, const potline_active_layer *layers, float *X, float *D, int tiles,
                           float *g) {
  for (int o = 0; o < n->outputs; o++) {
    *g++ = sum_over_samples(n, X, -1, D, n->layers[n->layerCount - 1].deltaStart + o, tiles);
  }
  for (int l = n->layerCount - 1; l >= 0; l--) {
    const potline_layer *layer = &n->layers[l];
    const potline_active_layer *a = &layers[l];
    for (int i = 0; i < layer->hiddenRows + layer->inputRows; i++) {
      int x = i < layer->hiddenRows ? layer->hiddenStart + i : i - layer->hiddenRows;
      for (int e = a->sourceEntries[i]; e < a->sourceEntries[i + 1]; e++) {
        *g++ = sum_over_samples(n, X, x, D, layer->deltaStart + a->output[e], tiles);
      }
      if (i < layer->hiddenRows && a->sourceEntries[i] < a->sourceEntries[i + 1]) {
        *g++ = sum_over_samples(n, X, -1, D, n->layers[l - 1].deltaStart + i, tiles);
      }
    }
  }
}

static float active_gradient(const potline_network *n, const potline_active_layer *layers, const float *parameters,
                             const potline_samples *samples, const uint32_t *order, int32_t count, int32_t nextCount,
                             float *X, float *Y, float *D, float scale, potline_gradient_of which, float *lanes,
                             float *g) {
  (void)nextCount;
  (void)lanes;
  float_environment saved = flush_denormals();
  int tiles = (count + L - 1) / L;
  float loss[L] = {0};
  for (int t = 0; t < tiles; t++) {
    gather_tile(n, samples, order, count, t, X, Y);
    active_forward(n, layers, parameters, X, t);
    squared_error(n, X, Y, D, t, count, scale, loss);
    active_backward(n, layers, parameters, X, D, t);
  }
  if (which == POTLINE_GRADIENT_ALL) {
    weight_gradient(n, X, D, tiles, g);
  } else {
    active_weights(n, layers, X, D, tiles, g);
  }
  float sum = reduce(loss, L);
  restore_denormals(saved);
  return sum;
}

// 1 / sqrt from the bits, then two of Goldschmidt's steps and one of Newton's.
static float square_root(float a) {
  uint32_t bits;
  memcpy(&bits, &a, sizeof bits);
  bits = 0x5F3759DFu - (bits >> 1);
  float y;
  memcpy(&y, &bits, sizeof y);
  float root = a * y, half = 0.5f * y;
  for (int k = 0; k < 2; k++) {
    float rest = fmaf(-root, half, 0.5f);
    root = fmaf(root, rest, root);
    half = fmaf(half, rest, half);
  }
  return fmaf(fmaf(-root, root, a), half, root);
}

static void update(int32_t count, float *parameters, float *m, float *v, const float *gradient, const float *penalty,
                   potline_penalty method, potline_adam adam) {
  float_environment saved = flush_denormals();
  for (int32_t i = 0; i < count; i++) {
    float p = parameters[i], g = gradient[i];
    if (method == POTLINE_PENALTY_SUBGRADIENT && p != 0) g += p > 0 ? penalty[i] : -penalty[i];
    m[i] = fmaf(adam.beta1, m[i], adam.oneMinusBeta1 * g);
    v[i] = fmaf(adam.beta2, v[i], adam.oneMinusBeta2 * (g * g));
    float step = adam.rate / (square_root(v[i]) + adam.epsilon);
    p = fmaf(-step, m[i], p);
    if (method == POTLINE_PENALTY_PROXIMAL && penalty[i] > 0) {
      float threshold = step * penalty[i];
      p = p <= threshold && p >= -threshold ? 0 : p > threshold ? p - threshold : p + threshold;
    }
    parameters[i] = p;
  }
  restore_denormals(saved);
}

static void shuffle(uint32_t *order, uint32_t count, const uint32_t keys[POTLINE_SHUFFLE_ROUNDS]) {
  int bits = 4;
  while (bits < 32 && ((uint64_t)1 << bits) < count) bits++;
  int rightBits = bits / 2, leftBits = bits - rightBits;
  uint32_t written = 0;
  for (uint64_t value = 0; value < (uint64_t)1 << bits && written < count; value++) {
    uint32_t left = (uint32_t)value >> rightBits, right = (uint32_t)value & ((1u << rightBits) - 1);
    for (int r = 0; r < POTLINE_SHUFFLE_ROUNDS; r++) {
      uint32_t h = (right ^ keys[r]) * 0x9E3779B1u;
      h = (h ^ (h >> 15)) * 0x85EBCA77u;
      uint32_t mixed = left ^ ((h >> 13) & ((1u << (r % 2 == 0 ? leftBits : rightBits)) - 1));
      left = right;
      right = mixed;
    }
    uint32_t shuffled = (left << rightBits) | right;
    if (shuffled < count) order[written++] = shuffled;
  }
}

static void sparse_forward(const potline_sparse_layer *layers, int32_t layerCount, float *X, int32_t activationRows,
                           int32_t tiles) {
  float_environment saved = flush_denormals();
  for (int l = 0; l < layerCount; l++) {
    const potline_sparse_layer *layer = &layers[l];
    for (int t = 0; t < tiles; t++) {
      for (int o = 0; o < layer->outputs; o++) {
        for (int j = 0; j < L; j++) {
          float sum = 0;
          for (int e = layer->entryStart[o]; e < layer->entryStart[o + 1]; e++) {
            sum = fmaf(layer->entryWeight[e], row(X, activationRows, t, layer->entryRow[e])[j], sum);
          }
          sum = sum + layer->bias[o];
          row(X, activationRows, t, layer->outputStart + o)[j] = l + 1 < layerCount && 0 > sum ? 0 : sum;
        }
      }
    }
  }
  restore_denormals(saved);
}

static double multiply_adds(int64_t repetitions, float factor, float term) {
  enum { CHAINS = 8 };
  float chain[CHAINS] = {0, 1, 2, 3, 4, 5, 6, 7};
  for (int64_t r = 0; r < repetitions; r++) {
    for (int s = 0; s < POTLINE_PEAK_MULTIPLY_ADDS / CHAINS; s++) {
      for (int k = 0; k < CHAINS; k++) chain[k] = fmaf(chain[k], factor, term);
    }
  }
  double sum = 0;
  for (int k = 0; k < CHAINS; k++) sum += chain[k];
  return sum;
}

const potline_kernels potline_scalar_kernels = {
    .name = "scalar",
    .instructionSet = "scalar fmaf reference",
    .shuffle = shuffle,
    .gradient = gradient,
    .activeGradient = active_gradient,
    .forward = forward,
    .update = update,
    .sparseForward = sparse_forward,
    .multiplyAdds = multiply_adds,
};
