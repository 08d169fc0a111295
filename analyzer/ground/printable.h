/* printable.h: text that came from outside, made fit for a terminal or for JSON. */
#ifndef MT_PRINTABLE_H
#define MT_PRINTABLE_H

#include <stddef.h>

/* Replaces every control character (C0, DEL, and C1 in UTF-8) and every byte that is not UTF-8 by
 * '?', in place: what is left cannot steer a terminal. */
void mt_make_printable(char *text);

/* Bytes of the UTF-8 character that `text` begins with; 0: it does not begin with one. */
size_t mt_utf8_length(const char *text);

/* A copy that is valid UTF-8, with '?' for each byte that was not; control characters stay. The
 * caller frees it; NULL where memory runs out. */
char *mt_valid_utf8(const char *text);

#endif
