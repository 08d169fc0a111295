/* misuses.c: from the ERRORS extent to misuses in the order in which they first came. A slot of a
 * running process may have its kind before its first count: it counts once then. What cannot be, a
 * kind of a newer writer included, is left out and counted; a stack that is none is not known. */
#include "misuses.h"

#include <inttypes.h>
#include <stdlib.h>
#include "trace_parts.h"

#define COUNT_MAX (UINT64_C(1) << 56) /* so that no sum is too large */

int mt_misuses_read(struct mt_trace *trace, const struct mt_places *places)
{
    struct mt_misuses *misuses = &trace->misuses;
    for (size_t i = 0; i < places->count; i++) {
        const struct mt_place *place = &places->at[i];
        if (place->kind != MT_EXTENT_ERRORS)
            continue;
        if (misuses->at) {
            mt_trace_note(trace, &trace->damage.bad_extents, place->offset,
                          "a second ERRORS extent");
            continue;
        }
        if (!(misuses->at = calloc(MT_MISUSE_SLOTS, sizeof *misuses->at)))
            return -1;
        misuses->offset = place->offset;
        misuses->count = MT_MISUSE_SLOTS - 1;
        mt_trace_read(trace, place->offset + sizeof(struct mt_extent), &misuses->head,
                      sizeof misuses->head);
        mt_trace_read(trace, place->offset + MT_MISUSE_BYTES, misuses->at,
                      misuses->count * sizeof *misuses->at);
    }
    return 0;
}

/* Why a slot cannot be; NULL for a sound one. */
static const char *fault_of(const struct mt_misuse *slot)
{
    if (slot->kind >= MT_MISUSE_COUNT)
        return "a misuse of no known kind";
    if (slot->key != mt_misuse_key(slot->kind, slot->stack, slot->allocated))
        return "a misuse whose key is not that of its stacks";
    if (slot->function >= MT_FN_COUNT || slot->freed_function >= MT_FN_COUNT)
        return "a misuse by no known function";
    if (slot->count > COUNT_MAX)
        return "more misuses than there can be";
    return NULL;
}

static void check_stack(struct mt_trace *trace, uint32_t *stack, uint64_t offset)
{
    if (!*stack || mt_trace_node(trace, *stack))
        return;
    mt_trace_note(trace, &trace->damage.bad_nodes, offset,
                  "node %" PRIu32 " is the stack of a misuse, but there is none", *stack);
    *stack = 0;
}

static int compare(const void *left, const void *right)
{
    const struct mt_misuse *a = left, *b = right;
    if (a->first_ms != b->first_ms)
        return a->first_ms < b->first_ms ? -1 : 1;
    if (a->address != b->address)
        return a->address < b->address ? -1 : 1;
    return a->key < b->key ? -1 : a->key > b->key;
}

void mt_misuses_settle(struct mt_trace *trace)
{
    struct mt_misuses *misuses = &trace->misuses;
    size_t kept = 0;
    for (size_t i = 0; i < misuses->count; i++) {
        struct mt_misuse *slot = &misuses->at[i];
        const uint64_t offset = misuses->offset + (1 + i) * MT_MISUSE_BYTES;
        const char *fault = slot->kind ? fault_of(slot) : NULL;
        if (fault)
            mt_trace_note(trace, &trace->damage.bad_misuses, offset, "%s", fault);
        if (!slot->kind || fault)
            continue;
        check_stack(trace, &slot->stack, offset);
        check_stack(trace, &slot->allocated, offset);
        check_stack(trace, &slot->freed, offset);
        slot->count += !slot->count;
        misuses->at[kept++] = *slot;
    }
    misuses->count = kept;
    if (kept)
        qsort(misuses->at, kept, sizeof *misuses->at, compare);
}

void mt_misuses_finish(struct mt_misuses *misuses)
{
    free(misuses->at);
}

const struct mt_misuse *mt_trace_misuses(const struct mt_trace *trace, size_t *ret_count)
{
    *ret_count = trace->misuses.count;
    return trace->misuses.count ? trace->misuses.at : NULL;
}

uint32_t mt_trace_checks(const struct mt_trace *trace)
{
    return trace->misuses.head.checks;
}

uint64_t mt_trace_lost_misuses(const struct mt_trace *trace)
{
    return trace->misuses.head.lost;
}

uint64_t mt_trace_blind_calls(const struct mt_trace *trace)
{
    return trace->misuses.head.blind;
}

/* ---- names ---- */

const char *mt_misuse_key_name(uint32_t kind)
{
    static const char *const names[] = {[MT_MISUSE_NONE] = "none",
#define X(id, key, title) [MT_MISUSE_##id] = key,
                                        MT_MISUSES(X)
#undef X
    };
    return names[kind < MT_MISUSE_COUNT ? kind : MT_MISUSE_NONE];
}

const char *mt_misuse_title(uint32_t kind)
{
    static const char *const titles[] = {[MT_MISUSE_NONE] = "error",
#define X(id, key, title) [MT_MISUSE_##id] = title,
                                         MT_MISUSES(X)
#undef X
    };
    return titles[kind < MT_MISUSE_COUNT ? kind : MT_MISUSE_NONE];
}

const char *mt_place_name(uint32_t place)
{
    static const char *const names[] = {
        [MT_PLACE_NULL_PAGE] = "null_page", [MT_PLACE_STACK] = "stack",
        [MT_PLACE_MODULE] = "module",       [MT_PLACE_MAPPING] = "mapping",
        [MT_PLACE_HEAP] = "heap",           [MT_PLACE_NONE] = "none",
    };
    return place < sizeof names / sizeof *names ? names[place] : NULL;
}
