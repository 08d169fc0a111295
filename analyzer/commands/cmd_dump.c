/* cmd_dump.c: `memtrace dump TRACE`: every record of a trace as one line of text, for debugging,
 * for tests and for grep. A line is the record's kind and then key=value pairs in a fixed order,
 * with one blank between; texts stand in double quotes with C escapes. Keys may be added at the
 * end.
 *
 *   trace      the header: version, machine, process, layout
 *   end        how the image ended by its own word, and what became of the process
 *   counters   what the tracer counted for the whole process
 *   fact       kind="text": executable, host, boot, directory, allocator, options
 *   argument   one argument of the command line
 *   limit      something the tracer could not do
 *   module     a loaded ELF object
 *   thread     a thread slot with its counters; calls: its successful calls by function
 *   node       a frame of the stack tree; parent=0 ends the stack
 *   block      a live block, in address order
 *   mapping    a mapping of the program's own, or a piece of one, in address order
 *   snapshot   what the process found when it looked at itself, the newest first
 *   area       a line of /proc/PID/maps at the snapshot before it
 *   pages      a run of pages with one state in the area before it
 *   look       a look at the process and the system: figures by their names in the kernel
 *   churn      blocks or mappings of a stack that were mapped alone and released, most bytes first
 *   freed      blocks of a stack that were released, and by which stacks (option freed_by)
 *   peak       when most was alive, as far as its state was kept
 *   account    what a stack allocated, released and held at the peak, over all threads
 *   errors     what was watched for (options errors, guard, canary), and how much was found
 *   error      a misuse of memory, the first first; the fields are those of struct mt_misuse
 *   damage     what was lost or cannot be trusted; first: where the first of it is */
#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include "churn.h"
#include "command.h"
#include "proof.h"
#include "dump.h"
#include "options.h"
#include "process.h"
#include "trace.h"

static void dump_header(const struct mt_trace *trace)
{
    static const struct mt_dump_flag flags[] = {
        {MT_FLAG_FULL, "full"},
        {MT_FLAG_EXIT_STATUS, "exit_status"},
        {MT_FLAG_FOREIGN_MALLOC, "foreign_malloc"},
        {MT_FLAG_NO_UNWINDER, "no_unwinder"},
        {MT_FLAG_FORKED, "forked"},
        {MT_FLAG_SANDBOXED, "sandboxed"},
        {MT_FLAG_CUT, "cut"},
        {0, NULL},
    };
    static const char *const ends[] = {"running", "exited", "exec"};
    const struct mt_header *header = mt_trace_header(trace);
    const char *fate = mt_fate_name(mt_process_fate(trace));

    printf("trace version=%" PRIu32 " oldest=%" PRIu32 " machine=%d pid=%" PRIu32 " ppid=%" PRIu32,
           header->version, header->version_oldest, header->machine, header->pid, header->ppid);
    printf(" process_start=%" PRIu64 " started_unix_ns=%" PRIu64 " granule_bytes=%d",
           header->process_start, header->started_unix_ns, 1 << header->granule_shift);
    printf(" units_used=%" PRIu64 " brk_start=0x%" PRIx64 " brk_end=0x%" PRIx64, header->units_used,
           header->brk_start, header->brk_end);
    mt_dump_flags("flags", header->flags, flags);
    if (mt_trace_is_sampled(trace))
        printf(" sample_bytes=%" PRIu64, header->sample_bytes);
    printf("\nend state=%s", header->end < 3 ? ends[header->end] : "unknown");
    if (header->flags & MT_FLAG_EXIT_STATUS)
        printf(" exit_status=%" PRId32, header->exit_status);
    printf(" ended_ms=%" PRIu64 " signal=%" PRIu64 " process=%s\n", header->ended_ms,
           header->end_signal, fate ? fate : "unknown");
}

static void dump_proof(const struct mt_trace *trace)
{
    const struct mt_proof proof = mt_trace_proof(trace);
    if (proof.is_wanted)
        printf("proof planted=%u seen=%u lost=%u\n", proof.planted, proof.seen, proof.lost);
}

