/* Fingerprints: what they do not heed, and that different chains of calls have different ones: of
 * 400,000 chains made from the names that the libraries of this system define. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "fingerprint.h"
#include "unit.h"

enum { CHAINS = 400000, NAMES_MAX = 200000, LEAST_NAMES = 5000 };

static char *names[NAMES_MAX];
static uint32_t name_count;

struct chain {
    uint32_t names[MT_FINGERPRINT_FRAMES];
    uint32_t count;
    uint64_t fingerprint;
};

/* Each name once. */
static void read_names(void)
{
    char line[4096];
    FILE *symbols = popen(
        "for library in libc.so.6 libm.so.6 libstdc++.so.6 libdw.so.1 libxml2.so.2; do"
        "  nm -D --defined-only $(ldconfig -p | sed -n \"s|.*=> \\(.*/$library\\)\\$|\\1|p\" |"
        "    head -n 1); done 2>/dev/null |"
        "sed -n 's/.* [TW] \\([^@ ]*\\).*/\\1/p' | LC_ALL=C sort -u",
        "r");
    ck_assert_ptr_nonnull(symbols);
    while (name_count < NAMES_MAX && fgets(line, sizeof line, symbols)) {
        line[strcspn(line, "\n")] = '\0';
        if (*line)
            names[name_count++] = strdup(line);
    }
    pclose(symbols);
    ck_assert_uint_ge(name_count, LEAST_NAMES);
}

static uint32_t number(void)
{
    static uint64_t state = 88172645463325252u; /* xorshift, always the same */
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return (uint32_t)(state >> 16);
}

/* Half of them differ from the one before in one name or in the order of two, as sites do. */
static void make(struct chain *chain, const struct chain *before)
{
    *chain = (struct chain){.count = 1 + number() % MT_FINGERPRINT_FRAMES};
    for (uint32_t i = 0; i < chain->count; i++)
        chain->names[i] = number() % name_count;
    if (before && number() % 2) {
        *chain = *before;
        const uint32_t i = number() % chain->count, j = number() % chain->count,
                       name = chain->names[i];
        chain->names[i] = i == j ? number() % name_count : chain->names[j];
        if (i != j)
            chain->names[j] = name;
    }
    const char *texts[MT_FINGERPRINT_FRAMES];
    for (uint32_t i = 0; i < chain->count; i++)
        texts[i] = names[chain->names[i]];
    chain->fingerprint = mt_fingerprint_of_names(MT_KIND_BLOCK, texts, chain->count);
}

static int by_names(const void *a, const void *b)
{
    return memcmp(a, b, offsetof(struct chain, fingerprint));
}

static int by_fingerprint(const void *a, const void *b)
{
    const struct chain *left = a, *right = b;
    return left->fingerprint < right->fingerprint ? -1 : left->fingerprint > right->fingerprint;
}

START_TEST(different_chains_have_different_fingerprints)
{
    struct chain *chains = calloc(CHAINS, sizeof *chains);
    read_names();
    for (uint32_t i = 0; i < CHAINS; i++)
        make(&chains[i], i ? &chains[i - 1] : NULL);
    qsort(chains, CHAINS, sizeof *chains, by_names);
    uint32_t distinct = 1, collisions = 0;
    for (uint32_t i = 1; i < CHAINS; i++)
        if (by_names(&chains[distinct - 1], &chains[i]) != 0)
            chains[distinct++] = chains[i];
    qsort(chains, distinct, sizeof *chains, by_fingerprint);
    for (uint32_t i = 1; i < distinct; i++)
        collisions += chains[i].fingerprint == chains[i - 1].fingerprint;
    printf("%u chains of %u names: %u collisions\n", distinct, name_count, collisions);
    ck_assert_uint_ge(distinct, 100000);
    ck_assert_uint_eq(collisions, 0);
    free(chains);
}
END_TEST

static uint64_t of(enum mt_kind kind, const char *first, const char *second)
{
    const char *const both[] = {first, second};
    return mt_fingerprint_of_names(kind, both, second ? 2 : 1);
}

START_TEST(names_end_where_they_end)
{
    ck_assert_uint_ne(of(MT_KIND_BLOCK, "ab", "c"), of(MT_KIND_BLOCK, "a", "bc"));
    ck_assert_uint_ne(of(MT_KIND_BLOCK, "ab", NULL), of(MT_KIND_BLOCK, "ab", ""));
    ck_assert_uint_ne(of(MT_KIND_BLOCK, "a", "b"), of(MT_KIND_BLOCK, "b", "a"));
    ck_assert_uint_ne(of(MT_KIND_BLOCK, "a", "b"), of(MT_KIND_MAPPING, "a", "b"));
}
END_TEST

START_TEST(lambdas_have_no_numbers)
{
    ck_assert_uint_eq(of(MT_KIND_BLOCK, "f::{lambda(int)#1}::operator()", "f"),
                      of(MT_KIND_BLOCK, "f::{lambda(int)#2}::operator()", "f"));
}
END_TEST

START_TEST(the_version_stands)
{
    /* Baselines in repositories hold them: another value needs another version. */
    ck_assert_int_eq(MT_FINGERPRINT_VERSION, 1);
    ck_assert_uint_eq(of(MT_KIND_BLOCK, "cache_insert", "main"), UINT64_C(0xe9d495ca53cb4e1d));
}
END_TEST

MT_UNIT_TESTS("fingerprint", different_chains_have_different_fingerprints, names_end_where_they_end,
              lambdas_have_no_numbers, the_version_stands)
