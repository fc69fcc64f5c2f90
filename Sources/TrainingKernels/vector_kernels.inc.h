// The vector kernels, once for all instruction sets. The including file sets the target attribute, and the constants by
// which the kernels are tuned; tuning.inc.h says what each is, and checks how they fit together.
#include "tuning.inc.h"

#include "vectors.inc.h"

#define VECTOR_POLICIES
#include "activation.h"
#include "loss.h"
#include "penalty.h"

#include "samples.inc.h"
#include "prefetch.inc.h"

#include "layers.inc.h"
#include "output_deltas.inc.h"
#include "weight_gradient.inc.h"
#include "masked_gradient.inc.h"

#include "active.inc.h"
#include "dense.inc.h"
#define D_LANES 8
#include "least_squares.inc.h"
#include "peak.inc.h"
#include "simulation.inc.h"
#include "sparse.inc.h"
#include "update.inc.h"

const potline_kernels KERNELS = {
    .name = KERNELS_NAME,
    .instructionSet = KERNELS_INSTRUCTION_SET,
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
