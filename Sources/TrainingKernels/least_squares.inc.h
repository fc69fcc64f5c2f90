// Nonlinear least squares in double precision: the sum of the losses of a network's errors, its gradient, and the normal
// equations of Gauss and Newton. Weights that are zero are not there and cost nothing.
//
// The sensitivities of the states by the parameters run forward in time with the simulation. The network's own derivatives
// (of its outputs by its parameters, and by the fed-back part of its input) depend on the states alone: they are computed for
// D_LANES time steps side by side, once the simulation is known. What is left for the recursion is
//   S(k + 1) = carry S(k) + gain (D(k) + A(k) Z(k)),
// with the parameters in the lanes, D = df/dp, A = df/dz of the fed-back rows, Z the sensitivities of these rows. So a step
// costs outputs x weights + states x feedback rows x parameters multiply-adds, and J'J, in blocks of registers, parameters^2 / 2
// an error; J itself is never whole in memory.
//
// Every sum has one order, by window, time and output, in which lanes have no part: all instruction sets, and plain doubles
// (D_LANES 1), give the same bits.

#if D_LANES == 1
#define INLINE static inline
#define UNROLL
typedef double dv;
typedef uint64_t du;
static inline du d_bits(dv a) {
  du b;
  memcpy(&b, &a, sizeof b);
  return b;
}
static inline dv d_from_bits(du a) {
  dv b;
  memcpy(&b, &a, sizeof b);
  return b;
}
#else
typedef double dv __attribute__((ext_vector_type(8), aligned(64)));
typedef uint64_t du __attribute__((ext_vector_type(8), aligned(64)));
INLINE du d_bits(dv a) { return (du)a; }
INLINE dv d_from_bits(du a) { return (dv)a; }
#endif

INLINE dv d_splat(double a) { return (dv)a; }
INLINE dv d_fma(dv a, dv b, dv c) { return __builtin_elementwise_fma(a, b, c); }
INLINE dv *d_row(double *memory, ptrdiff_t row) { return (dv *)(memory + row * D_LANES); }
INLINE double *d_lanes(dv *row) { return (double *)row; }

#define DOUBLE_POLICIES
#include "activation.h"
#include "loss.h"

enum { SQUARES_CHUNK = POTLINE_SQUARES_CHUNK };

// ---- The network ----

// Its units from its input in x; x: [inputs + units + 1], the last is 1.
INLINE void network_values(const potline_double_network *n, dv *x) {
  for (int u = 0; u < n->units; u++) {
    dv sum = d_splat(0);
    for (int p = n->unitStart[u]; p < n->unitStart[u + 1]; p++) {
      sum = d_fma(d_splat(n->value[p]), x[n->source[p]], sum);
    }
    x[n->inputs + u] = u < n->units - n->outputs ? d_activation(n->activation, sum) : sum;
  }
}

// Adds the derivatives of Σ seed[o] output[o]: by the parameters to D, by the network's input to delta[0 ..< inputs]. Only
// the outputs `first` ..< `first` + `count` have a seed. delta: [inputs + units + 1].
INLINE void network_derivatives(const potline_double_network *n, const dv *x, int first, int count, const dv *seed,
                                dv *delta, dv *D, int adds) {
  const int hidden = n->units - n->outputs;
  for (int s = 0; s < n->inputs + n->units; s++) delta[s] = d_splat(0);
  for (int o = 0; o < count; o++) delta[n->inputs + hidden + first + o] = seed[o];
  for (int u = n->units - 1; u >= 0; u--) {
    if (u >= hidden && (u < hidden + first || u >= hidden + first + count)) continue;
    dv d = delta[n->inputs + u];
    if (u < hidden) d = d * d_slope(n->activation, x[n->inputs + u]);
    for (int p = n->unitStart[u]; p < n->unitStart[u + 1]; p++) {
      D[p] = adds ? d_fma(d, x[n->source[p]], D[p]) : d * x[n->source[p]];
      delta[n->source[p]] = d_fma(d_splat(n->value[p]), d, delta[n->source[p]]);
    }
  }
}

// ---- Simulation ----

typedef struct {
  int stateRows;   // rows of the states of a window: the lags before its first, then times 0 ... steps
  int firstRow;    // that of time 0
} squares_layout;

