/* paper.h: what a text report is written on: a terminal with colours or a plain file, and how
 * numbers and names look there. */
#ifndef MT_PAPER_H
#define MT_PAPER_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include "report_options.h"

enum mt_ink { MT_INK_PLAIN, MT_INK_BOLD, MT_INK_DIM, MT_INK_WARNING };

enum { MT_PAPER_COLUMNS = 80, MT_NUMBER_SIZE = 32 };

struct mt_paper {
    FILE *out;
    bool has_color;
    bool has_links; /* a terminal: what names a file can be clicked at */
};

/* Colours where `color` asks for them; by default on a terminal, unless NO_COLOR is set or TERM is
 * "dumb". */
struct mt_paper mt_paper_on(FILE *out, enum mt_color color);

void mt_paper_print(const struct mt_paper *paper, enum mt_ink ink, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* `text`, and where that is possible a click on it leads to the file `path` (absolute; NULL: none).
 * By OSC 8, which terminals that know no links leave out. */
void mt_paper_link(const struct mt_paper *paper, enum mt_ink ink, const char *path,
                   const char *text);

/* "1,234,567". Written to `text`, which is returned. */
const char *mt_number_text(uint64_t number, char text[MT_NUMBER_SIZE]);

/* "1 block", "21 blocks". Written to `text`, which is returned. */
const char *mt_count_text(uint64_t count, const char *noun, char text[64]);

/* "2.1 MiB", "812 bytes". Written to `text`, which is returned. */
const char *mt_size_text(uint64_t bytes, char text[MT_NUMBER_SIZE]);

/* "2 h 5 min", "12.3 s", "812 ms". Written to `text`, which is returned. */
const char *mt_duration_text(uint64_t ms, char text[MT_NUMBER_SIZE]);

#endif
