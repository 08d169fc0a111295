/* choice.c: holds executables against patterns. See choice.h. The list has what runs tests and
 * builds programs, and what starts another program in its own place; man page memtrace-check(1)
 * prints it. Interpreters of other languages are not in it: their extensions are what people test.
 */
#include "choice.h"

#include <fnmatch.h>
#include <string.h>
#include "frames.h"

static const char *const tools[] = {
    /* shells */
    "sh", "ash", "bash", "busybox", "dash", "fish", "ksh*", "mksh", "yash", "zsh*", "*csh",
    /* build tools */
    "make", "gmake", "bmake", "ninja*", "samu*", "cmake*", "ctest*", "cpack*", "m4", "bison",
    "flex", "pkg-config", "pkgconf", "libtool", "bazel*", "cargo*", "rustc*", "rustdoc", "go",
    "ccache", "sccache", "distcc",
    /* compilers, assemblers, linkers */
    "cc", "c++", "cpp", "*gcc", "*gcc-[0-9]*", "*g++", "*g++-[0-9]*", "cc1*", "collect2",
    "lto-wrapper", "lto1", "clang*", "as", "*-as", "ld", "ld.*", "*-ld", "*-ld.*", "gold", "lld*",
    "mold", "ar", "*-ar", "*gcc-ar*", "nm", "*-nm", "ranlib", "*-ranlib", "strip", "*-strip",
    "objcopy", "*-objcopy", "objdump", "*-objdump", "readelf", "*-readelf",
    /* what starts others */
    "env", "nice", "nohup", "setsid", "stdbuf", "time", "timeout", "xargs", "sudo", "flock"};

int mt_globs_add(struct mt_globs *globs, const char *pattern, struct mt_error *error)
{
    if (!*pattern)
        return mt_fail(error, MT_USAGE, "needs a pattern, as --only='test_*'");
    if (globs->count == MT_CHOICE_GLOBS_MAX)
        return mt_fail(error, MT_USAGE, "given more than %d times", MT_CHOICE_GLOBS_MAX);
    globs->items[globs->count++] = pattern;
    return 0;
}

static bool matches(const struct mt_globs *globs, const char *executable)
{
    const char *name = mt_base_name(executable);
    for (size_t i = 0; i < globs->count; i++) {
        const char *pattern = globs->items[i];
        if (fnmatch(pattern, strchr(pattern, '/') ? executable : name, 0) == 0)
            return true;
    }
    return false;
}

static bool is_tool(const char *executable)
{
    const char *name = mt_base_name(executable);
    for (size_t i = 0; i < sizeof tools / sizeof *tools; i++)
        if (fnmatch(tools[i], name, 0) == 0)
            return true;
    return false;
}

bool mt_choice_is_tool(const struct mt_choice *choice, const char *executable)
{
    return executable && !choice->only.count && !matches(&choice->except, executable) &&
           is_tool(executable);
}

bool mt_choice_has(const struct mt_choice *choice, const char *executable)
{
    if (!executable)
        return true;
    if (matches(&choice->except, executable))
        return false;
    if (choice->only.count)
        return matches(&choice->only, executable);
    return choice->has_all_tools || !is_tool(executable);
}