static squares_layout layout_of(const potline_squares_arguments *a) {
  squares_layout layout = {.firstRow = a->longestStateLag - 1};
  layout.stateRows = layout.firstRow + a->steps + 1;
  return layout;
}

static int window_steps(const potline_squares_arguments *a, int w) {
  const int length = a->windows->last[w] - a->windows->start[w];
  return length < a->steps ? length : a->steps;
}

static const float *recorded(const potline_squares_arguments *a, int w, int k) {
  return a->windows->rows + ((int64_t)a->windows->start[w] + k) * a->windows->rowStride;
}

static double *states_of(const potline_squares_arguments *a, int w, int k) {
  const squares_layout layout = layout_of(a);
  return a->states + ((ptrdiff_t)w * layout.stateRows + layout.firstRow + k) * a->recurrence->states;
}

static double initial_state(const potline_squares_arguments *a, int w, int s) {
  const potline_recurrence *r = a->recurrence;
  return a->initial ? a->initial[(ptrdiff_t)w * (r->states - r->outputs) + s] : 0;
}

// Puts the state of time 0 of a window into its lane, and into the states.
static void start_window(const potline_squares_arguments *a, int w, int lane, dv *x) {
  const potline_recurrence *r = a->recurrence;
  for (int s = 0; s < r->states; s++) {
    for (int lag = 0; lag < r->stateLags[s]; lag++) {
      const double value = s < r->outputs ? recorded(a, w, -lag)[s] : initial_state(a, w, s - r->outputs);
      d_lanes(&x[r->stateRow[s] + lag])[lane] = value;
      states_of(a, w, -lag)[s] = value;
    }
  }
  for (int i = 0; i < r->inputs; i++) {
    for (int lag = 0; lag < r->inputLags[i]; lag++) {
      d_lanes(&x[r->inputRow[i] + lag])[lane] = recorded(a, w, -lag)[r->outputs + i];
    }
  }
}

// Simulates the windows first ..< first + D_LANES; returns the losses of each lane. `kept`: x of every time, or NULL.
INLINE dv simulate_windows(potline_squares_arguments *a, int first, dv *x, double *kept) {
  const potline_recurrence *r = a->recurrence;
  const potline_double_network *n = a->network;
  const int slots = n->inputs + n->units + 1;
  int steps[D_LANES], most = 0;
  for (int s = 0; s < slots; s++) x[s] = d_splat(0);
  for (int j = 0; j < D_LANES; j++) {
    // Empty lanes repeat the last window.
    const int w = first + j < a->windows->count ? first + j : a->windows->count - 1;
    steps[j] = window_steps(a, w);
    if (steps[j] > most) most = steps[j];
    start_window(a, w, j, x);
  }
  x[slots - 1] = d_splat(1);
  dv losses = d_splat(0);
  for (int k = 0; k < most; k++) {
    network_values(n, x);
    if (kept) memcpy(kept + (ptrdiff_t)k * slots * D_LANES, x, (size_t)slots * sizeof(dv));
    dv target = d_splat(0);
    for (int s = 0; s < r->states; s++) {
      const int z = r->stateRow[s];
      dv value = d_fma(d_splat(r->carry[s]), x[z], d_splat(r->offset[s]));
      value = d_fma(d_splat(r->gain[s]), x[n->inputs + n->units - r->states + s], value);
      if (s < r->outputs) {
        dv measured = d_splat(0);
        for (int j = 0; j < D_LANES; j++) {
          const int w = first + j;
          double y = 0, isMeasured = 0;
          if (w < a->windows->count && k + 1 <= steps[j]) {
            y = recorded(a, w, k + 1)[s];
            isMeasured = y == y;
          }
          d_lanes(&target)[j] = isMeasured != 0 ? y : 0;
          d_lanes(&measured)[j] = isMeasured;
          a->counted += k + 1 > a->washout && isMeasured != 0;
        }
        if (k + 1 <= a->washout) {
          value = measured > 0 ? target : value;
        } else {
          const dv error = measured > 0 ? value - target : d_splat(0);
          losses = d_fma(d_splat(r->weight[s]), d_loss(a->loss, error), losses);
        }
      }
      for (int lag = r->stateLags[s] - 1; lag > 0; lag--) x[z + lag] = x[z + lag - 1];
      x[z] = value;
      for (int j = 0; j < D_LANES; j++) {
        if (first + j < a->windows->count && k + 1 <= steps[j]) states_of(a, first + j, k + 1)[s] = d_lanes(&value)[j];
      }
    }
    for (int i = 0; i < r->inputs; i++) {
      const int z = r->inputRow[i];
      for (int lag = r->inputLags[i] - 1; lag > 0; lag--) x[z + lag] = x[z + lag - 1];
      for (int j = 0; j < D_LANES; j++) {
        const int w = first + j < a->windows->count ? first + j : a->windows->count - 1;
        d_lanes(&x[z])[j] = recorded(a, w, k + 1 < steps[j] ? k + 1 : steps[j])[r->outputs + i];
      }
    }
  }
  return losses;
}

