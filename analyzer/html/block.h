/* block.h: the stream that JSON goes through into a page. */
#ifndef MT_BLOCK_H
#define MT_BLOCK_H

#include <stdio.h>

/* A stream to `out` in which each '<' becomes \u003c: the same in JSON, where it occurs in strings
 * only, and nothing that a parser of HTML could take for the end of the script element, or for a
 * comment, goes through. fclose ends it and leaves `out` open. NULL where memory runs out. */
FILE *mt_block_open(FILE *out);

#endif
