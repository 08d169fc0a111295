/* nodes.h: the stack tree in the trace. A node is a frame and its callers; equal ones are one node,
 * so a stack is the id of its innermost frame's node. */
#ifndef MT_NODES_H
#define MT_NODES_H

#include <stdint.h>
#include "memtrace/trace_format.h"

/* The second half of struct mt_node as one word: all of its key but the pc. */
static inline uint64_t mt_node_rest(uint32_t parent, uint32_t module, enum mt_function function,
                                    unsigned flags)
{
    return parent | (uint64_t)(uint16_t)module << 32 | (uint64_t)function << 48 |
           (uint64_t)flags << 56;
}

/* The id of the node with this pc and rest, made if there is none; 0 when there is no room.
 * Lock-free; any thread, also in a signal handler that interrupted this very function. Makes system
 * calls only when 4092 nodes are full. In a forked child the tree begins anew by itself. */
uint32_t mt_node_intern(uint64_t pc, uint64_t rest);

/* The node with this id, which mt_node_intern gave. */
const struct mt_node *mt_node_at(uint32_t id);

#endif
