// The output's deltas, and the squared error added to `loss` lane by lane. `valid`: samples in these tiles.
//
// `deltas`: row of the first delta, with `tile` floats from a tile to the next. With `turned` they are also written as
// delta quads, at that distance from tile to tile.
INLINE v16 squared_error(const potline_network *n, const float *X, const float *Y, int tiles, int valid, float scale,
                         v16 loss, float *deltas, ptrdiff_t tile, float *turned, ptrdiff_t turnedTile) {
  const i16 lane = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
  const float *y = X + (ptrdiff_t)n->layers[n->layerCount - 1].outputStart * POTLINE_LANES;
  v16 twice = splat(2 * scale);
  for (int t = 0; t < tiles; t++) {
    i16 inside = lane < (valid - t * POTLINE_LANES);
    for (int o = 0; o < n->outputs; o += 4) {
      v16 delta[4] = {};
      for (int k = 0; k < 4 && o + k < n->outputs; k++) {
        ptrdiff_t at = (ptrdiff_t)(o + k) * POTLINE_LANES;
        v16 error = select16(inside, *(const v16 *)(y + at) - *(const v16 *)(Y + at), (v16){});
        loss = fma16(error, error, loss);
        delta[k] = twice * error;
        *(v16 *)(deltas + at) = delta[k];
      }
      if (turned) turn_quad(delta, turned + (ptrdiff_t)o * POTLINE_LANES);
    }
    y += (ptrdiff_t)n->activationRows * POTLINE_LANES;
    Y += (ptrdiff_t)n->outputs * POTLINE_LANES;
    deltas += tile;
    if (turned) turned += turnedTile;
  }
  return loss;
}
