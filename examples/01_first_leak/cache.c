/* cache.c: a cache that answers requests from a table and forgets entries it has to make room for:
 * it drops the pointer and never frees the entry. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct entry {
    int key;
    char value[60];
};

enum { SLOTS = 7 };

static struct entry *slots[SLOTS];

static struct entry *cache_insert(int key)
{
    struct entry *entry = malloc(sizeof(*entry));
    entry->key = key;
    snprintf(entry->value, sizeof(entry->value), "answer to %d", key);
    slots[key % SLOTS] = entry; /* whatever was there is lost */
    return entry;
}

static const char *handle_request(int key)
{
    struct entry *entry = slots[key % SLOTS];
    if (!entry || entry->key != key)
        entry = cache_insert(key);
    return entry->value;
}

static char *copy_of(const char *text)
{
    return strcpy(malloc(strlen(text) + 1), text);
}

int main(void)
{
    char *last = NULL;
    for (int request = 0; request < 23; request++) {
        free(last);
        last = copy_of(handle_request(request));
    }
    for (int i = 0; i < SLOTS; i++)
        free(slots[i]);
    return strcmp(last, "answer to 22"); /* and one copy is left */
}
