/* filters.c: keeps copies of seccomp filters and runs them. Takes a system call's number and
 * arguments, gives whether all of them let it pass.
 *
 * A filter is a program of the classic Berkeley Packet Filter over struct seccomp_data, in the
 * subset that the kernel takes for it (seccomp(2); McCanne and Jacobson, "The BSD Packet Filter",
 * 1993): loads from that structure, 16 words of memory, arithmetic, jumps forward, return. What the
 * kernel has refused to install is never run.
 *
 * Copies lie in memory that a fork keeps, as the filters themselves are kept. */
#include "filters.h"

#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/uio.h>
#include "memory.h"
#include "sys.h"

#if defined(__x86_64__)
#define ARCHITECTURE AUDIT_ARCH_X86_64
#else
#define ARCHITECTURE AUDIT_ARCH_AARCH64
#endif

enum { STRICT = MT_FILTER_INHERITED + 1, UNKNOWN, FIRST_PROGRAM, NAMES = FIRST_PROGRAM + 32 };

/* By name; the first three are no programs. */
static struct filter {
    struct sock_filter *code;
    uint32_t length;
    uint32_t enforced; /* how often; of a program, 0 or 1; atomic */
} filters[NAMES];
static uint32_t next_name = FIRST_PROGRAM; /* atomic; may pass the last */

/* ---- keeping ---- */

/* Read by the kernel: programs ask whether there are filters with an address that is none. */
static int read_from(void *to, const void *from, size_t bytes)
{
    const struct iovec here = {to, bytes}, there = {(void *)from, bytes};
    const long own = mt_sys(SYS_getpid);
    return mt_sys(SYS_process_vm_readv, own, &here, 1, &there, 1, 0) == (long)bytes;
}

int mt_filter_add(const void *program)
{
    struct sock_fprog given = {0};
    if (!program)
        return STRICT;
    if (!read_from(&given, program, sizeof given) || !given.len || given.len > BPF_MAXINSNS)
        return UNKNOWN;
    const size_t bytes = given.len * sizeof *given.filter;
    struct sock_filter *code = mt_map_kept(bytes);
    if (!code || !read_from(code, given.filter, bytes))
        return UNKNOWN;
    const uint32_t i = __atomic_fetch_add(&next_name, 1, __ATOMIC_RELAXED);
    if (i >= NAMES)
        return UNKNOWN;
    filters[i].length = given.len;
    filters[i].code = code;
    return (int)i;
}

/* ---- running ---- */

/* Shifts are those of the processor, by the lower 5 bits of b. */
static uint32_t calculate(uint16_t operation, uint32_t a, uint32_t b)
{
    switch (operation) {
    case BPF_ADD:
        return a + b;
    case BPF_SUB:
        return a - b;
    case BPF_MUL:
        return a * b;
    case BPF_DIV:
        return a / b;
    case BPF_OR:
        return a | b;
    case BPF_AND:
        return a & b;
    case BPF_LSH:
        return a << (b & 31);
    case BPF_RSH:
        return a >> (b & 31);
    case BPF_NEG:
        return -a;
    case BPF_XOR:
        return a ^ b;
    default:
        return a;
    }
}

static int compares(uint16_t how, uint32_t a, uint32_t b)
{
    switch (how) {
    case BPF_JEQ:
        return a == b;
    case BPF_JGT:
        return a > b;
    case BPF_JGE:
        return a >= b;
    default: /* BPF_JSET */
        return (a & b) != 0;
    }
}

struct machine {
    uint32_t a, x, memory[BPF_MEMWORDS];
};

static uint32_t load(const struct machine *machine, const struct sock_filter *step,
                     const struct seccomp_data *data)
{
    switch (BPF_MODE(step->code)) {
    case BPF_IMM:
        return step->k;
    case BPF_MEM:
        return machine->memory[step->k % BPF_MEMWORDS];
    case BPF_ABS:
        return step->k <= sizeof *data - 4
                   ? *(const uint32_t *)((const char *)data + (step->k & ~3u))
                   : 0;
    default: /* BPF_LEN */
        return sizeof *data;
    }
}

static int divides_by_zero(const struct sock_filter *step, uint32_t other)
{
    return BPF_OP(step->code) == BPF_DIV && other == 0;
}

/* What the filter answers; death where it comes to no end, or divides by 0. */
static uint32_t run(const struct filter *filter, const struct seccomp_data *data)
{
    struct machine machine = {0};
    for (uint32_t at = 0; at < filter->length; at++) {
        const struct sock_filter *step = &filter->code[at];
        const uint32_t other = BPF_SRC(step->code) == BPF_X ? machine.x : step->k;
        switch (BPF_CLASS(step->code)) {
        case BPF_LD:
            machine.a = load(&machine, step, data);
            break;
        case BPF_LDX:
            machine.x = load(&machine, step, data);
            break;
        case BPF_ST:
            machine.memory[step->k % BPF_MEMWORDS] = machine.a;
            break;
        case BPF_STX:
            machine.memory[step->k % BPF_MEMWORDS] = machine.x;
            break;
        case BPF_ALU:
            if (divides_by_zero(step, other))
                return SECCOMP_RET_KILL_THREAD;
            machine.a = calculate(BPF_OP(step->code), machine.a, other);
            break;
        case BPF_JMP:
            if (BPF_OP(step->code) == BPF_JA)
                at += step->k;
            else
                at += compares(BPF_OP(step->code), machine.a, other) ? step->jt : step->jf;
            break;
        case BPF_RET:
            return BPF_RVAL(step->code) == BPF_A ? machine.a : step->k;
        default: /* BPF_MISC */
            if (BPF_MISCOP(step->code) == BPF_TAX)
                machine.x = machine.a;
            else
                machine.a = machine.x;
        }
    }
    return SECCOMP_RET_KILL_PROCESS;
}

static int passes(uint32_t answer)
{
    const uint32_t action = answer & SECCOMP_RET_ACTION_FULL;
    return action == SECCOMP_RET_ALLOW || action == SECCOMP_RET_LOG;
}

static int strict_mode_allows(long number)
{
    return number == SYS_read || number == SYS_write || number == SYS_exit ||
           number == SYS_rt_sigreturn;
}

int mt_filter_allows(int filter, long number, const uint64_t arguments[6])
{
    struct seccomp_data data = {.nr = (int)number, .arch = ARCHITECTURE};
    data.instruction_pointer = (uintptr_t)mt_syscall_own;
    for (int i = 0; i < 6; i++)
        data.args[i] = arguments[i];
    if (filter == MT_FILTER_INHERITED)
        return number != SYS_mincore; /* not in systemd's @system-service */
    if (filter == STRICT)
        return strict_mode_allows(number);
    return filter != UNKNOWN && passes(run(&filters[filter], &data));
}

static int all_allow(long number, const uint64_t arguments[6])
{
    for (int i = 0; i < NAMES; i++)
        if (__atomic_load_n(&filters[i].enforced, __ATOMIC_ACQUIRE) &&
            !mt_filter_allows(i, number, arguments))
            return 0;
    return 1;
}

void mt_filter_enforce(int filter)
{
    __atomic_fetch_add(&filters[filter].enforced, 1, __ATOMIC_ACQ_REL);
    __atomic_store_n(&mt_sys_may, all_allow, __ATOMIC_RELEASE);
}

void mt_filter_take_back(int filter)
{
    __atomic_fetch_sub(&filters[filter].enforced, 1, __ATOMIC_ACQ_REL);
}
