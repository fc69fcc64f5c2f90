// The gradient of a simulation over a horizon: windows in the lanes, forward through all time steps, then backward.
//
// X keeps the activations of all steps of a group of tiles, [time][tile][row]: the backward pass and the gradient of the
// weights read them as a longer batch. Deltas are kept for a chunk of steps, whose gradient is added while they are near.

// The adjoints dL/dstate of a group, [time][tile][state], time from -(longestLag - 1) on.
typedef struct {
  int tiles;
  ptrdiff_t xTile;  // floats from a tile's activations to the next
  float *adjoints;  // at time 0
  ptrdiff_t adjointTime;
  float *fed;  // lanes whose output was fed, all bits set: [time 0 ... washout][tile][output]
  float *feedback, *deltas, *row;
  v16 *loss;                       // by output
  i16 start[POTLINE_SIMULATION_TILES], length[POTLINE_SIMULATION_TILES];  // length: steps with recorded rows
} simulation_group;

// The rows at time k of a tile's windows: [outputs, inputs][16].
INLINE void gather_rows(const potline_simulation_arguments *a, const simulation_group *g, int tile, int k) {
  const potline_recurrence *r = a->recurrence;
  i16 time = k < g->length[tile] ? (i16){} + k : g->length[tile];
  i16 index = g->start[tile] + time;
  const float *row[POTLINE_LANES];
  UNROLL for (int j = 0; j < POTLINE_LANES; j++) {
    row[j] = a->windows->rows + (int64_t)index[j] * a->windows->rowStride;
  }
  transpose_columns(row, 0, r->outputs + r->inputs, g->row);
}

INLINE v16 *row_of(float *rows, ptrdiff_t r) { return (v16 *)(rows + r * POTLINE_LANES); }

// The register at time 0, from recorded rows; hidden states start from `initial`.
static void start_register(const potline_simulation_arguments *a, const simulation_group *g, int firstTile) {
  const potline_recurrence *r = a->recurrence;
  const int hidden = r->states - r->outputs;
  for (int tile = 0; tile < g->tiles; tile++) {
    float *x = a->X + tile * g->xTile;
    for (int lag = r->longestLag - 1; lag >= 0; lag--) {
      gather_rows(a, g, tile, -lag);
      for (int s = 0; s < r->outputs; s++) {
        if (lag < r->stateLags[s]) *row_of(x, r->stateRow[s] + lag) = *row_of(g->row, s);
      }
      for (int i = 0; i < r->inputs; i++) {
        if (lag < r->inputLags[i]) *row_of(x, r->inputRow[i] + lag) = *row_of(g->row, r->outputs + i);
      }
    }
    for (int s = 0; s < hidden; s++) {
      *row_of(x, r->stateRow[r->outputs + s]) =
          a->initial ? *(const v16 *)(a->initial + ((ptrdiff_t)(firstTile + tile) * hidden + s) * POTLINE_LANES)
                     : (v16){};
    }
    *row_of(x, a->network->inputs) = splat(1);
  }
}

// From the outputs at time k to the register at time k + 1, and the error there. Returns how many errors count.
INLINE int64_t advance(potline_loss loss, const potline_simulation_arguments *a, const simulation_group *g, int k) {
  const potline_network *n = a->network;
  const potline_recurrence *r = a->recurrence;
  const ptrdiff_t outputStart = n->layers[n->layerCount - 1].outputStart;
  const int isWashout = k + 1 <= a->washout;
  int64_t counted = 0;
  for (int tile = 0; tile < g->tiles; tile++) {
    float *x = a->X + ((ptrdiff_t)k * g->tiles + tile) * g->xTile, *next = x + g->tiles * g->xTile;
    float *adjoint = g->adjoints + (k + 1) * g->adjointTime + (ptrdiff_t)tile * r->states * POTLINE_LANES;
    const i16 isInside = k + 1 <= g->length[tile];
    gather_rows(a, g, tile, k + 1);
    for (int s = 0; s < r->states; s++) {
      const ptrdiff_t at = r->stateRow[s];
      v16 value = fma16(splat(r->carry[s]), *row_of(x, at), splat(r->offset[s]));
      value = fma16(splat(r->gain[s]), *row_of(x, outputStart + s), value);
      v16 slope = {};
      if (s < r->outputs) {
        const v16 target = *row_of(g->row, s);
        const i16 isMeasured = isInside & (target == target);
        if (isWashout) {
          value = select16(isMeasured, target, value);
          *row_of(g->fed + ((ptrdiff_t)(k + 1) * g->tiles + tile) * r->outputs * POTLINE_LANES, s) = (v16)isMeasured;
        } else {
          v16 error = select16(isMeasured, value - target, (v16){});
          g->loss[s] = loss16(loss, &error, g->loss[s]);
          slope = splat(2 * r->weight[s]) * error;
          counted -= __builtin_reduce_add(isMeasured);
        }
      }
      *row_of(adjoint, s) = slope;
      *row_of(next, at) = value;
      for (int lag = 1; lag < r->stateLags[s]; lag++) *row_of(next, at + lag) = *row_of(x, at + lag - 1);
    }
    for (int i = 0; i < r->inputs; i++) {
      const ptrdiff_t at = r->inputRow[i];
      *row_of(next, at) = *row_of(g->row, r->outputs + i);
      for (int lag = 1; lag < r->inputLags[i]; lag++) *row_of(next, at + lag) = *row_of(x, at + lag - 1);
    }
    *row_of(next, n->inputs) = splat(1);
  }
  return counted;
}

