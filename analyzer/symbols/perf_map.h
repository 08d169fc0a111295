/* perf_map.h: names for code that a compiler made while the program ran: the file perf-PID.map that
 * node, java and other runtimes write for perf, "START SIZE NAME" a line, in hexadecimal. */
#ifndef MT_PERF_MAP_H
#define MT_PERF_MAP_H

#include <stdint.h>
#include "trace.h"

struct mt_perf_map;

/* The map of the trace's process: of its pack, else /tmp/perf-PID.map. A file of that name is only
 * believed where it is a plain one, of the owner of the trace, writable by nobody else, and was
 * written while the process ran. NULL: there is none. */
struct mt_perf_map *mt_perf_map_open(const struct mt_trace *trace);

/* What the file says that is open as `fd`; NULL where memory runs out. */
struct mt_perf_map *mt_perf_map_read(int fd);
void mt_perf_map_close(struct mt_perf_map *map); /* NULL is fine */

/* The path of that file: mt_perf_map_open would read it. The caller frees it; NULL: there is none.
 */
char *mt_perf_map_path(const struct mt_trace *trace);

/* The name of the code at `address`, the latest where several lay there in turn; NULL: not known.
 * It is as it was found: it may hold any bytes but newlines. Owned by the map. */
const char *mt_perf_map_find(const struct mt_perf_map *map, uint64_t address);

#endif
