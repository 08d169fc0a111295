/* inheritance.c: takes an environment, gives it without this library in LD_PRELOAD: in place, for
 * option children=off, or as a copy, for one program that could not be started with it. No libc but
 * string functions, no memory but the caller's: a vfork child calls this. */
#include "inheritance.h"

#include <string.h>
#include "elf_lookup.h"

static const char variable[] = "LD_PRELOAD=";

static char *names_in(const char *setting)
{
    const size_t length = sizeof variable - 1;
    return strncmp(setting, variable, length) == 0 ? (char *)setting + length : NULL;
}

/* Whether one of LD_PRELOAD's names, however it is written, is this library's. */
static int is_own_name(const char *name, size_t length)
{
    const char *path = mt_elf_self()->l_name, *slash = strrchr(path, '/');
    const char *own = slash ? slash + 1 : path;
    const size_t own_length = strlen(own);
    return length >= own_length && memcmp(name + length - own_length, own, own_length) == 0 &&
           (length == own_length || name[length - own_length - 1] == '/');
}

/* Copies a list of them (ld.so(8): between colons or spaces) but for this library's; `to` may be
 * `from`. Returns how many were left out. */
static size_t copy_others(char *to, const char *from)
{
    size_t left_out = 0;
    while (*from) {
        const size_t length = strcspn(from, ": "), with_end = length + (from[length] != '\0');
        if (is_own_name(from, length)) {
            left_out++;
        } else {
            memmove(to, from, with_end);
            to += with_end;
        }
        from += with_end;
    }
    *to = '\0';
    return left_out;
}

void mt_inheritance_leave_out(char **environment)
{
    char **to = environment;
    for (char **from = environment; *from; from++) {
        char *names = names_in(*from);
        if (names)
            copy_others(names, names);
        if (!names || *names)
            *to++ = *from;
    }
    *to = NULL;
}

static int has_own_name(const char *names)
{
    while (*names) {
        const size_t length = strcspn(names, ": ");
        if (is_own_name(names, length))
            return 1;
        names += length + (names[length] != '\0');
    }
    return 0;
}

size_t mt_inheritance_room(char *const *environment)
{
    size_t count = 1, text = 0;
    for (char *const *from = environment; from && *from; from++, count++) {
        const char *names = names_in(*from);
        if (names && has_own_name(names))
            text += strlen(*from) + 1;
    }
    return text ? count * sizeof *environment + text : 0;
}

char *const *mt_inheritance_copy(char *const *environment, void *room)
{
    size_t count = 1;
    while (environment[count - 1])
        count++;
    char **const copy = room, **to = copy;
    char *text = (char *)(copy + count);
    for (char *const *from = environment; *from; from++) {
        const char *names = names_in(*from);
        if (!names || !has_own_name(names)) {
            *to++ = *from;
            continue;
        }
        memcpy(text, variable, sizeof variable - 1);
        copy_others(text + sizeof variable - 1, names);
        if (text[sizeof variable - 1])
            *to++ = text;
        text += strlen(text) + 1;
    }
    *to = NULL;
    return copy;
}
