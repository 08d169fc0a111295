/* open_trace.c: TRACE: opens it, visits its blocks, and says how long that took and what it needed:
 * "N blocks, N bytes: opened in N ms, visited in N ms, N MiB resident at most". */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>
#include "trace.h"

static double now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

struct sum {
    uint64_t blocks, bytes;
};

static int add(const struct mt_block *block, void *context)
{
    struct sum *sum = context;
    sum->blocks++;
    sum->bytes += block->size_bytes;
    return 0;
}

int main(int argc, char **argv)
{
    struct mt_trace *trace;
    struct mt_error error;
    double began = now_ms();
    if (argc != 2 || mt_trace_open(argv[1], &trace, &error)) {
        fprintf(stderr, "open_trace: %s\n", argc == 2 ? error.text : "usage: open_trace TRACE");
        return EXIT_FAILURE;
    }
    double opened = now_ms();
    struct sum sum = {0};
    mt_trace_blocks(trace, add, &sum);
    double visited = now_ms();
    mt_trace_close(trace);

    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    printf("%" PRIu64 " blocks, %" PRIu64 " bytes: opened in %.0f ms, visited in %.0f ms, %ld MiB "
           "resident at most\n",
           sum.blocks, sum.bytes, opened - began, visited - opened, usage.ru_maxrss / 1024);
    return EXIT_SUCCESS;
}
