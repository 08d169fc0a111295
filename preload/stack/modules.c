/* modules.c: takes an address, gives the module around it; writes each module into the trace. The
 * list only grows. An object that comes back to the same addresses with the same name and build-id
 * is its old module again, so a plugin that is opened and closed for ever stays one entry. */
#include "modules.h"

#include <elf.h>
#include <fcntl.h>
#include <limits.h>
#include <link.h>
#include <string.h>
#include <sys/auxv.h>
#include <time.h>
#include "extents.h"
#include "facts.h"
#include "loader.h"
#include "memory.h"
#include "rules.h"
#include "sys.h"

enum {
    BUILD_ID_MAX = 32,
    PATHS_CHUNK_BYTES = 256 * 1024,
    SAY_ATTEMPTS = 64,
};

struct module {
    uintptr_t start, end;
    uintptr_t first_end; /* where the loader says that `start`'s object ends; see whole_range */
    uintptr_t bias;
    const struct link_map *object;
    uint64_t contents; /* hash of the object's first bytes and unwind table head */
    uint32_t path_bytes;
    const char *path;
    uint64_t loaded_ms;
    uint16_t flags; /* MT_MODULE_* */
    uint8_t is_gone;
    uint8_t is_said;
    uint8_t build_id_bytes;
    uint8_t build_id[BUILD_ID_MAX];
};

struct mt_modules mt_modules;

static struct module modules[MT_MODULES_MAX + 1]; /* by id; 0 is none */
static uint32_t last_id;                          /* published by release */
static uint32_t unsaid;                           /* modules still to be said */
static int is_starting = 1; /* until mt_modules_start is done: what is found is a startup module */
static int is_full;

static int find_object(uintptr_t pc, struct dl_find_object *ret_object)
{
    return mt_loader.find_object && mt_loader.find_object((void *)pc, ret_object) == 0;
}

int mt_modules_cover(uintptr_t pc)
{
    struct dl_find_object object;
    return find_object(pc, &object);
}

uint32_t mt_modules_find(uintptr_t pc)
{
    /* Acquire: modules up to this id are filled in. */
    for (uint32_t id = __atomic_load_n(&last_id, __ATOMIC_ACQUIRE); id > 0; id--) {
        const struct module *module = &modules[id];
        if (pc - module->start < module->end - module->start &&
            !__atomic_load_n(&module->is_gone, __ATOMIC_RELAXED))
            return id;
    }
    return 0;
}

const char *mt_modules_place(uintptr_t pc, uint32_t *ret_length, uint64_t *ret_offset)
{
    const struct module *module = &modules[mt_modules_find(pc)];
    uint32_t name = module->path_bytes;
    while (name > 0 && module->path[name - 1] != '/')
        name--;
    *ret_length = module->path_bytes - name;
    *ret_offset = pc - module->bias;
    return *ret_length ? module->path + name : NULL;
}

/* ---- what an object in memory says of itself ---- */

/* The ELF header of an object, NULL where its first page is not one. */
static const ElfW(Ehdr) * elf_header(const struct dl_find_object *object)
{
    const ElfW(Ehdr) *header = object->dlfo_map_start;
    const uintptr_t bytes = (uintptr_t)object->dlfo_map_end - (uintptr_t)header;
    if (bytes < sizeof *header || memcmp(header->e_ident, ELFMAG, SELFMAG) != 0 ||
        header->e_phentsize != sizeof(ElfW(Phdr)) ||
        header->e_phoff + header->e_phnum * sizeof(ElfW(Phdr)) > bytes)
        return NULL;
    return header;
}

static const ElfW(Phdr) * program_headers(const ElfW(Ehdr) * header)
{
    return (const ElfW(Phdr) *)((const char *)header + header->e_phoff);
}

/* Looks for the build-id in one segment of notes. */
static void read_notes(struct module *module, const uint8_t *at, size_t bytes, size_t align)
{
    const size_t mask = align == 8 ? 7 : 3;
    while (bytes >= sizeof(ElfW(Nhdr))) {
        const ElfW(Nhdr) *note = (const ElfW(Nhdr) *)at;
        const size_t name = sizeof *note;
        const size_t description = name + ((note->n_namesz + mask) & ~mask);
        const size_t next = description + ((note->n_descsz + mask) & ~mask);
        if (note->n_namesz > bytes || note->n_descsz > bytes || next > bytes)
            return;
        if (note->n_type == NT_GNU_BUILD_ID && note->n_namesz == 4 &&
            memcmp(at + name, "GNU", 4) == 0 && note->n_descsz <= BUILD_ID_MAX) {
            module->build_id_bytes = (uint8_t)note->n_descsz;
            memcpy(module->build_id, at + description, note->n_descsz);
            return;
        }
        at += next;
        bytes -= next;
    }
}

