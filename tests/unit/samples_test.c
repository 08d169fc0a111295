/* Samples: from the kernel's texts to figures, where the control group lies, how samples are
 * thinned out, what the reader makes of them, and what is read of a trace that is being written. */
#include "memtrace/samples.h"
#include "built.h"
#include "live_figures.h"
#include "memtrace/trace_accounts.h"
#include "ranking.h"
#include "system.h"

/* ---- texts ---- */

static uint64_t figures[MT_FIGURE_COUNT];

static void forget(void)
{
    for (int i = 0; i < MT_FIGURE_COUNT; i++)
        figures[i] = MT_FIGURE_UNKNOWN;
}

START_TEST(lines_are_known_by_their_whole_keys)
{
    forget();
    mt_figures_of_lines("VmPeak:\t   12 kB\nVmRSSX:\t 7 kB\nVmRSS:\t 3 kB\nThreads:\t5\nVmHWM:\n",
                        MT_FIGURE_VM_PEAK, MT_FIGURE_THREADS, figures);
    ck_assert_uint_eq(figures[MT_FIGURE_VM_PEAK], 12288);
    ck_assert_uint_eq(figures[MT_FIGURE_VM_RSS], 3072);
    ck_assert_uint_eq(figures[MT_FIGURE_THREADS], 5);
    ck_assert_uint_eq(figures[MT_FIGURE_VM_HWM], MT_FIGURE_UNKNOWN);
    ck_assert_uint_eq(figures[MT_FIGURE_VM_SIZE], MT_FIGURE_UNKNOWN);

    mt_figures_of_lines("pgpgin 4\npgscan_direct 9\npgscan_direct_throttle 1\noom_kill 2",
                        MT_FIGURE_PGPGIN, MT_FIGURE_OOM_KILL, figures);
    ck_assert_uint_eq(figures[MT_FIGURE_PGPGIN], 4096);
    ck_assert_uint_eq(figures[MT_FIGURE_PGSCAN_DIRECT], 9);
    ck_assert_uint_eq(figures[MT_FIGURE_OOM_KILL], 2);

    mt_figures_of_lines("low 0\nhigh 1\nmax 22\noom 3\noom_kill 4\noom_group_kill 5\n",
                        MT_FIGURE_CGROUP_EVENTS_HIGH, MT_FIGURE_CGROUP_EVENTS_OOM_KILL, figures);
    ck_assert_uint_eq(figures[MT_FIGURE_CGROUP_EVENTS_HIGH], 1);
    ck_assert_uint_eq(figures[MT_FIGURE_CGROUP_EVENTS_MAX], 22);
    ck_assert_uint_eq(figures[MT_FIGURE_CGROUP_EVENTS_OOM], 3);
    ck_assert_uint_eq(figures[MT_FIGURE_CGROUP_EVENTS_OOM_KILL], 4);
}
END_TEST

START_TEST(fields_are_counted_behind_the_name)
{
    forget();
    mt_figures_of_stat("17 (a) 9 (b)) S 1 2 3 4 5 6 700 8 900 10 11 12 13 14\n", figures);
    ck_assert_uint_eq(figures[MT_FIGURE_MINOR_FAULTS], 700);
    ck_assert_uint_eq(figures[MT_FIGURE_MAJOR_FAULTS], 900);
    ck_assert_uint_eq(figures[MT_FIGURE_CPU_USER], 110000);
    ck_assert_uint_eq(figures[MT_FIGURE_CPU_SYSTEM], 120000);
    forget();
    mt_figures_of_stat("17 (cut) S 1 2", figures);
    ck_assert_uint_eq(figures[MT_FIGURE_MINOR_FAULTS], MT_FIGURE_UNKNOWN);
}
END_TEST

START_TEST(limits_and_pressure)
{
    ck_assert_uint_eq(mt_figure_of_limit("max\n"), MT_FIGURE_UNLIMITED);
    ck_assert_uint_eq(mt_figure_of_limit("9223372036854771712\n"), MT_FIGURE_UNLIMITED);
    ck_assert_uint_eq(mt_figure_of_limit("67108864\n"), 67108864);
    ck_assert_uint_eq(mt_figure_of_limit(""), MT_FIGURE_UNKNOWN);
    forget();
    mt_figures_of_pressure("some avg10=0.00 avg60=0.00 avg300=0.00 total=12\n"
                           "full avg10=0.00 avg60=0.00 avg300=0.00 total=3\n",
                           figures);
    ck_assert_uint_eq(figures[MT_FIGURE_PRESSURE_SOME], 12);
    ck_assert_uint_eq(figures[MT_FIGURE_PRESSURE_FULL], 3);
}
END_TEST