// From the adjoints at time k + 1 to those at time k and before, and the deltas of step k.
INLINE void retreat(const potline_simulation_arguments *a, const simulation_group *g, int k, float *D) {
  const potline_network *n = a->network;
  const potline_recurrence *r = a->recurrence;
  prefetch_cursor none = {0};
  const ptrdiff_t deltaTile = (ptrdiff_t)n->deltaRows * POTLINE_LANES, widest = (ptrdiff_t)n->widestOutputs * POTLINE_LANES;
  const ptrdiff_t feedbackTile = (ptrdiff_t)r->feedbackRows * POTLINE_LANES;
  const float *x = a->X + (ptrdiff_t)k * g->tiles * g->xTile;
  for (int first = 0; first < g->tiles;) {
    const int tiles = g->tiles - first >= NR_TILES ? NR_TILES : 1;
    for (int t = 0; t < tiles; t++) {
      float *above = g->adjoints + (k + 1) * g->adjointTime + (ptrdiff_t)(first + t) * r->states * POTLINE_LANES;
      float *packed = D + (first + t) * deltaTile + (ptrdiff_t)n->layers[n->layerCount - 1].deltaStart * POTLINE_LANES;
      for (int s = 0; s < r->states; s += 4) {
        v16 delta[4] = {};
        for (int q = 0; q < 4 && s + q < r->states; q++) {
          v16 adjoint = *row_of(above, s + q);
          if (s + q < r->outputs && k + 1 <= a->washout) {
            const float *fed = g->fed + ((ptrdiff_t)(k + 1) * g->tiles + first + t) * r->outputs * POTLINE_LANES;
            adjoint = select16(*(const i16 *)(fed + (s + q) * POTLINE_LANES), (v16){}, adjoint);
            *row_of(above, s + q) = adjoint;
          }
          delta[q] = splat(r->gain[s + q]) * adjoint;
          *row_of(g->deltas + t * widest, s + q) = delta[q];
        }
        transpose_4x16(delta, packed + (ptrdiff_t)s * POTLINE_LANES);
      }
    }
    const feedback_gradient feedback = {g->feedback, r->feedbackRows};
    backward_tiles(n, a->parameters, x + first * g->xTile, g->deltas, D + first * deltaTile, tiles, &feedback, &none);
    for (int t = 0; t < tiles; t++) {
      float *above = g->adjoints + (k + 1) * g->adjointTime + (ptrdiff_t)(first + t) * r->states * POTLINE_LANES;
      float *below = above - g->adjointTime;
      float *z = g->feedback + t * feedbackTile;
      for (int s = 0; s < r->states; s++) {
        const ptrdiff_t at = r->stateRow[s];
        *row_of(below, s) = fma16(splat(r->carry[s]), *row_of(above, s), *row_of(below, s) + *row_of(z, at));
        for (int lag = 1; lag < r->stateLags[s]; lag++) {
          v16 *earlier = row_of(below - lag * g->adjointTime, s);
          *earlier = *earlier + *row_of(z, at + lag);
        }
      }
    }
    first += tiles;
  }
}

INLINE void add_gradient(float *sum, const float *gradient, ptrdiff_t count) {
  for (ptrdiff_t k = 0; k < count; k += POTLINE_LANES) *(v16 *)(sum + k) = *(v16 *)(sum + k) + *(const v16 *)(gradient + k);
}

