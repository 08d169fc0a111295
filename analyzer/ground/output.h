/* output.h: the file that a command was told to write (-o FILE). */
#ifndef MT_OUTPUT_H
#define MT_OUTPUT_H

#include <stdbool.h>
#include <stdio.h>
#include "error.h"

/* Whether `name` (NULL: none was given) stands for standard output: "-". */
bool mt_output_is_stdout(const char *name);

/* Has `write` fill the file `name`, or standard output. What was begun and could not be ended is
 * taken away. Returns 0, what `write` returned, or MT_USAGE where the file cannot be written. */
int mt_output_write(const char *name,
                    int (*write)(void *context, FILE *out, struct mt_error *error), void *context,
                    struct mt_error *error);

#endif
