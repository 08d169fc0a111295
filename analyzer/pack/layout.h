/* layout.h: the bare bones of a pack's archive, looked at before libarchive is let in. */
#ifndef MT_PACK_LAYOUT_H
#define MT_PACK_LAYOUT_H

#include <stdint.h>

/* Goes through the headers of the pack that is open as `fd`, and back to its beginning. NULL, or
 * why it is no honest one: it comes to more than `bytes_max`, or has headers that memtrace pack
 * does not write. What cannot be read is left for libarchive to name. */
const char *mt_pack_layout_problem(int fd, uint64_t bytes_max);

#endif
