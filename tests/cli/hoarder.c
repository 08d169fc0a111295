/* hoarder.c: keeps the address of every place in its heap where a block could begin, so that no
 * scan can find anything lost: what a scan that is broken would say of any program. */
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

enum { PLACES = 1 << 20 };
static uintptr_t places[PLACES];

int main(void)
{
    const uintptr_t first = (uintptr_t)malloc(1), end = (uintptr_t)sbrk(0);
    size_t count = 0;
    for (uintptr_t at = (first & ~(uintptr_t)4095) + 16; at < end && count < PLACES; at += 16)
        places[count++] = at;
    return places[0] == 0;
}
