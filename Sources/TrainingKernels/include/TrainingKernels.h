// The inner loops of training and evaluating small feed-forward networks, for several instruction sets.
//
// All instruction sets give the same bits: a fixed virtual vector of 16 float32 lanes, fused multiply-adds, a fixed
// order of reduction, correctly rounded division, flushed denormals, no libm.
//
// Letters in shape comments: B batch, T tiles = ceil(B / 16), I network inputs, O network outputs,
// R rows of a tile. A tile holds 16 samples; a row of a tile is one feature of these 16 samples (64 bytes).
//
// Every float pointer is 64-byte aligned; the caller owns all memory. Debug builds check the arguments at each entry
// point and abort with the condition that doesn't hold.
#ifndef POTLINE_TRAINING_KERNELS_H
#define POTLINE_TRAINING_KERNELS_H

#include <stddef.h>
#include <stdint.h>

enum {
  POTLINE_LANES = 16,
  POTLINE_SHUFFLE_ROUNDS = 6,
  POTLINE_PEAK_MULTIPLY_ADDS = 960,
  POTLINE_MAX_DENSE_TILES = 2,   // tiles side by side with all weights
  POTLINE_MAX_SPARSE_TILES = 8,  // tiles side by side with the active weights
  // A simulation's windows are computed in groups of so many tiles, first forward through all time steps, then backward in
  // chunks of so many steps. The bits of a gradient depend on both.
  POTLINE_SIMULATION_TILES = 2,
  POTLINE_SIMULATION_CHUNK = 32,
  // Errors of so many steps or samples are added to normal equations at a time.
  POTLINE_SQUARES_CHUNK = 32,
};

// ---- Policies: each has its code in a header of its own ----

// The function of the hidden units (activation.h); the last layer is linear.
typedef enum {
  POTLINE_ACTIVATION_RELU = 0,
  POTLINE_ACTIVATION_TANH = 1,
} potline_activation;

// The loss of an error e = y - target (loss.h).
typedef enum {
  POTLINE_LOSS_SQUARED = 0,  // e^2
  POTLINE_LOSS_HUBER = 1,    // e^2 up to |e| = threshold, then 2 threshold |e| - threshold^2
} potline_loss_kind;

typedef struct {
  potline_loss_kind kind;
  float threshold;  // of the Huber loss; > 0
} potline_loss;

// The penalty in Adam's step (penalty.h).
typedef enum {
  POTLINE_PENALTY_NONE = 0,
  POTLINE_PENALTY_SUBGRADIENT = 1,  // gradient += penalty * sign(p), sign(0) = 0
  POTLINE_PENALTY_PROXIMAL = 2,     // p = soft threshold of p by penalty * rate / (sqrt(v) + epsilon)
} potline_penalty;

// ---- Networks and samples ----

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
  potline_activation activation;
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

// One layer of a network of which only some weights, the active ones, are computed with; the others count as zero.
// All biases are active. A unit is live if an active weight reads it, or if it is an output of the network.
//
// A layer with a mask is computed with all its weights, which are packed at its parameterStart and zero where they are
// not active; it needs no entries. The bits are those of the entries' computation. If a layer has a mask, all units of the
// network are live.
typedef struct {
  // Row by row (of outputs): entries [rowPointers[o], rowPointers[o + 1]), sources ascending.
  const int32_t *rowPointers;
  const int32_t *sourceRow;  // row of the activations
  const int32_t *parameter;  // index of the entry's parameter
  const int32_t *bias;       // by output: index of its bias
  // Column by column (of sources, the hidden ones first): entries [columnPointers[i], columnPointers[i + 1]), outputs
  // ascending, live ones alone: the deltas of the others are zero, and not computed.
  const int32_t *columnPointers;
  const int32_t *output;           // of this layer
  const int32_t *sourceParameter;  // index of the entry's parameter
  int32_t liveSourceCount;         // sources with entries
  const int32_t *liveUnit;         // the k-th live output
  const int32_t *liveIndex;        // by output: its k
  int32_t liveUnitCount;
  // [hiddenRows + inputRows + 1][paddedOutputs]: all bits for an active parameter, none for others and padding; NULL: the
  // layer is computed entry by entry. Only for POTLINE_GRADIENT_ACTIVE.
  const uint32_t *mask;
} potline_active_layer;

