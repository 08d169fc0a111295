/* odd_names.c: a program whose functions, thread and phase have names that steer: terminals, JSON,
 * XML, the logs of CI services. It leaks a block for each function. NEWLINE in a name is made a
 * newline in the program's file by whoever runs it: no assembler would write that. It resizes a block
 * to nothing and leaks one in a source file of such a name. */
#include <pthread.h>
#include <stdlib.h>
#include "memtrace/memtrace.h"

#define ODD(function, symbol, bytes)                                                               \
    void *function(void) __asm__("\"" symbol "\"") __attribute__((noinline, used));                \
    void *function(void)                                                                           \
    {                                                                                              \
        void *block = malloc(bytes);                                                               \
        __asm__ volatile("" : "+r"(block));                                                        \
        return block;                                                                              \
    }

ODD(colours, "odd1\033[31m\033]0;title\007", 101)
ODD(links, "odd2\033]8;;http://evil\033", 102)
ODD(c1, "odd3\302\23331m\302\205", 103)
ODD(bytes, "odd4\377\300\200\355\240\200", 104)
ODD(turns, "odd5\342\200\256\342\201\246\342\200\250", 105)
ODD(nothing, "odd6\357\277\276\357\277\277", 106)
ODD(lines, "odd7NEWLINE::error file=a::b%0A%25", 107)
ODD(markup, "odd8]]><x y='1'>&amp;--><!--", 108)
ODD(fields, "odd9; 17 18,19 {} \\u0000 \033", 109)

static void *volatile last;

static void *work(void *nothing_at_all)
{
    (void)nothing_at_all;
    memtrace_thread_name("thread\033[31m\n\302\233\342\200\256\377");
    void *(*const functions[])(void) = {colours, links, c1,     bytes, turns,
                                        nothing, lines, markup, fields};
    for (size_t i = 0; i < sizeof functions / sizeof *functions; i++)
        last = functions[i]();
    last = NULL;
    return NULL;
}

static void odd_file(void);

int main(void)
{
    pthread_t thread;
    memtrace_phase("phase\033[31m\n::warning::\342\200\256\377");
    odd_file();
    if (pthread_create(&thread, NULL, work, NULL) != 0)
        return 1;
    return pthread_join(thread, NULL);
}

#line 1 "odd\033[31m\302\233\342\200\256::error::.c"
__attribute__((noinline)) static void odd_file(void)
{
    void *volatile block = malloc(24);
    block = realloc(block, 0);
    block = malloc(110);
    block = NULL;
}
