/* options.c: reads a command line by tables. getopt_long does the work (abbreviations, "--", moving
 * operands to the end); this file builds its tables from ours, says what was wrong in our words and
 * reads the kinds of values that options have. */
#include <ctype.h>
#include <errno.h>
#include <getopt.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "options.h"

enum {
    OPTION_COUNT_MAX = 64,
    VALUE_BASE = 256, /* getopt's value of the first option; below are letters */
    HELP_VALUE = VALUE_BASE + OPTION_COUNT_MAX,
};

/* Our tables as getopt wants them; option i of all tables has the value VALUE_BASE + i. */
struct parser {
    struct option longs[OPTION_COUNT_MAX + 2];
    char shorts[3 + 2 * OPTION_COUNT_MAX + 2];
    const struct mt_option *options[OPTION_COUNT_MAX];
    void *targets[OPTION_COUNT_MAX];
    int count;
};

static void add_option(struct parser *parser, const struct mt_option *option, void *target)
{
    if (parser->count == OPTION_COUNT_MAX)
        abort();
    const int index = parser->count++;
    parser->options[index] = option;
    parser->targets[index] = target;
    parser->longs[index] = (struct option){
        .name = option->name,
        .has_arg = option->has_value ? required_argument : no_argument,
        .val = VALUE_BASE + index,
    };
    if (option->letter) {
        char *end = parser->shorts + strlen(parser->shorts);
        end[0] = option->letter;
        end[1] = option->has_value ? ':' : 0;
    }
}

static void build_parser(struct parser *parser, const struct mt_option_table *tables,
                         bool stop_at_operand)
{
    memset(parser, 0, sizeof *parser);
    snprintf(parser->shorts, sizeof parser->shorts, "%s:h", stop_at_operand ? "+" : "");
    for (; tables->options; tables++) {
        for (const struct mt_option *option = tables->options; option->name; option++)
            add_option(parser, option, tables->target);
    }
    parser->longs[parser->count] = (struct option){.name = "help", .val = HELP_VALUE};
}

static int find_option(const struct parser *parser, int value)
{
    if (value >= VALUE_BASE)
        return value - VALUE_BASE;
    for (int i = 0; i < parser->count; i++) {
        if (parser->options[i]->letter == value)
            return i;
    }
    return -1;
}

/* How the option that getopt stumbled over was typed. */
static const char *typed(char **argv, char letter[3])
{
    if (optopt > 0 && optopt < VALUE_BASE) {
        letter[0] = '-';
        letter[1] = (char)optopt;
        letter[2] = 0;
        return letter;
    }
    return argv[optind - 1];
}

static int set_option(const struct parser *parser, int index, struct mt_error *error)
{
    struct mt_error reason;
    const struct mt_option *option = parser->options[index];
    if (option->set(parser->targets[index], optarg, &reason) == MT_OK)
        return MT_OK;
    return mt_fail(error, MT_USAGE, "--%s=%.200s: %.500s", option->name, optarg ? optarg : "",
                   reason.text);
}

int mt_options_parse(int argc, char **argv, const struct mt_option_table *tables,
                     bool stop_at_operand, int *ret_operand, struct mt_error *error)
{
    struct parser parser;
    build_parser(&parser, tables, stop_at_operand);
    opterr = 0;
    optind = 0; /* begin anew, whatever was parsed before */
    char letter[3];
    int value;
    while ((value = getopt_long(argc, argv, parser.shorts, parser.longs, NULL)) != -1) {
        if (value == HELP_VALUE || value == 'h')
            return MT_OPTIONS_HELP;
        if (value == ':')
            return mt_fail(error, MT_USAGE, "%.200s: needs a value", typed(argv, letter));
        const int index = find_option(&parser, value);
        if (index < 0) {
            return mt_fail(error, MT_USAGE, "%.200s: %s", typed(argv, letter),
                           optopt >= VALUE_BASE ? "takes no value" : "no such option");
        }
        if (set_option(&parser, index, error) != MT_OK)
            return MT_USAGE;
    }
    *ret_operand = optind;
    return MT_OK;
}

/* ---- values ---- */

/* The digits `text` begins with; *ret_rest is what follows. */
static int parse_number(const char *text, uint64_t *ret_number, const char **ret_rest,
                        struct mt_error *error)
{
    if (!isdigit((unsigned char)text[0]))
        return mt_fail(error, MT_USAGE, "not a number");
    char *rest;
    errno = 0;
    const unsigned long long number = strtoull(text, &rest, 10);
    if (errno == ERANGE)
        return mt_fail(error, MT_USAGE, "too large");
    *ret_number = number;
    *ret_rest = rest;
    return MT_OK;
}

