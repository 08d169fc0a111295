/* dump_values.c: values in lines of memtrace dump; see dump.h. */
#include <inttypes.h>
#include <stdio.h>
#include "dump.h"

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
    for (const unsigned char *c = (const unsigned char *)text; *c; c++) {
        if (*c == '"' || *c == '\\')
            printf("\\%c", *c);
        else if (*c < ' ' || *c == 0x7f)
            printf("\\x%02x", *c);
        else
            putchar(*c);
    }
    putchar('"');
}
