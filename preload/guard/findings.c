/* findings.c: from what was found to a misuse in the trace, and to lines like these:
 *
 *   memtrace: wrote to 0x7f2a5c0ff000, 0 bytes past the end of a block of 48 bytes
 *   memtrace:   here app+0x1189 < app+0x10a1 < libc.so.6+0x2724a
 *   memtrace:   allocated app+0x1170 < …
 *
 * Stacks are those of the trace: the report has their lines of code. Those of a block that was
 * allocated before a fork are made again, in the child's trace, of the addresses that were kept. */
#include "findings.h"

#include "arch.h"
#include "epochs.h"
#include "errors.h"
#include "hot.h"
#include "line.h"
#include "modules.h"
#include "nodes.h"
#include "record.h"
#include "trace_file.h"

enum { SHOWN_FRAMES = 16 };

/* ---- who was it ---- */

static int is_frame(uint32_t node)
{
    return node && !(mt_node_at(node)->flags & MT_NODE_EPOCH);
}

void mt_finding_remember(struct mt_guard_event *event, const struct mt_thread_state *thread,
                         uint32_t stack, enum mt_function function)
{
    *event = (struct mt_guard_event){
        .stack = stack,
        .pid = mt_process->header->pid,
        .tid = thread->tid,
        .thread = (uint16_t)thread->slot,
        .function = (uint8_t)function,
        .ms = mt_process_now_ms(),
    };
    for (uint32_t node = stack; is_frame(node) && event->frames < MT_GUARD_FRAMES;
         node = mt_node_at(node)->parent)
        event->pc[event->frames++] = mt_node_at(node)->pc;
}

/* The event's stack in the trace of this process. */
static uint32_t stack_of(const struct mt_guard_event *event, enum mt_function function)
{
    if (event->pid == mt_process->header->pid)
        return event->stack;
    uint32_t node = mt_epoch_root(0);
    unsigned flags = event->frames == MT_GUARD_FRAMES ? MT_NODE_CUT_DEPTH : 0;
    for (uint32_t i = event->frames; i-- > 0; flags = 0) {
        const uint32_t module = mt_modules_find(event->pc[i] - 1);
        node = mt_node_intern(event->pc[i],
                              mt_node_rest(node, module, i ? MT_FN_UNKNOWN : function, flags));
        if (!node)
            return 0;
    }
    return event->frames ? node : 0;
}

/* ---- saying it ---- */

static void add_bytes(struct mt_line *line, uint64_t bytes)
{
    mt_line_add_grouped(line, bytes);
    mt_line_add(line, bytes == 1 ? " byte" : " bytes");
}

/* Where the address lies, seen from the block. */
static void add_place(struct mt_line *line, const struct mt_misuse *misuse)
{
    const uint64_t end = misuse->block + misuse->block_bytes;
    const int is_before = misuse->address < misuse->block, is_behind = misuse->address >= end;
    add_bytes(line, is_before   ? misuse->block - misuse->address
                    : is_behind ? misuse->address - end
                                : misuse->address - misuse->block);
    mt_line_add(line, is_before   ? " before the beginning of "
                      : is_behind ? " past the end of "
                                  : " into ");
    mt_line_add(line, "a block of ");
    add_bytes(line, misuse->block_bytes);
    if (misuse->freed)
        mt_line_add(line, ", after it was freed");
}

static void say_what(const struct mt_misuse *misuse)
{
    struct mt_line line;
    mt_line_start(&line);
    if (misuse->kind == MT_MISUSE_OVERRUN) {
        add_bytes(&line, misuse->bytes);
        mt_line_add(&line, misuse->bytes == 1 ? " was changed, " : " were changed, ");
    } else {
        mt_line_add(&line, misuse->function                  ? "released "
                           : misuse->flags & MT_MISUSE_WRITE ? "wrote to "
                                                             : "read from ");
        mt_line_add_hex(&line, misuse->address);
        mt_line_add(&line, ", ");
    }
    add_place(&line, misuse);
    if (misuse->kind == MT_MISUSE_OVERRUN)
        mt_line_add(&line, misuse->function ? "; found when it was released"
                                            : "; found by a look at all blocks");
    mt_line_say(&line);
}

