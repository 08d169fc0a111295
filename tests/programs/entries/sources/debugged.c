/* debugged.c: what gdb is led through: a list, a thread, a signal, a fork. */
#include <malloc.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

struct list {
    int count;
    int *numbers;
};

static void add(struct list *list, int number)
{
    list->numbers = realloc(list->numbers, (list->count + 1) * sizeof(int));
    list->numbers[list->count] = number;
    list->count++;
}

static void *in_thread(void *argument)
{
    add(argument, 40);
    return NULL;
}

int main(void)
{
    struct list *list = calloc(1, sizeof *list);
    for (int i = 0; i < 4; i++)
        add(list, i);
    pthread_t thread;
    pthread_create(&thread, NULL, in_thread, list);
    pthread_join(thread, NULL);
    signal(SIGUSR1, SIG_IGN);
    raise(SIGUSR1);
    if (fork() == 0)
        _exit(list->count);
    int status;
    wait(&status);
    printf("%d numbers, the child's status %d, room %d\n", list->count, WEXITSTATUS(status),
           malloc_usable_size(list->numbers) >= 20);
    return 0;
}
