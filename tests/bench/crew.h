/* crew.h: runs a load's repetitions in the main thread, or in one and then several threads at
 * once, and prints the time of one operation. */
#ifndef CREW_H
#define CREW_H

/* One repetition by one worker: `operations` of them. Called once to warm up before the clock. */
struct load {
    void (*repeat)(void *worker);
    void *workers[8];
    long operations; /* in one repetition */
    double frames;   /* mean length of the stacks, for the line printed */
};

/* The frames outside of `repeat`, that is in crew.c, main and libc: crew_run, main,
 * __libc_start_call_main, __libc_start_main, _start; or work, start_thread, clone. */
enum { CREW_FRAMES_MAIN = 5, CREW_FRAMES_THREAD = 3 };

static inline int crew_frames(int threads)
{
    return threads ? CREW_FRAMES_THREAD : CREW_FRAMES_MAIN;
}

/* threads 0: in the calling thread. Otherwise one created thread alone, then `threads` at once,
 * each in step with the others; prints both. */
void crew_run(const struct load *load, int threads);

#endif