static double sum_of_lanes(dv losses, int count, double sum) {
  for (int j = 0; j < D_LANES && j < count; j++) sum = sum + d_lanes(&losses)[j];
  return sum;
}

// The network's input of the samples order[first ..< first + D_LANES], and its units.
INLINE void sample_values(const potline_squares_arguments *a, int first, dv *x) {
  const potline_double_network *n = a->network;
  for (int j = 0; j < D_LANES; j++) {
    const int at = first + j < a->sampleCount ? first + j : a->sampleCount - 1;
    const float *row = a->samples->rows + (int64_t)a->order[at] * a->samples->rowStride;
    for (int i = 0; i < n->inputs; i++) d_lanes(&x[i])[j] = row[i];
  }
  x[n->inputs + n->units] = d_splat(1);
  network_values(n, x);
}

// The error of an output in each lane; 0, and not counted, where the target is missing.
INLINE dv sample_errors(const potline_squares_arguments *a, int first, int o, const dv *x, dv *measured) {
  const potline_double_network *n = a->network;
  dv target = d_splat(0);
  *measured = d_splat(0);
  for (int j = 0; j < D_LANES && first + j < a->sampleCount; j++) {
    const float *row = a->samples->rows + (int64_t)a->order[first + j] * a->samples->rowStride;
    const double y = row[a->samples->targetStart + o];
    d_lanes(&target)[j] = y == y ? y : 0;
    d_lanes(measured)[j] = y == y;
  }
  return *measured > 0 ? x[n->inputs + n->units - n->outputs + o] - target : d_splat(0);
}

static double squares(potline_squares_arguments *a) {
  require_squares(a);
  float_environment saved = flush_denormals();
  const potline_double_network *n = a->network;
  double sum = 0;
  a->counted = 0;
  dv *x = (dv *)a->scratch;
  if (a->recurrence) {
    for (int first = 0; first < a->windows->count; first += D_LANES) {
      sum = sum_of_lanes(simulate_windows(a, first, x, NULL), a->windows->count - first, sum);
    }
  } else {
    for (int first = 0; first < a->sampleCount; first += D_LANES) {
      sample_values(a, first, x);
      dv losses = d_splat(0);
      for (int o = 0; o < n->outputs; o++) {
        dv measured;
        const dv error = sample_errors(a, first, o, x, &measured);
        losses = losses + d_loss(a->loss, error);
        for (int j = 0; j < D_LANES; j++) a->counted += d_lanes(&measured)[j] != 0;
      }
      sum = sum_of_lanes(losses, a->sampleCount - first, sum);
    }
  }
  restore_denormals(saved);
  return sum;
}

// ---- Normal equations ----

// Rows of J of a chunk: the row, the row times its weight, and the error.
typedef struct {
  int count;
  const double **rows;
  double *weighted;  // [rows][padded]
  double *errors;
} jacobian_rows;

#if D_LANES == 1
#define SQUARES_MR 1
#define SQUARES_NR 1
#else
#define SQUARES_MR SQUARES_ROWS
#define SQUARES_NR SQUARES_VECTORS
#endif

