// The function of the hidden units. A new one needs a case in each function of this file, its number in
// potline_activation, and its case in Activation.swift.
//
// `scalar_...` is the definition, one float at a time; the vector functions are the same operations on 16 lanes. The
// kind is a constant wherever the vector functions are called, so that no loop branches on it.
//
// tanh: 1.35 ulp at most, over all float32. Below 0.55 an odd polynomial; above, 1 - 2 / (e^(2x) + 1), in which the errors
// of the exponential hardly count. e^(2x) = 2^k (1 + p(r)), |r| <= ln 2 / 2, k rounded by adding 1.5 * 2^23. From 9.02 on
// it is 1. Both polynomials are minimax fits.
#define TANH_POLYNOMIAL_END 0.55f
#define TANH_ONE_START 9.02f
#define TANH_ROUNDER 0x1.8p23f
#define TANH_LOG2_E 0x1.715476p+0f
#define TANH_LN2_HIGH 0x1.62e4p-1f
#define TANH_LN2_LOW 0x1.7f7d1cp-20f
// expm1(r) = r + r^2 (E0 + E1 r + ...); tanh(x) = x + x^3 (T0 + T1 x^2 + ...).
#define TANH_E0 0.5f
#define TANH_E1 0x1.55548ep-3f
#define TANH_E2 0x1.55545ep-5f
#define TANH_E3 0x1.123b52p-7f
#define TANH_E4 0x1.6db42p-10f
#define TANH_T0 -0x1.55554ap-2f
#define TANH_T1 0x1.110cb2p-3f
#define TANH_T2 -0x1.b9137p-5f
#define TANH_T3 0x1.588286p-6f
#define TANH_T4 -0x1.96cf46p-8f

#if defined(DOUBLE_POLICIES)

// In double precision for least squares, by the exponential less one alone, which is exact enough near zero as well:
// tanh(a) = e / (e + 2), e = e^(2a) - 1 = 2^k (e^r - 1) + (2^k - 1). e^r - 1 is its series to r^13, whose rest is below 2e-17 r.
// Error below 4 ulp.
INLINE dv d_tanh(dv x) {
  const du sign = d_bits(x) & 0x8000000000000000u;
  dv a = d_from_bits(d_bits(x) ^ sign);
  a = a > 20 ? d_splat(20) : a;
  const dv twice = a + a, rounded = d_fma(twice, d_splat(0x1.71547652b82fep+0), d_splat(0x1.8p52)), k = rounded - 0x1.8p52;
  const dv power = d_from_bits((d_bits(rounded) << 52) + 0x3FF0000000000000u);
  const dv r = d_fma(k, d_splat(-0x1.abc9e3b39803fp-40), d_fma(k, d_splat(-0x1.62e42fefap-1), twice));
  dv e = d_splat(1.0 / 6227020800);
  e = d_fma(e, r, d_splat(1.0 / 479001600));
  e = d_fma(e, r, d_splat(1.0 / 39916800));
  e = d_fma(e, r, d_splat(1.0 / 3628800));
  e = d_fma(e, r, d_splat(1.0 / 362880));
  e = d_fma(e, r, d_splat(1.0 / 40320));
  e = d_fma(e, r, d_splat(1.0 / 5040));
  e = d_fma(e, r, d_splat(1.0 / 720));
  e = d_fma(e, r, d_splat(1.0 / 120));
  e = d_fma(e, r, d_splat(1.0 / 24));
  e = d_fma(e, r, d_splat(1.0 / 6));
  e = d_fma(e, r, d_splat(0.5));
  e = d_fma(r * r, e, r);
  e = d_fma(power, e, power - 1);
  return d_from_bits(d_bits(e / (e + 2)) | sign);
}

INLINE dv d_activation(potline_activation activation, dv sum) {
  switch (activation) {
    case POTLINE_ACTIVATION_RELU: return d_splat(0) > sum ? d_splat(0) : sum;
    case POTLINE_ACTIVATION_TANH: return d_tanh(sum);
  }
  return sum;
}

// The derivative by the sum, from the value.
INLINE dv d_slope(potline_activation activation, dv value) {
  switch (activation) {
    case POTLINE_ACTIVATION_RELU: return value > d_splat(0) ? d_splat(1) : d_splat(0);
    case POTLINE_ACTIVATION_TANH: return d_fma(-value, value, d_splat(1));
  }
  return value;
}

#elif !defined(VECTOR_POLICIES)

static inline uint32_t bits_of(float a) {
  uint32_t bits;
  memcpy(&bits, &a, sizeof bits);
  return bits;
}
static inline float from_bits(uint32_t bits) {
  float a;
  memcpy(&a, &bits, sizeof a);
  return a;
}

