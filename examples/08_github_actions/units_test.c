/* units_test.c: lengths are written with their unit, each text anew; the first is forgotten. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char *with_unit(int length, const char *unit)
{
    char *text = malloc(32);
    snprintf(text, 32, "%d %s", length, unit);
    return text;
}

int main(void)
{
    char *text = with_unit(12, "mm");
    if (strcmp(text, "12 mm") != 0)
        return 1;
    text = with_unit(3, "km");
    const int differs = strcmp(text, "3 km");
    free(text);
    return differs != 0;
}
