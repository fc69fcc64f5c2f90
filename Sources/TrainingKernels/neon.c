#if defined(__aarch64__)
#define KERNELS potline_neon_kernels
#define KERNELS_NAME "neon"
#define KERNELS_INSTRUCTION_SET "NEON"
#define TILES_AT_ONCE 1
#define BLOCK_OUTPUTS 5
#define BLOCK_UNITS 4
#define BLOCK_SUMS 5
#define UPDATE_VECTORS 1
#define ORDER_VECTORS 1
#define GROUP 4
#define MOST_SUMS 20
#define BLOCK_QUADS 1
#define SPARSE_TILES 1
#define PEAK_CHAINS 20
#include "vector_kernels.inc.h"
#endif
