/* core_file.c: reads core files with libelf: program headers are the memory, NT_PRSTATUS notes the
 * threads. Nothing in the file is trusted: what lies beyond its end was not written. */
#include "core_file.h"

#include <errno.h>
#include <fcntl.h>
#include <gelf.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* Of struct elf_prstatus, the same on all 64-bit machines (linux/elfcore.h). */
enum { PRSTATUS_PID = 32, PRSTATUS_REGISTERS = 112 };

/* Where a machine's general registers say the stack pointer, and how many there are
 * (struct user_regs_struct). */
struct machine {
    unsigned elf_machine, register_count, stack_pointer;
};
static const struct machine machines[] = {
    {EM_X86_64, 27, 19},
    {EM_AARCH64, 34, 31},
};

static const struct machine *find_machine(unsigned elf_machine)
{
    for (size_t i = 0; i < sizeof machines / sizeof *machines; i++)
        if (machines[i].elf_machine == elf_machine)
            return &machines[i];
    return NULL;
}

static uint64_t word_at(const unsigned char *bytes, size_t index)
{
    uint64_t word;
    memcpy(&word, bytes + 8 * index, sizeof word);
    return word;
}

/* ---- memory ---- */

static int add_segment(struct mt_core *core, const GElf_Phdr *header)
{
    struct mt_core_segment *segments =
        reallocarray(core->segments, core->segment_count + 1, sizeof *segments);
    if (!segments)
        return -1;
    core->segments = segments;
    uint64_t written = header->p_filesz < header->p_memsz ? header->p_filesz : header->p_memsz;
    if (header->p_offset >= core->image_bytes)
        written = 0;
    else if (written > core->image_bytes - header->p_offset)
        written = core->image_bytes - header->p_offset;
    segments[core->segment_count++] = (struct mt_core_segment){
        .start = header->p_vaddr,
        .end = header->p_vaddr + header->p_memsz,
        .bytes = written ? (const unsigned char *)core->image + header->p_offset : NULL,
        .byte_count = written,
        .is_writable = header->p_flags & PF_W,
    };
    return 0;
}

static int compare_segments(const void *left, const void *right)
{
    const struct mt_core_segment *a = left, *b = right;
    return a->start < b->start ? -1 : a->start > b->start;
}

/* Sorts them and drops what overlaps the one before. */
static void settle_segments(struct mt_core *core)
{
    size_t kept = 0;
    if (core->segment_count)
        qsort(core->segments, core->segment_count, sizeof *core->segments, compare_segments);
    for (size_t i = 0; i < core->segment_count; i++)
        if (core->segments[i].start < core->segments[i].end &&
            (kept == 0 || core->segments[kept - 1].end <= core->segments[i].start))
            core->segments[kept++] = core->segments[i];
    core->segment_count = kept;
}

/* ---- threads ---- */

static int add_thread(struct mt_core *core, const struct machine *machine,
                      const unsigned char *status, size_t bytes)
{
    if (bytes < PRSTATUS_REGISTERS + 8 * (size_t)machine->register_count)
        return 0;
    struct mt_core_thread *threads =
        reallocarray(core->threads, core->thread_count + 1, sizeof *threads);
    if (!threads)
        return -1;
    core->threads = threads;
    struct mt_core_thread *thread = &threads[core->thread_count++];
    memcpy(&thread->tid, status + PRSTATUS_PID, sizeof thread->tid);
    thread->register_count = machine->register_count;
    for (unsigned i = 0; i < machine->register_count; i++)
        thread->registers[i] = word_at(status + PRSTATUS_REGISTERS, i);
    thread->stack_pointer = thread->registers[machine->stack_pointer];
    return 0;
}

static int read_notes(struct mt_core *core, Elf *elf, const GElf_Phdr *header,
                      const struct machine *machine)
{
    Elf_Data *data = elf_getdata_rawchunk(elf, (int64_t)header->p_offset, header->p_filesz,
                                          header->p_align == 8 ? ELF_T_NHDR8 : ELF_T_NHDR);
    GElf_Nhdr note;
    size_t name_at, payload_at;
    for (size_t at = 0; data && (at = gelf_getnote(data, at, &note, &name_at, &payload_at)) > 0;)
        if (note.n_type == NT_PRSTATUS && note.n_namesz == sizeof "CORE" &&
            memcmp((const char *)data->d_buf + name_at, "CORE", sizeof "CORE") == 0 &&
            add_thread(core, machine, (const unsigned char *)data->d_buf + payload_at,
                       note.n_descsz))
            return -1;
    return 0;
}

