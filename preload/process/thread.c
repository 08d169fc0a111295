/* thread.c: thread slots. A thread takes one at its first hook: a never used one, or that of a
 * thread that has ended, so that ten thousand short threads one after another cost a few. Slots of
 * the same name are preferred, for blocks that outlive their thread name it by its slot; with many
 * slots taken any ended one will do. */
#include "thread.h"

#include <sys/mman.h>
#include "clock.h"
#include "extents.h"
#include "memory.h"
#include "misuse.h"
#include "options.h"
#include "page.h"
#include "sys.h"
#include "walk.h"
#include "watch.h"

enum {
    STATES_PER_CHUNK = 16,
    CHUNKS = sizeof(((struct mt_process *)0)->thread_chunks) / sizeof(void *),
    PROBES = 4,           /* ended threads looked for per new thread */
    ANY_NAME_FROM = 1024, /* slots in use from which a name no longer matters, but memory does */
};

__thread struct mt_thread_state *mt_thread_pointer;

/* State, memo and index lie side by side; the memo's far pages are touched by deep stacks only, the
 * index's by many. */
struct place {
    struct mt_thread_state state;
    struct mt_memo memo;
    struct mt_account **accounts[MT_ACCOUNT_TOP];
} __attribute__((aligned(4096)));

/* Publishes `made` at *slot unless another thread was first; returns what stands there. Acquire
 * and release: whoever reads the pointer sees what it points to. */
static void *publish(void **slot, void *made)
{
    void *expected = NULL;
    if (__atomic_compare_exchange_n(slot, &expected, made, 0, __ATOMIC_RELEASE, __ATOMIC_ACQUIRE))
        return made;
    return expected;
}

static struct mt_thread_state *state_of(uint32_t slot)
{
    struct mt_process *process = mt_process;
    const uint32_t chunk = (slot - 1) / STATES_PER_CHUNK;
    if (chunk >= CHUNKS)
        return NULL;
    void **at = (void **)&process->thread_chunks[chunk];
    struct place *places = __atomic_load_n(at, __ATOMIC_ACQUIRE);
    if (!places) {
        struct place *made = mt_map_wiped(STATES_PER_CHUNK * sizeof *made);
        if (!made)
            return NULL;
        places = publish(at, made);
        if (places != made)
            mt_unmap(made, STATES_PER_CHUNK * sizeof *made);
    }
    return &places[(slot - 1) % STATES_PER_CHUNK].state;
}

static struct mt_extent *make_extent(uint32_t ordinal)
{
    void **at = (void **)&mt_process->thread_extents[ordinal];
    uint64_t signals;
    const int entered = mt_extents_enter(&signals);
    struct mt_extent *extent = __atomic_load_n(at, __ATOMIC_ACQUIRE);
    struct mt_extent *made = extent ? NULL : mt_extent_take(1);
    if (made)
        extent = publish(at, made);
    if (made && extent == made)
        mt_extent_publish(made, MT_EXTENT_THREADS, 1, ordinal, 0);
    else if (made)
        mt_extent_give_back(made);
    mt_extents_leave(entered, signals);
    return extent;
}

static struct mt_thread *record_of(uint32_t slot)
{
    const uint32_t ordinal = (slot - 1) / MT_THREADS_PER_EXTENT;
    const uint32_t place = 1 + (slot - 1) % MT_THREADS_PER_EXTENT;
    if (ordinal >= sizeof mt_process->thread_extents / sizeof(void *))
        return NULL;
    struct mt_extent *extent =
        __atomic_load_n(&mt_process->thread_extents[ordinal], __ATOMIC_ACQUIRE);
    if (!extent)
        extent = make_extent(ordinal);
    return extent ? (struct mt_thread *)((char *)extent + place * MT_THREAD_BYTES) : NULL;
}

static void read_name(char name[16])
{
    mt_sys(SYS_prctl, 16 /* PR_GET_NAME */, name);
}

static int same_name(const char *a, const char *b)
{
    for (int i = 0; i < 16 && (a[i] || b[i]); i++)
        if (a[i] != b[i])
            return 0;
    return 1;
}

/* Where one thread follows another, the next finds the owner of this slot ended: asked first. Not
 * where others have asked on since: a thread that stood still between its question and this would
 * send all that come back to slots which they have filled, PROBES of them to each, and each finding
 * none ended would take a new one. */
static void ask_first(uint32_t at)
{
    uint32_t next = at + 1;
    __atomic_compare_exchange_n(&mt_process->thread_probe, &next, at, 0, __ATOMIC_RELAXED,
                                __ATOMIC_RELAXED);
}

