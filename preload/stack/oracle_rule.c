/* oracle_rule.c: takes a return address, gives its rule (rule_word.h). Of oracle.h.
 *
 * A rule is found by a probe: libunwind makes one step from made-up registers over made-up memory,
 * and we watch what it reads. Two probes with different values must agree, so that an expression
 * that happens to give the right number once (an alignment, a condition) is not taken for a sum. */
#include "oracle.h"

#include <errno.h>
#include "oracle_parts.h"
#include "rules.h"

enum {
    READS_MAX = 4,
    WINDOW_BYTES = 1 << 28, /* made-up memory around each made-up register */
};

struct probe {
    struct mt_oracle_step step;
    uintptr_t pc; /* looked up: the return address - 1 */
    uintptr_t sp, fp;
    uintptr_t fill; /* where pointers read from made-up memory lead */
    uintptr_t read_at[READS_MAX];
    int read_count;
    int is_strange; /* other registers or other memory were wanted */
    /* The outcome. */
    int has_caller; /* 0: the return address is undefined */
    uintptr_t cfa;
    uintptr_t return_address;
    int fp_is_same;
    uintptr_t fp_slot;
};

static uintptr_t made_up_word(const struct probe *probe, uintptr_t address)
{
    return probe->fill + (address & (WINDOW_BYTES - 1)) / 8 * 16 + 8;
}

static int is_near(uintptr_t address, uintptr_t middle)
{
    return address - (middle - WINDOW_BYTES / 2) < WINDOW_BYTES;
}

static int probe_find_proc_info(unw_addr_space_t space, unw_word_t ip, unw_proc_info_t *info,
                                int need_unwind_info, void *argument)
{
    struct probe *probe = argument;
    return mt_oracle_find_entry(&probe->step, space, ip, info, need_unwind_info, argument);
}

static int probe_access_mem(unw_addr_space_t space, unw_word_t address, unw_word_t *value,
                            int write, void *argument)
{
    (void)space;
    struct probe *probe = argument;
    if (!write && mt_oracle_is_in_code(&probe->step.code, address)) {
        *value = mt_oracle_code_word(&probe->step, address);
        return 0;
    }
    if (write || probe->read_count == READS_MAX ||
        (!is_near(address, probe->sp) && !is_near(address, probe->fp) &&
         !is_near(address, probe->fill))) {
        probe->is_strange = 1;
        return -UNW_EINVAL;
    }
    probe->read_at[probe->read_count++] = address;
    *value = made_up_word(probe, address);
    return 0;
}

static int probe_access_reg(unw_addr_space_t space, unw_regnum_t number, unw_word_t *value,
                            int write, void *argument)
{
    (void)space;
    struct probe *probe = argument;
    if (write ||
        (number != MT_REGISTER_PC && number != MT_REGISTER_SP && number != MT_REGISTER_FP)) {
        probe->is_strange = 1;
        return -UNW_EBADREG;
    }
    *value = number == MT_REGISTER_PC   ? probe->pc
             : number == MT_REGISTER_SP ? probe->sp
                                        : probe->fp;
    return 0;
}

const struct mt_oracle_access mt_oracle_probe_access = {probe_find_proc_info, probe_access_mem,
                                                        probe_access_reg};

static void make_step(struct probe *probe)
{
    unw_cursor_t cursor;
    if (mt_libunwind.init_remote(&cursor, mt_libunwind.probes, probe) < 0) {
        probe->is_strange = 1;
        return;
    }
    const int result = mt_libunwind.step(&cursor);
    unw_word_t cfa = 0;
    unw_word_t return_address = 0;
    unw_save_loc_t fp_location;
    if (result < 0 || probe->step.looked_up != probe->pc ||
        mt_libunwind.get_reg(&cursor, UNW_REG_SP, &cfa) < 0 ||
        mt_libunwind.get_reg(&cursor, UNW_REG_IP, &return_address) < 0 ||
        mt_libunwind.get_save_loc(&cursor, MT_REGISTER_FP, &fp_location) < 0) {
        probe->is_strange = 1;
        return;
    }
    probe->has_caller = result > 0;
    probe->cfa = cfa;
    probe->return_address = return_address;
    probe->fp_is_same = fp_location.type == UNW_SLT_REG && fp_location.u.regnum == MT_REGISTER_FP;
    probe->fp_slot = fp_location.u.addr;
    if (!probe->fp_is_same && fp_location.type != UNW_SLT_MEMORY)
        probe->is_strange = 1;
}

