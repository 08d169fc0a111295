/* Asking a running process for a snapshot, against a child that answers as the preload does, late,
 * or not at all. */
#include "ask.h"

#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>
#include "trace_builder.h"
#include "unit.h"

enum { LONG_MS = 5000, SHORT_MS = 200 };

static struct mt_header *shared;

static void answer(int number)
{
    (void)number;
    __atomic_store_n(&shared->snapshots_taken, shared->snapshots_wanted, __ATOMIC_RELEASE);
}

/* Hears it the third time. */
static void answer_later(int number)
{
    static int heard;
    if (++heard == 3)
        answer(number);
}

static void ignore(int number)
{
    (void)number;
}

/* What a child does with the wish. */
enum manner { ANSWERS, ANSWERS_LATER, IS_SILENT, BLOCKS, IGNORES, HAS_NO_HANDLER, STOPS, ENDS };

static void live(enum manner manner, int ready)
{
    sigset_t urgent;
    sigemptyset(&urgent);
    sigaddset(&urgent, SIGURG);
    if (manner == ANSWERS)
        signal(SIGURG, answer);
    if (manner == ANSWERS_LATER)
        signal(SIGURG, answer_later);
    if (manner == IGNORES)
        signal(SIGURG, SIG_IGN);
    if (manner == IS_SILENT || manner == BLOCKS || manner == STOPS)
        signal(SIGURG, ignore);
    if (manner == BLOCKS)
        sigprocmask(SIG_BLOCK, &urgent, NULL);
    if (write(ready, "", 1) != 1)
        _exit(1);
    if (manner == STOPS)
        raise(SIGSTOP);
    if (manner == ENDS)
        _exit(0);
    for (;;)
        pause();
}

struct process {
    pid_t pid;
    char path[64];
};

static struct process start(enum manner manner, void (*spoil)(struct mt_header *))
{
    struct process process = {.path = "/tmp/ask.XXXXXX"};
    struct trace_builder *builder = mt_builder_create(5);
    mt_builder_header(builder)->end = MT_END_RUNNING;
    int fd = mkstemp(process.path), ready[2];
    mt_builder_save(builder, process.path);
    mt_builder_destroy(builder);
    ck_assert_int_eq(ftruncate(fd, MT_HEADER_BYTES), 0);
    shared = mmap(NULL, MT_HEADER_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    ck_assert_ptr_ne(shared, MAP_FAILED);
    close(fd);
    ck_assert_int_eq(pipe(ready), 0);
    process.pid = fork();
    if (process.pid == 0)
        live(manner, ready[1]);
    char byte;
    ck_assert_int_eq(read(ready[0], &byte, 1), 1);
    shared->pid = (uint32_t)process.pid;
    if (spoil)
        spoil(shared);
    int status;
    if (manner == STOPS)
        waitpid(process.pid, &status, WUNTRACED);
    if (manner == ENDS)
        waitid(P_PID, (id_t)process.pid, &(siginfo_t){0}, WEXITED | WNOWAIT);
    return process;
}

static void finish(const struct process *process)
{
    kill(process->pid, SIGKILL);
    waitpid(process->pid, NULL, 0);
    unlink(process->path);
    munmap(shared, MT_HEADER_BYTES);
}

START_TEST(a_process_answers_each_time_it_is_asked)
{
    const struct process process = start(ANSWERS, NULL);
    struct mt_error error = {0};
    for (uint64_t i = 1; i <= 5; i++) {
        ck_assert_msg(mt_ask_snapshot(process.path, (uint32_t)process.pid, LONG_MS, &error) == 0,
                      "%s", error.text);
        ck_assert_uint_eq(shared->snapshots_wanted, i);
        ck_assert_uint_eq(shared->snapshots_taken, i);
    }
    finish(&process);
}
END_TEST

START_TEST(it_is_asked_until_it_hears)
{
    const struct process process = start(ANSWERS_LATER, NULL);
    struct mt_error error = {0};
    ck_assert_msg(mt_ask_snapshot(process.path, (uint32_t)process.pid, LONG_MS, &error) == 0, "%s",
                  error.text);
    ck_assert_uint_eq(shared->snapshots_wanted, 1);
    finish(&process);
}
END_TEST

static void fails(enum manner manner, void (*spoil)(struct mt_header *), int status,
                  const char *part)
{
    struct mt_error error = {0};
    const struct process process = start(manner, spoil);
    ck_assert_int_eq(mt_ask_snapshot(process.path, (uint32_t)process.pid, SHORT_MS, &error),
                     status);
    ck_assert_msg(strstr(error.text, part) != NULL, "%s", error.text);
    ck_assert_ptr_nonnull(strstr(error.text, "("));
    finish(&process);
}

static void be_another_pid(struct mt_header *header)
{
    header->pid++;
}

static void be_older(struct mt_header *header)
{
    header->version = 1;
}

static void be_no_trace(struct mt_header *header)
{
    header->magic[3] ^= 1;
}

START_TEST(no_answer_has_its_reason)
{
    fails(IS_SILENT, NULL, MT_INCONCLUSIVE, "did not answer in 0.2 s (try: --timeout");
    fails(BLOCKS, NULL, MT_INCONCLUSIVE, "blocks SIGURG");
    fails(IGNORES, NULL, MT_INCONCLUSIVE, "ignores SIGURG");
    fails(HAS_NO_HANDLER, NULL, MT_INCONCLUSIVE, "no handler for SIGURG");
    fails(STOPS, NULL, MT_INCONCLUSIVE, "is stopped");
}
END_TEST

START_TEST(what_cannot_be_asked_is_left_alone)
{
    fails(ENDS, NULL, MT_UNREADABLE, "has ended");
    fails(ANSWERS, be_another_pid, MT_UNREADABLE, "no trace of its own");
    fails(ANSWERS, be_older, MT_UNREADABLE, "another version");

    struct mt_error error = {0};
    const struct process process = start(ANSWERS, be_no_trace);
    ck_assert_int_eq(mt_ask_snapshot(process.path, (uint32_t)process.pid, SHORT_MS, &error),
                     MT_UNREADABLE);
    ck_assert_uint_eq(shared->snapshots_wanted, 0);
    finish(&process);
    ck_assert_int_eq(mt_ask_snapshot("/proc/self/maps", 1, SHORT_MS, &error), MT_UNREADABLE);
    ck_assert_int_eq(mt_ask_snapshot("/no/such", 1, SHORT_MS, &error), MT_UNREADABLE);
}
END_TEST

MT_UNIT_TESTS("ask", a_process_answers_each_time_it_is_asked, it_is_asked_until_it_hears,
              no_answer_has_its_reason, what_cannot_be_asked_is_left_alone)
