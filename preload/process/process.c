/* process.c: the life of the tracer in one process image: it begins at the first hook, begins anew
 * in a forked child, and ends by a word in the trace's header. */
#include "process.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <unistd.h>
#include "api.h"
#include "arch.h"
#include "blocks.h"
#include "bootstrap.h"
#include "callers.h"
#include "proof.h"
#include "clock.h"
#include "closing.h"
#include "elf_lookup.h"
#include "extents.h"
#include "facts.h"
#include "guard.h"
#include "hooks.h"
#include "identity.h"
#include "inheritance.h"
#include "line.h"
#include "look.h"
#include "mappings.h"
#include "memory.h"
#include "misuse.h"
#include "namespaces.h"
#include "options.h"
#include "oracle.h"
#include "procfs.h"
#include "rebind.h"
#include "scan.h"
#include "sampled.h"
#include "sandbox.h"
#include "signals.h"
#include "startup.h"
#include "sys.h"
#include "taken.h"
#include "thread_stacks.h"
#include "trace_file.h"
#include "urgent.h"
#include "watch.h"

struct mt_process *mt_process;
static int begun;           /* this image has begun once: whoever begins again is its child */
static int is_image_traced; /* else nobody would close the traces of its children */

/* Kept over a fork, for the child to unmap. */
static void *parents_header;
static uint64_t parents_bytes;

enum {
    OWN_STACK_BYTES = 128 * 1024,
    SHARE_OF_LIMIT = 16,       /* the trace's part of a limited address space */
    SPARE_UNITS_MAX = 1 << 14, /* 1 GiB */
};

uint64_t mt_process_now_ms(void)
{
    const uint64_t now_ns = mt_clock_ns(CLOCK_MONOTONIC_COARSE);
    const uint64_t started_ns = mt_process->started_mono_ns;
    return now_ns > started_ns ? (now_ns - started_ns) / 1000000 : 0;
}

/* ---- beginning ---- */

static void fill_header(struct mt_process *process, int forked)
{
    struct mt_header *header = process->header;
#if defined(__x86_64__)
    header->machine = 62;
#else
    header->machine = 183;
#endif
    header->version = MT_TRACE_VERSION;
    header->version_oldest = MT_TRACE_VERSION_OLDEST;
    header->byte_order = MT_TRACE_BYTE_ORDER;
    header->word_bits = 64;
    header->header_bytes = MT_HEADER_BYTES;
    header->unit_bytes = MT_UNIT_BYTES;
    header->units_reserved = process->reserved_bytes >> MT_UNIT_SHIFT;
    header->units_used = 1;
    header->granule_shift = mt_allocator.is_glibc ? MT_GLIBC_SHIFT : MT_OTHER_SHIFT;
    header->flags =
        (mt_allocator.is_foreign ? MT_FLAG_FOREIGN_MALLOC : 0) | (forked ? MT_FLAG_FORKED : 0);
    header->pid = (uint32_t)mt_sys(SYS_getpid);
    header->ppid = (uint32_t)mt_sys(SYS_getppid);
    mt_procfs_stat(&header->process_start, &header->brk_start);
    header->brk_end = (uint64_t)mt_sys(SYS_brk, 0);
    if (!header->brk_start)
        header->brk_start = header->brk_end;
    header->started_unix_ns = mt_clock_ns(CLOCK_REALTIME);
    header->started_mono_ns = process->started_mono_ns;
    header->exit_status = -1;
    header->depth_max = mt_options.depth;
    header->sample_bytes = mt_options.sample_bytes;
    header->proofs_wanted = mt_options.proof && !mt_options.sample_bytes ? MT_PROOFS : 0;
    /* The magic comes last: a file without it is no trace yet. */
    __atomic_thread_fence(__ATOMIC_RELEASE);
    memcpy(header->magic, MT_TRACE_MAGIC, sizeof header->magic);
}

