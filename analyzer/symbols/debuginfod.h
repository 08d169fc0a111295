/* debuginfod.h: files fetched by build-id from the servers that DEBUGINFOD_URLS names. Only who
 * asks for it gets this: it tells a server which programs one looks at. */
#ifndef MT_DEBUGINFOD_H
#define MT_DEBUGINFOD_H

#include <stdint.h>
#include "trace.h"

struct mt_debuginfod;

/* `patience_ms`: how long is waited for a file. Returns 0, or MT_USAGE where no server is named or
 * the library is not installed. */
int mt_debuginfod_create(uint64_t patience_ms, struct mt_debuginfod **ret_debuginfod,
                         struct mt_error *error);
void mt_debuginfod_destroy(struct mt_debuginfod *debuginfod); /* NULL is fine */

/* Returns a descriptor of the file with that build-id, -1 where no server has it, none answered in
 * time, or `debuginfod` is NULL. After one that did not answer in time no more is asked for. What
 * was fetched is kept in debuginfod's cache. The file is not believed to be what it should. */
int mt_debuginfod_debuginfo(struct mt_debuginfod *debuginfod, const struct mt_loaded *loaded);
int mt_debuginfod_executable(struct mt_debuginfod *debuginfod, const struct mt_loaded *loaded);

#endif
