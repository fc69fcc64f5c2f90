// Compares the fastest kernels that the processor can run with the scalar reference, bit by bit, over random shapes.
// For processors that the tests in Swift can't run on; see scripts/test-neon.
//   compare SHAPES [STRIDE]
// tanh is also compared with float64, at every STRIDE-th float32 number (default: 4099; 1 looks at all).
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "TrainingKernels.h"

enum { LANES = POTLINE_LANES, MOST_LAYERS = 5, CHOICES = 4 };

static uint64_t state = 1;
static uint32_t next(void) {
  state = state * 6364136223846793005u + 1442695040888963407u;
  return (uint32_t)(state >> 33);
}
static int in_range(int from, int to) { return from + (int)(next() % (uint32_t)(to - from + 1)); }
static float real(void) { return (float)next() / 1073741824.f - 1; }

static void *room(size_t bytes) {
  void *p = aligned_alloc(64, (bytes + 127) / 64 * 64);
  if (!p) exit(3);
  return memset(p, 0, (bytes + 127) / 64 * 64);
}
static float *reals(size_t count) {
  float *p = room(count * sizeof(float));
  for (size_t k = 0; k < count; k++) p[k] = real();
  return p;
}

typedef struct {
  potline_network network;
  potline_layer layers[MOST_LAYERS];
} shape;

static void random_shape(shape *s) {
  int count = in_range(1, MOST_LAYERS), skip = in_range(0, 1), inputs = in_range(1, 20), row = inputs + 1, delta = 0;
  int parameter = 0, widest = 0, before = 0;
  for (int l = 0; l < count; l++) {
    int outputs = in_range(1, 29), padded = (outputs + 3) / 4 * 4;
    s->layers[l] = (potline_layer){.outputs = outputs,
                                   .paddedOutputs = padded,
                                   .hiddenRows = before,
                                   .inputRows = l == 0 || skip ? inputs : 0,
                                   .hiddenStart = l == 0 ? 0 : s->layers[l - 1].outputStart,
                                   .outputStart = row,
                                   .deltaStart = delta,
                                   .parameterStart = parameter};
    row += outputs;
    delta += padded;
    parameter += (before + s->layers[l].inputRows + 1) * padded;
    if (outputs > widest) widest = outputs;
    before = outputs;
  }
  s->network = (potline_network){.inputs = inputs,
                                 .outputs = before,
                                 .layerCount = count,
                                 .activationRows = row,
                                 .deltaRows = delta,
                                 .parameterCount = (parameter + 15) / 16 * 16,
                                 .widestOutputs = widest,
                                 .layers = s->layers};
}

// The active weights of a layer: those that are not zero. Parameters are named by their liveIndex among all.
typedef struct {
  int32_t rowPointers[64], sourceRow[2048], parameter[2048], bias[64];
  int32_t columnPointers[64], output[2048], sourceParameter[2048], liveUnit[64], liveIndex[64];
} active;

static void find_active(const shape *s, const float *p, active *a, potline_active_layer *layers) {
  for (int l = s->network.layerCount - 1; l >= 0; l--) {
    const potline_layer *layer = &s->layers[l];
    const potline_active_layer *above = l + 1 < s->network.layerCount ? &layers[l + 1] : NULL;
    int sources = layer->hiddenRows + layer->inputRows, entries = 0, read = 0, liveSourceCount = 0;
    for (int o = 0; o < layer->outputs; o++) {
      a[l].rowPointers[o] = entries;
      for (int i = 0; i < sources; i++) {
        int at = layer->parameterStart + i * layer->paddedOutputs + o;
        if (p[at] == 0) continue;
        a[l].sourceRow[entries] = i < layer->hiddenRows ? layer->hiddenStart + i : i - layer->hiddenRows;
        a[l].parameter[entries++] = at;
      }
      a[l].bias[o] = layer->parameterStart + sources * layer->paddedOutputs + o;
      if (above && above->columnPointers[o] == above->columnPointers[o + 1]) continue;
      a[l].liveIndex[o] = read;
      a[l].liveUnit[read++] = o;
    }
    a[l].rowPointers[layer->outputs] = entries;
    entries = 0;
    for (int i = 0; i < sources; i++) {
      a[l].columnPointers[i] = entries;
      for (int k = 0; k < read; k++) {
        int at = layer->parameterStart + i * layer->paddedOutputs + a[l].liveUnit[k];
        if (p[at] == 0) continue;
        a[l].output[entries] = a[l].liveUnit[k];
        a[l].sourceParameter[entries++] = at;
      }
      liveSourceCount += entries > a[l].columnPointers[i];
    }
    a[l].columnPointers[sources] = entries;
    layers[l] = (potline_active_layer){a[l].rowPointers, a[l].sourceRow, a[l].parameter,
                                       a[l].bias,          a[l].columnPointers, a[l].output,
                                       a[l].sourceParameter, liveSourceCount,  a[l].liveUnit,
                                       a[l].liveIndex,         read, NULL};
  }
}

