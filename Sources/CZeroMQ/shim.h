#ifndef POTLINE_CZEROMQ_SHIM_H
#define POTLINE_CZEROMQ_SHIM_H

#include <sys/eventfd.h>
#include <zmq.h>

// Swift imports neither these macros (sums of other macros) nor <sys/eventfd.h>.

static inline int czmq_error_context_terminated(void) { return ETERM; }

static inline int czmq_error_wrong_state(void) { return EFSM; }

// libzmq 4.3 takes this option, but its header declares it only with the draft API.
static const int czmq_zap_enforce_domain = 93;

static inline int czmq_eventfd(void) { return eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK); }

#endif
