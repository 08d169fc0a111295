/* exec_image.c: exec replaces the image: its trace ends there ("exec"), and the new image, in the
 * same process, begins one of its own.
 *
 * EXPECT unfreed function=malloc in=before blocks=23 bytes=851
 * EXPECT process.end=exec
 * EXPECT exec unfreed function=malloc in=leak blocks=23 bytes=851
 * EXPECT children=1
 * RUN valgrind=no
 */
#include "victim.h"

FRAME void before(void)
{
    for (int i = 0; i < 23; i++)
        KEEP(malloc(37));
}

int main(int count, char **arguments)
{
    (void)count;
    before();
    char other[4096];
    snprintf(other, sizeof(other), "%s", arguments[0]);
    *strrchr(other, '/') = '\0';
    strcat(other, "/unfreed_malloc");
    execl(other, other, (char *)NULL);
    return 1;
}
