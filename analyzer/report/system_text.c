/* system_text.c: the screen of report --system. First the rows, named as in top, free and vmstat,
 * with start, peak and end side by side; then what they mean for this program. "-" is what no look
 * knew. */
#include <inttypes.h>
#include <string.h>
#include "report.h"
#include "system.h"

/* ---- rows ---- */

enum unit { BYTES, COUNT, PER_MILLE, SECONDS };

#define F(id) MT_FIGURE_##id
#define END MT_FIGURE_COUNT

/* A row's value at a look is the sum of some figures; PER_MILLE: the first one's part of the
 * second.
 */
struct row {
    const char *name;
    enum unit unit;
    enum mt_figure figures[4];
    enum mt_figure less; /* what is subtracted; END: nothing */
    bool is_least;       /* the peak is the least */
    enum mt_figure high; /* where the kernel keeps the first one's highest itself; END: nowhere */
};

static const struct row process_rows[] = {
    {"VIRT", BYTES, {F(VM_SIZE), END}, END, false, F(VM_PEAK)},
    {"RES", BYTES, {F(VM_RSS), END}, END, false, F(VM_HWM)},
    {"  anonymous", BYTES, {F(RSS_ANON), END}, END, false, END},
    {"SHR", BYTES, {F(RSS_FILE), F(RSS_SHMEM), END}, END, false, END},
    {"SWAP", BYTES, {F(VM_SWAP), END}, END, false, END},
    {"%MEM", PER_MILLE, {F(VM_RSS), F(MEM_TOTAL), END}, END, false, F(VM_HWM)},
    {"page tables", BYTES, {F(VM_PTE), END}, END, false, END},
    {"blocks", BYTES, {F(LIVE_BYTES), END}, END, false, END},
    {"mappings", BYTES, {F(MAPPED_BYTES), END}, END, false, END},
    {"threads", COUNT, {F(THREADS), END}, END, false, END},
    {"minor faults", COUNT, {F(MINOR_FAULTS), END}, END, false, END},
    {"major faults", COUNT, {F(MAJOR_FAULTS), END}, END, false, END},
    {"CPU time", SECONDS, {F(CPU_USER), F(CPU_SYSTEM), END}, END, false, END},
    {"oom_score", COUNT, {F(OOM_SCORE), END}, END, false, END},
    {NULL, BYTES, {END}, END, false, END},
};

static const struct row machine_rows[] = {
    {"total", BYTES, {F(MEM_TOTAL), END}, END, false, END},
    {"used", BYTES, {F(MEM_TOTAL), END}, F(MEM_AVAILABLE), false, END},
    {"free, least", BYTES, {F(MEM_FREE), END}, END, true, END},
    {"shared", BYTES, {F(SHMEM), END}, END, false, END},
    {"buff/cache", BYTES, {F(BUFFERS), F(CACHED), F(S_RECLAIMABLE), END}, END, false, END},
    {"available, least", BYTES, {F(MEM_AVAILABLE), END}, END, true, END},
    {"swap total", BYTES, {F(SWAP_TOTAL), END}, END, false, END},
    {"swap used", BYTES, {F(SWAP_TOTAL), END}, F(SWAP_FREE), false, END},
    {NULL, BYTES, {END}, END, false, END},
};

static const struct row group_rows[] = {
    {"limit", BYTES, {F(CGROUP_MAX), END}, END, false, END},
    {"used", BYTES, {F(CGROUP_CURRENT), END}, END, false, END},
    {"used, highest ever", BYTES, {F(CGROUP_PEAK), END}, END, false, END},
    {"swap used", BYTES, {F(CGROUP_SWAP), END}, END, false, END},
    {"times at the limit", COUNT, {F(CGROUP_EVENTS_MAX), END}, END, false, END},
    {"OOM kills", COUNT, {F(CGROUP_EVENTS_OOM_KILL), END}, END, false, END},
    {NULL, BYTES, {END}, END, false, END},
};

