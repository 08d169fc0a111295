/* exec_other_loader.c: a program that another C library's loader starts, as musl's, cannot have the
 * tracer preloaded, and would end at once. In whatever way it is started, the tracer is not in its
 * LD_PRELOAD, and what else is in there stays. Here the other loader is the same by another name.
 *
 * EXPECT any
 * EXPECT process.end=any
 * EXPECT children=0
 * RUN valgrind=no
 */
#include <elf.h>
#include <fcntl.h>
#include <link.h>
#include <spawn.h>
#include <sys/wait.h>
#include "victim.h"

static const char other_loader[] = "./other-loader.so";

static char preloads[4096] = "LD_PRELOAD=";

/* A copy of this program whose loader has another name. */
static void make_foreign(const char *path)
{
    static char image[1 << 20];
    const int from = open("/proc/self/exe", O_RDONLY),
              to = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0755);
    const ssize_t length = read(from, image, sizeof image);
    MUST(length > 0 && (size_t)length < sizeof image);
    const ElfW(Ehdr) *head = (const ElfW(Ehdr) *)image;
    const ElfW(Phdr) *segments = (const ElfW(Phdr) *)(image + head->e_phoff);
    char *loader = NULL;
    for (int i = 0; i < head->e_phnum; i++)
        if (segments[i].p_type == PT_INTERP)
            loader = image + segments[i].p_offset;
    MUST(loader && strlen(loader) >= strlen(other_loader));
    MUST(unlink(other_loader) == 0 || errno == ENOENT); /* of a run before this */
    MUST(symlink(loader, other_loader) == 0);
    memset(loader + strlen(other_loader), 0, strlen(loader) - strlen(other_loader));
    memcpy(loader, other_loader, strlen(other_loader));
    MUST(write(to, image, (size_t)length) == length && close(to) == 0);
}

static void make_script(const char *path)
{
    static const char text[] = "#! ./foreign script\n";
    const int to = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0755);
    MUST(write(to, text, sizeof text - 1) > 0 && close(to) == 0);
}

static int find_tracer(struct dl_phdr_info *info, size_t size, void *unused)
{
    (void)size, (void)unused;
    if (strstr(info->dlpi_name, "libmemtrace"))
        strcat(strcat(preloads, info->dlpi_name), ":");
    return 0;
}

static void start(const char *way)
{
    char path[] = "./foreign", name[] = "foreign", one[] = "A=1";
    char *words[] = {name, (char *)way, NULL}, *environment[] = {one, preloads, NULL};
    pid_t pid = -1;
    if (strcmp(way, "execve") == 0)
        execve(path, words, environment);
    else if (strcmp(way, "execv") == 0)
        execv(path, words);
    else if (strcmp(way, "execvp") == 0)
        execvp(name, words);
    else if (strcmp(way, "execvpe") == 0)
        execvpe(name, words, environment);
    else if (strcmp(way, "execl") == 0)
        execl(path, name, way, (char *)NULL);
    else if (strcmp(way, "execlp") == 0)
        execlp(name, name, way, (char *)NULL);
    else if (strcmp(way, "execle") == 0)
        execle(path, name, way, (char *)NULL, environment);
    else if (strcmp(way, "execveat") == 0)
        execveat(AT_FDCWD, path, words, environment, 0);
    else if (strcmp(way, "fexecve") == 0)
        fexecve(open(path, O_RDONLY | O_CLOEXEC), words, environment);
    else if (strcmp(way, "script") == 0)
        execl("./script", "script", (char *)NULL);
    else if (strcmp(way, "posix_spawn") == 0)
        MUST(posix_spawn(&pid, path, NULL, NULL, words, environment) == 0);
    else if (strcmp(way, "posix_spawnp") == 0)
        MUST(posix_spawnp(&pid, name, NULL, NULL, words, environment) == 0);
    int status = -1;
    MUST(waitpid(pid, &status, 0) == pid && status == 0);
    _exit(0);
}

int main(int count, char **words)
{
    static const char *const ways[] = {"execve",  "execv",  "execvp",      "execvpe",
                                       "execl",   "execlp", "execle",      "execveat",
                                       "fexecve", "script", "posix_spawn", "posix_spawnp"};
    if (count > 1) {
        say("%s: preloaded %s\n", words[1], getenv("LD_PRELOAD"));
        return 0;
    }
    make_foreign("foreign");
    make_script("script");
    dl_iterate_phdr(find_tracer, NULL);
    strcat(preloads, "libm.so.6");
    MUST(putenv(preloads) == 0 && setenv("PATH", "/nowhere::/bin", 1) == 0);
    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
        int status = -1;
        const pid_t pid = fork();
        if (pid == 0)
            start(ways[i]);
        MUST(waitpid(pid, &status, 0) == pid && status == 0);
    }
    return 0;
}