// One layer of a pruned network in compressed sparse rows: output o has the entries [rowPointers[o], rowPointers[o + 1]);
// an entry is the row of the activations it reads and its weight.
typedef struct {
  int32_t outputs;
  int32_t outputStart;  // row of the activations
  const int32_t *rowPointers;
  const int32_t *sourceRow;
  const float *weight;
  const float *bias;
} potline_sparse_layer;

// A network in a loop: its outputs move the states, and the states feed its input.
//   state[s](k + 1) = carry[s] state[s](k) + offset[s] + gain[s] f[s](z(k))
// The first `outputs` states are measured, the others hidden. The network's input z(k) is a register: of each state
// stateLags[s] rows, newest first, from row stateRow[s] on, which make the rows 0 ..< feedbackRows; then the rows of the
// input signals. A hidden state has one lag.
typedef struct {
  int32_t states;  // the network's outputs
  int32_t outputs;
  int32_t inputs;  // input signals
  int32_t feedbackRows;
  int32_t longestLag;  // of all signals
  const int32_t *stateRow;
  const int32_t *stateLags;
  const int32_t *inputRow;
  const int32_t *inputLags;
  const float *carry;
  const float *offset;
  const float *gain;
  const float *weight;  // of each output's loss
} potline_recurrence;

// Windows of recorded runs. A row is [outputs, inputs] at one time, the inputs those that z of that time has newest. A
// missing output is not a number. Window w begins at row start[w], whose state is measured (rows start[w] - longestLag + 1
// ... are of the same run), and its last row is last[w]; later rows count as missing, with the last row's inputs.
typedef struct {
  const float *rows;
  int32_t rowStride;  // >= outputs + inputs; 8 floats more can be read behind the last row
  int32_t count;      // windows; >= 1
  const int32_t *start;
  const int32_t *last;
} potline_windows;

// A network in double precision, of which only the free parameters are there: unit u adds up value[p] * slot[source[p]] for
// p in [unitStart[u], unitStart[u + 1]). Slots 0 ..< inputs are the network's input, then there is one a unit, layer by
// layer, and one that is 1, which a bias reads. The last units are the outputs, which are linear.
typedef struct {
  int32_t inputs;
  int32_t units;
  int32_t outputs;
  potline_activation activation;
  const int32_t *unitStart;  // [units + 1]
  const int32_t *source;     // a slot of an earlier layer, each once in a unit
  const double *value;
} potline_double_network;

// ---- Arguments of the entry points ----

// The gradient of the batch order[0 ..< count] of the samples, meanwhile order[count ..< count + nextCount] are
// prefetched.
typedef struct {
  const potline_network *network;
  const float *parameters;
  const potline_samples *samples;
  const uint32_t *order;
  int32_t count;      // >= 1
  int32_t nextCount;  // >= 0
  potline_loss loss;
  float scale;      // of the gradient
  float *X;         // [T][activationRows][16]
  float *D;         // [T][deltaRows][16]
  float *scratch;   // [max(8 O, 2 (O + 2 widestOutputs))][16]
  float *gradient;  // like the parameters
} potline_gradient_arguments;

typedef enum {
  // Of the active parameters. Those of layers without a mask are numbered in the order in which the backward pass comes to
  // them, from the last layer to the first: the biases of live units, if it is the last layer or the next one has a mask;
  // then source by source with entries, these entries and the bias of the source, if it is a unit of a layer without a
  // mask. Those of layers with a mask are packed, each layer at its parameterStart, a multiple of 16 past all of these.
  POTLINE_GRADIENT_ACTIVE = 0,
  POTLINE_GRADIENT_ALL = 1,  // of all parameters, packed as for the dense network
} potline_gradient_of;

