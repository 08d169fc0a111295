/* reader.c: a trace that is being written, read again and again by the analyzer's own code until
 * stdin ends, and every picture of it held against what must be so at every instant:
 *
 *   - nothing is damaged, and nothing was lost;
 *   - a record is whole: its stack leads to an outermost frame, its thread is one that there is, it
 *     was not born after now, and its size says the function that its stack says (load.h);
 *   - a block or mapping that lives all the time is there, each time;
 *   - sums agree with the counters, but for what came and went since the picture before;
 *   - counters never go back.
 *
 *   reader [--lasting=N] [--steady-bytes=N] [--pause-ms=N] TRACE
 *   reader --once [--blocks=N] [--mappings=N] [--mapping-bytes=N] … TRACE   (nothing is in flight)
 *
 * What is not so is a line "torn: …", and status 1 at the end. --steady-bytes: of the mappings that
 * carry the flag MAP_NORESERVE. Ends with a line of figures. */
#include <getopt.h>
#include <inttypes.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>
#include "load.h"
#include "process.h"
#include "system_look.h"
#include "trace.h"

enum { TORN_MAX = 20, TICK_MS = 10, WORDS_IN_FLIGHT = 4 };

/* What is asked for; -1: nothing. */
static long lasting_wanted = -1, blocks_wanted = -1, mappings_wanted = -1;
static long long steady_wanted = -1, mapping_bytes_wanted = -1;

static unsigned torn, readings;
static double longest_s;
static uint64_t own_least = UINT64_MAX, own_most;

/* The address that each site's blocks come from, found out by the first of them. */
static uint64_t site_pc[SITES];

/* Sums of all thread slots at the end of the picture before. */
static struct mt_totals before;

__attribute__((format(printf, 1, 2))) static void tear(const char *format, ...)
{
    va_list arguments;
    if (torn++ >= TORN_MAX)
        return;
    va_start(arguments, format);
    printf("torn: reading %u: ", readings);
    vprintf(format, arguments);
    putchar('\n');
    va_end(arguments);
    fflush(stdout);
}

struct picture {
    const struct mt_trace *trace;
    uint64_t now_ms;
    unsigned char *is_sound; /* by node: its way out has been walked */
    uint64_t end;            /* of the object before */
    uint64_t blocks, bytes, own, own_bytes, lasting;
    uint64_t mappings, mapping_bytes, steady_bytes;
};

/* ---- stacks ---- */

static void check_stack(struct picture *picture, uint32_t stack, uint64_t address)
{
    const struct mt_node *node = NULL;
    unsigned depth = 0;
    for (uint32_t id = stack; id && !picture->is_sound[id]; id = node->parent) {
        node = mt_trace_node(picture->trace, id);
        if (!node || ++depth > 1024) {
            tear("0x%" PRIx64 ": node %u of stack %u cannot be followed", address, id, stack);
            return;
        }
        if (!node->pc)
            tear("0x%" PRIx64 ": node %u of stack %u is empty", address, id, stack);
        if (node->module && !mt_trace_module(picture->trace, node->module))
            tear("0x%" PRIx64 ": node %u lies in module %u, which is not known", address, id,
                 node->module);
        picture->is_sound[id] = 1;
    }
}

/* Whether the function that asked for the block is the load's own. */
static bool is_own(const struct picture *picture, const struct mt_node *node)
{
    const struct mt_loaded *module = mt_trace_module(picture->trace, node->module);
    return module && module->flags & MT_MODULE_MAIN;
}

/* ---- objects ---- */

static void check_site(const struct mt_block *block, uint64_t pc)
{
    const unsigned site = block->size_bytes % SITES;
    if (!site_pc[site])
        site_pc[site] = pc;
    if (site_pc[site] != pc)
        tear("0x%" PRIx64 ": %" PRIu64 " bytes belong to 0x%" PRIx64
             ", its stack begins at 0x%" PRIx64,
             block->address, block->size_bytes, site_pc[site], pc);
}

