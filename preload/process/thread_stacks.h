/* thread_stacks.h: the stacks of threads that pthread_create made: mappings of libc's, given to the
 * program until a thread is joined, or ends detached. One that has ended and was neither joined nor
 * detached keeps its stack for ever. */
#ifndef MT_THREAD_STACKS_H
#define MT_THREAD_STACKS_H

#include <pthread.h>
#include <stdint.h>
#include "record.h"

struct mt_thread_stacks;

/* Learns how to read this libc's thread descriptors. From the constructor. */
void mt_thread_stacks_start(void);

/* Where things stand in a thread's descriptor; all 0 where that is not known. */
struct mt_descriptor_layout {
    uint32_t bytes; /* its size */
    uint32_t tid;   /* number of the thread, 32 bits */
    uint32_t stack; /* lowest address of its stack, length, guard; 0 not known */
};
const struct mt_descriptor_layout *mt_thread_stacks_layout(void);

/* pthread_create: before the call, and after it with the new thread, or with 0 when it failed. */
uint32_t mt_thread_stack_before(const struct mt_frame *caller);
void mt_thread_stack_after(uint32_t stack, pthread_t thread, const pthread_attr_t *attributes);

/* A join or detach of `thread`: before the call, and after it. The token names the stack that
 * stood there before, for another thread may have it when the call returns. */
struct mt_stack_token {
    uint64_t address, birth;
};
struct mt_stack_token mt_thread_stack_releasing(pthread_t thread);
void mt_thread_stack_released(struct mt_stack_token token);

/* Marks the stacks of all threads that have ended. */
void mt_thread_stacks_look(void);

#endif
