// Adam and the l1 penalty, one pass over the parameters.
INLINE void update_with(int32_t count, float *parameters, float *m, float *v, const float *g, const float *penalty,
                        potline_penalty method, potline_adam adam) {
  v16 beta1 = splat(adam.beta1), beta2 = splat(adam.beta2);
  v16 rest1 = splat(adam.oneMinusBeta1), rest2 = splat(adam.oneMinusBeta2);
  v16 rate = splat(adam.rate), epsilon = splat(adam.epsilon), zero = {};
  for (int32_t i = 0; i < count; i += POTLINE_LANES) {
    v16 p = *(v16 *)(parameters + i), gi = *(const v16 *)(g + i);
    v16 lambda = method == POTLINE_PENALTY_NONE ? zero : *(const v16 *)(penalty + i);
    if (method == POTLINE_PENALTY_SUBGRADIENT) {
      v16 sign = select16(p > zero, lambda, select16(p < zero, -lambda, zero));
      gi = gi + sign;
    }
    v16 mi = fma16(beta1, *(v16 *)(m + i), rest1 * gi);
    v16 vi = fma16(beta2, *(v16 *)(v + i), rest2 * (gi * gi));
    *(v16 *)(m + i) = mi;
    *(v16 *)(v + i) = vi;
    v16 step = rate / (__builtin_elementwise_sqrt(vi) + epsilon);
    p = fma16(-step, mi, p);
    if (method == POTLINE_PENALTY_PROXIMAL) {
      v16 threshold = step * lambda;
      v16 above = p - threshold, below = p + threshold;
      // NaN stays NaN: it is neither inside the threshold nor above it.
      i16 inside = (p <= threshold) & (p >= -threshold);
      p = select16(lambda > zero, select16(inside, zero, select16(p > threshold, above, below)), p);
    }
    *(v16 *)(parameters + i) = p;
  }
}

static void update(int32_t count, float *parameters, float *m, float *v, const float *g, const float *penalty,
                   potline_penalty method, potline_adam adam) {
  float_environment saved = flush_denormals();
  switch (method) {
    case POTLINE_PENALTY_NONE:
      update_with(count, parameters, m, v, g, penalty, POTLINE_PENALTY_NONE, adam);
      break;
    case POTLINE_PENALTY_SUBGRADIENT:
      update_with(count, parameters, m, v, g, penalty, POTLINE_PENALTY_SUBGRADIENT, adam);
      break;
    case POTLINE_PENALTY_PROXIMAL:
      update_with(count, parameters, m, v, g, penalty, POTLINE_PENALTY_PROXIMAL, adam);
      break;
  }
  restore_denormals(saved);
}