static uint64_t value_at(const struct mt_system *system, const struct row *row,
                         const struct mt_look *look)
{
    const uint64_t first = look->figures[row->figures[0]];
    if (row->unit == PER_MILLE) {
        const uint64_t whole = look->figures[row->figures[1]];
        return first < MT_FIGURE_UNLIMITED && whole < MT_FIGURE_UNLIMITED && whole
                   ? (uint64_t)(1000.0 * (double)first / (double)whole + 0.5)
                   : MT_FIGURE_UNKNOWN;
    }
    if (first == MT_FIGURE_UNLIMITED)
        return first;
    uint64_t value = mt_look_sum(look, row->figures);
    const bool is_virtual = row->figures[0] == F(VM_SIZE) || row->figures[0] == F(VM_PEAK);
    uint64_t less = is_virtual ? system->reserved_bytes : 0;
    if (row->less != END)
        less = look->figures[row->less];
    if (value == MT_FIGURE_UNKNOWN || less >= MT_FIGURE_UNLIMITED)
        return MT_FIGURE_UNKNOWN;
    return value > less ? value - less : 0;
}

static struct mt_course course_of(const struct mt_system *system, const struct row *row)
{
    struct mt_course course = {MT_FIGURE_UNKNOWN, MT_FIGURE_UNKNOWN, MT_FIGURE_UNKNOWN};
    for (size_t i = 0; i < system->count; i++) {
        const uint64_t value = value_at(system, row, &system->looks[i]);
        if (value == MT_FIGURE_UNKNOWN)
            continue;
        if (course.start == MT_FIGURE_UNKNOWN)
            course.start = course.peak = value;
        if (row->is_least ? value < course.peak : value > course.peak)
            course.peak = value;
        course.end = value;
    }
    struct row high = *row;
    high.figures[0] = row->high;
    for (size_t i = 0; row->high != END && i < system->count; i++) {
        const uint64_t value = value_at(system, &high, &system->looks[i]);
        if (value != MT_FIGURE_UNKNOWN && course.peak < value)
            course.peak = value;
    }
    return course;
}

static const char *value_text(uint64_t value, enum unit unit, char text[MT_NUMBER_SIZE])
{
    if (value == MT_FIGURE_UNKNOWN)
        return memcpy(text, "-", sizeof "-");
    if (value == MT_FIGURE_UNLIMITED)
        return memcpy(text, "none", sizeof "none");
    switch (unit) {
    case BYTES:
        return mt_size_text(value, text);
    case COUNT:
        return mt_number_text(value, text);
    case PER_MILLE:
        snprintf(text, MT_NUMBER_SIZE, "%" PRIu64 ".%" PRIu64 "%%", value / 10, value % 10);
        break;
    case SECONDS:
        snprintf(text, MT_NUMBER_SIZE, "%.2f s", (double)value / 1e6);
        break;
    }
    return text;
}

static void print_row(FILE *out, const char *name, const struct mt_course *course, enum unit unit)
{
    char start[MT_NUMBER_SIZE], peak[MT_NUMBER_SIZE], end[MT_NUMBER_SIZE];
    fprintf(out, "  %-22s %14s %14s %14s\n", name, value_text(course->start, unit, start),
            value_text(course->peak, unit, peak), value_text(course->end, unit, end));
}

static void print_rows(const struct mt_paper *paper, const char *title,
                       const struct mt_system *system, const struct row *rows)
{
    mt_paper_print(paper, MT_INK_BOLD, "%s\n", title);
    for (; rows->name; rows++) {
        const struct mt_course course = course_of(system, rows);
        print_row(paper->out, rows->name, &course, rows->unit);
    }
}

/* ---- rates ---- */

enum { RATE_LEAST_MS = 90, PAGE_BYTES = 4096 };

/* What a counter rose by in a second, between looks that are not too close. */
static struct mt_course rate_of(const struct mt_system *system, enum mt_figure figure)
{
    struct mt_course rate = {MT_FIGURE_UNKNOWN, MT_FIGURE_UNKNOWN, MT_FIGURE_UNKNOWN};
    const struct mt_look *before = NULL;
    for (size_t i = 0; i < system->count; i++) {
        const struct mt_look *look = &system->looks[i];
        if (look->figures[figure] >= MT_FIGURE_UNLIMITED ||
            (before && look->taken_ms - before->taken_ms < RATE_LEAST_MS))
            continue;
        if (before && look->figures[figure] >= before->figures[figure]) {
            const double seconds = (double)(look->taken_ms - before->taken_ms) / 1000;
            const double rise = (double)(look->figures[figure] - before->figures[figure]);
            rate.end = (uint64_t)(rise / seconds + 0.5);
            if (rate.peak == MT_FIGURE_UNKNOWN || rate.end > rate.peak)
                rate.peak = rate.end;
        }
        before = look;
    }
    return rate;
}

