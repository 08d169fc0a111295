/* markup.c: text becomes HTML here and nowhere else. */
#include "markup.h"

#include <stdlib.h>
#include <string.h>
#include "paper.h"
#include "printable.h"

static const char *entity_of(char character)
{
    switch (character) {
    case '&':
        return "&amp;";
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '"':
        return "&quot;";
    case '\'':
        return "&#39;";
    default:
        return NULL;
    }
}

void mt_markup_text(FILE *out, const char *text)
{
    char *printable = strdup(text);
    if (!printable)
        return;
    mt_make_printable(printable);
    for (const char *c = printable; *c; c++) {
        const char *entity = entity_of(*c);
        if (entity)
            fputs(entity, out);
        else
            fputc(*c, out);
    }
    free(printable);
}

void mt_markup_element(FILE *out, const char *name, const char *class, const char *text)
{
    if (class)
        fprintf(out, "<%s class=\"%s\">", name, class);
    else
        fprintf(out, "<%s>", name);
    mt_markup_text(out, text);
    fprintf(out, "</%s>", name);
}

void mt_markup_number(FILE *out, bool is_known, uint64_t number)
{
    char text[MT_NUMBER_SIZE];
    fprintf(out, "<td class=\"number\">%s</td>",
            is_known ? mt_number_text(number, text) : "\xe2\x80\x93");
}
