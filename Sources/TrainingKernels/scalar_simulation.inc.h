// The reference of simulation.inc.h, one float at a time.

typedef struct {
  int tiles;
  float *adjoints;  // [time][tile][state][16], at time 0
  float *fed;       // 1 for a lane whose output was fed: [time][tile][output][16]
} simulation_memory;

static float *adjoint_row(const potline_simulation_arguments *a, const simulation_memory *g, int k, int tile, int s) {
  return g->adjoints + ((ptrdiff_t)k * g->tiles + tile) * a->recurrence->states * L + (ptrdiff_t)s * L;
}

static float *fed_row(const potline_simulation_arguments *a, const simulation_memory *g, int k, int tile, int s) {
  return g->fed + ((ptrdiff_t)k * g->tiles + tile) * a->recurrence->outputs * L + (ptrdiff_t)s * L;
}

// The recorded row of window w at time k; `isInside`: whether it is one of the window's.
static const float *recorded_row(const potline_windows *windows, int w, int k, int *isInside) {
  const int isWindow = w < windows->count, start = windows->start[isWindow ? w : 0];
  const int length = isWindow ? windows->last[w] - start : 0;
  *isInside = k <= length;
  return windows->rows + (int64_t)(start + (k < length ? k : length)) * windows->rowStride;
}

static void start_lane(const potline_simulation_arguments *a, const simulation_memory *g, int tile, int j, int w) {
  const potline_recurrence *r = a->recurrence;
  const int rows = a->network->activationRows, hidden = r->states - r->outputs;
  int isInside;
  for (int s = 0; s < r->outputs; s++) {
    for (int lag = 0; lag < r->stateLags[s]; lag++) {
      row(a->X, rows, tile, r->stateRow[s] + lag)[j] = recorded_row(a->windows, w, -lag, &isInside)[s];
    }
  }
  for (int i = 0; i < r->inputs; i++) {
    for (int lag = 0; lag < r->inputLags[i]; lag++) {
      row(a->X, rows, tile, r->inputRow[i] + lag)[j] = recorded_row(a->windows, w, -lag, &isInside)[r->outputs + i];
    }
  }
  for (int s = 0; s < hidden; s++) {
    row(a->X, rows, tile, r->stateRow[r->outputs + s])[j] =
        a->initial ? a->initial[((ptrdiff_t)(w / L) * hidden + s) * L + j] : 0;
  }
  row(a->X, rows, tile, a->network->inputs)[j] = 1;
  (void)g;
}

static int advance_lane(const potline_simulation_arguments *a, const simulation_memory *g, int k, int tile, int j,
                        int w, float *loss) {
  const potline_network *n = a->network;
  const potline_recurrence *r = a->recurrence;
  const int rows = n->activationRows, at = k * g->tiles + tile, next = at + g->tiles;
  const int outputStart = n->layers[n->layerCount - 1].outputStart;
  int counted = 0, isInside;
  const float *recorded = recorded_row(a->windows, w, k + 1, &isInside);
  for (int s = 0; s < r->states; s++) {
    const int z = r->stateRow[s];
    float value = fmaf(r->carry[s], row(a->X, rows, at, z)[j], r->offset[s]), slope = 0;
    value = fmaf(r->gain[s], row(a->X, rows, at, outputStart + s)[j], value);
    if (s < r->outputs) {
      const float target = recorded[s];
      const int isMeasured = isInside && target == target;
      if (k + 1 <= a->washout) {
        if (isMeasured) value = target;
        fed_row(a, g, k + 1, tile, s)[j] = isMeasured ? 1 : 0;
      } else {
        const float error = isMeasured ? value - target : 0;
        loss[s * L + j] = scalar_loss(a->loss, error, loss[s * L + j]);
        slope = 2 * r->weight[s] * scalar_half_slope(a->loss, error);
        counted += isMeasured;
      }
    }
    adjoint_row(a, g, k + 1, tile, s)[j] = slope;
    row(a->X, rows, next, z)[j] = value;
    for (int lag = 1; lag < r->stateLags[s]; lag++) {
      row(a->X, rows, next, z + lag)[j] = row(a->X, rows, at, z + lag - 1)[j];
    }
  }
  for (int i = 0; i < r->inputs; i++) {
    const int z = r->inputRow[i];
    row(a->X, rows, next, z)[j] = recorded[r->outputs + i];
    for (int lag = 1; lag < r->inputLags[i]; lag++) {
      row(a->X, rows, next, z + lag)[j] = row(a->X, rows, at, z + lag - 1)[j];
    }
  }
  row(a->X, rows, next, n->inputs)[j] = 1;
  return counted;
}

// The gradient of input row z of one lane, over the layers from the last to the first.
static float feedback_of(const potline_simulation_arguments *a, float *D, int delta, int j, int z) {
  const potline_network *n = a->network;
  float sum = 0;
  for (int l = n->layerCount - 1; l >= 0; l--) {
    const potline_layer *layer = &n->layers[l];
    if (layer->inputRows == 0) continue;
    const float *w = a->parameters + layer->parameterStart + (ptrdiff_t)(layer->hiddenRows + z) * layer->paddedOutputs;
    for (int o = 0; o < layer->outputs; o++) sum = fmaf(w[o], row(D, n->deltaRows, delta, layer->deltaStart + o)[j], sum);
  }
  return sum;
}

