/* self_trace.c: modules come from dl_iterate_phdr, with the build-id of their notes. */
#include <elf.h>
#include <execinfo.h>
#include <limits.h>
#include <link.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "self_trace.h"

enum { MODULES_MAX = 64 };

static struct {
    uint64_t start, end;
    uint16_t id;
    uint64_t offset; /* of the fact in the image */
} modules[MODULES_MAX];
static unsigned module_count;

static void copy_build_id(struct mt_module *module, const struct dl_phdr_info *info,
                          const ElfW(Phdr) * segment)
{
    const char *note = (const char *)(info->dlpi_addr + segment->p_vaddr);
    const char *end = note + segment->p_memsz;
    while (note + sizeof(ElfW(Nhdr)) <= end) {
        const ElfW(Nhdr) *head = (const void *)note;
        const char *name = note + sizeof *head;
        const char *bytes = name + (head->n_namesz + 3) / 4 * 4;
        if (head->n_type == NT_GNU_BUILD_ID && head->n_namesz == 4 && memcmp(name, "GNU", 4) == 0) {
            module->build_id_bytes = (uint8_t)head->n_descsz;
            memcpy(module->build_id, bytes, head->n_descsz);
        }
        note = bytes + (head->n_descsz + 3) / 4 * 4;
    }
}

static int add_module(struct dl_phdr_info *info, size_t size, void *context)
{
    (void)size;
    char path[PATH_MAX] = "";
    uint64_t start = UINT64_MAX, end = 0;
    for (int i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *segment = &info->dlpi_phdr[i];
        if (segment->p_type != PT_LOAD)
            continue;
        if (info->dlpi_addr + segment->p_vaddr < start)
            start = info->dlpi_addr + segment->p_vaddr;
        if (info->dlpi_addr + segment->p_vaddr + segment->p_memsz > end)
            end = info->dlpi_addr + segment->p_vaddr + segment->p_memsz;
    }
    if (info->dlpi_name[0])
        strncpy(path, info->dlpi_name, sizeof path - 1);
    else if (module_count > 0 || readlink("/proc/self/exe", path, sizeof path - 1) < 0)
        return 0; /* the vdso in older C libraries */
    if (module_count == MODULES_MAX)
        abort();
    struct mt_module *module =
        mt_builder_module(context, start, end, strstr(path, "vdso") ? MT_MODULE_VDSO : 0, path);
    module->bias = info->dlpi_addr;
    module->build_id_bytes = 0;
    memset(module->build_id, 0, sizeof module->build_id);
    for (int i = 0; i < info->dlpi_phnum; i++) {
        if (info->dlpi_phdr[i].p_type == PT_NOTE)
            copy_build_id(module, info, &info->dlpi_phdr[i]);
    }
    modules[module_count].start = start;
    modules[module_count].end = end;
    modules[module_count].offset = mt_builder_offset(context, module);
    modules[module_count++].id = (uint16_t)module->id;
    return 0;
}

struct trace_builder *mt_self_trace(void)
{
    struct trace_builder *builder = mt_builder_create(5);
    module_count = 0;
    dl_iterate_phdr(add_module, builder);
    return builder;
}

struct mt_module *mt_self_module(struct trace_builder *builder)
{
    return mt_builder_at(builder, modules[0].offset); /* the program comes first */
}

static uint16_t module_of(uint64_t address)
{
    for (unsigned i = 0; i < module_count; i++) {
        if (address >= modules[i].start && address < modules[i].end)
            return modules[i].id;
    }
    return 0;
}

uint32_t mt_self_stack(struct trace_builder *builder, enum mt_function function)
{
    void *frames[128];
    const int count = backtrace(frames, 128);
    int first = 0; /* our caller; before it come we, and a sanitizer's backtrace */
    while (first < count && frames[first] != __builtin_return_address(0))
        first++;
    uint32_t node = 0;
    for (int i = count - 1; i >= first; i--) {
        const uint64_t pc = (uintptr_t)frames[i];
        node = mt_builder_node(builder, node, pc, module_of(pc),
                               i == first ? function : MT_FN_UNKNOWN);
    }
    return node;
}
