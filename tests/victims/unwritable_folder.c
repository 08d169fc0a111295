/* unwritable_folder.c: nowhere to write the trace to: one line says so, and the program runs.
 *
 * EXPECT no trace
 * EXPECT unfreed in=main blocks=23 bytes=851
 * EXPECT status=7
 * RUN options=output=/proc/no/such/folder/%p.mtrace
 */
#include "victim.h"

int main(void)
{
    for (int i = 0; i < 23; i++)
        KEEP(malloc(37));
    say("alive\n");
    return 7;
}
