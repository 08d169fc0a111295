/* top.c: what the screen and the lines of memtrace top have in common: their pace and their sizes.
 */
#include "top.h"

#include <math.h>
#include <time.h>

enum { PAUSES_PER_STEP = 19 };

static uint64_t read_us(clockid_t clock)
{
    struct timespec now;
    clock_gettime(clock, &now);
    return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

uint64_t mt_top_now_us(void)
{
    return read_us(CLOCK_MONOTONIC);
}

uint64_t mt_top_processor_us(void)
{
    return read_us(CLOCK_PROCESS_CPUTIME_ID);
}

uint64_t mt_top_pause_us(uint64_t begin_us)
{
    return PAUSES_PER_STEP * (mt_top_processor_us() - begin_us);
}

const char *mt_top_size_text(double bytes, bool is_signed, char text[MT_TOP_SIZE])
{
    static const char units[] = " KMGTPE";
    double size = fabs(bytes);
    const char *sign = bytes <= -0.5 ? "-" : is_signed && bytes >= 0.5 ? "+" : "";
    int unit = 0;
    while (size >= 999.5 && units[unit + 1]) {
        size /= 1024;
        unit++;
    }
    if (unit == 0)
        snprintf(text, MT_TOP_SIZE, "%s%.0f", sign, size);
    else
        snprintf(text, MT_TOP_SIZE, "%s%.*f%c", sign, size < 99.95 ? 1 : 0, size, units[unit]);
    return text;
}
