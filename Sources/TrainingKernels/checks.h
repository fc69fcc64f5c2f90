// Checks of arguments in debug builds (SwiftPM defines DEBUG there). A release build computes as fast as without them.
#ifndef POTLINE_CHECKS_H
#define POTLINE_CHECKS_H

#ifdef DEBUG
#include <stdio.h>
#include <stdlib.h>
#define REQUIRE(condition)                                                               \
  do {                                                                                   \
    if (!(condition)) {                                                                  \
      fprintf(stderr, "%s:%d: %s: doesn't hold: %s\n", __FILE__, __LINE__, __func__, #condition); \
      abort();                                                                           \
    }                                                                                    \
  } while (0)
#define UNREACHABLE() REQUIRE(!"a case that no caller makes")
#else
#define REQUIRE(condition) ((void)0)
#define UNREACHABLE() __builtin_unreachable()
#endif

#define IS_ALIGNED(pointer) ((uintptr_t)(pointer) % 64 == 0)

static inline void require_shape(const potline_network *n) {
  REQUIRE(n->inputs >= 1 && n->outputs >= 1 && n->layerCount >= 1);
  REQUIRE(n->parameterCount % POTLINE_LANES == 0);
  REQUIRE(n->layers[n->layerCount - 1].outputs == n->outputs);
  for (int l = 0; l < n->layerCount; l++) {
    const potline_layer *layer = &n->layers[l];
    (void)layer;
    // A mask can leave no unit of a hidden layer.
    REQUIRE(layer->outputs >= 0 && layer->outputs <= n->widestOutputs);
    REQUIRE(layer->paddedOutputs == (layer->outputs + 3) / 4 * 4);
    REQUIRE(layer->inputRows == 0 || layer->inputRows == n->inputs);
    REQUIRE(layer->hiddenRows == (l == 0 ? 0 : n->layers[l - 1].outputs));
    REQUIRE(layer->outputStart + layer->outputs <= n->activationRows);
    REQUIRE(layer->deltaStart + layer->paddedOutputs <= n->deltaRows);
  }
}

static inline void require_parameters(const potline_network *n, const potline_layer *layer) {
  (void)n, (void)layer;
  REQUIRE(layer->parameterStart + (layer->hiddenRows + layer->inputRows + 1) * layer->paddedOutputs <=
          n->parameterCount);
}

static inline void require_network(const potline_network *n) {
  require_shape(n);
  for (int l = 0; l < n->layerCount; l++) require_parameters(n, &n->layers[l]);
}

static inline void require_batch(const potline_gradient_arguments *a) {
  REQUIRE(a->count >= 1 && a->nextCount >= 0);
  REQUIRE(a->samples->targetStart >= a->network->inputs);
  REQUIRE(a->samples->rowStride >= a->samples->targetStart + a->network->outputs);
  REQUIRE(a->loss.kind != POTLINE_LOSS_HUBER || a->loss.threshold > 0);
  REQUIRE(IS_ALIGNED(a->parameters) && IS_ALIGNED(a->X) && IS_ALIGNED(a->D));
  REQUIRE(IS_ALIGNED(a->scratch) && IS_ALIGNED(a->gradient));
  for (int k = 0; k < a->count + a->nextCount; k++) REQUIRE(a->order[k] < a->samples->count);
}

static inline void require_gradient(const potline_gradient_arguments *a) {
  require_network(a->network);
  require_batch(a);
}

static inline void require_active_gradient(const potline_active_gradient_arguments *a) {
  require_shape(a->step.network);
  require_batch(&a->step);
  REQUIRE(IS_ALIGNED(a->partialSums));
  int isMasked = 0;
  for (int l = 0; l < a->step.network->layerCount; l++) isMasked |= a->layers[l].mask != NULL;
  (void)isMasked;
  for (int l = 0; l < a->step.network->layerCount; l++) {
    const potline_active_layer *layer = &a->layers[l];
    (void)layer;
    REQUIRE(layer->liveUnitCount >= 0 && layer->liveUnitCount <= a->step.network->layers[l].outputs);
    REQUIRE(l + 1 < a->step.network->layerCount || layer->liveUnitCount == a->step.network->outputs);
    REQUIRE(!isMasked || layer->liveUnitCount == a->step.network->layers[l].outputs);
    REQUIRE(!layer->mask || a->which == POTLINE_GRADIENT_ACTIVE);
    if (layer->mask || a->which == POTLINE_GRADIENT_ALL) {
      require_parameters(a->step.network, &a->step.network->layers[l]);
    }
    REQUIRE(!layer->mask || a->step.network->layers[l].parameterStart % POTLINE_LANES == 0);
  }
}

static inline void require_simulation(const potline_simulation_arguments *a) {
  const potline_recurrence *r = a->recurrence;
  (void)r;
  require_network(a->network);
  REQUIRE(a->steps >= 1 && a->washout >= 0 && a->washout < a->steps && a->windows->count >= 1);
  REQUIRE(r->states == a->network->outputs && r->outputs >= 1 && r->outputs <= r->states && r->inputs >= 0);
  REQUIRE(r->feedbackRows >= r->states && r->feedbackRows <= a->network->inputs && r->longestLag >= 1);
  REQUIRE(a->windows->rowStride >= r->outputs + r->inputs);
  for (int s = 0; s < r->states; s++) {
    REQUIRE(r->stateRow[s] >= 0 && r->stateRow[s] + r->stateLags[s] <= r->feedbackRows);
    REQUIRE(r->stateLags[s] >= 1 && r->stateLags[s] <= (s < r->outputs ? r->longestLag : 1));
  }
  for (int i = 0; i < r->inputs; i++) {
    REQUIRE(r->inputRow[i] >= r->feedbackRows && r->inputRow[i] + r->inputLags[i] <= a->network->inputs);
    REQUIRE(r->inputLags[i] >= 1 && r->inputLags[i] <= r->longestLag);
  }
  for (int w = 0; w < a->windows->count; w++) {
    REQUIRE(a->windows->start[w] + 1 >= r->longestLag && a->windows->last[w] > a->windows->start[w]);
  }
  REQUIRE(a->loss.kind != POTLINE_LOSS_HUBER || a->loss.threshold > 0);
  REQUIRE(IS_ALIGNED(a->parameters) && IS_ALIGNED(a->X) && IS_ALIGNED(a->D) && IS_ALIGNED(a->scratch));
  REQUIRE(IS_ALIGNED(a->gradient));
}

static inline void require_squares(const potline_squares_arguments *a) {
  const potline_double_network *n = a->network;
  REQUIRE(n->inputs >= 1 && n->outputs >= 1 && n->outputs <= n->units && n->unitStart[0] == 0);
  for (int u = 0; u < n->units; u++) {
    for (int p = n->unitStart[u]; p < n->unitStart[u + 1]; p++) {
      REQUIRE(n->source[p] >= 0 && (n->source[p] < n->inputs + u || n->source[p] == n->inputs + n->units));
    }
  }
  REQUIRE(a->padded % 8 == 0 && a->padded >= n->unitStart[n->units] && a->longestStateLag >= 1);
  REQUIRE(a->loss.kind != POTLINE_LOSS_HUBER || a->loss.threshold > 0);
  REQUIRE(IS_ALIGNED(a->scratch));
  if (a->recurrence) {
    const potline_recurrence *r = a->recurrence;
    (void)r;
    REQUIRE(a->steps >= 1 && a->washout >= 0 && a->washout < a->steps && a->windows->count >= 1);
    REQUIRE(r->states == n->outputs && r->feedbackRows <= n->inputs);
    for (int s = 0; s < r->states; s++) REQUIRE(r->stateLags[s] <= a->longestStateLag);
    for (int w = 0; w < a->windows->count; w++) {
      REQUIRE(a->windows->start[w] + 1 >= r->longestLag && a->windows->last[w] > a->windows->start[w]);
    }
  } else {
    REQUIRE(a->sampleCount >= 1 && a->samples->targetStart >= n->inputs);
    for (int k = 0; k < a->sampleCount; k++) REQUIRE(a->order[k] < a->samples->count);
  }
}

static inline void require_forward(const potline_forward_arguments *a) {
  require_network(a->network);
  REQUIRE(a->tiles >= 0);
  REQUIRE(IS_ALIGNED(a->parameters) && IS_ALIGNED(a->X));
}

static inline void require_sparse_forward(const potline_sparse_forward_arguments *a) {
  REQUIRE(a->layerCount >= 1 && a->tiles >= 0 && IS_ALIGNED(a->X));
  for (int l = 0; l < a->layerCount; l++) {
    const potline_sparse_layer *layer = &a->layers[l];
    REQUIRE(layer->outputStart + layer->outputs <= a->activationRows);
    for (int o = 0; o < layer->outputs; o++) REQUIRE(layer->rowPointers[o] <= layer->rowPointers[o + 1]);
  }
}

static inline void require_update(const potline_update_arguments *a) {
  REQUIRE(a->count >= 0 && a->count % POTLINE_LANES == 0);
  REQUIRE(IS_ALIGNED(a->parameters) && IS_ALIGNED(a->m) && IS_ALIGNED(a->v));
  REQUIRE(IS_ALIGNED(a->gradient) && IS_ALIGNED(a->penalty));
}

#endif