static void say_stack(const char *title, uint32_t node)
{
    struct mt_line line;
    if (!is_frame(node))
        return;
    mt_line_start(&line);
    mt_line_add(&line, "  ");
    mt_line_add(&line, title);
    for (int i = 0; is_frame(node) && i < SHOWN_FRAMES; i++, node = mt_node_at(node)->parent) {
        uint32_t length;
        uint64_t offset;
        const uint64_t pc = mt_node_at(node)->pc;
        const char *name = mt_modules_place(pc - 1, &length, &offset);
        mt_line_add(&line, i ? " < " : " ");
        if (name) {
            mt_line_add_bytes(&line, name, length);
            mt_line_add(&line, "+");
        }
        mt_line_add_hex(&line, name ? offset + 1 : pc);
    }
    mt_line_say(&line);
}

static void note(const struct mt_misuse *misuse)
{
    struct mt_line line;
    if (!mt_errors_note(misuse))
        return; /* said before */
    say_what(misuse);
    say_stack(misuse->function ? "released" : "here", misuse->stack);
    say_stack("allocated", misuse->allocated);
    say_stack("freed", misuse->freed);
    mt_line_start(&line);
    mt_line_add(&line, "  for the lines of code: memtrace report ");
    mt_line_add(&line, mt_trace_file_path());
    mt_line_say(&line);
}

/* ---- what was found ---- */

static struct mt_misuse describe(const struct mt_thread_state *thread, uint32_t stack,
                                 const struct mt_guarded *slot)
{
    struct mt_misuse misuse = {
        .stack = stack, .tid = thread->tid, .thread = (uint16_t)thread->slot};
    if (!slot)
        return misuse;
    misuse.block = slot->block;
    misuse.block_bytes = slot->bytes;
    misuse.allocated = stack_of(&slot->given, (enum mt_function)slot->given.function);
    misuse.freed = stack_of(&slot->freed, MT_FN_UNKNOWN);
    misuse.freed_function = slot->freed.function;
    misuse.freed_thread = slot->freed.thread;
    misuse.freed_ms = slot->freed.ms;
    return misuse;
}

void mt_finding_of_access(uintptr_t address, const void *context)
{
    const struct mt_guarded *slot = mt_guard_meant(address);
    struct mt_thread_state *thread = slot ? mt_thread_self() : NULL;
    if (!thread)
        return;
    struct mt_registers registers;
    mt_arch_saved(context, &registers);
    const uint32_t stack = mt_record_interrupted(thread, &registers);
    struct mt_misuse misuse = describe(thread, stack, slot);
    const int is_freed = __atomic_load_n(&slot->state, __ATOMIC_ACQUIRE) == MT_GUARD_FREED;
    misuse.kind = is_freed ? MT_MISUSE_USE_AFTER_FREE : MT_MISUSE_OUT_OF_BOUNDS;
    misuse.flags = mt_arch_was_store(context) ? MT_MISUSE_WRITE : 0;
    misuse.address = address;
    note(&misuse);
}

void mt_finding_of_damage(struct mt_thread_state *thread, const struct mt_found *found)
{
    struct mt_misuse misuse = describe(thread, found->stack, found->slot);
    if (!found->slot) {
        misuse.block = found->block;
        misuse.block_bytes = found->damage.of_bytes;
        misuse.allocated = found->allocated;
    }
    misuse.kind = MT_MISUSE_OVERRUN;
    misuse.flags = MT_MISUSE_WRITE;
    misuse.function = (uint8_t)found->function;
    misuse.address = found->block + (uint64_t)found->damage.offset;
    misuse.bytes = found->damage.bytes;
    note(&misuse);
}

void mt_finding_of_second_release(struct mt_thread_state *thread, uintptr_t address,
                                  enum mt_function function, uint32_t stack)
{
    const struct mt_guarded *slot = mt_guard_meant(address);
    if (!slot || thread->way & MT_WAY_CHECKS)
        return; /* option errors has said so */
    struct mt_misuse misuse = describe(thread, stack, slot);
    misuse.kind = slot->block == address ? MT_MISUSE_DOUBLE_FREE : MT_MISUSE_INNER_FREE;
    misuse.function = (uint8_t)function;
    misuse.address = address;
    note(&misuse);
}
