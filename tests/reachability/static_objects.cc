/* static_objects.cc: objects of static and thread-local storage free what they own when the process
 * ends, in the first thread; a singleton that is never deleted is kept. A thread that runs on keeps
 * its own.
 *
 * EXPECT reachable under=singleton blocks=2 bytes=135
 * EXPECT reachable under=of_running_thread blocks=2 bytes=any
 */
#include <memory>
#include <pthread.h>
#include <semaphore.h>
#include <string>
#include "case.h"

static sem_t ready;
static std::string global(109, 'g');

STEP std::string &singleton()
{
    static std::string &kept = *new std::string(102, 's');
    return kept;
}

STEP std::string &freed_at_exit()
{
    static std::string owned(113, 'f');
    return owned;
}

STEP std::string &of_main_thread()
{
    static thread_local std::string owned(127, 'm');
    return owned;
}

STEP std::unique_ptr<char[]> &of_running_thread()
{
    static thread_local std::unique_ptr<char[]> owned = std::make_unique<char[]>(107);
    return owned;
}

static void *run(void *unused)
{
    KEEP(of_running_thread().get());
    forget();
    sem_post(&ready);
    for (;;)
        pause();
    return unused;
}

STEP void use_all()
{
    KEEP(&global);
    KEEP(&singleton());
    KEEP(&freed_at_exit());
    KEEP(&of_main_thread());
}

int main()
{
    pthread_t thread;
    use_all();
    MUST(pthread_create(&thread, nullptr, run, nullptr) == 0);
    sem_wait(&ready);
    forget();
    return 0;
}
