// The square root to about one unit in the last liveIndex, 0 for 0: a first guess from the bits, two of Goldschmidt's steps
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
  v16 rate = splat(adam.rate), epsilon = splat(adam.epsilon);
  v16 mk[UPDATE_VECTORS], vk[UPDATE_VECTORS], step[UPDATE_VECTORS];
  UNROLL for (int k = 0; k < vectors; k++) {
    v16 gk = penalised_gradient16(method, parameters[k], g[k], penalty[k]);
    mk[k] = fma16(beta1, m[k], rest1 * gk);
    vk[k] = fma16(beta2, v[k], rest2 * (gk * gk));
    m[k] = mk[k];
    v[k] = vk[k];
  }
  square_roots(vectors, vk, step);
  UNROLL for (int k = 0; k < vectors; k++) step[k] = rate / (step[k] + epsilon);
  UNROLL for (int k = 0; k < vectors; k++) {
    v16 p = fma16(-step[k], mk[k], parameters[k]);
    parameters[k] = penalised_parameter16(method, p, step[k], penalty[k]);
  }
}

// Adam and the penalty, one pass over the parameters.
INLINE void update_with(potline_penalty method, const potline_update_arguments *a) {
  enum { AT_ONCE = UPDATE_VECTORS * POTLINE_LANES };
  int32_t i = 0;
  for (; i + AT_ONCE <= a->count; i += AT_ONCE) {
    update_vectors(UPDATE_VECTORS, (v16 *)(a->parameters + i), (v16 *)(a->m + i), (v16 *)(a->v + i),
                   (const v16 *)(a->gradient + i), (const v16 *)(a->penalty + i), method, a->adam);
  }
  for (; i < a->count; i += POTLINE_LANES) {
    update_vectors(1, (v16 *)(a->parameters + i), (v16 *)(a->m + i), (v16 *)(a->v + i),
                   (const v16 *)(a->gradient + i), (const v16 *)(a->penalty + i), method, a->adam);
  }
}

static void update(const potline_update_arguments *a) {
  require_update(a);
  float_environment saved = flush_denormals();
#define UPDATE_WITH(kind) update_with(kind, a)
  FOR_PENALTY(a->method, UPDATE_WITH)
#undef UPDATE_WITH
  restore_denormals(saved);
}
