/* join_test.c: a path is joined, and forgotten. */
#include <stdlib.h>
#include <string.h>

static char *join(const char *folder, const char *name)
{
    char *path = malloc(strlen(folder) + 1 + strlen(name) + 1);
    strcpy(path, folder);
    strcat(path, "/");
    return strcat(path, name);
}

int main(void)
{
    return strcmp(join("/usr", "lib"), "/usr/lib") == 0 ? 0 : 1;
}
