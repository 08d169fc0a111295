/* starts_fuzzer.c: an input is the notes that processes of a run left of what they started. */
#include <string.h>
#include "fuzzer.h"
#include "starts.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct mt_starts starts;
    mt_starts_take(mt_input_file(data, size), &starts); /* the name in /proc cannot be removed */
    for (size_t i = 0; i < starts.count; i++) {
        MUST(starts.items[i].path && strlen(starts.items[i].path) <= size);
        MUST(i == 0 || starts.items[i - 1].pid <= starts.items[i].pid);
        MUST(mt_starts_until(&starts, i) >= starts.items[i].ns);
    }
    mt_starts_finish(&starts);
    return 0;
}
