/* unpack.h: a pack, laid out in a folder of its own until nobody needs it. */
#ifndef MT_UNPACK_H
#define MT_UNPACK_H

#include <stdbool.h>
#include "error.h"

/* What is in a pack, in this order:
 *   memtrace-pack-1   nothing: says what this is, and how to read on
 *   trace.mtrace      holes are kept as such
 *   perf.map          perf-PID.map of its process, where there is one
 *   root/…            programs and libraries where they were, debug files by build-id below
 *                     root/usr/lib/debug: as for --sysroot
 */
#define MT_PACK_MARK "memtrace-pack-"
#define MT_PACK_VERSION "1"
#define MT_PACK_TRACE "trace.mtrace"
#define MT_PACK_PERF_MAP "perf.map"
#define MT_PACK_ROOT "root/"

struct mt_unpacked;

/* Whether the file begins as packs do. */
bool mt_is_pack(int fd);

/* Unpacks what `fd` reads, from its beginning, into a new folder that only its owner may enter.
 * `path` is what the user calls it. Returns 0 and the folder (mt_unpacked_remove), or MT_UNREADABLE
 * and why the pack cannot be trusted. */
int mt_unpack(int fd, const char *path, struct mt_unpacked **ret_unpacked, struct mt_error *error);

const char *mt_unpacked_folder(const struct mt_unpacked *unpacked);

/* Removes the folder and all in it. NULL is fine. */
void mt_unpacked_remove(struct mt_unpacked *unpacked);

#endif
