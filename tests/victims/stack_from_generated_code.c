/* stack_from_generated_code.c: code made at run time, as a JIT compiler does, belongs to no module:
 * a stack ends there, and is marked.
 *
 * EXPECT unfreed function=malloc in=leak blocks=7 bytes=259
 * EXPECT mapped function=mmap in=main mappings=1 bytes=4096
 * EXPECT trace.truncated_stacks=7
 * RUN valgrind=no
 */
#include <sys/mman.h>
#include "victim.h"

#if defined(__x86_64__)
static const unsigned char code[] = {0x48, 0x83, 0xec, 0x18, 0xff, 0xd7, 0x48, 0x83, 0xc4, 0x18,
                                     0xc3}; /* sub $24, %rsp; call *%rdi; add $24, %rsp; ret */
#else
static const unsigned code[] = {0xf81d0ffe, 0xd63f0000, 0xf84307fe, 0xd65f03c0};
#endif

static void leak(void)
{
    KEEP(malloc(37));
}

int main(void)
{
    void *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    MUST(page != MAP_FAILED);
    memcpy(page, code, sizeof(code));
    MUST(mprotect(page, 4096, PROT_READ | PROT_EXEC) == 0);
    __builtin___clear_cache(page, (char *)page + sizeof(code));
    void (*through)(void (*)(void)) = (void (*)(void (*)(void)))page;
    for (int i = 0; i < 7; i++)
        through(leak);
    return 0;
}
