// 32 registers of 16 floats. In use at most:
//
//   block              accumulators    sources        weights or deltas   all
//   forward            10 x 2 = 20     2              1 (broadcast)       23
//   backward           12 x 2 = 24     2              1 (broadcast)       27
//   weight gradient    20 (4 x 5)      1 (broadcast)  5 (quads)           26
//   under a mask       16 (4 x 4)      4              1 (delta)           21
//   sparse             8 tiles         in memory      1 (broadcast)        9; backward 8 sources and 8 deltas
//   least squares      24 (8 x 3)      3              1 (broadcast)       28
//   peak               20              -              2                   22
#if defined(__x86_64__)
#pragma clang attribute push(__attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx2,fma,bmi2"))), apply_to = function)
#define KERNELS potline_avx512_kernels
#define KERNELS_NAME "avx512"
#define KERNELS_INSTRUCTION_SET "AVX-512"
#define REGISTERS 32
#define NR_TILES 2
#define FORWARD_MR 10
#define BACKWARD_MR 12
#define BLOCK_ACCUMULATORS 24
#define UPDATE_VECTORS 2
#define ORDER_VECTORS 4
#define REGISTER_FLOATS 16
#define MAX_ACCUMULATORS 20
#define NR_QUADS 5
#define MASKED_MR 4
#define SPARSE_TILES 8
#define COMPRESSES
#define SQUARES_ROWS 8
#define SQUARES_VECTORS 3
#define PEAK_CHAINS 20
#include "vector_kernels.inc.h"
#pragma clang attribute pop
#endif