// As above, computing with the active weights alone.
typedef struct {
  potline_gradient_arguments step;  // gradient has room for 16 floats more
  const potline_active_layer *layers;
  potline_gradient_of which;
  float *partialSums;  // 16 floats an active parameter without a mask, their number rounded up to a multiple of 16
} potline_active_gradient_arguments;

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

// One Adam step with the penalty.
typedef struct {
  int32_t count;  // a multiple of 16
  float *parameters;
  float *m;  // first moment
  float *v;  // second moment
  const float *gradient;
  const float *penalty;  // l1 weight of each parameter; >= 0
  potline_penalty method;
  potline_adam adam;
} potline_update_arguments;

// The gradient of a simulation of `steps` steps. In the first `washout` steps the measured outputs are fed, where there are
// any, and no error counts.
typedef struct {
  const potline_network *network;
  const potline_recurrence *recurrence;
  const potline_windows *windows;
  const float *parameters;
  int32_t steps;  // >= 1
  int32_t washout;
  potline_loss loss;
  const float *initial;    // hidden states at the start, [T][hidden states][16]; NULL: zero
  float *initialGradient;  // alike, or NULL
  float *X;                // [steps + 1][POTLINE_SIMULATION_TILES][activationRows][16]
  float *D;                // [POTLINE_SIMULATION_CHUNK][POTLINE_SIMULATION_TILES][deltaRows][16]
  float *scratch;          // potline_simulation_scratch(arguments) floats
  float *gradient;         // of the sum, like the parameters
  int64_t counted;         // result: errors in the sum
} potline_simulation_arguments;

// Floats of the scratch memory of a simulation with these numbers.
static inline int64_t potline_simulation_scratch(const potline_network *n, const potline_recurrence *r, int32_t steps,
                                                 int32_t washout) {
  int64_t rows = (int64_t)(steps + r->longestLag) * r->states  // adjoints
                 + (int64_t)(washout + 1) * r->outputs         // which outputs were fed
                 + r->feedbackRows + 2 * n->widestOutputs + r->outputs + r->inputs;
  return (rows * POTLINE_SIMULATION_TILES + r->outputs) * POTLINE_LANES + n->parameterCount;
}

// g = factor * mask * g, then shortened to the norm `most` if it is longer.
typedef struct {
  int32_t count;  // a multiple of 16
  float *gradient;
  const float *mask;  // 0 or 1 each; NULL: all 1
  float factor;
  float most;  // infinite: any
} potline_clip_arguments;

// Least squares: of simulations, as above, if there is a recurrence; otherwise of the samples order[0 ..< sampleCount], whose
// missing targets are not a number.
typedef struct {
  const potline_double_network *network;
  const potline_recurrence *recurrence;  // NULL: samples
  const potline_windows *windows;
  int32_t steps;  // >= 1, of the longest window
  int32_t washout;
  int32_t longestStateLag;  // 1 for samples
  const double *initial;    // hidden states at the start, [windows][hidden states]; NULL: zero
  double *states;  // [windows][longestStateLag - 1 + steps + 1][states], from time 1 - longestStateLag on
  const potline_samples *samples;
  const uint32_t *order;
  int32_t sampleCount;
  potline_loss loss;
  int32_t padded;            // parameters, rounded up to a multiple of 8
  int32_t initialParameter;  // the first of the initial states', [windows][hidden states], after the network's; -1: none
  double *normal;            // [padded][padded], of which the upper triangle is computed
  double *gradient;          // [padded], half the derivative of the sum
  double *scratch;           // potline_squares_scratch doubles
  int64_t counted;           // result: errors in the sum
} potline_squares_arguments;

typedef enum { POTLINE_SQUARES_SUM, POTLINE_SQUARES_GRADIENT, POTLINE_SQUARES_NORMAL } potline_squares_of;

