/* fingerprint.c: from a site's stack to the 64 bits that baselines, diffs and SARIF know it by.
 *
 * It is the FNV-1a hash of a version, the kind, and the names of the innermost eight functions,
 * each ended by a zero byte. So that it means the same tomorrow:
 *   - no addresses, files or lines go in: it survives address randomisation, moved lines and moved
 *     source trees;
 *   - inlined calls are frames like others: the chain of calls in the source is the same whether
 *     the compiler inlined one or not. (The machine's frames alone would change with every decision
 *     of the optimizer; the price is that a stripped build of inlined code has other fingerprints.)
 *   - names come without parameters and without suffixes of clones, Rust's without hash, and
 *     lambdas without their number: a lambda is known by the function around it;
 *   - frames of allocators and standard containers are left out, for they change with the library;
 *     so are the frames outside main, and direct recursion counts once;
 *   - a frame without a name is its module's base name and the offset in it, as long as nothing
 *     more lasting names the site; after a named frame the base name alone, so that an updated
 *     libc does not change the fingerprints of a program's own sites. */
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include "fingerprint.h"
#include "frames.h"
#include "site_name.h"

static uint64_t hash_bytes(uint64_t hash, const void *bytes, size_t count)
{
    for (const unsigned char *byte = bytes; count--; byte++)
        hash = (hash ^ *byte) * UINT64_C(0x100000001b3);
    return hash;
}

/* Hashes a name and the zero byte at its end, but no "{lambda(int)#2}::" in it. */
static uint64_t hash_name(uint64_t hash, const char *name)
{
    static const char lambda[] = "{lambda(";
    const char *start;
    while ((start = strstr(name, lambda))) {
        const char *end = strstr(start, "}::");
        if (!end)
            break;
        hash = hash_bytes(hash, name, (size_t)(start - name));
        name = end + 3;
    }
    return hash_bytes(hash, name, strlen(name) + 1);
}

static uint64_t hash_start(enum mt_kind kind)
{
    const unsigned char head[] = {MT_FINGERPRINT_VERSION, (unsigned char)kind};
    return hash_bytes(UINT64_C(0xcbf29ce484222325), head, sizeof head);
}

/* The name of a frame for the hash. */
static const char *name_of(const struct mt_frame_walk *walk, const struct mt_frame *frame,
                           bool with_offset, char *buffer, size_t size)
{
    if (frame->function)
        return frame->function->brief;
    const struct mt_location *location = walk->location;
    if (!location->module)
        return "?"; /* generated code lies elsewhere each time */
    if (!with_offset)
        return mt_base_name(location->module->path);
    snprintf(buffer, size, "%s+0x%" PRIx64, mt_base_name(location->module->path), location->offset);
    return buffer;
}

/* Hashes up to FRAMES names into *hash; false when there was none. */
static bool hash_frames(const struct mt_trace *trace, struct mt_symbols *symbols, uint32_t stack,
                        bool with_allocators, uint64_t *hash)
{
    struct mt_frame_walk walk;
    const struct mt_frame *frame;
    char buffers[2][4200];
    const char *previous = NULL;
    unsigned count = 0;
    bool is_named = false;
    mt_frames_begin(&walk, trace, symbols, stack);
    while (count < MT_FINGERPRINT_FRAMES && (frame = mt_frames_next(&walk)) &&
           !mt_is_start_frame(frame)) {
        if (!with_allocators && mt_is_allocator_frame(frame))
            continue;
        const char *name = name_of(&walk, frame, !is_named, buffers[count % 2], sizeof buffers[0]);
        is_named = is_named || frame->function;
        if (previous && strcmp(previous, name) == 0)
            continue;
        *hash = hash_name(*hash, name);
        previous = name;
        count++;
        if (mt_is_main_frame(frame))
            break;
    }
    return count > 0;
}

uint64_t mt_fingerprint(const struct mt_trace *trace, struct mt_symbols *symbols, enum mt_kind kind,
                        uint32_t stack)
{
    uint64_t hash = hash_start(kind);
    if (!hash_frames(trace, symbols, stack, false, &hash))
        hash_frames(trace, symbols, stack, true, &hash);
    return hash;
}

uint64_t mt_fingerprint_of_names(enum mt_kind kind, const char *const *names, size_t count)
{
    uint64_t hash = hash_start(kind);
    for (size_t i = 0; i < count; i++)
        hash = hash_name(hash, names[i]);
    return hash;
}

uint64_t mt_fingerprint_of_name(enum mt_kind kind, const char *name)
{
    return mt_fingerprint_of_names(kind, &name, 1);
}
