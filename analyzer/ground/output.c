/* output.c: opens, fills and closes a file, and leaves no half of one. Of output.h. */
#include "output.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

bool mt_output_is_stdout(const char *name)
{
    return !name || strcmp(name, "-") == 0;
}

static int fail_to_write(const char *name, struct mt_error *error)
{
    return mt_fail(error, MT_USAGE, "%s: cannot be written: %s (try another -o FILE)", name,
                   strerror(errno));
}

/* Half a file looks like a whole one. But only a file: a device or a pipe of that name is not ours.
 */
static void take_away(const char *name)
{
    struct stat status;
    if (lstat(name, &status) == 0 && S_ISREG(status.st_mode))
        unlink(name);
}

int mt_output_write(const char *name,
                    int (*write)(void *context, FILE *out, struct mt_error *error), void *context,
                    struct mt_error *error)
{
    if (mt_output_is_stdout(name))
        return write(context, stdout, error);
    FILE *file = fopen(name, "we");
    if (!file)
        return fail_to_write(name, error);
    int status = write(context, file, error);
    const bool is_bad = ferror(file) != 0;
    errno = EIO;
    if (is_bad) /* one more byte fails for the same reason, which is forgotten by now */
        fputc(0, file);
    if (fclose(file) != 0 || is_bad) /* which is why `write` failed, if it did */
        status = fail_to_write(name, error);
    if (status != MT_OK)
        take_away(name);
    return status;
}
