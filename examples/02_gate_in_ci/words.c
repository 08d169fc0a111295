/* words.c: counts the words of a line; it frees them only when called with "tidy". */
#include <stdlib.h>
#include <string.h>

static const char *const line = "a leak that nobody looks for is a leak that nobody finds";

static char *copy_of(const char *word, size_t length)
{
    char *copy = calloc(1, length + 1);
    return memcpy(copy, word, length);
}

int main(int count, char **arguments)
{
    (void)arguments;
    char *words[32];
    int found = 0;
    for (const char *word = line; word && found < 32; found++) {
        words[found] = copy_of(word, strcspn(word, " "));
        word = strchr(word, ' ');
        word = word ? word + 1 : NULL;
    }
    if (count > 1)
        for (int i = 0; i < found; i++)
            free(words[i]);
    return found == 12 ? 0 : 1;
}
