/* oracle_table.c: takes an address in a module, finds its entry in the sorted table that linkers
 * write (.eh_frame_hdr), and has libunwind read the entry. Of oracle_parts.h.
 *
 * Where there is no entry libunwind would guess (frame pointers, jump tables); then the step is not
 * used, for a guess is not a stack. */
#include "oracle_parts.h"

#include <stddef.h>

enum { ENTRY_CODE_BYTES = 128 }; /* _start is shorter: code there begins a stack even without CFI */
enum { TABLE_HEAD_BYTES = 12, TABLE_ENTRY_BYTES = 8 };

/* The sorted table of .eh_frame_hdr, in the one encoding that linkers write. */
static int has_search_table(const uint8_t *header)
{
    enum { VERSION = 1, PCREL_SDATA4 = 0x1b, UDATA4 = 0x03, DATAREL_SDATA4 = 0x3b };
    return header && header[0] == VERSION && header[1] == PCREL_SDATA4 && header[2] == UDATA4 &&
           header[3] == DATAREL_SDATA4;
}

/* The entry of the last function that begins at or before pc; NULL none. */
static const uint8_t *search_table(const uint8_t *header, uintptr_t pc)
{
    const int32_t offset = (int32_t)(pc - (uintptr_t)header);
    const uint8_t *const entries = header + TABLE_HEAD_BYTES;
    uint32_t low = 0;
    uint32_t high = *(const uint32_t *)(header + 8);
    while (low < high) {
        const uint32_t middle = low + (high - low) / 2;
        if (*(const int32_t *)(entries + (size_t)middle * TABLE_ENTRY_BYTES) <= offset)
            low = middle + 1;
        else
            high = middle;
    }
    return low ? entries + (size_t)(low - 1) * TABLE_ENTRY_BYTES : NULL;
}

int mt_oracle_find_entry(struct mt_oracle_step *step, unw_addr_space_t space, uintptr_t ip,
                         unw_proc_info_t *info, int need_unwind_info, void *argument)
{
    step->looked_up = ip;
    step->has_entry = 0;
    const uint8_t *header = step->code.eh_frame_header;
    const uint8_t *entry = has_search_table(header) ? search_table(header, ip) : NULL;
    if (!entry)
        return -UNW_ENOINFO;
    unw_dyn_info_t table = {
        .start_ip = step->code.start,
        .end_ip = step->code.end,
        .format = UNW_INFO_FORMAT_REMOTE_TABLE,
        .u.rti =
            {
                .segbase = (uintptr_t)header,
                .table_data = (uintptr_t)entry,
                .table_len = TABLE_ENTRY_BYTES / sizeof(unw_word_t),
            },
    };
    mt_oracle_find_marks(step, header + ((const int32_t *)entry)[1]);
    const int result = mt_libunwind.search(space, ip, &table, info, need_unwind_info, argument);
    step->has_entry = result == 0;
    return result;
}

int mt_oracle_is_begin_of_stack(const struct mt_code *code, uintptr_t pc)
{
    if (code->entry && pc - code->entry < ENTRY_CODE_BYTES)
        return 1;
    const uint8_t *header = code->eh_frame_header;
    const uint8_t *entry = has_search_table(header) ? search_table(header, pc) : NULL;
    return entry && (uintptr_t)header + (uintptr_t) * (const int32_t *)entry == pc;
}
