/* baseline_fuzzer.c: an input is a baseline. One that is read must be the same when it is written
 * and read again, and its difference to nothing can be printed. */
#include <string.h>
#include "diff.h"
#include "fuzzer.h"

static void print_difference(struct mt_tally *tally)
{
    struct mt_tally nothing = {0};
    struct mt_diff diff = {0};
    struct mt_error error;
    char *text;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    MUST(out && mt_diff_make(tally, &nothing, &diff, &error) == MT_OK);
    const struct mt_paper paper = mt_paper_on(out, MT_COLOR_NEVER);
    mt_diff_print_text(&diff, 0, &paper);
    mt_diff_print_json(&diff, "old", "new", mt_nowhere());
    fclose(out);
    mt_must_be_printable(text);
    free(text);
    mt_diff_finish(&diff);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct mt_tally tally = {0}, again = {0};
    struct mt_error error = {0};
    const char *path = mt_input_file(data, size);
    const int status = mt_baseline_read(path, &tally, &error);
    MUST(status == MT_OK || (status == MT_USAGE && error.text[0]));
    mt_must_be_printable(error.text);
    if (status == MT_OK) {
        print_difference(&tally);
        MUST(mt_baseline_write(path, &tally, &error) == MT_OK);
        MUST(mt_baseline_read(path, &again, &error) == MT_OK);
        MUST(HASH_COUNT(tally.sites) == HASH_COUNT(again.sites));
        for (const struct mt_tallied *site = tally.sites; site; site = site->hh.next) {
            const struct mt_tallied *same = mt_tally_find(&again, site->fingerprint);
            MUST(same && same->count.bytes == site->count.bytes && same->kind == site->kind &&
                 strcmp(same->name, site->name) == 0 && strcmp(same->place, site->place) == 0);
        }
    }
    mt_tally_finish(&tally);
    mt_tally_finish(&again);
    return 0;
}
