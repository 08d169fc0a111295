/* options.c: turns MEMTRACE_OPTIONS ("key=value:key=\"value:with:colons\"") into mt_options. */
#include "options.h"

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include "line.h"
#include "scan_heuristics.h"
#include "stack.h"

#define VARIABLE "MEMTRACE_OPTIONS="
#define SAMPLE_MAX (UINT64_C(1) << 40)

struct mt_options mt_options = {
    .output = "memtrace.%e.%p.mtrace",
    .depth = 64,
    .scan_at_exit = 1,
    .children = 1,
    .heuristics = MT_HEURISTICS_ALL,
};

/* A stretch of the variable's text, not NUL-ended. */
struct part {
    const char *text;
    size_t length;
};

static bool is_word(struct part part, const char *word)
{
    size_t i = 0;
    while (i < part.length && word[i] && word[i] == part.text[i])
        i++;
    return i == part.length && !word[i];
}

static bool parse_number(struct part value, unsigned low, unsigned high, unsigned *ret)
{
    unsigned number = 0;
    if (value.length == 0 || value.length > 9)
        return false;
    for (size_t i = 0; i < value.length; i++) {
        if (value.text[i] < '0' || value.text[i] > '9')
            return false;
        number = number * 10 + (unsigned)(value.text[i] - '0');
    }
    if (number < low || number > high)
        return false;
    *ret = number;
    return true;
}

/* Bytes, with K, M or G for powers of 1024. */
static bool parse_bytes(struct part value, uint64_t high, uint64_t *ret)
{
    static const char units[] = "KMG";
    unsigned shift = 0, number;
    for (unsigned i = 0; units[i] && value.length > 0 && shift == 0; i++)
        if ((value.text[value.length - 1] & ~0x20) == units[i])
            shift = 10 * (i + 1);
    value.length -= shift != 0;
    if (!parse_number(value, 0, UINT_MAX, &number) || (uint64_t)number << shift > high)
        return false;
    *ret = (uint64_t)number << shift;
    return true;
}

static bool parse_choice(struct part value, const char *zero, const char *one, int *ret)
{
    if (is_word(value, one))
        *ret = 1;
    else if (is_word(value, zero))
        *ret = 0;
    else
        return false;
    return true;
}

static bool parse_errors(struct part value, int *ret)
{
    if (is_word(value, "stop"))
        *ret = MT_ERRORS_STOP;
    else
        return parse_choice(value, "off", "on", ret);
    return true;
}

/* Names between commas, as Valgrind has them. */
static bool parse_heuristics(struct part value, unsigned *ret)
{
    static const struct {
        const char *name;
        unsigned bits;
    } known[] = {
        {"all", MT_HEURISTICS_ALL},         {"none", 0},
        {"stdstring", MT_HEURISTIC_STRING}, {"length64", MT_HEURISTIC_LENGTH},
        {"newarray", MT_HEURISTIC_ARRAY},   {"multipleinheritance", MT_HEURISTIC_INHERITANCE}};
    unsigned bits = 0;
    for (const char *at = value.text, *end = at + value.length; at <= end;) {
        struct part name = {at, 0};
        while (at + name.length < end && at[name.length] != ',')
            name.length++;
        unsigned i = 0;
        while (i < sizeof known / sizeof *known && !is_word(name, known[i].name))
            i++;
        if (i == sizeof known / sizeof *known)
            return false;
        bits |= known[i].bits;
        at += name.length + 1;
    }
    *ret = bits;
    return true;
}

/* N, 1/N, left, right, or two of them between commas. A side alone stands for all blocks. */
static bool parse_guard(struct part value)
{
    unsigned every = mt_options.guard_every;
    int at_random = mt_options.guard_at_random, left = mt_options.guard_left;
    for (const char *at = value.text, *end = at + value.length; at <= end;) {
        struct part item = {at, 0};
        while (at + item.length < end && at[item.length] != ',')
            item.length++;
        at += item.length + 1;
        if (is_word(item, "left") || is_word(item, "right")) {
            left = is_word(item, "left");
            every = every ? every : 1;
            continue;
        }
        at_random = item.length > 2 && item.text[0] == '1' && item.text[1] == '/';
        const struct part number = {item.text + 2 * at_random, item.length - 2u * at_random};
        if (!parse_number(number, at_random, UINT_MAX, &every))
            return false;
    }
    mt_options.guard_every = every;
    mt_options.guard_at_random = at_random;
    mt_options.guard_left = left;
    return true;
}

/* Into `path`, which has room for PATH_MAX bytes. */
static bool parse_path(struct part value, char *path)
{
    if (value.length == 0 || value.length >= PATH_MAX)
        return false;
    for (size_t i = 0; i < value.length; i++)
        path[i] = value.text[i];
    path[value.length] = '\0';
    return true;
}

