/* line.h: one line of text, built without libc: messages on stderr and file names. */
#ifndef MT_LINE_H
#define MT_LINE_H

#include <stddef.h>
#include <stdint.h>

struct mt_line {
    char text[4352]; /* always NUL-ended; what does not fit is cut */
    size_t length;
};

void mt_line_start(struct mt_line *line);
void mt_line_add(struct mt_line *line, const char *text);
void mt_line_add_bytes(struct mt_line *line, const char *bytes, size_t count);
void mt_line_add_number(struct mt_line *line, uint64_t number);  /* 48211 */
void mt_line_add_grouped(struct mt_line *line, uint64_t number); /* 48,211 */
void mt_line_add_hex(struct mt_line *line, uint64_t number);     /* 0xbc53 */
void mt_line_add_hex_digits(struct mt_line *line, uint64_t number);

/* Remembers what descriptor 2 is now. Once, at the start of the process. */
void mt_line_remember_stderr(void);

/* Writes "memtrace: " and the line to stderr, unless quiet, or unless the program has since closed
 * descriptor 2 or made it another file: then the number is the program's. */
void mt_line_say(struct mt_line *line);

#endif
