// Which kernels this build has and this processor can run.
#include <string.h>

#include "TrainingKernels.h"

extern const potline_kernels potline_scalar_kernels;

#if defined(__x86_64__)
extern const potline_kernels potline_avx512_kernels, potline_avx2_kernels;

static int runs_avx512(void) {
  return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
         __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("fma") &&
         __builtin_cpu_supports("bmi2");
}
static int runs_avx2(void) {
  return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("bmi2");
}
#else
extern const potline_kernels potline_neon_kernels;
#endif

const potline_kernels *potline_kernels_available(int i) {
  const potline_kernels *found[4] = {0};
  int count = 0;
#if defined(__x86_64__)
  __builtin_cpu_init();
  if (runs_avx512()) found[count++] = &potline_avx512_kernels;
  if (runs_avx2()) found[count++] = &potline_avx2_kernels;
#else
  found[count++] = &potline_neon_kernels;
#endif
  found[count++] = &potline_scalar_kernels;
  return i >= 0 && i < count ? found[i] : NULL;
}

const char *potline_kernels_built(int i) {
#if defined(__x86_64__)
  static const char *const names[] = {"avx512", "avx2", "scalar"};
#else
  static const char *const names[] = {"neon", "scalar"};
#endif
  return i >= 0 && i < (int)(sizeof names / sizeof *names) ? names[i] : NULL;
}

const potline_kernels *potline_kernels_named(const char *name) {
  const potline_kernels *kernels;
  for (int i = 0; (kernels = potline_kernels_available(i)) != NULL; i++) {
    if (strcmp(kernels->name, name) == 0) return kernels;
  }
  return NULL;
}