static void read_build_id(struct module *module, const ElfW(Ehdr) * header)
{
    const ElfW(Phdr) *segment = program_headers(header);
    for (int i = 0; i < header->e_phnum && !module->build_id_bytes; i++, segment++) {
        const uintptr_t at = module->bias + segment->p_vaddr;
        if (segment->p_type == PT_NOTE && at >= module->start && at < module->end &&
            segment->p_memsz <= module->end - at)
            read_notes(module, (const uint8_t *)at, segment->p_memsz, segment->p_align);
    }
}

/* The loader knows an object whose segments have holes between them as one object per segment:
 * executables of an older layout, some libraries. Its unwind table and its code then lie in
 * different ones; it is one module all the same. */
static void whole_range(struct dl_find_object *object)
{
    const uintptr_t bias = object->dlfo_link_map->l_addr;
    struct dl_find_object first = *object;
    const ElfW(Ehdr) *header = elf_header(object);
    if (!header && find_object(bias, &first) && first.dlfo_link_map == object->dlfo_link_map)
        header = elf_header(&first);
    const ElfW(Phdr) *segment = NULL;
    size_t count = 0;
    if (header) {
        segment = program_headers(header);
        count = header->e_phnum;
    } else if (object->dlfo_link_map == _r_debug.r_map) { /* a program at addresses of its own */
        segment = (const ElfW(Phdr) *)getauxval(AT_PHDR);
        count = segment ? getauxval(AT_PHNUM) : 0;
    }
    for (; count > 0; count--, segment++) {
        const uintptr_t start = bias + segment->p_vaddr;
        if (segment->p_type != PT_LOAD)
            continue;
        if (start < (uintptr_t)object->dlfo_map_start)
            object->dlfo_map_start = (void *)start;
        if (start + segment->p_memsz > (uintptr_t)object->dlfo_map_end)
            object->dlfo_map_end = (void *)(start + segment->p_memsz);
    }
}

static uint64_t hash_bytes(uint64_t hash, const void *bytes, size_t count)
{
    for (const uint8_t *at = bytes; count > 0; at++, count--)
        hash = (hash ^ *at) * UINT64_C(0x100000001b3);
    return hash;
}

/* Tells two builds of a library apart where there is no build-id. */
static uint64_t hash_contents(const struct dl_find_object *object)
{
    const uint8_t *table = object->dlfo_eh_frame;
    uint64_t hash =
        hash_bytes(UINT64_C(0xcbf29ce484222325), object->dlfo_map_start, sizeof(ElfW(Ehdr)));
    if (table)
        hash = hash_bytes(hash, table, 12);
    if (table && table[2] == 0x03 && *(const uint32_t *)(table + 8) >= 32)
        hash = hash_bytes(hash, table + 12, 256);
    return hash;
}

/* ---- paths ---- */

/* Room for a path, never given back: paths live as long as their modules. */
static char *take_path_room(size_t bytes)
{
    static char *chunk;
    static size_t left;
    if (left < bytes) {
        chunk = mt_map_kept(PATHS_CHUNK_BYTES);
        left = chunk ? PATHS_CHUNK_BYTES : 0;
    }
    if (left < bytes)
        return NULL;
    char *room = chunk;
    chunk += bytes;
    left -= bytes;
    return room;
}

/* Writes the absolute path of the object; returns its length without NUL. */
static size_t object_path(const struct link_map *object, int is_main, char *path, size_t room)
{
    if (is_main && object->l_name[0] == '\0') {
        const long length = mt_sys(SYS_readlinkat, AT_FDCWD, "/proc/self/exe", path, room - 1);
        if (length > 0)
            return (size_t)length;
    }
    const char *name = object->l_name ? object->l_name : "";
    size_t length = 0;
    if (name[0] != '/' && strchr(name, '/')) {
        const long with_nul = mt_sys(SYS_getcwd, path, room);
        length = with_nul > 1 ? (size_t)with_nul - 1 : 0;
        if (length > 0 && length < room && path[length - 1] != '/')
            path[length++] = '/';
        while (name[0] == '.' && name[1] == '/')
            name += 2;
    }
    const size_t rest = strnlen(name, room - length);
    memcpy(path + length, name, rest);
    return length + rest;
}

/* ---- the list ---- */

