// How the penalty enters Adam's step: in the gradient before it, or in the parameter after it. A new one needs a case in
// each function of this file, its number in potline_penalty, and its case in Penalty.swift.

#ifndef VECTOR_POLICIES

static inline float scalar_penalised_gradient(potline_penalty method, float p, float g, float penalty) {
  switch (method) {
    case POTLINE_PENALTY_SUBGRADIENT: return p == 0 ? g : p > 0 ? g + penalty : g + -penalty;
    case POTLINE_PENALTY_NONE:
    case POTLINE_PENALTY_PROXIMAL: return g;
  }
  return g;
}

// `step`: the learning rate in Adam's metric, rate / (sqrt(v) + epsilon).
static inline float scalar_penalised_parameter(potline_penalty method, float p, float step, float penalty) {
  switch (method) {
    case POTLINE_PENALTY_PROXIMAL: {
      if (!(penalty > 0)) return p;
      float threshold = step * penalty;
      return p <= threshold && p >= -threshold ? 0 : p > threshold ? p - threshold : p + threshold;
    }
    case POTLINE_PENALTY_NONE:
    case POTLINE_PENALTY_SUBGRADIENT: return p;
  }
  return p;
}

#else

INLINE v16 penalised_gradient16(potline_penalty method, v16 p, v16 g, v16 penalty) {
  switch (method) {
    case POTLINE_PENALTY_SUBGRADIENT:
      return select16(p != (v16){}, g + (v16)(((u16)p & 0x80000000u) | (u16)penalty), g);
    case POTLINE_PENALTY_NONE:
    case POTLINE_PENALTY_PROXIMAL: return g;
  }
  return g;
}

INLINE v16 penalised_parameter16(potline_penalty method, v16 p, v16 step, v16 penalty) {
  switch (method) {
    case POTLINE_PENALTY_PROXIMAL: {
      v16 threshold = step * penalty, zero = {};
      v16 above = p - threshold, below = p + threshold;
      // NaN stays NaN: it is neither inside the threshold nor above it.
      i16 inside = (p <= threshold) & (p >= -threshold);
      return select16(penalty > zero, select16(inside, zero, select16(p > threshold, above, below)), p);
    }
    case POTLINE_PENALTY_NONE:
    case POTLINE_PENALTY_SUBGRADIENT: return p;
  }
  return p;
}

// Runs `RUN(method)` with the method as a constant.
#define FOR_PENALTY(method, RUN)                                           \
  switch (method) {                                                        \
    case POTLINE_PENALTY_NONE: RUN(POTLINE_PENALTY_NONE); break;             \
    case POTLINE_PENALTY_SUBGRADIENT: RUN(POTLINE_PENALTY_SUBGRADIENT); break; \
    case POTLINE_PENALTY_PROXIMAL: RUN(POTLINE_PENALTY_PROXIMAL); break;     \
    default: UNREACHABLE();                                                \
  }

#endif
