#ifndef POTLINE_CSODIUM_SHIM_H
#define POTLINE_CSODIUM_SHIM_H

#include <sodium.h>

#endif
