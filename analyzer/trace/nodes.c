/* nodes.c: the stack tree, from the NODES extents to nodes that can be followed to the root. Ids
 * are given out in batches, so a parent's id may be higher than its child's: that a walk to the
 * root ends is found out here, once, by measuring how deep each node lies. */
#include "trace_parts.h"

#include <inttypes.h>
#include <stdlib.h>

enum {
    DEPTH_MAX = 1024, /* twice the frames that the tracer ever keeps */
    UNSOUND = UINT16_MAX,
};

/* The chunk of a node that was given out, else NULL. */
static struct mt_node_chunk *chunk_of(const struct mt_nodes *nodes, uint32_t id)
{
    uint32_t ordinal = id / MT_NODES_PER_EXTENT, index = id % MT_NODES_PER_EXTENT;
    if (ordinal >= MT_NODE_CHUNKS || index < MT_NODES_HEAD)
        return NULL;
    struct mt_node_chunk *chunk = nodes->chunk[ordinal];
    return chunk && index < chunk->used ? chunk : NULL;
}

/* Sets the depth of node `id` and of all its callers that have none yet. */
static void measure(struct mt_nodes *nodes, uint32_t id)
{
    uint16_t *path[DEPTH_MAX];
    unsigned steps = 0, depth = 0;
    while (id != 0 && steps < DEPTH_MAX) {
        struct mt_node_chunk *chunk = chunk_of(nodes, id);
        uint32_t index = id % MT_NODES_PER_EXTENT;
        depth = chunk ? chunk->depth[index] : UNSOUND;
        if (depth != 0)
            break;
        path[steps++] = &chunk->depth[index];
        id = chunk->node[index].parent;
    }
    if (id != 0 && steps == DEPTH_MAX) /* a cycle, or as good as one */
        depth = UNSOUND;
    while (steps > 0) {
        if (depth != UNSOUND && ++depth > DEPTH_MAX)
            depth = UNSOUND;
        *path[--steps] = (uint16_t)depth;
    }
}

static void check(struct mt_trace *trace, uint32_t ordinal)
{
    struct mt_node_chunk *chunk = trace->nodes.chunk[ordinal];
    for (uint32_t index = MT_NODES_HEAD; index < chunk->used; index++) {
        if (chunk->depth[index] == 0)
            measure(&trace->nodes, ordinal * MT_NODES_PER_EXTENT + index);
        if (chunk->depth[index] == UNSOUND)
            mt_trace_note(trace, &trace->damage.bad_nodes, chunk->offset + index * MT_NODE_BYTES,
                          "node %" PRIu32 " leads to no outermost frame",
                          ordinal * MT_NODES_PER_EXTENT + index);
    }
}

static int read_chunk(struct mt_trace *trace, const struct mt_place *place)
{
    if (trace->nodes.chunk[place->ordinal]) {
        mt_trace_note(trace, &trace->damage.bad_extents, place->offset,
                      "a second NODES extent of ordinal %" PRIu32, place->ordinal);
        return 0;
    }
    struct mt_node_chunk *chunk = calloc(1, sizeof *chunk);
    if (!chunk)
        return -1;
    trace->nodes.chunk[place->ordinal] = chunk;
    chunk->offset = place->offset;
    chunk->used = place->used < MT_NODES_PER_EXTENT ? (uint32_t)place->used : MT_NODES_PER_EXTENT;
    mt_trace_read(trace, place->offset, chunk->node, chunk->used * sizeof chunk->node[0]);
    uint32_t limit = place->ordinal * MT_NODES_PER_EXTENT + chunk->used;
    if (limit > trace->nodes.limit)
        trace->nodes.limit = limit;
    return 0;
}

int mt_nodes_read(struct mt_trace *trace, const struct mt_places *places)
{
    for (size_t i = 0; i < places->count; i++)
        if (places->at[i].kind == MT_EXTENT_NODES && read_chunk(trace, &places->at[i]))
            return -1;
    for (uint32_t ordinal = 0; ordinal < MT_NODE_CHUNKS; ordinal++)
        if (trace->nodes.chunk[ordinal])
            check(trace, ordinal);
    return 0;
}

void mt_nodes_finish(struct mt_nodes *nodes)
{
    for (uint32_t ordinal = 0; ordinal < MT_NODE_CHUNKS; ordinal++)
        free(nodes->chunk[ordinal]);
}

const struct mt_node *mt_trace_node(const struct mt_trace *trace, uint32_t id)
{
    struct mt_node_chunk *chunk = chunk_of(&trace->nodes, id);
    uint32_t index = id % MT_NODES_PER_EXTENT;
    return chunk && chunk->depth[index] != UNSOUND ? &chunk->node[index] : NULL;
}

uint32_t mt_trace_node_limit(const struct mt_trace *trace)
{
    return trace->nodes.limit;
}

const char *mt_function_name(enum mt_function function)
{
    static const char *const names[MT_FN_COUNT] = {[MT_FN_UNKNOWN] = "unknown",
#define X(id, name) [MT_FN_##id] = name,
                                                   MT_FUNCTIONS(X)
#undef X
    };
    return (unsigned)function < MT_FN_COUNT ? names[function] : names[MT_FN_UNKNOWN];
}
