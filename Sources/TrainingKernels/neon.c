// 32 registers of 4 floats; a tile's row takes four. In use at most:
//
//   block              accumulators    sources        weights or deltas   all
//   forward            5 x 4 = 20      4              1 (broadcast)       25
//   backward           4 x 4 = 16      4              1 (broadcast)       21
//   weight gradient    20 (5 x 1 x 4)  1 (broadcast)  4 (one quad)        25
//   under a mask       16 (4 x 4)      4              1 (delta)           21
//   sparse             1 tile x 4      in memory      1 (broadcast)        5; backward 4 for sources, 4 for deltas
//   least squares      4 x 4           4              1 (broadcast)       21
//   peak               20              -              2                   22
#if defined(__aarch64__)
#define KERNELS potline_neon_kernels
#define KERNELS_NAME "neon"
#define KERNELS_INSTRUCTION_SET "NEON"
#define REGISTERS 32
#define NR_TILES 1
#define FORWARD_MR 5
#define BACKWARD_MR 4
#define BLOCK_ACCUMULATORS 5
#define UPDATE_VECTORS 1
#define ORDER_VECTORS 1
#define REGISTER_FLOATS 4
#define MAX_ACCUMULATORS 20
#define NR_QUADS 1
#define MASKED_MR 4
#define SPARSE_TILES 1
#define SQUARES_ROWS 4
#define SQUARES_VECTORS 1
#define PEAK_CHAINS 20
#include "vector_kernels.inc.h"
#endif
