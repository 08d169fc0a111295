/* explain.c: takes an address or a fingerprint, gives what the trace knows of the objects: what
 * they are, what the scan said, through which pointers they are kept, or with which head they were
 * lost. A chain of pointers is in the trace for one object of each large site; where there is
 * none, that is said. */
#include "explain.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include "fingerprint.h"
#include "frames.h"
#include "paper.h"
#include "printable.h"
#include "scan.h"
#include "site_name.h"
#include "stack_text.h"
#include "verdict_text.h"

enum {
    TEXT_SIZE = 512,
    FINGERPRINT_DIGITS = 16,
    SHOWN_MAX = 5, /* objects of a site */
};

struct explanation {
    const struct mt_report *report;
    struct mt_paper paper;
};

/* A block or a mapping. */
struct thing {
    enum mt_kind kind;
    uint64_t address, bytes, born_ms;
    uint32_t stack, thread;
    enum mt_function function;
    enum mt_verdict verdict;
};

static struct thing thing_of_block(const struct mt_block *block)
{
    return (struct thing){
        .kind = MT_KIND_BLOCK,
        .address = block->address,
        .bytes = block->size_bytes,
        .born_ms = block->born_ms,
        .stack = block->stack,
        .thread = block->thread,
        .function = block->function,
        .verdict = block->verdict,
    };
}

static struct thing thing_of_mapping(const struct mt_live_mapping *mapping)
{
    return (struct thing){
        .kind = MT_KIND_MAPPING,
        .address = mapping->address,
        .bytes = mapping->bytes,
        .born_ms = mapping->born_ms,
        .stack = mapping->stack,
        .thread = mapping->thread,
        .function = mapping->function,
        .verdict = mapping->verdict,
    };
}

/* The object that `address` lies in. Blocks lie in mappings, so they come first. */
static bool find_thing(const struct mt_trace *trace, uint64_t address, struct thing *ret_thing)
{
    struct mt_block block;
    struct mt_live_mapping mapping;
    if (mt_trace_block_at(trace, address, &block))
        *ret_thing = thing_of_block(&block);
    else if (mt_trace_mapping_at(trace, address, &mapping))
        *ret_thing = thing_of_mapping(&mapping);
    else
        return false;
    return true;
}

/* ---- words ---- */

/* Who asked for it: "cache_insert". Written to `text`, which is returned. */
static const char *site_text(const struct explanation *explanation, uint32_t stack,
                             char text[TEXT_SIZE])
{
    const struct mt_report *report = explanation->report;
    struct mt_frame_walk walk;
    const struct mt_frame *frame = mt_site_frame(report->trace, report->symbols, stack, &walk);
    char *label = frame ? mt_frame_label(walk.location, frame) : NULL;
    snprintf(text, TEXT_SIZE, "%s", label ? label : "an unknown caller");
    free(label);
    return mt_make_printable(text), text;
}

/* "block of 64 bytes". Written to `text`, which is returned. */
static const char *thing_text(const struct thing *thing, char text[128])
{
    char bytes[64];
    snprintf(text, 128, "%s of %s", mt_kind_names[thing->kind],
             mt_count_text(thing->bytes, "byte", bytes));
    return text;
}

/* "thread worker", by the kernel's number; slots are used again, the newest holder has the name. */
static void thread_text(const struct mt_trace *trace, uint32_t tid, char text[TEXT_SIZE])
{
    for (unsigned slot = 1; tid && slot <= mt_trace_thread_count(trace); slot++) {
        const struct mt_thread *thread = mt_trace_thread(trace, slot);
        if (thread && thread->tid == tid && thread->name[0]) {
            snprintf(text, TEXT_SIZE, "thread %.16s (%" PRIu32 ")", thread->name, tid);
            mt_make_printable(text);
            return;
        }
    }
    snprintf(text, TEXT_SIZE, tid ? "thread %" PRIu32 : "an unknown thread", tid);
}

/* ---- chains ---- */

