/* The byte behind a block whose size is no multiple of its alignment: the page is not reached.
 *
 * GUARD kind=overrun in=give allocated=main bytes=13 offset=13
 * LEFT kind=overrun in=give allocated=main bytes=13 offset=13
 * CANARY kind=overrun in=give allocated=main bytes=13 offset=13
 * VALGRIND Invalid write of size 1
 * ASAN heap-buffer-overflow
 * ELSEWHERE terminate
 */
#include "../misuse/case.h"

static FRAME void terminate(char *text, int at)
{
    ((volatile char *)text)[at] = '\0';
}

static FRAME void give(char *text)
{
    free(text);
    STAY();
}

int main(int argc, char **argv)
{
    char *text = malloc(13);
    HIDE(text);
    terminate(text, is_wrong(argc, argv) ? 13 : 12);
    give(text);
    return 0;
}
