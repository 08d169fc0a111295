/* top_fuzzer.c: looks at an input (sparse_input.h) as memtrace top does at the trace of a running
 * process, again and again. Its process has number 0, of which the kernel knows nothing. */
#include <string.h>
#include "sparse_input.h"
#include "standings.h"

enum { ROUNDS = 3, STEPS_MAX = 10000, STEP_US = 1000, NOBODY = 0 };

static void look(struct mt_standings *standings)
{
    const struct mt_standing *const *sites;
    for (int sort = MT_STANDING_BYTES; sort <= MT_STANDING_RATE; sort++) {
        const size_t count = mt_standings_select(standings, (enum mt_standing_sort)sort,
                                                 sort % 2 ? "a" : "", &sites);
        for (size_t i = 0; i < count; i++) {
            mt_must_be_printable(mt_standing_name(standings, sites[i]));
            mt_must_be_printable(mt_standing_place(standings, sites[i]));
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct mt_standings *standings;
    struct mt_error error = {0};
    const char *path = mt_sparse_input_file(data, size);
    if (mt_standings_open(path, NOBODY, NULL, &standings, &error) != MT_OK) {
        MUST(strlen(error.text) > 0);
        return 0;
    }
    for (int round = 0; round < ROUNDS; round++) {
        int steps = 0, ended;
        while ((ended = mt_standings_step(standings, STEP_US)) == 0)
            MUST(++steps < STEPS_MAX);
        if (ended < 0)
            break;
        look(standings);
        mt_standings_judge(standings, &error);
    }
    mt_standings_close(standings);
    return 0;
}
