/* rules_test.c: the words of rules, and the table that keeps them. */
#include <pthread.h>
#include "rules.h"
#include "unit.h"

static void hold_step(int base_is_fp, intptr_t offset, intptr_t return_slot, intptr_t fp_slot)
{
    const uint64_t rule = mt_rule_step(41, base_is_fp, offset, return_slot, fp_slot);
    ck_assert_int_eq(mt_rule_kind(rule), MT_RULE_STEP);
    ck_assert_uint_eq(mt_rule_module(rule), 41);
    ck_assert_int_eq(mt_rule_offset(rule), offset);
    ck_assert_uint_eq(mt_rule_step_offset(rule), (uintptr_t)offset);
    ck_assert_uint_eq(mt_rule_return_slot(rule), (uintptr_t)return_slot);
    ck_assert_int_eq(mt_rule_fp_slot(rule), fp_slot);
    ck_assert_uint_eq(mt_rule_step_fp_slot(rule), (uintptr_t)fp_slot);
    ck_assert_int_eq((rule & MT_RULE_BASE_FP) != 0, base_is_fp);
}

START_TEST(a_step_keeps_its_numbers)
{
    hold_step(1, MT_RULE_OFFSET_MAX, 1, 2);
    hold_step(0, 1, 1, 0);
    hold_step(0, 300000, 1, MT_RULE_FP_SLOT_MAX);
}
END_TEST

/* What the machine does not do, or what there is no room for. */
START_TEST(numbers_without_room_make_no_rule)
{
    ck_assert_uint_eq(mt_rule_step(41, 0, MT_RULE_OFFSET_MAX + 1, 1, 2), 0);
    ck_assert_uint_eq(mt_rule_step(41, 0, 0, 1, 2), 0);
    ck_assert_uint_eq(mt_rule_step(41, 0, 4, 1, MT_RULE_FP_SLOT_MAX + 2), 0);
    ck_assert_uint_eq(mt_rule_step(41, 0, 4, 1, -1), 0);
    ck_assert_uint_eq(mt_rule_step(41, 0, 4, 0, 2), 0);
    ck_assert_uint_eq(mt_rule_deref(41, MT_RULE_OFFSET_MAX + 1, 1, 2), 0);
#if defined(__x86_64__)
    ck_assert_uint_eq(mt_rule_step(41, 0, 4, 2, 3), 0);
#endif
}
END_TEST

#if defined(__aarch64__)
START_TEST(a_step_has_its_return_address_anywhere)
{
    hold_step(1, MT_RULE_OFFSET_MAX, MT_RULE_RETURN_SLOT_MAX, MT_RULE_RETURN_SLOT_MAX + 1);
    hold_step(0, 300, 299, 300);
    hold_step(0, 300, 31, 0);
    hold_step(0, 300, 40, 40 - MT_RULE_FP_SLOT_MAX);
    ck_assert_uint_eq(mt_rule_step(41, 0, 300000, MT_RULE_RETURN_SLOT_MAX + 1, 0), 0);
    ck_assert_uint_eq(mt_rule_step(41, 0, 300, 40, 40), 0);
}
END_TEST
#define OF_THIS_MACHINE , a_step_has_its_return_address_anywhere
#else
#define OF_THIS_MACHINE
#endif

START_TEST(a_deref_has_signed_numbers)
{
    const uint64_t rule = mt_rule_deref(65535, -3, 1, -7);
    ck_assert_int_eq(mt_rule_kind(rule), MT_RULE_DEREF);
    ck_assert_uint_eq(mt_rule_module(rule), 65535);
    ck_assert_int_eq(mt_rule_offset(rule), -3);
    ck_assert_uint_eq(mt_rule_return_slot(rule), 1);
    ck_assert_int_eq(mt_rule_fp_slot(rule), -7);
}
END_TEST

enum {
    MANY = 200000, /* more than the first table can hold */
    NOTHING = 10,  /* no last digit */
};