/* Returns what the key wants to see when the value does not fit, NULL when it was taken. */
static const char *take_value(struct part key, struct part value, bool *ret_known)
{
    *ret_known = true;
    if (is_word(key, "output"))
        return parse_path(value, mt_options.output) ? NULL : "a path";
    if (is_word(key, "starts"))
        return parse_path(value, mt_options.starts) ? NULL : "a path";
    if (is_word(key, "depth"))
        return parse_number(value, 1, MT_DEPTH_LIMIT, &mt_options.depth) ? NULL : "1 to 512";
    if (is_word(key, "scan"))
        return parse_choice(value, "none", "exit", &mt_options.scan_at_exit) ? NULL
                                                                             : "exit or none";
    if (is_word(key, "heuristics"))
        return parse_heuristics(value, &mt_options.heuristics)
                   ? NULL
                   : "all, none, or a list of stdstring,length64,newarray,multipleinheritance";
    if (is_word(key, "children"))
        return parse_choice(value, "off", "on", &mt_options.children) ? NULL : "on or off";
    if (is_word(key, "quiet"))
        return parse_choice(value, "0", "1", &mt_options.quiet) ? NULL : "0 or 1";
    if (is_word(key, "sample"))
        return parse_bytes(value, SAMPLE_MAX, &mt_options.sample_bytes) ? NULL
                                                                        : "bytes, as 512K; 0: off";
    if (is_word(key, "freed_by"))
        return parse_choice(value, "off", "on", &mt_options.freed_by) ? NULL : "on or off";
    if (is_word(key, "peak"))
        return parse_choice(value, "off", "on", &mt_options.peak) ? NULL : "on or off";
    if (is_word(key, "errors"))
        return parse_errors(value, &mt_options.errors) ? NULL : "on, off or stop";
    if (is_word(key, "guard"))
        return parse_guard(value) ? NULL : "N, 1/N, left or right, as in 1/5000,left; 0: off";
    if (is_word(key, "canary"))
        return parse_choice(value, "off", "on", &mt_options.canary) ? NULL : "on or off";
    if (is_word(key, "proof"))
        return parse_choice(value, "0", "1", &mt_options.proof) ? NULL : "0 or 1";
    if (is_word(key, "unwiped"))
        return parse_choice(value, "0", "1", &mt_options.unwiped) ? NULL : "0 or 1";
    if (is_word(key, "verify"))
        return parse_choice(value, "0", "1", &mt_options.verify) ? NULL : "0 or 1";
    *ret_known = false;
    return NULL;
}

static void complain(struct part key, struct part value, bool known, const char *wanted)
{
    struct mt_line line;
    mt_line_start(&line);
    mt_line_add(&line, "MEMTRACE_OPTIONS: ");
    mt_line_add_bytes(&line, key.text, key.length);
    if (known) {
        mt_line_add(&line, "=");
        mt_line_add_bytes(&line, value.text, value.length);
        mt_line_add(&line, ": bad value, the default is used (wanted: ");
        mt_line_add(&line, wanted);
        mt_line_add(&line, ")");
    } else {
        mt_line_add(&line, ": unknown key, ignored (known: output depth scan heuristics children quiet sample "
                           "freed_by peak errors guard canary proof starts verify)");
    }
    mt_line_say(&line);
}

/* Takes one key=value from *at and moves it behind the colon. A value in double quotes may hold
 * colons. */
static void take_pair(const char **at, bool say)
{
    const char *p = *at;
    struct part key = {p, 0}, value = {p, 0};
    while (*p && *p != ':' && *p != '=')
        p++;
    key.length = (size_t)(p - key.text);
    if (*p == '=') {
        const char quote = p[1] == '"' ? '"' : ':';
        p += quote == '"' ? 2 : 1;
        value.text = p;
        while (*p && *p != quote)
            p++;
        value.length = (size_t)(p - value.text);
        if (*p == '"')
            p++;
        while (*p && *p != ':')
            p++;
    }
    *at = *p == ':' ? p + 1 : p;

    bool known;
    const char *wanted = take_value(key, value, &known);
    if (say && key.length > 0 && (!known || wanted))
        complain(key, value, known, wanted);
}

static const char *find_variable(char *const *environment)
{
    for (; environment && *environment; environment++) {
        size_t i = 0;
        while (VARIABLE[i] && VARIABLE[i] == (*environment)[i])
            i++;
        if (!VARIABLE[i])
            return *environment + i;
    }
    return "";
}

/* Two passes: `quiet` may come after a mistake that it silences. */
void mt_options_read(char *const *environment)
{
    const char *given = find_variable(environment);
    for (size_t i = 0; given[i] && i + 1 < sizeof mt_options.given; i++)
        mt_options.given[i] = given[i];
    for (int pass = 0; pass < 2; pass++)
        for (const char *at = given; *at;)
            take_pair(&at, pass == 1);
}
