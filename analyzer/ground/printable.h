/* printable.h: text that came from outside, made fit for a terminal or for JSON. */
#ifndef MT_PRINTABLE_H
#define MT_PRINTABLE_H

#include <stddef.h>
#include <stdio.h>

/* Replaces every control character (C0, DEL, and C1 in UTF-8), what turns the direction of text or
 * ends a line, and every byte that is not UTF-8 by '?', in place: what is left can neither steer a
 * terminal nor be read as what it is not. */
void mt_make_printable(char *text);

/* Prints a line with names in it that came from outside, made printable, and ends it. */
void mt_print_line(FILE *out, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Bytes of the UTF-8 character that `text` begins with; 0: it does not begin with one. */
size_t mt_utf8_length(const char *text);

/* The same of one that may be printed; 0: it begins with none, or with what mt_make_printable would
 * replace. */
size_t mt_printable_length(const char *text);

/* A copy that is valid UTF-8, with '?' for each byte that was not; control characters stay. The
 * caller frees it; NULL where memory runs out. */
char *mt_valid_utf8(const char *text);

#endif
