/* thread_stacks.c: takes the calls that make and end threads, gives mappings of kind STACK.
 *
 * Where a stack lies is known to libc alone: in the thread's descriptor, to which a pthread_t
 * points, four words say its lowest address, length and guard. They are found by what they must
 * be, for their place differs between versions of glibc. The descriptor is read by the kernel
 * (process_vm_readv): a thread that detached itself may be gone with its stack by then, and the
 * read fails.
 *
 * Whether a thread has ended is asked of the kernel, by its number, when the next one is made and
 * when the process ends. A stack in use is never reported; one that libc keeps to use again has no
 * record, for its thread was joined or detached.
 *
 * A new thread may be detached, or joined, before pthread_create returns to the hook. So who
 * releases a thread that has no record while some thread is being made, leaves its name behind.
 * Names and records are looked at together: both under the lock of mappings. */
#include "thread_stacks.h"

#include <errno.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include "arch.h"
#include "callers.h"
#include "elf_lookup.h"
#include "facts.h"
#include "mapping_slots.h"
#include "mappings.h"
#include "memory.h"
#include "page.h"
#include "real.h"
#include "sandbox.h"
#include "sys.h"

enum {
    EARLY_MAX = 64,
    DESCRIPTOR_WORDS_MAX = 512,
    HEAD_WORDS = 8,           /* of a descriptor, which hold its own address */
    TLS_BYTES_MAX = 16 << 20, /* between descriptor and end of stack */
    LOOKS = 4,                /* threads asked for whenever one is made */
};

/* In wiped memory; but for what is atomic, under the lock of mappings. */
struct mt_thread_stacks {
    uint32_t being_made;        /* calls of pthread_create under way; atomic */
    uint32_t early_count;       /* EARLY_MAX + 1: some were not kept */
    pthread_t early[EARLY_MAX]; /* released before they had a record; 0 taken out */
    uint64_t look_from;         /* address up to which threads were asked for */
    uint32_t standing;          /* records, but for those that are counted as lost; atomic */
};

/* libc's, by libthread_db's own tables; 0 or NULL where this libc has none. */
static struct mt_descriptor_layout layout;
static int (*get_detach_state)(const pthread_attr_t *, int *);
static int (*get_stack)(const pthread_attr_t *, void **, size_t *);

/* libc has no stack to note for the first thread: as if it had one that begins at 0 and is as long
 * as its last address is high. */
static uint32_t find_stack_word(uint32_t bytes)
{
    const struct mt_symbol stack_end = mt_elf_find_data_after(mt_elf_self(), "__libc_stack_end");
    const uint64_t *words = (const uint64_t *)mt_arch_descriptor(bytes);
    if (!stack_end.address)
        return 0;
    for (uint32_t i = HEAD_WORDS; i < bytes / 8; i++)
        if (words[i] == *(const uint64_t *)stack_end.address && words[i - 1] == 0)
            return 8 * (i - 1);
    return 0;
}

void mt_thread_stacks_start(void)
{
    const struct link_map *self = mt_elf_self();
    const uint32_t *bytes = mt_elf_find_data_after(self, "_thread_db_sizeof_pthread").address;
    const uint32_t *tid = mt_elf_find_data_after(self, "_thread_db_pthread_tid").address;
    get_detach_state = mt_elf_find_after(self, "pthread_attr_getdetachstate").address;
    get_stack = mt_elf_find_after(self, "pthread_attr_getstack").address;
    /* A field is described by its bits, its elements and its offset. */
    if (bytes && tid && tid[0] == 32 && tid[2] + 4 <= *bytes &&
        *bytes <= DESCRIPTOR_WORDS_MAX * 8 && get_detach_state && get_stack) {
        layout.bytes = *bytes;
        layout.tid = tid[2];
        layout.stack = find_stack_word(*bytes);
    }
}

const struct mt_descriptor_layout *mt_thread_stacks_layout(void)
{
    return &layout;
}

/* NULL before a thread was made. Acquire: pairs with the compare-and-swap below. */
static struct mt_thread_stacks *present(void)
{
    return __atomic_load_n(&mt_process->thread_stacks, __ATOMIC_ACQUIRE);
}

static struct mt_thread_stacks *stacks(void)
{
    struct mt_thread_stacks *found = present();
    struct mt_thread_stacks *made = found ? NULL : mt_map_wiped(sizeof *made);
    if (!made)
        return found;
    if (__atomic_compare_exchange_n(&mt_process->thread_stacks, &found, made, 0, __ATOMIC_ACQ_REL,
                                    __ATOMIC_ACQUIRE))
        return made;
    mt_unmap(made, sizeof *made);
    return found;
}

/* ---- descriptors ---- */

struct descriptor {
    uint64_t address, bytes; /* of the stack, its guard and the descriptor itself included */
    int32_t tid;             /* 0: it has ended; less: it has been joined */
};

/* Whether four words of the descriptor at `self` say a stack that it lies at the top of. */
static int is_stack(const uint64_t *word, uint64_t self)
{
    const uint64_t end = word[0] + word[1], page = mt_page_bytes();
    return word[0] > word[1] && word[0] < self && end > self && end - self < TLS_BYTES_MAX &&
           word[0] % page == 0 && word[1] >= 2 * page && word[2] < word[1] && word[2] % page == 0 &&
           word[3] <= word[1];
}

