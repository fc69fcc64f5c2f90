// As many multiply-adds as the processor can do: independent chains that stay in registers. What it returns
// depends on all of them, so that none is left out.
static double multiply_adds(int64_t repetitions, float factor, float term) {
  enum { FLOATS = sizeof(vreg) / sizeof(float), STEPS = POTLINE_PEAK_MULTIPLY_ADDS / (PEAK_CHAINS * FLOATS) };
  vreg chain[PEAK_CHAINS];
  vreg factors = (vreg)factor, terms = (vreg)term;
  UNROLL for (int k = 0; k < PEAK_CHAINS; k++) chain[k] = (vreg)(float)k;
  for (int64_t r = 0; r < repetitions; r++) {
    UNROLL for (int s = 0; s < STEPS; s++) {
      UNROLL for (int k = 0; k < PEAK_CHAINS; k++) chain[k] = __builtin_elementwise_fma(chain[k], factors, terms);
    }
  }
  double sum = 0;
  for (int k = 0; k < PEAK_CHAINS; k++) {
    for (int j = 0; j < FLOATS; j++) sum += chain[k][j];
  }
  return sum;
}