/* ---- the group ---- */

/* A file system of a few files: path and text in turn. */
static const char *const *files;

static size_t read_file(const char *path, char *to, size_t room)
{
    for (const char *const *file = files; *file; file += 2)
        if (strcmp(*file, path) == 0)
            return (size_t)snprintf(to, room, "%s", file[1]);
    return 0;
}

static void group_is(unsigned version, const char *folder)
{
    struct mt_group group;
    mt_group_find(read_file, "/proc/7", &group);
    ck_assert_uint_eq(group.version, version);
    if (version)
        ck_assert_str_eq(group.folder, folder);
}

#define MOUNTS_2                                                                                   \
    "22 1 0:20 / /proc rw - proc proc rw\n24 1 0:22 / /sys/fs/cgroup rw shared:4 - cgroup2 c rw\n"

START_TEST(innermost_group_with_a_limit_counts)
{
    static const char *const limited[] = {"/proc/7/cgroup",
                                          "0::/a/b/c\n",
                                          "/proc/7/mountinfo",
                                          MOUNTS_2,
                                          "/sys/fs/cgroup/a/b/c/memory.max",
                                          "max\n",
                                          "/sys/fs/cgroup/a/b/memory.max",
                                          "4096\n",
                                          "/sys/fs/cgroup/a/memory.max",
                                          "64\n",
                                          NULL};
    files = limited;
    group_is(2, "/sys/fs/cgroup/a/b");

    static const char *const unlimited[] = {
        "/proc/7/cgroup", "0::/a/b\n", "/proc/7/mountinfo", MOUNTS_2, "/sys/fs/cgroup/a/memory.max",
        "max\n",          NULL};
    files = unlimited;
    group_is(2, "/sys/fs/cgroup/a");

    static const char *const uncounted[] = {"/proc/7/cgroup", "0::/a/b\n", "/proc/7/mountinfo",
                                            MOUNTS_2, NULL};
    files = uncounted;
    group_is(0, NULL);
    files = uncounted + 4;
    group_is(0, NULL);
}
END_TEST

START_TEST(group_of_version_1_and_of_a_container)
{
    static const char mounts[] =
        "30 1 0:28 / /sys/fs/cgroup/unified rw - cgroup2 c rw\n"
        "31 1 0:29 / /sys/fs/cgroup/cpuset rw - cgroup cgroup rw,cpuset\n"
        "32 1 0:30 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,cpu,memory\n";
    static const char *const hybrid[] = {"/proc/7/cgroup",
                                         "9:name=systemd:/x\n4:cpu,memory:/m\n0::/u\n",
                                         "/proc/7/mountinfo",
                                         mounts,
                                         "/sys/fs/cgroup/memory/m/memory.limit_in_bytes",
                                         "8192\n",
                                         NULL};
    files = hybrid;
    group_is(1, "/sys/fs/cgroup/memory/m");

    static const char *const container[] = {
        "/proc/7/cgroup",
        "0::/docker/17\n",
        "/proc/7/mountinfo",
        "24 1 0:22 /docker/17 /sys/fs/cgroup ro - cgroup2 c rw\n",
        "/sys/fs/cgroup/memory.max",
        "8192\n",
        NULL};
    files = container;
    group_is(2, "/sys/fs/cgroup");
}
END_TEST