static int make_trace(struct mt_process *process, int forked)
{
    process->header = mt_trace_file_create(!forked, &process->reserved_bytes);
    if (!process->header)
        return 0;
    process->started_mono_ns = mt_clock_ns(CLOCK_MONOTONIC_COARSE);
    if (mt_options.sample_bytes)
        mt_sampled_start();
    if (!mt_block_start(mt_allocator.is_glibc) ||
        !mt_extent_back(process->header, MT_HEADER_BYTES)) {
        mt_trace_file_remove(!forked);
        return 0;
    }
    fill_header(process, forked);
    mt_vanished_keep_header();
    mt_identity_say(forked);
    mt_misuse_start();
    return 1;
}

static void begin_image(void)
{
    const struct mt_startup startup = mt_startup();
    mt_sandbox_start();
    mt_line_remember_stderr();
    mt_options_read(startup.environment);
    mt_trace_file_locate(mt_identity_find());
    if (!mt_options.children)
        mt_inheritance_leave_out((char **)startup.environment);
}

static void record_early_block(void *block, size_t size_bytes, uintptr_t caller_pc)
{
    struct mt_thread_state *thread = mt_thread_self();
    if (!thread || !mt_record_is_sampled(thread, size_bytes))
        return;
    const uint32_t stack = mt_stack_of_caller(caller_pc, MT_FN_MALLOC);
    uint64_t *place = stack ? mt_block_place(thread, block) : NULL;
    if (!place)
        return;
    if (thread->way & MT_WAY_SAMPLES)
        mt_sampled_raise(block);
    mt_block_insert(thread, place, block, size_bytes, stack);
}

/* The child of a fork: the parent's trace is still mapped here, and must be left alone. */
static void leave_parents_trace(void)
{
    if (parents_header)
        mt_sys(SYS_munmap, parents_header, parents_bytes);
    parents_header = NULL;
}

/* A program with more rights than whoever started it (setuid) is left alone, even where the library
 * comes by /etc/ld.so.preload: what the environment asks for would be done with the program's
 * rights.
 */
static void begin(void *argument)
{
    struct mt_process *process = argument;
    const int forked = begun;
    begun = 1;
    const int is_privileged = getauxval(AT_SECURE) != 0;
    if (forked)
        leave_parents_trace();
    else if (!is_privileged)
        begin_image();
    const int is_wanted =
        !is_privileged &&
        (!forked || (is_image_traced && mt_options.children && !mt_sandbox_is_on()));
    if (!forked && !is_privileged)
        mt_vanished_start();
    const int records = is_wanted && make_trace(process, forked);
    if (records) {
        is_image_traced = 1;
        parents_header = process->header;
        parents_bytes = process->reserved_bytes;
        if (forked)
            mt_stack_restart();
        mt_system_start(forked);
        if (!forked)
            mt_watch_start();
        mt_watch_say();
    }
    /* Release: who sees ON sees the trace. */
    __atomic_store_n(&process->state, records ? MT_PROCESS_ON : MT_PROCESS_OFF, __ATOMIC_RELEASE);
    mt_urgent_stand_by();
    if (records)
        mt_taken_stand_by_all();
    else if (!forked)
        mt_taken_give_back_all();
    if (records && !forked)
        mt_bootstrap_each(record_early_block);
}

/* Paths, facts and dlopen need more stack than a hook may take: a child can be forked, or the
 * first block allocated, on a fiber of a few KiB. Signals wait meanwhile: a handler that allocates
 * would find the tracer half begun. */
int mt_process_run_aside(void (*work)(void *), void *argument)
{
    static char *stack;
    uint64_t before;
    if (!stack)
        stack = mt_map_kept(OWN_STACK_BYTES);
    if (!stack)
        return 0;
    const int is_held = mt_signals_hold(&before);
    mt_arch_call_on(stack + OWN_STACK_BYTES, work, argument);
    if (is_held)
        mt_signals_release(before);
    return 1;
}

/* There is no memory to begin in. Said once, where nothing has been read yet. */
static void say_no_memory(void)
{
    struct mt_line line;
    if (__atomic_exchange_n(&begun, 1, __ATOMIC_RELAXED))
        return; /* a second try would miss what was before: it finds an image that is not traced */
    mt_line_remember_stderr();
    mt_options_read(mt_startup().environment);
    mt_line_start(&line);
    mt_line_add(&line,
                "no memory for the tracer: the program runs untraced (is the limit on address "
                "space, ulimit -v, too low?)");
    mt_line_say(&line);
}

