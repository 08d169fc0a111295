/* site_name.h: which frame of a stack names its site. */
#ifndef MT_SITE_NAME_H
#define MT_SITE_NAME_H

#include <stdbool.h>
#include "frames.h"

/* Whether a function of this name (demangled, without parameters) hands out memory for its caller:
 * operator new, the insides of standard containers, g_malloc, xmalloc, strdup and their like. */
bool mt_is_allocator_name(const char *name);

/* The same of a frame; one without a name is no allocator's. */
bool mt_is_allocator_frame(const struct mt_frame *frame);

/* Whether the frame belongs to what runs before main: the C library's start. */
bool mt_is_start_frame(const struct mt_frame *frame);

/* Whether the frame is main. */
bool mt_is_main_frame(const struct mt_frame *frame);

/* The innermost frame of a stack that is no allocator's: who asked for the memory. Where all frames
 * are allocators', the innermost one. Returns NULL for an unsound stack. `walk` is left at it. */
const struct mt_frame *mt_site_frame(const struct mt_trace *trace, struct mt_symbols *symbols,
                                     uint32_t stack, struct mt_frame_walk *walk);

/* The innermost frame of a stack that released a block that is not free, operator delete, a wrapper
 * of these, nor an allocator's: who gave the memory back. Else as mt_site_frame. */
const struct mt_frame *mt_releaser_frame(const struct mt_trace *trace, struct mt_symbols *symbols,
                                         uint32_t stack, struct mt_frame_walk *walk);

#endif
