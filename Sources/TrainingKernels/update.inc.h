// The square root to about one unit in the last place, 0 for 0: a first guess from the bits, two of Goldschmidt's steps
// and one of Newton's. The processor's own would wait for its divider, which the division keeps busy.
INLINE void square_roots(int count, const v16 *a, v16 *root) {
  v16 half[UPDATE_VECTORS];
  UNROLL for (int k = 0; k < count; k++) {
    v16 y = (v16)(0x5F3759DFu - ((u16)a[k] >> 1));
    root[k] = a[k] * y;
    half[k] = 0.5f * y;
  }
  UNROLL for (int step = 0; step < 2; step++) {
    UNROLL for (int k = 0; k < count; k++) {
      v16 rest = fma16(-root[k], half[k], splat(0.5f));
      root[k] = fma16(root[k], rest, root[k]);
      half[k] = fma16(half[k], rest, half[k]);
    }
  }
  UNROLL for (int k = 0; k < count; k++) root[k] = fma16(fma16(-root[k], root[k], a[k]), half[k], root[k]);
}

// One step of `vectors` vectors of parameters side by side: what one waits for, the others do.
INLINE void update_vectors(int vectors, v16 *parameters, v16 *m, v16 *v, const v16 *g, const v16 *penalty,
                           potline_penalty method, potline_adam adam) {
  v16 beta1 = splat(adam.beta1), beta2 = splat(adam.beta2);
  v16 rest1 = splat(adam.oneMinusBeta1), rest2 = splat(adam.oneMinusBeta2);
  v16 rate = splat(adam.rate), epsilon = splat(adam.epsilon), zero = {};
  v16 mk[UPDATE_VECTORS], vk[UPDATE_VECTORS], step[UPDATE_VECTORS];
  UNROLL for (int k = 0; k < vectors; k++) {
    v16 gk = g[k];
    if (method == POTLINE_PENALTY_SUBGRADIENT) {
      v16 p = parameters[k];
      gk = select16(p != zero, gk + (v16)(((u16)p & 0x80000000u) | (u16)penalty[k]), gk);
    }
    mk[k] = fma16(beta1, m[k], rest1 * gk);
    vk[k] = fma16(beta2, v[k], rest2 * (gk * gk));
    m[k] = mk[k];
    v[k] = vk[k];
  }
  square_roots(vectors, vk, step);
  UNROLL for (int k = 0; k < vectors; k++) step[k] = rate / (step[k] + epsilon);
  UNROLL for (int k = 0; k < vectors; k++) {
    v16 p = fma16(-step[k], mk[k], parameters[k]);
    if (method == POTLINE_PENALTY_PROXIMAL) {
      v16 threshold = step[k] * penalty[k];
      v16 above = p - threshold, below = p + threshold;
      // NaN stays NaN: it is neither inside the threshold nor above it.
      i16 inside = (p <= threshold) & (p >= -threshold);
      p = select16(penalty[k] > zero, select16(inside, zero, select16(p > threshold, above, below)), p);
    }
    parameters[k] = p;
  }
}

// Adam and the l1 penalty, one pass over the parameters.
INLINE void update_with(int32_t count, float *parameters, float *m, float *v, const float *g, const float *penalty,
                        potline_penalty method, potline_adam adam) {
  enum { AT_ONCE = UPDATE_VECTORS * POTLINE_LANES };
  int32_t i = 0;
  for (; i + AT_ONCE <= count; i += AT_ONCE) {
    update_vectors(UPDATE_VECTORS, (v16 *)(parameters + i), (v16 *)(m + i), (v16 *)(v + i), (const v16 *)(g + i),
                   (const v16 *)(penalty + i), method, adam);
  }
  for (; i < count; i += POTLINE_LANES) {
    update_vectors(1, (v16 *)(parameters + i), (v16 *)(m + i), (v16 *)(v + i), (const v16 *)(g + i),
                   (const v16 *)(penalty + i), method, adam);
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
