/* api_cxx.cc: memtrace.h in C++, and code that is annotated for LeakSanitizer. */
#include <memtrace/memtrace.h>

#include <sys/mman.h>

#include <cstdint>
#include <cstdlib>

extern "C" {
void __lsan_disable(void) __attribute__((weak));
void __lsan_enable(void) __attribute__((weak));
void __lsan_ignore_object(const void *) __attribute__((weak));
void __lsan_register_root_region(const void *, size_t) __attribute__((weak));
void __lsan_unregister_root_region(const void *, size_t) __attribute__((weak));
int __lsan_do_recoverable_leak_check(void) __attribute__((weak));
void __lsan_do_leak_check(void) __attribute__((weak));

const char *__lsan_default_suppressions()
{
    return "leak:known_leak\n";
}
}

__attribute__((noinline)) static void known_leak()
{
    char *volatile block = new char[700];
    block = nullptr;
    (void)block;
}

__attribute__((noinline)) static void wipe()
{
    volatile char stack[8192];
    for (char volatile &byte : stack)
        byte = 0;
    for (int i = 0; i < 3; i++)
        std::free(std::malloc(500));
}

enum { REGION_BYTES = 4096 };
void *shown;
volatile std::uintptr_t hidden; // volatile: no copy stays in a register

/* Memory with a pointer in it; its own address nobody has as it is. */
__attribute__((noinline, noipa)) static std::uintptr_t make_region()
{
    void *region =
        mmap(nullptr, REGION_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    *static_cast<void **>(region) = new char[703];
    return ~reinterpret_cast<std::uintptr_t>(region);
}

__attribute__((noinline, noipa)) static void tell(void (*what)(const void *, size_t))
{
    what(reinterpret_cast<void *>(~hidden), REGION_BYTES);
}

static std::uint64_t lost_indirectly()
{
    memtrace_leaks leaks;
    wipe();
    memtrace_check(&leaks);
    return leaks.indirect.objects;
}

/* What memory points to that is lost is lost, but as long as that memory is a root. */
static bool regions_are_roots()
{
    hidden = make_region();
    const std::uint64_t before = lost_indirectly();
    tell(__lsan_register_root_region);
    const std::uint64_t held = lost_indirectly();
    tell(__lsan_unregister_root_region);
    const std::uint64_t after = lost_indirectly();
    shown = reinterpret_cast<void *>(~hidden);
    return before == 1 && held == 0 && after == 1;
}

/* Status: bit 0, leaks before anything was lost; bit 1, none seen after; bit 2, regions that are no
 * roots, or for ever. LeakSanitizer ends a program in its check; ours goes on. */
int main()
{
    if (!memtrace_is_active())
        return 16;
    __lsan_disable();
    char *volatile block = new char[701];
    block = nullptr;
    __lsan_enable();
    block = new char[702];
    __lsan_ignore_object(block);
    block = nullptr;
    wipe();
    const int before = __lsan_do_recoverable_leak_check();
    known_leak();
    wipe();
    const int after = __lsan_do_recoverable_leak_check();
    __lsan_do_leak_check();
    return (before ? 1 : 0) | (after ? 0 : 2) | (regions_are_roots() ? 0 : 4);
}
