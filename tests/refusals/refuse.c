/* refuse.c: runs a program in which chosen system calls of one library fail, and no others: faults
 * injected into the tracer, that leave the traced program alone.
 *
 *     refuse LIBRARY LOG CALL ERRNO WHICH PROGRAM [ARGUMENT…]
 *
 * CALL is a system call's number, or -1 for all (which then are only counted); WHICH is N for the
 * Nth of them, -N for the Nth and all after it, 0 for none. Every process that the program forks
 * counts along, in the order in which the calls come. Writes to LOG a line "NUMBER COUNT" for each
 * system call that the library made, and the line "refused COUNT"; ends as the program does.
 *
 * A filter has the kernel ask us before each call (SECCOMP_RET_USER_NOTIF); we look in whose code
 * the instruction is. */
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { CALLS = 512, SKIPPED = 77, FAILED = 96 };

static struct {
    const char *library;
    long call, which;
    int error;
    unsigned long seen[CALLS], matched, refused;
} run;

/* Where the library's code is in the process that asked last. */
static struct {
    unsigned long start, end;
    pid_t pid;
} code;

static void find_code(pid_t pid)
{
    char path[64], line[4096];
    snprintf(path, sizeof path, "/proc/%d/maps", (int)pid);
    FILE *maps = fopen(path, "re");
    code.pid = pid;
    code.start = code.end = 0;
    while (maps && fgets(line, sizeof line, maps)) {
        unsigned long start, end;
        char rights[5];
        if (sscanf(line, "%lx-%lx %4s", &start, &end, rights) == 3 && rights[2] == 'x' &&
            strstr(line, run.library)) {
            code.start = start;
            code.end = end;
        }
    }
    if (maps)
        fclose(maps);
}

/* The library is loaded, and after an exec loaded anew, where it was not: a look at the maps tells,
 * for each process once it has been found. */
static int is_librarys(const struct seccomp_notif *asked)
{
    const unsigned long at = asked->data.instruction_pointer;
    if (code.pid == (pid_t)asked->pid && at >= code.start && at < code.end)
        return 1;
    find_code((pid_t)asked->pid);
    return at >= code.start && at < code.end;
}

static int is_refused(const struct seccomp_notif *asked)
{
    if (!is_librarys(asked))
        return 0;
    if (asked->data.nr >= 0 && asked->data.nr < CALLS)
        run.seen[asked->data.nr]++;
    if (run.call < 0)
        return 0;
    const long nth = (long)++run.matched;
    return run.which > 0 ? nth == run.which : run.which < 0 && nth >= -run.which;
}

/* Until nobody is left that the filter holds for. */
static void answer_all(int listener)
{
    struct pollfd wait = {.fd = listener, .events = POLLIN};
    while (poll(&wait, 1, -1) > 0 && !(wait.revents & POLLHUP && !(wait.revents & POLLIN))) {
        struct seccomp_notif asked = {0};
        if (ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &asked) != 0)
            continue; /* it was killed meanwhile */
        struct seccomp_notif_resp answer = {.id = asked.id};
        if (is_refused(&asked)) {
            answer.error = -run.error;
            run.refused++;
        } else {
            answer.flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE;
        }
        ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &answer);
    }
}

static int send_descriptor(int to, int fd)
{
    char room[CMSG_SPACE(sizeof fd)] = {0}, byte = 0;
    struct iovec bytes = {&byte, 1};
    struct msghdr message = {
        .msg_iov = &bytes, .msg_iovlen = 1, .msg_control = room, .msg_controllen = sizeof room};
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof fd);
    memcpy(CMSG_DATA(header), &fd, sizeof fd);
    return sendmsg(to, &message, 0) == 1;
}

static int receive_descriptor(int from)
{
    int fd = -1;
    char room[CMSG_SPACE(sizeof fd)], byte;
    struct iovec bytes = {&byte, 1};
    struct msghdr message = {
        .msg_iov = &bytes, .msg_iovlen = 1, .msg_control = room, .msg_controllen = sizeof room};
    if (recvmsg(from, &message, MSG_CMSG_CLOEXEC) == 1 && CMSG_FIRSTHDR(&message))
        memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&message)), sizeof fd);
    return fd;
}

/* sendmsg hands the listener over, so the filter leaves it out; no tracer makes that call. */
static int listen_for(long call)
{
    struct sock_filter rules[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_sendmsg, 0, 1),
        BPF_STMT(BPF_RET, SECCOMP_RET_ALLOW),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, call < 0 ? SYS_sendmsg : (unsigned)call, 1, 0),
        BPF_STMT(BPF_RET, call < 0 ? SECCOMP_RET_USER_NOTIF : SECCOMP_RET_ALLOW),
        BPF_STMT(BPF_RET, SECCOMP_RET_USER_NOTIF),
    };
    struct sock_fprog filter = {sizeof rules / sizeof *rules, rules};
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
        return -1;
    return (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER,
                        &filter);
}

static int write_log(const char *path)
{
    FILE *log = fopen(path, "we");
    if (!log)
        return 0;
    for (int i = 0; i < CALLS; i++)
        if (run.seen[i])
            fprintf(log, "%d %lu\n", i, run.seen[i]);
    fprintf(log, "refused %lu\n", run.refused);
    return fclose(log) == 0;
}

int main(int count, char **words)
{
    int ends[2], status = 0;
    if (count < 7 || socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
        return FAILED;
    run.library = words[1];
    run.call = strtol(words[3], NULL, 10);
    run.error = (int)strtol(words[4], NULL, 10);
    run.which = strtol(words[5], NULL, 10);

    const pid_t child = fork();
    if (child == 0) {
        const int listener = listen_for(run.call);
        if (listener < 0 || !send_descriptor(ends[1], listener))
            _exit(SKIPPED);
        close(listener);
        execvp(words[6], words + 6);
        _exit(FAILED);
    }
    close(ends[1]);
    const int listener = receive_descriptor(ends[0]);
    if (listener >= 0)
        answer_all(listener);
    if (waitpid(child, &status, 0) != child || !write_log(words[2]))
        return FAILED;
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}
