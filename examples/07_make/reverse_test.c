/* reverse_test.c: a text is turned round twice; the one in the middle is nobody's. */
#include <stdlib.h>
#include <string.h>

static char *reverse(const char *text)
{
    const size_t length = strlen(text);
    char *copy = calloc(1, length + 1);
    for (size_t i = 0; i < length; i++)
        copy[i] = text[length - 1 - i];
    return copy;
}

int main(void)
{
    char *text = reverse(reverse("drawer"));
    const int differs = strcmp(text, "drawer");
    free(text);
    return differs != 0;
}
