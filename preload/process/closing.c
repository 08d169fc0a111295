/* closing.c: takes what the tables count at the end, gives one line on stderr, or none where there
 * is nothing to say. */
#include "closing.h"

#include "blocks.h"
#include "errors.h"
#include "line.h"
#include "mappings.h"
#include "scan.h"
#include "trace_file.h"
#include "vanished.h"

static void add_amount(struct mt_line *line, uint64_t count, const char *noun, const char *about,
                       uint64_t bytes)
{
    mt_line_add_grouped(line, count);
    mt_line_add(line, noun);
    mt_line_add(line, count == 1 ? " (" : "s (");
    mt_line_add(line, about);
    mt_line_add_grouped(line, bytes);
    mt_line_add(line, " bytes)");
}

/* What was done wrong, how often in all where that is more. */
static void add_errors(struct mt_line *line)
{
    uint64_t different, times;
    mt_errors_totals(&different, &times);
    if (!different)
        return;
    mt_line_add_grouped(line, different);
    mt_line_add(line, different == 1 ? " error" : " errors");
    if (times > different) {
        mt_line_add(line, " (seen ");
        mt_line_add_grouped(line, times);
        mt_line_add(line, " times)");
    }
}

/* What is said where the scan ran: of leaks alone. */
static void add_leaks(struct mt_line *line, const struct mt_scan *scan)
{
    const uint64_t objects =
        scan->objects[MT_VERDICT_DEFINITE] + scan->objects[MT_VERDICT_INDIRECT];
    if (objects)
        add_amount(line, objects, mt_scan_saw_all(scan) ? " leak" : " suspected leak", "",
                   scan->bytes[MT_VERDICT_DEFINITE] + scan->bytes[MT_VERDICT_INDIRECT]);
}

static void add_unfreed(struct mt_line *line, const struct mt_header *header)
{
    uint64_t blocks, block_bytes, mappings, mapping_bytes;
    mt_block_totals(&blocks, &block_bytes);
    mt_mapping_totals(&mappings, &mapping_bytes);
    if ((int64_t)blocks < 0)
        blocks = 0; /* calls in flight */
    if (blocks)
        add_amount(line, blocks, " block", header->sample_bytes ? "~" : "", block_bytes);
    if (blocks && mappings)
        mt_line_add(line, " and ");
    if (mappings)
        add_amount(line, mappings, " mapping", "", mapping_bytes);
    if (blocks || mappings)
        mt_line_add(line, " not freed");
}

/* There is no count to be given of what has been cut. */
static void say_vanished(void)
{
    struct mt_line line;
    mt_line_start(&line);
    mt_line_add(&line, mt_trace_file_path());
    mt_line_add(&line, ": somebody has cut the trace while it was written, or it could not be "
                       "stored: what it held is lost (record it again)");
    mt_line_say(&line);
}

__attribute__((noinline)) void mt_closing_say(const struct mt_header *header, int is_gone)
{
    if (header->flags & MT_FLAG_FORKED)
        return;
    if (mt_vanished()) {
        say_vanished();
        return;
    }
    const struct mt_scan *scan = mt_scan_result();
    struct mt_line line, unfreed;
    mt_line_start(&line);
    mt_line_start(&unfreed);
    add_errors(&line);
    if (scan)
        add_leaks(&unfreed, scan);
    else
        add_unfreed(&unfreed, header);
    if (!line.length && !unfreed.length)
        return;
    if (line.length && unfreed.length)
        mt_line_add(&line, ", ");
    mt_line_add_bytes(&line, unfreed.text, unfreed.length);
    mt_line_add(&line, is_gone ? "; somebody has removed the trace that shows them, "
                               : "; to see them: memtrace report ");
    mt_line_add(&line, mt_trace_file_path());
    mt_line_say(&line);
}
