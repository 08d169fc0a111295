/* outer.c: a hook under way calls its real function, which may call functions that are hooked too:
 * operator new calls malloc. Takes what the outer hook is about to do, and keeps it with the thread
 * while it lasts, so that inner calls are known as such (record.c). See record.h. */
#include "record.h"

struct mt_outer mt_record_enter(const void *start, void *released)
{
    struct mt_thread_state *thread = mt_thread_self();
    if (!thread)
        return (struct mt_outer){0};
    const struct mt_outer outer = {thread, thread->inner_start, thread->released, thread->given};
    thread->inner_start = (uintptr_t)start;
    thread->released = released;
    thread->given = NULL;
    thread->way |= MT_WAY_INNER;
    __atomic_signal_fence(__ATOMIC_SEQ_CST);
    return outer;
}

int mt_record_leave(struct mt_outer outer, const void *block)
{
    if (!outer.thread)
        return 0;
    __atomic_signal_fence(__ATOMIC_SEQ_CST);
    outer.thread->inner_start = outer.start;
    outer.thread->released = outer.released;
    if (!outer.start)
        outer.thread->way &= ~(uint32_t)MT_WAY_INNER;
    const int is_recorded = block && outer.thread->given == block;
    if (!is_recorded)
        outer.thread->given = outer.given;
    return is_recorded;
}
