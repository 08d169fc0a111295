/* subject.c: a program that does, one after the other, what its arguments say:
 *
 *   leak N SIZE   allocates N blocks of SIZE bytes and forgets them
 *   tidy N SIZE   allocates and frees them
 *   say TEXT      writes TEXT and a newline to stdout
 *   show NAME     writes the environment variable NAME
 *   child … end   forks a child that does what stands between, and exits with 0
 *   wait          waits for all children
 *   sleep MS      sleeps
 *   await         says "ready", waits for SIGUSR1, says how often it came within 100 ms
 *   exec PATH …   becomes the program PATH with the words that follow
 *   kill N        sends itself signal N
 *   exit N        exits with status N; without it, 0
 *   leave N       ends with status N by the system call itself, as Go programs do
 *
 * It uses no stdio: what it does not free is what it was told to leak, nothing else. */
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static volatile sig_atomic_t signals;

static void count_signal(int number)
{
    (void)number;
    signals++;
}

static void say(const char *text)
{
    if (write(1, text, strlen(text)) < 0 || write(1, "\n", 1) < 0)
        _exit(99);
}

__attribute__((noinline)) static void leak(long count, size_t size)
{
    for (; count > 0; count--) {
        void *volatile block = malloc(size);
        (void)block;
    }
}

static void tidy(long count, size_t size)
{
    for (; count > 0; count--) {
        void *volatile block = malloc(size);
        free(block);
    }
}

static void await_signal(void)
{
    static const char *const times[] = {"never", "once", "twice"};
    signal(SIGUSR1, count_signal);
    say("ready");
    while (signals == 0)
        usleep(1000);
    usleep(100000);
    say(times[signals < 2 ? signals : 2]);
}

static int is(const char *word, const char *name)
{
    return word && strcmp(word, name) == 0;
}

static long number(char *const *words)
{
    return words[0] ? atol(words[0]) : 0;
}

int main(int count, char **words)
{
    (void)count;
    for (words++; *words; words++) {
        const char *word = *words;
        if (is(word, "leak") || is(word, "tidy")) {
            (is(word, "leak") ? leak : tidy)(number(words + 1), (size_t)number(words + 2));
            words += 2;
        } else if (is(word, "say")) {
            say(*++words);
        } else if (is(word, "show")) {
            const char *value = getenv(*++words);
            say(value ? value : "");
        } else if (is(word, "child")) {
            if (fork() != 0)
                while (*words && !is(*words, "end"))
                    words++;
        } else if (is(word, "end")) {
            _exit(0);
        } else if (is(word, "wait")) {
            while (wait(NULL) > 0)
                continue;
        } else if (is(word, "sleep")) {
            usleep((useconds_t)number(++words) * 1000);
        } else if (is(word, "await")) {
            await_signal();
        } else if (is(word, "exec")) {
            execv(words[1], words + 1);
            _exit(98);
        } else if (is(word, "kill")) {
            kill(getpid(), (int)number(++words));
        } else if (is(word, "exit")) {
            exit((int)number(++words));
        } else if (is(word, "leave")) {
            syscall(SYS_exit_group, (int)number(++words));
        } else {
            _exit(97);
        }
    }
    return 0;
}