int mt_value_count(const char *text, uint64_t *ret_count, struct mt_error *error)
{
    uint64_t count = 0;
    const char *rest = "";
    if (parse_number(text, &count, &rest, error) != MT_OK)
        return MT_USAGE;
    if (*rest)
        return mt_fail(error, MT_USAGE, "not a number");
    *ret_count = count;
    return MT_OK;
}

int mt_value_bytes(const char *text, uint64_t *ret_bytes, struct mt_error *error)
{
    uint64_t bytes = 0;
    const char *rest = "";
    if (parse_number(text, &bytes, &rest, error) != MT_OK)
        return MT_USAGE;
    static const char units[] = "KMG";
    const char *unit = *rest ? strchr(units, toupper((unsigned char)*rest)) : NULL;
    if (*rest && (!unit || rest[1]))
        return mt_fail(error, MT_USAGE, "not a size (try: 4096, 64K, 10M or 1G)");
    const unsigned shift = unit ? 10 * (unsigned)(unit - units + 1) : 0;
    if (bytes > UINT64_MAX >> shift)
        return mt_fail(error, MT_USAGE, "too large");
    *ret_bytes = bytes << shift;
    return MT_OK;
}

int mt_value_seconds(const char *text, uint64_t *ret_ms, struct mt_error *error)
{
    char *rest;
    const double seconds = strtod(text, &rest);
    if (!isdigit((unsigned char)text[0]) || *rest || !isfinite(seconds))
        return mt_fail(error, MT_USAGE, "not a number of seconds");
    if (seconds > 1e12)
        return mt_fail(error, MT_USAGE, "too large");
    *ret_ms = (uint64_t)(seconds * 1000 + 0.5);
    return MT_OK;
}

/* Fills `error` with what would have been understood. */
static int fail_words(const char *word, size_t length, const char *const *words,
                      struct mt_error *error)
{
    char known[256] = "";
    for (; *words; words++) {
        if (known[0])
            strncat(known, ", ", sizeof known - strlen(known) - 1);
        strncat(known, *words, sizeof known - strlen(known) - 1);
    }
    return mt_fail(error, MT_USAGE, "%.*s is not known (try: %s)", (int)length, word, known);
}

static int find_word(const char *word, size_t length, const char *const *words)
{
    for (int i = 0; words[i]; i++) {
        if (strlen(words[i]) == length && memcmp(words[i], word, length) == 0)
            return i;
    }
    return -1;
}

int mt_value_status(const char *text, int *ret_status, struct mt_error *error)
{
    uint64_t number = 0;
    const int status = mt_value_count(text, &number, error);
    if (status != MT_OK)
        return status;
    if (number > 255)
        return mt_fail(error, MT_USAGE, "not an exit status (0 to 255)");
    *ret_status = (int)number;
    return MT_OK;
}

int mt_value_pid(const char *text, uint32_t *ret_pid, struct mt_error *error)
{
    uint64_t number = 0;
    if (mt_value_count(text, &number, error) != MT_OK || number == 0 || number > INT32_MAX)
        return mt_fail(error, MT_USAGE, "not a process id");
    *ret_pid = (uint32_t)number;
    return MT_OK;
}

int mt_value_word(const char *text, const char *const *words, unsigned *ret_index,
                  struct mt_error *error)
{
    const int index = find_word(text, strlen(text), words);
    if (index < 0)
        return fail_words(text, strnlen(text, 100), words, error);
    *ret_index = (unsigned)index;
    return MT_OK;
}

int mt_value_words(const char *text, const char *const *words, unsigned *ret_bits,
                   struct mt_error *error)
{
    unsigned count = 0, bits = 0;
    while (words[count])
        count++;
    for (;;) {
        const size_t length = strcspn(text, ",");
        const int index = find_word(text, length, words);
        if (index >= 0)
            bits |= 1u << index;
        else if (length == 3 && memcmp(text, "all", 3) == 0)
            bits |= (1u << count) - 1;
        else
            return fail_words(text, length < 100 ? length : 100, words, error);
        if (!text[length])
            break;
        text += length + 1;
    }
    *ret_bits = bits;
    return MT_OK;
}