static void print_global(const struct explanation *explanation, uint64_t address)
{
    FILE *out = explanation->paper.out;
    struct mt_place_of_data place;
    if (!mt_symbols_find_data(explanation->report->symbols, address, &place)) {
        fprintf(out, "global at 0x%" PRIx64, address);
        return;
    }
    char text[TEXT_SIZE];
    const char *module = mt_base_name(place.module->path);
    if (place.name && place.into)
        snprintf(text, sizeof text, "global %s+%" PRIu64 " in %s+0x%" PRIx64, place.name->full,
                 place.into, module, place.offset);
    else if (place.name)
        snprintf(text, sizeof text, "global %s in %s+0x%" PRIx64, place.name->full, module,
                 place.offset);
    else
        snprintf(text, sizeof text, "global in %s+0x%" PRIx64, module, place.offset);
    mt_make_printable(text);
    fputs(text, out);
}

static void print_object(const struct explanation *explanation, const struct mt_link *link)
{
    struct thing thing;
    char text[128], site[TEXT_SIZE];
    FILE *out = explanation->paper.out;
    if (find_thing(explanation->report->trace, link->object, &thing))
        fprintf(out, "%s by %s", thing_text(&thing, text),
                site_text(explanation, thing.stack, site));
    else
        fprintf(out, "%s at 0x%" PRIx64 ", which has gone since",
                link->kind == MT_LINK_BLOCK ? "block" : "mapping", link->object);
    fprintf(out, " at +%" PRIu64, link->at - link->object);
}

/* Where the pointer lies. */
static void print_link(const struct explanation *explanation, const struct mt_link *link)
{
    FILE *out = explanation->paper.out;
    char thread[TEXT_SIZE];
    thread_text(explanation->report->trace, link->thread, thread);
    switch (link->kind) {
    case MT_LINK_GLOBAL:
        print_global(explanation, link->at);
        break;
    case MT_LINK_STACK:
        fprintf(out, "stack of %s at 0x%" PRIx64, thread, link->at);
        break;
    case MT_LINK_REGISTER:
        fprintf(out, "register of %s", thread);
        break;
    case MT_LINK_TLS:
        fprintf(out, "thread-local storage of %s at 0x%" PRIx64, thread, link->at);
        break;
    case MT_LINK_BLOCK:
    case MT_LINK_MAPPING:
        print_object(explanation, link);
        break;
    case MT_LINK_REGION:
        fprintf(out, "memory at 0x%" PRIx64 ", whose making was not seen", link->at);
        break;
    default:
        fprintf(out, "0x%" PRIx64, link->at);
    }
}

/* The links, the root first, each line a place that holds a pointer to the next. */
static void print_chain(const struct explanation *explanation, const struct thing *thing,
                        const struct mt_chain *chain, size_t count)
{
    FILE *out = explanation->paper.out;
    char number[64];
    uint64_t to = thing->address;
    for (size_t i = 0; i < count; i++) {
        struct mt_link link;
        memcpy(&link, &chain->links[i], sizeof link);
        fputs("    ", out);
        print_link(explanation, &link);
        fputc('\n', out);
        if (i == 0 && chain->skipped)
            fprintf(out, "    … %s left out\n", mt_count_text(chain->skipped, "link", number));
        to = link.to;
    }
    if (to == thing->address)
        fputs("    this object\n", out);
    else
        fprintf(out, "    this object, its inside at +%" PRIu64 "\n", to - thing->address);
}

/* ---- an object ---- */

static void print_held(const struct explanation *explanation, const struct thing *thing)
{
    const struct mt_leak_head *head =
        mt_trace_leak_head(explanation->report->trace, thing->address);
    char objects[64], bytes[64];
    if (head)
        fprintf(explanation->paper.out,
                "nothing points to it; %s (%s) that only it leads to are lost with it\n",
                mt_count_text(head->objects, "object", objects),
                mt_count_text(head->bytes, "byte", bytes));
    else
        fputs("nothing points to it, and nothing else is lost with it\n", explanation->paper.out);
}

