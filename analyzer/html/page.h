/* page.h: the frame of the page, with style and scripts, as embed.py put it together. */
#ifndef MT_PAGE_H
#define MT_PAGE_H

#include <stddef.h>

enum { MT_PAGE_BEFORE_TITLE, MT_PAGE_BEFORE_PROCESSES, MT_PAGE_END, MT_PAGE_PARTS };

struct mt_page_part {
    const unsigned char *bytes;
    size_t count;
};

extern const struct mt_page_part mt_page_parts[MT_PAGE_PARTS];

#endif
