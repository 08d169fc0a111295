/* gate_files.c: reads and writes what is named by --baseline, --write-baseline and
 * --write-suppressions. See gate_files.h. */
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
    for (size_t i = 0; files->suppressions && i < report->rows.count; i++) {
        const struct mt_row *row = &report->rows.items[i];
        if (!row->is_known && !row->suppressed_by && !row->group)
            write_suppression(files, report, row);
    }
    return files->options->write_baseline ? mt_tally_add(&files->now, report, error) : MT_OK;
}

int mt_gate_files_end(struct mt_gate_files *files, struct mt_error *error)
{
    int status = MT_OK;
    if (files->options->write_baseline)
        status = mt_baseline_write(files->options->write_baseline, &files->now, error);
    if (files->suppressions && (ferror(files->suppressions) | fclose(files->suppressions)) != 0)
        status = mt_fail(error, MT_INCONCLUSIVE, "%s: cannot be written: %s (try another file)",
                         files->options->write_suppressions, strerror(errno));
    mt_tally_finish(&files->known);
    mt_tally_finish(&files->now);
    return status;
}
