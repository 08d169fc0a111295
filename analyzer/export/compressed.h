/* compressed.h: a stream that compresses what is written to it into another one. */
#ifndef MT_COMPRESSED_H
#define MT_COMPRESSED_H

#include <stdio.h>

enum mt_compression { MT_GZIP, MT_ZSTD };

/* A stream into `out`, which stays open. To be closed before `out` is: fclose writes the rest, and
 * says whether all of it went through. The same bytes become the same bytes: no time is stored.
 * NULL where memory runs out. */
FILE *mt_compressed_open(FILE *out, enum mt_compression compression);

#endif
