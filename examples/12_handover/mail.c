/* mail.c: one thread writes messages, another takes them out of a queue of one place and frees each
 * that it has delivered. It forgets those that have no receiver. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

struct message {
    int receiver; /* 0: nobody */
    char text[44];
};

enum { MESSAGES = 1000 };

static struct message *place;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;

static void exchange(struct message **mine)
{
    pthread_mutex_lock(&mutex);
    while (!*mine == !place)
        pthread_cond_wait(&changed, &mutex);
    struct message *theirs = place;
    place = *mine;
    *mine = theirs;
    pthread_cond_signal(&changed);
    pthread_mutex_unlock(&mutex);
}

static struct message *write_message(int number)
{
    struct message *message = malloc(sizeof(*message));
    message->receiver = number % 400 == 7 ? 0 : number + 1;
    snprintf(message->text, sizeof(message->text), "this is message %d", number);
    return message;
}

static void deliver(struct message *message)
{
    if (message->receiver == 0)
        return; /* and the message? */
    free(message);
}

static void *deliver_all(void *unused)
{
    for (int i = 0; i < MESSAGES; i++) {
        struct message *message = NULL;
        exchange(&message);
        deliver(message);
    }
    return unused;
}

int main(void)
{
    pthread_t postman;
    pthread_create(&postman, NULL, deliver_all, NULL);
    for (int i = 0; i < MESSAGES; i++) {
        struct message *message = write_message(i);
        exchange(&message);
    }
    return pthread_join(postman, NULL);
}