// Parameters of a network in which some layers have a mask: those of all layers, then, from a multiple of 16 on, each layer
// with a mask once more.
static size_t masked_count(size_t count) { return 2 * count + (MOST_LAYERS + 1) * LANES; }

// Lets an output read every hidden unit, so that all are live.
static void revive(const shape *s, float *p) {
  for (int l = 1; l < s->network.layerCount; l++) {
    const potline_layer *layer = &s->layers[l];
    for (int i = 0; i < layer->hiddenRows; i++) {
      float *w = &p[layer->parameterStart + i * layer->paddedOutputs + i % layer->outputs];
      if (*w == 0) *w = 0.25f;
    }
  }
}

// Gives the layers whose bit in `choice` is set a mask of the parameters that aren't zero and all biases.
static void set_masks(int choice, shape *s, potline_active_layer *layers, float *parameters, uint32_t *masks) {
  int next = s->network.parameterCount;
  for (int l = 0; l < s->network.layerCount; l++) {
    if (!(choice >> l & 1)) continue;
    potline_layer *layer = &s->layers[l];
    int sources = layer->hiddenRows + layer->inputRows, start = next;
    for (int i = 0; i <= sources; i++) {
      for (int o = 0; o < layer->outputs; o++) {
        int at = i * layer->paddedOutputs + o;
        parameters[start + at] = parameters[layer->parameterStart + at];
        masks[start + at] = i == sources || parameters[start + at] != 0 ? UINT32_MAX : 0;
      }
    }
    layers[l].mask = masks + start;
    layer->parameterStart = start;
    next += ((sources + 1) * layer->paddedOutputs + LANES - 1) / LANES * LANES;
  }
  s->network.parameterCount = next;
  s->network.layers = s->layers;
}

static size_t compared_floats(size_t count) { return 5 * count + 48 + CHOICES * masked_count(count); }

