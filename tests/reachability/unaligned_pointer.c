/* unaligned_pointer.c: a pointer in a packed structure, at an address that no word begins at.
 *
 * EXPECT definite under=packed blocks=1 bytes=101
 */
#include "case.h"

OBJECT(packed)

struct __attribute__((packed)) {
    char kind;
    void *pointer;
} record __attribute__((aligned(16)));

STEP void keep(void)
{
    record.pointer = packed(101);
}

int main(void)
{
    keep();
    forget();
    return 0;
}