static void dump_counters(const struct mt_trace *trace)
{
    const struct mt_header *header = mt_trace_header(trace);
    const struct mt_totals totals = mt_trace_totals(trace);
    printf("counters allocations=%" PRIu64 " frees=%" PRIu64 " allocated_bytes=%" PRIu64
           " freed_bytes=%" PRIu64,
           totals.allocations, totals.frees, totals.allocated_bytes, totals.freed_bytes);
    printf(" unknown_frees=%" PRIu64 " cut_stacks=%" PRIu64 " live_bytes=%" PRId64
           " peak_bytes=%" PRIu64 " missed_frees=%" PRIu64,
           totals.unknown_frees, totals.cut_stacks, header->live_bytes, totals.peak_bytes,
           header->missed_frees);
    printf(" depth_max=%" PRIu64 " verified_stacks=%" PRIu64 " wrong_stacks=%" PRIu64 "\n",
           header->depth_max, header->verified_stacks, header->wrong_stacks);
}

static void dump_facts(const struct mt_trace *trace)
{
    static const struct {
        enum mt_fact_kind kind;
        const char *name;
    } texts[] = {
        {MT_FACT_EXECUTABLE, "executable"},
        {MT_FACT_HOST, "host"},
        {MT_FACT_BOOT, "boot"},
        {MT_FACT_DIRECTORY, "directory"},
        {MT_FACT_ALLOCATOR, "allocator"},
        {MT_FACT_OPTIONS, "options"},
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        const char *text = mt_trace_text(trace, texts[i].kind);
        if (!text)
            continue;
        printf("fact");
        mt_dump_text(texts[i].name, text);
        putchar('\n');
    }
    unsigned count;
    const char *const *arguments = mt_trace_command(trace, &count);
    for (unsigned i = 0; i < count; i++) {
        printf("argument index=%u", i);
        mt_dump_text("text", arguments[i]);
        putchar('\n');
    }
    for (const char *const *limit = mt_trace_limits(trace); *limit; limit++) {
        printf("limit");
        mt_dump_text("text", *limit);
        putchar('\n');
    }
}

static void dump_modules(const struct mt_trace *trace)
{
    static const struct mt_dump_flag flags[] = {
        {MT_MODULE_MAIN, "main"},     {MT_MODULE_STARTUP, "startup"}, {MT_MODULE_VDSO, "vdso"},
        {MT_MODULE_LOADER, "loader"}, {MT_MODULE_TRACER, "tracer"},   {0, NULL},
    };
    for (uint32_t id = 1; id <= mt_trace_module_count(trace); id++) {
        const struct mt_loaded *module = mt_trace_module(trace, id);
        if (!module)
            continue;
        printf("module id=%" PRIu32 " start=0x%" PRIx64 " end=0x%" PRIx64 " bias=0x%" PRIx64
               " loaded_ms=%" PRIu64,
               id, module->start, module->end, module->bias, module->loaded_ms);
        mt_dump_flags("flags", module->flags, flags);
        printf(" build_id=%s", module->build_id_bytes ? "" : "-");
        for (unsigned i = 0; i < module->build_id_bytes; i++)
            printf("%02x", module->build_id[i]);
        mt_dump_text("path", module->path);
        putchar('\n');
    }
}

static void dump_calls(const struct mt_thread *thread)
{
    const char *separator = "";
    printf(" calls=\"");
    for (unsigned function = 0; function < MT_FN_COUNT; function++) {
        if (thread->calls[function] == 0)
            continue;
        printf("%s%s:%" PRIu64, separator, mt_function_name(function), thread->calls[function]);
        separator = ",";
    }
    puts("\"");
}

static void dump_threads(const struct mt_trace *trace)
{
    for (uint32_t slot = 1; slot <= mt_trace_thread_count(trace); slot++) {
        const struct mt_thread *thread = mt_trace_thread(trace, slot);
        if (!thread)
            continue;
        printf("thread slot=%" PRIu32 " tid=%" PRIu32 " generation=%" PRIu32, slot, thread->tid,
               thread->generation);
        mt_dump_text("name", thread->name);
        printf(" started_ms=%" PRIu64 " allocations=%" PRIu64 " frees=%" PRIu64, thread->started_ms,
               mt_thread_allocations(thread), mt_thread_frees(thread));
        printf(" allocated_bytes=%" PRIu64 " freed_bytes=%" PRIu64 " unknown_frees=%" PRIu64
               " cut_stacks=%" PRIu64 " live_added=%" PRId64 " live_high=%" PRId64,
               thread->allocated_bytes, thread->freed_bytes, thread->unknown_frees,
               thread->cut_stacks, thread->live_added, thread->live_high);
        dump_calls(thread);
    }
}

