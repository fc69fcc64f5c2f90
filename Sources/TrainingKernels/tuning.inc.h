// The constants by which the kernels are tuned to an instruction set:
//   KERNELS              name of the exported table
//   KERNELS_NAME         its name as a string, KERNELS_INSTRUCTION_SET in words
//   REGISTERS            vector registers of the instruction set
//   REGISTER_FLOATS      floats of a register (16, 8 or 4)
//   NR_TILES             tiles of a register block (1 or 2): NR is 16 NR_TILES samples
//   FORWARD_MR           most outputs of a register block forward
//   BACKWARD_MR          most hidden units of a register block backward
//   BLOCK_ACCUMULATORS   accumulators of 16 floats that such a block needs at most
//   MAX_ACCUMULATORS     registers in which the weight gradient accumulates
//   NR_QUADS             most quads of outputs of a block of the weight gradient (1 or 5)
//   MASKED_MR            sources of a block of the weight gradient under a mask; it has 4 outputs
//   SPARSE_TILES         tiles side by side with the weights of a mask alone (1, 2, 4 or 8)
//   SQUARES_ROWS         parameters of a block of J'J, SQUARES_VECTORS times 8 in the other direction
//   UPDATE_VECTORS       vectors of parameters that Adam takes side by side
//   ORDER_VECTORS        vectors of an epoch's order that are made side by side
//   COMPRESSES           defined if the lanes of a mask can be packed together (AVX-512)
//   PEAK_CHAINS          registers that the measurement of the peak uses
#include "TrainingKernels.h"

enum {
  QUAD_REGISTERS = POTLINE_LANES / REGISTER_FLOATS,  // registers of 16 floats, also of a packed quad's 4 samples
  MASKED_PANEL = 16,                                 // outputs of a panel of the weight gradient under a mask
  GRADIENT_MR = 10,                                  // most sources of a block of the weight gradient: its cases
};

#define SIZES_AGREE(condition) _Static_assert(condition, #condition)
#define LARGER(a, b) ((a) > (b) ? (a) : (b))

SIZES_AGREE(REGISTER_FLOATS == 16 || REGISTER_FLOATS == 8 || REGISTER_FLOATS == 4);
SIZES_AGREE(NR_TILES == 1 || NR_TILES == 2);
SIZES_AGREE(NR_TILES <= POTLINE_MAX_DENSE_TILES);

// Register blocks of the layers. BLOCK_CASE has that many cases; backward makes whole quads.
SIZES_AGREE(FORWARD_MR >= 1 && (FORWARD_MR <= 6 || FORWARD_MR == 10));
SIZES_AGREE(BACKWARD_MR == 4 || BACKWARD_MR == 12);
SIZES_AGREE(BLOCK_ACCUMULATORS == LARGER(FORWARD_MR, BACKWARD_MR) * NR_TILES);
// Accumulators, the sources of the tiles, one broadcast weight.
SIZES_AGREE((BLOCK_ACCUMULATORS + NR_TILES) * QUAD_REGISTERS + 1 <= REGISTERS);

// Register blocks of the weight gradient: accumulators, deltas of the quads, one broadcast source.
SIZES_AGREE(NR_QUADS == 1 || NR_QUADS == 5);
SIZES_AGREE(MAX_ACCUMULATORS >= NR_QUADS * QUAD_REGISTERS);
SIZES_AGREE(MAX_ACCUMULATORS + NR_QUADS * QUAD_REGISTERS + 1 <= REGISTERS);

// Register blocks of the weight gradient under a mask: accumulators, the sources, the delta of one output.
SIZES_AGREE(MASKED_MR >= 1 && MASKED_MR <= 4 && MASKED_PANEL % 4 == 0);
SIZES_AGREE(MASKED_MR * 4 + MASKED_MR + 1 <= REGISTERS);

// Tiles of the sparse kernels halve down to 1; each has an accumulator and a source.
SIZES_AGREE(SPARSE_TILES == 1 || SPARSE_TILES == 2 || SPARSE_TILES == 4 || SPARSE_TILES == 8);
SIZES_AGREE(SPARSE_TILES <= POTLINE_MAX_SPARSE_TILES);
SIZES_AGREE(SPARSE_TILES * QUAD_REGISTERS + 1 <= REGISTERS);

// Register blocks of J'J: accumulators of 8 doubles, a row's vectors, one broadcast. Parameters are padded to a multiple of 8.
SIZES_AGREE(8 % SQUARES_ROWS == 0 && SQUARES_VECTORS >= 1);
SIZES_AGREE((SQUARES_ROWS + 1) * SQUARES_VECTORS * QUAD_REGISTERS + 1 <= REGISTERS);

SIZES_AGREE(UPDATE_VECTORS >= 1 && UPDATE_VECTORS * QUAD_REGISTERS <= REGISTERS / 4);
SIZES_AGREE(ORDER_VECTORS >= 1 && (ORDER_VECTORS & (ORDER_VECTORS - 1)) == 0);
// The halves of a Feistel network are back in their places after an even number of rounds.
SIZES_AGREE(POTLINE_SHUFFLE_ROUNDS % 2 == 0);
SIZES_AGREE(PEAK_CHAINS <= REGISTERS - 2);
SIZES_AGREE(POTLINE_PEAK_MULTIPLY_ADDS % (PEAK_CHAINS * REGISTER_FLOATS) == 0);