/* The thread that has a slot, as an owner's word says. */
static uint32_t tid_of(uint32_t owner)
{
    return owner & ((1u << MT_OWNER_BITS) - 1);
}

/* Takes the slot over from `owner`, or from nobody where another was first. Whoever takes a slot
 * changes its word, the same tid too (take_namesake): who has found this owner ended before one of
 * its number came into the slot does not put that one out. */
static int take_over(struct mt_thread_state *state, uint32_t owner, uint32_t next)
{
    return __atomic_compare_exchange_n(&state->owner, &owner, next, 0, __ATOMIC_ACQUIRE,
                                       __ATOMIC_RELAXED);
}

/* Takes over the slot of an ended thread. */
static uint32_t take_ended(uint32_t tid, const char *name)
{
    struct mt_process *process = mt_process;
    const uint32_t count = __atomic_load_n(&process->thread_slots, __ATOMIC_RELAXED);
    for (uint32_t probe = 0; probe < PROBES && probe < count; probe++) {
        const uint32_t at = __atomic_fetch_add(&process->thread_probe, 1, __ATOMIC_RELAXED);
        struct mt_thread_state *state = state_of(1 + at % count);
        if (!state || !state->record)
            continue;
        const uint32_t owner = __atomic_load_n(&state->owner, __ATOMIC_RELAXED);
        if (!owner || (count < ANY_NAME_FROM && !same_name(state->record->name, name)) ||
            !mt_sys_has_ended(tid_of(owner)) || !take_over(state, owner, tid))
            continue;
        ask_first(at);
        return 1 + at % count;
    }
    return 0;
}

/* ---- very many threads ----
 *
 * Where ten thousand threads follow ten thousand others, the numbers of a third of those that have
 * ended are those of living ones again, and the kernel says that they live. So a thread first looks
 * who had its own number: whoever it was has ended. */

static uint32_t *slots_by_tid(void)
{
    struct mt_process *process = mt_process;
    uint32_t *present = __atomic_load_n(&process->slots_by_tid, __ATOMIC_ACQUIRE);
    if (present || __atomic_load_n(&process->thread_slots, __ATOMIC_RELAXED) < ANY_NAME_FROM)
        return present;
    uint32_t *made = mt_map_wiped(MT_TIDS * sizeof *made);
    if (made && publish((void **)&process->slots_by_tid, made) != made)
        mt_unmap(made, MT_TIDS * sizeof *made);
    return __atomic_load_n(&process->slots_by_tid, __ATOMIC_ACQUIRE);
}

static uint32_t take_namesake(uint32_t tid)
{
    const uint32_t *slots = slots_by_tid();
    const uint32_t slot = slots ? __atomic_load_n(&slots[tid % MT_TIDS], __ATOMIC_RELAXED) : 0;
    struct mt_thread_state *state = slot ? state_of(slot) : NULL;
    if (!state)
        return 0;
    const uint32_t owner = __atomic_load_n(&state->owner, __ATOMIC_RELAXED);
    const uint32_t next = owner + (1u << MT_OWNER_BITS);
    return tid_of(owner) == tid && take_over(state, owner, next) ? slot : 0;
}

static void note_slot(uint32_t tid, uint32_t slot)
{
    uint32_t *slots = slots_by_tid();
    if (slots)
        __atomic_store_n(&slots[tid % MT_TIDS], slot, __ATOMIC_RELAXED);
}

/* ---- entering ---- */

static uint32_t take_new(uint32_t tid)
{
    struct mt_process *process = mt_process;
    const uint32_t slot = __atomic_add_fetch(&process->thread_slots, 1, __ATOMIC_RELAXED);
    struct mt_thread_state *state = state_of(slot);
    if (!state || !record_of(slot))
        return 0;
    __atomic_store_n(&state->owner, tid, __ATOMIC_RELEASE);
    return slot;
}

/* ld.so clears the main thread's TLS once after the first hooks have run: it finds its slot again.
 */
static uint32_t find_main(uint32_t tid)
{
    struct mt_thread_state *first = mt_process->thread_slots ? state_of(1) : NULL;
    return first && first->tid == tid && tid == mt_process->header->pid ? 1 : 0;
}

/* Another one for each thread and each forked child: the clock, and who asks. */
static uint64_t seed_of(uint32_t tid)
{
    return ((uint64_t)tid << 40) + mt_clock_ns(CLOCK_MONOTONIC);
}