static uintptr_t some_pc(uintptr_t number)
{
    return UINT64_C(0x7f0000001000) + number * 5;
}

/* Asserts once: Check tells its parent of every assertion, and these are many. */
static int has_rules_where(uintptr_t except_module, uint64_t (*wanted)(uintptr_t number))
{
    for (uintptr_t i = 1; i <= MANY; i++) {
        if (mt_rules_find(some_pc(i)) != (i % 10 == except_module ? 0 : wanted(i)))
            return 0;
    }
    return 1;
}

static uint64_t step_rule(uintptr_t number)
{
    return mt_rule_step(number % 100, 0, (intptr_t)number, 1, 0);
}

static uint64_t other_rule(uintptr_t number)
{
    return mt_rule_of_kind(MT_RULE_OTHER, number % 10);
}

START_TEST(all_that_is_put_is_found_in_larger_tables_too)
{
    for (uintptr_t i = 1; i <= MANY; i++)
        mt_rules_put(some_pc(i), step_rule(i));
    ck_assert(has_rules_where(NOTHING, step_rule));
    int strangers = 0;
    for (uintptr_t i = 1; i <= MANY; i++)
        strangers += mt_rules_find(some_pc(i) + 1) != 0;
    ck_assert_int_eq(strangers, 0);
}
END_TEST

static int is_seven(uint32_t module)
{
    return module == 7;
}

START_TEST(rules_of_a_gone_module_are_forgotten_and_can_be_put_again)
{
    for (uintptr_t i = 1; i <= MANY; i++)
        mt_rules_put(some_pc(i), other_rule(i));
    ck_assert(has_rules_where(NOTHING, other_rule));
    mt_rules_forget(is_seven);
    ck_assert(has_rules_where(7, other_rule));
    mt_rules_put(some_pc(7), mt_rule_of_kind(MT_RULE_LAST, 8));
    ck_assert_uint_eq(mt_rules_find(some_pc(7)), mt_rule_of_kind(MT_RULE_LAST, 8));
    ck_assert_uint_eq(mt_rules_find(some_pc(17)), 0);
}
END_TEST

enum { READERS = 7, REPEATED = 20000 };
static int is_over; /* atomic */

/* A rule is whole and of this very pc, or it is not there, whatever the writer is at. */
static void *read_all_the_time(void *argument)
{
    uintptr_t *failures = argument;
    uintptr_t found = 0;
    while (!__atomic_load_n(&is_over, __ATOMIC_RELAXED) || !found) {
        for (uintptr_t i = 1; i <= REPEATED; i++) {
            const uint64_t rule = mt_rules_find(some_pc(i));
            found += rule != 0;
            *failures += rule && rule != step_rule(i) && rule != other_rule(i);
        }
    }
    return NULL;
}

START_TEST(readers_see_whole_rules_while_one_writes)
{
    pthread_t threads[READERS];
    uintptr_t failures[READERS] = {0};
    for (int i = 0; i < READERS; i++)
        ck_assert_int_eq(pthread_create(&threads[i], NULL, read_all_the_time, &failures[i]), 0);
    for (int round = 0; round < 20; round++) {
        for (uintptr_t i = 1; i <= REPEATED; i++)
            mt_rules_put(some_pc(i), round % 2 ? other_rule(i) : step_rule(i));
        mt_rules_forget(is_seven);
    }
    __atomic_store_n(&is_over, 1, __ATOMIC_RELAXED);
    for (int i = 0; i < READERS; i++) {
        pthread_join(threads[i], NULL);
        ck_assert_uint_eq(failures[i], 0);
    }
}
END_TEST

MT_UNIT_TESTS("rules", a_step_keeps_its_numbers, numbers_without_room_make_no_rule,
              a_deref_has_signed_numbers OF_THIS_MACHINE,
              all_that_is_put_is_found_in_larger_tables_too,
              rules_of_a_gone_module_are_forgotten_and_can_be_put_again,
              readers_see_whole_rules_while_one_writes)