// normal[i ..< i + SQUARES_MR][j ..< j + vectors * D_LANES] += Σ weighted[row][i] rows[row][j].
INLINE void add_block(const jacobian_rows *J, int padded, double *normal, int i, int j, int vectors) {
  dv sum[SQUARES_MR][SQUARES_NR];
  UNROLL for (int m = 0; m < SQUARES_MR; m++) {
    UNROLL for (int v = 0; v < vectors; v++) sum[m][v] = *(dv *)(normal + (ptrdiff_t)(i + m) * padded + j + v * D_LANES);
  }
  for (int r = 0; r < J->count; r++) {
    const double *left = J->weighted + (ptrdiff_t)r * padded + i, *right = J->rows[r] + j;
    UNROLL for (int m = 0; m < SQUARES_MR; m++) {
      UNROLL for (int v = 0; v < vectors; v++) {
        sum[m][v] = d_fma(d_splat(left[m]), *(const dv *)(right + v * D_LANES), sum[m][v]);
      }
    }
  }
  UNROLL for (int m = 0; m < SQUARES_MR; m++) {
    UNROLL for (int v = 0; v < vectors; v++) *(dv *)(normal + (ptrdiff_t)(i + m) * padded + j + v * D_LANES) = sum[m][v];
  }
}

// Adds the rows to the upper triangle of the normal equations, and to the gradient.
static void add_rows(const jacobian_rows *J, int padded, double *normal, double *gradient) {
  if (J->count == 0) return;
  for (int i = 0; i < padded; i += SQUARES_MR) {
    int j = i / D_LANES * D_LANES;
    for (; j + SQUARES_NR * D_LANES <= padded; j += SQUARES_NR * D_LANES) add_block(J, padded, normal, i, j, SQUARES_NR);
    for (; j < padded; j += D_LANES) add_block(J, padded, normal, i, j, 1);
  }
  for (int p = 0; p < padded; p += D_LANES) {
    dv sum = *(dv *)(gradient + p);
    for (int r = 0; r < J->count; r++) {
      sum = d_fma(d_splat(J->errors[r]), *(const dv *)(J->weighted + (ptrdiff_t)r * padded + p), sum);
    }
    *(dv *)(gradient + p) = sum;
  }
}

static void push_row(const potline_squares_arguments *a, jacobian_rows *J, const double *row, double error, double weight) {
  const dv w = d_splat(weight * d_weight(a->loss, error));
  double *weighted = J->weighted + (ptrdiff_t)J->count * a->padded;
  for (int p = 0; p < a->padded; p += D_LANES) *(dv *)(weighted + p) = w * *(const dv *)(row + p);
  J->rows[J->count] = row;
  J->errors[J->count++] = error;
}

// D: [padded] of D_LANES times -> row `r` of each time's block; rows[t * stride + p].
INLINE void scatter_derivatives(const dv *D, int padded, double *rows, ptrdiff_t stride, int times) {
#if D_LANES == 1
  (void)times, (void)stride;
  memcpy(rows, D, (size_t)padded * sizeof(double));
#else
  for (int p = 0; p < padded; p += D_LANES) {
    dv a[8], b[8];
    UNROLL for (int k = 0; k < 8; k += 2) {
      a[k] = SHUFFLE(D[p + k], D[p + k + 1], 0, 8, 2, 10, 4, 12, 6, 14);
      a[k + 1] = SHUFFLE(D[p + k], D[p + k + 1], 1, 9, 3, 11, 5, 13, 7, 15);
    }
    UNROLL for (int k = 0; k < 8; k += 4) {
      UNROLL for (int h = 0; h < 2; h++) {
        b[k + h] = SHUFFLE(a[k + h], a[k + 2 + h], 0, 1, 8, 9, 4, 5, 12, 13);
        b[k + 2 + h] = SHUFFLE(a[k + h], a[k + 2 + h], 2, 3, 10, 11, 6, 7, 14, 15);
      }
    }
    UNROLL for (int h = 0; h < 4; h++) {
      a[h] = SHUFFLE(b[h], b[4 + h], 0, 1, 2, 3, 8, 9, 10, 11);
      a[4 + h] = SHUFFLE(b[h], b[4 + h], 4, 5, 6, 7, 12, 13, 14, 15);
    }
    for (int t = 0; t < times; t++) *(dv *)(rows + t * stride + p) = a[t];
  }
#endif
}