static uint64_t milliseconds_since_start(void)
{
    struct timespec now;
    const struct mt_header *header = mt_trace_header();
    if (!header || mt_sys(SYS_clock_gettime, CLOCK_MONOTONIC, &now) != 0)
        return 0;
    const uint64_t ns = (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
    return ns > header->started_mono_ns ? (ns - header->started_mono_ns) / 1000000 : 0;
}

static int lies_in(const struct dl_find_object *object, uintptr_t address)
{
    return address - (uintptr_t)object->dlfo_map_start <
           (uintptr_t)object->dlfo_map_end - (uintptr_t)object->dlfo_map_start;
}

static uint16_t object_flags(const struct dl_find_object *object)
{
    uint16_t flags = is_starting ? MT_MODULE_STARTUP : 0;
    if (lies_in(object, getauxval(AT_ENTRY)))
        flags |= MT_MODULE_MAIN;
    if (lies_in(object, getauxval(AT_SYSINFO_EHDR)))
        flags |= MT_MODULE_VDSO;
    if (lies_in(object, _r_debug.r_ldbase))
        flags |= MT_MODULE_LOADER;
    if (lies_in(object, (uintptr_t)&mt_modules))
        flags |= MT_MODULE_TRACER;
    return flags;
}

static int is_same_object(const struct module *module, const struct dl_find_object *object)
{
    return module->object == object->dlfo_link_map &&
           module->start == (uintptr_t)object->dlfo_map_start &&
           module->end == (uintptr_t)object->dlfo_map_end;
}

/* The same for what the loader says of `start`. Compares addresses only: the object may be unmapped
 * by another thread at this moment. Nothing else can have taken its place unseen, for to load it
 * ld.so allocates first, and the stack of that allocation begins with a check. */
static int is_still_loaded(const struct module *module)
{
    struct dl_find_object first;
    return find_object(module->start, &first) && module->object == first.dlfo_link_map &&
           module->start == (uintptr_t)first.dlfo_map_start &&
           module->first_end == (uintptr_t)first.dlfo_map_end;
}

/* The list index of an object that is loaded now, known or met again; 0 when it is new. */
static uint32_t find_known(const struct module *wanted)
{
    for (uint32_t id = last_id; id > 0; id--) {
        const struct module *module = &modules[id];
        if (module->start == wanted->start && module->end == wanted->end &&
            module->contents == wanted->contents &&
            module->build_id_bytes == wanted->build_id_bytes &&
            memcmp(module->build_id, wanted->build_id, wanted->build_id_bytes) == 0 &&
            module->path_bytes == wanted->path_bytes &&
            memcmp(module->path, wanted->path, wanted->path_bytes) == 0)
            return id;
    }
    return 0;
}

static int say(uint32_t id)
{
    const struct module *module = &modules[id];
    struct mt_module fact = {
        .id = id,
        .flags = module->flags,
        .start = module->start,
        .end = module->end,
        .bias = module->bias,
        .loaded_ms = module->loaded_ms,
        .build_id_bytes = module->build_id_bytes,
    };
    memcpy(fact.build_id, module->build_id, sizeof fact.build_id);
    return mt_fact_append(MT_FACT_MODULE, &fact, sizeof fact, module->path, module->path_bytes);
}

void mt_modules_say(void)
{
    if (!mt_trace_header())
        return;
    /* Another thread that is appending a fact is done in a moment; if not, there is a next time. */
    for (int attempt = 0; attempt < SAY_ATTEMPTS && unsaid; attempt++) {
        for (uint32_t id = 1; id <= last_id; id++) {
            if (modules[id].is_said || modules[id].is_gone || !say(id))
                continue;
            modules[id].is_said = 1;
            unsaid--;
        }
        if (unsaid)
            mt_sys(SYS_sched_yield);
    }
}

void mt_modules_say_again(void)
{
    uint32_t count = 0;
    for (uint32_t id = 1; id <= last_id; id++) {
        modules[id].is_said = 0;
        count += !modules[id].is_gone;
    }
    unsaid = count;
}

static void say_full(void)
{
    static const char text[] =
        "more than 4095 libraries were loaded: code of the later ones has no "
        "module";
    if (!is_full)
        mt_fact_append(MT_FACT_LIMIT, text, sizeof text - 1, NULL, 0);
    is_full = 1;
}

static void set_gone(struct module *module, int is_gone)
{
    __atomic_store_n(&module->is_gone, (uint8_t)is_gone, __ATOMIC_RELAXED);
    if (!module->is_said)
        unsaid += is_gone ? -1u : 1u;
}

static uint32_t add(struct module *module)
{
    if (last_id == MT_MODULES_MAX) {
        say_full();
        return 0;
    }
    char *path = take_path_room(module->path_bytes);
    if (path)
        memcpy(path, module->path, module->path_bytes);
    else
        module->path_bytes = 0;
    module->path = path;
    module->loaded_ms = milliseconds_since_start();
    modules[last_id + 1] = *module;
    unsaid++;
    /* Release: readers that see the id see the module. */
    __atomic_store_n(&last_id, last_id + 1, __ATOMIC_RELEASE);
    return last_id;
}

static uint32_t learn_object(const struct dl_find_object *object, const ElfW(Ehdr) * header)
{
    for (uint32_t id = last_id; id > 0; id--) {
        if (!modules[id].is_gone && is_same_object(&modules[id], object))
            return id;
    }
    struct dl_find_object first = *object;
    find_object((uintptr_t)object->dlfo_map_start, &first);
    char path[PATH_MAX];
    struct module module = {
        .start = (uintptr_t)object->dlfo_map_start,
        .end = (uintptr_t)object->dlfo_map_end,
        .first_end = (uintptr_t)first.dlfo_map_end,
        .bias = object->dlfo_link_map->l_addr,
        .object = object->dlfo_link_map,
        .contents = hash_contents(object),
        .flags = object_flags(object),
        .path = path,
    };
    if (header)
        read_build_id(&module, header);
    module.path_bytes = (uint32_t)object_path(object->dlfo_link_map, module.flags & MT_MODULE_MAIN,
                                              path, sizeof path);
    const uint32_t id = find_known(&module);
    if (!id)
        return add(&module);
    modules[id].object = module.object;
    if (modules[id].is_gone)
        set_gone(&modules[id], 0);
    return id;
}

int mt_modules_learn(uintptr_t pc, struct mt_code *ret_code)
{
    struct dl_find_object object;
    if (!find_object(pc, &object))
        return 0;
    whole_range(&object);
    const ElfW(Ehdr) *header = elf_header(&object);
    const uint32_t id = learn_object(&object, header);
    const uintptr_t bias = object.dlfo_link_map->l_addr;
    *ret_code = (struct mt_code){
        .module = id,
        .start = (uintptr_t)object.dlfo_map_start,
        .end = (uintptr_t)object.dlfo_map_end,
        .entry = header && header->e_entry ? bias + header->e_entry : 0,
        .eh_frame_header = object.dlfo_eh_frame,
    };
    if (unsaid)
        mt_modules_say();
    return 1;
}

static int learn_from_list(struct dl_phdr_info *info, size_t bytes, void *argument)
{
    (void)bytes;
    (void)argument;
    for (int i = 0; i < info->dlpi_phnum; i++) {
        struct mt_code code;
        if (info->dlpi_phdr[i].p_type == PT_LOAD) {
            mt_modules_learn(info->dlpi_addr + info->dlpi_phdr[i].p_vaddr, &code);
            return 0;
        }
    }
    return 0;
}

int mt_modules_start(void)
{
    struct dl_find_object loader;
    if (!find_object(_r_debug.r_ldbase, &loader)) /* where ld.so is, however it was started */
        return 0;
    mt_modules.loader_start = (uintptr_t)loader.dlfo_map_start;
    mt_modules.loader_end = (uintptr_t)loader.dlfo_map_end;
    dl_iterate_phdr(learn_from_list, NULL);
    is_starting = 0;
    return 1;
}

static int is_gone(uint32_t id)
{
    return modules[id].is_gone;
}

void mt_modules_void_memos(void)
{
    /* Release: who finds its memo void sees what was done before, such as a new epoch's number. */
    __atomic_fetch_add(&mt_modules.purges, 1, __ATOMIC_RELEASE);
}

void mt_modules_forget_gone(void)
{
    mt_rules_forget(is_gone);
    mt_modules_void_memos();
}

void mt_modules_check(void)
{
    const uint32_t epoch = __atomic_load_n(&mt_modules.epoch, __ATOMIC_ACQUIRE);
    if (epoch == mt_modules.checked_epoch)
        return;
    int any_gone = 0;
    for (uint32_t id = 1; id <= last_id; id++) {
        struct module *module = &modules[id];
        if (module->is_gone || is_still_loaded(module))
            continue;
        set_gone(module, 1);
        any_gone = 1;
    }
    if (any_gone)
        mt_modules_forget_gone();
    /* Release: who sees this epoch as checked sees the purge. */
    __atomic_store_n(&mt_modules.checked_epoch, epoch, __ATOMIC_RELEASE);
}
