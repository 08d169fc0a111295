/* options.h: options of a command line, table driven. A command lists its tables (its own options,
 * the report's, the gate's), each with the structure that its values go into. */
#ifndef MT_OPTIONS_H
#define MT_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "error.h"

struct mt_option {
    const char *name; /* without dashes; NULL ends a table */
    char letter;      /* short form; 0: none */
    bool has_value;   /* --name=VALUE or --name VALUE; else --name */

    /* Stores the value (NULL without one) into the target of the table. Returns 0, or MT_USAGE
     * with only the reason in `error`: the option's name is put before it. */
    int (*set)(void *target, const char *value, struct mt_error *error);
};

struct mt_option_table {
    const struct mt_option *options;
    void *target;
};

enum { MT_OPTIONS_HELP = -1 }; /* --help or -h was given */

/* Reads the options of argv[1] up to argv[argc - 1]. Tables end with one whose options are NULL.
 * Operands may stand between options and are moved behind them; with `stop_at_operand` the first
 * one ends the options instead (the rest is a program with options of its own). "--" ends them.
 * Returns 0 and the index of the first operand, MT_OPTIONS_HELP, or MT_USAGE with the reason. */
int mt_options_parse(int argc, char **argv, const struct mt_option_table *tables,
                     bool stop_at_operand, int *ret_operand, struct mt_error *error);

/* Values. Each returns 0, or MT_USAGE with the reason. */

/* A count: decimal digits. */
int mt_value_count(const char *text, uint64_t *ret_count, struct mt_error *error);

/* Bytes: decimal digits and perhaps K, M or G (powers of 1024). */
int mt_value_bytes(const char *text, uint64_t *ret_bytes, struct mt_error *error);

/* Seconds, perhaps with a fraction, as milliseconds. */
int mt_value_seconds(const char *text, uint64_t *ret_ms, struct mt_error *error);

/* A process id. */
int mt_value_pid(const char *text, uint32_t *ret_pid, struct mt_error *error);

/* An exit status, 0 to 255. */
int mt_value_status(const char *text, int *ret_status, struct mt_error *error);

/* One of `words` (ended by NULL), as its index. */
int mt_value_word(const char *text, const char *const *words, unsigned *ret_index,
                  struct mt_error *error);

/* Some of `words`, separated by commas, as a set of bits 1 << index; "all" is all of them. */
int mt_value_words(const char *text, const char *const *words, unsigned *ret_bits,
                   struct mt_error *error);

#endif
