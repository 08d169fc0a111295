/* snapshot_writer.c: the preload's writer of snapshots, alone, into a file that stands for a trace.
 *
 *   snapshot_writer FILE COUNT FACTS    makes COUNT snapshots: FACTS areas by the process, FACTS
 * more by a child with a memory of its own (every third time it dies instead of ending the
 * snapshot), one by the process again
 *
 * Area i of snapshot n begins at (n * 100000 + i) pages and is as many bytes long as its name. */
#include "snapshot.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>
#include "clock.h"
#include "extents.h"
#include "process.h"
#include "trace_builder.h"

enum { PAGE = 4096, UNITS = 4096, NAME_BYTES = 500 };

static struct mt_process process;
struct mt_process *mt_process = &process;

uint64_t mt_process_now_ms(void)
{
    return 1234;
}

uint64_t mt_clock_ns(clockid_t clock)
{
    return (uint64_t)clock + 5678;
}

static void must(int condition, const char *what)
{
    if (condition)
        return;
    perror(what);
    exit(1);
}

static void say_area(uint64_t number, uint64_t i)
{
    char name[NAME_BYTES];
    const size_t length = (number * 31 + i * 7) % NAME_BYTES;
    memset(name, 'a' + (int)(i % 26), length);
    const struct mt_area area = {.start = (number * 100000 + i) * PAGE,
                                 .end = (number * 100000 + i + 1) * PAGE};
    must(mt_snapshot_say(MT_SNAPSHOT_AREA, &area, sizeof area, name, length), "say");
}

static void go_on_in_child(uint64_t number, uint64_t facts)
{
    const pid_t child = fork();
    must(child >= 0, "fork");
    if (child) {
        must(waitpid(child, NULL, 0) == child, "waitpid");
        return;
    }
    memset(&process, 0, sizeof process); /* as the kernel wipes it */
    for (uint64_t i = 0; i < facts; i++)
        say_area(number, facts + i);
    if (number % 3)
        mt_snapshot_end();
    _exit(0);
}

static void make(uint64_t facts)
{
    const uint64_t number = mt_snapshot_begin(MT_CAUSE_REQUEST);
    must(number != 0, "begin");
    must(mt_snapshot_begin(MT_CAUSE_EXIT) == 0, "a second one at the same time");
    for (uint64_t i = 0; i < facts; i++)
        say_area(number, 3 * facts + i); /* and takes them back */
    mt_snapshot_take_back();
    for (uint64_t i = 0; i < facts; i++)
        say_area(number, i);
    go_on_in_child(number, facts);
    must((process.header->snapshots_taken == number) == (number % 3 != 0), "ended by the child");
    say_area(number, 2 * facts);
    mt_snapshot_head()->residency = MT_RESIDENCY_MINCORE;
    mt_snapshot_end();
    must(process.header->snapshots_taken == number, "ended");
}

int main(int count, char **arguments)
{
    must(count == 4, "usage");
    struct trace_builder *builder = mt_builder_create(5);
    mt_builder_save(builder, arguments[1]);
    mt_builder_destroy(builder);
    const int fd = open(arguments[1], O_RDWR);
    must(fd >= 0 && ftruncate(fd, (off_t)UNITS * MT_UNIT_BYTES) == 0, "file");
    char *at = mmap(NULL, (size_t)UNITS * MT_UNIT_BYTES, PROT_NONE, MAP_SHARED, fd, 0);
    must(at != MAP_FAILED && mprotect(at, PAGE, PROT_READ | PROT_WRITE) == 0, "map");
    process.header = (struct mt_header *)at;
    process.header->units_reserved = UNITS;
    for (int i = 0; i < atoi(arguments[2]); i++)
        make((uint64_t)atoi(arguments[3]));
    must(ftruncate(fd, (off_t)process.header->units_used * MT_UNIT_BYTES) == 0, "cut");
    return 0;
}
