/* paper.c: colours and numbers of text reports. */
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "paper.h"

struct mt_paper mt_paper_on(FILE *out, enum mt_color color)
{
    const char *no_color = getenv("NO_COLOR"), *terminal = getenv("TERM");
    const bool is_terminal = isatty(fileno(out)) && !(terminal && strcmp(terminal, "dumb") == 0);
    const bool is_wanted = is_terminal && !(no_color && no_color[0]);
    return (struct mt_paper){
        .out = out,
        .has_color = color == MT_COLOR_ALWAYS || (color == MT_COLOR_AUTO && is_wanted),
        .has_links = is_terminal && color != MT_COLOR_NEVER,
    };
}

void mt_paper_print(const struct mt_paper *paper, enum mt_ink ink, const char *format, ...)
{
    static const char *const codes[] = {"", "\033[1m", "\033[2m", "\033[33m"};
    const bool is_inked = paper->has_color && ink != MT_INK_PLAIN;
    if (is_inked)
        fputs(codes[ink], paper->out);
    va_list arguments;
    va_start(arguments, format);
    vfprintf(paper->out, format, arguments);
    va_end(arguments);
    if (is_inked)
        fputs("\033[0m", paper->out);
}

/* A path in a URI: all but what means nothing else there is written as %XX (RFC 3986, 2.3). */
static void print_uri_path(FILE *out, const char *path)
{
    for (const char *c = path; *c; c++) {
        const bool is_plain = (*c >= 'a' && *c <= 'z') || (*c >= 'A' && *c <= 'Z') ||
                              (*c >= '0' && *c <= '9') || strchr("-._~/", *c);
        fprintf(out, is_plain ? "%c" : "%%%02X", (unsigned char)*c);
    }
}

void mt_paper_link(const struct mt_paper *paper, enum mt_ink ink, const char *path,
                   const char *text)
{
    char host[256];
    const bool is_link = paper->has_links && path && gethostname(host, sizeof host) == 0;
    if (is_link) {
        host[sizeof host - 1] = 0;
        fputs("\033]8;;file://", paper->out);
        print_uri_path(paper->out, host);
        print_uri_path(paper->out, path);
        fputs("\033\\", paper->out);
    }
    mt_paper_print(paper, ink, "%s", text);
    if (is_link)
        fputs("\033]8;;\033\\", paper->out);
}

const char *mt_number_text(uint64_t number, char text[MT_NUMBER_SIZE])
{
    char digits[MT_NUMBER_SIZE];
    const size_t count = (size_t)snprintf(digits, sizeof digits, "%" PRIu64, number);
    char *end = text;
    for (size_t i = 0; i < count; i++) {
        if (i > 0 && (count - i) % 3 == 0)
            *end++ = ',';
        *end++ = digits[i];
    }
    *end = 0;
    return text;
}

const char *mt_count_text(uint64_t count, const char *noun, char text[64])
{
    char number[MT_NUMBER_SIZE];
    snprintf(text, 64, "%s %s%s", mt_number_text(count, number), noun, count == 1 ? "" : "s");
    return text;
}

const char *mt_size_text(uint64_t bytes, char text[MT_NUMBER_SIZE])
{
    static const char *const units[] = {"KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
    if (bytes < 1024) {
        snprintf(text, MT_NUMBER_SIZE, "%" PRIu64 " byte%s", bytes, bytes == 1 ? "" : "s");
        return text;
    }
    double size = (double)bytes / 1024;
    int unit = 0;
    while (size >= 1024) {
        size /= 1024;
        unit++;
    }
    snprintf(text, MT_NUMBER_SIZE, "%.1f %s", size, units[unit]);
    return text;
}

const char *mt_duration_text(uint64_t ms, char text[MT_NUMBER_SIZE])
{
    const uint64_t minutes = ms / 60000;
    if (ms < 10000)
        snprintf(text, MT_NUMBER_SIZE, "%" PRIu64 " ms", ms);
    else if (minutes < 10)
        snprintf(text, MT_NUMBER_SIZE, "%.1f s", (double)ms / 1000);
    else if (minutes < 60)
        snprintf(text, MT_NUMBER_SIZE, "%" PRIu64 " min", minutes);
    else
        snprintf(text, MT_NUMBER_SIZE, "%" PRIu64 " h %" PRIu64 " min", minutes / 60, minutes % 60);
    return text;
}
