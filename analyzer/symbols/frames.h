/* frames.h: goes through the frames of a stack, innermost first, inlined ones included. */
#ifndef MT_FRAMES_H
#define MT_FRAMES_H

#include "symbols.h"

struct mt_frame_walk {
    const struct mt_trace *trace;
    struct mt_symbols *symbols;
    uint32_t next_node;                 /* 0: the stack ends here */
    const struct mt_node *node;         /* of the frame last given */
    uint32_t node_id;
    const struct mt_location *location; /* of that node */
    unsigned next_frame;                /* index in it */
};

void mt_frames_begin(struct mt_frame_walk *walk, const struct mt_trace *trace,
                     struct mt_symbols *symbols, uint32_t stack);

/* The next frame; NULL after the outermost. walk->node and walk->location are those it belongs to.
 */
const struct mt_frame *mt_frames_next(struct mt_frame_walk *walk);

/* What a frame is called in a report: its function without parameters, or where its code lies
 * ("libfoo.so.1+0x1234", "0x7f0012345678"). NULL where memory runs out; the caller frees it. */
char *mt_frame_label(const struct mt_location *location, const struct mt_frame *frame);

/* The part of a path after its last slash. */
const char *mt_base_name(const char *path);

#endif