// What a training of a few steps leaves behind, and then the gradients of a network with many zeros.
static float *train(const potline_kernels *k, const shape *s, int batch, potline_penalty penalty, potline_loss loss,
                    uint64_t seed) {
  state = seed;
  const potline_network *n = &s->network;
  size_t count = (size_t)n->parameterCount, tiles = (size_t)(batch + LANES - 1) / LANES;
  int samples = 3 * batch + in_range(0, 9), stride = (n->inputs + n->outputs + 3) / 4 * 4;
  float *rows = reals((size_t)(samples + 1) * (size_t)stride + 16);
  memset(rows + (size_t)samples * (size_t)stride, 0, (size_t)(stride + 16) * sizeof(float));
  potline_samples data = {rows, samples, stride, n->inputs};
  uint32_t *order = room(((size_t)samples + LANES) * sizeof(uint32_t));
  uint32_t keys[POTLINE_SHUFFLE_ROUNDS];
  for (int r = 0; r < POTLINE_SHUFFLE_ROUNDS; r++) keys[r] = next();
  float *result = room((compared_floats(count) + (size_t)samples) * sizeof(float));
  float *p = result, *m = p + count, *v = m + count, *l1 = room(count * sizeof(float)), *g = room((count + 16) * 4);
  for (int l = 0; l < n->layerCount; l++) {
    const potline_layer *layer = &s->layers[l];
    for (int i = 0; i <= layer->hiddenRows + layer->inputRows; i++) {
      for (int o = 0; o < layer->outputs; o++) {
        size_t at = (size_t)(layer->parameterStart + i * layer->paddedOutputs + o);
        p[at] = 0.5f * real();
        l1[at] = 0.01f;
      }
    }
  }
  float *X = room(tiles * (size_t)n->activationRows * 64), *D = room(tiles * (size_t)n->deltaRows * 64);
  float *scratch = room((size_t)(8 * n->outputs + 4 * n->widestOutputs) * 64);
  k->shuffle(order, (uint32_t)samples, keys);
  float *losses = result + 3 * count;
  potline_gradient_arguments step = {.network = n, .parameters = p, .samples = &data, .count = batch, .loss = loss,
                                     .scale = 1.f / (float)(batch * n->outputs), .X = X, .D = D, .scratch = scratch,
                                     .gradient = g};
  for (int t = 0; t < 3; t++) {
    step.order = order + t * batch;
    step.nextCount = t < 2 ? batch : 0;
    losses[t] = k->gradient(&step);
    potline_update_arguments update = {(int32_t)count, p, m, v, g, l1, penalty,
                                       {0.9f, 0.999f, 0.1f, 0.001f, 0.01f, 1e-8f}};
    k->update(&update);
  }
  potline_forward_arguments forward = {n, p, X, (int32_t)tiles};
  k->forward(&forward);
  for (size_t t = 0; t < tiles; t++) {
    for (int r = 0; r < n->activationRows * LANES; r++) losses[4] += X[t * (size_t)n->activationRows * LANES + (size_t)r];
  }
  for (size_t i = 0; i < count; i++) {
    if (l1[i] > 0 && next() % 4 != 0) p[i] = 0;
  }
  active *entries = room(MOST_LAYERS * sizeof(active));
  potline_active_layer layers[MOST_LAYERS];
  find_active(s, p, entries, layers);
  float *partialSums = room(count * 64), *active = losses + 16;
  step.order = order;
  step.nextCount = 0;
  step.scale = 0.01f;
  for (int all = 0; all < 2; all++, active += count + 16) {
    step.gradient = active;
    potline_active_gradient_arguments arguments = {
        step, layers, all ? POTLINE_GRADIENT_ALL : POTLINE_GRADIENT_ACTIVE, partialSums};
    losses[5 + all] = k->activeGradient(&arguments);
  }
  revive(s, p);
  find_active(s, p, entries, layers);
  for (int choice = 0; choice < CHOICES; choice++, active += masked_count(count)) {
    shape masked = *s;
    float *parameters = room(masked_count(count) * sizeof(float));
    uint32_t *masks = room(masked_count(count) * sizeof(uint32_t));
    memcpy(parameters, p, count * sizeof(float));
    set_masks((int[CHOICES]){~0, 1, 10, 21}[choice], &masked, layers, parameters, masks);
    step.network = &masked.network;
    step.parameters = parameters;
    step.gradient = active;
    potline_active_gradient_arguments arguments = {step, layers, POTLINE_GRADIENT_ACTIVE, partialSums};
    losses[7 + choice] = k->activeGradient(&arguments);
    for (int l = 0; l < n->layerCount; l++) layers[l].mask = NULL;
    free(parameters), free(masks);
  }
  memcpy(active, order, (size_t)samples * sizeof(float));
  free(entries), free(partialSums), free(rows), free(order), free(l1), free(g), free(X), free(D), free(scratch);
  return result;
}

