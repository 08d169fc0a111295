/* memtrace.h: what a program can tell the tracer, and ask it, while it runs.
 *
 * Nothing has to be linked: the functions of libmemtrace.so are weak references here, and without
 * the preload every call does nothing and says MEMTRACE_INACTIVE.
 *
 *     uint32_t scope = memtrace_scope_begin("parse");
 *     parse(input);
 *     struct memtrace_leaks leaks;
 *     if (memtrace_scope_end(scope, &leaks) == 0 && leaks.definite.objects > 0)
 *         fail();
 *
 * All functions may be called from any thread, none from a signal handler. Those that count stop
 * the other threads for the time of a clone(2) (some 30 ms per GiB resident), then wait until a
 * child has scanned its copy of the memory. Code annotated for LeakSanitizer (lsan_interface.h)
 * is served without a change. */
#ifndef MEMTRACE_H
#define MEMTRACE_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#ifdef __cplusplus
extern "C" {
#endif

enum {
    MEMTRACE_INACTIVE = -1,    /* not preloaded, or no trace could be made */
    MEMTRACE_NO_VERDICTS = -2, /* the scan could not run: everything counts as unclassified */
};

struct memtrace_count {
    uint64_t objects; /* blocks and mappings */
    uint64_t bytes;   /* as asked for */
};

/* What was alive, by verdict: Valgrind's definitely, indirectly and possibly lost, and still
 * reachable. */
struct memtrace_leaks {
    struct memtrace_count definite, indirect, possible, reachable;
    struct memtrace_count ignored;      /* memtrace_ignore */
    struct memtrace_count unclassified; /* alive, but no scan ran; or lost, but for registers or
                                           stacks that it could not see */
};

/* The weak references; call the functions below instead. `size` is sizeof(struct memtrace_leaks)
 * as the program knows it. */
#if defined __GNUC__ && !defined __clang__
/* By way of the global offset table also where a program is not position-independent: else the
 * linker takes a weak reference there for 0, for good. Clang does that by itself. */
#define MEMTRACE_WEAK __attribute__((weak, noplt))
#else
#define MEMTRACE_WEAK __attribute__((weak))
#endif
MEMTRACE_WEAK int __memtrace_is_active(void);
MEMTRACE_WEAK int __memtrace_check(struct memtrace_leaks *ret_leaks, size_t size);
MEMTRACE_WEAK uint32_t __memtrace_checkpoint(void);
MEMTRACE_WEAK int __memtrace_leaks_since(uint32_t checkpoint, struct memtrace_leaks *ret_leaks,
                                         size_t size);
MEMTRACE_WEAK int __memtrace_leaks_between(const uint32_t *bounds, uint32_t parts,
                                           struct memtrace_leaks *ret_leaks, size_t size);
MEMTRACE_WEAK uint32_t __memtrace_scope_begin(const char *name);
MEMTRACE_WEAK int __memtrace_scope_end(uint32_t scope, struct memtrace_leaks *ret_leaks,
                                       size_t size);
MEMTRACE_WEAK void __memtrace_phase(const char *name);
MEMTRACE_WEAK void __memtrace_ignore(const void *object);
MEMTRACE_WEAK void __memtrace_ignore_begin(void);
MEMTRACE_WEAK void __memtrace_ignore_end(void);
MEMTRACE_WEAK int __memtrace_root_add(const void *start, size_t bytes);
MEMTRACE_WEAK int __memtrace_root_remove(const void *start, size_t bytes);
MEMTRACE_WEAK void __memtrace_thread_name(const char *name);

/* 1 while this process is recorded, else 0. */
static inline int memtrace_is_active(void)
{
    return __memtrace_is_active ? __memtrace_is_active() : 0;
}

/* Scans now and counts all that is alive. The trace keeps the verdicts: `memtrace report` shows
 * the sites. Returns 0 and fills *ret_leaks, or a MEMTRACE_* and zeros (NO_VERDICTS: only
 * unclassified is filled). */
static inline int memtrace_check(struct memtrace_leaks *ret_leaks)
{
    memset(ret_leaks, 0, sizeof *ret_leaks);
    return __memtrace_check ? __memtrace_check(ret_leaks, sizeof *ret_leaks) : MEMTRACE_INACTIVE;
}

/* Marks this moment. Returns its number, 0 without the tracer. */
static inline uint32_t memtrace_checkpoint(void)
{
    return __memtrace_checkpoint ? __memtrace_checkpoint() : 0;
}

/* As memtrace_check, but counts only what was allocated, by any thread, after the checkpoint. */
static inline int memtrace_leaks_since(uint32_t checkpoint, struct memtrace_leaks *ret_leaks)
{
    memset(ret_leaks, 0, sizeof *ret_leaks);
    return __memtrace_leaks_since ? __memtrace_leaks_since(checkpoint, ret_leaks, sizeof *ret_leaks)
                                  : MEMTRACE_INACTIVE;
}

/* Begins a scope, a test case for example: what any thread allocates from here to its end belongs
 * to it, and reports name it. Scopes may lie in each other. `name` is copied, at most 255 bytes of
 * it. Returns the scope, 0 without the tracer. */
static inline uint32_t memtrace_scope_begin(const char *name)
{
    return __memtrace_scope_begin ? __memtrace_scope_begin(name) : 0;
}

/* Ends it, and with ret_leaks not NULL scans and counts what was allocated in it, as
 * memtrace_check. With NULL nothing is scanned and 0 returned. A scope that is not open is left
 * alone. */
static inline int memtrace_scope_end(uint32_t scope, struct memtrace_leaks *ret_leaks)
{
    if (ret_leaks)
        memset(ret_leaks, 0, sizeof *ret_leaks);
    return __memtrace_scope_end ? __memtrace_scope_end(scope, ret_leaks, sizeof *ret_leaks)
                                : MEMTRACE_INACTIVE;
}

/* ---- growth ----
 *
 * What each of many equal iterations leaves behind, whether something points to it or not: this
 * finds what grows without bound although the program frees it all in the end.
 *
 *     struct memtrace_growth growth;
 *     MEMTRACE_REPEAT("parse", 10, 100, &growth)
 *         parse(input);
 *     if (growth.status == 0 && growth.objects > 0)
 *         fail();
 *
 * The body runs 10 + 100 times, with the tracer or without it, as a scope of that name. The first
 * 10 iterations warm up and are not counted. Those that are counted lie in four parts, and an
 * iteration leaves what the part that left least has left, by its iterations: a cache that is
 * filled, a table that is made larger and the last few entries of a history happen in some part, a
 * leak in all of them. A leak in fewer than one iteration of a part is not seen. */
struct memtrace_growth {
    int status;                 /* 0, or a MEMTRACE_*; INACTIVE too where the loop was left early */
    double objects, bytes;      /* that an iteration leaves */
    struct memtrace_count left; /* by all counted iterations together */
};

enum { MEMTRACE_PARTS = 4 };

struct memtrace_repeat {
    struct memtrace_growth *growth;
    uint32_t scope;
    uint64_t warm_up, times, done;       /* iterations */
    uint32_t bounds[MEMTRACE_PARTS + 1]; /* checkpoints before each part, and after the last */
};

/* What MEMTRACE_REPEAT is made of. */
static inline struct memtrace_repeat memtrace_repeat_begin(const char *name, uint32_t warm_up,
                                                           uint32_t times,
                                                           struct memtrace_growth *ret_growth)
{
    struct memtrace_repeat repeat;
    memset(&repeat, 0, sizeof repeat);
    memset(ret_growth, 0, sizeof *ret_growth);
    ret_growth->status = MEMTRACE_INACTIVE;
    repeat.growth = ret_growth;
    repeat.scope = memtrace_scope_begin(name);
    repeat.warm_up = warm_up;
    repeat.times = times;
    return repeat;
}

/* Iterations before part number `part`, warm-up included. */
static inline uint64_t memtrace_repeat_before(const struct memtrace_repeat *repeat, uint64_t part)
{
    return repeat->warm_up + repeat->times * part / MEMTRACE_PARTS;
}

/* All but what is ignored. */
static inline struct memtrace_count memtrace_left(const struct memtrace_leaks *leaks)
{
    struct memtrace_count sum;
    sum.objects = leaks->definite.objects + leaks->indirect.objects + leaks->possible.objects +
                  leaks->reachable.objects + leaks->unclassified.objects;
    sum.bytes = leaks->definite.bytes + leaks->indirect.bytes + leaks->possible.bytes +
                leaks->reachable.bytes + leaks->unclassified.bytes;
    return sum;
}

static inline void memtrace_repeat_count(const struct memtrace_repeat *repeat)
{
    struct memtrace_growth *growth = repeat->growth;
    struct memtrace_leaks parts[MEMTRACE_PARTS];
    int is_first = 1;
    growth->status = __memtrace_leaks_between(repeat->bounds, MEMTRACE_PARTS, parts, sizeof *parts);
    if (growth->status == MEMTRACE_INACTIVE)
        return;
    for (unsigned i = 0; i < MEMTRACE_PARTS; i++) {
        const struct memtrace_count left = memtrace_left(&parts[i]);
        const double iterations =
            (double)(memtrace_repeat_before(repeat, i + 1) - memtrace_repeat_before(repeat, i));
        growth->left.objects += left.objects;
        growth->left.bytes += left.bytes;
        if (iterations == 0) /* there are fewer than parts */
            continue;
        if (is_first || (double)left.objects / iterations < growth->objects)
            growth->objects = (double)left.objects / iterations;
        if (is_first || (double)left.bytes / iterations < growth->bytes)
            growth->bytes = (double)left.bytes / iterations;
        is_first = 0;
    }
}

/* 1 while there is an iteration to run; after the last one counts, and returns 0. */
static inline int memtrace_repeat_next(struct memtrace_repeat *repeat)
{
    for (unsigned i = 0; i <= MEMTRACE_PARTS; i++)
        if (repeat->done == memtrace_repeat_before(repeat, i))
            repeat->bounds[i] = memtrace_checkpoint();
    if (repeat->done++ < repeat->warm_up + repeat->times)
        return 1;
    memtrace_scope_end(repeat->scope, NULL);
    if (__memtrace_leaks_between)
        memtrace_repeat_count(repeat);
    return 0;
}

#define MEMTRACE_REPEAT(name, warm_up, times, ret_growth)                                          \
    for (struct memtrace_repeat memtrace_repeat_ =                                                 \
             memtrace_repeat_begin(name, warm_up, times, ret_growth);                              \
         memtrace_repeat_next(&memtrace_repeat_);)

/* Names what the program does from here on ("loading"), for reports. */
static inline void memtrace_phase(const char *name)
{
    if (__memtrace_phase)
        __memtrace_phase(name);
}

/* The block or mapping that begins at `object` is no leak, nor is what only it points to. */
static inline void memtrace_ignore(const void *object)
{
    if (__memtrace_ignore)
        __memtrace_ignore(object);
}

/* What this thread allocates between the two is no leak. They nest. */
static inline void memtrace_ignore_begin(void)
{
    if (__memtrace_ignore_begin)
        __memtrace_ignore_begin();
}

static inline void memtrace_ignore_end(void)
{
    if (__memtrace_ignore_end)
        __memtrace_ignore_end();
}

/* Pointers in these bytes keep what they point to: memory that the scan cannot know, such as a
 * device's. Returns 0; MEMTRACE_INACTIVE also where there is no room for more regions. */
static inline int memtrace_root_add(const void *start, size_t bytes)
{
    return __memtrace_root_add ? __memtrace_root_add(start, bytes) : MEMTRACE_INACTIVE;
}

/* Takes it back; start and bytes as they were added. Returns 0; MEMTRACE_INACTIVE also where there
 * is no such region. */
static inline int memtrace_root_remove(const void *start, size_t bytes)
{
    return __memtrace_root_remove ? __memtrace_root_remove(start, bytes) : MEMTRACE_INACTIVE;
}

/* Names the calling thread in reports, at most 15 bytes; the name that the kernel and debuggers
 * show stays. */
static inline void memtrace_thread_name(const char *name)
{
    if (__memtrace_thread_name)
        __memtrace_thread_name(name);
}

#ifdef __cplusplus
}
#endif

#endif
