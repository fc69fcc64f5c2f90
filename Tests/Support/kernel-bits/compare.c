// Compares the fastest kernels that the processor can run with the scalar reference, bit by bit, over random shapes.
// For processors that the tests in Swift can't run on; see scripts/test-neon.
//   compare SHAPES
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "TrainingKernels.h"

enum { LANES = POTLINE_LANES, MOST_LAYERS = 5 };

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
                                       a[l].sourceParameter, liveSourceCount,  a[l].unit,
                                       a[l].liveIndex,         read};
  }
}

// What a training of a few steps leaves behind, and then the gradients of a network with many zeros.
static float *train(const potline_kernels *k, const shape *s, int batch, int penalty, uint64_t seed) {
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
  float *result = room((5 * count + 48 + (size_t)samples) * sizeof(float));
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
  float *Y = room((size_t)(8 * n->outputs + 4 * n->widestOutputs) * 64);
  k->shuffle(order, (uint32_t)samples, keys);
  float *losses = result + 3 * count;
  for (int step = 0; step < 3; step++) {
    losses[step] = k->gradient(n, p, &data, order + step * batch, batch, step < 2 ? batch : 0, X, Y, D,
                               1.f / (float)(batch * n->outputs), g);
    potline_adam adam = {0.9f, 0.999f, 0.1f, 0.001f, 0.01f, 1e-8f};
    k->update((int32_t)count, p, m, v, g, l1, (potline_penalty)penalty, adam);
  }
  k->forward(n, p, X, (int32_t)tiles);
  for (size_t t = 0; t < tiles; t++) {
    for (int r = 0; r < n->activationRows * LANES; r++) losses[4] += X[t * (size_t)n->activationRows * LANES + (size_t)r];
  }
  for (size_t i = 0; i < count; i++) {
    if (l1[i] > 0 && next() % 4 != 0) p[i] = 0;
  }
  active *entries = room(MOST_LAYERS * sizeof(active));
  potline_active_layer layers[MOST_LAYERS];
  find_active(s, p, entries, layers);
  float *lanes = room(count * 64), *active = losses + 8;
  for (int all = 0; all < 2; all++, active += count + 16) {
    losses[5 + all] = k->activeGradient(n, layers, p, &data, order, batch, 0, X, Y, D, 0.01f,
                                        all ? POTLINE_GRADIENT_ALL : POTLINE_GRADIENT_ACTIVE, lanes, active);
  }
  memcpy(active, order, (size_t)samples * sizeof(float));
  free(entries), free(lanes), free(rows), free(order), free(l1), free(g), free(X), free(D), free(Y);
  return result;
}

int main(int argc, char **argv) {
  int shapes = argc > 1 ? atoi(argv[1]) : 100, different = 0;
  const potline_kernels *fast = potline_kernels_available(0), *reference = potline_kernels_named("scalar");
  printf("%s against %s, %d random shapes\n", fast->name, reference->name, shapes);
  if (fast == reference) return puts("there is nothing but the reference"), 2;
  for (int k = 0; k < shapes && different < 5; k++) {
    state = (uint64_t)k + 1;
    shape s;
    random_shape(&s);
    int batch = in_range(1, 200), penalty = in_range(0, 2);
    uint64_t seed = state;
    size_t compared = (5 * (size_t)s.network.parameterCount + 40) * sizeof(float);
    float *a = train(fast, &s, batch, penalty, seed), *b = train(reference, &s, batch, penalty, seed);
    if (memcmp(a, b, compared) != 0) {
      printf("shape %d differs: batch %d, penalty %d\n", k, batch, penalty);
      different++;
    }
    free(a), free(b);
  }
  if (!different) puts("the same bits");
  return different != 0;
}
