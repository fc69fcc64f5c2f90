#ifndef POTLINE_CZLIB_SHIM_H
#define POTLINE_CZLIB_SHIM_H

#include <zlib.h>

#endif