static void fill_in(struct mt_thread_state *state, uint32_t slot, uint32_t tid, const char *name,
                    int is_other)
{
    struct mt_thread *record = record_of(slot);
    for (int i = 0; i < 16; i++)
        record->name[i] = name[i];
    record->is_named = 0;
    if (is_other) {
        record->generation++;
        record->started_ms = mt_process_now_ms();
    }
    record->tid = tid;
    state->tid = tid;
    state->slot = slot;
    state->record = record;
    state->memo = &((struct place *)state)->memo;
    mt_memo_restart(state->memo);
    state->memo->ignores = 0;
    const int has_accounts = mt_options.peak && !mt_options.sample_bytes;
    state->accounts = has_accounts ? ((struct place *)state)->accounts : NULL;
    state->last = NULL;
    state->busy = NULL;
    state->inner_start = 0;
    state->released = NULL;
    state->given = NULL;
    if (mt_options.sample_bytes)
        mt_sampler_start(&state->sampler, seed_of(tid));
    state->tick_sec = -1;
    state->stacks_left = MT_STACKS_PER_TICK;
    state->stacks_refused = 0;
    state->way =
        MT_WAY_LIVE |
        (mt_options.sample_bytes ? MT_WAY_SAMPLES
         : mt_options.freed_by   ? MT_WAY_FREERS
                                 : 0) |
        (mt_misuse_is_on() ? MT_WAY_CHECKS : 0) | (mt_watch_has_canaries() ? MT_WAY_CANARIES : 0) |
        (mt_process->header->proofs_wanted && !mt_process->proofs_begun ? MT_WAY_PROOF : 0);
}

/* The next thread's stack lies elsewhere: what the slot's last one has left in its memo is nothing
 * to it but pages that are touched. Of thousands of slots all would come to be, one by one. The
 * first page, where the state is, stays. */
static void give_back_memo(struct mt_thread_state *state)
{
    struct mt_memo *memo = &((struct place *)state)->memo;
    const uintptr_t from = mt_page_up((uintptr_t)state + 1);
    const uintptr_t to = mt_page_down((uintptr_t)(memo + 1));
    if (from < to)
        mt_sys(SYS_madvise, from, to - from, MADV_DONTNEED);
    mt_tip_forget(memo);
}

struct mt_thread_state *mt_thread_enter(void)
{
    if (!mt_process_start())
        return NULL;
    char name[16] = "";
    read_name(name);
    const uint32_t tid = (uint32_t)mt_sys(SYS_gettid);
    uint32_t slot = find_main(tid);
    const int is_known = slot != 0;
    if (!slot)
        slot = take_namesake(tid);
    if (!slot)
        slot = take_ended(tid, name);
    if (slot && mt_process->thread_slots >= ANY_NAME_FROM)
        give_back_memo(state_of(slot));
    if (!slot)
        slot = take_new(tid);
    struct mt_extent *extent;
    if (!slot)
        return NULL;
    note_slot(tid, slot);
    struct mt_thread_state *state = state_of(slot);
    fill_in(state, slot, tid, name, !is_known);
    /* `used` only has to reach the highest slot; a lost update is repaired by the next thread. */
    extent = mt_process->thread_extents[(slot - 1) / MT_THREADS_PER_EXTENT];
    const uint64_t used = 1 + (slot - 1) % MT_THREADS_PER_EXTENT;
    if (extent->used < used)
        __atomic_store_n(&extent->used, used, __ATOMIC_RELEASE);
    return mt_thread_pointer = state;
}

/* Reads /proc/self/task/TID/comm of another thread. */
static void read_name_of(uint32_t tid, char name[16])
{
    char file[] = "/proc/self/task/0000000000/comm", digits[11];
    int count = 0, at = 16;
    for (; tid; tid /= 10)
        digits[count++] = (char)('0' + tid % 10);
    while (count)
        file[at++] = digits[--count];
    for (const char *rest = "/comm"; *rest; rest++)
        file[at++] = *rest;
    file[at] = '\0';
    const long fd = mt_sys(SYS_openat, -100, file, 02000000 /* O_CLOEXEC */);
    if (fd < 0)
        return;
    char read[16] = "";
    const long got = mt_sys(SYS_read, fd, read, sizeof read);
    mt_sys(SYS_close, fd);
    for (long i = 0; i < 16 && got > 0; i++)
        name[i] = i < got && read[i] != '\n' ? read[i] : '\0';
}

void mt_thread_refresh_names(void)
{
    struct mt_process *process = mt_process;
    const uint32_t count = __atomic_load_n(&process->thread_slots, __ATOMIC_RELAXED);
    for (uint32_t slot = 1; slot <= count && slot <= CHUNKS * STATES_PER_CHUNK; slot++) {
        struct mt_thread_state *state = state_of(slot);
        if (state && state->record && !state->record->is_named && !mt_sys_has_ended(state->tid))
            read_name_of(state->tid, state->record->name);
    }
}
