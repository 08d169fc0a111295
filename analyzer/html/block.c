/* block.c: a stream of its own rather than care at each string: what is written later is safe too.
 */
#include "block.h"

#include <string.h>

static ssize_t write_block(void *cookie, const char *bytes, size_t count)
{
    FILE *out = cookie;
    const char *end = bytes + count;
    for (const char *from = bytes; from < end;) {
        const char *next = memchr(from, '<', (size_t)(end - from));
        const char *upto = next ? next : end;
        fwrite(from, 1, (size_t)(upto - from), out);
        if (next)
            fputs("\\u003c", out);
        from = next ? next + 1 : end;
    }
    return ferror(out) ? -1 : (ssize_t)count;
}

FILE *mt_block_open(FILE *out)
{
    return fopencookie(out, "w", (cookie_io_functions_t){.write = write_block});
}