// Loss and gradient of a simulation with random lags, hidden states and gaps, shortened to a norm; NULL for a shape with more
// outputs than inputs. `floats`: how many there are.
static float *simulate(const potline_kernels *k, const shape *s, potline_loss loss, uint64_t seed, size_t *floats) {
  state = seed;
  const potline_network *n = &s->network;
  if (n->outputs > n->inputs) return NULL;
  int32_t stateRow[64], stateLags[64], inputRow[64], inputLags[64];
  potline_recurrence r = {.states = n->outputs, .outputs = in_range(1, n->outputs), .stateRow = stateRow,
                          .stateLags = stateLags, .inputRow = inputRow, .inputLags = inputLags, .longestLag = 1};
  int left = n->inputs - n->outputs, row = 0;
  for (int i = 0; i < r.states; i++) {
    int more = i < r.outputs ? in_range(0, left < 3 ? left : 3) : 0;
    stateRow[i] = row;
    stateLags[i] = 1 + more;
    row += 1 + more;
    left -= more;
    if (stateLags[i] > r.longestLag) r.longestLag = stateLags[i];
  }
  r.feedbackRows = row;
  while (left > 0) {
    int lags = in_range(1, left < 4 ? left : 4);
    inputRow[r.inputs] = row;
    inputLags[r.inputs++] = lags;
    row += lags;
    left -= lags;
    if (lags > r.longestLag) r.longestLag = lags;
  }
  float *numbers = reals(4 * (size_t)r.states);
  for (int i = 0; i < r.states; i++) {
    numbers[i] = 0.9f;
    numbers[2 * r.states + i] *= 0.2f;
    numbers[3 * r.states + i] = 0.5f;
  }
  r.carry = numbers, r.offset = numbers + r.states, r.gain = numbers + 2 * r.states, r.weight = numbers + 3 * r.states;
  const int hidden = r.states - r.outputs, windows = in_range(1, 100), recorded = 60, steps = in_range(2, 14);
  const int washout = in_range(0, steps - 1), stride = (r.outputs + r.inputs + 3) / 4 * 4;
  float *rows = reals((size_t)(recorded * stride + 8));
  for (int i = 20; i < recorded; i++) {
    if (next() % 9 == 0) rows[i * stride + in_range(0, r.outputs - 1)] = NAN;
  }
  int32_t *start = room((size_t)windows * 4), *last = room((size_t)windows * 4);
  for (int w = 0; w < windows; w++) {
    start[w] = in_range(r.longestLag - 1, 18);
    last[w] = in_range(start[w] + 1, recorded - 1);
  }
  potline_windows data = {rows, stride, windows, start, last};
  const size_t tiles = (size_t)(windows + LANES - 1) / LANES, count = (size_t)n->parameterCount;
  const size_t initials = tiles * (size_t)hidden * LANES, group = POTLINE_SIMULATION_TILES * LANES;
  *floats = count + initials + 3 * LANES;
  float *result = room(*floats * sizeof(float)), *p = room(count * sizeof(float)), *initial = reals(initials + 1);
  for (int l = 0; l < n->layerCount; l++) {
    const potline_layer *layer = &s->layers[l];
    for (int i = 0; i <= layer->hiddenRows + layer->inputRows; i++) {
      for (int o = 0; o < layer->outputs; o++) p[layer->parameterStart + i * layer->paddedOutputs + o] = 0.4f * real();
    }
  }
  float *X = room((size_t)(steps + 1) * (size_t)n->activationRows * group * 4);
  float *D = room((size_t)POTLINE_SIMULATION_CHUNK * (size_t)n->deltaRows * group * 4);
  float *scratch = room((size_t)potline_simulation_scratch(n, &r, steps, washout) * 4);
  potline_simulation_arguments a = {.network = n, .recurrence = &r, .windows = &data, .parameters = p, .steps = steps,
                                    .washout = washout, .loss = loss, .X = X, .D = D, .scratch = scratch,
                                    .gradient = result};
  if (hidden > 0 && next() % 2) a.initial = initial, a.initialGradient = result + count;
  float *values = result + count + initials;
  values[0] = k->simulationGradient(&a);
  values[1] = (float)a.counted;
  potline_clip_arguments clip = {(int32_t)count, result, NULL, 0.01f, 0.5f};
  values[2] = k->clip(&clip);
  free(numbers), free(rows), free(start), free(last), free(p), free(initial), free(X), free(D), free(scratch);
  return result;
}

