/* source_lines.h: lines of source files, where the files are still those that the program was made
 * of. */
#ifndef MT_SOURCE_LINES_H
#define MT_SOURCE_LINES_H

#include "symbols.h"

struct mt_source_lines;

/* Files are looked for below `sysroot` first, which may be NULL. NULL where memory runs out. */
struct mt_source_lines *mt_source_lines_create(const struct mt_trace *trace, const char *sysroot);
void mt_source_lines_destroy(struct mt_source_lines *lines); /* NULL is fine */

enum { MT_SOURCE_LINE_SIZE = 240 };

/* The line that a frame stands at, without the blanks around it, made printable and cut where it is
 * long. False: it has none, the file is not there, has changed since the process began, or is
 * withheld. */
bool mt_source_line(struct mt_source_lines *lines, const struct mt_frame *frame,
                    char text[MT_SOURCE_LINE_SIZE]);

/* How many files were withheld so far: not below the sysroot, and whoever the trace is from may not
 * read them (readers.h). */
size_t mt_source_lines_withheld(const struct mt_source_lines *lines);

#endif
