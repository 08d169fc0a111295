/* hooks_process.c: the ways in which a process image ends without passing through exit(). They
 * change one word of the trace and go on as the program asked. fork, vfork, clone and dlopen are
 * not touched. */
#undef _FILE_OFFSET_BITS /* else setrlimit is another name of setrlimit64 here */
#include "hooks.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <string.h>
#include <unistd.h>
#include "inheritance.h"
#include "starts.h"
#include "successor.h"
#include "sys.h"
#include "threads_park.h"

#define EXIT(name)                                                                                 \
    MT_EXPORT void name(int status)                                                                \
    {                                                                                              \
        mt_process_ends(MT_END_EXITED, status & 255);                                              \
        if (mt_hooks_ready() && mt_real.name)                                                      \
            mt_real.name(status);                                                                  \
        for (;;)                                                                                   \
            mt_sys(SYS_exit_group, status);                                                        \
    }
EXIT(_exit)
EXIT(_Exit)

/* The list of folders that execvp and posix_spawnp search is this process's own. */
static const char *folders_searched(void)
{
    for (char *const *setting = environ; setting && *setting; setting++)
        if (strncmp(*setting, "PATH=", 5) == 0)
            return *setting + 5;
    return NULL;
}

/* A program that would not start with this library is started without it: by the function
 * `instead`, with what is `fitting` in place of the environment that is `given`. All others are
 * started as was asked. exec does not return when it succeeds. */
#define EXEC(name, declared, passed, program, is_foreign, given, instead, changed)                 \
    MT_EXPORT int name declared                                                                    \
    {                                                                                              \
        if (!mt_hooks_ready() || !mt_real.name) {                                                  \
            errno = ENOSYS;                                                                        \
            return -1;                                                                             \
        }                                                                                          \
        const size_t room = mt_inheritance_room(given);                                            \
        char *const *fitting = NULL;                                                               \
        if (room && mt_real.instead && is_foreign)                                                 \
            fitting = mt_inheritance_copy(given, __builtin_alloca(room));                          \
        mt_starts_exec(program);                                                                   \
        mt_process_ends(MT_END_EXEC, -1);                                                          \
        mt_threads_may_exec();                                                                     \
        const int result = fitting ? mt_real.instead changed : mt_real.name passed;                \
        mt_process_goes_on();                                                                      \
        mt_starts_exec_failed();                                                                   \
        return result;                                                                             \
    }
#define IS_FOREIGN(path) mt_successor_is_foreign(AT_FDCWD, path)
#define IS_FOREIGN_IN_PATH(file) mt_successor_is_foreign_in_path(file, folders_searched())
EXEC(execve, (const char *path, char *const arguments[], char *const environment[]),
     (path, arguments, environment), path, IS_FOREIGN(path), environment, execve,
     (path, arguments, fitting))
EXEC(execv, (const char *path, char *const arguments[]), (path, arguments), path, IS_FOREIGN(path),
     environ, execve, (path, arguments, fitting))
EXEC(execvp, (const char *file, char *const arguments[]), (file, arguments), file,
     IS_FOREIGN_IN_PATH(file), environ, execvpe, (file, arguments, fitting))
EXEC(execvpe, (const char *file, char *const arguments[], char *const environment[]),
     (file, arguments, environment), file, IS_FOREIGN_IN_PATH(file), environment, execvpe,
     (file, arguments, fitting))
EXEC(execveat,
     (int folder, const char *path, char *const arguments[], char *const environment[], int flags),
     (folder, path, arguments, environment, flags), path, mt_successor_is_foreign(folder, path),
     environment, execveat, (folder, path, arguments, fitting, flags))
EXEC(fexecve, (int fd, char *const arguments[], char *const environment[]),
     (fd, arguments, environment), NULL, mt_successor_is_foreign_file(fd), environment, fexecve,
     (fd, arguments, fitting))

/* The variadic forms: the arguments are counted, copied to the stack (as libc does, for exec must
 * not allocate) and passed to the form that takes an array. */
