// The reference: the same numbers as the vector kernels, one float at a time, in plain loops. It is what the
// others are held to, bit for bit; it is not meant to be fast.
#include <math.h>
#include <string.h>

#include "TrainingKernels.h"
#include "checks.h"
#include "float_environment.h"

#pragma STDC FP_CONTRACT OFF

#include "activation.h"
#include "loss.h"
#include "penalty.h"

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

static void forward_layer(const potline_network *n, int l, const float *parameters, float *X, int tile) {
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
      y[j] = l + 1 < n->layerCount ? scalar_activation(n->activation, sum) : sum;
    }
  }
}

static void forward_tile(const potline_network *n, const float *parameters, float *X, int tile) {
  for (int l = 0; l < n->layerCount; l++) forward_layer(n, l, parameters, X, tile);
}

static void forward(const potline_forward_arguments *a) {
  require_forward(a);
  float_environment saved = flush_denormals();
  for (int t = 0; t < a->tiles; t++) forward_tile(a->network, a->parameters, a->X, t);
  restore_denormals(saved);
}

// The deltas of the hidden units that layer l reads.
static void backward_layer(const potline_network *n, int l, const float *parameters, float *X, float *D, int tile) {
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
      below[j] = scalar_backward(n->activation, x[j], sum);
    }
  }
}

