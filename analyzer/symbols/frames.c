/* frames.c: a stack is a path of nodes in the trace; each node's location has one frame or, where
 * the compiler inlined, several. This puts the two together. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include "frames.h"

void mt_frames_begin(struct mt_frame_walk *walk, const struct mt_trace *trace,
                     struct mt_symbols *symbols, uint32_t stack)
{
    *walk = (struct mt_frame_walk){.trace = trace, .symbols = symbols, .next_node = stack};
}

/* A hook under what the real function called in turn: pthread_create allocates. */
static bool is_tracer(const struct mt_trace *trace, const struct mt_node *node)
{
    const struct mt_loaded *module = mt_trace_module(trace, node->module);
    return module && module->flags & MT_MODULE_TRACER && node->parent;
}

const struct mt_frame *mt_frames_next(struct mt_frame_walk *walk)
{
    if (walk->location && walk->next_frame < walk->location->frame_count)
        return &walk->location->frames[walk->next_frame++];

    uint32_t id = walk->next_node;
    const struct mt_node *node = mt_trace_node(walk->trace, id);
    while (node && is_tracer(walk->trace, node)) {
        id = node->parent;
        node = mt_trace_node(walk->trace, id);
    }
    if (!node || node->flags & MT_NODE_EPOCH) /* the root of an epoch is no frame */
        return NULL;
    walk->node = node;
    walk->node_id = id;
    walk->next_node = node->parent;
    walk->location = mt_symbols_locate(walk->symbols, node);
    walk->next_frame = 1;
    return &walk->location->frames[0];
}

const char *mt_base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

char *mt_frame_label(const struct mt_location *location, const struct mt_frame *frame)
{
    if (frame->function)
        return strdup(frame->function->brief);
    char *label;
    const char *module = location->module ? mt_base_name(location->module->path) : "";
    const int length =
        asprintf(&label, "%s%s0x%" PRIx64, module, *module ? "+" : "", location->offset);
    return length < 0 ? NULL : label;
}