// `D`: of the chunk that begins at time `start`.
static void retreat_tile(const potline_simulation_arguments *a, const simulation_memory *g, int k, int start, int tile) {
  const potline_network *n = a->network;
  const potline_recurrence *r = a->recurrence;
  const int delta = (k - start) * g->tiles + tile, deltaStart = n->layers[n->layerCount - 1].deltaStart;
  for (int s = 0; s < r->states; s++) {
    float *adjoint = adjoint_row(a, g, k + 1, tile, s);
    for (int j = 0; j < L; j++) {
      if (s < r->outputs && k + 1 <= a->washout && fed_row(a, g, k + 1, tile, s)[j] != 0) adjoint[j] = 0;
      row(a->D, n->deltaRows, delta, deltaStart + s)[j] = r->gain[s] * adjoint[j];
    }
  }
  float *X = a->X + (ptrdiff_t)start * g->tiles * n->activationRows * L;
  backward_tile(n, a->parameters, X, a->D, delta);
  for (int s = 0; s < r->states; s++) {
    for (int j = 0; j < L; j++) {
      float *below = adjoint_row(a, g, k, tile, s) + j;
      const float z = feedback_of(a, a->D, delta, j, r->stateRow[s]);
      *below = fmaf(r->carry[s], adjoint_row(a, g, k + 1, tile, s)[j], *below + z);
      for (int lag = 1; lag < r->stateLags[s]; lag++) {
        float *earlier = adjoint_row(a, g, k - lag, tile, s) + j;
        *earlier = *earlier + feedback_of(a, a->D, delta, j, r->stateRow[s] + lag);
      }
    }
  }
}

static float simulation_gradient(potline_simulation_arguments *a) {
  require_simulation(a);
  float_environment saved = flush_denormals();
  const potline_network *n = a->network;
  const potline_recurrence *r = a->recurrence;
  const int tiles = (a->windows->count + L - 1) / L, hidden = r->states - r->outputs;
  float *part = a->scratch, *loss = part + n->parameterCount, *room = loss + r->outputs * L;
  memset(a->gradient, 0, (size_t)n->parameterCount * sizeof(float));
  memset(part, 0, (size_t)n->parameterCount * sizeof(float));
  memset(loss, 0, (size_t)(r->outputs * L) * sizeof(float));
  a->counted = 0;
  for (int first = 0; first < tiles; first += POTLINE_SIMULATION_TILES) {
    simulation_memory g = {.tiles = tiles - first < POTLINE_SIMULATION_TILES ? tiles - first : POTLINE_SIMULATION_TILES};
    const ptrdiff_t time = (ptrdiff_t)g.tiles * r->states * L;
    g.adjoints = room + (r->longestLag - 1) * time;
    g.fed = room + (a->steps + r->longestLag) * time;
    memset(room, 0, (size_t)(r->longestLag * time) * sizeof(float));
    for (int tile = 0; tile < g.tiles; tile++) {
      for (int j = 0; j < L; j++) start_lane(a, &g, tile, j, (first + tile) * L + j);
    }
    for (int k = 0; k < a->steps; k++) {
      for (int tile = 0; tile < g.tiles; tile++) {
        forward_tile(n, a->parameters, a->X, k * g.tiles + tile);
        for (int j = 0; j < L; j++) a->counted += advance_lane(a, &g, k, tile, j, (first + tile) * L + j, loss);
      }
    }
    for (int end = a->steps; end > 0;) {
      const int start = (end - 1) / POTLINE_SIMULATION_CHUNK * POTLINE_SIMULATION_CHUNK;
      for (int k = end - 1; k >= start; k--) {
        for (int tile = 0; tile < g.tiles; tile++) retreat_tile(a, &g, k, start, tile);
      }
      float *X = a->X + (ptrdiff_t)start * g.tiles * n->activationRows * L;
      const int isFirst = first == 0 && end == a->steps;
      weight_gradient(n, X, a->D, (end - start) * g.tiles, isFirst ? a->gradient : part);
      for (int p = 0; !isFirst && p < n->parameterCount; p++) a->gradient[p] = a->gradient[p] + part[p];
      end = start;
    }
    for (int tile = 0; a->initialGradient && tile < g.tiles; tile++) {
      for (int s = 0; s < hidden; s++) {
        memcpy(a->initialGradient + ((ptrdiff_t)(first + tile) * hidden + s) * L,
               adjoint_row(a, &g, 0, tile, r->outputs + s), L * sizeof(float));
      }
    }
  }
  float sum = 0;
  for (int s = 0; s < r->outputs; s++) sum = fmaf(r->weight[s], reduce(loss + s * L, L), sum);
  restore_denormals(saved);
  return sum;
}

static float clip(const potline_clip_arguments *a) {
  float_environment saved = flush_denormals();
  float squares[L] = {0};
  for (int32_t k = 0; k < a->count; k++) {
    float g = a->gradient[k] * a->factor;
    if (a->mask) g = g * a->mask[k];
    squares[k % L] = fmaf(g, g, squares[k % L]);
    a->gradient[k] = g;
  }
  const float norm = sqrtf(reduce(squares, L));
  for (int32_t k = 0; norm > a->most && k < a->count; k++) a->gradient[k] = a->gradient[k] * (a->most / norm);
  restore_denormals(saved);
  return norm;
}
