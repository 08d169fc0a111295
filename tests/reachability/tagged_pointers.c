/* tagged_pointers.c: flags in the low bits of a pointer make it one into the inside; flags in its
 * upper bits, or a pointer mangled with a key, make it none.
 *
 * EXPECT possible under=with_low_bit blocks=1 bytes=101
 * EXPECT possible under=with_low_bits blocks=1 bytes=103
 * EXPECT definite under=with_upper_bits blocks=1 bytes=107
 * EXPECT definite under=mangled blocks=1 bytes=109
 */
#include "case.h"

OBJECT(with_low_bit)
OBJECT(with_low_bits)
OBJECT(with_upper_bits)
OBJECT(mangled)

uintptr_t tagged[4];

STEP void keep(void)
{
    tagged[0] = (uintptr_t)with_low_bit(101) | 1;
    tagged[1] = (uintptr_t)with_low_bits(103) | 7;
    tagged[2] = (uintptr_t)with_upper_bits(107) | (uintptr_t)0xa5 << 56;
    tagged[3] = (uintptr_t)mangled(109) ^ 0x5bd1e995a5a5a5a5;
}

int main(void)
{
    keep();
    forget();
    return 0;
}
