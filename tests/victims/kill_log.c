/* kill_log.c FILE: three threads allocate, grow and free at random for ever and keep a log of it
 * in FILE. Killed by kill.py. */
#include <fcntl.h>
#include <pthread.h>
#include <sys/mman.h>
#include "kill_log.h"
#include "victim.h"

static struct kill_thread *logs;

static void *work(void *argument)
{
    struct kill_thread *log = argument;
    uint32_t random = (uint32_t)((uintptr_t)log >> 4) + (uint32_t)getpid();
    for (;;) {
        random = random * 1664525 + 1013904223;
        unsigned index = (random >> 8) % KILL_SLOTS;
        struct kill_slot *slot = &log->slots[index];
        void *block = (void *)(uintptr_t)slot->address;
        size_t size = ((random >> 16) & 0x3ff) * 16 + 5;
        __atomic_store_n(&log->in_flight, index + 1, __ATOMIC_SEQ_CST);
        if (!block) {
            block = malloc(size);
        } else if (random >> 30) {
            free(block);
            block = NULL;
        } else {
            block = realloc(block, size);
        }
        slot->address = (uintptr_t)block;
        slot->size = size;
        log->calls++;
        __atomic_store_n(&log->in_flight, 0, __ATOMIC_SEQ_CST);
    }
    return NULL;
}

int main(int count, char **arguments)
{
    size_t bytes = KILL_THREADS * sizeof(*logs);
    MUST(count == 2);
    int file = open(arguments[1], O_RDWR | O_CREAT, 0600);
    MUST(file >= 0 && ftruncate(file, (off_t)bytes) == 0);
    logs = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    MUST(logs != MAP_FAILED);
    for (int i = 1; i < KILL_THREADS; i++) {
        pthread_t thread;
        MUST(pthread_create(&thread, NULL, work, &logs[i]) == 0);
    }
    say("go\n");
    work(&logs[0]);
}