static void dump_nodes(const struct mt_trace *trace)
{
    static const struct mt_dump_flag flags[] = {
        {MT_NODE_CUT_DEPTH, "cut_depth"},
        {MT_NODE_CUT_UNKNOWN, "cut_unknown"},
        {MT_NODE_EXACT_PC, "exact_pc"},
        {MT_NODE_NO_STACK, "no_stack"},
        {0, NULL},
    };
    for (uint32_t id = 1; id < mt_trace_node_limit(trace); id++) {
        const struct mt_node *node = mt_trace_node(trace, id);
        if (!node || node->pc == 0) /* given out, not yet used */
            continue;
        printf("node id=%" PRIu32 " parent=%" PRIu32 " pc=0x%" PRIx64 " module=%d", id,
               node->parent, node->pc, node->module);
        const struct mt_loaded *module = mt_trace_module(trace, node->module);
        if (module)
            printf(" offset=0x%" PRIx64, node->pc - module->bias);
        if (node->function)
            printf(" function=\"%s\"", mt_function_name(node->function));
        mt_dump_flags("flags", node->flags, flags);
        putchar('\n');
    }
}

static int dump_block(const struct mt_block *block, void *context)
{
    (void)context;
    printf("block address=0x%" PRIx64 " size=%" PRIu64 " stack=%" PRIu32 " function=\"%s\"",
           block->address, block->size_bytes, block->stack, mt_function_name(block->function));
    printf(" storage=%s thread=%" PRIu32 " born_ms=%" PRIu64, mt_storage_name(block->storage),
           block->thread, block->born_ms);
    mt_dump_verdicts(block->verdict, block->before);
    putchar('\n');
    return ferror(stdout); /* nobody reads on: stop */
}

static int dump_mapping(const struct mt_live_mapping *mapping, void *context)
{
    (void)context;
    const char *kind = mt_mapping_kind_name(mapping->kind);
    const unsigned protection = mapping->protection;
    printf("mapping address=0x%" PRIx64 " bytes=%" PRIu64 " stack=%" PRIu32 " function=\"%s\"",
           mapping->address, mapping->bytes, mapping->stack, mt_function_name(mapping->function));
    printf(" kind=%s thread=%" PRIu32 " born_ms=%" PRIu64 " birth=%" PRIu64,
           kind ? kind : "unknown", mapping->thread, mapping->born_ms, mapping->birth);
    if (mapping->has_protection)
        printf(" protection=%c%c%c", protection & 1 ? 'r' : '-', protection & 2 ? 'w' : '-',
               protection & 4 ? 'x' : '-');
    else
        printf(" protection=unknown");
    printf(" flags=0x%" PRIx32, mapping->flags);
    if (mapping->continues)
        printf(" continues=yes");
    if (mapping->kind == MT_MAPPING_STACK)
        printf(" tid=%" PRIu32 " in_use=%s", mapping->tid, mapping->is_in_use ? "yes" : "no");
    if (mapping->segment >= 0)
        printf(" segment=%d", mapping->segment);
    if (mapping->file)
        mt_dump_text("file", mapping->file);
    mt_dump_verdicts(mapping->verdict, mapping->before);
    putchar('\n');
    return ferror(stdout);
}

/* Figures by name, with '_' for what is no letter or digit; those that are not known are left out.
 */
static void dump_looks(const struct mt_trace *trace)
{
    size_t count;
    const struct mt_look *looks = mt_trace_looks(trace, &count);
    for (size_t i = 0; i < count; i++) {
        printf("look taken_ms=%" PRIu64 " by=%s", looks[i].taken_ms,
               looks[i].from_outside ? "run" : "process");
        for (int figure = 0; figure < MT_FIGURE_COUNT; figure++) {
            const uint64_t value = looks[i].figures[figure];
            if (value == MT_FIGURE_UNKNOWN)
                continue;
            putchar(' ');
            for (const char *c = mt_figure_name((enum mt_figure)figure); *c && *c != ')'; c++)
                putchar(isalnum((unsigned char)*c) ? *c : '_');
            if (value == MT_FIGURE_UNLIMITED)
                printf("=max");
            else
                printf("=%" PRIu64, value);
        }
        putchar('\n');
    }
}

