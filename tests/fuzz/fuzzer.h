/* fuzzer.h: what a fuzzer is, and what fuzzers share. */
#ifndef MT_FUZZER_H
#define MT_FUZZER_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

/* The fuzzer: fed by libFuzzer, or by replay.c. Returns 0. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A broken promise is a crash. */
#define MUST(condition)                                                                            \
    do {                                                                                           \
        if (!(condition))                                                                          \
            abort();                                                                               \
    } while (0)

/* The path of a file in memory with these bytes in it. One file serves all inputs, one after
 * another. */
const char *mt_input_file(const uint8_t *data, size_t size);

/* The next line of an input, NUL-ended, or "" at its end. The caller frees it. */
char *mt_input_line(const uint8_t **data, size_t *size);

/* Where reports go that nobody reads. */
FILE *mt_nowhere(void);

/* That no control character is in a text that may reach a terminal, and that it is UTF-8; newlines
 * may be. */
void mt_must_be_printable(const char *text);

#endif
