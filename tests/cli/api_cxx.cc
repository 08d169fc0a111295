/* api_cxx.cc: memtrace.h in C++, and code that is annotated for LeakSanitizer. */
#include <memtrace/memtrace.h>

#include <cstdlib>

extern "C" {
void __lsan_disable(void) __attribute__((weak));
void __lsan_enable(void) __attribute__((weak));
void __lsan_ignore_object(const void *) __attribute__((weak));
int __lsan_do_recoverable_leak_check(void) __attribute__((weak));

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

/* Status: bit 0, leaks before anything was lost; bit 1, none seen after. */
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
    return (before ? 1 : 0) | (after ? 0 : 2);
}