/* ---- opening ---- */

/* NULL, or why this is no core that can be used. */
static const char *read_core(struct mt_core *core, Elf *elf, unsigned elf_machine)
{
    const struct machine *machine = find_machine(elf_machine);
    GElf_Ehdr header;
    size_t count;
    if (elf_kind(elf) != ELF_K_ELF || !gelf_getehdr(elf, &header) || header.e_type != ET_CORE)
        return "not a core file";
    if (header.e_ident[EI_CLASS] != ELFCLASS64 || header.e_machine != elf_machine || !machine)
        return "a core of another sort of machine than the trace's";
    if (elf_getphdrnum(elf, &count) != 0)
        return "its program headers are damaged";
    for (size_t i = 0; i < count; i++) {
        GElf_Phdr program;
        if (!gelf_getphdr(elf, (int)i, &program))
            return "its program headers are damaged";
        if ((program.p_type == PT_LOAD && add_segment(core, &program)) ||
            (program.p_type == PT_NOTE && read_notes(core, elf, &program, machine)))
            return "not enough memory";
    }
    settle_segments(core);
    if (!core->thread_count)
        return "it names no thread (it may be cut short: see ulimit -c)";
    return NULL;
}

static const char *map_file(const char *path, struct mt_core *core)
{
    const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    struct stat status;
    if (fd < 0)
        return strerror(errno);
    if (fstat(fd, &status) == 0 && S_ISREG(status.st_mode) && status.st_size > 0) {
        core->image_bytes = (size_t)status.st_size;
        core->image = mmap(NULL, core->image_bytes, PROT_READ, MAP_PRIVATE, fd, 0);
        if (core->image == MAP_FAILED)
            core->image = NULL;
    }
    close(fd);
    return core->image ? NULL : "not a core file";
}

int mt_core_open(const char *path, unsigned machine, struct mt_core *ret_core,
                 struct mt_error *error)
{
    *ret_core = (struct mt_core){0};
    const char *problem = map_file(path, ret_core);
    if (!problem) {
        elf_version(EV_CURRENT);
        Elf *elf = elf_memory(ret_core->image, ret_core->image_bytes);
        problem = elf ? read_core(ret_core, elf, machine) : "not a core file";
        elf_end(elf);
    }
    if (!problem)
        return MT_OK;
    mt_core_close(ret_core);
    return mt_fail(error, MT_UNREADABLE, "%s: %s", path, problem);
}

void mt_core_close(struct mt_core *core)
{
    if (core->image)
        munmap(core->image, core->image_bytes);
    free(core->segments);
    free(core->threads);
    *core = (struct mt_core){0};
}

/* ---- asking ---- */

/* The first segment that ends behind `address`; NULL where all lie before it. */
static const struct mt_core_segment *segment_from(const struct mt_core *core, uint64_t address)
{
    size_t low = 0, high = core->segment_count;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (core->segments[middle].end <= address)
            low = middle + 1;
        else
            high = middle;
    }
    return low < core->segment_count ? &core->segments[low] : NULL;
}

const struct mt_core_segment *mt_core_segment_at(const struct mt_core *core, uint64_t address)
{
    const struct mt_core_segment *segment = segment_from(core, address);
    return segment && segment->start <= address ? segment : NULL;
}

const unsigned char *mt_core_bytes(const struct mt_core *core, uint64_t address,
                                   uint64_t *ret_bytes)
{
    const struct mt_core_segment *segment = segment_from(core, address);
    if (!segment || address < segment->start || address - segment->start >= segment->byte_count) {
        const uint64_t next = !segment                   ? UINT64_MAX
                              : address < segment->start ? segment->start
                                                         : segment->end;
        *ret_bytes = next - address;
        return NULL;
    }
    *ret_bytes = segment->byte_count - (address - segment->start);
    return segment->bytes + (address - segment->start);
}
