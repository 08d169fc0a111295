/* oracle.c: takes a return address, gives its rule; takes registers, gives the whole stack.
 *
 * A rule is found by a probe: libunwind makes one step from made-up registers over made-up memory,
 * and we watch what it reads. Two probes with different values must agree, so that an expression
 * that happens to give the right number once (an alignment, a condition) is not taken for a sum.
 * Where there is no call frame information libunwind would guess (frame pointers, jump tables);
 * then the step is not used, for a guess is not a stack. */
#include "oracle.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <libunwind.h>
#include <string.h>
#include <sys/stat.h>
#include "options.h"
#include "rules.h"
#include "sys.h"

enum {
    ENTRY_CODE_BYTES = 128, /* _start is shorter: code there begins a stack even without CFI */
    OWN_FRAMES_MAX = 16,    /* of the tracer, between the registers and the hook's caller */
    PAGE_BYTES = 4096,
    KERNEL_SIGSET_BYTES = 8,
    READS_MAX = 4,
    WINDOW_BYTES = 1 << 28, /* made-up memory around each made-up register */
};

#define TEXT_(x) #x
#define TEXT(x) TEXT_(x)
#define FUNCTIONS(X)                                                                               \
    X(create_addr_space, unw_create_addr_space)                                                    \
    X(set_caching_policy, unw_set_caching_policy)                                                  \
    X(init_remote, unw_init_remote)                                                                \
    X(step, unw_step)                                                                              \
    X(get_reg, unw_get_reg)                                                                        \
    X(get_save_loc, unw_get_save_loc)

extern int UNW_OBJ(dwarf_search_unwind_table)(unw_addr_space_t, unw_word_t, unw_dyn_info_t *,
                                              unw_proc_info_t *, int, void *);

static struct {
#define X(name, symbol) __typeof(symbol) *name;
    FUNCTIONS(X)
#undef X
    __typeof(UNW_OBJ(dwarf_search_unwind_table)) *search;
    unw_addr_space_t probes; /* steps over made-up memory */
    unw_addr_space_t stacks; /* steps over real memory */
    void *library;           /* as dlopen gave it */
    int is_ready;
} oracle;

void *mt_oracle_library(void)
{
    return oracle.library;
}

/* ---- finding the unwind table ---- */

/* The step under way: what it asks, and what it is given. */
struct step {
    struct mt_code code; /* around the pc */
    uintptr_t looked_up; /* the address whose unwind entry was asked for */
    int has_entry;       /* and found */
};

enum { TABLE_HEAD_BYTES = 12, TABLE_ENTRY_BYTES = 8 };

/* The sorted table of .eh_frame_hdr, in the one encoding that linkers write. */
static int has_search_table(const uint8_t *header)
{
    enum { VERSION = 1, PCREL_SDATA4 = 0x1b, UDATA4 = 0x03, DATAREL_SDATA4 = 0x3b };
    return header && header[0] == VERSION && header[1] == PCREL_SDATA4 && header[2] == UDATA4 &&
           header[3] == DATAREL_SDATA4;
}

/* The entry of the last function that begins at or before pc; NULL none. */
static const uint8_t *search_table(const uint8_t *header, uintptr_t pc)
{
    const int32_t offset = (int32_t)(pc - (uintptr_t)header);
    const uint8_t *const entries = header + TABLE_HEAD_BYTES;
    uint32_t low = 0;
    uint32_t high = *(const uint32_t *)(header + 8);
    while (low < high) {
        const uint32_t middle = low + (high - low) / 2;
        if (*(const int32_t *)(entries + (size_t)middle * TABLE_ENTRY_BYTES) <= offset)
            low = middle + 1;
        else
            high = middle;
    }
    return low ? entries + (size_t)(low - 1) * TABLE_ENTRY_BYTES : NULL;
}

static int find_entry(struct step *step, unw_addr_space_t space, uintptr_t ip,
                      unw_proc_info_t *info, int need_unwind_info, void *argument)
{
    step->looked_up = ip;
    step->has_entry = 0;
    const uint8_t *header = step->code.eh_frame_header;
    const uint8_t *entry = has_search_table(header) ? search_table(header, ip) : NULL;
    if (!entry)
        return -UNW_ENOINFO;
    unw_dyn_info_t table = {
        .start_ip = step->code.start,
        .end_ip = step->code.end,
        .format = UNW_INFO_FORMAT_REMOTE_TABLE,
        .u.rti =
            {
                .segbase = (uintptr_t)header,
                .table_data = (uintptr_t)entry,
                .table_len = TABLE_ENTRY_BYTES / sizeof(unw_word_t),
            },
    };
    const int result = oracle.search(space, ip, &table, info, need_unwind_info, argument);
    step->has_entry = result == 0;
    return result;
}

