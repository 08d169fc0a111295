/* sparse_input.h: a trace as a fuzzer should see it. A trace is mostly zeros, and a fuzzer that
 * changes bytes at random would change zeros; so an input is the parts that hold something:
 *
 *   file size (4 bytes), then pieces: offset (4), length (2), that many bytes
 *
 * in the machine's byte order; the last piece may be short. Offsets and the size are taken modulo
 * SPARSE_BYTES_MAX. Any bytes are an input. */
#ifndef MT_SPARSE_INPUT_H
#define MT_SPARSE_INPUT_H

#include "fuzzer.h"

enum { SPARSE_BYTES_MAX = 4 << 20 };

struct sparse_piece {
    uint32_t offset;
    uint16_t bytes;
} __attribute__((packed));

/* The path of the input as a file. One file serves all inputs, one after another. */
const char *mt_sparse_input_file(const uint8_t *data, size_t size);

#endif
