/* What became of a process: running, ended and not waited for, gone, told by another machine. */
#include "built.h"

#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include "process.h"

static uint64_t own_start(void)
{
    char text[1024];
    FILE *file = fopen("/proc/self/stat", "re");
    ck_assert_ptr_nonnull(file);
    ck_assert_ptr_nonnull(fgets(text, sizeof text, file));
    fclose(file);
    const char *field = strrchr(text, ')');
    for (int i = 2; i < 22; i++)
        field = strchr(field + 1, ' ');
    return strtoull(field, NULL, 10);
}

START_TEST(a_process_is_its_pid_and_its_start)
{
    uint32_t pid = (uint32_t)getpid();
    ck_assert(mt_process_runs(pid, own_start()));
    ck_assert(mt_process_runs(pid, 0));
    ck_assert(!mt_process_runs(pid, own_start() + 1));
    ck_assert(!mt_process_runs(0x7fffffff, 0));
}
END_TEST

START_TEST(a_process_that_was_not_waited_for_runs_no_more)
{
    pid_t child = fork();
    if (child == 0)
        _exit(0);
    siginfo_t info;
    ck_assert_int_eq(waitid(P_PID, (id_t)child, &info, WEXITED | WNOWAIT), 0);
    ck_assert(!mt_process_runs((uint32_t)child, 0));
    ck_assert_int_eq(waitpid(child, NULL, 0), child);
    ck_assert(!mt_process_runs((uint32_t)child, 0));
}
END_TEST

/* A trace of this very process that has not ended. */
static struct trace_builder *of_this_process(void)
{
    struct trace_builder *builder = mt_builder_create(5);
    struct mt_header *header = mt_builder_header(builder);
    header->end = MT_END_RUNNING;
    header->pid = (uint32_t)getpid();
    header->process_start = own_start();
    return builder;
}

static enum mt_fate fate_of(struct trace_builder *builder)
{
    struct mt_trace *trace = mt_open_built(builder);
    enum mt_fate fate = mt_process_fate(trace);
    mt_trace_close(trace);
    return fate;
}

START_TEST(the_fate_is_the_recorded_end_or_what_the_kernel_says)
{
    struct trace_builder *builder = of_this_process();
    ck_assert_int_eq(fate_of(builder), MT_FATE_RUNNING);

    builder = of_this_process();
    mt_builder_header(builder)->end = MT_END_EXITED;
    ck_assert_int_eq(fate_of(builder), MT_FATE_EXITED);

    builder = of_this_process();
    mt_builder_header(builder)->end = MT_END_EXEC;
    ck_assert_int_eq(fate_of(builder), MT_FATE_EXEC);

    builder = of_this_process();
    mt_builder_header(builder)->end_signal = 9;
    ck_assert_int_eq(fate_of(builder), MT_FATE_KILLED);

    builder = of_this_process();
    mt_builder_header(builder)->process_start++; /* the pid was used again */
    ck_assert_int_eq(fate_of(builder), MT_FATE_KILLED);
}
END_TEST

START_TEST(another_machine_or_boot_is_not_asked_of_this_kernel)
{
    struct trace_builder *builder = of_this_process();
    mt_builder_text(builder, MT_FACT_HOST, "a host of another name");
    ck_assert_int_eq(fate_of(builder), MT_FATE_UNKNOWN);

    char host[256] = "";
    ck_assert_int_eq(gethostname(host, sizeof host - 1), 0);
    builder = of_this_process();
    mt_builder_text(builder, MT_FACT_HOST, host);
    ck_assert_int_eq(fate_of(builder), MT_FATE_RUNNING);

    builder = of_this_process();
    mt_builder_text(builder, MT_FACT_HOST, host);
    mt_builder_text(builder, MT_FACT_BOOT, "00000000-0000-0000-0000-000000000000");
    ck_assert_int_eq(fate_of(builder), MT_FATE_KILLED);
}
END_TEST

START_TEST(fates_have_names)
{
    ck_assert_str_eq(mt_fate_name(MT_FATE_RUNNING), "running");
    ck_assert_str_eq(mt_fate_name(MT_FATE_EXITED), "exited");
    ck_assert_str_eq(mt_fate_name(MT_FATE_EXEC), "exec");
    ck_assert_str_eq(mt_fate_name(MT_FATE_KILLED), "killed");
    ck_assert_ptr_null(mt_fate_name(MT_FATE_UNKNOWN));
}
END_TEST

MT_UNIT_TESTS("process", a_process_is_its_pid_and_its_start,
              a_process_that_was_not_waited_for_runs_no_more,
              the_fate_is_the_recorded_end_or_what_the_kernel_says,
              another_machine_or_boot_is_not_asked_of_this_kernel, fates_have_names)