// Doubles of the scratch memory.
static inline int64_t potline_squares_scratch(const potline_squares_arguments *a, potline_squares_of of) {
  const potline_double_network *n = a->network;
  const int64_t slots = n->inputs + n->units + 1, chunk = POTLINE_SQUARES_CHUNK, block = (int64_t)n->outputs * a->padded;
  const int64_t values = 2 * slots * 8 + (int64_t)a->padded * 8;
  switch (of) {
    case POTLINE_SQUARES_SUM: return slots * 8;
    case POTLINE_SQUARES_GRADIENT:
      return values + 8 * (a->steps * slots + (int64_t)(a->longestStateLag + a->steps + 1) * n->outputs);
    case POTLINE_SQUARES_NORMAL:
      return values + (3 * chunk + a->longestStateLag) * block + chunk * n->outputs * (n->inputs + 2) + 64;
  }
  return 0;
}

// Forward through a dense network: fills X's rows after the input and the ones.
typedef struct {
  const potline_network *network;
  const float *parameters;
  float *X;
  int32_t tiles;
} potline_forward_arguments;

// Forward through a pruned network.
typedef struct {
  const potline_sparse_layer *layers;
  int32_t layerCount;
  potline_activation activation;
  float *X;
  int32_t activationRows;
  int32_t tiles;
} potline_sparse_forward_arguments;

typedef struct {
  const char *name;
  const char *instructionSet;

  // A permutation of 0 ..< count that only the keys decide: a Feistel cipher over the next power of two,
  // values >= count left out. count <= 2^31; order has room for count + 16.
  void (*shuffle)(uint32_t *order, uint32_t count, const uint32_t keys[POTLINE_SHUFFLE_ROUNDS]);

  // Tile by tile the samples are transposed into the lanes, then forward, loss and backward; then the weight gradient
  // over all tiles. gradient: of the sum over samples and outputs of the loss, times scale. Returns that sum, without
  // scale.
  float (*gradient)(const potline_gradient_arguments *arguments);
  float (*activeGradient)(const potline_active_gradient_arguments *arguments);

  // Group by group: windows into the lanes, forward through time, backward through time. Returns the sum over windows,
  // times and outputs of weight times loss.
  float (*simulationGradient)(potline_simulation_arguments *arguments);

  // Returns the norm of factor * mask * g before it is shortened.
  float (*clip)(const potline_clip_arguments *arguments);

  // The sum over windows, times and outputs of weight times loss, or over samples and outputs of the loss. Fills `states`.
  double (*squares)(potline_squares_arguments *arguments);
  // The same, and the gradient.
  double (*squaresGradient)(potline_squares_arguments *arguments);
  // J'WJ and J'W errors, J being the errors' derivatives by the parameters, W their weights; `states` are those of `squares`.
  void (*normalEquations)(potline_squares_arguments *arguments);
  // The upper triangle of a symmetric matrix [n][stride] becomes its Cholesky factor U, U'U = matrix. 0: it isn't positive
  // definite. stride: a multiple of 8.
  int (*factorise)(double *matrix, int32_t n, int32_t stride);
  // Solves U'U X = B in place; B: [n][columns], columns a multiple of 8.
  void (*substitute)(const double *factor, int32_t n, int32_t stride, double *B, int32_t columns);

  void (*forward)(const potline_forward_arguments *arguments);
  void (*sparseForward)(const potline_sparse_forward_arguments *arguments);
  void (*update)(const potline_update_arguments *arguments);

  // The hidden units' function of count values (a multiple of 16; none subnormal) in place.
  void (*activate)(potline_activation activation, float *values, int32_t count);

  // repetitions * POTLINE_PEAK_MULTIPLY_ADDS float32 multiply-adds x = factor * x + term on values in registers, as
  // fast as the processor can; the caller takes the time. Returns the sum of the values.
  double (*multiplyAdds)(int64_t repetitions, float factor, float term);
} potline_kernels;

// The kernels of that name ("avx512", "avx2", "neon", "scalar"); NULL: not in this build or not on this
// processor.
const potline_kernels *potline_kernels_named(const char *name);

// The i-th of the kernels that this processor can run, fastest first; NULL past the last.
const potline_kernels *potline_kernels_available(int i);

// The name of the i-th of the kernels in this build, whether or not this processor can run them; NULL past the last.
const char *potline_kernels_built(int i);

#endif