/* Without memory that a fork wipes, children would write into their parent's trace. An option lets
 * them, for tests in an emulator of programs that have none. */
static void say_not_wiped(void *unused)
{
    struct mt_line line;
    (void)unused;
    mt_line_remember_stderr();
    mt_options_read(mt_startup().environment);
    if (mt_options.unwiped)
        return;
    mt_line_start(&line);
    mt_line_add(&line,
                "there is no memory that a fork wipes (madvise, MADV_WIPEONFORK: refused, or "
                "an emulator): the program runs untraced");
    mt_line_say(&line);
}

static struct mt_process *make_process(void)
{
    static int was_refused;
    struct mt_process *made = NULL;
    if (was_refused)
        return NULL;
    if (mt_memory_can_be_wiped())
        made = mt_map_wiped(sizeof *made);
    if (!made && !__atomic_exchange_n(&was_refused, 1, __ATOMIC_RELAXED)) {
        if (!mt_process_run_aside(say_not_wiped, NULL))
            say_no_memory();
        else if (mt_options.unwiped && (made = mt_map_wiped(sizeof *made)))
            was_refused = 0;
    }
    return made;
}

int mt_process_start(void)
{
    struct mt_process *process = mt_process;
    if (!process)
        mt_process = process = make_process();
    if (!process)
        return 0;
    uint32_t state = __atomic_load_n(&process->state, __ATOMIC_ACQUIRE);
    if (state == MT_PROCESS_NEW &&
        __atomic_compare_exchange_n(&process->state, &state, MT_PROCESS_STARTING, 0,
                                    __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE)) {
        if (!mt_process_run_aside(begin, process)) {
            process->state = MT_PROCESS_OFF;
            say_no_memory();
        }
        state = process->state;
    }
    return state == MT_PROCESS_ON;
}

/* ---- end ---- */

struct mt_header *mt_process_own_header(void)
{
    struct mt_header *header = mt_trace_header();
    if (!header || __atomic_load_n(&mt_process->state, __ATOMIC_ACQUIRE) != MT_PROCESS_ON)
        return NULL;
    if (mt_sandbox_is_on()) /* which may kill whoever asks; and a child there has no trace */
        return header;
    const long pid = mt_sys(SYS_getpid); /* a sandbox from before may refuse to say */
    if (pid > 0 && (uint32_t)pid != header->pid)
        return NULL;
    return header;
}

void mt_process_shrink(uint64_t limit_bytes)
{
    struct mt_process *process = mt_process;
    if (process && __atomic_load_n(&process->state, __ATOMIC_ACQUIRE) == MT_PROCESS_NEW)
        leave_parents_trace(); /* a forked child without a trace: not even that is wanted */
    struct mt_header *header = process ? mt_process_own_header() : NULL;
    if (!process || !process->header || header)
        mt_guard_shrink();
    if (!header)
        return;
    const uint64_t used = __atomic_load_n(&header->units_used, __ATOMIC_RELAXED);
    const uint64_t spare = (limit_bytes / SHARE_OF_LIMIT) >> MT_UNIT_SHIFT;
    const uint64_t units = used + (spare < SPARE_UNITS_MAX ? spare : SPARE_UNITS_MAX);
    if (units >= header->units_reserved)
        return;
    /* A thread that has claimed units beyond finds them gone, which is a full trace. */
    __atomic_store_n(&header->units_reserved, units, __ATOMIC_SEQ_CST);
    mt_sys(SYS_munmap, (char *)header + (units << MT_UNIT_SHIFT),
           process->reserved_bytes - (units << MT_UNIT_SHIFT));
    process->reserved_bytes = parents_bytes = units << MT_UNIT_SHIFT;
}

