/* grows.c: an interpreter that keeps every symbol in a table until its end, so that no symbol is
 * ever lost; but it asks for each again. */
#include <assert.h>
#include <memtrace.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SYMBOLS = 1000 };

static char *symbols[SYMBOLS];
static size_t count;

static void free_symbols(void)
{
    while (count > 0)
        free(symbols[--count]);
}

static const char *intern(const char *name)
{
    char *symbol = malloc(strlen(name) + 1);
    return symbols[count++] = strcpy(symbol, name); /* it is there already */
}

static void evaluate(void)
{
    intern("x");
    intern("y");
}

int main(void)
{
    struct memtrace_growth growth;
    atexit(free_symbols);
    MEMTRACE_REPEAT("evaluate", 10, 100, &growth)
        evaluate();
    printf("an evaluation leaves %g blocks, %g bytes\n", growth.objects, growth.bytes);
    fflush(stdout);
    assert(growth.objects == 0);
    return 0;
}
