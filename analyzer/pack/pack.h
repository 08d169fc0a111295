/* pack.h: puts a trace and what is needed to name its frames into one file. */
#ifndef MT_PACK_H
#define MT_PACK_H

#include <stdint.h>
#include <stdio.h>
#include "symbols.h"

struct mt_packed {
    unsigned files;   /* with symbols */
    unsigned missing; /* modules of which none was found */
    char
        first_missing[256]; /* and the reason of the first: "/usr/bin/app is not on this machine" */
};

/* Writes the pack of the trace at `path`. Returns 0 or a status; whether `out` took it all is for
 * the caller to find out. */
int mt_pack_write(const char *path, const struct mt_search *search, FILE *out,
                  struct mt_packed *ret_packed, struct mt_error *error);

#endif