static void print_rates(const struct mt_paper *paper, const struct mt_system *system)
{
    static const struct {
        const char *name;
        enum mt_figure figure;
        unsigned bytes;
    } rates[] = {
        {"si, swapped in", F(PSWPIN), PAGE_BYTES},
        {"so, swapped out", F(PSWPOUT), PAGE_BYTES},
        {"bi, read", F(PGPGIN), 1},
        {"bo, written", F(PGPGOUT), 1},
    };
    mt_paper_print(paper, MT_INK_BOLD, "machine, in a second\n");
    for (size_t i = 0; i < sizeof rates / sizeof *rates; i++) {
        struct mt_course rate = rate_of(system, rates[i].figure);
        if (rate.end != MT_FIGURE_UNKNOWN) {
            rate.peak *= rates[i].bytes;
            rate.end *= rates[i].bytes;
        }
        print_row(paper->out, rates[i].name, &rate, BYTES);
    }
}

/* ---- what it means ---- */

/* In whole percent. */
static uint64_t share_of(uint64_t part, uint64_t whole)
{
    return (uint64_t)(100.0 * (double)part / (double)whole + 0.5);
}

/* The process's growth, from the first look to the one with the most, and the part of it that what
 * is traced accounts for. Looks from outside do not know the latter. */
static void explain_growth(FILE *out, const struct mt_system *system)
{
    static const enum mt_figure real[] = {F(RSS_ANON), F(RSS_SHMEM), F(VM_SWAP), END};
    static const enum mt_figure traced[] = {F(LIVE_BYTES), F(MAPPED_BYTES), END};
    const struct mt_look *first = NULL, *most = NULL;
    for (size_t i = 0; i < system->count; i++) {
        const struct mt_look *look = &system->looks[i];
        if (mt_look_sum(look, real) == MT_FIGURE_UNKNOWN ||
            mt_look_sum(look, traced) == MT_FIGURE_UNKNOWN)
            continue;
        first = first ? first : look;
        most = most && mt_look_sum(most, real) >= mt_look_sum(look, real) ? most : look;
    }
    if (!first)
        return;
    const uint64_t grown = mt_look_sum(most, real) - mt_look_sum(first, real);
    const int64_t objects =
        (int64_t)mt_look_sum(most, traced) - (int64_t)mt_look_sum(first, traced);
    char text[MT_NUMBER_SIZE], part[MT_NUMBER_SIZE], when[MT_NUMBER_SIZE];
    fprintf(out, "own memory (anonymous, shared, swap) grew by %s in the first %s\n",
            mt_size_text(grown, text), mt_duration_text(most->taken_ms, when));
    if (objects <= 0)
        fputs("  none of that is in blocks or mappings that are traced\n", out);
    else if ((uint64_t)objects <= grown)
        fprintf(out, "  %s of that, %" PRIu64 "%%, is in blocks and mappings that are traced\n",
                mt_size_text((uint64_t)objects, part), share_of((uint64_t)objects, grown));
    else
        fprintf(out, "  traced blocks and mappings grew by %s: part of that was never touched\n",
                mt_size_text((uint64_t)objects, part));
}

static void explain_cache(FILE *out, const struct mt_system *system)
{
    const struct mt_course buffers = mt_system_course(system, F(BUFFERS));
    const struct mt_course cached = mt_system_course(system, F(CACHED));
    const struct mt_course shmem = mt_system_course(system, F(SHMEM));
    const struct mt_course slab = mt_system_course(system, F(S_RECLAIMABLE));
    char all[MT_NUMBER_SIZE], part[MT_NUMBER_SIZE];
    if (buffers.end == MT_FIGURE_UNKNOWN || cached.end == MT_FIGURE_UNKNOWN ||
        shmem.end == MT_FIGURE_UNKNOWN || slab.end == MT_FIGURE_UNKNOWN)
        return;
    const uint64_t cache = buffers.end + cached.end + slab.end;
    fprintf(out, "page cache: %s at the end, of which the kernel can take back about %s\n",
            mt_size_text(cache, all),
            mt_size_text(cache > shmem.end ? cache - shmem.end : 0, part));
}