static int is_in_code(const struct mt_code *code, uintptr_t address)
{
    return address - code->start < code->end - code->start;
}

/* Whether the stack begins at a return address without call frame information: code at an ELF entry
 * point; or the first byte of a function, which no call returns to: it was put there to make the
 * function run when a fiber's ends (makecontext). */
static int is_begin_of_stack(const struct mt_code *code, uintptr_t pc)
{
    if (code->entry && pc - code->entry < ENTRY_CODE_BYTES)
        return 1;
    const uint8_t *header = code->eh_frame_header;
    const uint8_t *entry = has_search_table(header) ? search_table(header, pc) : NULL;
    return entry && (uintptr_t)header + (uintptr_t) * (const int32_t *)entry == pc;
}

static void put_unwind_info(unw_addr_space_t space, unw_proc_info_t *info, void *argument)
{
    (void)space;
    (void)info;
    (void)argument;
}

static int get_dyn_info_list_addr(unw_addr_space_t space, unw_word_t *address, void *argument)
{
    (void)space;
    (void)address;
    (void)argument;
    return -UNW_ENOINFO;
}

static int access_fpreg(unw_addr_space_t space, unw_regnum_t number, unw_fpreg_t *value, int write,
                        void *argument)
{
    (void)space;
    (void)number;
    (void)value;
    (void)write;
    (void)argument;
    return -UNW_EBADREG;
}

/* ---- probes ---- */

struct probe {
    struct step step;
    uintptr_t pc; /* looked up: the return address - 1 */
    uintptr_t sp, fp;
    uintptr_t fill; /* where pointers read from made-up memory lead */
    uintptr_t read_at[READS_MAX];
    int read_count;
    int is_strange; /* other registers or other memory were wanted */
    /* The outcome. */
    int has_caller; /* 0: the return address is undefined */
    uintptr_t cfa;
    uintptr_t return_address;
    int fp_is_same;
    uintptr_t fp_slot;
};

static uintptr_t made_up_word(const struct probe *probe, uintptr_t address)
{
    return probe->fill + (address & (WINDOW_BYTES - 1)) / 8 * 16 + 8;
}

static int is_near(uintptr_t address, uintptr_t middle)
{
    return address - (middle - WINDOW_BYTES / 2) < WINDOW_BYTES;
}

static int probe_find_proc_info(unw_addr_space_t space, unw_word_t ip, unw_proc_info_t *info,
                                int need_unwind_info, void *argument)
{
    struct probe *probe = argument;
    return find_entry(&probe->step, space, ip, info, need_unwind_info, argument);
}

static int probe_access_mem(unw_addr_space_t space, unw_word_t address, unw_word_t *value,
                            int write, void *argument)
{
    (void)space;
    struct probe *probe = argument;
    if (!write && is_in_code(&probe->step.code, address)) {
        *value = *(const unw_word_t *)address;
        return 0;
    }
    if (write || probe->read_count == READS_MAX ||
        (!is_near(address, probe->sp) && !is_near(address, probe->fp) &&
         !is_near(address, probe->fill))) {
        probe->is_strange = 1;
        return -UNW_EINVAL;
    }
    probe->read_at[probe->read_count++] = address;
    *value = made_up_word(probe, address);
    return 0;
}

static int probe_access_reg(unw_addr_space_t space, unw_regnum_t number, unw_word_t *value,
                            int write, void *argument)
{
    (void)space;
    struct probe *probe = argument;
    if (write ||
        (number != MT_REGISTER_PC && number != MT_REGISTER_SP && number != MT_REGISTER_FP)) {
        probe->is_strange = 1;
        return -UNW_EBADREG;
    }
    *value = number == MT_REGISTER_PC   ? probe->pc
             : number == MT_REGISTER_SP ? probe->sp
                                        : probe->fp;
    return 0;
}

