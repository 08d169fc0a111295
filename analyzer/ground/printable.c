/* printable.c: file names, arguments, thread names and symbols may hold any bytes. A terminal obeys
 * control characters and JSON must be UTF-8; both are seen to here. */
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include "printable.h"

size_t mt_utf8_length(const char *text)
{
    const unsigned char *bytes = (const unsigned char *)text;
    if (bytes[0] < 0x80)
        return bytes[0] != 0;
    const size_t length = bytes[0] >= 0xf0 ? 4 : bytes[0] >= 0xe0 ? 3 : bytes[0] >= 0xc2 ? 2 : 0;
    if (length == 0 || bytes[0] > 0xf4)
        return 0;
    uint32_t code = bytes[0] & (0xff >> (length + 1));
    for (size_t i = 1; i < length; i++) {
        if ((bytes[i] & 0xc0) != 0x80)
            return 0;
        code = code << 6 | (bytes[i] & 0x3f);
    }
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    const bool is_surrogate = code >= 0xd800 && code < 0xe000;
    return code < least[length] || code > 0x10ffff || is_surrogate ? 0 : length;
}

/* U+2028 to U+202E end lines and turn the direction of text, U+2066 to U+2069 as well: what follows
 * would be read as something else. U+FFFE and U+FFFF are no characters: XML has no place for them.
 */
static bool is_control(const char *text, size_t length)
{
    const unsigned char *bytes = (const unsigned char *)text;
    if (length == 3 && bytes[0] == 0xe2)
        return (bytes[1] == 0x80 && bytes[2] >= 0xa8 && bytes[2] <= 0xae) ||
               (bytes[1] == 0x81 && bytes[2] >= 0xa6 && bytes[2] <= 0xa9);
    if (length == 3 && bytes[0] == 0xef)
        return bytes[1] == 0xbf && bytes[2] >= 0xbe;
    return (length == 1 && (bytes[0] < ' ' || bytes[0] == 0x7f)) ||
           (length == 2 && bytes[0] == 0xc2 && bytes[1] < 0xa0);
}

size_t mt_printable_length(const char *text)
{
    const size_t length = mt_utf8_length(text);
    return is_control(text, length) ? 0 : length;
}

void mt_make_printable(char *text)
{
    while (*text) {
        const size_t length = mt_printable_length(text);
        if (length == 0)
            *text++ = '?'; /* a control character's other bytes are replaced in the next turns */
        else
            text += length;
    }
}

void mt_print_line(FILE *out, const char *format, ...)
{
    char *line;
    va_list arguments;
    va_start(arguments, format);
    if (vasprintf(&line, format, arguments) < 0)
        line = NULL;
    va_end(arguments);
    if (line) {
        mt_make_printable(line);
        fprintf(out, "%s\n", line);
    }
    free(line);
}

char *mt_valid_utf8(const char *text)
{
    char *copy = strdup(text);
    for (char *c = copy; c && *c;) {
        const size_t length = mt_utf8_length(c);
        if (length == 0)
            *c = '?';
        c += length ? length : 1;
    }
    return copy;
}
