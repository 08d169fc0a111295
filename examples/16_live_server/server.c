/* server.c: answers requests, a line each, from one FIFO into another, until it is told to quit. Of
 * each "get" it keeps an entry in its log; of the values that are "put" it knows the last four. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { SLOTS = 4 };

struct entry {
    struct entry *next;
    char request[56];
};

static struct entry *entries;
static char *slots[SLOTS];

static void log_request(const char *request)
{
    struct entry *entry = calloc(1, sizeof(*entry));
    strncpy(entry->request, request, sizeof(entry->request) - 1);
    entry->next = entries;
    entries = entry;
}

static void store_value(const char *text)
{
    char *copy = malloc(200);
    strncpy(copy, text, 200);
    slots[atoi(text) % SLOTS] = copy; /* and the value before it? */
}

static const char *value_of(const char *text)
{
    const char *value = slots[atoi(text) % SLOTS];
    return value ? value : "none\n";
}

static void answer(const char *text)
{
    const int file = open("answers", O_WRONLY);
    if (file < 0 || write(file, text, strlen(text)) < 0)
        exit(1);
    close(file);
}

static void write_pid(void)
{
    const int file = open("server.pid", O_WRONLY | O_CREAT | O_TRUNC, 0600);
    if (file < 0 || dprintf(file, "%d\n", (int)getpid()) < 0)
        exit(1);
    close(file);
}

int main(void)
{
    char request[200] = "";
    write_pid();
    alarm(60); /* nobody asks any more */
    const int requests = open("requests", O_RDWR);
    while (read(requests, request, sizeof(request) - 1) > 0 && strncmp(request, "quit", 4) != 0) {
        if (strncmp(request, "put ", 4) == 0)
            store_value(request + 4);
        else
            log_request(request);
        answer(value_of(request + 4));
        memset(request, 0, sizeof(request));
    }
    return 0;
}
