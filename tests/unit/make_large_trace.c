/* make_large_trace.c: PATH [BLOCKS [SITES [CALLS]]]: writes a trace of BLOCKS live blocks
 * (10,000,000) from SITES stacks (100,000) of 5 to 30 frames, for speed tests. Frames return to one
 * of CALLS places (20,000,000, so that hardly two are the same; programs have 500 to 20,000). The
 * same numbers give the same bytes. */
#include <stdio.h>
#include <stdlib.h>
#include "trace_builder.h"

enum { FRAMES_MAX = 30, MODULES = 20, MODULE_BYTES = 0x100000 };

static uint32_t calls_per_module = MODULE_BYTES;

static uint32_t next_random(void)
{
    static uint64_t state = 88172645463325252;
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return (uint32_t)(state >> 32);
}

/* A frame somewhere in one of the modules; module 0 is not one of them. */
static uint32_t add_frame(struct trace_builder *builder, uint32_t parent, enum mt_function function)
{
    uint16_t module = (uint16_t)(1 + next_random() % MODULES);
    uint64_t call = next_random() % calls_per_module * (MODULE_BYTES / calls_per_module);
    return mt_builder_node(builder, parent, ((uint64_t)module << 32) + call, module, function);
}

/* Stacks that share a part of their callers with the one before, as those of programs do. */
static uint32_t *make_sites(struct trace_builder *builder, uint32_t count)
{
    uint32_t *sites = calloc(count, sizeof *sites), path[FRAMES_MAX] = {0};
    unsigned depth = 0;
    for (uint32_t i = 0; sites && i < count; i++) {
        unsigned shared = depth ? 1 + next_random() % depth : 0, wanted = 5 + next_random() % 25;
        for (depth = shared < wanted ? shared : wanted - 1; depth < wanted - 1; depth++)
            path[depth] = add_frame(builder, depth ? path[depth - 1] : 0, MT_FN_UNKNOWN);
        sites[i] = add_frame(builder, path[depth - 1], MT_FN_MALLOC);
    }
    return sites;
}

static void make_blocks(struct trace_builder *builder, uint32_t count, const uint32_t *sites,
                        uint32_t site_count)
{
    uint64_t address = 0x1000010, bytes = 0;
    for (uint32_t i = 0; i < count; i++) {
        uint64_t size = next_random() % 8 ? next_random() % 64 : next_random() % 2000;
        mt_builder_block(builder, address, size, sites[next_random() % site_count],
                         1 + next_random() % 4, i / 1000);
        bytes += size;
        address += (size + 8 + 15) / 16 * 16 < 32 ? 32 : (size + 8 + 15) / 16 * 16;
    }
    mt_builder_thread(builder, 1, "large")->allocated_bytes = bytes;
    mt_builder_thread(builder, 1, "large")->calls[MT_FN_MALLOC] = count;
    mt_builder_header(builder)->brk_start = 0x1000000;
    mt_builder_header(builder)->brk_end = address;
}

int main(int argc, char **argv)
{
    uint32_t blocks = argc > 2 ? (uint32_t)strtoul(argv[2], NULL, 10) : 10000000;
    uint32_t site_count = argc > 3 ? (uint32_t)strtoul(argv[3], NULL, 10) : 100000;
    if (argc > 4)
        calls_per_module = (uint32_t)strtoul(argv[4], NULL, 10) / MODULES;
    if (argc < 2 || argc > 5 || blocks == 0 || site_count == 0 || calls_per_module == 0 ||
        calls_per_module > MODULE_BYTES) {
        fprintf(stderr, "usage: make_large_trace PATH [BLOCKS [SITES [CALLS]]]\n");
        return EXIT_FAILURE;
    }
    struct trace_builder *builder = mt_builder_create(5);
    mt_builder_text(builder, MT_FACT_EXECUTABLE, "/usr/bin/large");
    mt_builder_text(builder, MT_FACT_ALLOCATOR, "glibc 2.36");
    for (uint64_t module = 1; module <= MODULES; module++)
        mt_builder_module(builder, module << 32, (module << 32) + MODULE_BYTES,
                          module == 1 ? MT_MODULE_MAIN : 0, "/nowhere/lib.so");
    for (uint32_t slot = 1; slot <= 4; slot++)
        mt_builder_thread(builder, slot, "worker");
    uint32_t *sites = make_sites(builder, site_count);
    if (!sites)
        return EXIT_FAILURE;
    make_blocks(builder, blocks, sites, site_count);
    free(sites);
    mt_builder_save(builder, argv[1]);
    mt_builder_destroy(builder);
    return EXIT_SUCCESS;
}
