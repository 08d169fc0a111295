/* dump_values.c: values in lines of memtrace dump; see dump.h. */
#include <inttypes.h>
#include <stdio.h>
#include "dump.h"
#include "printable.h"

void mt_dump_flags(const char *key, uint32_t flags, const struct mt_dump_flag *names)
{
    const char *separator = "";
    printf(" %s=", key);
    if (!flags)
        putchar('-');
    for (; names->name; names++) {
        if (!(flags & names->bit))
            continue;
        printf("%s%s", separator, names->name);
        separator = ",";
        flags &= ~names->bit;
    }
    if (flags)
        printf("%s0x%" PRIx32, separator, flags);
}

void mt_dump_text(const char *key, const char *text)
{
    printf(" %s=\"", key);
    while (*text) {
        const size_t length = mt_printable_length(text);
        if (*text == '"' || *text == '\\')
            printf("\\%c", *text);
        else if (length == 0)
            printf("\\x%02x", (unsigned char)*text);
        else
            fwrite(text, 1, length, stdout);
        text += length ? length : 1;
    }
    putchar('"');
}
