/* Taking traces out of the folder of a run: trimmed, signed, moved, nothing overwritten. */
#include "built.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include "inbox.h"

enum { PROGRAM = 4711, CHILD = 4712, TAIL_BYTES = 7 << 20 };

/* A scratch folder to work in; each test runs in a process of its own. */
static void enter_scratch(void)
{
    char path[] = "/tmp/memtrace-inbox-XXXXXX";
    ck_assert_ptr_nonnull(mkdtemp(path));
    ck_assert_int_eq(chdir(path), 0);
}

static void leave_scratch(void)
{
    char command[PATH_MAX + 32], folder[PATH_MAX];
    ck_assert_ptr_nonnull(getcwd(folder, sizeof folder));
    ck_assert_int_eq(chdir("/"), 0);
    snprintf(command, sizeof command, "rm -r '%s'", folder);
    ck_assert_int_eq(system(command), 0);
}

/* Puts a trace of `pid` into the inbox, with the tail that the tracer leaves. */
static void put(const struct mt_inbox *inbox, const char *name, uint32_t pid, enum mt_end end)
{
    char path[2 * PATH_MAX];
    struct trace_builder *builder = mt_builder_create(5);
    const uint32_t node = mt_builder_node(builder, 0, 0x401000, 0, MT_FN_MALLOC);
    mt_builder_block(builder, 0x1000000, 24, node, 0, 1);
    struct mt_header *header = mt_builder_header(builder);
    header->pid = pid;
    header->process_start = 1; /* none of that start runs here */
    header->end = end;
    header->started_unix_ns = pid;
    snprintf(path, sizeof path, "%s/%s", inbox->path, name);
    mt_builder_save(builder, path);
    ck_assert_int_eq(truncate(path, (off_t)mt_builder_bytes(builder) + TAIL_BYTES), 0);
    mt_builder_destroy(builder);
}

static struct mt_header header_of(const char *path)
{
    struct mt_header header;
    const int fd = open(path, O_RDONLY);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(read(fd, &header, sizeof header), sizeof header);
    close(fd);
    return header;
}

static size_t take(const struct mt_inbox *inbox, struct mt_ended ended,
                   struct mt_incoming **ret_traces)
{
    size_t count;
    struct mt_error error;
    ck_assert_int_eq(mt_inbox_take(inbox, &ended, ret_traces, &count, &error), 0);
    mt_inbox_close(inbox);
    ck_assert_int_ne(access(inbox->path, F_OK), 0);
    return count;
}

START_TEST(the_program_comes_first_trimmed_and_signed)
{
    struct mt_inbox inbox;
    struct mt_error error;
    struct mt_incoming *traces;
    enter_scratch();
    ck_assert_int_eq(mt_inbox_open("some/where", &inbox, &error), 0);
    put(&inbox, "a.mtrace", CHILD, MT_END_RUNNING);
    put(&inbox, "b.mtrace", PROGRAM, MT_END_RUNNING);
    const size_t count = take(&inbox, (struct mt_ended){.pid = PROGRAM, .exit_status = 5}, &traces);
    ck_assert_uint_eq(count, 2);
    ck_assert_str_eq(traces[0].path, "some/where/b.mtrace");
    ck_assert_str_eq(traces[1].path, "some/where/a.mtrace");
    ck_assert(traces[0].is_program && !traces[1].is_program);
    for (size_t i = 0; i < count; i++) {
        struct stat status;
        const struct mt_header header = header_of(traces[i].path);
        ck_assert_int_eq(stat(traces[i].path, &status), 0);
        ck_assert_uint_eq((uint64_t)status.st_size, header.units_used * MT_UNIT_BYTES);
        ck_assert_int_eq(traces[i].part, MT_PART_JUDGED);
        ck_assert(traces[i].is_leaky);
        ck_assert_uint_eq(header.end, i == 0 ? MT_END_EXITED : MT_END_RUNNING);
    }
    ck_assert_int_eq(header_of(traces[0].path).exit_status, 5);
    ck_assert(header_of(traces[0].path).flags & MT_FLAG_EXIT_STATUS);
    ck_assert(!(header_of(traces[1].path).flags & MT_FLAG_EXIT_STATUS) ||
              header_of(traces[1].path).exit_status != 5);
    mt_incoming_free(traces, count);
    leave_scratch();
}
END_TEST

