// Denormals are flushed to zero while a kernel runs, so that every instruction set and host rounds alike and
// a dying weight doesn't slow a step down.
#ifndef POTLINE_FLOAT_ENVIRONMENT_H
#define POTLINE_FLOAT_ENVIRONMENT_H

#include <stdint.h>

#if defined(__x86_64__)
#include <immintrin.h>
typedef unsigned int float_environment;
static inline float_environment flush_denormals(void) {
  float_environment saved = _mm_getcsr();
  _mm_setcsr(saved | 0x8040);  // FTZ | DAZ
  return saved;
}
static inline void restore_denormals(float_environment saved) { _mm_setcsr(saved); }
#elif defined(__aarch64__)
typedef uint64_t float_environment;
static inline float_environment flush_denormals(void) {
  uint64_t saved;
  __asm__ volatile("mrs %0, fpcr" : "=r"(saved));
  __asm__ volatile("msr fpcr, %0" ::"r"(saved | (1ull << 24)));  // FZ
  return saved;
}
static inline void restore_denormals(float_environment saved) {
  __asm__ volatile("msr fpcr, %0" ::"r"(saved));
}
#else
#error "Potline's kernels are written for x86-64 and AArch64."
#endif

#endif
