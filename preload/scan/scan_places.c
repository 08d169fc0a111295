/* scan_places.c: see scan_places.h. A thread's storage of the modules that were there when it began
 * lies beside its descriptor, the rest in blocks of ld.so's; its table of both (the TLS ABI's dtv,
 * of two words a module, the address first, their number before it) hangs on the descriptor. What a
 * thread that stands still had in its registers lies where the kernel has saved it, on its stack.
 */
#include "scan_places.h"

#include "scan_areas.h"

enum {
    MODULES_MAX = 4096,
    STORAGE_FAR = 1 << 20, /* most bytes from a thread's storage to its descriptor */
    STORAGE_ROOM = 16,     /* ranges for each thread, on the average */
};

/* ---- thread-local storage ---- */

static void note_block(struct mt_places *places, uint64_t address, uint32_t tid)
{
    const struct mt_objects *objects = places->run->objects;
    int is_start;
    if (!mt_objects_near(objects, address))
        return;
    const mt_object object = mt_object_around(objects, address, &is_start);
    if (object == MT_OBJECT_NONE || !mt_object_is_block(objects, object))
        return;
    const uint64_t start = mt_object_start(objects, object);
    mt_ranges_add(&places->storage, start, start + mt_object_size(objects, object), tid);
}

static void note_storage(struct mt_places *places, const struct mt_parked *thread)
{
    const uint64_t descriptor = thread->descriptor;
    const uint32_t bytes = places->job->descriptor.bytes;
    const uint64_t behind = descriptor + (bytes ? bytes : 64);
    const uint64_t high = behind + (MT_STORAGE_IS_ABOVE ? places->job->storage_bytes : 0);
    uint64_t low = descriptor;
    if (!descriptor || !mt_ranges_find(places->run->areas, descriptor))
        return;
    const uint64_t dtv = *(const uint64_t *)mt_arch_dtv_slot(descriptor, bytes);
    /* Without a size it is not glibc's descriptor. */
    if (bytes && dtv && dtv % 8 == 0 && mt_ranges_find(places->run->areas, dtv - 16)) {
        const uint64_t *modules = (const uint64_t *)dtv;
        const uint64_t count = modules[-2] < MODULES_MAX ? modules[-2] : 0;
        for (uint64_t i = 1; i <= count; i++) {
            const uint64_t at = modules[2 * i];
            if (at < descriptor && descriptor - at < STORAGE_FAR)
                low = at < low ? at : low;
            else if (at < descriptor || at >= high)
                note_block(places, at, thread->tid);
        }
    }
    mt_ranges_add(&places->storage, low, high, thread->tid);
}

int mt_places_start(struct mt_places *places, const struct mt_scan_job *job,
                    const struct mt_mark_run *run)
{
    *places = (struct mt_places){.job = job, .run = run};
    if (!mt_ranges_start(&places->storage, job->threads->count * STORAGE_ROOM))
        return 0;
    for (uint32_t i = 0; i < job->threads->count; i++)
        if (job->threads->list[i].state != MT_PARK_GONE)
            note_storage(places, &job->threads->list[i]);
    mt_ranges_sort(&places->storage);
    return 1;
}

int mt_places_tell_storage(const struct mt_places *places, struct mt_link *link)
{
    const struct mt_range *storage = mt_ranges_find(&places->storage, link->at);
    if (!storage)
        return 0;
    link->kind = MT_LINK_TLS;
    link->object = storage->start;
    link->thread = (uint32_t)storage->tag;
    return 1;
}

/* ---- stacks and registers ---- */

static uint32_t asking_thread(const struct mt_scan_job *job)
{
    for (uint32_t i = 0; i < job->threads->count; i++)
        if (job->threads->list[i].state == MT_PARK_SELF)
            return job->threads->list[i].tid;
    return 0;
}

/* Whether the kernel has saved a register of the thread there. */
static int is_saved_register(const struct mt_scan_job *job, uint32_t tid, uint64_t at)
{
    for (uint32_t i = 0; i < job->threads->count; i++) {
        const struct mt_parked *thread = &job->threads->list[i];
        if (thread->tid == tid &&
            at - (uintptr_t)thread->call.arguments < sizeof thread->call.arguments)
            return 1;
        if (thread->tid != tid || thread->state != MT_PARK_STANDS)
            continue;
        if (thread->saved)
            return at >= thread->saved && at < thread->saved_end;
        return at >= thread->sp &&
               at < mt_arch_saved_sp((const void *)thread->sp) - MT_RED_ZONE_BYTES;
    }
    return 0;
}

static void tell_stack(const struct mt_places *places, uint32_t tid, uint64_t area_start,
                       struct mt_link *link)
{
    const struct mt_objects *objects = places->run->objects;
    int is_start;
    link->kind = is_saved_register(places->job, tid, link->at) ? MT_LINK_REGISTER : MT_LINK_STACK;
    link->thread = tid;
    link->object = area_start;
    const mt_object around = mt_objects_near(objects, link->at)
                                 ? mt_object_around(objects, link->at, &is_start)
                                 : MT_OBJECT_NONE;
    if (around != MT_OBJECT_NONE && mt_object_start(objects, around) > area_start)
        link->object = mt_object_start(objects, around);
}

/* ---- all ---- */

static int is_data_of_module(const struct mt_ranges *areas, const struct mt_range *area)
{
    if (area->tag & (MT_AREA_IS_SHARED | MT_AREA_IS_HEAP))
        return 0;
    return area->tag & MT_AREA_OF_FILE ||
           (area > areas->list && area[-1].end == area->start && area[-1].tag & MT_AREA_OF_FILE);
}

void mt_places_tell(const struct mt_places *places, const struct mt_root *root,
                    struct mt_link *link)
{
    const struct mt_scan_job *job = places->job;
    const struct mt_range *area = mt_ranges_find(places->run->areas, link->at);
    if (link->at - (uintptr_t)&job->registers < sizeof job->registers) {
        link->kind = MT_LINK_REGISTER;
        link->thread = asking_thread(job);
        return;
    }
    if (mt_places_tell_storage(places, link))
        return;
    if (root->thread) {
        tell_stack(places, root->thread, area ? area->start : 0, link);
        return;
    }
    link->kind =
        area && is_data_of_module(places->run->areas, area) ? MT_LINK_GLOBAL : MT_LINK_REGION;
    link->object = area ? area->start : 0;
}
