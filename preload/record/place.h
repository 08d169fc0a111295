/* place.h: what an address is that belongs to no block. */
#ifndef MT_PLACE_H
#define MT_PLACE_H

#include <stdint.h>
#include "memtrace/trace_errors.h"

/* Says where `address` lies, as far as the tracer knows the address space; *ret_detail as in struct
 * mt_misuse. Any thread, any time. */
enum mt_misuse_place mt_place_of(uintptr_t address, uint32_t *ret_detail);

#endif