static void make_step(struct probe *probe)
{
    unw_cursor_t cursor;
    if (oracle.init_remote(&cursor, oracle.probes, probe) < 0) {
        probe->is_strange = 1;
        return;
    }
    const int result = oracle.step(&cursor);
    unw_word_t cfa = 0;
    unw_word_t return_address = 0;
    unw_save_loc_t fp_location;
    if (result < 0 || probe->step.looked_up != probe->pc ||
        oracle.get_reg(&cursor, UNW_REG_SP, &cfa) < 0 ||
        oracle.get_reg(&cursor, UNW_REG_IP, &return_address) < 0 ||
        oracle.get_save_loc(&cursor, MT_REGISTER_FP, &fp_location) < 0) {
        probe->is_strange = 1;
        return;
    }
    probe->has_caller = result > 0;
    probe->cfa = cfa;
    probe->return_address = return_address;
    probe->fp_is_same = fp_location.type == UNW_SLT_REG && fp_location.u.regnum == MT_REGISTER_FP;
    probe->fp_slot = fp_location.u.addr;
    if (!probe->fp_is_same && fp_location.type != UNW_SLT_MEMORY)
        probe->is_strange = 1;
}

/* The rule that one finished probe shows. */
static uint64_t rule_of_probe(const struct probe *probe)
{
    const uint32_t module = probe->step.code.module;
    const uint64_t other = mt_rule_of_kind(MT_RULE_OTHER, module);
    if (!probe->step.has_entry)
        return mt_rule_of_kind(
            is_begin_of_stack(&probe->step.code, probe->pc + 1) ? MT_RULE_LAST : MT_RULE_UNKNOWN,
            module);
    /* An undefined return address makes the frame the last, whatever else is said of it. */
    if (!probe->has_caller)
        return probe->read_count == 0 ? mt_rule_of_kind(MT_RULE_LAST, module) : other;
    const uintptr_t return_slot = probe->cfa + (uintptr_t)MT_RETURN_SLOT;
    if (probe->is_strange || probe->read_count == 0 ||
        probe->read_at[probe->read_count - 1] != return_slot ||
        probe->return_address != made_up_word(probe, return_slot))
        return other;

    if (probe->read_count == 2 && is_near(probe->read_at[0], probe->fp) &&
        probe->cfa == made_up_word(probe, probe->read_at[0])) {
        const intptr_t offset = (intptr_t)(probe->read_at[0] - probe->fp);
        const intptr_t fp_slot = (intptr_t)(probe->fp_slot - probe->fp);
        if (probe->fp_is_same || offset % 8 || fp_slot % 8 || offset < -8 * MT_RULE_OFFSET_MAX ||
            offset > 8 * MT_RULE_OFFSET_MAX || fp_slot < -8 * MT_RULE_FP_SLOT_MAX ||
            fp_slot > 8 * MT_RULE_FP_SLOT_MAX)
            return other;
        return mt_rule_deref(module, offset / 8, fp_slot / 8);
    }

    const int base_is_fp = is_near(probe->cfa, probe->fp);
    const uintptr_t offset = probe->cfa - (base_is_fp ? probe->fp : probe->sp);
    const uintptr_t fp_slot = probe->fp_is_same ? 0 : probe->cfa - probe->fp_slot;
    if (probe->read_count != 1 || offset % 8 || offset == 0 || offset / 8 > MT_RULE_OFFSET_MAX ||
        fp_slot % 8 || fp_slot / 8 > MT_RULE_FP_SLOT_MAX || (!probe->fp_is_same && fp_slot == 0))
        return other;
    return mt_rule_step(module, base_is_fp, (intptr_t)(offset / 8), (intptr_t)(fp_slot / 8));
}

uint64_t mt_oracle_rule(uintptr_t pc, const struct mt_code *code)
{
    /* Not canonical: nothing real lies there. The low bits differ too, for the sake of alignment.
     */
    static const uintptr_t fills[2][3] = {
        {0x1111100010001000, 0x2222200020002008, 0x3333300000000000},
        {0x4444400040004008, 0x5555500050005010, 0x6666600000000010},
    };
    uint64_t rules[2];
    if (!oracle.is_ready)
        return mt_rule_of_kind(MT_RULE_UNKNOWN, code->module);
    const int errno_before = errno;
    for (int i = 0; i < 2; i++) {
        struct probe probe = {
            .step.code = *code,
            .pc = pc - 1,
            .sp = fills[i][0],
            .fp = fills[i][1],
            .fill = fills[i][2],
        };
        make_step(&probe);
        rules[i] = rule_of_probe(&probe);
    }
    errno = errno_before;
    return rules[0] == rules[1] ? rules[0] : mt_rule_of_kind(MT_RULE_OTHER, code->module);
}