static void print_reason(const struct explanation *explanation, const struct thing *thing)
{
    FILE *out = explanation->paper.out;
    size_t count;
    const struct mt_chain *chain =
        mt_trace_chain(explanation->report->trace, thing->address, &count);
    if (chain && chain->verdict != (uint32_t)thing->verdict &&
        mt_verdict_in_doubt((enum mt_verdict)chain->verdict) != thing->verdict)
        chain = NULL; /* of a scan that a core file has overruled */
    const char *unknown = chain && count ? "" : ", which is not in the trace";
    char reason[MT_NO_VERDICTS_BYTES];
    switch (thing->verdict) {
    case MT_VERDICT_DEFINITE:
        print_held(explanation, thing);
        return;
    case MT_VERDICT_SUSPECT:
        fprintf(out, "nothing that was seen leads to it, but %s\n",
                mt_trace_scan_doubt(explanation->report->trace, reason));
        if (!chain)
            print_held(explanation, thing);
        break;
    case MT_VERDICT_INDIRECT:
        fprintf(out, "only lost objects point to it; it was lost with this head%s\n", unknown);
        break;
    case MT_VERDICT_POSSIBLE:
        fprintf(out, "only pointers into the inside of objects lead to it, through this%s\n",
                unknown);
        break;
    case MT_VERDICT_REACHABLE:
        fprintf(out, "pointers lead to it, through this%s\n", unknown);
        break;
    case MT_VERDICT_IGNORED:
        fputs("the program told the tracer to ignore it\n", out);
        return;
    default:
        if (mt_trace_no_verdicts(explanation->report->trace, reason))
            fprintf(out, "whether it leaked is not known: %s\n", reason);
        else
            fputs("it was made after the scan began, so whether it leaked is not known\n", out);
        return;
    }
    if (chain && count)
        print_chain(explanation, thing, chain, count);
}

static void print_thing(const struct explanation *explanation, const struct thing *thing)
{
    const struct mt_thread *thread = mt_trace_thread(explanation->report->trace, thing->thread);
    char text[128], born[MT_NUMBER_SIZE], name[32] = "";
    if (thread && thread->name[0])
        snprintf(name, sizeof name, ", thread %.16s", thread->name);
    mt_make_printable(name);
    mt_paper_print(&explanation->paper, MT_INK_BOLD, "0x%" PRIx64 "  %s, %s", thing->address,
                   thing_text(thing, text), mt_verdict_phrase(thing->verdict));
    fprintf(explanation->paper.out, "\n%s, %s after the start%s\n",
            mt_function_name(thing->function), mt_duration_text(thing->born_ms, born), name);
}

static int explain_address(const struct explanation *explanation, uint64_t address,
                           struct mt_error *error)
{
    const struct mt_report *report = explanation->report;
    FILE *out = explanation->paper.out;
    struct thing thing;
    if (!find_thing(report->trace, address, &thing))
        return mt_fail(error, MT_USAGE,
                       "0x%" PRIx64
                       ": lies in no live block and no mapping of %s (it was freed, or "
                       "was never allocated)",
                       address, mt_trace_path(report->trace));
    if (address != thing.address)
        fprintf(out, "0x%" PRIx64 " lies %" PRIu64 " bytes inside of\n", address,
                address - thing.address);
    print_thing(explanation, &thing);
    mt_stack_print(&explanation->paper, report->trace, report->symbols, thing.stack);
    print_reason(explanation, &thing);
    return MT_OK;
}

/* ---- a site ---- */

/* The objects of a site, and the first few of them, those that matter first. */
struct members {
    const struct mt_trace *trace;
    const unsigned char *stacks; /* by node id: bits 1 << enum mt_kind */
    uint64_t count;
    struct mt_count verdicts[MT_VERDICT_COUNT];
    struct thing shown[SHOWN_MAX];
    size_t shown_count;
};

/* The format's order, ascending; and of equals the one that more can be said of. */
static int weight(const struct members *members, const struct thing *thing)
{
    const int severity = thing->verdict == MT_VERDICT_IGNORED ? -1 : (int)thing->verdict;
    size_t count;
    return 2 * severity + (mt_trace_chain(members->trace, thing->address, &count) != NULL);
}

static void add_member(struct members *members, const struct thing *thing)
{
    members->count++;
    members->verdicts[thing->verdict].objects++;
    members->verdicts[thing->verdict].bytes += thing->bytes;
    size_t at = members->shown_count;
    while (at > 0 && weight(members, &members->shown[at - 1]) < weight(members, thing))
        at--;
    if (at == SHOWN_MAX)
        return;
    if (members->shown_count < SHOWN_MAX)
        members->shown_count++;
    memmove(&members->shown[at + 1], &members->shown[at],
            (members->shown_count - at - 1) * sizeof members->shown[0]);
    members->shown[at] = *thing;
}

