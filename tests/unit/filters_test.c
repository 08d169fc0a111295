/* filters_test.c: what filters.c says a seccomp filter answers is what the kernel does: random
 * programs are installed, and a call that does not exist is made. */
#include "filters.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include "unit.h"

enum {
    PROBE = 5000, /* no call has this number */
    PROGRAMS = 400,
    CALLS = 20,
    STEPS_MAX = 60,
    ARGUMENTS = offsetof(struct seccomp_data, args),
};

static uint64_t random_state;

static uint32_t any(uint32_t below)
{
    random_state = random_state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(random_state >> 33) % below;
}

/* Numbers at which arithmetic turns. */
static uint32_t any_number(void)
{
    static const uint32_t turns[] = {0, 1, 2, 31, 32, 33, 0x7fffffff, 0x80000000, UINT32_MAX};
    return any(2) ? turns[any(sizeof turns / sizeof *turns)] : any(1u << 31);
}

/* ---- programs ---- */

static struct sock_filter code[BPF_MEMWORDS + STEPS_MAX + 8];
static unsigned short length;

static void add(uint16_t step, uint32_t k, uint8_t jt, uint8_t jf)
{
    code[length++] = (struct sock_filter){step, jt, jf, k};
}

static void add_arithmetic(void)
{
    static const uint16_t operations[] = {BPF_ADD, BPF_SUB, BPF_MUL, BPF_DIV, BPF_OR,
                                          BPF_AND, BPF_LSH, BPF_RSH, BPF_XOR, BPF_NEG};
    const uint16_t operation = operations[any(sizeof operations / sizeof *operations)];
    const uint16_t source = operation != BPF_NEG && any(2) ? BPF_X : BPF_K;
    uint32_t k = any_number();
    if (operation == BPF_LSH || operation == BPF_RSH)
        k %= 32; /* the kernel takes no more, nor a division by a number that is 0 */
    add(BPF_ALU | operation | source, k ? k : 1, 0, 0);
}

static void add_load(void)
{
    static const uint16_t kinds[] = {BPF_LD, BPF_LDX};
    const uint16_t kind = kinds[any(2)];
    switch (any(4)) {
    case 0:
        return add(kind | BPF_IMM, any_number(), 0, 0);
    case 1:
        return add(kind | BPF_MEM, any(BPF_MEMWORDS), 0, 0);
    case 2:
        return add(kind | BPF_W | BPF_LEN, 0, 0, 0);
    default:
        return add(BPF_LD | BPF_W | BPF_ABS, ARGUMENTS + 4 * any(12), 0, 0);
    }
}

/* `left`: steps that follow. */
static void add_jump(uint32_t left)
{
    static const uint16_t kinds[] = {BPF_JEQ, BPF_JGT, BPF_JGE, BPF_JSET};
    if (any(8) == 0)
        return add(BPF_JMP | BPF_JA, any(left), 0, 0);
    add(BPF_JMP | kinds[any(4)] | (any(2) ? BPF_X : BPF_K), any_number(), (uint8_t)any(left),
        (uint8_t)any(left));
}

static void add_step(uint32_t left)
{
    static const uint16_t others[] = {BPF_ST, BPF_STX, BPF_MISC | BPF_TAX, BPF_MISC | BPF_TXA};
    switch (any(5)) {
    case 0:
        return add(others[any(4)], any(BPF_MEMWORDS), 0, 0);
    case 1:
        return left > 1 ? add_jump(left) : add_load();
    case 2:
        return add_load();
    default:
        return add_arithmetic();
    }
}

/* Lets all calls pass but the probe; that, by what is calculated. All memory is written first: the
 * kernel takes no program that reads a word before. */
static void make_program(void)
{
    length = 0;
    add(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr), 0, 0);
    add(BPF_JMP | BPF_JEQ | BPF_K, PROBE, 1, 0);
    add(BPF_RET | BPF_K, SECCOMP_RET_ALLOW, 0, 0);
    for (uint32_t i = 0; i < BPF_MEMWORDS; i++) {
        add(BPF_LD | BPF_IMM, any_number(), 0, 0);
        add(BPF_ST, i, 0, 0);
    }
    for (uint32_t left = 1 + any(STEPS_MAX - BPF_MEMWORDS); left > 0; left--)
        add_step(left);
    add(BPF_JMP | BPF_JSET | BPF_K, 1, 0, 1);
    add(BPF_RET | BPF_K, SECCOMP_RET_ALLOW, 0, 0);
    add(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EDOM, 0, 0);
}

/* ---- the kernel ---- */

struct seen {
    int is_installed, allowed; /* the last is what is foretold of the call that is made next */
};

/* In a child: it does not outlive the filter, nor perhaps a call. */
static int ask_kernel(struct seen *seen)
{
    const struct sock_fprog program = {length, code};
    const int filter = mt_filter_add(&program);
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
        prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0)
        return 0;
    seen->is_installed = 1;
    for (int i = 0; i < CALLS; i++) {
        uint64_t a[6];
        for (int j = 0; j < 6; j++)
            a[j] = (uint64_t)any_number() << 32 | any_number();
        seen->allowed = mt_filter_allows(filter, PROBE, a);
        const long got = syscall(PROBE, a[0], a[1], a[2], a[3], a[4], a[5]);
        if (got != -1 || errno != (seen->allowed ? ENOSYS : EDOM))
            return 1;
    }
    return 0;
}

START_TEST(answers_are_the_kernels)
{
    struct seen *seen =
        mmap(NULL, sizeof *seen, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    int installed = 0, killed = 0;
    ck_assert_ptr_ne(seen, MAP_FAILED);
    for (int number = 0; number < PROGRAMS; number++) {
        int status;
        random_state = (uint64_t)number;
        make_program();
        *seen = (struct seen){0};
        const pid_t child = fork();
        if (child == 0)
            _exit(ask_kernel(seen));
        ck_assert_int_eq(waitpid(child, &status, 0), child);
        installed += seen->is_installed;
        killed += WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS;
        ck_assert_msg(WIFSIGNALED(status) ? !seen->allowed : status == 0,
                      "program %d: the kernel does otherwise than what was foretold, %d", number,
                      seen->allowed);
    }
    ck_assert_int_eq(installed, PROGRAMS);
    ck_assert_int_gt(killed, 0); /* a division by X, which was 0 */
}
END_TEST

MT_UNIT_TESTS("filters", answers_are_the_kernels)