void mt_process_ends(enum mt_end end, int status)
{
    struct mt_header *header = mt_process_own_header();
    if (!header || header->end == MT_END_EXITED)
        return;
    mt_thread_stacks_look();
    mt_system_sample();
    header->ended_ms = mt_process_now_ms();
    if (status >= 0) {
        header->exit_status = status;
        __atomic_fetch_or(&header->flags, MT_FLAG_EXIT_STATUS, __ATOMIC_RELAXED);
    }
    __atomic_store_n(&header->end, end, __ATOMIC_RELEASE);
}

void mt_process_goes_on(void)
{
    struct mt_header *header = mt_process_own_header();
    if (header)
        __atomic_store_n(&header->end, MT_END_RUNNING, __ATOMIC_RELEASE);
}

/* The scan reads this thread's stack from this frame up, and in the frame the registers that the
 * program left: whoever is called from here has saved those that it uses in places that end with
 * it.
 */
static inline __attribute__((always_inline)) void look_at_exit(void)
{
    struct mt_registers registers = {0};
    mt_arch_capture(&registers);
    mt_process_run_aside(mt_look_at_exit, &registers);
}

static void at_exit(int status, void *unused)
{
    (void)unused;
    struct mt_header *header = mt_process_own_header();
    if (!header)
        return;
    mt_lsan_say_suppressions();
    mt_namespaces_say();
    enum mt_trace_file_state file = MT_TRACE_FILE_WHOLE;
    if (!mt_sandbox_is_on()) {
        file = mt_trace_file_look(mt_process->units_taken << MT_UNIT_SHIFT);
        if (file == MT_TRACE_FILE_CUT)
            mt_vanished_note();
        mt_thread_refresh_names();
        look_at_exit();
    }
    mt_process_ends(MT_END_EXITED, status & 255);
    if (!mt_sandbox_is_on()) /* it asks what stderr is */
        mt_closing_say(header, file == MT_TRACE_FILE_GONE);
    /* From here on the trace takes no more extents, so its sparse tail can go. */
    __atomic_store_n(&mt_process->closing, 1, __ATOMIC_SEQ_CST);
    if (!mt_sandbox_is_on() && !mt_vanished())
        mt_trace_file_cut(__atomic_load_n(&header->units_used, __ATOMIC_SEQ_CST) << MT_UNIT_SHIFT);
}

static void at_quick_exit_(void)
{
    if (mt_process_own_header() && !mt_sandbox_is_on())
        look_at_exit();
    mt_process_ends(MT_END_EXITED, -1);
}

/* Runs before every other constructor, libc's included (the library is linked with -z initfirst).
 * An on_exit handler belongs to no library and runs in reverse order of registration: after every
 * atexit handler, static destructor and library destructor, with the exit status. */
static __attribute__((constructor)) void construct(void)
{
    if (!mt_hooks_ready())
        return;
    mt_rebind_libc();
    mt_rebind_jemalloc();
    mt_thread_stacks_start();
    mt_scan_start();
    mt_lsan_start();
    if (!mt_thread_self())
        return;
    if (mt_options.proof)
        mt_proof_start();
    on_exit(at_exit, NULL);
    (void)at_quick_exit(at_quick_exit_); /* no memory: ends unscanned */
}

static void start_stacks(void *unused)
{
    (void)unused;
    mt_stack_start();
    mt_callers_exclude(mt_oracle_library()); /* what it maps for itself is not the program's */
}

/* It sets both at once; a program may have cleared its environment since. */
static int libc_is_initialised(void)
{
    return environ || *program_invocation_name;
}

int mt_process_open_stacks(void)
{
    static int opened;
    struct mt_thread_state *thread = mt_thread_known();
    /* A malloc that is not ours to hook calls mmap while it holds its locks; dlopen would call it.
     */
    if (opened || mt_allocator.is_shadowed || mt_allocator.is_foreign || !libc_is_initialised() ||
        !thread)
        return opened;
    opened = 1;
    const int errno_before = errno; /* dlopen and libunwind are no hooks of ours */
    const struct mt_outer outer = mt_record_enter(MT_RECORD_MUTED, NULL);
    mt_process_run_aside(start_stacks, NULL);
    mt_record_leave(outer, NULL);
    errno = errno_before;
    return opened;
}
