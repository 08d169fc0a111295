/* replay.c: main for a fuzzer without libFuzzer: PREFIXES FOLDER...: feeds it each file of the folders
 * named, and as many of its prefixes. Says how many; a folder without any is a failure. */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include "fuzzer.h"

enum { INPUT_BYTES_MAX = 1 << 20 };

static int feed(const char *path, size_t cuts)
{
    static uint8_t data[INPUT_BYTES_MAX];
    FILE *file = fopen(path, "rb");
    if (!file) {
        perror(path);
        return -1;
    }
    size_t size = fread(data, 1, sizeof data, file);
    fclose(file);
    for (size_t cut = 0; cut <= cuts; cut++)
        LLVMFuzzerTestOneInput(data, size - size * cut / (cuts + 1));
    return 0;
}

static int feed_folder(const char *folder, size_t cuts)
{
    struct dirent **entries;
    int fed = 0, count = scandir(folder, &entries, NULL, alphasort);
    for (int i = 0; i < count; i++) {
        char path[4096];
        snprintf(path, sizeof path, "%s/%s", folder, entries[i]->d_name);
        if (entries[i]->d_name[0] != '.' && feed(path, cuts) == 0)
            fed++;
        free(entries[i]);
    }
    if (count >= 0)
        free(entries);
    return fed;
}

int main(int argc, char **argv)
{
    for (int i = 2; i < argc; i++) {
        int fed = feed_folder(argv[i], strtoul(argv[1], NULL, 10));
        printf("%s: %d inputs\n", argv[i], fed);
        if (fed == 0)
            return EXIT_FAILURE;
    }
    return argc > 2 ? EXIT_SUCCESS : EXIT_FAILURE;
}