static int visit_block(const struct mt_block *block, void *context)
{
    struct members *members = context;
    const struct thing thing = thing_of_block(block);
    if (members->stacks[block->stack] & 1 << MT_KIND_BLOCK)
        add_member(members, &thing);
    return 0;
}

static int visit_mapping(const struct mt_live_mapping *mapping, void *context)
{
    struct members *members = context;
    const struct thing thing = thing_of_mapping(mapping);
    if (members->stacks[mapping->stack] & 1 << MT_KIND_MAPPING && !mapping->is_in_use &&
        !mapping->continues)
        add_member(members, &thing);
    return 0;
}

static void print_members(const struct explanation *explanation, const struct members *members)
{
    FILE *out = explanation->paper.out;
    char objects[64], bytes[64];
    for (int i = MT_VERDICT_COUNT - 1; i >= 0; i--) {
        const struct mt_count *count = &members->verdicts[i];
        if (count->objects)
            fprintf(out, "%s %s, %s\n", mt_count_text(count->objects, "object", objects),
                    mt_verdict_phrase((enum mt_verdict)i),
                    mt_count_text(count->bytes, "byte", bytes));
    }
    for (size_t i = 0; i < members->shown_count; i++) {
        fputc('\n', out);
        print_thing(explanation, &members->shown[i]);
        print_reason(explanation, &members->shown[i]);
    }
    if (members->count > members->shown_count)
        fprintf(out, "\nand %s of this site\n",
                mt_count_text(members->count - members->shown_count, "more object", objects));
}

static int explain_fingerprint(const struct explanation *explanation, uint64_t fingerprint,
                               struct mt_error *error)
{
    const struct mt_report *report = explanation->report;
    unsigned char *stacks = calloc((size_t)mt_trace_node_limit(report->trace) + 1, 1);
    uint32_t stack = 0;
    if (!stacks)
        return mt_fail(error, MT_UNREADABLE, "not enough memory");
    for (size_t i = 0; i < mt_sites_count(report->sites); i++) {
        const struct mt_site *site = mt_sites_at(report->sites, i);
        if (mt_fingerprint(report->trace, report->symbols, site->kind, site->stack) ==
            fingerprint) {
            stacks[site->stack] |= (unsigned char)(1 << site->kind);
            stack = site->stack;
        }
    }
    struct members members = {.trace = report->trace, .stacks = stacks};
    mt_trace_blocks(report->trace, visit_block, &members);
    mt_trace_mappings(report->trace, visit_mapping, &members);
    free(stacks);
    if (members.count == 0)
        return mt_fail(error, MT_USAGE,
                       "%016" PRIx64 ": no site of %s has this fingerprint (try: memtrace report "
                       "--verdict=all --format=json)",
                       fingerprint, mt_trace_path(report->trace));
    char name[TEXT_SIZE];
    mt_paper_print(&explanation->paper, MT_INK_BOLD, "%016" PRIx64 "  %s\n", fingerprint,
                   site_text(explanation, stack, name));
    mt_stack_print(&explanation->paper, report->trace, report->symbols, stack);
    print_members(explanation, &members);
    return MT_OK;
}

/* ---- what is asked ---- */

int mt_explain_print(const struct mt_report *report, const struct mt_report_options *options,
                     FILE *out, struct mt_error *error)
{
    const struct explanation explanation = {report, mt_paper_on(out, options->color)};
    const char *text = options->explain;
    const bool is_address = strncmp(text, "0x", 2) == 0;
    const char *digits = is_address ? text + 2 : text;
    const size_t count = strspn(digits, "0123456789abcdefABCDEF");
    if (digits[count] || count == 0 || count > FINGERPRINT_DIGITS ||
        (!is_address && count != FINGERPRINT_DIGITS))
        return mt_fail(error, MT_USAGE,
                       "--explain=%.100s: neither an address (0x…) nor a fingerprint "
                       "(16 hexadecimal digits)",
                       text);
    const uint64_t number = strtoull(digits, NULL, 16);
    return is_address ? explain_address(&explanation, number, error)
                      : explain_fingerprint(&explanation, number, error);
}
