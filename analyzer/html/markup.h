/* markup.h: text and figures within HTML. */
#ifndef MT_MARKUP_H
#define MT_MARKUP_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/* Writes `text` so that it is text wherever it stands, in an element or in a quoted attribute,
 * whatever its bytes; control characters and what is no UTF-8 become '?'. */
void mt_markup_text(FILE *out, const char *text);

/* An element of that name and class (NULL: none) with nothing but text in it. */
void mt_markup_element(FILE *out, const char *name, const char *class, const char *text);

/* A table's cell with a number, to the right: "1,234", or a dash where it is not known. */
void mt_markup_number(FILE *out, bool is_known, uint64_t number);

#endif
