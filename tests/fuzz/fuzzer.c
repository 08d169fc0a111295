/* fuzzer.c: inputs as files and lines, and what printed text must be. Of fuzzer.h. */
#include "fuzzer.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include "printable.h"

const char *mt_input_file(const uint8_t *data, size_t size)
{
    static int fd = -1;
    static char path[32];
    if (fd < 0) {
        fd = memfd_create("fuzz", MFD_CLOEXEC);
        MUST(fd >= 0);
        snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    }
    MUST(ftruncate(fd, 0) == 0);
    MUST(pwrite(fd, data, size, 0) == (ssize_t)size);
    return path;
}

char *mt_input_line(const uint8_t **data, size_t *size)
{
    const uint8_t *end = *size ? memchr(*data, '\n', *size) : NULL;
    const size_t length = end ? (size_t)(end - *data) : *size;
    char *line = strndup(*size ? (const char *)*data : "", length);
    MUST(line);
    *data += length + (end != NULL);
    *size -= length + (end != NULL);
    return line;
}

FILE *mt_nowhere(void)
{
    static FILE *nowhere;
    if (!nowhere)
        nowhere = fopen("/dev/null", "we");
    MUST(nowhere);
    return nowhere;
}

/* Beside C0 and DEL: C1 and what turns the direction of text or ends a line (UTF-8). */
void mt_must_be_printable(const char *text)
{
    static const char *const forbidden[] = {"\xe2\x80\xa8", "\xe2\x80\xa9", "\xe2\x80\xaa",
                                            "\xe2\x80\xae", "\xe2\x81\xa6", "\xe2\x81\xa9"};
    while (*text) {
        const size_t length = mt_utf8_length(text);
        const unsigned char first = (unsigned char)text[0], second = (unsigned char)text[1];
        MUST(length && (first >= ' ' || first == '\n') && first != 0x7f);
        MUST(first != 0xc2 || second >= 0xa0);
        for (size_t i = 0; i < sizeof forbidden / sizeof *forbidden; i++)
            MUST(strncmp(text, forbidden[i], 3) != 0);
        text += length;
    }
}
