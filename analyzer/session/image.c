/* image.c: reads an ELF file's program headers, dynamic section and symbols by libelf, and keeps
 * the few answers of struct mt_image. Nothing of the file is executed or loaded. */
#include "image.h"

#include <errno.h>
#include <fcntl.h>
#include <gelf.h>
#include <libelf.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* A sanitizer brings a malloc of its own. It shows as a needed library, or, where it is linked in
 * statically, as the function that its instrumentation calls first. */
static const struct sanitizer {
    const char *name, *gcc_library, *clang_library, *function;
} sanitizers[] = {
    {"AddressSanitizer", "libasan.so", "libclang_rt.asan", "__asan_init"},
    {"ThreadSanitizer", "libtsan.so", "libclang_rt.tsan", "__tsan_init"},
    {"LeakSanitizer", "liblsan.so", "libclang_rt.lsan", "__lsan_init"},
    {"MemorySanitizer", "libmsan.so", "libclang_rt.msan", "__msan_init"},
    {"HWAddressSanitizer", "libhwasan.so", "libclang_rt.hwasan", "__hwasan_init"},
};
enum { SANITIZERS = sizeof sanitizers / sizeof sanitizers[0] };

static bool begins(const char *text, const char *prefix)
{
    return strncmp(text, prefix, strlen(prefix)) == 0;
}

static void see_library(struct mt_image *image, const char *name)
{
    for (int i = 0; i < SANITIZERS; i++) {
        if (begins(name, sanitizers[i].gcc_library) || begins(name, sanitizers[i].clang_library))
            image->sanitizer = sanitizers[i].name;
    }
}

static void see_symbol(struct mt_image *image, const char *name)
{
    if (strcmp(name, "malloc") == 0)
        image->defines_malloc = true;
    for (int i = 0; i < SANITIZERS; i++) {
        if (strcmp(name, sanitizers[i].function) == 0)
            image->sanitizer = sanitizers[i].name;
    }
}

static void read_symbols(Elf *elf, Elf_Scn *section, const GElf_Shdr *header,
                         struct mt_image *image)
{
    Elf_Data *data = elf_getdata(section, NULL);
    const size_t count = header->sh_entsize ? header->sh_size / header->sh_entsize : 0;
    for (size_t i = 0; data && i < count; i++) {
        GElf_Sym symbol;
        if (!gelf_getsym(data, (int)i, &symbol))
            return;
        const char *name = elf_strptr(elf, header->sh_link, symbol.st_name);
        const int type = GELF_ST_TYPE(symbol.st_info);
        if (name && symbol.st_shndx != SHN_UNDEF && GELF_ST_BIND(symbol.st_info) != STB_LOCAL &&
            (type == STT_FUNC || type == STT_GNU_IFUNC))
            see_symbol(image, name);
    }
}

/* Returns whether the object names itself, as libraries do and programs do not. */
static bool read_dynamic(Elf *elf, Elf_Scn *section, const GElf_Shdr *header,
                         struct mt_image *image)
{
    bool has_soname = false;
    Elf_Data *data = elf_getdata(section, NULL);
    const size_t count = header->sh_entsize ? header->sh_size / header->sh_entsize : 0;
    for (size_t i = 0; data && i < count; i++) {
        GElf_Dyn entry;
        if (!gelf_getdyn(data, (int)i, &entry))
            break;
        has_soname |= entry.d_tag == DT_SONAME;
        if (entry.d_tag != DT_NEEDED)
            continue;
        const char *name = elf_strptr(elf, header->sh_link, entry.d_un.d_val);
        if (name)
            see_library(image, name);
    }
    return has_soname;
}

/* Whether the file is long enough to hold the segment. */
static bool is_inside(Elf *elf, const GElf_Phdr *header)
{
    size_t file_bytes;
    return elf_rawfile(elf, &file_bytes) && header->p_offset <= file_bytes &&
           header->p_filesz <= file_bytes - header->p_offset;
}

static void read_loader(Elf *elf, const GElf_Phdr *header, struct mt_image *image)
{
    const char *path = elf_rawfile(elf, NULL) + header->p_offset;
    const size_t length = strnlen(path, header->p_filesz);
    const char *slash = memrchr(path, '/', length);
    const char *name = slash ? slash + 1 : path;
    snprintf(image->loader, sizeof image->loader, "%.*s", (int)(path + length - name), name);
}

static int read_elf(Elf *elf, struct mt_image *image)
{
    GElf_Ehdr header;
    size_t program_headers;
    if (elf_kind(elf) != ELF_K_ELF || !gelf_getehdr(elf, &header) ||
        elf_getphdrnum(elf, &program_headers) != 0)
        return -1;
    if (header.e_type != ET_EXEC && header.e_type != ET_DYN)
        return -1;
    image->word_bits = header.e_ident[EI_CLASS] == ELFCLASS64 ? 64 : 32;
    image->is_big_endian = header.e_ident[EI_DATA] == ELFDATA2MSB;
    image->machine = header.e_machine;

    bool has_code = false;
    for (size_t i = 0; i < program_headers; i++) {
        GElf_Phdr segment;
        if (!gelf_getphdr(elf, (int)i, &segment) || !is_inside(elf, &segment))
            return -1;
        has_code |= segment.p_type == PT_LOAD;
        if (segment.p_type == PT_INTERP)
            read_loader(elf, &segment, image);
    }
    if (!has_code)
        return -1;

    bool has_soname = false;
    for (Elf_Scn *section = NULL; (section = elf_nextscn(elf, section));) {
        GElf_Shdr section_header;
        if (!gelf_getshdr(section, &section_header))
            continue;
        if (section_header.sh_type == SHT_DYNAMIC)
            has_soname |= read_dynamic(elf, section, &section_header, image);
        if (section_header.sh_type == SHT_DYNSYM || section_header.sh_type == SHT_SYMTAB)
            read_symbols(elf, section, &section_header, image);
    }
    /* The loader itself has no loader either, and honours the preload when it is started. */
    image->is_static = !image->loader[0] && !has_soname;
    return 0;
}

int mt_image_read(const char *path, struct mt_image *ret_image)
{
    const int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return -1;
    elf_version(EV_CURRENT);
    Elf *elf = elf_begin(fd, ELF_C_READ_MMAP, NULL);
    struct mt_image image = {0};
    const int status = elf ? read_elf(elf, &image) : -1;
    elf_end(elf);
    close(fd);
    if (status == 0)
        *ret_image = image;
    else
        errno = ENOEXEC;
    return status;
}

bool mt_image_same_machine(const struct mt_image *program, const struct mt_image *other)
{
    return program->machine == other->machine && program->word_bits == other->word_bits &&
           program->is_big_endian == other->is_big_endian;
}

const char *mt_image_machine(const struct mt_image *image, char text[48])
{
    static const struct {
        uint16_t machine;
        const char *name;
    } names[] = {
        {EM_X86_64, "x86-64"}, {EM_AARCH64, "aarch64"}, {EM_386, "i386"},  {EM_ARM, "arm"},
        {EM_RISCV, "riscv"},   {EM_PPC64, "ppc64"},     {EM_S390, "s390"},
    };
    const char *name = "another machine";
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (names[i].machine == image->machine)
            name = names[i].name;
    }
    snprintf(text, 48, "%u-bit %s", image->word_bits, name);
    return text;
}
