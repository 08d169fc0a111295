/* image.h: what an executable or library file says of itself, as far as it decides whether a
 * preloaded library will be loaded into it and its allocations seen. */
#ifndef MT_IMAGE_H
#define MT_IMAGE_H

#include <stdbool.h>
#include <stdint.h>

struct mt_image {
    unsigned word_bits; /* 32 or 64 */
    uint16_t machine;   /* ELF e_machine */
    bool is_big_endian;
    bool is_static;        /* starts without a dynamic loader */
    bool defines_malloc;   /* its own malloc comes before any preloaded one */
    const char *sanitizer; /* "AddressSanitizer" when its runtime is in it; NULL for none */
    char loader[64];       /* file name of its dynamic loader; "" for a library or static program */
};

/* Reads the file. Returns 0; -1 with errno when it cannot be read, with ENOEXEC when it is no ELF
 * program or library. */
int mt_image_read(const char *path, struct mt_image *ret_image);

/* Whether a process of `program` can load libraries made for the machine of `other`. */
bool mt_image_same_machine(const struct mt_image *program, const struct mt_image *other);

/* "64-bit x86-64": written into `text`. Returns it. */
const char *mt_image_machine(const struct mt_image *image, char text[48]);

#endif