/* ---- whole stacks ---- */

struct walk {
    struct step step;
    const struct mt_registers *registers;
    uintptr_t readable_page; /* the last page found readable */
};

/* Whether a word can be read: the kernel looks at the set before it looks at the operation, which
 * is none that exists. Tables gone wrong must not crash the program. */
static int is_readable(struct walk *walk, uintptr_t address)
{
    const uintptr_t last = address + sizeof(uintptr_t) - 1;
    if ((address ^ walk->readable_page) < PAGE_BYTES && (last ^ walk->readable_page) < PAGE_BYTES)
        return 1;
    if (mt_sys(SYS_rt_sigprocmask, ~0, address, 0, KERNEL_SIGSET_BYTES) == -EFAULT)
        return 0;
    walk->readable_page = address & ~(uintptr_t)(PAGE_BYTES - 1);
    return 1;
}

static int walk_find_proc_info(unw_addr_space_t space, unw_word_t ip, unw_proc_info_t *info,
                               int need_unwind_info, void *argument)
{
    struct walk *walk = argument;
    return find_entry(&walk->step, space, ip, info, need_unwind_info, argument);
}

static int walk_access_mem(unw_addr_space_t space, unw_word_t address, unw_word_t *value, int write,
                           void *argument)
{
    (void)space;
    struct walk *walk = argument;
    if (write || (!is_in_code(&walk->step.code, address) && !is_readable(walk, address)))
        return -UNW_EINVAL;
    *value = *(const unw_word_t *)address;
    return 0;
}

static int walk_access_reg(unw_addr_space_t space, unw_regnum_t number, unw_word_t *value,
                           int write, void *argument)
{
    (void)space;
    const struct walk *walk = argument;
    if (write || !mt_arch_has_captured(number))
        return -UNW_EBADREG;
    *value = walk->registers->value[number];
    return 0;
}

/* Fills in the cursor's frame and makes the step to its caller. Returns 1 when there is one. */
static int visit(struct walk *walk, unw_cursor_t *cursor, struct mt_oracle_frame *frame,
                 enum mt_stack_end *end)
{
    unw_word_t pc;
    unw_word_t sp;
    if (oracle.get_reg(cursor, UNW_REG_IP, &pc) < 0 || oracle.get_reg(cursor, UNW_REG_SP, &sp) < 0)
        pc = sp = 0;
    *frame = (struct mt_oracle_frame){.pc = pc, .sp = sp};
    *end = MT_STACK_UNKNOWN;
    /* A return address may be the first one after its object: what called is at pc - 1. */
    if (!mt_modules_learn(pc - 1, &walk->step.code) && !mt_modules_learn(pc, &walk->step.code))
        walk->step.code = (struct mt_code){0};
    frame->module = walk->step.code.module;
    walk->step.looked_up = 0;
    walk->step.has_entry = 0;
    const int result = oracle.step(cursor);
    frame->is_exact = walk->step.looked_up == pc;
    unw_word_t caller_pc = 0;
    if (!walk->step.has_entry) {
        if (is_begin_of_stack(&walk->step.code, pc))
            *end = MT_STACK_COMPLETE;
        return 0;
    }
    if (result < 0)
        return 0;
    if (result == 0 || oracle.get_reg(cursor, UNW_REG_IP, &caller_pc) < 0 || caller_pc == 0) {
        *end = MT_STACK_COMPLETE;
        return 0;
    }
    return 1;
}

