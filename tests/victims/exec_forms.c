/* exec_forms.c: every form of exec ends one trace and begins another, with the arguments and the
 * environment that it was given. One that fails ends nothing.
 *
 * EXPECT unfreed function=malloc in=leak blocks=3 bytes=111
 * EXPECT child:exec_forms unfreed function=malloc in=leak blocks=23 bytes=851
 * EXPECT children=8
 * RUN valgrind=no
 */
#include <fcntl.h>
#include <sys/wait.h>
#include "victim.h"

static char child[] = "child";
static char *words[] = {NULL, child, NULL};
static const char self[] = "/proc/self/exe";

FRAME void leak(int blocks)
{
    for (int i = 0; i < blocks; i++)
        KEEP(malloc(37));
}

/* The environment with one more variable, which tells the form. */
static char **environment_of(char *form)
{
    static char *changed[1000];
    int count = 0;
    for (char **variable = environ; *variable && count < 998; variable++)
        changed[count++] = *variable;
    changed[count++] = form;
    changed[count] = NULL;
    return changed;
}

static void exec_by(int form)
{
    char variable[] = "FORM=0";
    variable[5] = (char)('0' + form);
    char **changed = environment_of(variable);
    switch (form) {
    case 0:
        execve(self, words, changed);
        break;
    case 1:
        execle(self, words[0], child, (char *)NULL, changed);
        break;
    case 2:
        execvpe(self, words, changed);
        break;
    case 3:
        execveat(AT_FDCWD, self, words, changed, 0);
        break;
    case 4:
        fexecve(open(self, O_RDONLY | O_CLOEXEC), words, changed);
        break;
    case 5:
        environ = changed;
        execv(self, words);
        break;
    case 6:
        environ = changed;
        execlp(self, words[0], child, (char *)NULL);
        break;
    default:
        environ = changed;
        execvp(self, words);
    }
}

int main(int count, char **arguments)
{
    int status = -1;
    if (count > 1) {
        leak(23);
        say("%s of form %s\n", arguments[1], getenv("FORM"));
        return 0;
    }
    words[0] = arguments[0];
    leak(3);
    MUST(execle("/nowhere", words[0], (char *)NULL, environ) == -1 && errno == ENOENT);
    MUST(execvpe("nowhere", words, environ) == -1 && errno == ENOENT);
    MUST(execveat(AT_FDCWD, "/nowhere", words, environ, 0) == -1 && errno == ENOENT);
    MUST(fexecve(-1, words, environ) == -1);
    for (int form = 0; form < 8; form++) {
        const pid_t pid = fork();
        if (pid == 0) {
            exec_by(form);
            _exit(1);
        }
        MUST(waitpid(pid, &status, 0) == pid && status == 0);
    }
    return 0;
}
