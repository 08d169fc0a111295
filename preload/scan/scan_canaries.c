/* scan_canaries.c: takes the blocks that the scan has found in the table, and the guarded ones;
 * gives a misuse for each of which the pattern has changed (guard/). The memory is the child's
 * copy, in which the threads stand still: nothing is half released. */
#include "scan_canaries.h"

#include "canary.h"
#include "errors.h"
#include "guard.h"
#include "watch.h"

static void note(const struct mt_scan_job *job, uint64_t block, uint32_t stack,
                 const struct mt_damage *damage)
{
    const struct mt_misuse misuse = {
        .kind = MT_MISUSE_OVERRUN,
        .flags = MT_MISUSE_WRITE,
        .block = block,
        .block_bytes = damage->of_bytes,
        .address = block + (uint64_t)damage->offset,
        .bytes = damage->bytes,
        .allocated = stack,
    };
    mt_errors_note_in(job->errors, &misuse, job->now_ms);
}

static void look_at_block(const struct mt_scan_job *job, const struct mt_objects *objects,
                          mt_object object)
{
    struct mt_damage damage;
    const uint64_t block = mt_object_start(objects, object);
    const uint64_t word = mt_object_word(objects, object);
    if (mt_canary_is_damaged((const void *)block, mt_object_size(objects, object), &damage))
        note(job, block, (uint32_t)(word & MT_WORD_STACK), &damage);
}

/* A block that a forked process has inherited has no stack in its trace. */
static void look_at_guarded(const struct mt_guarded *slot, void *context)
{
    const struct mt_scan_job *job = context;
    struct mt_damage damage;
    const int is_own = slot->given.pid == job->header->pid;
    if (mt_guard_is_damaged(slot, &damage))
        note(job, slot->block, is_own ? slot->given.stack : 0, &damage);
}

void mt_scan_canaries(const struct mt_scan_job *job, const struct mt_objects *objects)
{
    if (!job->errors)
        return;
    mt_guard_each(look_at_guarded, (void *)job);
    for (uint64_t leaf = 0; mt_watch_has_canaries() && leaf < objects->leaves; leaf++)
        for (unsigned i = 0; i < MT_STATES_WORDS; i++)
            for (uint64_t left = mt_leaf_begins(objects, leaf, i); left; left &= left - 1)
                look_at_block(job, objects, mt_leaf_object(leaf, i, left));
}
