/* system.c: from looks to courses: where a figure began, how far it went, where it ended. Figures
 * that a look does not know are passed over. */
#include "system.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "live_figures.h"
#include "system_look.h"

static bool is_number(uint64_t figure)
{
    return figure < MT_FIGURE_UNLIMITED;
}

static bool is_better_high(enum mt_figure figure)
{
    return figure == MT_FIGURE_MEM_FREE || figure == MT_FIGURE_MEM_AVAILABLE ||
           figure == MT_FIGURE_SWAP_FREE;
}

static void add_own_figures(const struct mt_trace *trace, struct mt_look *look)
{
    const int fd = open(mt_trace_path(trace), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return;
    mt_live_figures(fd, look->figures);
    close(fd);
}

int mt_system_open(const struct mt_trace *trace, bool is_running, struct mt_system *ret_system)
{
    size_t count;
    const struct mt_header *header = mt_trace_header(trace);
    const struct mt_look *looks = mt_trace_looks(trace, &count);
    struct mt_look *copy = calloc(count + 1, sizeof *copy);
    if (!copy)
        return -1;
    if (count)
        memcpy(copy, looks, count * sizeof *copy);
    /* Of a trace without a look one from now would be a start that was none. */
    if (is_running && count && mt_system_look(header, &copy[count]))
        add_own_figures(trace, &copy[count++]);
    *ret_system = (struct mt_system){copy, count, header->units_reserved * MT_UNIT_BYTES};
    return 0;
}

void mt_system_finish(struct mt_system *system)
{
    free(system->looks);
}

struct mt_course mt_system_course(const struct mt_system *system, enum mt_figure figure)
{
    struct mt_course course = {MT_FIGURE_UNKNOWN, MT_FIGURE_UNKNOWN, MT_FIGURE_UNKNOWN};
    for (size_t i = 0; i < system->count; i++) {
        const uint64_t value = system->looks[i].figures[figure];
        if (value == MT_FIGURE_UNKNOWN)
            continue;
        if (course.start == MT_FIGURE_UNKNOWN)
            course.start = course.peak = value;
        if (is_better_high(figure) ? value < course.peak : value > course.peak)
            course.peak = value;
        course.end = value;
    }
    return course;
}

uint64_t mt_look_sum(const struct mt_look *look, const enum mt_figure *figures)
{
    uint64_t sum = 0;
    for (; *figures != MT_FIGURE_COUNT; figures++) {
        if (!is_number(look->figures[*figures]))
            return MT_FIGURE_UNKNOWN;
        sum += look->figures[*figures];
    }
    return sum;
}

const struct mt_look *mt_system_last(const struct mt_system *system)
{
    for (size_t i = system->count; i-- > 0;)
        if (is_number(system->looks[i].figures[MT_FIGURE_VM_RSS]))
            return &system->looks[i];
    return NULL;
}

uint64_t mt_system_rise(const struct mt_system *system, enum mt_figure figure)
{
    const struct mt_course course = mt_system_course(system, figure);
    if (system->count < 2 || !is_number(course.start) || !is_number(course.end))
        return MT_FIGURE_UNKNOWN;
    return course.end > course.start ? course.end - course.start : 0;
}
