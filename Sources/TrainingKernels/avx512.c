#if defined(__x86_64__)
#pragma clang attribute push(__attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx2,fma,bmi2"))), apply_to = function)
#define KERNELS potline_avx512_kernels
#define KERNELS_NAME "avx512"
#define KERNELS_INSTRUCTION_SET "AVX-512"
#define TILES_AT_ONCE 2
#define BLOCK_OUTPUTS 10
#define BLOCK_UNITS 12
#define BLOCK_SUMS 24
#define UPDATE_VECTORS 2
#define ORDER_VECTORS 4
#define GROUP 16
#define MOST_SUMS 20
#define BLOCK_QUADS 5
#define SPARSE_TILES 8
#define COMPRESSES
#define PEAK_CHAINS 20
#include "vector_kernels.inc.h"
#pragma clang attribute pop
#endif