typedef struct {
  dv *x;          // [inputs + units + 1]
  dv *delta;      // alike
  dv *D;          // [padded]
  double *rows;   // dD/dp of a chunk: [chunk][states][padded]
  double *inner;  // df/dz of a chunk: [chunk][states][feedback rows]
  double *S;      // sensitivities: [longest lag + chunk][states][padded]
  jacobian_rows J;
} squares_memory;

static double *take(double **memory, ptrdiff_t count) {
  double *taken = *memory;
  *memory += (count + 7) / 8 * 8;
  return taken;
}

static squares_memory memory_of(const potline_squares_arguments *a) {
  const potline_double_network *n = a->network;
  const ptrdiff_t slots = n->inputs + n->units + 1, block = (ptrdiff_t)n->outputs * a->padded;
  double *at = a->scratch;
  squares_memory g;
  g.x = (dv *)take(&at, slots * D_LANES);
  g.delta = (dv *)take(&at, slots * D_LANES);
  g.D = (dv *)take(&at, (ptrdiff_t)a->padded * D_LANES);
  g.rows = take(&at, SQUARES_CHUNK * block);
  g.inner = take(&at, (ptrdiff_t)SQUARES_CHUNK * n->outputs * n->inputs);
  g.S = take(&at, (a->longestStateLag + SQUARES_CHUNK) * block);
  g.J.weighted = take(&at, SQUARES_CHUNK * block);
  g.J.errors = take(&at, (ptrdiff_t)SQUARES_CHUNK * n->outputs);
  g.J.rows = (const double **)take(&at, (ptrdiff_t)SQUARES_CHUNK * n->outputs);
  g.J.count = 0;
  for (int p = 0; p < a->padded; p++) g.D[p] = d_splat(0);
  return g;
}

// The network's derivatives of the times from ..< from + D_LANES of a window; what is past `end` repeats the last.
INLINE void derivatives_of_times(const potline_squares_arguments *a, const squares_memory *g, int w, int from, int end,
                                 int chunk) {
  const potline_recurrence *r = a->recurrence;
  const potline_double_network *n = a->network;
  const int times = end - from < D_LANES ? end - from : D_LANES;
  for (int j = 0; j < D_LANES; j++) {
    const int k = j < times ? from + j : end - 1;
    for (int s = 0; s < r->states; s++) {
      for (int lag = 0; lag < r->stateLags[s]; lag++) {
        d_lanes(&g->x[r->stateRow[s] + lag])[j] = states_of(a, w, k - lag)[s];
      }
    }
    for (int i = 0; i < r->inputs; i++) {
      for (int lag = 0; lag < r->inputLags[i]; lag++) {
        d_lanes(&g->x[r->inputRow[i] + lag])[j] = recorded(a, w, k - lag)[r->outputs + i];
      }
    }
  }
  g->x[n->inputs + n->units] = d_splat(1);
  network_values(n, g->x);
  const int hidden = n->units - n->outputs;
  const dv one = d_splat(1);
  for (int s = 0; s < r->states; s++) {
    // The other outputs' parameters have no part in this one.
    for (int p = n->unitStart[hidden]; p < n->unitStart[n->units]; p++) g->D[p] = d_splat(0);
    network_derivatives(n, g->x, s, 1, &one, g->delta, g->D, 0);
    const ptrdiff_t stride = (ptrdiff_t)r->states * a->padded;
    scatter_derivatives(g->D, a->padded, g->rows + (from - chunk) * stride + (ptrdiff_t)s * a->padded, stride, times);
    for (int j = 0; j < times; j++) {
      double *inner = g->inner + ((ptrdiff_t)(from - chunk + j) * r->states + s) * r->feedbackRows;
      for (int z = 0; z < r->feedbackRows; z++) inner[z] = d_lanes(&g->delta[z])[j];
    }
  }
}

