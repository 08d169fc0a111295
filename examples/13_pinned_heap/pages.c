/* pages.c: reads a document of 2,000 pages into memory, makes an index of them, and frees the pages
 * again. The index is allocated after the pages, or before them when called with "first". */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PAGES = 2000, PAGE_BYTES = 8000 };

struct entry {
    char title[24];
};

static char *pages[PAGES];
struct entry *entries;

static char *read_page(int number)
{
    char *page = malloc(PAGE_BYTES);
    memset(page, ' ', PAGE_BYTES);
    snprintf(page, PAGE_BYTES, "page %d", number);
    return page;
}

static struct entry *make_index(void)
{
    return malloc(PAGES * sizeof(struct entry));
}

/* KiB of this process that are in RAM and are its own; nothing is allocated to find out. */
static long resident(void)
{
    char text[80] = "";
    long total = 0, all = 0, shared = 0;
    const int file = open("/proc/self/statm", O_RDONLY);
    if (read(file, text, sizeof(text) - 1) < 0 ||
        sscanf(text, "%ld %ld %ld", &total, &all, &shared) != 3)
        abort();
    close(file);
    return (all - shared) * 4;
}

int main(int count, char **arguments)
{
    const long before = resident();
    const int index_first = count > 1 && strcmp(arguments[1], "first") == 0;
    if (index_first)
        entries = make_index();
    for (int i = 0; i < PAGES; i++)
        pages[i] = read_page(i);
    if (!index_first)
        entries = make_index();
    for (int i = 0; i < PAGES; i++)
        memcpy(entries[i].title, pages[i], sizeof(entries[i].title));
    dprintf(1, "read: %ld MiB more\n", (resident() - before) / 1024);
    for (int i = 0; i < PAGES; i++)
        free(pages[i]);
    dprintf(1, "freed all but the index: %ld MiB more\n", (resident() - before) / 1024);
    return 0;
}
