// 16 registers of 8 floats; a tile's row takes two. In use at most:
//
//   block              accumulators    sources        weights or deltas   all
//   forward            6 x 2 = 12      2              1 (broadcast)       15
//   backward           4 x 2 = 8       2              1 (broadcast)       11; the quads are transposed in registers
//   weight gradient    12 (6 x 1 x 2)  1 (broadcast)  2 (one quad)        15
//   under a mask       12 (3 x 4)      3              1 (delta)           16
//   sparse             2 tiles x 2     in memory      1 (broadcast)        5; backward 4 for sources, 4 for deltas
//   least squares      4 x 2           2              1 (broadcast)       11
//   peak               12              -              2                   14
#if defined(__x86_64__)
#pragma clang attribute push(__attribute__((target("avx2,fma,bmi2"))), apply_to = function)
#define KERNELS potline_avx2_kernels
#define KERNELS_NAME "avx2"
#define KERNELS_INSTRUCTION_SET "AVX2+FMA"
#define REGISTERS 16
#define NR_TILES 1
#define FORWARD_MR 6
#define BACKWARD_MR 4
#define BLOCK_ACCUMULATORS 6
#define UPDATE_VECTORS 1
#define ORDER_VECTORS 1
#define REGISTER_FLOATS 8
#define MAX_ACCUMULATORS 12
#define NR_QUADS 1
#define MASKED_MR 3
#define SPARSE_TILES 2
#define SQUARES_ROWS 4
#define SQUARES_VECTORS 1
#define PEAK_CHAINS 12
#include "vector_kernels.inc.h"
#pragma clang attribute pop
#endif