static void dump_churn(const struct mt_trace *trace)
{
    size_t count;
    const struct mt_churn_site *site = mt_trace_churn(trace, &count);
    for (; count > 0; count--, site++)
        printf("churn stack=%" PRIu32 " function=\"%s\" rounds=%" PRIu64 " bytes=%" PRIu64
               " largest_bytes=%" PRIu64 " first_ms=%" PRIu64 " last_ms=%" PRIu64 "\n",
               site->stack, mt_function_name(site->function), site->rounds, site->bytes,
               site->largest_bytes, site->first_ms, site->last_ms);
}

static void dump_damage(const struct mt_trace *trace)
{
    const struct mt_damage *damage = mt_trace_damage(trace);
    printf("damage lost_blocks=%" PRIu64 " lost_stacks=%" PRIu64 " lost_facts=%" PRIu64,
           damage->lost_blocks, damage->lost_stacks, damage->lost_facts);
    printf(" bad_extents=%" PRIu64 " bad_blocks=%" PRIu64 " bad_nodes=%" PRIu64
           " bad_facts=%" PRIu64,
           damage->bad_extents, damage->bad_blocks, damage->bad_nodes, damage->bad_facts);
    printf(" missing_bytes=%" PRIu64 " stale_blocks=%" PRIu64, damage->missing_bytes,
           damage->stale_blocks);
    mt_dump_text("first", damage->first);
    printf(" lost_mappings=%" PRIu64 " bad_mappings=%" PRIu64 " bad_samples=%" PRIu64,
           damage->lost_mappings, damage->bad_mappings, damage->bad_samples);
    if (damage->bad_misuses)
        printf(" bad_misuses=%" PRIu64, damage->bad_misuses);
    putchar('\n');
}

static int dump(const char *path)
{
    struct mt_trace *trace;
    struct mt_error error;
    if (mt_trace_open(path, &trace, &error))
        return mt_command_fail(&error);
    dump_header(trace);
    dump_proof(trace);
    dump_counters(trace);
    dump_facts(trace);
    dump_modules(trace);
    dump_threads(trace);
    dump_nodes(trace);
    mt_trace_blocks(trace, dump_block, NULL);
    mt_trace_mappings(trace, dump_mapping, NULL);
    mt_dump_snapshots(trace);
    dump_looks(trace);
    dump_churn(trace);
    mt_dump_freers(trace);
    mt_dump_accounts(trace);
    mt_dump_misuses(trace);
    dump_damage(trace);
    mt_trace_close(trace);
    return MT_OK;
}

static int run(int argc, char **argv)
{
    const struct mt_option_table none[] = {{NULL, NULL}};
    int operand, status;
    if (!mt_command_parse(&mt_command_dump, argc, argv, none, false, &operand, &status))
        return status;
    if (argc - operand != 1)
        return mt_command_misused(&mt_command_dump, "needs one trace");
    return dump(argv[operand]);
}

const struct mt_command mt_command_dump = {
    .name = "dump",
    .summary = "prints every record of a trace as a line of text",
    .help = "usage: memtrace dump TRACE\n"
            "\n"
            "A line is the record's kind and then key=value pairs in a fixed order; texts\n"
            "stand in double quotes with C escapes. Damaged records are left out and counted.\n"
            "\n"
            "  trace     version, machine, process, layout, flags\n"
            "  end       how the image ended by its own word, and what the process does now\n"
            "  counters  sums over all threads\n"
            "  fact      executable, host, boot, directory, allocator, options\n"
            "  argument  one argument of the command line\n"
            "  limit     something the tracer could not do\n"
            "  module    a loaded ELF object: addresses, build-id, path\n"
            "  thread    a thread slot: name, counters, calls by function\n"
            "  node      a frame of the stack tree; its caller is the node `parent` names\n"
            "  block     a live block, in address order; its stack begins at node `stack`\n"
            "  mapping   a mapping of the program's own, or a piece of one, in address order\n"
            "  snapshot  when the process looked at itself; its areas, their pages follow\n"
            "  look      figures of the process and the system at one instant\n"
            "  churn     what a stack has had mapped alone and released again\n"
            "  freed     how many blocks of a stack were released, and by which stacks\n"
            "  damage    what was lost or cannot be trusted, and where the first of it is\n"
            "\n"
            "examples:\n"
            "  memtrace dump app.mtrace | grep '^block' | sort -t= -k3n\n"
            "  memtrace dump app.mtrace | grep '^node id=17 '\n",
    .run = run,
};
