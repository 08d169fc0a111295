/* The C library's own function writes the text and its end, which has no room.
 *
 * GUARD kind=overrun in=main allocated=main bytes=21 offset=21
 * LEFT kind=overrun in=main allocated=main bytes=21 offset=21
 * CANARY kind=overrun in=main allocated=main bytes=21 offset=21
 * VALGRIND Invalid write of size
 * ASAN heap-buffer-overflow
 */
#include "../misuse/case.h"

int main(int argc, char **argv)
{
    const char *text = "twenty-one characters";
    char *copy = malloc(strlen(text) + !is_wrong(argc, argv));
    HIDE(copy);
    strcpy(copy, text);
    HIDE(copy);
    free(copy);
    return 0;
}
