// The loss of an output's error e = y - target, and its derivative. A new one needs a case in each function of this file,
// its number in potline_loss_kind, and its case in Loss.swift.
//
// The Huber loss is scaled so that it is e^2 up to the threshold: with c = e clamped to +-threshold it is c (2 e - c),
// and its derivative 2 c. With an infinite threshold it has the squared error's bits.

#if defined(DOUBLE_POLICIES)

// In double precision, for least squares.
INLINE dv d_loss(potline_loss loss, dv e) {
  switch (loss.kind) {
    case POTLINE_LOSS_SQUARED: return e * e;
    case POTLINE_LOSS_HUBER: {
      const dv most = d_splat(loss.threshold);
      const dv c = e > most ? most : e < -most ? -most : e;
      return c * d_fma(d_splat(2), e, -c);
    }
  }
  return e;
}

// The weight of an error's square that has the loss's slope there.
INLINE double d_weight(potline_loss loss, double e) {
  switch (loss.kind) {
    case POTLINE_LOSS_SQUARED: return 1;
    case POTLINE_LOSS_HUBER: return e > loss.threshold ? loss.threshold / e : e < -loss.threshold ? -loss.threshold / e : 1;
  }
  return 1;
}

#elif !defined(VECTOR_POLICIES)

static inline float scalar_clamped(potline_loss loss, float e) {
  switch (loss.kind) {
    case POTLINE_LOSS_SQUARED: return e;
    case POTLINE_LOSS_HUBER: return e > loss.threshold ? loss.threshold : e < -loss.threshold ? -loss.threshold : e;
  }
  return e;
}

// Adds the loss of an error to a sum.
static inline float scalar_loss(potline_loss loss, float e, float sum) {
  float c = scalar_clamped(loss, e);
  switch (loss.kind) {
    case POTLINE_LOSS_SQUARED: return fmaf(e, e, sum);
    case POTLINE_LOSS_HUBER: return fmaf(c, fmaf(2, e, -c), sum);
  }
  return sum;
}

// Half the derivative.
static inline float scalar_half_slope(potline_loss loss, float e) { return scalar_clamped(loss, e); }

#else

// Adds the loss to `sum`, and makes of the error half the loss's derivative.
INLINE v16 loss16(potline_loss loss, v16 *error, v16 sum) {
  v16 e = *error;
  switch (loss.kind) {
    case POTLINE_LOSS_SQUARED: return fma16(e, e, sum);
    case POTLINE_LOSS_HUBER: {
      v16 most = splat(loss.threshold);
      v16 c = select16(e > most, most, select16(e < -most, -most, e));
      *error = c;
      return fma16(c, fma16(splat(2), e, -c), sum);
    }
  }
  return sum;
}

// Runs `RUN(kind)` with the kind of loss as a constant.
#define FOR_LOSS(kind, RUN)                                    \
  switch (kind) {                                              \
    case POTLINE_LOSS_SQUARED: RUN(POTLINE_LOSS_SQUARED); break; \
    case POTLINE_LOSS_HUBER: RUN(POTLINE_LOSS_HUBER); break;     \
    default: UNREACHABLE();                                    \
  }

#endif