static void explain_pressure(FILE *out, const struct mt_system *system)
{
    const uint64_t in = mt_system_rise(system, F(PSWPIN)), to = mt_system_rise(system, F(PSWPOUT));
    const uint64_t direct = mt_system_rise(system, F(PGSCAN_DIRECT));
    const uint64_t stalled = mt_system_rise(system, F(PRESSURE_SOME));
    char first[MT_NUMBER_SIZE], second[MT_NUMBER_SIZE], count[64];
    if (in == 0 && to == 0)
        fputs("no swapping on the machine\n", out);
    else if (in != MT_FIGURE_UNKNOWN && to != MT_FIGURE_UNKNOWN)
        fprintf(out, "swapping on the machine: %s in, %s out\n",
                mt_size_text(in * PAGE_BYTES, first), mt_size_text(to * PAGE_BYTES, second));
    if (direct == 0)
        fputs("no direct reclaim: nobody had to free memory in order to get some\n", out);
    else if (direct != MT_FIGURE_UNKNOWN)
        fprintf(out, "direct reclaim: %s scanned by those who wanted memory\n",
                mt_count_text(direct, "page", count));
    if (stalled != MT_FIGURE_UNKNOWN && stalled >= 1000)
        fprintf(out, "tasks waited %s for memory\n", mt_duration_text(stalled / 1000, first));
}

static void explain_limit(FILE *out, const struct mt_system *system)
{
    const struct mt_course limit = mt_system_course(system, F(CGROUP_MAX));
    const struct mt_course used = mt_system_course(system, F(CGROUP_CURRENT));
    const struct mt_course total = mt_system_course(system, F(MEM_TOTAL));
    const struct mt_course available = mt_system_course(system, F(MEM_AVAILABLE));
    char first[MT_NUMBER_SIZE], second[MT_NUMBER_SIZE];
    if (limit.end < MT_FIGURE_UNLIMITED && limit.end && used.peak < MT_FIGURE_UNLIMITED)
        fprintf(out, "limit: its control group may use %s and used at most %s, %" PRIu64 "%%\n",
                mt_size_text(limit.end, first), mt_size_text(used.peak, second),
                share_of(used.peak, limit.end));
    else if (total.end < MT_FIGURE_UNLIMITED && total.end && available.peak < MT_FIGURE_UNLIMITED)
        fprintf(out,
                "limit: the machine's %s; at least %s, %" PRIu64 "%%, was available at any look\n",
                mt_size_text(total.end, first), mt_size_text(available.peak, second),
                share_of(available.peak, total.end));
}

/* The trace is memory of the process too. */
static void explain_trace(FILE *out, const struct mt_report *report)
{
    const uint64_t used = mt_trace_header(report->trace)->units_used;
    char reserved[MT_NUMBER_SIZE], trace[MT_NUMBER_SIZE];
    fprintf(out, "VIRT is without the %s of addresses that are set aside for the trace;\n",
            mt_size_text(report->system.reserved_bytes, reserved));
    fprintf(out, "  SHR, and so RES, has up to %s of the trace in it\n",
            mt_size_text(used < UINT32_MAX ? used * MT_UNIT_BYTES : 0, trace));
}

static bool has_group(const struct mt_system *system)
{
    return mt_system_course(system, F(CGROUP_CURRENT)).end != MT_FIGURE_UNKNOWN;
}

void mt_system_print(const struct mt_paper *paper, const struct mt_report *report)
{
    const struct mt_system *system = &report->system;
    char looks[64], duration[MT_NUMBER_SIZE];
    if (system->count == 0) {
        fputs("no figures of the system in this trace\n", paper->out);
        return;
    }
    fprintf(paper->out, "%s in %s\n\n", mt_count_text(system->count, "look", looks),
            mt_duration_text(system->looks[system->count - 1].taken_ms, duration));
    fprintf(paper->out, "  %-22s %14s %14s %14s\n", "", "start", "peak", "end");
    print_rows(paper, "process", system, process_rows);
    if (has_group(system))
        print_rows(paper, "control group", system, group_rows);
    print_rows(paper, "machine", system, machine_rows);
    print_rates(paper, system);
    fputc('\n', paper->out);
    explain_growth(paper->out, system);
    explain_cache(paper->out, system);
    explain_pressure(paper->out, system);
    explain_limit(paper->out, system);
    explain_trace(paper->out, report);
}
