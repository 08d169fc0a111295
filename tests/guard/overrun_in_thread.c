/* In a thread, of a block that another one has made.
 *
 * GUARD kind=out-of-bounds access=write in=work allocated=main bytes=1024 offset=1024
 * LEFT kind=overrun in=work allocated=main bytes=1024 offset=1024
 * CANARY kind=overrun in=work allocated=main bytes=1024 offset=1024
 * VALGRIND Invalid write of size 1
 * ASAN heap-buffer-overflow
 */
#include "../misuse/case.h"
#include <pthread.h>

static int length;

static FRAME void *work(void *block)
{
    for (int i = 0; i < length; i++)
        ((volatile char *)block)[i] = 'x';
    free(block);
    STAY();
    return NULL;
}

int main(int argc, char **argv)
{
    pthread_t thread;
    void *block = malloc(1024);
    HIDE(block);
    length = is_wrong(argc, argv) ? 1025 : 1024;
    return pthread_create(&thread, NULL, work, block) || pthread_join(thread, NULL);
}
