/* paper.c: colours, numbers and widths of text reports. */
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "paper.h"

#define ELLIPSIS "\xe2\x80\xa6" /* … */

struct mt_paper mt_paper_on(FILE *out, enum mt_color color)
{
    const char *no_color = getenv("NO_COLOR"), *terminal = getenv("TERM");
    const bool is_wanted = !(no_color && no_color[0]) && isatty(fileno(out)) &&
                           !(terminal && strcmp(terminal, "dumb") == 0);
    return (struct mt_paper){
        .out = out,
        .has_color = color == MT_COLOR_ALWAYS || (color == MT_COLOR_AUTO && is_wanted),
    };
}

void mt_paper_print(const struct mt_paper *paper, enum mt_ink ink, const char *format, ...)
{
    static const char *const codes[] = {"", "\033[1m", "\033[2m", "\033[33m"};
    const bool is_inked = paper->has_color && ink != MT_INK_PLAIN;
    if (is_inked)
        fputs(codes[ink], paper->out);
    va_list arguments;
    va_start(arguments, format);
    vfprintf(paper->out, format, arguments);
    va_end(arguments);
    if (is_inked)
        fputs("\033[0m", paper->out);
}

const char *mt_number_text(uint64_t number, char text[MT_NUMBER_SIZE])
{
    char digits[MT_NUMBER_SIZE];
    const size_t count = (size_t)snprintf(digits, sizeof digits, "%" PRIu64, number);
    char *end = text;
    for (size_t i = 0; i < count; i++) {
        if (i > 0 && (count - i) % 3 == 0)
            *end++ = ',';
        *end++ = digits[i];
    }
    *end = 0;
    return text;
}

const char *mt_size_text(uint64_t bytes, char text[MT_NUMBER_SIZE])
{
    static const char *const units[] = {"KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
    if (bytes < 1024) {
        snprintf(text, MT_NUMBER_SIZE, "%" PRIu64 " byte%s", bytes, bytes == 1 ? "" : "s");
        return text;
    }
    double size = (double)bytes / 1024;
    int unit = 0;
    for (; size >= 1024; size /= 1024)
        unit++;
    snprintf(text, MT_NUMBER_SIZE, "%.1f %s", size, units[unit]);
    return text;
}

const char *mt_duration_text(uint64_t ms, char text[MT_NUMBER_SIZE])
{
    const uint64_t minutes = ms / 60000;
    if (ms < 10000)
        snprintf(text, MT_NUMBER_SIZE, "%" PRIu64 " ms", ms);
    else if (minutes < 10)
        snprintf(text, MT_NUMBER_SIZE, "%.1f s", (double)ms / 1000);
    else if (minutes < 60)
        snprintf(text, MT_NUMBER_SIZE, "%" PRIu64 " min", minutes);
    else
        snprintf(text, MT_NUMBER_SIZE, "%" PRIu64 " h %" PRIu64 " min", minutes / 60, minutes % 60);
    return text;
}

size_t mt_text_columns(const char *text)
{
    size_t columns = 0;
    for (; *text; text++)
        columns += (*text & 0xc0) != 0x80;
    return columns;
}

/* Whether the '<' or '>' at `at` is a bracket and not part of operator<, <<, ->, >>=, <=>. */
static bool is_bracket(const char *text, const char *at)
{
    static const char word[] = "operator";
    const char *start = at;
    while (start > text && strchr("<>=-", start[-1]))
        start--;
    const size_t length = sizeof word - 1;
    if ((size_t)(start - text) >= length && memcmp(start - length, word, length) == 0)
        return false;
    return !(*at == '>' && at > text && at[-1] == '-');
}

/* Replaces what stands between brackets nested `depth` deep by an ellipsis; false: there is none.
 * Depth 1 is the outermost. */
static void fold_brackets(const char *text, unsigned depth, char *folded)
{
    unsigned level = 0;
    for (const char *c = text; *c; c++) {
        const bool opens = *c == '<' && is_bracket(text, c);
        const bool closes = *c == '>' && is_bracket(text, c) && level > 0;
        if (closes)
            level--;
        if (level < depth)
            *folded++ = *c;
        if (opens && ++level == depth) {
            memcpy(folded, ELLIPSIS, sizeof ELLIPSIS - 1);
            folded += sizeof ELLIPSIS - 1;
        }
    }
    *folded = 0;
}

void mt_text_squeeze(char *text, size_t size, size_t columns)
{
    if (mt_text_columns(text) <= columns)
        return;
    /* Each bracket becomes at most three bytes longer. */
    char *folded = malloc(4 * strlen(text) + 1);
    if (folded) {
        for (unsigned depth = 3; depth > 0; depth--) {
            fold_brackets(text, depth, folded);
            if (mt_text_columns(folded) <= columns)
                break;
        }
        snprintf(text, size, "%s", folded);
        free(folded);
    }
    if (mt_text_columns(text) <= columns || columns < 2)
        return;
    char *end = text;
    for (size_t column = 0; column < columns - 1; column++) {
        do
            end++;
        while ((*end & 0xc0) == 0x80);
    }
    if ((size_t)(end - text) + sizeof ELLIPSIS <= size)
        memcpy(end, ELLIPSIS, sizeof ELLIPSIS);
}
