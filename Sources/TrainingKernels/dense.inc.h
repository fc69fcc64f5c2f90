// The gradient of a batch, and the forward pass, with all weights.
static float gradient(const potline_network *n, const float *parameters, const potline_samples *samples,
                      const uint32_t *order, int32_t count, int32_t nextCount, float *X, float *Y, float *D,
                      float scale, float *g) {
  float_environment saved = flush_denormals();
  int tiles = (count + POTLINE_LANES - 1) / POTLINE_LANES;
  // All are under way when the forward and backward passes are done.
  upcoming u = upcoming_rows(samples, order + count, nextCount, n->layerCount * tiles);
  v16 loss = {};
  float *deltas = Y + (ptrdiff_t)TILES_AT_ONCE * n->outputs * POTLINE_LANES;
  for (int t = 0; t < tiles;) {
    int some = tiles - t >= TILES_AT_ONCE ? TILES_AT_ONCE : 1;
    float *x = X + (ptrdiff_t)t * n->activationRows * POTLINE_LANES;
    float *d = D + (ptrdiff_t)t * n->deltaRows * POTLINE_LANES;
    gather_tiles(n, samples, order, count, t * POTLINE_LANES, some, x, Y);
    forward_tiles(n, parameters, x, some, &u);
    float *turned = d + (ptrdiff_t)n->layers[n->layerCount - 1].deltaStart * POTLINE_LANES;
    loss = squared_error(n, x, Y, some, count - t * POTLINE_LANES, scale, loss, deltas,
                         (ptrdiff_t)n->widestOutputs * POTLINE_LANES, turned, (ptrdiff_t)n->deltaRows * POTLINE_LANES);
    backward_tiles(n, parameters, x, deltas, d, some, &u);
    t += some;
  }
  weight_gradient(n, X, D, tiles, g, &u);
  float sum = reduce_1(loss);
  restore_denormals(saved);
  return sum;
}

static void forward(const potline_network *n, const float *parameters, float *X, int32_t tiles) {
  upcoming none = {0};
  float_environment saved = flush_denormals();
  for (int t = 0; t < tiles;) {
    int some = tiles - t >= TILES_AT_ONCE ? TILES_AT_ONCE : 1;
    forward_tiles(n, parameters, X + (ptrdiff_t)t * n->activationRows * POTLINE_LANES, some, &none);
    t += some;
  }
  restore_denormals(saved);
}