static int look_at_block(const struct mt_block *block, void *context)
{
    struct picture *picture = context;
    const struct mt_node *node = mt_trace_node(picture->trace, block->stack);
    picture->blocks++;
    picture->bytes += block->size_bytes;
    if (block->address < picture->end)
        tear("0x%" PRIx64 ": begins before the block below it ends", block->address);
    picture->end = block->address + block->size_bytes;
    check_stack(picture, block->stack, block->address);
    if (block->function < MT_FN_MALLOC || block->function > MT_FN_RALLOCX)
        tear("0x%" PRIx64 ": made by %s", block->address, mt_function_name(block->function));
    if (!block->thread && mt_trace_thread_count(picture->trace) < 1 << MT_THREAD_BITS)
        tear("0x%" PRIx64 " of %" PRIu64 " bytes: no thread has made it", block->address,
             block->size_bytes);
    if (block->born_ms > picture->now_ms + TICK_MS)
        tear("0x%" PRIx64 ": born at %" PRIu64 " ms, it is %" PRIu64 " ms now", block->address,
             block->born_ms, picture->now_ms);
    if (node && is_own(picture, node)) {
        picture->own++;
        picture->own_bytes += block->size_bytes;
        picture->lasting += block->size_bytes % SITES == LASTING;
        check_site(block, node->pc);
    }
    return 0;
}

static int look_at_mapping(const struct mt_live_mapping *mapping, void *context)
{
    struct picture *picture = context;
    if (mapping->address < picture->end)
        tear("0x%" PRIx64 ": begins before the mapping below it ends", mapping->address);
    picture->end = mapping->address + mapping->bytes;
    check_stack(picture, mapping->stack, mapping->address);
    if (mapping->born_ms > picture->now_ms + TICK_MS)
        tear("0x%" PRIx64 ": mapped at %" PRIu64 " ms, it is %" PRIu64 " ms now", mapping->address,
             mapping->born_ms, picture->now_ms);
    if (mapping->kind == MT_MAPPING_ANONYMOUS && mapping->flags & MAP_NORESERVE)
        picture->steady_bytes += mapping->bytes;
    if (mapping->kind != MT_MAPPING_STACK) {
        picture->mappings += !mapping->continues;
        picture->mapping_bytes += mapping->bytes;
    }
    return 0;
}

/* ---- sums ---- */

static void check_between(const char *what, uint64_t found, uint64_t counted, uint64_t gone,
                          uint64_t come, uint64_t slack)
{
    const int64_t least = (int64_t)(counted - gone - slack),
                  most = (int64_t)(counted + come + slack);
    if ((int64_t)found < least || (int64_t)found > most)
        tear("%s: %" PRIu64 " in the picture, %" PRId64 " to %" PRId64 " by the counters", what,
             found, least, most);
}

/* The slots of threads are not read at one instant, which takes an eighth of a picture at most. */
static void check_sums(const struct picture *picture, const struct mt_totals *now)
{
    const uint64_t threads = mt_trace_thread_count(picture->trace);
    const uint64_t come = now->allocations - before.allocations, gone = now->frees - before.frees;
    const uint64_t come_bytes = now->allocated_bytes - before.allocated_bytes;
    const uint64_t gone_bytes = now->freed_bytes - before.freed_bytes;
    const bool is_quiet = blocks_wanted >= 0;
    if (now->allocations < before.allocations || now->frees < before.frees ||
        now->allocated_bytes < before.allocated_bytes || now->freed_bytes < before.freed_bytes)
        tear("counters went back: %" PRIu64 " allocations, before %" PRIu64, now->allocations,
             before.allocations);
    if (is_quiet) {
        check_between("blocks", picture->blocks, now->allocations - now->frees, 0, 0, 0);
        check_between("bytes", picture->bytes, now->allocated_bytes - now->freed_bytes, 0, 0, 0);
    } else if (readings > 0) {
        check_between("blocks", picture->blocks, before.allocations - before.frees, gone, come,
                      WORDS_IN_FLIGHT * threads + come / 8);
        check_between("bytes", picture->bytes, before.allocated_bytes - before.freed_bytes,
                      gone_bytes, come_bytes, come_bytes / 8 + (threads << 20));
    }
}

