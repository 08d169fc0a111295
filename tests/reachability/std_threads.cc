/* std_threads.cc: what a std::thread that still runs was given is kept by it; what an ended one was
 * given is freed.
 *
 * EXPECT reachable under=state_of_running blocks=1 bytes=16
 * EXPECT reachable under=given_to_running blocks=1 bytes=103
 */
#include <memory>
#include <semaphore.h>
#include <thread>
#include "case.h"

static sem_t ready;

STEP std::unique_ptr<char[]> given_to_running()
{
    return std::make_unique<char[]>(103);
}

STEP void state_of_running(std::unique_ptr<char[]> given)
{
    std::thread([given = std::move(given)] {
        sem_post(&ready);
        for (;;)
            pause();
        KEEP(given.get());
    }).detach();
}

STEP void run_to_the_end()
{
    auto given = std::make_unique<char[]>(107);
    std::thread([given = std::move(given)] { KEEP(given.get()); }).join();
}

int main()
{
    run_to_the_end();
    state_of_running(given_to_running());
    sem_wait(&ready);
    forget();
    return 0;
}
