/* source_path.h: where the source of a frame lies, seen from the working directory. */
#ifndef MT_SOURCE_PATH_H
#define MT_SOURCE_PATH_H

#include "symbols.h"

/* The part of an absolute path below the working directory, or the path. */
const char *mt_path_below_here(const char *path);

/* The absolute path as the debug information has it, without "." and "..". The caller frees it; NULL
 * where it is not known, or there is no memory. */
char *mt_source_absolute_path(const struct mt_frame *frame);

/* The path by which other tools find the source: relative to the working directory where it lies
 * below it; else absolute where the debug information's own would lead elsewhere ("../cache.c"),
 * else that. The caller frees it; NULL where there is no file, or no memory. */
char *mt_source_path(const struct mt_frame *frame);

#endif
