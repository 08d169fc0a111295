/* identity.c: what the trace of a process says of it in facts: what it runs, as what, where and on
 * which machine. Takes /proc and what the program was started with. */
#include "identity.h"

#include <gnu/libc-version.h>
#include <string.h>
#include "facts.h"
#include "hooks.h"
#include "options.h"
#include "procfs.h"
#include "startup.h"
#include "sys.h"

static char executable[4096];

static void say_text(enum mt_fact_kind kind, const char *text)
{
    if (text && *text)
        mt_fact_append(kind, text, strlen(text), NULL, 0);
}

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

static void say_allocator(void)
{
    static const char *const known[] = {"jemalloc", "tcmalloc", "mimalloc"};
    if (mt_allocator.is_glibc) {
        static const char name[] = "glibc ";
        const char *version = gnu_get_libc_version();
        mt_fact_append(MT_FACT_ALLOCATOR, name, sizeof name - 1, version, strlen(version));
        return;
    }
    const char *name = base_name(mt_allocator.path);
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (strstr(name, known[i]))
            name = known[i];
    say_text(MT_FACT_ALLOCATOR, name);
}

/* The arguments lie one behind the other, each with its NUL. Where is found out while they do:
 * programs that set a title point elsewhere later, and write it over them, which is what a forked
 * child has for its command, as for ps. Longer than a fact: the beginning. */
static struct {
    const char *start;
    size_t bytes;
} command;

static void find_command(void)
{
    const struct mt_startup startup = mt_startup();
    if (startup.argument_count < 1)
        return;
    const char *last = startup.arguments[startup.argument_count - 1];
    command.start = startup.arguments[0];
    command.bytes = (size_t)(last + strlen(last) + 1 - command.start);
    if (command.bytes > MT_UNIT_BYTES / 2)
        command.bytes = MT_UNIT_BYTES / 2;
}

static void say_command(int forked)
{
    size_t bytes = command.bytes;
    while (forked && bytes > 1 && !command.start[bytes - 2]) /* what a title is filled up with */
        bytes--;
    if (bytes)
        mt_fact_append(MT_FACT_COMMAND, command.start, bytes - 1, "", 1);
}

void mt_identity_say(int forked)
{
    char text[4096];
    say_text(MT_FACT_EXECUTABLE, executable);
    say_command(forked);
    say_allocator();
    say_text(MT_FACT_OPTIONS, mt_options.given);
    if (mt_sys(SYS_getcwd, text, sizeof text) > 0)
        say_text(MT_FACT_DIRECTORY, text);
    if (mt_procfs_read("/proc/sys/kernel/hostname", text, sizeof text))
        mt_fact_append(MT_FACT_HOST, text, strcspn(text, "\n"), NULL, 0);
    if (mt_procfs_read("/proc/sys/kernel/random/boot_id", text, sizeof text))
        mt_fact_append(MT_FACT_BOOT, text, strcspn(text, "\n"), NULL, 0);
    if (mt_allocator.is_foreign)
        say_text(MT_FACT_LIMIT, mt_allocator.is_shadowed
                                    ? "a library loaded before the tracer defines malloc: what is "
                                      "allocated does not come through the tracer"
                                    : "the program defines malloc itself: what it allocates does "
                                      "not come through the tracer");
}

const char *mt_identity_find(void)
{
    const struct mt_startup startup = mt_startup();
    mt_procfs_executable(executable, sizeof executable);
    find_command();
    return base_name(*executable ? executable : startup.argument_count ? *startup.arguments : "-");
}
