/* pack.c: TRACE INPUT: writes a trace as an input of the fuzzer (sparse_input.h). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "sparse_input.h"

enum { STEP = 16 }; /* pieces begin and end at multiples of it */

static char trace[SPARSE_BYTES_MAX];

static int is_zero(size_t at)
{
    static const char zeros[STEP];
    return memcmp(trace + at, zeros, STEP) == 0;
}

static void pack(FILE *out, uint32_t size)
{
    fwrite(&size, sizeof size, 1, out);
    for (uint32_t at = 0, end; at < size; at = end) {
        for (end = at; end < size && !is_zero(end) && end - at < UINT16_MAX - STEP;)
            end += STEP;
        struct sparse_piece piece = {at, (uint16_t)(end - at)};
        if (end > at) {
            fwrite(&piece, sizeof piece, 1, out);
            fwrite(trace + at, 1, piece.bytes, out);
        } else {
            end += STEP;
        }
    }
}

int main(int argc, char **argv)
{
    FILE *in = argc == 3 ? fopen(argv[1], "rb") : NULL;
    FILE *out = in ? fopen(argv[2], "wb") : NULL;
    if (!out) {
        fprintf(stderr, "usage: pack TRACE INPUT\n");
        return EXIT_FAILURE;
    }
    pack(out, (uint32_t)fread(trace, 1, sizeof trace - STEP, in));
    return fclose(out) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