static void check_damage(const struct mt_trace *trace)
{
    const struct mt_damage *damage = mt_trace_damage(trace), none = {0};
    if (memcmp(damage, &none, sizeof none) != 0)
        tear("damaged: %s (lost %" PRIu64 " blocks, %" PRIu64 " stacks, %" PRIu64 " facts, %" PRIu64
             " mappings; %" PRIu64 " stale)",
             damage->first, damage->lost_blocks, damage->lost_stacks, damage->lost_facts,
             damage->lost_mappings, damage->stale_blocks);
    if (mt_trace_header(trace)->missed_frees)
        tear("%" PRIu64 " frees were missed", mt_trace_header(trace)->missed_frees);
}

static void check_wanted(const char *what, uint64_t found, long long wanted)
{
    if (wanted >= 0 && found != (uint64_t)wanted)
        tear("%s: %" PRIu64 ", wanted %lld", what, found, wanted);
}

/* ---- pictures ---- */

static void look(struct mt_trace *trace)
{
    const struct mt_totals totals = mt_trace_totals(trace);
    struct picture picture = {
        .trace = trace,
        .now_ms = mt_system_now_ms(mt_trace_header(trace)),
        .is_sound = calloc(mt_trace_node_limit(trace) + 1, 1),
    };
    MUST(picture.is_sound);
    mt_trace_blocks(trace, look_at_block, &picture);
    picture.end = 0;
    mt_trace_mappings(trace, look_at_mapping, &picture);
    check_damage(trace);
    check_sums(&picture, &totals);
    check_wanted("lasting blocks", picture.lasting, lasting_wanted);
    check_wanted("blocks of the load", picture.own, blocks_wanted);
    check_wanted("bytes of steady mappings", picture.steady_bytes, steady_wanted);
    check_wanted("mappings", picture.mappings, mappings_wanted);
    check_wanted("bytes of mappings", picture.mapping_bytes, mapping_bytes_wanted);
    free(picture.is_sound);
    before = totals;
    own_least = picture.own < own_least ? picture.own : own_least;
    own_most = picture.own > own_most ? picture.own : own_most;
    readings++;
}

static double now_s(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* Returns whether the process still runs, so that there is more to come. */
static bool read_once(const char *path)
{
    struct mt_trace *trace;
    struct mt_error error;
    const double began_s = now_s();
    if (mt_trace_open(path, &trace, &error) != MT_OK) {
        tear("%s", error.text);
        return false;
    }
    look(trace);
    const bool goes_on = mt_process_fate(trace) == MT_FATE_RUNNING;
    mt_trace_close(trace);
    const double took_s = now_s() - began_s;
    longest_s = took_s > longest_s ? took_s : longest_s;
    return goes_on;
}

static bool has_stdin_ended(long pause_ms)
{
    struct pollfd end = {.fd = STDIN_FILENO, .events = POLLIN};
    char byte;
    return poll(&end, 1, (int)pause_ms) > 0 && read(STDIN_FILENO, &byte, 1) <= 0;
}

int main(int argc, char **argv)
{
    static const struct option options[] = {
        {"once", no_argument, NULL, 'o'},
        {"lasting", required_argument, NULL, 'l'},
        {"blocks", required_argument, NULL, 'b'},
        {"mappings", required_argument, NULL, 'm'},
        {"mapping-bytes", required_argument, NULL, 'M'},
        {"steady-bytes", required_argument, NULL, 's'},
        {"pause-ms", required_argument, NULL, 'p'},
        {0},
    };
    bool is_once = false;
    long pause_ms = 0;
    int option;
    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        const long long value = optarg ? atoll(optarg) : 0;
        switch (option) {
        case 'o':
            is_once = true;
            break;
        case 'l':
            lasting_wanted = (long)value;
            break;
        case 'b':
            blocks_wanted = (long)value;
            break;
        case 'm':
            mappings_wanted = (long)value;
            break;
        case 'M':
            mapping_bytes_wanted = value;
            break;
        case 's':
            steady_wanted = value;
            break;
        case 'p':
            pause_ms = (long)value;
            break;
        default:
            return 2;
        }
    }
    MUST(argc == optind + 1);
    while (read_once(argv[optind]) && !is_once && !has_stdin_ended(pause_ms))
        ;
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    printf("readings=%u torn=%u own_least=%" PRIu64 " own_most=%" PRIu64 " longest_ms=%.0f "
           "resident_kib=%ld\n",
           readings, torn, own_least, own_most, longest_s * 1e3, usage.ru_maxrss);
    return torn != 0;
}
