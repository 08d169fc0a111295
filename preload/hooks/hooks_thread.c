/* hooks_thread.c: the calls by which a thread's stack becomes the program's and libc's again. Each
 * notes what it was asked and calls through; the thread that is made, its attributes and its start
 * are left as the program wants them. */
#include "hooks.h"

#include <errno.h>
#include "thread_stacks.h"

/* A libc whose threads are a library of its own has them only where that is loaded. */
#define MISSING(name) (!mt_hooks_ready() || !mt_real.name)

MT_EXPORT int pthread_create(pthread_t *ret_thread, const pthread_attr_t *attributes,
                             void *(*start)(void *), void *argument)
{
    MT_CALLER(caller);
    if (MISSING(pthread_create))
        return EAGAIN;
    const uint32_t stack = mt_thread_stack_before(&caller);
    const int error = mt_real.pthread_create(ret_thread, attributes, start, argument);
    mt_thread_stack_after(stack, error ? 0 : *ret_thread, attributes);
    return error;
}

#define RELEASE(name, declared, passed)                                                            \
    MT_EXPORT int name declared                                                                    \
    {                                                                                              \
        if (MISSING(name))                                                                         \
            return ENOSYS;                                                                         \
        const struct mt_stack_token token = mt_thread_stack_releasing(thread);                     \
        const int error = mt_real.name passed;                                                     \
        if (error == 0)                                                                            \
            mt_thread_stack_released(token);                                                       \
        return error;                                                                              \
    }
RELEASE(pthread_join, (pthread_t thread, void **ret_value), (thread, ret_value))
RELEASE(pthread_tryjoin_np, (pthread_t thread, void **ret_value), (thread, ret_value))
RELEASE(pthread_timedjoin_np, (pthread_t thread, void **ret_value, const struct timespec *until),
        (thread, ret_value, until))
RELEASE(pthread_clockjoin_np,
        (pthread_t thread, void **ret_value, clockid_t clock, const struct timespec *until),
        (thread, ret_value, clock, until))
RELEASE(pthread_detach, (pthread_t thread), (thread))
