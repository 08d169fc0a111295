/* wrong.c WORD…: uses memory wrongly, a word for each way: `mismatch` frees what operator new gave,
 * `again` frees a block that glibc does not see to be free already, `empty` resizes a block to
 * nothing, `leak` loses one. */
#include <stdlib.h>
#include <string.h>

#define APART __attribute__((noinline, noclone))

void *operator_new(size_t bytes) __asm__("_Znwm"); /* of libstdc++, which is linked */

static APART void mismatch(void)
{
    void *volatile object = operator_new(24);
    free(object);
    __asm__ volatile("");
}

/* The list of freed blocks of a size that glibc looks through holds seven. */
static APART void again(void)
{
    void *volatile blocks[9];
    for (int i = 0; i < 9; i++)
        blocks[i] = malloc(24);
    for (int i = 0; i < 9; i++)
        free(blocks[i]);
    for (int i = 0; i < 3; i++)
        free(blocks[7]), free(blocks[8]);
    __asm__ volatile("");
}

static APART void empty(void)
{
    void *volatile block = malloc(24);
    block = realloc(block, 0);
    __asm__ volatile("");
}

static APART void leak(void)
{
    void *block = malloc(24);
    __asm__ volatile("" : "+r"(block));
}

int main(int argc, char **argv)
{
    static const struct {
        const char *word;
        void (*call)(void);
    } ways[] = {{"mismatch", mismatch}, {"again", again}, {"empty", empty}, {"leak", leak}};
    for (int i = 1; i < argc; i++)
        for (unsigned j = 0; j < sizeof ways / sizeof *ways; j++)
            if (strcmp(argv[i], ways[j].word) == 0)
                ways[j].call();
    return 0;
}