/* A detached thread is its own joiner. */
static int is_detached(const uint64_t *words, size_t count, uint64_t self)
{
    for (size_t i = HEAD_WORDS; i < count; i++)
        if (words[i] == self)
            return 1;
    return 0;
}

/* Kernels may be built without the call, and containers may forbid it. */
static void say_unreadable(void)
{
    static const char text[] = "the kernel lets nobody read a thread's descriptor "
                               "(process_vm_readv): stacks of threads that were never joined are "
                               "not among the mappings";
    if (!__atomic_exchange_n(&mt_process->thread_stacks_unreadable, 1, __ATOMIC_RELAXED))
        mt_fact_append(MT_FACT_LIMIT, text, sizeof text - 1, NULL, 0);
}

/* Reads a thread's descriptor. Returns 0 where it is gone, detached, or not understood. */
static int read_descriptor(pthread_t thread, struct descriptor *ret_descriptor)
{
    uint64_t words[DESCRIPTOR_WORDS_MAX];
    const uint64_t self = (uint64_t)thread;
    const size_t count = layout.bytes / 8;
    const struct iovec to = {words, layout.bytes}, from = {(void *)self, layout.bytes};
    const uint32_t pid = mt_process->header->pid;
    const long got = mt_sys(SYS_process_vm_readv, pid, &to, 1, &from, 1, 0);
    if (got == -ENOSYS || got == -EPERM)
        say_unreadable();
    if (got != (long)layout.bytes || is_detached(words, count, self))
        return 0;
    for (size_t i = HEAD_WORDS; i + 4 <= count; i++) {
        if (!is_stack(words + i, self))
            continue;
        ret_descriptor->address = words[i];
        ret_descriptor->bytes = words[i + 1];
        ret_descriptor->tid = *(const int32_t *)((const char *)words + layout.tid);
        return 1;
    }
    return 0;
}

/* Whether these attributes make a thread whose stack libc does not keep for a join: a detached
 * one, or one on a stack of the program's. */
static int is_not_kept(const pthread_attr_t *attributes)
{
    int state;
    void *address;
    size_t bytes;
    if (!attributes)
        return 0;
    if (get_detach_state(attributes, &state) != 0 || state == PTHREAD_CREATE_DETACHED)
        return 1;
    /* Without a stack of its own the end of it is 0. */
    return get_stack(attributes, &address, &bytes) == 0 && (uintptr_t)address + bytes != 0;
}

/* ---- ended threads ---- */

/* Stacks of threads that were alive when last asked for. */
struct looked_at {
    struct mt_mapping stacks[LOOKS];
    unsigned count;
};

/* Of the next mappings from `at` on those that are stacks in use, but for the one of `birth`.
 * Returns where to go on, 0 at the end of all. */
static uint64_t gather(const struct mt_mappings *mappings, uint64_t at, uint64_t birth,
                       struct looked_at *ret_looked)
{
    ret_looked->count = 0;
    for (unsigned i = 0; i < LOOKS; i++) {
        struct mt_mapping *next = &ret_looked->stacks[ret_looked->count];
        if (!mt_mapping_find_held(mappings, at, next))
            return 0;
        at = next->address + next->bytes;
        ret_looked->count += mt_mapping_kind(next) == MT_MAPPING_STACK && next->birth != birth &&
                             !(mt_mapping_state(next) & MT_MAPPING_THREAD_ENDED);
    }
    return at;
}

/* Without the lock: a system call for each. */
static void ask(const struct looked_at *looked)
{
    for (unsigned i = 0; i < looked->count; i++) {
        const struct mt_mapping *stack = &looked->stacks[i];
        if (mt_sys(SYS_tgkill, mt_process->header->pid, stack->detail, 0) == -ESRCH)
            mt_mapping_thread_ended(stack->address, stack->birth);
    }
}

void mt_thread_stacks_look(void)
{
    struct looked_at looked;
    struct mt_mappings *mappings;
    uint64_t signals, at = 0;
    if (!present() || mt_sandbox_is_on())
        return;
    do {
        if (!(mappings = mt_mappings_hold(&signals)))
            return;
        at = gather(mappings, at, 0, &looked);
        mt_mappings_let_go(mappings, signals);
        ask(&looked);
    } while (at);
}

/* ---- creation ---- */

uint32_t mt_thread_stack_before(const struct mt_frame *caller)
{
    struct mt_thread_state *thread = mt_thread_self();
    if (!thread || !layout.bytes || !mt_caller_is_program(caller->pc))
        return 0;
    const uint32_t stack = mt_record_stack(thread, MT_FN_PTHREAD_CREATE, caller);
    struct mt_thread_stacks *all = stack ? stacks() : NULL;
    if (!all)
        return 0;
    /* Who releases the thread has its name from pthread_create, which is called after this. */
    __atomic_fetch_add(&all->being_made, 1, __ATOMIC_RELAXED);
    return stack;
}

