/* api.c: what memtrace.h calls in a program that runs under the tracer. Each function is an
 * ordinary call of the program's, never from a signal handler; what it does beside the tables runs
 * as a hook does, without libc's allocator. */
#include "api.h"

#include <string.h>
#include "annotations.h"
#include "epochs.h"
#include "extents.h"
#include "hooks.h"
#include "leaks.h"
#include "look.h"
#include "memo.h"

/* This thread's state, where this process records; else NULL. */
static struct mt_thread_state *active(void)
{
    return mt_hooks_ready() ? mt_thread_self() : NULL;
}

MT_EXPORT int __memtrace_is_active(void)
{
    return active() != NULL;
}

/* ---- counting ---- */

/* Copies as much of the counts as the program knows of. */
static void give(const struct memtrace_leaks *leaks, struct memtrace_leaks *ret_leaks, size_t size)
{
    const size_t known = size < sizeof *leaks ? size : sizeof *leaks;
    memset(ret_leaks, 0, size);
    memcpy(ret_leaks, leaks, known);
}

/* One scan for all parts: part i is what was allocated in the epochs bounds[i] to bounds[i+1] - 1.
 */
MT_EXPORT int __memtrace_leaks_between(const uint32_t *bounds, uint32_t parts,
                                       struct memtrace_leaks *ret_leaks, size_t size)
{
    struct memtrace_leaks leaks;
    if (!active())
        return MEMTRACE_INACTIVE;
    const uint64_t number = mt_look_by_program();
    int is_counted = 1;
    for (uint32_t i = 0; i < parts; i++) {
        is_counted &= mt_leaks_count(number, bounds[i], bounds[i + 1], &leaks);
        give(&leaks, (struct memtrace_leaks *)((char *)ret_leaks + i * size), size);
    }
    return number && is_counted ? 0 : MEMTRACE_NO_VERDICTS;
}

static int count(uint32_t first, uint32_t end, struct memtrace_leaks *ret_leaks, size_t size)
{
    return __memtrace_leaks_between((uint32_t[]){first, end}, 1, ret_leaks, size);
}

MT_EXPORT int __memtrace_check(struct memtrace_leaks *ret_leaks, size_t size)
{
    return count(0, UINT32_MAX, ret_leaks, size);
}

MT_EXPORT uint32_t __memtrace_checkpoint(void)
{
    return active() ? mt_epoch_begin(MT_EPOCH_CHECKPOINT, 0, NULL) : 0;
}

MT_EXPORT int __memtrace_leaks_since(uint32_t checkpoint, struct memtrace_leaks *ret_leaks,
                                     size_t size)
{
    return count(checkpoint, UINT32_MAX, ret_leaks, size);
}

MT_EXPORT uint32_t __memtrace_scope_begin(const char *name)
{
    return active() ? mt_epoch_begin(MT_EPOCH_BEGIN, 0, name) : 0;
}

MT_EXPORT int __memtrace_scope_end(uint32_t scope, struct memtrace_leaks *ret_leaks, size_t size)
{
    const uint32_t end = active() ? mt_epoch_begin(MT_EPOCH_END, scope, NULL) : 0;
    if (!end)
        return MEMTRACE_INACTIVE;
    return ret_leaks ? count(scope, end, ret_leaks, size) : 0;
}

MT_EXPORT void __memtrace_phase(const char *name)
{
    if (active())
        mt_epoch_begin(MT_EPOCH_PHASE, 0, name);
}

/* ---- annotations ---- */

MT_EXPORT void __memtrace_ignore(const void *object)
{
    if (active())
        mt_annotation_ignore(object);
}

/* The thread's stacks hang under another root from here on. */
static void change_ignores(int by)
{
    struct mt_thread_state *thread = active();
    if (!thread || (by < 0 && thread->memo->ignores == 0))
        return;
    thread->memo->ignores += (uint32_t)by;
    mt_memo_restart(thread->memo);
}

MT_EXPORT void __memtrace_ignore_begin(void)
{
    change_ignores(1);
}

MT_EXPORT void __memtrace_ignore_end(void)
{
    change_ignores(-1);
}

MT_EXPORT int __memtrace_root_add(const void *start, size_t bytes)
{
    return active() && mt_annotation_add_region(start, bytes) ? 0 : MEMTRACE_INACTIVE;
}

MT_EXPORT int __memtrace_root_remove(const void *start, size_t bytes)
{
    return active() && mt_annotation_remove_region(start, bytes) ? 0 : MEMTRACE_INACTIVE;
}

MT_EXPORT void __memtrace_thread_name(const char *name)
{
    struct mt_thread_state *thread = active();
    if (!thread || !name)
        return;
    for (size_t i = 0, length = strnlen(name, sizeof thread->record->name - 1);
         i < sizeof thread->record->name; i++)
        thread->record->name[i] = i < length ? name[i] : '\0';
    thread->record->is_named = 1;
}
