/* lists.c: lists made and released in two threads, for a C library other than glibc. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct item {
    struct item *next;
    char *text;
};

static void *work(void *argument)
{
    size_t *sum = argument;
    struct item *first = NULL;
    for (int i = 0; i < 20000; i++) {
        struct item *item = malloc(sizeof *item);
        char text[32];
        snprintf(text, sizeof text, "item %d", i);
        item->text = strdup(text);
        item->next = first;
        first = item;
    }
    while (first) {
        struct item *next = first->next;
        *sum += strlen(first->text);
        free(first->text);
        free(first);
        first = next;
    }
    return NULL;
}

int main(void)
{
    pthread_t threads[2];
    size_t sums[2] = {0, 0};
    for (int i = 0; i < 2; i++)
        pthread_create(&threads[i], NULL, work, &sums[i]);
    for (int i = 0; i < 2; i++)
        pthread_join(threads[i], NULL);
    printf("%zu %zu\n", sums[0], sums[1]);
    return 0;
}
