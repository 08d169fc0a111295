/* top_screen.h: what the screen of memtrace top shows, shared by the file that draws it and the one
 * that obeys the keys. */
#ifndef MT_TOP_SCREEN_H
#define MT_TOP_SCREEN_H

#include "top.h"

enum { MT_SCREEN_TEXT = 1024, MT_SCREEN_FILTER = 64 };

struct mt_screen {
    struct mt_standings *standings;
    const struct mt_standings_head *head;
    const char *path;
    uint32_t pid;
    const struct mt_top_options *options;
    enum mt_standing_sort sort;
    char filter[MT_SCREEN_FILTER];
    bool is_typing; /* the filter */
    bool has_color;
    bool is_done;
    char note[MT_SCREEN_TEXT]; /* in place of the keys, until the next one; "" none */

    const struct mt_standing *const *sites; /* as shown */
    size_t count, first, at;                /* the first that is shown, the chosen one */
    const struct mt_standing *chosen;       /* it is followed; NULL: the one on top is */

    const struct mt_standing *opened; /* whose stack is shown; NULL: the table is */
    char *stack;
    size_t stack_first; /* line of it */
};

/* Makes the one colour that is used; the terminal must have been set up. */
void mt_screen_begin(struct mt_screen *screen);

void mt_screen_draw(struct mt_screen *screen);

/* Lines of the terminal that the table, or a stack, has. */
int mt_screen_table_lines(void);

#endif
