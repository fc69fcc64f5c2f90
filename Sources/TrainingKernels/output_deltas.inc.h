// The output's deltas; their loss is added to `sum` lane by lane. `valid`: samples in these tiles.
//
// `deltas`: row of the first delta, with `tile` floats from a tile to the next. With `packed` they are also written
// transposed 4 x 16, at that distance from tile to tile.
typedef struct {
  const float *Y;   // targets
  int tiles, valid;
  float *deltas;
  ptrdiff_t tile;
  float *packed;
  ptrdiff_t packedTile;
} output_block;

INLINE v16 deltas_of(potline_loss loss, const potline_network *n, const float *X, float scale, output_block b, v16 sum) {
  const i16 lane = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
  const float *y = X + (ptrdiff_t)n->layers[n->layerCount - 1].outputStart * POTLINE_LANES;
  v16 twice = splat(2 * scale);
  for (int t = 0; t < b.tiles; t++) {
    i16 inside = lane < (b.valid - t * POTLINE_LANES);
    for (int o = 0; o < n->outputs; o += 4) {
      v16 delta[4] = {};
      for (int k = 0; k < 4 && o + k < n->outputs; k++) {
        ptrdiff_t at = (ptrdiff_t)(o + k) * POTLINE_LANES;
        v16 error = select16(inside, *(const v16 *)(y + at) - *(const v16 *)(b.Y + at), (v16){});
        sum = loss16(loss, &error, sum);
        delta[k] = twice * error;
        *(v16 *)(b.deltas + at) = delta[k];
      }
      if (b.packed) transpose_4x16(delta, b.packed + (ptrdiff_t)o * POTLINE_LANES);
    }
    y += (ptrdiff_t)n->activationRows * POTLINE_LANES;
    b.Y += (ptrdiff_t)n->outputs * POTLINE_LANES;
    b.deltas += b.tile;
    if (b.packed) b.packed += b.packedTile;
  }
  return sum;
}

INLINE v16 output_deltas(const potline_gradient_arguments *a, const float *X, output_block b, v16 sum) {
  potline_loss loss = a->loss;
#define DELTAS_OF(k) sum = deltas_of((potline_loss){k, loss.threshold}, a->network, X, a->scale, b, sum)
  FOR_LOSS(loss.kind, DELTAS_OF)
#undef DELTAS_OF
  return sum;
}