static size_t count_arguments(va_list list)
{
    va_list counting;
    size_t count = 1;
    va_copy(counting, list);
    while (va_arg(counting, char *))
        count++;
    va_end(counting);
    return count;
}

#define EXEC_VARIADIC(name, call)                                                                  \
    MT_EXPORT int name(const char *path, const char *first, ...)                                   \
    {                                                                                              \
        va_list list;                                                                              \
        va_start(list, first);                                                                     \
        const size_t count = count_arguments(list);                                                \
        char **arguments = __builtin_alloca((count + 1) * sizeof *arguments);                      \
        arguments[0] = (char *)first;                                                              \
        for (size_t i = 1; i <= count; i++)                                                        \
            arguments[i] = va_arg(list, char *);                                                   \
        char *const *environment = NULL;                                                           \
        (void)environment;                                                                         \
        const int result = call;                                                                   \
        va_end(list);                                                                              \
        return result;                                                                             \
    }
EXEC_VARIADIC(execl, execv(path, arguments))
EXEC_VARIADIC(execlp, execvp(path, arguments))
EXEC_VARIADIC(execle,
              (environment = va_arg(list, char *const *), execve(path, arguments, environment)))

/* What these start is noted once it is there. */
#define SPAWN(name, is_foreign)                                                                    \
    MT_EXPORT int name(                                                                            \
        pid_t *ret_pid, const char *program, const posix_spawn_file_actions_t *actions,            \
        const posix_spawnattr_t *attributes, char *const arguments[], char *const *environment)    \
    {                                                                                              \
        if (!mt_hooks_ready() || !mt_real.name)                                                    \
            return ENOSYS;                                                                         \
        const size_t room = mt_inheritance_room(environment);                                      \
        if (room && is_foreign(program))                                                           \
            environment = mt_inheritance_copy(environment, __builtin_alloca(room));                \
        const uint64_t now_ns = mt_starts_now();                                                   \
        pid_t pid = 0;                                                                             \
        const int result =                                                                         \
            mt_real.name(&pid, program, actions, attributes, arguments, environment);              \
        if (result == 0 && ret_pid)                                                                \
            *ret_pid = pid;                                                                        \
        if (result == 0)                                                                           \
            mt_starts_spawned(program, (int)pid, now_ns);                                          \
        return result;                                                                             \
    }
SPAWN(posix_spawn, IS_FOREIGN)
SPAWN(posix_spawnp, IS_FOREIGN_IN_PATH)

static int is_this_process(pid_t pid)
{
    return pid == 0 || pid == mt_sys(SYS_getpid);
}

/* A limit on the address space counts the room that is reserved for the trace: it is given up
 * first, but for what the limit leaves to spare. */
#define LIMIT(name, declared, passed, pid, bytes)                                                  \
    MT_EXPORT int name declared                                                                    \
    {                                                                                              \
        if (!mt_hooks_ready() || !mt_real.name) {                                                  \
            errno = ENOSYS;                                                                        \
            return -1;                                                                             \
        }                                                                                          \
        if (resource == RLIMIT_AS && (bytes) != RLIM_INFINITY && is_this_process(pid))             \
            mt_process_shrink(bytes);                                                              \
        return mt_real.name passed;                                                                \
    }
LIMIT(setrlimit, (__rlimit_resource_t resource, const struct rlimit *limit), (resource, limit), 0,
      limit->rlim_cur)
LIMIT(setrlimit64, (__rlimit_resource_t resource, const struct rlimit64 *limit), (resource, limit),
      0, limit->rlim_cur)
LIMIT(prlimit,
      (pid_t pid, enum __rlimit_resource resource, const struct rlimit *limit, struct rlimit *old),
      (pid, resource, limit, old), pid, limit ? limit->rlim_cur : RLIM_INFINITY)
LIMIT(prlimit64,
      (pid_t pid, enum __rlimit_resource resource, const struct rlimit64 *limit,
       struct rlimit64 *old),
      (pid, resource, limit, old), pid, limit ? limit->rlim_cur : RLIM_INFINITY)
