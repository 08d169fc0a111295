/* reuser.c: frees many small blocks but keeps their addresses, then forks children whose first
 * blocks are the same ones again: for each of these the scan finds a pointer that was another's. */
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

enum { SIZES = 8, BLOCKS = 7 /* as many as glibc keeps of a size for a thread */, CHILDREN = 20 };
static void *kept[SIZES][BLOCKS];

int main(void)
{
    for (int size = 0; size < SIZES; size++)
        for (int i = 0; i < BLOCKS; i++)
            kept[size][i] = malloc(24 + 16 * (size_t)(size % 4 ? 4 : size));
    for (int size = 0; size < SIZES; size++)
        for (int i = 0; i < BLOCKS; i++)
            free(kept[size][i]);
    for (int i = 0; i < CHILDREN; i++) {
        if (fork() == 0) {
            void *volatile block = malloc(1000);
            free(block);
            exit(0);
        }
        wait(NULL);
    }
    return 0;
}
