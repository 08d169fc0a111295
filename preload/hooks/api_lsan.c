/* api_lsan.c: the calls of LeakSanitizer's interface (sanitizer/lsan_interface.h), so that code
 * that is annotated for it works unchanged. In a program that has a sanitizer's runtime as well,
 * that one is told too.
 *
 * What differs: a leak check does not end the process. The recoverable one returns whether there
 * are leaks; the other leaves its verdicts in the trace, until the process ends. */
#include "api.h"

#include <string.h>
#include "elf_lookup.h"
#include "facts.h"
#include "hooks.h"
#include "memtrace/memtrace.h"

/* As lsan_interface.h declares them; not every compiler has that header. */
void __lsan_disable(void);
void __lsan_enable(void);
void __lsan_ignore_object(const void *object);
void __lsan_register_root_region(const void *start, size_t bytes);
void __lsan_unregister_root_region(const void *start, size_t bytes);
int __lsan_do_recoverable_leak_check(void);
void __lsan_do_leak_check(void);

/* The runtime's own functions, NULL where there is none. */
static struct {
    void (*disable)(void);
    void (*enable)(void);
    void (*ignore_object)(const void *);
    void (*register_root_region)(const void *, size_t);
    void (*unregister_root_region)(const void *, size_t);
} runtime;
static const char *(*default_suppressions)(void); /* the program's */

void mt_lsan_start(void)
{
#define FIND(name)                                                                                 \
    *(void **)&runtime.name = mt_elf_find_after(mt_elf_self(), "__lsan_" #name).address
    FIND(disable);
    FIND(enable);
    FIND(ignore_object);
    FIND(register_root_region);
    FIND(unregister_root_region);
#undef FIND
    *(void **)&default_suppressions =
        mt_elf_find_in(mt_elf_first(), "__lsan_default_suppressions").address;
}

void mt_lsan_say_suppressions(void)
{
    const char *text = default_suppressions ? default_suppressions() : NULL;
    if (text && *text)
        mt_fact_append(MT_FACT_SUPPRESSIONS, text, strlen(text), NULL, 0);
}

MT_EXPORT void __lsan_disable(void)
{
    __memtrace_ignore_begin();
    if (runtime.disable)
        runtime.disable();
}

MT_EXPORT void __lsan_enable(void)
{
    __memtrace_ignore_end();
    if (runtime.enable)
        runtime.enable();
}

MT_EXPORT void __lsan_ignore_object(const void *object)
{
    __memtrace_ignore(object);
    if (runtime.ignore_object)
        runtime.ignore_object(object);
}

MT_EXPORT void __lsan_register_root_region(const void *start, size_t bytes)
{
    __memtrace_root_add(start, bytes);
    if (runtime.register_root_region)
        runtime.register_root_region(start, bytes);
}

MT_EXPORT void __lsan_unregister_root_region(const void *start, size_t bytes)
{
    __memtrace_root_remove(start, bytes);
    if (runtime.unregister_root_region)
        runtime.unregister_root_region(start, bytes);
}

MT_EXPORT int __lsan_do_recoverable_leak_check(void)
{
    struct memtrace_leaks leaks;
    return __memtrace_check(&leaks, sizeof leaks) == 0 &&
           leaks.definite.objects + leaks.indirect.objects > 0;
}

MT_EXPORT void __lsan_do_leak_check(void)
{
    struct memtrace_leaks leaks;
    __memtrace_check(&leaks, sizeof leaks);
}
