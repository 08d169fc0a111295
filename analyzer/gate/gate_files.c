/* gate_files.c: reads and writes what the gate's options name. See gate_files.h. */
#include "gate_files.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

int mt_gate_files_begin(const struct mt_gate_options *options, struct mt_report_options *report,
                        struct mt_gate_files *ret_files, struct mt_error *error)
{
    *ret_files = (struct mt_gate_files){.options = options};
    if (options->baseline) {
        const int status = mt_baseline_read(options->baseline, &ret_files->known, error);
        if (status != MT_OK) {
            mt_tally_finish(&ret_files->known);
            return status;
        }
        report->baseline = &ret_files->known;
    }
    if (options->write_suppressions &&
        !(ret_files->suppressions = fopen(options->write_suppressions, "we"))) {
        mt_tally_finish(&ret_files->known);
        return mt_fail(error, MT_USAGE, "%s: cannot be written: %s (try another file)",
                       options->write_suppressions, strerror(errno));
    }
    return MT_OK;
}

static void write_suppression(struct mt_gate_files *files, const struct mt_report *report,
                              const struct mt_row *row)
{
    const struct mt_matched_frame *frames;
    const size_t count = mt_hiding_frames(report->hiding, &row->site, &frames);
    char name[64], comment[128];
    snprintf(name, sizeof name, "memtrace-%016" PRIx64, row->fingerprint);
    snprintf(comment, sizeof comment, "%" PRIu64 " bytes in %" PRIu64 " objects", row->site.bytes,
             row->site.objects);
    mt_suppression_write(name, comment, row->site.verdict, frames, count, files->suppressions);
}

int mt_gate_files_add(struct mt_gate_files *files, const struct mt_report *report,
                      struct mt_error *error)
{
    const struct mt_gate_options *options = files->options;
    for (size_t i = 0; files->suppressions && i < report->rows.count; i++) {
        const struct mt_row *row = &report->rows.items[i];
        if (!row->is_known && !row->suppressed_by && !row->group)
            write_suppression(files, report, row);
    }
    int status = MT_OK;
    if (options->junit || options->sarif || options->github)
        status = mt_findings_add(&files->findings, report, !files->options->no_errors, error);
    if (status == MT_OK && options->write_baseline)
        status = mt_tally_add(&files->now, report, error);
    return status;
}

static int fail_to_write(const char *path, struct mt_error *error)
{
    return mt_fail(error, MT_INCONCLUSIVE, "%s: cannot be written: %s (try another file)", path,
                   strerror(errno));
}

int mt_gate_files_end(struct mt_gate_files *files, const struct mt_conclusion *conclusion,
                      FILE *out, struct mt_error *error)
{
    const struct mt_gate_options *options = files->options;
    int status = MT_OK;
    if (options->write_baseline)
        status = mt_baseline_write(options->write_baseline, &files->now, error);
    if (files->suppressions && (ferror(files->suppressions) | fclose(files->suppressions)) != 0)
        status = fail_to_write(options->write_suppressions, error);
    if (options->junit && mt_junit_write(options->junit, &files->findings, conclusion) != 0)
        status = fail_to_write(options->junit, error);
    if (options->sarif && mt_sarif_write(options->sarif, &files->findings, conclusion) != 0)
        status = fail_to_write(options->sarif, error);
    if (options->github)
        mt_github_print(&files->findings, conclusion, out);
    mt_findings_finish(&files->findings);
    mt_tally_finish(&files->known);
    mt_tally_finish(&files->now);
    return status;
}