START_TEST(a_sample_has_what_files_have)
{
    static const char *const all[] = {"/proc/7/oom_score_adj",
                                      "-999\n",
                                      "/proc/7/status",
                                      "VmRSS: 4 kB\n",
                                      "/proc/meminfo",
                                      "MemTotal: 8 kB\nActive(anon): 2 kB\n",
                                      "/proc/pressure/memory",
                                      "some total=1\nfull total=1\n",
                                      "/g/memory.current",
                                      "12\n",
                                      "/g/memory.pressure",
                                      "some total=5\nfull total=4\n",
                                      NULL};
    const struct mt_group group = {2, "/g"};
    struct mt_sample sample;
    files = all;
    mt_figures_read(read_file, "/proc/7", &group, &sample);
    ck_assert_uint_eq(sample.figures[MT_FIGURE_OOM_SCORE_ADJ], 1);
    ck_assert_uint_eq(sample.figures[MT_FIGURE_VM_RSS], 4096);
    ck_assert_uint_eq(sample.figures[MT_FIGURE_MEM_TOTAL], 8192);
    ck_assert_uint_eq(sample.figures[MT_FIGURE_ACTIVE_ANON], 2048);
    ck_assert_uint_eq(sample.figures[MT_FIGURE_CGROUP_CURRENT], 12);
    ck_assert_uint_eq(sample.figures[MT_FIGURE_PRESSURE_SOME], 5);
    ck_assert_uint_eq(sample.figures[MT_FIGURE_SWAP_FREE], MT_FIGURE_UNKNOWN);
    mt_figures_read(read_file, NULL, &group, &sample);
    ck_assert_uint_eq(sample.figures[MT_FIGURE_VM_RSS], MT_FIGURE_UNKNOWN);
    ck_assert_uint_eq(sample.figures[MT_FIGURE_MEM_TOTAL], 8192);
    mt_figures_read(read_file, "/proc/7", NULL, &sample);
    ck_assert_uint_eq(sample.figures[MT_FIGURE_VM_RSS], 4096);
    ck_assert_uint_eq(sample.figures[MT_FIGURE_MEM_TOTAL], MT_FIGURE_UNKNOWN);
    ck_assert_uint_eq(sample.figures[MT_FIGURE_CGROUP_CURRENT], MT_FIGURE_UNKNOWN);
}
END_TEST

/* ---- thinning ---- */

/* A writer that looks every `interval_ms` for a day: the first sample and the newest are there, the
 * others are equally far apart, and no sequence is used twice. */
START_TEST(a_day_of_samples_fits)
{
    struct mt_extent *extent = calloc(MT_SYSTEM_UNITS, MT_UNIT_BYTES);
    uint64_t sequence = 0, interval_ms = 1000, newest_ms = 0, looks = 0;
    for (uint64_t ms = 0; ms < 86400000; ms += interval_ms, looks++) {
        const struct mt_sample sample = {.taken_ms = newest_ms = ms, .figures = {ms + 1}};
        if (mt_samples_add(extent, &sample, &sequence))
            interval_ms *= 2;
    }
    ck_assert_uint_ge(extent->used, MT_SAMPLES_PER_EXTENT / 2);
    ck_assert_uint_le(extent->used, MT_SAMPLES_PER_EXTENT);
    ck_assert_uint_lt(looks, 900);
    ck_assert_uint_eq(mt_sample_at(extent, 0)->taken_ms, 0);
    ck_assert_uint_eq(mt_sample_at(extent, extent->used - 1)->taken_ms, newest_ms);
    for (uint64_t i = 1; i < extent->used; i++) {
        const struct mt_sample *sample = mt_sample_at(extent, i);
        ck_assert_uint_eq(sample->figures[0], sample->taken_ms + 1);
        ck_assert_uint_gt(sample->taken_ms, mt_sample_at(extent, i - 1)->taken_ms);
        ck_assert_uint_le(sample->taken_ms - mt_sample_at(extent, i - 1)->taken_ms,
                          2 * interval_ms);
        ck_assert_uint_gt(sample->sequence, mt_sample_at(extent, i - 1)->sequence);
        ck_assert_uint_le(sample->sequence, sequence);
    }
    free(extent);
}
END_TEST

/* ---- reading ---- */