START_TEST(a_signal_is_written_into_the_trace)
{
    struct mt_inbox inbox;
    struct mt_error error;
    struct mt_incoming *traces;
    enter_scratch();
    ck_assert_int_eq(mt_inbox_open(".", &inbox, &error), 0);
    put(&inbox, "a.mtrace", PROGRAM, MT_END_EXITED); /* killed by an atexit handler */
    const size_t count = take(&inbox, (struct mt_ended){.pid = PROGRAM, .signal = 11}, &traces);
    ck_assert_uint_eq(count, 1);
    ck_assert_str_eq(traces[0].path, "a.mtrace");
    ck_assert_uint_eq(header_of("a.mtrace").end_signal, 11);
    ck_assert_uint_eq(header_of("a.mtrace").end, MT_END_RUNNING);
    mt_incoming_free(traces, count);
    leave_scratch();
}
END_TEST

START_TEST(an_image_replaced_by_exec_is_not_signed)
{
    struct mt_inbox inbox;
    struct mt_error error;
    struct mt_incoming *traces;
    enter_scratch();
    ck_assert_int_eq(mt_inbox_open(".", &inbox, &error), 0);
    put(&inbox, "a.mtrace", PROGRAM, MT_END_EXEC);
    const size_t count = take(&inbox, (struct mt_ended){.pid = PROGRAM, .signal = 11}, &traces);
    ck_assert_uint_eq(count, 1);
    ck_assert_int_eq(traces[0].part, MT_PART_REPLACED);
    ck_assert_uint_eq(header_of("a.mtrace").end_signal, 0);
    ck_assert_uint_eq(header_of("a.mtrace").end, MT_END_EXEC);
    mt_incoming_free(traces, count);
    leave_scratch();
}
END_TEST

START_TEST(what_exists_is_not_overwritten)
{
    struct mt_inbox inbox;
    struct mt_error error;
    struct mt_incoming *traces;
    enter_scratch();
    FILE *file = fopen("a.mtrace", "w");
    fputs("mine", file);
    fclose(file);
    ck_assert_int_eq(symlink("nowhere", "a.mtrace.1"), 0);
    ck_assert_int_eq(mt_inbox_open("./", &inbox, &error), 0);
    put(&inbox, "a.mtrace", PROGRAM, MT_END_EXITED);
    const size_t count = take(&inbox, (struct mt_ended){.pid = PROGRAM}, &traces);
    ck_assert_uint_eq(count, 1);
    ck_assert_str_eq(traces[0].path, "./a.mtrace.2");
    char text[16] = "";
    file = fopen("a.mtrace", "r");
    ck_assert_ptr_nonnull(fgets(text, sizeof text, file));
    fclose(file);
    ck_assert_str_eq(text, "mine");
    mt_incoming_free(traces, count);
    leave_scratch();
}
END_TEST

START_TEST(what_is_no_trace_is_told_apart)
{
    struct mt_inbox inbox;
    struct mt_error error;
    struct mt_incoming *traces;
    char path[2 * PATH_MAX];
    enter_scratch();
    ck_assert_int_eq(mt_inbox_open(".", &inbox, &error), 0);
    put(&inbox, "good.mtrace", PROGRAM, MT_END_EXITED);
    snprintf(path, sizeof path, "%s/empty.mtrace", inbox.path);
    close(open(path, O_WRONLY | O_CREAT, 0600));
    snprintf(path, sizeof path, "%s/link.mtrace", inbox.path);
    ck_assert_int_eq(symlink("/etc/passwd", path), 0);
    struct mt_ended ended = {.pid = PROGRAM};
    size_t count;
    ck_assert_int_eq(mt_inbox_take(&inbox, &ended, &traces, &count, &error), 0);
    ck_assert_uint_eq(count, 2); /* the link is left where it is */
    ck_assert_str_eq(traces[0].path, "good.mtrace");
    ck_assert_str_eq(traces[1].path, "empty.mtrace");
    ck_assert(traces[1].is_doubtful && traces[1].pid == 0);
    mt_incoming_free(traces, count);
    leave_scratch();
}
END_TEST

START_TEST(a_folder_that_cannot_be_is_refused)
{
    struct mt_inbox inbox;
    struct mt_error error;
    ck_assert_int_eq(mt_inbox_open("/dev/null/x", &inbox, &error), MT_INCONCLUSIVE);
    ck_assert_ptr_nonnull(strstr(error.text, "/dev/null/x"));
    ck_assert_ptr_nonnull(strstr(error.text, "Not a directory"));
}
END_TEST

MT_UNIT_TESTS("inbox", the_program_comes_first_trimmed_and_signed,
              a_signal_is_written_into_the_trace, an_image_replaced_by_exec_is_not_signed,
              what_exists_is_not_overwritten, what_is_no_trace_is_told_apart,
              a_folder_that_cannot_be_is_refused)
