/* ranges.c: see ranges.h. Sorted by heapsort: in place, without recursion, and no slower where the
 * order is unlucky. */
#include "ranges.h"

#include "memory.h"

int mt_ranges_start(struct mt_ranges *ranges, uint32_t room)
{
    ranges->count = 0;
    ranges->room = room;
    ranges->list = mt_map_kept((room + 1) * sizeof *ranges->list);
    return ranges->list != 0;
}

void mt_ranges_add(struct mt_ranges *ranges, uint64_t start, uint64_t end, uint64_t tag)
{
    if (start < end && ranges->count < ranges->room)
        ranges->list[ranges->count++] = (struct mt_range){start, end, tag};
}

static void swap(struct mt_range *a, struct mt_range *b)
{
    const struct mt_range kept = *a;
    *a = *b;
    *b = kept;
}

static void sink(struct mt_range *list, uint32_t at, uint32_t count)
{
    for (uint32_t child; (child = 2 * at + 1) < count; at = child) {
        if (child + 1 < count && list[child].start < list[child + 1].start)
            child++;
        if (list[child].start <= list[at].start)
            return;
        swap(&list[at], &list[child]);
    }
}

static int is_sorted(const struct mt_ranges *ranges)
{
    for (uint32_t i = 1; i < ranges->count; i++)
        if (ranges->list[i].start < ranges->list[i - 1].start)
            return 0;
    return 1;
}

void mt_ranges_sort(struct mt_ranges *ranges)
{
    if (is_sorted(ranges))
        return;
    for (uint32_t i = ranges->count / 2; i-- > 0;)
        sink(ranges->list, i, ranges->count);
    for (uint32_t left = ranges->count; left > 1;) {
        swap(&ranges->list[0], &ranges->list[--left]);
        sink(ranges->list, 0, left);
    }
}

const struct mt_range *mt_ranges_before(const struct mt_ranges *ranges, uint64_t address)
{
    uint32_t low = 0, high = ranges->count;
    while (low < high) {
        const uint32_t middle = low + (high - low) / 2;
        if (ranges->list[middle].start <= address)
            low = middle + 1;
        else
            high = middle;
    }
    return low ? &ranges->list[low - 1] : 0;
}
