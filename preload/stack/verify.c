/* verify.c: takes a stack that was just recorded and walks it again in the slowest and plainest
 * way: libunwind's local unwinder, without caches, from the registers of this instant. Its guesses
 * where there is no call frame information do not count: both walks must end there. */
#define UNW_LOCAL_ONLY
#include "verify.h"

#include <errno.h>
#include <libunwind.h>
#include "extents.h"
#include "loader.h"
#include "nodes.h"
#include "sys.h"

enum { SHOWN_MAX = 4, OWN_FRAMES_MAX = 16 };


#define TEXT_(x) #x
#define TEXT(x) TEXT_(x)
#define FUNCTIONS(X)                                                                               \
    X(set_caching_policy, unw_set_caching_policy)                                                  \
    X(init, unw_init_local2)                                                                       \
    X(step, unw_step)                                                                              \
    X(get_reg, unw_get_reg)                                                                        \
    X(get_save_loc, unw_get_save_loc)                                                              \
    X(is_signal_frame, unw_is_signal_frame)                                                        \
    X(get_proc_info, unw_get_proc_info)

static struct {
#define X(name, symbol) __typeof(symbol) *name;
    FUNCTIONS(X)
#undef X
#if !defined(__aarch64__)
    int (*getcontext)(unw_tdep_context_t *);
#endif
} unwinder;

#if defined(__aarch64__)
enum { IS_AARCH64 = 1 };

static int find_getcontext(void *library)
{
    (void)library;
    return 1;
}

#define get_context unw_tdep_getcontext /* a macro there */

#else
enum { IS_AARCH64 = 0 };

static int find_getcontext(void *library)
{
    unwinder.getcontext = mt_loader.find_symbol(library, TEXT(UNW_ARCH_OBJ(getcontext)));
    return unwinder.getcontext != NULL;
}

#define get_context unwinder.getcontext
#endif

int mt_verify_start(void)
{
    if (!mt_loader.open)
        return 0;
    void *library = mt_loader.open("libunwind.so.8", RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
    if (!library)
        return 0;
    int missing = 0;
#define X(name, symbol) missing += !(unwinder.name = mt_loader.find_symbol(library, TEXT(symbol)));
    FUNCTIONS(X)
#undef X
    unw_addr_space_t *local = mt_loader.find_symbol(library, TEXT(unw_local_addr_space));
    if (missing || !local || !find_getcontext(library))
        return 0;
    unwinder.set_caching_policy(*local, UNW_CACHE_NONE);
    return 1;
}

/* libunwind makes up an entry of one byte where it has none. */
static int has_frame_information(unw_cursor_t *cursor, unw_word_t pc)
{
    unw_proc_info_t info;
    if (IS_AARCH64 && unwinder.is_signal_frame(cursor) > 0)
        return 1;
    return unwinder.get_proc_info(cursor, &info) == 0 &&
           !(info.end_ip == info.start_ip + 1 && info.start_ip + 1 >= pc);
}

/* After a step on aarch64: it could not read the entry (oracle_signing.c), and has guessed. */
static int is_blind(unw_cursor_t *cursor)
{
    unw_save_loc_t location;
    return IS_AARCH64 && (unwinder.get_save_loc(cursor, UNW_REG_IP, &location) < 0 ||
                          location.type == UNW_SLT_NONE);
}

/* Walks from the cursor; keeps the pcs from caller on. Returns how many, at most MT_DEPTH_LIMIT; 0
 * where libunwind does not know. */
static uint32_t walk(unw_cursor_t *cursor, const struct mt_frame *caller, uintptr_t *pcs)
{
    uint32_t count = 0;
    for (int own = 0; own < OWN_FRAMES_MAX;) {
        unw_word_t pc = 0;
        unw_word_t sp = 0;
        unwinder.get_reg(cursor, UNW_REG_IP, &pc);
        unwinder.get_reg(cursor, UNW_REG_SP, &sp);
        if (pc == 0)
            break;
        if (count > 0 || (pc == caller->pc && sp == caller->sp))
            pcs[count++] = pc;
        else
            own++;
        if (count == MT_DEPTH_LIMIT || !has_frame_information(cursor, pc) ||
            unwinder.step(cursor) <= 0)
            break;
        if (is_blind(cursor))
            return 0;
    }
    return count;
}

static uint32_t recorded(uint32_t node, uintptr_t *pcs, unsigned *outermost_flags)
{
    uint32_t count = 0;
    for (; node && count < MT_DEPTH_LIMIT; count++) {
        const struct mt_node *at = mt_node_at(node);
        if (at->flags & MT_NODE_EPOCH)
            break;
        pcs[count] = at->pc;
        *outermost_flags = at->flags;
        node = at->parent;
    }
    return count;
}

static void show_list(const char *title, const uintptr_t *pcs, uint32_t count)
{
    char text[24];
    unsigned length = 0;
    while (title[length])
        length++;
    mt_sys(SYS_write, 2, title, length);
    for (uint32_t i = 0; i < count; i++) {
        unsigned at = sizeof text;
        text[--at] = i + 1 == count ? '\n' : ' ';
        for (uintptr_t rest = pcs[i]; rest; rest >>= 4)
            text[--at] = "0123456789abcdef"[rest & 15];
        mt_sys(SYS_write, 2, text + at, sizeof text - at);
    }
}

void mt_verify(uint32_t node, const struct mt_frame *caller)
{
    static uint32_t shown;
    const int errno_before = errno;
    unw_context_t context;
    unw_cursor_t cursor;
    uintptr_t ours[MT_DEPTH_LIMIT];
    uintptr_t theirs[MT_DEPTH_LIMIT];
    unsigned flags = 0;
    get_context(&context);
    const uint32_t expected =
        unwinder.init(&cursor, &context, 0) < 0 ? 0 : walk(&cursor, caller, theirs);
    if (expected == 0) { /* a sandbox without mincore, for one: that is no other answer */
        errno = errno_before;
        return;
    }
    const uint32_t count = recorded(node, ours, &flags);
    const int is_cut = flags & MT_NODE_CUT_DEPTH && count < expected;
    int differs = count != (is_cut ? count : expected);
    for (uint32_t i = 0; i < count && i < expected; i++)
        differs |= ours[i] != theirs[i];
    struct mt_header *header = mt_trace_header();
    if (header) {
        __atomic_fetch_add(&header->verified_stacks, 1, __ATOMIC_RELAXED);
        __atomic_fetch_add(&header->wrong_stacks, differs ? 1 : 0, __ATOMIC_RELAXED);
    }
    if (differs && __atomic_fetch_add(&shown, 1, __ATOMIC_RELAXED) < SHOWN_MAX) {
        show_list("memtrace: verify: recorded ", ours, count);
        show_list("memtrace: verify: unwound  ", theirs, expected);
    }
    errno = errno_before;
}
