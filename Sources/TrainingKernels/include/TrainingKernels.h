// The inner loops of training and forecasting small ReLU networks, for several instruction sets.
//
// All of them give the same bits: a fixed virtual vector of 16 float32 lanes, fused multiply-add, a fixed
// order of reduction, correctly rounded division, flushed denormals, no libm.
//
// Letters in shape comments: B batch, T tiles = ceil(B / 16), I network inputs, O network outputs,
// R rows of a tile. A tile holds 16 samples; a row of a tile is one feature of these 16 samples (64 bytes).
//
// Every float pointer is 64-byte aligned; the caller owns all memory.
#ifndef POTLINE_TRAINING_KERNELS_H
#define POTLINE_TRAINING_KERNELS_H

#include <stddef.h>
#include <stdint.h>

enum {
  POTLINE_LANES = 16,
  POTLINE_SHUFFLE_ROUNDS = 6,
  POTLINE_PEAK_MULTIPLY_ADDS = 960,
};

// One layer. Its parameters are [hiddenRows + inputRows + 1][paddedOutputs], the bias in the last row;
// outputs are padded to a multiple of 4 and the padding is zero.
// Its sources are the rows [hiddenStart, +hiddenRows) of the activations, then the network's input if the
// layer sees it (inputRows is 0 or I), then the row of ones.
typedef struct {
  int32_t outputs;
  int32_t paddedOutputs;
  int32_t hiddenRows;
  int32_t inputRows;
  int32_t hiddenStart;     // row of the activations
  int32_t outputStart;     // row of the activations
  int32_t deltaStart;      // row of the deltas; paddedOutputs rows, the padding stays zero
  int32_t parameterStart;  // in floats
} potline_layer;

// Activations X: [T][activationRows][16]; rows 0 ..< I are the network's input, row I is ones.
// Deltas D: [T][deltaRows][16].
typedef struct {
  int32_t inputs;
  int32_t outputs;
  int32_t layerCount;
  int32_t activationRows;
  int32_t deltaRows;
  int32_t parameterCount;  // padded to a multiple of 16
  int32_t widestOutputs;   // most outputs of a layer
  const potline_layer *layers;
} potline_network;

// Samples: [count + 1][rowStride] and 8 floats more; inputs at 0, targets at targetStart. The last row is zero, for
// the lanes that a batch leaves empty.
typedef struct {
  const float *rows;
  int64_t count;
  int32_t rowStride;
  int32_t targetStart;
} potline_samples;

// Adam (Kingma & Ba 2015, arXiv 1412.6980) with the bias correction folded into rate and epsilon:
//   p -= rate * m / (sqrt(v) + epsilon), rate = lr * sqrt(1 - beta2^t) / (1 - beta1^t),
//   epsilon = eps * sqrt(1 - beta2^t).
typedef struct {
  float beta1;
  float beta2;
  float oneMinusBeta1;
  float oneMinusBeta2;
  float rate;
  float epsilon;
} potline_adam;

typedef enum {
  POTLINE_PENALTY_NONE = 0,
  POTLINE_PENALTY_SUBGRADIENT = 1,  // gradient += penalty * sign(p), sign(0) = 0
  POTLINE_PENALTY_PROXIMAL = 2,     // p = soft threshold of p by penalty * rate / (sqrt(v) + epsilon)
} potline_penalty;

// One layer of a network of which only some weights, the active ones, are computed with; the others count as zero.
// All biases are active.
typedef struct {
  // By output: entries [outputEntries[o], outputEntries[o + 1]), sources ascending.
  const int32_t *outputEntries;
  const int32_t *sourceRow;  // row of the activations
  const int32_t *parameter;  // index of the entry's parameter
  const int32_t *bias;       // by output: index of its bias
  // By source, the hidden ones first: entries [sourceEntries[i], sourceEntries[i + 1]), outputs ascending, without those
  // that are hidden units which no active weight reads: their deltas are zero, and not computed.
  const int32_t *sourceEntries;
  const int32_t *output;           // of this layer
  const int32_t *sourceParameter;  // index of the entry's parameter
  int32_t readSources;             // sources with entries
  // The outputs that are read: those of the network, and hidden units that an active weight reads.
  const int32_t *unit;   // the k-th of them
  const int32_t *place;  // by output: its k
  int32_t readUnits;
} potline_active_layer;