static inline float scalar_tanh(float x) {
  float a = from_bits(bits_of(x) & 0x7FFFFFFFu);
  float twice = a + a;
  float rounded = fmaf(twice, TANH_LOG2_E, TANH_ROUNDER), k = rounded - TANH_ROUNDER;
  float power = from_bits((bits_of(rounded) << 23) + 0x3F800000u);
  float r = fmaf(k, -TANH_LN2_LOW, fmaf(k, -TANH_LN2_HIGH, twice));
  float e = fmaf(fmaf(fmaf(fmaf(TANH_E4, r, TANH_E3), r, TANH_E2), r, TANH_E1), r, TANH_E0);
  e = fmaf(r * r, e, r);
  float large = 1 - 2 / fmaf(power, e, power + 1);
  float z = a * a;
  float t = fmaf(fmaf(fmaf(fmaf(TANH_T4, z, TANH_T3), z, TANH_T2), z, TANH_T1), z, TANH_T0);
  float small = fmaf(a * z, t, a);
  float y = a < TANH_POLYNOMIAL_END ? small : large;
  y = a > TANH_ONE_START ? 1 : y;
  return from_bits(bits_of(y) | (bits_of(x) & 0x80000000u));
}

// A unit's value from its sum. Not a number stays so: the training ends there.
static inline float scalar_activation(potline_activation activation, float sum) {
  switch (activation) {
    case POTLINE_ACTIVATION_RELU: return 0 > sum ? 0 : sum;
    case POTLINE_ACTIVATION_TANH: return scalar_tanh(sum);
  }
  return sum;
}

// The derivative by a unit's sum, from that by its value and the value itself.
static inline float scalar_backward(potline_activation activation, float value, float delta) {
  switch (activation) {
    case POTLINE_ACTIVATION_RELU: return value > 0 ? delta : 0;
    case POTLINE_ACTIVATION_TANH: return delta * fmaf(-value, value, 1);
  }
  return delta;
}

#else

INLINE v16 tanh16(v16 x) {
  v16 a = (v16)((u16)x & 0x7FFFFFFFu);
  v16 twice = a + a;
  v16 rounded = fma16(twice, splat(TANH_LOG2_E), splat(TANH_ROUNDER)), k = rounded - TANH_ROUNDER;
  v16 power = (v16)(((u16)rounded << 23) + 0x3F800000u);
  v16 r = fma16(k, splat(-TANH_LN2_LOW), fma16(k, splat(-TANH_LN2_HIGH), twice));
  v16 e = fma16(splat(TANH_E4), r, splat(TANH_E3));
  e = fma16(fma16(fma16(e, r, splat(TANH_E2)), r, splat(TANH_E1)), r, splat(TANH_E0));
  e = fma16(r * r, e, r);
  v16 large = 1 - 2 / fma16(power, e, power + 1);
  v16 z = a * a;
  v16 t = fma16(splat(TANH_T4), z, splat(TANH_T3));
  t = fma16(fma16(fma16(t, z, splat(TANH_T2)), z, splat(TANH_T1)), z, splat(TANH_T0));
  v16 small = fma16(a * z, t, a);
  v16 y = select16(a < TANH_POLYNOMIAL_END, small, large);
  y = select16(a > TANH_ONE_START, splat(1), y);
  return (v16)((u16)y | ((u16)x & 0x80000000u));
}

INLINE v16 relu16(v16 a) { return select16((v16){} > a, (v16){}, a); }

INLINE v16 activation16(potline_activation activation, v16 sum) {
  switch (activation) {
    case POTLINE_ACTIVATION_RELU: return relu16(sum);
    case POTLINE_ACTIVATION_TANH: return tanh16(sum);
  }
  return sum;
}

INLINE v16 backward16(potline_activation activation, v16 value, v16 delta) {
  switch (activation) {
    case POTLINE_ACTIVATION_RELU: return select16(value > (v16){}, delta, (v16){});
    case POTLINE_ACTIVATION_TANH: return delta * fma16(-value, value, splat(1));
  }
  return delta;
}

// Runs `RUN(kind)` with the activation as a constant.
#define FOR_ACTIVATION(activation, RUN)                              \
  switch (activation) {                                              \
    case POTLINE_ACTIVATION_RELU: RUN(POTLINE_ACTIVATION_RELU); break; \
    case POTLINE_ACTIVATION_TANH: RUN(POTLINE_ACTIVATION_TANH); break; \
    default: UNREACHABLE();                                          \
  }

#endif