uint32_t mt_oracle_walk(const struct mt_registers *registers, uintptr_t first_pc,
                        uintptr_t first_sp, struct mt_oracle_frame *frames, uint32_t room,
                        enum mt_stack_end *ret_end)
{
    struct walk walk = {.registers = registers};
    unw_cursor_t cursor;
    uint32_t count = 0;
    const int errno_before = errno;
    if (!oracle.is_ready || oracle.init_remote(&cursor, oracle.stacks, &walk) < 0)
        return 0;
    for (int own = 0; own < OWN_FRAMES_MAX || count > 0;) {
        struct mt_oracle_frame frame;
        const int has_caller = visit(&walk, &cursor, &frame, ret_end);
        if (count == 0 && (frame.pc != first_pc || frame.sp != first_sp)) {
            own++;
        } else {
            frames[count++] = frame;
            if (has_caller && count == room) {
                *ret_end = MT_STACK_DEEPER;
                break;
            }
        }
        if (!has_caller)
            break;
    }
    errno = errno_before;
    return count;
}

int mt_oracle_find_caller(const struct mt_registers *registers, uintptr_t start, uintptr_t end,
                          struct mt_registers *ret_registers)
{
    struct walk walk = {.registers = registers};
    struct mt_oracle_frame frame;
    enum mt_stack_end stack_end;
    unw_cursor_t cursor;
    if (!oracle.is_ready || oracle.init_remote(&cursor, oracle.stacks, &walk) < 0)
        return 0;
    for (int own = 0; own < OWN_FRAMES_MAX && visit(&walk, &cursor, &frame, &stack_end); own++) {
        if (frame.pc - 1 - start >= end - start)
            continue;
        for (int number = 0; number < MT_REGISTERS; number++)
            if (mt_arch_has_captured(number))
                oracle.get_reg(&cursor, number, &ret_registers->value[number]);
        return 1;
    }
    return 0;
}

/* ---- start and stop ---- */

int mt_oracle_is_ready(void)
{
    return oracle.is_ready;
}

void mt_oracle_stop(void)
{
    oracle.is_ready = 0;
}

static unw_addr_space_t make_space(unw_accessors_t *accessors)
{
    unw_addr_space_t space = oracle.create_addr_space(accessors, 0);
    /* Its cache would go wrong when code is unloaded; the rules are our cache. */
    if (space)
        oracle.set_caching_policy(space, UNW_CACHE_NONE);
    return space;
}

/* libunwind's first use opens a pipe, with which accessors other than ours find out whether memory
 * can be read. A program must find its descriptors as without us: the pipe, which is given the two
 * lowest free numbers, is closed again. Only the walk that option verify compares with needs it. */
static int expect_pipe(int ends[2])
{
    if (mt_options.verify || mt_sys(SYS_pipe2, ends, O_CLOEXEC) != 0)
        return 0;
    mt_sys(SYS_close, ends[0]);
    mt_sys(SYS_close, ends[1]);
    return 1;
}

static void close_pipe(const int ends[2])
{
    struct stat first, second;
    if (mt_sys(SYS_fstat, ends[0], &first) != 0 || mt_sys(SYS_fstat, ends[1], &second) != 0 ||
        !S_ISFIFO(first.st_mode) || first.st_ino != second.st_ino)
        return;
    mt_sys(SYS_close, ends[0]);
    mt_sys(SYS_close, ends[1]);
}

int mt_oracle_start(void)
{
    static unw_accessors_t probe_accessors = {
        probe_find_proc_info,
        put_unwind_info,
        get_dyn_info_list_addr,
        probe_access_mem,
        probe_access_reg,
        access_fpreg,
        NULL,
        NULL,
    };
    static unw_accessors_t walk_accessors = {
        walk_find_proc_info,
        put_unwind_info,
        get_dyn_info_list_addr,
        walk_access_mem,
        walk_access_reg,
        access_fpreg,
        NULL,
        NULL,
    };
    void *library =
        dlopen("libunwind-" TEXT(UNW_TARGET) ".so.8", RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
    if (!library)
        return 0;
    oracle.library = library;
    int missing = 0;
#define X(name, symbol) missing += !(oracle.name = dlsym(library, TEXT(symbol)));
    FUNCTIONS(X)
#undef X
    missing += !(oracle.search = dlsym(library, TEXT(UNW_OBJ(dwarf_search_unwind_table))));
    if (missing)
        return 0;
    int pipe_ends[2];
    const int opens_pipe = expect_pipe(pipe_ends);
    oracle.probes = make_space(&probe_accessors);
    if (opens_pipe)
        close_pipe(pipe_ends);
    oracle.stacks = make_space(&walk_accessors);
    oracle.is_ready = oracle.probes && oracle.stacks;
    return oracle.is_ready;
}
