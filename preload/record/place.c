/* place.c: takes an address, says what lies there, from what the tracer knows anyway: the program's
 * mappings, the loaded objects, where the kernel put the arguments, the break. Nothing is asked of
 * the kernel: this runs in hooks. */
#include "place.h"

#include "block_search.h"
#include "mappings.h"
#include "modules.h"
#include "process.h"
#include "startup.h"

#define ADDRESSES_END (UINT64_C(1) << 47)

enum {
    NULL_PAGE_BYTES = 64 * 1024, /* vm.mmap_min_addr: nothing can lie below */
    MAIN_STACK_BYTES = 8 << 20,  /* below the arguments; the kernel keeps more free for it */
    MAIN_STACK_ARGUMENTS_BYTES = 6 << 20 /* arguments and environment; execve(2) allows no more */
};

/* The arguments lie at the beginning of the main thread's stack, its highest addresses. */
static int is_main_stack(uintptr_t address)
{
    const uintptr_t arguments = (uintptr_t)mt_startup().arguments;
    return arguments && address >= arguments - MAIN_STACK_BYTES &&
           address < arguments + MAIN_STACK_ARGUMENTS_BYTES;
}

static enum mt_misuse_place place_in_mapping(uintptr_t address)
{
    struct mt_mapping mapping;
    if (!__atomic_load_n(&mt_process->mappings, __ATOMIC_ACQUIRE) ||
        !mt_mapping_find(address, &mapping) || mapping.address > address)
        return MT_PLACE_UNKNOWN;
    return mt_mapping_kind(&mapping) == MT_MAPPING_STACK ? MT_PLACE_STACK : MT_PLACE_MAPPING;
}

static int is_heap(uintptr_t address)
{
    const struct mt_header *header = mt_process->header;
    return (address >= header->brk_start && address < header->brk_end) ||
           mt_block_are_near(address);
}

enum mt_misuse_place mt_place_of(uintptr_t address, uint32_t *ret_detail)
{
    *ret_detail = 0;
    if (address < NULL_PAGE_BYTES)
        return MT_PLACE_NULL_PAGE;
    if (address >= ADDRESSES_END)
        return MT_PLACE_NONE;
    if (is_main_stack(address))
        return MT_PLACE_STACK;
    if ((*ret_detail = mt_modules_find(address)))
        return MT_PLACE_MODULE;
    const enum mt_misuse_place place = place_in_mapping(address);
    return place == MT_PLACE_UNKNOWN && is_heap(address) ? MT_PLACE_HEAP : place;
}
