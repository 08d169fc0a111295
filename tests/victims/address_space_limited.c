/* address_space_limited.c: started with 256 MiB of address space (RLIMIT_AS): a trace that wants to
 * reserve more must do with less, and the program gets its own 100 MiB as without the tracer.
 *
 * EXPECT unfreed function=malloc in=main blocks=23 bytes=851
 * RUN limit.as=268435456
 * RUN valgrind=no
 */
#include "victim.h"

int main(void)
{
    for (int i = 0; i < 23; i++)
        KEEP(malloc(37));
    void *most = malloc(100 << 20);
    say("100 MiB: %s\n", most ? "given" : "refused");
    free(most);
    void *more = malloc(300 << 20);
    say("300 MiB: %s\n", more ? "given" : "refused");
    free(more);
    return 0;
}
