/* oracle_signing.c: takes an unwind entry of aarch64, finds the marks in it that say from where on
 * the return address is signed (arch.h), and reads the entry for libunwind without them. Whether an
 * address is signed need not be known, for what is no part of it is taken off any. Of
 * oracle_parts.h.
 *
 * libunwind gives up at the mark: 1.6 and before take it for SPARC's register windows, whose number
 * it has. To tell it from an operand of the same value, the entry's instructions are gone through
 * (DWARF 5, 6.4.2; DWARF for the Arm 64-bit Architecture, 5.2). */
#include "oracle_parts.h"

#if defined(__aarch64__)

#include <stddef.h>

enum {
    MARK = 0x2d,         /* DW_CFA_AARCH64_negate_ra_state */
    MARK_WITH_PC = 0x2c, /* DW_CFA_AARCH64_negate_ra_state_with_pc */
    OPCODES = 0x40,
};

/* Of each instruction with an opcode of its own: n bytes, a LEB128 number, a block with its length
 * before it. NULL: not known, or its length depends on more. */
static const char *const operands[OPCODES] = {
    [0x00] = "",  [0x02] = "1",  [0x03] = "2",  [0x04] = "4",  [0x05] = "nn", [0x06] = "n",
    [0x07] = "n", [0x08] = "n",  [0x09] = "nn", [0x0a] = "",   [0x0b] = "",   [0x0c] = "nn",
    [0x0d] = "n", [0x0e] = "n",  [0x0f] = "b",  [0x10] = "nb", [0x11] = "nn", [0x12] = "nn",
    [0x13] = "n", [0x14] = "nn", [0x15] = "nn", [0x16] = "nb", [0x1d] = "8",  [MARK_WITH_PC] = "",
    [MARK] = "",  [0x2e] = "n",  [0x2f] = "nn",
};

struct reader {
    const uint8_t *at, *end;
};

static uint64_t read_number(struct reader *reader)
{
    uint64_t value = 0;
    for (unsigned shift = 0; reader->at < reader->end; shift += 7) {
        const uint8_t byte = *reader->at++;
        value |= shift < 64 ? (uint64_t)(byte & 0x7f) << shift : 0;
        if (!(byte & 0x80))
            break;
    }
    return value;
}

static void skip(struct reader *reader, uint64_t bytes)
{
    const uint64_t left = (uint64_t)(reader->end - reader->at);
    reader->at += bytes < left ? bytes : left;
}

static void skip_operands(struct reader *reader, const char *of)
{
    for (; *of; of++) {
        if (*of == 'n')
            read_number(reader);
        else if (*of == 'b')
            skip(reader, read_number(reader));
        else
            skip(reader, (uint64_t)(*of - '0'));
    }
}

static void find_marks(struct mt_oracle_step *step, struct reader reader)
{
    while (reader.at < reader.end) {
        const uint8_t *instruction = reader.at++;
        const unsigned with_operand = *instruction >> 6; /* 1: a distance; 2, 3: a register */
        const char *of = with_operand ? (with_operand == 2 ? "n" : "") : operands[*instruction];
        if (!of)
            return;
        if (*instruction == MARK || *instruction == MARK_WITH_PC) {
            if (step->mark_count == MT_ORACLE_MARKS)
                return;
            step->marks[step->mark_count++] = (uintptr_t)instruction;
        }
        skip_operands(&reader, of);
    }
}

static uint32_t word32(const uint8_t *at)
{
    uint32_t word;
    __builtin_memcpy(&word, at, sizeof word);
    return word;
}

/* Bytes of a pointer in this encoding; 0 where that depends. */
static unsigned pointer_bytes(uint8_t encoding)
{
    static const uint8_t bytes[16] = {
        [0] = 8, [2] = 2, [3] = 4, [4] = 8, [10] = 2, [11] = 4, [12] = 8};
    return bytes[encoding & 15];
}

/* The encoding of the entry's pointers, by the entry that it has in common with others; 0xff where
 * that is of another kind than compilers make. */
static uint8_t encoding_of(const uint8_t *common)
{
    enum { HEAD_BYTES = 8, OTHER = 0xff };
    struct reader reader = {common + HEAD_BYTES, common + 4 + word32(common)};
    const uint8_t version = *reader.at++;
    const char *augmentation = (const char *)reader.at;
    while (reader.at < reader.end && *reader.at++)
        ;
    read_number(&reader); /* alignment of code, of data, the return address's register */
    read_number(&reader);
    if (version == 1)
        skip(&reader, 1);
    else
        read_number(&reader);
    if (*augmentation++ != 'z')
        return OTHER;
    read_number(&reader);
    for (; *augmentation && reader.at < reader.end; augmentation++) {
        if (*augmentation == 'R')
            return *reader.at;
        if (*augmentation == 'L')
            skip(&reader, 1);
        else if (*augmentation == 'P')
            skip(&reader, 1 + pointer_bytes(*reader.at));
        else if (*augmentation != 'S' && *augmentation != 'B')
            return OTHER;
    }
    return OTHER;
}

void mt_oracle_find_marks(struct mt_oracle_step *step, const uint8_t *entry)
{
    const uint32_t length = word32(entry);
    const uint8_t *common = entry + 4 - word32(entry + 4);
    step->mark_count = 0;
    if (length == UINT32_MAX || !mt_oracle_is_in_code(&step->code, (uintptr_t)common))
        return;
    const unsigned bytes = pointer_bytes(encoding_of(common));
    if (!bytes)
        return;
    struct reader reader = {entry + 8, entry + 4 + length};
    skip(&reader, 2 * bytes);
    skip(&reader, read_number(&reader));
    find_marks(step, reader);
}

uintptr_t mt_oracle_code_word(const struct mt_oracle_step *step, uintptr_t address)
{
    uintptr_t word = *(const uintptr_t *)address;
    for (uint32_t i = 0; i < step->mark_count; i++) {
        const uintptr_t byte = step->marks[i] - address;
        if (byte < sizeof word)
            word &= ~((uintptr_t)0xff << 8 * byte); /* DW_CFA_nop */
    }
    return word;
}

#endif