/* Takes the name out that an early release has left. */
static int was_released(struct mt_thread_stacks *all, pthread_t thread)
{
    int found = all->early_count > EARLY_MAX;
    for (uint32_t i = 0; i < all->early_count && i < EARLY_MAX; i++) {
        if (all->early[i] == thread) {
            all->early[i] = 0;
            found = 1;
        }
    }
    return found;
}

/* Returns the birth of its mapping, 0 where it could not be recorded. */
static uint64_t insert(struct mt_mappings *mappings, uint32_t stack,
                       const struct descriptor *descriptor)
{
    const struct mt_thread_state *thread = mt_thread_self();
    const unsigned state = descriptor->tid ? 0 : MT_MAPPING_THREAD_ENDED;
    const struct mt_mapping mapping = {
        .address = descriptor->address,
        .bytes = mt_page_up(descriptor->bytes),
        .born_ms = mt_process_now_ms(),
        .stack = stack,
        .detail = (uint32_t)descriptor->tid,
        .thread = thread && thread->slot < (1u << MT_THREAD_BITS) ? (uint16_t)thread->slot : 0,
        .kind_state = (uint8_t)(MT_MAPPING_STACK | state << 4),
        .protection = PROT_READ | PROT_WRITE,
    };
    return mt_mapping_insert_held(mappings, &mapping);
}

/* The lock is not to be had. all: NULL in a child that was forked meanwhile. */
static void give_up(struct mt_thread_stacks *all, int is_kept)
{
    if (!all)
        return;
    __atomic_sub_fetch(&all->being_made, 1, __ATOMIC_RELAXED);
    if (is_kept)
        mt_mapping_count_lost();
}

void mt_thread_stack_after(uint32_t stack, pthread_t thread, const pthread_attr_t *attributes)
{
    struct descriptor descriptor = {0};
    struct looked_at looked;
    uint64_t signals, birth = 0;
    if (!stack || !mt_thread_self())
        return;
    const int is_kept = thread && !is_not_kept(attributes) && read_descriptor(thread, &descriptor);
    struct mt_thread_stacks *all = present(); /* not in a child that was forked meanwhile */
    struct mt_mappings *mappings = all ? mt_mappings_hold(&signals) : NULL;
    if (!mappings) {
        give_up(all, is_kept);
        return;
    }
    if (!was_released(all, thread) && is_kept && descriptor.tid >= 0)
        birth = insert(mappings, stack, &descriptor);
    if (birth)
        __atomic_fetch_add(&all->standing, 1, __ATOMIC_RELAXED);
    /* Names are left under the lock: none of a thread that is made from here on is among them. */
    if (__atomic_sub_fetch(&all->being_made, 1, __ATOMIC_RELAXED) == 0)
        all->early_count = 0;
    all->look_from = gather(mappings, all->look_from, birth, &looked);
    mt_mappings_let_go(mappings, signals);
    if (thread)
        mt_record_call(MT_FN_PTHREAD_CREATE);
    if (!mt_sandbox_is_on())
        ask(&looked);
}

/* ---- release ---- */

static int is_being_made(const struct mt_thread_stacks *all)
{
    return __atomic_load_n(&all->being_made, __ATOMIC_RELAXED) != 0;
}

static int is_stack_of(const struct mt_mapping *mapping, pthread_t thread)
{
    return mt_mapping_kind(mapping) == MT_MAPPING_STACK && mapping->address < (uint64_t)thread;
}

/* One record less stands. Returns 0 where there was none. */
static int end_one(struct mt_thread_stacks *all)
{
    uint32_t standing = __atomic_load_n(&all->standing, __ATOMIC_RELAXED);
    while (standing && !__atomic_compare_exchange_n(&all->standing, &standing, standing - 1, 1,
                                                    __ATOMIC_RELAXED, __ATOMIC_RELAXED))
        ;
    return standing != 0;
}

struct mt_stack_token mt_thread_stack_releasing(pthread_t thread)
{
    struct mt_stack_token token = {0, 0};
    struct mt_mapping mapping;
    uint64_t signals;
    struct mt_thread_stacks *all = mt_thread_self() ? present() : NULL;
    struct mt_mappings *mappings = all ? mt_mappings_hold(&signals) : NULL;
    if (!mappings) {
        /* A record may stay for ever. A sandbox that refuses each lock lets more threads be joined
         * than have one: no more are lost than stand. */
        if (all && end_one(all))
            mt_mapping_count_lost();
        return token;
    }
    if (mt_mapping_find_held(mappings, (uint64_t)thread, &mapping) && is_stack_of(&mapping, thread))
        token = (struct mt_stack_token){mapping.address, mapping.birth};
    else if (is_being_made(all) && all->early_count < EARLY_MAX)
        all->early[all->early_count++] = thread;
    else if (is_being_made(all))
        all->early_count = EARLY_MAX + 1;
    mt_mappings_let_go(mappings, signals);
    return token;
}

void mt_thread_stack_released(struct mt_stack_token token)
{
    struct mt_thread_stacks *all = token.birth && mt_thread_self() ? present() : NULL;
    if (!all)
        return;
    end_one(all);
    mt_mapping_forget(token.address, token.birth);
}