/* Looked for where what it would be lies in the page of the call, and can be read. */
static int is_signal_return(uintptr_t pc)
{
    enum { LEAST_PAGE = 4096 };
    return ((pc - 1) ^ (pc + 7)) < LEAST_PAGE && mt_arch_is_signal_return(pc);
}

/* The rule that one finished probe shows. */
static uint64_t rule_of_probe(const struct probe *probe)
{
    const uint32_t module = probe->step.code.module;
    const uint64_t other = mt_rule_of_kind(MT_RULE_OTHER, module);
    uint64_t rule;
    if (!probe->step.has_entry && is_signal_return(probe->pc + 1))
        return other;
    if (!probe->step.has_entry)
        return mt_rule_of_kind(mt_oracle_is_begin_of_stack(&probe->step.code, probe->pc + 1)
                                   ? MT_RULE_LAST
                                   : MT_RULE_UNKNOWN,
                               module);
    /* An undefined return address makes the frame the last, whatever else is said of it. */
    if (!probe->has_caller)
        return probe->read_count == 0 ? mt_rule_of_kind(MT_RULE_LAST, module) : other;
    if (probe->is_strange || probe->read_count == 0)
        return other;
    const uintptr_t return_at = probe->read_at[probe->read_count - 1]; /* it is read last */
    const intptr_t return_slot = (intptr_t)(probe->cfa - return_at);
    if (probe->return_address != made_up_word(probe, return_at) || return_slot % 8)
        return other;

    if (probe->read_count == 2 && is_near(probe->read_at[0], probe->fp) &&
        probe->cfa == made_up_word(probe, probe->read_at[0])) {
        const intptr_t offset = (intptr_t)(probe->read_at[0] - probe->fp);
        const intptr_t fp_slot = (intptr_t)(probe->fp_slot - probe->fp);
        if (probe->fp_is_same || offset % 8 || fp_slot % 8)
            return other;
        rule = mt_rule_deref(module, offset / 8, return_slot / 8, fp_slot / 8);
        return rule ? rule : other;
    }

    const int base_is_fp = is_near(probe->cfa, probe->fp);
    const intptr_t offset = (intptr_t)(probe->cfa - (base_is_fp ? probe->fp : probe->sp));
    const intptr_t fp_slot = probe->fp_is_same ? 0 : (intptr_t)(probe->cfa - probe->fp_slot);
    if (probe->read_count != 1 || offset % 8 || fp_slot % 8 || (!probe->fp_is_same && fp_slot == 0))
        return other;
    rule = mt_rule_step(module, base_is_fp, offset / 8, return_slot / 8, fp_slot / 8);
    return rule ? rule : other;
}

uint64_t mt_oracle_rule(uintptr_t pc, const struct mt_code *code)
{
    /* Not canonical: nothing real lies there. The low bits differ too, for the sake of alignment.
     */
    static const uintptr_t fills[2][3] = {
        {0x1111100010001000, 0x2222200020002008, 0x3333300000000000},
        {0x4444400040004008, 0x5555500050005010, 0x6666600000000010},
    };
    uint64_t rules[2];
    if (!mt_libunwind.is_ready)
        return mt_rule_of_kind(MT_RULE_UNKNOWN, code->module);
    const int errno_before = errno;
    for (int i = 0; i < 2; i++) {
        struct probe probe = {
            .step.code = *code,
            .pc = pc - 1,
            .sp = fills[i][0],
            .fp = fills[i][1],
            .fill = fills[i][2],
        };
        make_step(&probe);
        rules[i] = rule_of_probe(&probe);
    }
    errno = errno_before;
    return rules[0] == rules[1] ? rules[0] : mt_rule_of_kind(MT_RULE_OTHER, code->module);
}
