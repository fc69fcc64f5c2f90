// Vector types and the fixed-order reduction that all vector kernels share.
#include <string.h>

#include "TrainingKernels.h"
#include "checks.h"
#include "float_environment.h"

#pragma STDC FP_CONTRACT OFF
// Every function that takes or returns a vector is inlined: there is no calling convention to change.
#pragma clang diagnostic ignored "-Wpsabi"

#define INLINE static inline __attribute__((always_inline))
#define UNROLL _Pragma("clang loop unroll(full)")

typedef float v16 __attribute__((ext_vector_type(16), aligned(64)));
typedef float v8 __attribute__((ext_vector_type(8), aligned(32)));
typedef float v4u __attribute__((ext_vector_type(4), aligned(4)));
typedef float v16u __attribute__((ext_vector_type(16), aligned(4)));
typedef float v4 __attribute__((ext_vector_type(4), aligned(16)));

typedef int32_t i16 __attribute__((ext_vector_type(16), aligned(64)));
typedef uint32_t u4 __attribute__((ext_vector_type(4), aligned(16)));
typedef uint32_t u16 __attribute__((ext_vector_type(16), aligned(64)));

#if REGISTER_FLOATS == 16
typedef v16 vreg;
#elif REGISTER_FLOATS == 8
typedef v8 vreg;
#else
typedef v4 vreg;
#endif

INLINE v16 splat(float a) { return (v16)a; }
INLINE v16 fma16(v16 a, v16 b, v16 c) { return __builtin_elementwise_fma(a, b, c); }
INLINE v16 select16(i16 mask, v16 a, v16 b) { return mask ? a : b; }

// ---- Reduction of 16 lanes: 16 -> 8 -> 4 -> 2 -> 1, lane j + lane j + half ----

#define SHUFFLE __builtin_shufflevector

// [a: 8 sums | b: 8 sums]
INLINE v16 halve_to_8(v16 a, v16 b) {
  return SHUFFLE(a, b, 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23) +
         SHUFFLE(a, b, 8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 26, 27, 28, 29, 30, 31);
}

// [p0: 4 | p1: 4 | q0: 4 | q1: 4]
INLINE v16 halve_to_4(v16 p, v16 q) {
  return SHUFFLE(p, q, 0, 1, 2, 3, 8, 9, 10, 11, 16, 17, 18, 19, 24, 25, 26, 27) +
         SHUFFLE(p, q, 4, 5, 6, 7, 12, 13, 14, 15, 20, 21, 22, 23, 28, 29, 30, 31);
}

// In each group of four: [p: 2 | q: 2]
INLINE v16 halve_to_2(v16 p, v16 q) {
  return SHUFFLE(p, q, 0, 1, 16, 17, 4, 5, 20, 21, 8, 9, 24, 25, 12, 13, 28, 29) +
         SHUFFLE(p, q, 2, 3, 18, 19, 6, 7, 22, 23, 10, 11, 26, 27, 14, 15, 30, 31);
}

// [p's first sum in each group of four | its second | q's first | q's second]
INLINE v16 halve_to_1(v16 p, v16 q) {
  return SHUFFLE(p, q, 0, 4, 8, 12, 2, 6, 10, 14, 16, 20, 24, 28, 18, 22, 26, 30) +
         SHUFFLE(p, q, 1, 5, 9, 13, 3, 7, 11, 15, 17, 21, 25, 29, 19, 23, 27, 31);
}

// 4 rows of [4 outputs][4 lanes] -> [row][output] of sums
INLINE v16 reduce_rows(const v16 row[4]) {
  return halve_to_1(halve_to_2(row[0], row[1]), halve_to_2(row[2], row[3]));
}

// 16 vectors -> their 16 sums
INLINE v16 reduce_16(const v16 s[16]) {
  v16 row[4];
  UNROLL for (int r = 0; r < 4; r++) {
    row[r] = halve_to_4(halve_to_8(s[4 * r], s[4 * r + 1]), halve_to_8(s[4 * r + 2], s[4 * r + 3]));
  }
  return reduce_rows(row);
}

INLINE float reduce_1(v16 sum) {
  v16 s = halve_to_8(sum, sum);
  s = halve_to_4(s, s);
  s = halve_to_2(s, s);
  s = halve_to_1(s, s);
  return s[0];
}

// ---- Packing of deltas ----

// [4 outputs][16 samples] -> [4 groups of samples][4 outputs][4 samples]
INLINE void transpose_4x16(const v16 a[4], float *d) {
  v16 b[4];
  UNROLL for (int o = 0; o < 4; o += 2) {
    b[o] = SHUFFLE(a[o], a[o + 1], 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23);
    b[o + 1] = SHUFFLE(a[o], a[o + 1], 8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 26, 27, 28, 29, 30, 31);
  }
  UNROLL for (int g = 0; g < 4; g++) {
    const v16 p = b[g / 2], q = b[2 + g / 2];
    *(v16 *)(d + g * POTLINE_LANES) =
        g % 2 == 0 ? SHUFFLE(p, q, 0, 1, 2, 3, 8, 9, 10, 11, 16, 17, 18, 19, 24, 25, 26, 27)
                   : SHUFFLE(p, q, 4, 5, 6, 7, 12, 13, 14, 15, 20, 21, 22, 23, 28, 29, 30, 31);
  }
}