// The largest error of tanh over every `stride`-th float32 number, in units in the last place; -1 if the two kernels
// differ.
static double tanh_error(const potline_kernels *fast, const potline_kernels *reference, uint64_t stride) {
  enum { COUNT = 4096 };
  float *values = room(COUNT * sizeof(float)), *a = room(COUNT * sizeof(float)), *b = room(COUNT * sizeof(float));
  double worst = 0;
  for (uint64_t first = 0; first <= UINT32_MAX; first += stride * COUNT) {
    for (uint64_t k = 0; k < COUNT; k++) {
      uint32_t bits = first + k * stride > UINT32_MAX ? 0 : (uint32_t)(first + k * stride);
      // A sum is never subnormal, and which number that is not a number it is, is left open.
      uint32_t exponent = bits >> 23 & 255;
      if (exponent == 0 || (exponent == 255 && (bits & 0x7FFFFF) != 0)) bits &= 0x80000000u;
      memcpy(&values[k], &bits, sizeof bits);
    }
    memcpy(a, values, COUNT * sizeof(float));
    memcpy(b, values, COUNT * sizeof(float));
    fast->activate(POTLINE_ACTIVATION_TANH, a, COUNT);
    reference->activate(POTLINE_ACTIVATION_TANH, b, COUNT);
    if (memcmp(a, b, COUNT * sizeof(float)) != 0) return -1;
    for (int k = 0; k < COUNT; k++) {
      double expected = tanh((double)values[k]);
      int exponent;
      frexp(expected, &exponent);
      double error = fabs(a[k] - expected) / ldexp(1, (exponent < -125 ? -125 : exponent) - 24);
      if (error > worst) worst = error;
    }
  }
  free(values), free(a), free(b);
  return worst;
}

int main(int argc, char **argv) {
  int shapes = argc > 1 ? atoi(argv[1]) : 100, different = 0, simulations = 0;
  uint64_t stride = argc > 2 ? (uint64_t)atoll(argv[2]) : 4099;
  const potline_kernels *fast = potline_kernels_available(0), *reference = potline_kernels_named("scalar");
  printf("%s against %s, %d random shapes\n", fast->name, reference->name, shapes);
  if (fast == reference) return puts("there is nothing but the reference"), 2;
  for (int k = 0; k < shapes && different < 5; k++) {
    state = (uint64_t)k + 1;
    shape s;
    random_shape(&s);
    int batch = in_range(1, 200);
    potline_penalty penalty = (potline_penalty)in_range(0, 2);
    potline_loss loss = {(potline_loss_kind)in_range(0, 1), 0.3f};
    s.network.activation = (potline_activation)in_range(0, 1);
    uint64_t seed = state;
    size_t compared = compared_floats((size_t)s.network.parameterCount) * sizeof(float);
    float *a = train(fast, &s, batch, penalty, loss, seed), *b = train(reference, &s, batch, penalty, loss, seed);
    if (memcmp(a, b, compared) != 0) {
      printf("shape %d differs: batch %d, penalty %d, loss %d, activation %d\n", k, batch, penalty, loss.kind,
             s.network.activation);
      different++;
    }
    free(a), free(b);
    size_t floats = 0;
    a = simulate(fast, &s, loss, seed, &floats), b = simulate(reference, &s, loss, seed, &floats);
    if (!a) continue;
    simulations++;
    if (memcmp(a, b, floats * sizeof(float)) != 0) {
      printf("simulation of shape %d differs: loss %d, activation %d\n", k, loss.kind, s.network.activation);
      different++;
    }
    free(a), free(b);
  }
  printf("%d simulations\n", simulations);
  if (simulations == 0) different++;
  double error = tanh_error(fast, reference, stride);
  printf("tanh of every %llu. float32 number: %s, at most %.3f ulp off\n", (unsigned long long)stride,
         error < 0 ? "other bits" : "the same bits", error);
  if (error < 0 || error > 1.4) different++;
  if (!different) puts("the same bits");
  return different != 0;
}