START_TEST(both_writers_in_the_order_of_time)
{
    struct trace_builder *builder = mt_builder_create(5);
    mt_builder_sample(builder, 0, 5)->figures[MT_FIGURE_VM_RSS] = 1;
    mt_builder_sample(builder, 0, 2000)->figures[MT_FIGURE_VM_RSS] = 4;
    mt_builder_sample(builder, 0, 2000)->figures[MT_FIGURE_VM_RSS] = 4; /* being thinned out */
    mt_builder_sample(builder, 1, 100)->figures[MT_FIGURE_VM_RSS] = 9;
    mt_builder_sample(builder, 1, 2100)->figures[MT_FIGURE_OOM_KILL] = 3;
    struct mt_sample *torn = mt_builder_sample(builder, 1, 2200);
    torn->sequence = 0;
    struct mt_trace *trace = mt_open_built(builder);
    size_t count;
    const struct mt_look *looks = mt_trace_looks(trace, &count);
    ck_assert_uint_eq(count, 4);
    ck_assert_uint_eq(looks[0].taken_ms, 5);
    ck_assert_uint_eq(looks[1].taken_ms, 100);
    ck_assert(looks[1].from_outside && !looks[2].from_outside);

    struct mt_system system;
    ck_assert_int_eq(mt_system_open(trace, false, &system), 0);
    const struct mt_course course = mt_system_course(&system, MT_FIGURE_VM_RSS);
    ck_assert_uint_eq(course.start, 1);
    ck_assert_uint_eq(course.peak, 9);
    ck_assert_uint_eq(course.end, 4);
    ck_assert_uint_eq(mt_system_last(&system)->taken_ms, 2000);
    ck_assert_uint_eq(mt_system_course(&system, MT_FIGURE_VM_SIZE).peak, MT_FIGURE_UNKNOWN);
    mt_system_finish(&system);
    mt_trace_close(trace);
}
END_TEST

/* ---- watching ---- */

/* A trace in memory whose thread holds `stack` times 10 bytes of each stack of a page; what is
 * written while it runs comes after that. */
static int watched_trace(uint64_t *ret_place)
{
    struct trace_builder *builder = mt_builder_create(5);
    struct mt_extent *extent = mt_builder_extent(builder, MT_EXTENT_ACCOUNTS, 1, 0);
    char *page = (char *)extent + MT_ACCOUNT_PAGE_BYTES;
    *(uint64_t *)((char *)extent + MT_ACCOUNT_LABELS_OFFSET) = mt_account_label(1, 0);
    for (uint32_t stack = 1; stack < MT_ACCOUNTS_PER_PAGE; stack++)
        ((struct mt_account *)page)[stack] =
            (struct mt_account){.allocations = stack + 3,
                                .allocated_bytes = 10 * (uint64_t)stack + 500,
                                .releases = 3,
                                .released_bytes = 500};
    mt_builder_sample(builder, 0, 5);
    *ret_place = mt_builder_offset(builder, mt_builder_sample(builder, 1, 5)) - MT_SAMPLE_BYTES;
    char path[MT_BUILT_PATH_BYTES];
    return mt_save_built(builder, path);
}

START_TEST(the_place_of_looks_is_found_behind_others)
{
    uint64_t place;
    const int fd = watched_trace(&place);
    ck_assert_uint_eq(mt_live_place(fd, MT_EXTENT_SYSTEM, 1), place);
    ck_assert_uint_eq(mt_live_place(fd, MT_EXTENT_SYSTEM, 2), 0);
    ck_assert_uint_eq(mt_live_place(fd, MT_EXTENT_CURVES, 0), 0);
    close(fd);
}
END_TEST

START_TEST(the_largest_sites_are_ranked)
{
    uint64_t place;
    const int fd = watched_trace(&place);
    struct mt_sample ranking;
    ck_assert(mt_rank_sites(fd, &ranking));
    for (uint32_t i = 0; i < MT_RANKED_MAX; i++) {
        const uint32_t stack = MT_ACCOUNTS_PER_PAGE - 1 - i;
        ck_assert_uint_eq(mt_ranked_stack(ranking.figures[2 * i]), stack);
        ck_assert_uint_eq(mt_ranked_blocks(ranking.figures[2 * i]), stack);
        ck_assert_uint_eq(ranking.figures[2 * i + 1], 10 * (uint64_t)stack);
    }
    close(fd);
}
END_TEST

MT_UNIT_TESTS("samples", lines_are_known_by_their_whole_keys, fields_are_counted_behind_the_name,
              limits_and_pressure, innermost_group_with_a_limit_counts,
              group_of_version_1_and_of_a_container, a_sample_has_what_files_have,
              a_day_of_samples_fits, both_writers_in_the_order_of_time,
              the_place_of_looks_is_found_behind_others, the_largest_sites_are_ranked)
