/* quarantine.c: D. Vyukov's bounded queue of many producers and consumers. Place p of the endless
 * row lies in cell p % room; the cell's turn tells whose move it is there. Counted from the cell's
 * own index, so that zeroed memory is an empty queue:
 *
 *   turn + index == p             free: whoever puts the p-th number may claim it
 *   turn + index == p + 1         holds the p-th number
 *   turn + index == p + room      free for the next round
 *
 * A claim is a compare-and-swap of `in` or `out`. The number itself is published by the release of
 * the turn, which pairs with the acquire of whoever comes to that cell next. */
#include "quarantine.h"

/* Claims a place of the row at *end, at a cell whose turn is `ahead` of it. NULL: none is ready. */
static struct mt_quarantine_cell *claim(const struct mt_quarantine *queue, uint32_t *end,
                                        uint32_t ahead, uint32_t *ret_place)
{
    uint32_t place = __atomic_load_n(end, __ATOMIC_RELAXED);
    for (;;) {
        const uint32_t index = place & (queue->room - 1);
        struct mt_quarantine_cell *cell = &queue->cells[index];
        const uint32_t turn = __atomic_load_n(&cell->turn, __ATOMIC_ACQUIRE) + index;
        const int32_t distance = (int32_t)(turn - (place + ahead));
        if (distance < 0)
            return 0;
        if (distance > 0) { /* somebody was here before */
            place = __atomic_load_n(end, __ATOMIC_RELAXED);
        } else if (__atomic_compare_exchange_n(end, &place, place + 1, 1, __ATOMIC_RELAXED,
                                               __ATOMIC_RELAXED)) {
            *ret_place = place;
            return cell;
        }
    }
}

static void pass_on(const struct mt_quarantine *queue, struct mt_quarantine_cell *cell,
                    uint32_t turn)
{
    __atomic_store_n(&cell->turn, turn - (uint32_t)(cell - queue->cells), __ATOMIC_RELEASE);
}

int mt_quarantine_put(struct mt_quarantine *queue, uint32_t number)
{
    uint32_t place;
    struct mt_quarantine_cell *cell = claim(queue, &queue->in, 0, &place);
    if (!cell)
        return 0;
    cell->number = number;
    pass_on(queue, cell, place + 1);
    return 1;
}

int64_t mt_quarantine_take(struct mt_quarantine *queue)
{
    uint32_t place;
    struct mt_quarantine_cell *cell = claim(queue, &queue->out, 1, &place);
    if (!cell)
        return -1;
    const uint32_t number = cell->number;
    pass_on(queue, cell, place + queue->room);
    return number;
}