// Adds a window's errors to the normal equations; the states of its simulation are known.
static void add_window(const potline_squares_arguments *a, squares_memory *g, int w) {
  const potline_recurrence *r = a->recurrence;
  const ptrdiff_t padded = a->padded, time = (ptrdiff_t)r->states * padded;
  const int lags = a->longestStateLag, steps = window_steps(a, w), hidden = r->states - r->outputs;
  // S of time k of the chunk from c on is at [lags - 1 + k - c].
  memset(g->S, 0, (size_t)(lags * time) * sizeof(double));
  for (int s = 0; a->initialParameter >= 0 && s < hidden; s++) {
    g->S[(lags - 1) * time + (r->outputs + s) * padded + a->initialParameter + (ptrdiff_t)w * hidden + s] = 1;
  }
  for (int chunk = 0; chunk < steps; chunk += SQUARES_CHUNK) {
    const int end = chunk + SQUARES_CHUNK < steps ? chunk + SQUARES_CHUNK : steps;
    for (int from = chunk; from < end; from += D_LANES) derivatives_of_times(a, g, w, from, end, chunk);
    g->J.count = 0;
    for (int k = chunk; k < end; k++) {
      const double *S = g->S + (lags - 1 + k - chunk) * time;
      double *next = g->S + (lags + k - chunk) * time;
      const float *row = recorded(a, w, k + 1);
      for (int s = 0; s < r->states; s++) {
        const int isMeasured = s < r->outputs && row[s] == row[s];
        double *target = next + s * padded;
        if (isMeasured && k + 1 <= a->washout) {
          memset(target, 0, (size_t)padded * sizeof(double));
          continue;
        }
        const double *inner = g->inner + ((ptrdiff_t)(k - chunk) * r->states + s) * r->feedbackRows;
        const double *D = g->rows + (k - chunk) * time + s * padded;
        const dv carry = d_splat(r->carry[s]), gain = d_splat(r->gain[s]);
        for (int p = 0; p < padded; p += D_LANES) {
          dv sum = *(const dv *)(D + p);
          int z = 0;
          for (int q = 0; q < r->states; q++) {
            for (int lag = 0; lag < r->stateLags[q]; lag++) {
              sum = d_fma(d_splat(inner[z++]), *(const dv *)(S - lag * time + q * padded + p), sum);
            }
          }
          *(dv *)(target + p) = d_fma(gain, sum, carry * *(const dv *)(S + s * padded + p));
        }
        if (isMeasured) push_row(a, &g->J, target, states_of(a, w, k + 1)[s] - (double)row[s], r->weight[s]);
      }
    }
    add_rows(&g->J, a->padded, a->normal, a->gradient);
    if (end < steps) memmove(g->S, g->S + (end - chunk) * time, (size_t)(lags * time) * sizeof(double));
  }
}

// Adds the samples from `chunk` on.
static void add_samples(const potline_squares_arguments *a, squares_memory *g, int chunk) {
  const potline_double_network *n = a->network;
  const int end = chunk + SQUARES_CHUNK < a->sampleCount ? chunk + SQUARES_CHUNK : a->sampleCount;
  const int hidden = n->units - n->outputs;
  const ptrdiff_t stride = (ptrdiff_t)n->outputs * a->padded;
  const dv one = d_splat(1);
  g->J.count = 0;
  for (int from = chunk; from < end; from += D_LANES) {
    const int times = end - from < D_LANES ? end - from : D_LANES;
    sample_values(a, from, g->x);
    for (int o = 0; o < n->outputs; o++) {
      double *rows = g->rows + (from - chunk) * stride + (ptrdiff_t)o * a->padded;
      for (int p = n->unitStart[hidden]; p < n->unitStart[n->units]; p++) g->D[p] = d_splat(0);
      network_derivatives(n, g->x, o, 1, &one, g->delta, g->D, 0);
      scatter_derivatives(g->D, a->padded, rows, stride, times);
    }
    for (int j = 0; j < times; j++) {
      for (int o = 0; o < n->outputs; o++) {
        const float *row = a->samples->rows + (int64_t)a->order[from + j] * a->samples->rowStride;
        const double target = row[a->samples->targetStart + o];
        if (target != target) continue;
        const double error = d_lanes(&g->x[n->inputs + hidden + o])[j] - target;
        push_row(a, &g->J, g->rows + (from - chunk + j) * stride + (ptrdiff_t)o * a->padded, error, 1);
      }
    }
  }
  add_rows(&g->J, a->padded, a->normal, a->gradient);
}

