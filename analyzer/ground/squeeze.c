/* squeeze.c: C++ names can be thousands of characters long, nearly all of them template arguments
 * of template arguments. What tells a reader most is the outer part, so nested brackets are folded.
 */
#include <stdbool.h>
#include <string.h>
#include "squeeze.h"

#define ELLIPSIS "\xe2\x80\xa6" /* … */

enum { ELLIPSIS_BYTES = sizeof ELLIPSIS - 1, DEPTH_MAX = 3 };

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
    const size_t length = sizeof word - 1;
    const char *start = at;
    while (start > text && strchr("<>=-", start[-1]))
        start--;
    if ((size_t)(start - text) >= length && memcmp(start - length, word, length) == 0)
        return at - start >= 2; /* operator<< <int> has a bracket after the operator */
    return !(*at == '>' && at > text && at[-1] == '-');
}

struct output {
    char *text;
    size_t size, length, columns;
};

/* Appends a byte if there is room; counts columns in any case. */
static void put(struct output *output, char byte)
{
    if ((byte & 0xc0) != 0x80)
        output->columns++;
    if (output->length + 1 < output->size)
        output->text[output->length++] = byte;
}

/* Writes `text` with an ellipsis for what stands in brackets nested `depth` deep; 1 is the
 * outermost. Returns the columns it takes. */
static size_t fold(const char *text, unsigned depth, char *folded, size_t size)
{
    struct output output = {folded, size, 0, 0};
    unsigned level = 0;
    for (const char *c = text; *c; c++) {
        const bool opens = *c == '<' && is_bracket(text, c);
        const bool closes = *c == '>' && level > 0 && is_bracket(text, c);
        if (closes)
            level--;
        if (level < depth)
            put(&output, *c);
        if (opens && ++level == depth) {
            for (int i = 0; i < ELLIPSIS_BYTES; i++)
                put(&output, ELLIPSIS[i]);
        }
    }
    folded[output.length] = 0;
    return output.columns;
}

void mt_text_cut(char *text, size_t columns, size_t size)
{
    if (mt_text_columns(text) <= columns)
        return;
    char *end = text;
    for (size_t column = 0; column + 1 < columns; column++) {
        do
            end++;
        while ((*end & 0xc0) == 0x80);
    }
    if ((size_t)(end - text) + sizeof ELLIPSIS <= size)
        memcpy(end, ELLIPSIS, sizeof ELLIPSIS);
}

void mt_text_squeeze(const char *text, size_t columns, char *fitted, size_t size)
{
    unsigned depth = DEPTH_MAX;
    const size_t length = strlen(text);
    if (mt_text_columns(text) <= columns && length < size) {
        memcpy(fitted, text, length + 1);
        return;
    }
    while (fold(text, depth, fitted, size) > columns && depth > 1)
        depth--;
    mt_text_cut(fitted, columns, size);
}
