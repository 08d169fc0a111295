/* Behind an array that new gave.
 *
 * GUARD kind=out-of-bounds access=write in=fill allocated=main bytes=160 offset=160
 * LEFT kind=overrun in=main allocated=main bytes=160 offset=160
 * CANARY kind=overrun in=main allocated=main bytes=160 offset=160
 * VALGRIND Invalid write of size 8
 * ASAN heap-buffer-overflow
 */
#include "../misuse/case.h"
#include <new>

static FRAME void fill(long *numbers, int count)
{
    for (int i = 0; i < count; i++)
        static_cast<volatile long *>(numbers)[i] = 7;
}

int main(int argc, char **argv)
{
    long *numbers = new long[20];
    char *none = new char[0], *aligned = new (std::align_val_t(64)) char[100];
    HIDE(numbers);
    HIDE(none);
    HIDE(aligned);
    memset(aligned, 1, 100);
    fill(numbers, is_wrong(argc, argv) ? 21 : 20);
    delete[] numbers;
    delete[] none;
    operator delete[](aligned, std::align_val_t(64));
    return 0;
}
