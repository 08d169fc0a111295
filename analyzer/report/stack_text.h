/* stack_text.h: a stack as lines of text. */
#ifndef MT_STACK_TEXT_H
#define MT_STACK_TEXT_H

#include "frames.h"
#include "paper.h"
#include "source_lines.h"

/* What a stack may be printed with. All zero: nothing of it. */
struct mt_stack_style {
    struct mt_source_lines *source; /* under the frame that names the site, its line */
    size_t frames; /* 0: all. Else only from the frame that names the site on, so many lines, and one
                      that says how many frames are left out */
    bool has_full_names;            /* parameters and template arguments, however long */
};

/* Prints the stack innermost first, a frame a line, functions and places aligned, down to main:
 * the C library's start is left out. Allocators' frames before the one that names the site are
 * marked with a dot. Many calls of a function by itself are one line. A stack that was cut is
 * followed by a line that says why. */
void mt_stack_print(const struct mt_paper *paper, const struct mt_trace *trace,
                    struct mt_symbols *symbols, uint32_t stack);
void mt_stack_print_styled(const struct mt_paper *paper, const struct mt_trace *trace,
                           struct mt_symbols *symbols, uint32_t stack,
                           const struct mt_stack_style *style);

#endif
