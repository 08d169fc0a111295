/* watch.c: takes what record.c knows of a block's owner and gives it to the block's slot; takes a
 * block that is about to be released, and gives a finding where something around it has changed. */
#include "watch.h"

#include "blocks.h"
#include "canary_calls.h"
#include "errors.h"
#include "extents.h"
#include "facts.h"
#include "fault.h"
#include "findings.h"
#include "guard_calls.h"
#include "leaves.h"
#include "options.h"
#include "real.h"

static uint32_t checks; /* MT_CHECKED_* */

static void say_limit(const char *text, size_t bytes)
{
    mt_fact_append(MT_FACT_LIMIT, text, bytes, NULL, 0);
}

/* Canaries first: a guarded block needs none. */
void mt_watch_start(void)
{
    static const char no_room[] = "no guarded blocks: the address space is limited, or full";
    if (mt_allocator.is_foreign)
        return;
    if (mt_options.canary) {
        mt_canary_calls_start();
        checks |= MT_CHECKED_CANARIES;
    }
    if (!mt_options.guard_every)
        return;
    if (!mt_guard_start() || !mt_leaves_set_apart(mt_guard_region.start, mt_guard_region.bytes)) {
        say_limit(no_room, sizeof no_room - 1);
        return;
    }
    mt_guard_calls_start();
    mt_fault_start();
    checks |= MT_CHECKED_GUARDS;
}

void mt_watch_say(void)
{
    if (!checks)
        return;
    mt_errors_start(checks);
    mt_process->header->guarded_start = mt_guard_region.start;
    mt_process->header->guarded_end = mt_guard_region.start + mt_guard_region.bytes;
    if (mt_options.sample_bytes)
        mt_guard_go_on();
}

int mt_watch_is_on(void)
{
    return checks != 0;
}

int mt_watch_has_canaries(void)
{
    return (checks & MT_CHECKED_CANARIES) != 0;
}

void mt_watch_given(struct mt_thread_state *thread, const void *block, enum mt_function function,
                    uint32_t stack)
{
    struct mt_guarded *slot = mt_guard_live(block);
    if (slot)
        mt_finding_remember(&slot->given, thread, stack, function);
}

/* As the table has it, where there is one. */
static size_t known_size(const void *block)
{
    const uint64_t word = mt_trace_header() ? mt_block_word(block) : 0;
    return word ? mt_block_size(word) : SIZE_MAX;
}

static int has_damaged_canary(const void *block)
{
    struct mt_damage damage;
    return checks & MT_CHECKED_CANARIES && mt_canary_is_damaged(block, known_size(block), &damage);
}

int mt_watch_wants(const void *block)
{
    return mt_guard_owns(block) || has_damaged_canary(block);
}

int mt_watch_has_seen(const void *block)
{
    struct mt_damage damage;
    const struct mt_guarded *slot = mt_guard_live(block);
    if (slot)
        return mt_guard_is_damaged(slot, &damage);
    return mt_guard_owns(block) || has_damaged_canary(block);
}

void mt_watch_release(struct mt_thread_state *thread, const void *block, enum mt_function function,
                      uint32_t stack)
{
    struct mt_found found = {
        .block = (uintptr_t)block,
        .allocated = (uint32_t)(mt_block_word(block) & MT_WORD_STACK),
        .stack = stack,
        .function = function,
    };
    struct mt_guarded *slot = mt_guard_live(block);
    found.slot = slot;
    const int is_damaged = slot ? mt_guard_is_damaged(slot, &found.damage)
                                : mt_canary_is_damaged(block, known_size(block), &found.damage);
    if (is_damaged)
        mt_finding_of_damage(thread, &found);
    if (slot)
        mt_finding_remember(&slot->freed, thread, stack, function);
    else if (mt_guard_owns(block))
        mt_finding_of_second_release(thread, (uintptr_t)block, function, stack);
}