typedef enum {
  // Of the active parameters, which are numbered in the order in which the backward pass comes to them: the biases of
  // the outputs; then, from the last layer to the first, source by source with entries, these entries and the bias of
  // the source if it is a hidden unit.
  POTLINE_GRADIENT_ACTIVE = 0,
  POTLINE_GRADIENT_ALL = 1,  // of all parameters, packed as for the dense network
} potline_gradient_of;

// One layer of a pruned network, row by row: outputs o has the entries
// [entryStart[o], entryStart[o + 1]); an entry is the row of the activations it reads and its weight.
typedef struct {
  int32_t outputs;
  int32_t outputStart;  // row of the activations
  const int32_t *entryStart;
  const int32_t *entryRow;
  const float *entryWeight;
  const float *bias;
} potline_sparse_layer;

typedef struct {
  const char *name;
  const char *instructionSet;

  // A permutation of 0 ..< count that only the keys decide: a Feistel cipher over the next power of two,
  // values >= count left out. count <= 2^31; order has room for count + 16.
  void (*shuffle)(uint32_t *order, uint32_t count, const uint32_t keys[POTLINE_SHUFFLE_ROUNDS]);

  // The gradient of the batch order[0 ..< count] of the samples: tile by tile the samples are transposed into the
  // lanes, then forward, squared error and backward; then the weight gradient over all tiles.
  // gradient: like the parameters, of the sum over samples and outputs of (y - target)^2, times scale. Returns that
  // sum, without scale. X and D as above; Y: room for targets and the deltas of two layers,
  // [2][O + 2 widestOutputs][16].
  // Meanwhile the samples order[count ..< count + nextCount] are brought towards the cache.
  float (*gradient)(const potline_network *network, const float *parameters, const potline_samples *samples,
                    const uint32_t *order, int32_t count, int32_t nextCount, float *X, float *Y, float *D,
                    float scale, float *gradient);

  // As `gradient`, computing with the active weights alone. parameters: by the entries' parameter indices.
  // gradient has room for 16 floats more. Y: room for [8][O][16]; lanes: room for 16 floats an active parameter, their
  // number rounded up to a multiple of 16. POTLINE_GRADIENT_ACTIVE leaves D alone.
  float (*activeGradient)(const potline_network *network, const potline_active_layer *layers,
                          const float *parameters, const potline_samples *samples, const uint32_t *order,
                          int32_t count, int32_t nextCount, float *X, float *Y, float *D, float scale,
                          potline_gradient_of which, float *lanes, float *gradient);

  // Forward only: fills X's rows after the input.
  void (*forward)(const potline_network *network, const float *parameters, float *X, int32_t tiles);

  // One Adam step with the penalty. penalty: l1 weight of each parameter; count: a multiple of 16.
  void (*update)(int32_t count, float *parameters, float *m, float *v, const float *gradient,
                 const float *penalty, potline_penalty method, potline_adam adam);

  // Forward through a pruned network: hidden layers ReLU, the last one linear.
  void (*sparseForward)(const potline_sparse_layer *layers, int32_t layerCount, float *X,
                        int32_t activationRows, int32_t tiles);

  // repetitions * POTLINE_PEAK_MULTIPLY_ADDS float32 multiply-adds x = factor * x + term on values in registers, as
  // fast as the processor can; the caller takes the time. Returns the sum of the values.
  double (*multiplyAdds)(int64_t repetitions, float factor, float term);
} potline_kernels;

// The kernels of that name ("avx512", "avx2", "neon", "scalar"); NULL: not in this build or not on this
// processor.
const potline_kernels *potline_kernels_named(const char *name);

// The i-th of the kernels that this processor can run, fastest first; NULL past the last.
const potline_kernels *potline_kernels_available(int i);

#endif
