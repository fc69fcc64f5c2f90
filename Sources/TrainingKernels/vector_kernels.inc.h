// The vector kernels, once for all instruction sets. The including file sets the target attribute and:
//   KERNELS              name of the exported table
//   KERNELS_NAME         its name as a string, KERNELS_INSTRUCTION_SET in words
//   TILES_AT_ONCE        tiles whose accumulators fit the registers together (1 or 2)
//   BLOCK_OUTPUTS        most outputs of one register block forward (6 or 10)
//   BLOCK_UNITS          most hidden units of one register block backward (4 or 12)
//   BLOCK_SUMS           most sums of these blocks
//   UPDATE_VECTORS       vectors of parameters that Adam takes side by side
//   ORDER_VECTORS        vectors of an epoch's order that are made side by side
//   GROUP                floats of a register (16, 8 or 4)
//   MOST_SUMS            registers that the weight gradient sums in
//   BLOCK_QUADS          most quads of outputs of one block of the weight gradient (1 or 5)
//   SPARSE_TILES         tiles at a time in the sparse forward pass
//   COMPRESSES           defined if the lanes of a mask can be packed together (AVX-512)
//   PEAK_CHAINS          registers that the measurement of the peak uses; times GROUP a divisor of 960
#include "vectors.inc.h"

#include "samples.inc.h"
#include "upcoming.inc.h"

#include "layers.inc.h"
#include "loss.inc.h"
#include "weight_gradient.inc.h"

#include "active.inc.h"
#include "dense.inc.h"
#include "peak.inc.h"
#include "sparse.inc.h"
#include "update.inc.h"

const potline_kernels KERNELS = {
    .name = KERNELS_NAME,
    .instructionSet = KERNELS_INSTRUCTION_SET,
    .shuffle = shuffle,
    .gradient = gradient,
    .activeGradient = active_gradient,
    .forward = forward,
    .update = update,
    .sparseForward = sparse_forward,
    .multiplyAdds = multiply_adds,
};
