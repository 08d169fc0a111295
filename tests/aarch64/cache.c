#include <stdlib.h>

struct entry {
    char text[37];
};

__attribute__((noinline)) static struct entry *insert(void)
{
    struct entry *entry = malloc(sizeof *entry);
    __asm__ volatile("" : "+r"(entry));
    return entry;
}

__attribute__((noinline)) static void fill(int count)
{
    for (int i = 0; i < count; i++)
        insert();
    __asm__ volatile("");
}

int main(void)
{
    fill(7);
    return 0;
}
