/* count_test.c: the parts of a path are counted in a copy, which is freed. */
#include <stdlib.h>
#include <string.h>

static int count_parts(const char *path)
{
    int count = 0;
    char *copy = strcpy(malloc(strlen(path) + 1), path);
    for (char *part = strtok(copy, "/"); part; part = strtok(NULL, "/"))
        count++;
    free(copy);
    return count;
}

int main(void)
{
    return count_parts("/usr/lib/debug") == 3 ? 0 : 1;
}