static void normal_equations(potline_squares_arguments *a) {
  require_squares(a);
  float_environment saved = flush_denormals();
  memset(a->normal, 0, (size_t)a->padded * a->padded * sizeof(double));
  memset(a->gradient, 0, (size_t)a->padded * sizeof(double));
  squares_memory g = memory_of(a);
  if (a->recurrence) {
    for (int w = 0; w < a->windows->count; w++) add_window(a, &g, w);
  } else {
    for (int chunk = 0; chunk < a->sampleCount; chunk += SQUARES_CHUNK) add_samples(a, &g, chunk);
  }
  restore_denormals(saved);
}

// ---- The gradient alone, backward in time, with windows in the lanes ----

// Adds each lane's derivatives to the gradient, lane by lane.
INLINE void add_lanes(const potline_squares_arguments *a, const dv *D, int count) {
  for (int p = 0; p < a->network->unitStart[a->network->units]; p++) {
    for (int j = 0; j < D_LANES && j < count; j++) a->gradient[p] = a->gradient[p] + ((const double *)&D[p])[j];
  }
}

INLINE void window_gradients(potline_squares_arguments *a, const squares_memory *g, int first, double *kept, dv *adjoints) {
  const potline_recurrence *r = a->recurrence;
  const potline_double_network *n = a->network;
  const int slots = n->inputs + n->units + 1, hidden = r->states - r->outputs;
  int steps[D_LANES], most = 0;
  for (int j = 0; j < D_LANES; j++) {
    steps[j] = first + j < a->windows->count ? window_steps(a, first + j) : 0;
    if (steps[j] > most) most = steps[j];
  }
  for (int p = 0; p < a->padded; p++) g->D[p] = d_splat(0);
  // The adjoint of state s at time k is at [(lags - 1 + k)][s].
  const int lags = a->longestStateLag;
  for (ptrdiff_t k = 0; k < (ptrdiff_t)(lags + most) * r->states; k++) adjoints[k] = d_splat(0);
  dv *seed = adjoints + (ptrdiff_t)(lags + most) * r->states;
  for (int k = most - 1; k >= 0; k--) {
    dv *above = adjoints + (ptrdiff_t)(lags + k) * r->states;
    for (int s = 0; s < r->states; s++) {
      for (int j = 0; j < D_LANES; j++) {
        double *adjoint = &d_lanes(&above[s])[j];
        if (k + 1 > steps[j]) {
          *adjoint = 0;
        } else if (s < r->outputs) {
          const double y = recorded(a, first + j, k + 1)[s];
          if (y != y) continue;
          const double error = states_of(a, first + j, k + 1)[s] - y;
          *adjoint = k + 1 <= a->washout ? 0 : *adjoint + r->weight[s] * d_weight(a->loss, error) * error;
        }
      }
      seed[s] = d_splat(r->gain[s]) * above[s];
    }
    const dv *x = (const dv *)(kept + (ptrdiff_t)k * slots * D_LANES);
    network_derivatives(n, x, 0, n->outputs, seed, g->delta, g->D, 1);
    for (int s = 0; s < r->states; s++) {
      above[s - r->states] = d_fma(d_splat(r->carry[s]), above[s], above[s - r->states]);
      for (int lag = 0; lag < r->stateLags[s]; lag++) {
        dv *earlier = above + s - (ptrdiff_t)(lag + 1) * r->states;
        *earlier = *earlier + g->delta[r->stateRow[s] + lag];
      }
    }
  }
  add_lanes(a, g->D, a->windows->count - first);
  for (int j = 0; a->initialParameter >= 0 && j < D_LANES && first + j < a->windows->count; j++) {
    for (int s = 0; s < hidden; s++) {
      a->gradient[a->initialParameter + (ptrdiff_t)(first + j) * hidden + s] =
          d_lanes(&adjoints[(ptrdiff_t)(lags - 1) * r->states + r->outputs + s])[j];
    }
  }
}