static void backward_tile(const potline_network *n, const float *parameters, float *X, float *D, int tile) {
  for (int l = n->layerCount - 1; l > 0; l--) backward_layer(n, l, parameters, X, D, tile);
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

// The output's delta; its loss is added to `sum`, lane by lane.
static void output_deltas(const potline_gradient_arguments *a, int t, float *sum) {
  const potline_network *n = a->network;
  const float *Y = a->scratch;
  const potline_layer *last = &n->layers[n->layerCount - 1];
  for (int o = 0; o < n->outputs; o++) {
    for (int j = 0; j < L; j++) {
      float error = row(a->X, n->activationRows, t, last->outputStart + o)[j] - Y[o * L + j];
      if (t * L + j >= a->count) error = 0;
      sum[j] = scalar_loss(a->loss, error, sum[j]);
      row(a->D, n->deltaRows, t, last->deltaStart + o)[j] = 2 * a->scale * scalar_half_slope(a->loss, error);
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

static float gradient(const potline_gradient_arguments *a) {
  require_gradient(a);
  float_environment saved = flush_denormals();
  const potline_network *n = a->network;
  int tiles = (a->count + L - 1) / L;
  float loss[L] = {0};
  for (int t = 0; t < tiles; t++) {
    gather_tile(n, a->samples, a->order, a->count, t, a->X, a->scratch);
    forward_tile(n, a->parameters, a->X, t);
    output_deltas(a, t, loss);
    backward_tile(n, a->parameters, a->X, a->D, t);
  }
  weight_gradient(n, a->X, a->D, tiles, a->gradient);
  float sum = reduce(loss, L);
  restore_denormals(saved);
  return sum;
}

static void active_forward(const potline_network *n, const potline_active_layer *layers, const float *parameters,
                           float *X, int t) {
  for (int l = 0; l < n->layerCount; l++) {
    const potline_active_layer *a = &layers[l];
    if (a->mask) {
      forward_layer(n, l, parameters, X, t);
      continue;
    }
    for (int o = 0; o < n->layers[l].outputs; o++) {
      for (int j = 0; j < L; j++) {
        float sum = 0;
        for (int e = a->rowPointers[o]; e < a->rowPointers[o + 1]; e++) {
          sum = fmaf(parameters[a->parameter[e]], row(X, n->activationRows, t, a->sourceRow[e])[j], sum);
        }
        sum = sum + parameters[a->bias[o]];
        row(X, n->activationRows, t, n->layers[l].outputStart + o)[j] =
            l + 1 < n->layerCount ? scalar_activation(n->activation, sum) : sum;
      }
    }
  }
}

static void active_backward(const potline_network *n, const potline_active_layer *layers, const float *parameters,
                            float *X, float *D, int t) {
  for (int l = n->layerCount - 1; l > 0; l--) {
    const potline_active_layer *a = &layers[l];
    if (a->mask) {
      backward_layer(n, l, parameters, X, D, t);
      continue;
    }
    for (int i = 0; i < n->layers[l].hiddenRows; i++) {
      for (int j = 0; j < L; j++) {
        float sum = 0;
        for (int e = a->columnPointers[i]; e < a->columnPointers[i + 1]; e++) {
          const float *above = row(D, n->deltaRows, t, n->layers[l].deltaStart + a->output[e]);
          sum = fmaf(parameters[a->sourceParameter[e]], above[j], sum);
        }
        float value = row(X, n->activationRows, t, n->layers[l].hiddenStart + i)[j];
        row(D, n->deltaRows, t, n->layers[l - 1].deltaStart + i)[j] = scalar_backward(n->activation, value, sum);
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

static void masked_weights(const potline_network *n, const potline_layer *layer, const uint32_t *mask, float *X, float *D,
                           int tiles, float *g) {
  int sources = layer->hiddenRows + layer->inputRows;
  for (int i = 0; i <= sources; i++) {
    for (int o = 0; o < layer->paddedOutputs; o++) {
      int isActive = mask[i * layer->paddedOutputs + o] != 0, x = i == sources ? -1 : source_row(n, layer, i);
      g[i * layer->paddedOutputs + o] = isActive ? sum_over_samples(n, X, x, D, layer->deltaStart + o, tiles) : 0;
    }
  }
}

static void active_weights(const potline_network *n, const potline_active_layer *layers, float *X, float *D, int tiles,
                           float *all) {
  float *g = all;
  for (int l = n->layerCount - 1; l >= 0; l--) {
    const potline_layer *layer = &n->layers[l];
    const potline_active_layer *a = &layers[l];
    if (a->mask) {
      masked_weights(n, layer, a->mask, X, D, tiles, all + layer->parameterStart);
      continue;
    }
    for (int k = 0; (l + 1 == n->layerCount || layers[l + 1].mask) && k < a->liveUnitCount; k++) {
      *g++ = sum_over_samples(n, X, -1, D, layer->deltaStart + a->liveUnit[k], tiles);
    }
    for (int i = 0; i < layer->hiddenRows + layer->inputRows; i++) {
      int x = i < layer->hiddenRows ? layer->hiddenStart + i : i - layer->hiddenRows;
      for (int e = a->columnPointers[i]; e < a->columnPointers[i + 1]; e++) {
        *g++ = sum_over_samples(n, X, x, D, layer->deltaStart + a->output[e], tiles);
      }
      if (i < layer->hiddenRows && !layers[l - 1].mask && a->columnPointers[i] < a->columnPointers[i + 1]) {
        *g++ = sum_over_samples(n, X, -1, D, n->layers[l - 1].deltaStart + i, tiles);
      }
    }
  }
}

static float active_gradient(const potline_active_gradient_arguments *b) {
  require_active_gradient(b);
  float_environment saved = flush_denormals();
  const potline_gradient_arguments *a = &b->step;
  const potline_network *n = a->network;
  int tiles = (a->count + L - 1) / L;
  float loss[L] = {0};
  for (int t = 0; t < tiles; t++) {
    gather_tile(n, a->samples, a->order, a->count, t, a->X, a->scratch);
    active_forward(n, b->layers, a->parameters, a->X, t);
    output_deltas(a, t, loss);
    active_backward(n, b->layers, a->parameters, a->X, a->D, t);
  }
  if (b->which == POTLINE_GRADIENT_ALL) {
    weight_gradient(n, a->X, a->D, tiles, a->gradient);
  } else {
    active_weights(n, b->layers, a->X, a->D, tiles, a->gradient);
  }
  float sum = reduce(loss, L);
  restore_denormals(saved);
  return sum;
}

#include "scalar_simulation.inc.h"

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

static void update(const potline_update_arguments *a) {
  require_update(a);
  float_environment saved = flush_denormals();
  const potline_adam adam = a->adam;
  for (int32_t i = 0; i < a->count; i++) {
    float p = a->parameters[i], g = scalar_penalised_gradient(a->method, p, a->gradient[i], a->penalty[i]);
    float m = fmaf(adam.beta1, a->m[i], adam.oneMinusBeta1 * g);
    float v = fmaf(adam.beta2, a->v[i], adam.oneMinusBeta2 * (g * g));
    float step = adam.rate / (square_root(v) + adam.epsilon);
    a->m[i] = m;
    a->v[i] = v;
    a->parameters[i] = scalar_penalised_parameter(a->method, fmaf(-step, m, p), step, a->penalty[i]);
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

static void sparse_forward(const potline_sparse_forward_arguments *a) {
  require_sparse_forward(a);
  float_environment saved = flush_denormals();
  for (int l = 0; l < a->layerCount; l++) {
    const potline_sparse_layer *layer = &a->layers[l];
    for (int t = 0; t < a->tiles; t++) {
      for (int o = 0; o < layer->outputs; o++) {
        for (int j = 0; j < L; j++) {
          float sum = 0;
          for (int e = layer->rowPointers[o]; e < layer->rowPointers[o + 1]; e++) {
            sum = fmaf(layer->weight[e], row(a->X, a->activationRows, t, layer->sourceRow[e])[j], sum);
          }
          sum = sum + layer->bias[o];
          row(a->X, a->activationRows, t, layer->outputStart + o)[j] =
              l + 1 < a->layerCount ? scalar_activation(a->activation, sum) : sum;
        }
      }
    }
  }
  restore_denormals(saved);
}

static void activate(potline_activation activation, float *values, int32_t count) {
  float_environment saved = flush_denormals();
  for (int32_t k = 0; k < count; k++) values[k] = scalar_activation(activation, values[k]);
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

// The kernels of least squares with one lane; their results are held to an independent computation in Swift.
#define D_LANES 1
#include "least_squares.inc.h"

const potline_kernels potline_scalar_kernels = {
    .name = "scalar",
    .instructionSet = "scalar fmaf reference",
    .shuffle = shuffle,
    .gradient = gradient,
    .activeGradient = active_gradient,
    .simulationGradient = simulation_gradient,
    .clip = clip,
    .squares = squares,
    .squaresGradient = squares_gradient,
    .normalEquations = normal_equations,
    .factorise = factorise,
    .substitute = substitute,
    .forward = forward,
    .update = update,
    .sparseForward = sparse_forward,
    .activate = activate,
    .multiplyAdds = multiply_adds,
};
