/* upper_test.c: a text in capitals is made and freed. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

static char *upper(const char *text)
{
    char *copy = strcpy(malloc(strlen(text) + 1), text);
    for (char *c = copy; *c; c++)
        *c = (char)toupper((unsigned char)*c);
    return copy;
}

int main(void)
{
    char *text = upper("leak");
    const int differs = strcmp(text, "LEAK");
    free(text);
    return differs != 0;
}
