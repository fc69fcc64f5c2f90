#if defined(__x86_64__)
#pragma clang attribute push(__attribute__((target("avx2,fma,bmi2"))), apply_to = function)
#define KERNELS potline_avx2_kernels
#define KERNELS_NAME "avx2"
#define KERNELS_INSTRUCTION_SET "AVX2+FMA"
#define TILES_AT_ONCE 1
#define BLOCK_OUTPUTS 6
#define BLOCK_UNITS 4
#define BLOCK_SUMS 6
#define UPDATE_VECTORS 1
#define ORDER_VECTORS 1
#define GROUP 8
#define MOST_SUMS 12
#define BLOCK_QUADS 1
#define SPARSE_TILES 2
#define PEAK_CHAINS 12
#include "vector_kernels.inc.h"
#pragma clang attribute pop
#endif