static double squares_gradient(potline_squares_arguments *a) {
  require_squares(a);
  float_environment saved = flush_denormals();
  const potline_double_network *n = a->network;
  memset(a->gradient, 0, (size_t)a->padded * sizeof(double));
  squares_memory g = memory_of(a);
  double sum = 0;
  a->counted = 0;
  if (a->recurrence) {
    double *kept = g.rows;
    dv *adjoints = (dv *)(kept + (ptrdiff_t)a->steps * (n->inputs + n->units + 1) * D_LANES);
    for (int first = 0; first < a->windows->count; first += D_LANES) {
      sum = sum_of_lanes(simulate_windows(a, first, g.x, kept), a->windows->count - first, sum);
      window_gradients(a, &g, first, kept, adjoints);
    }
  } else {
    dv *seed = (dv *)g.rows;
    for (int first = 0; first < a->sampleCount; first += D_LANES) {
      sample_values(a, first, g.x);
      dv losses = d_splat(0);
      for (int o = 0; o < n->outputs; o++) {
        dv measured;
        const dv error = sample_errors(a, first, o, g.x, &measured);
        losses = losses + d_loss(a->loss, error);
        for (int j = 0; j < D_LANES; j++) {
          a->counted += d_lanes(&measured)[j] != 0;
          d_lanes(&seed[o])[j] = d_weight(a->loss, d_lanes((dv *)&error)[j]) * d_lanes((dv *)&error)[j];
        }
      }
      sum = sum_of_lanes(losses, a->sampleCount - first, sum);
      network_derivatives(n, g.x, 0, n->outputs, seed, g.delta, g.D, 0);
      add_lanes(a, g.D, a->sampleCount - first);
    }
  }
  restore_denormals(saved);
  return sum;
}

// ---- Linear systems ----

// The upper triangle of a symmetric matrix [n][stride] becomes its Cholesky factor U, matrix = U'U. Returns 0 if it isn't
// positive definite.
static int factorise(double *matrix, int32_t n, int32_t stride) {
  float_environment saved = flush_denormals();
  int isDefinite = 1;
  for (int k = 0; k < n && isDefinite; k++) {
    double *row = matrix + (ptrdiff_t)k * stride;
    const int from = k / D_LANES * D_LANES;
    isDefinite = row[k] > 0 && row[k] < __builtin_inf();
    const dv inverse = d_splat(1 / __builtin_sqrt(row[k]));
    for (int j = from; j < stride; j += D_LANES) *(dv *)(row + j) = inverse * *(dv *)(row + j);
    for (int i = k + 1; i < n; i++) {
      double *below = matrix + (ptrdiff_t)i * stride;
      const dv factor = d_splat(-row[i]);
      for (int j = i / D_LANES * D_LANES; j < stride; j += D_LANES) {
        *(dv *)(below + j) = d_fma(factor, *(dv *)(row + j), *(dv *)(below + j));
      }
    }
  }
  restore_denormals(saved);
  return isDefinite;
}

// Solves U'U X = B in place; B: [n][columns], columns a multiple of 8.
static void substitute(const double *factor, int32_t n, int32_t stride, double *B, int32_t columns) {
  float_environment saved = flush_denormals();
  for (int k = 0; k < n; k++) {
    const double *row = factor + (ptrdiff_t)k * stride;
    const dv inverse = d_splat(1 / row[k]);
    double *right = B + (ptrdiff_t)k * columns;
    for (int c = 0; c < columns; c += D_LANES) *(dv *)(right + c) = inverse * *(dv *)(right + c);
    for (int i = k + 1; i < n; i++) {
      double *below = B + (ptrdiff_t)i * columns;
      for (int c = 0; c < columns; c += D_LANES) {
        *(dv *)(below + c) = d_fma(d_splat(-row[i]), *(dv *)(right + c), *(dv *)(below + c));
      }
    }
  }
  for (int k = n - 1; k >= 0; k--) {
    const double *row = factor + (ptrdiff_t)k * stride;
    double *right = B + (ptrdiff_t)k * columns;
    for (int i = k + 1; i < n; i++) {
      const double *below = B + (ptrdiff_t)i * columns;
      for (int c = 0; c < columns; c += D_LANES) {
        *(dv *)(right + c) = d_fma(d_splat(-row[i]), *(const dv *)(below + c), *(dv *)(right + c));
      }
    }
    const dv inverse = d_splat(1 / row[k]);
    for (int c = 0; c < columns; c += D_LANES) *(dv *)(right + c) = inverse * *(dv *)(right + c);
  }
  restore_denormals(saved);
}