static int64_t simulate_group(potline_simulation_arguments *a, simulation_group *g, int firstTile, float *part) {
  const potline_network *n = a->network;
  const potline_recurrence *r = a->recurrence;
  prefetch_cursor none = {0};
  int64_t counted = 0;
  start_register(a, g, firstTile);
  memset(g->adjoints - (r->longestLag - 1) * g->adjointTime, 0,
         (size_t)(r->longestLag * g->adjointTime) * sizeof(float));
  for (int k = 0; k < a->steps; k++) {
    float *x = a->X + (ptrdiff_t)k * g->tiles * g->xTile;
    for (int first = 0; first < g->tiles;) {
      const int tiles = g->tiles - first >= NR_TILES ? NR_TILES : 1;
      forward_tiles(n, a->parameters, x + first * g->xTile, tiles, &none);
      first += tiles;
    }
#define ADVANCE(kind) counted += advance((potline_loss){kind, a->loss.threshold}, a, g, k)
    FOR_LOSS(a->loss.kind, ADVANCE)
#undef ADVANCE
  }
  const ptrdiff_t deltas = (ptrdiff_t)g->tiles * n->deltaRows * POTLINE_LANES;
  for (int end = a->steps; end > 0;) {
    const int start = (end - 1) / POTLINE_SIMULATION_CHUNK * POTLINE_SIMULATION_CHUNK;
    for (int k = end - 1; k >= start; k--) retreat(a, g, k, a->D + (k - start) * deltas);
    const int isFirst = firstTile == 0 && end == a->steps;
    weight_gradient(n, a->X + (ptrdiff_t)start * g->tiles * g->xTile, a->D, (end - start) * g->tiles,
                    isFirst ? a->gradient : part, &none);
    if (!isFirst) add_gradient(a->gradient, part, n->parameterCount);
    end = start;
  }
  if (a->initialGradient) {
    const int hidden = r->states - r->outputs;
    for (int tile = 0; tile < g->tiles; tile++) {
      for (int s = 0; s < hidden; s++) {
        *(v16 *)(a->initialGradient + ((ptrdiff_t)(firstTile + tile) * hidden + s) * POTLINE_LANES) =
            *row_of(g->adjoints + (ptrdiff_t)tile * r->states * POTLINE_LANES, r->outputs + s);
      }
    }
  }
  return counted;
}

static float simulation_gradient(potline_simulation_arguments *a) {
  require_simulation(a);
  float_environment saved = flush_denormals();
  const potline_network *n = a->network;
  const potline_recurrence *r = a->recurrence;
  const int tiles = (a->windows->count + POTLINE_LANES - 1) / POTLINE_LANES;
  // Padding of the last layer's deltas, and gradients that no block writes.
  memset(a->gradient, 0, (size_t)n->parameterCount * sizeof(float));
  float *part = a->scratch;
  memset(part, 0, (size_t)n->parameterCount * sizeof(float));
  simulation_group g = {.xTile = (ptrdiff_t)n->activationRows * POTLINE_LANES, .loss = (v16 *)(part + n->parameterCount)};
  for (int s = 0; s < r->outputs; s++) g.loss[s] = (v16){};
  float *room = part + n->parameterCount + r->outputs * POTLINE_LANES;
  a->counted = 0;
  for (int t = 0; t < tiles; t += g.tiles) {
    g.tiles = tiles - t < POTLINE_SIMULATION_TILES ? tiles - t : POTLINE_SIMULATION_TILES;
    const ptrdiff_t groupRow = (ptrdiff_t)g.tiles * POTLINE_LANES;
    g.adjointTime = r->states * groupRow;
    g.adjoints = room + (r->longestLag - 1) * g.adjointTime;
    g.fed = room + (ptrdiff_t)(a->steps + r->longestLag) * g.adjointTime;
    g.feedback = g.fed + (ptrdiff_t)(a->washout + 1) * r->outputs * groupRow;
    g.deltas = g.feedback + r->feedbackRows * groupRow;
    g.row = g.deltas + 2 * n->widestOutputs * groupRow;
    for (int tile = 0; tile < g.tiles; tile++) {
      for (int j = 0; j < POTLINE_LANES; j++) {
        const int w = (t + tile) * POTLINE_LANES + j, isWindow = w < a->windows->count;
        g.start[tile][j] = a->windows->start[isWindow ? w : 0];
        g.length[tile][j] = isWindow ? a->windows->last[w] - a->windows->start[w] : 0;
      }
    }
    a->counted += simulate_group(a, &g, t, part);
  }
  float sum = 0;
  for (int s = 0; s < r->outputs; s++) sum = __builtin_fmaf(r->weight[s], reduce_1(g.loss[s]), sum);
  restore_denormals(saved);
  return sum;
}

static float clip(const potline_clip_arguments *a) {
  REQUIRE(a->count >= 0 && a->count % POTLINE_LANES == 0 && IS_ALIGNED(a->gradient));
  float_environment saved = flush_denormals();
  v16 squares = {};
  for (int32_t k = 0; k < a->count; k += POTLINE_LANES) {
    v16 g = *(v16 *)(a->gradient + k) * splat(a->factor);
    if (a->mask) g = g * *(const v16 *)(a->mask + k);
    squares = fma16(g, g, squares);
    *(v16 *)(a->gradient + k) = g;
  }
  const float norm = __builtin_sqrtf(reduce_1(squares));
  if (norm > a->most) {
    const float factor = a->most / norm;
    for (int32_t k = 0; k < a->count; k += POTLINE_LANES) *(v16 *)(a->gradient + k) = *(v16 *)(a->gradient + k) * splat(factor);
  }
  restore_denormals(saved);
  return norm;
}
