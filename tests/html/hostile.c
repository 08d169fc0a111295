/* hostile.c: a program whose names are markup, script and other tricks: of its functions here, of
 * its file and arguments by whoever runs it, of its phase and thread when it runs. It leaks four
 * blocks. */
#include <stdlib.h>
#include <string.h>
#include "memtrace/memtrace.h"

#define NAMED(symbol) __asm__("\"" symbol "\"") __attribute__((noinline, used))

void *closes_the_script(void) NAMED("</script><img src=x onerror=window.hit=1>");
void *opens_a_comment(void) NAMED("<!--<script>window.hit=2</script>");
void *ends_the_string(void) NAMED("'+(window.hit=3)+'&quot;&#60;b>");
void *steers(void) NAMED("red\033[31m\302\233bold\377\342\200\256");

void *closes_the_script(void)
{
    return strdup("1");
}

void *opens_a_comment(void)
{
    return strdup("22");
}

void *ends_the_string(void)
{
    return strdup("333");
}

void *steers(void)
{
    return strdup("4444");
}

static void *volatile last;

int main(void)
{
    memtrace_phase("</script><script>window.hit=4</script>");
    memtrace_thread_name("<svg onload=x>");
    last = closes_the_script();
    last = opens_a_comment();
    last = ends_the_string();
    last = steers();
    last = NULL;
    return 0;
}
