// The gradient of a batch, and the forward pass, with all weights.
static float gradient(const potline_gradient_arguments *a) {
  require_gradient(a);
  float_environment saved = flush_denormals();
  const potline_network *n = a->network;
  int tiles = (a->count + POTLINE_LANES - 1) / POTLINE_LANES;
  // All rows are prefetched by the end of the forward and backward passes.
  prefetch_cursor u = prefetch_cursor_of(a->samples, a->order + a->count, a->nextCount, n->layerCount * tiles);
  v16 loss = {};
  // Scratch: targets, then the deltas of two layers.
  float *Y = a->scratch, *deltas = Y + (ptrdiff_t)NR_TILES * n->outputs * POTLINE_LANES;
  for (int t = 0; t < tiles;) {
    int block = tiles - t >= NR_TILES ? NR_TILES : 1;
    float *x = a->X + (ptrdiff_t)t * n->activationRows * POTLINE_LANES;
    float *d = a->D + (ptrdiff_t)t * n->deltaRows * POTLINE_LANES;
    gather_tiles(n, a->samples, a->order, a->count, t * POTLINE_LANES, block, x, Y);
    forward_tiles(n, a->parameters, x, block, &u);
    output_block b = {
        .Y = Y,
        .tiles = block,
        .valid = a->count - t * POTLINE_LANES,
        .deltas = deltas,
        .tile = (ptrdiff_t)n->widestOutputs * POTLINE_LANES,
        .packed = d + (ptrdiff_t)n->layers[n->layerCount - 1].deltaStart * POTLINE_LANES,
        .packedTile = (ptrdiff_t)n->deltaRows * POTLINE_LANES,
    };
    loss = output_deltas(a, x, b, loss);
    backward_tiles(n, a->parameters, x, deltas, d, block, NULL, &u);
    t += block;
  }
  weight_gradient(n, a->X, a->D, tiles, a->gradient, &u);
  float sum = reduce_1(loss);
  restore_denormals(saved);
  return sum;
}

static void forward(const potline_forward_arguments *a) {
  require_forward(a);
  prefetch_cursor none = {0};
  float_environment saved = flush_denormals();
  for (int t = 0; t < a->tiles;) {
    int block = a->tiles - t >= NR_TILES ? NR_TILES : 1;
    forward_tiles(a->network, a->parameters, a->X + (ptrdiff_t)t * a->network->activationRows * POTLINE_LANES, block,
                  &none);
    t += block;
  }
  restore_denormals(saved);
}

static void activate(potline_activation activation, float *values, int32_t count) {
  REQUIRE(count >= 0 && count % POTLINE_LANES == 0 && IS_ALIGNED(values));
  float_environment saved = flush_denormals();
  activate_rows(activation, values, count / POTLINE_LANES);
  restore_denormals(saved);
}
