/* Names: demangled, judged, shortened for a column and made fit for a terminal. */
#include <string.h>
#include "demangle.h"
#include "names.h"
#include "printable.h"
#include "site_name.h"
#include "squeeze.h"
#include "unit.h"

static void demangles(const char *symbol, const char *full, const char *brief)
{
    char *with = mt_demangle(symbol, true), *without = mt_demangle(symbol, false);
    ck_assert_str_eq(with, full);
    ck_assert_str_eq(without, brief);
    free(with);
    free(without);
}

START_TEST(cxx_names)
{
    demangles("_ZN5Cache6insertERKSsi", "Cache::insert(std::string const&, int)", "Cache::insert");
    demangles("_Z4makeIiESt6vectorIT_SaIS1_EES1_",
              "std::vector<int, std::allocator<int> > make<int>(int)", "make<int>");
    demangles("_ZN1WC4Ei", "W::W(int)", "W::W");
    demangles("_ZN1WixEi", "W::operator[](int)", "W::operator[]");
    demangles("_ZNK1WclEi", "W::operator()(int) const", "W::operator()");
    demangles("_ZZ4mainENKUliE_clEi", "main::{lambda(int)#1}::operator()(int) const",
              "main::{lambda(int)#1}::operator()");
    demangles("_ZN12_GLOBAL__N_13hidEi", "(anonymous namespace)::hid(int)",
              "(anonymous namespace)::hid");
    demangles("_Znam", "operator new[](unsigned long)", "operator new[]");
}
END_TEST

START_TEST(rust_names_lose_their_hash)
{
    demangles("_ZN1r5Cache6insert17hb21d623295a76a44E", "r::Cache::insert", "r::Cache::insert");
    demangles("_RNvCs6GmmlP4bgsG_1r4leak", "r::leak", "r::leak");
    demangles("_RINvNtCsgEmfK2I1SDS_4core3mem6forgetNtCs6GmmlP4bgsG_1r5CacheEBA_",
              "core::mem::forget::<r::Cache>", "core::mem::forget::<r::Cache>");
}
END_TEST

START_TEST(what_the_compiler_appended_is_cut_off)
{
    demangles("insert.constprop.0", "insert", "insert");
    demangles("insert.isra.0.part.1.cold", "insert", "insert");
    demangles("_Z3foov.lto_priv.17", "foo()", "foo");
    demangles("malloc@@GLIBC_2.2.5", "malloc", "malloc");
    demangles("__GI___strdup", "__strdup", "__strdup");
}
END_TEST

START_TEST(other_names_stay_as_they_are)
{
    static const char *const names[] = {
        "main",    "i",       "a", "_start", "_Zbroken",
        "",        ".hidden", "@", "_ZN",    "__libc_start_main_impl",
        "go.main", "x.1"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        demangles(names[i], names[i], names[i]);
}
END_TEST

START_TEST(hostile_names_do_no_harm)
{
    char *deep = malloc(100002);
    strcpy(deep, "_Z3foo");
    memset(deep + 6, 'P', 99990);
    strcpy(deep + 99996, "i");
    char *name = mt_demangle(deep, true);
    ck_assert_ptr_nonnull(name);
    free(name);
    free(deep);
}
END_TEST

START_TEST(a_name_is_made_once)
{
    struct mt_names *names = mt_names_create();
    const struct mt_name *name = mt_names_get(names, "_Z4makeINSt7__cxx1112basic_stringIcSt11char_"
                                                     "traitsIcESaIcEEEEPT_S7_");
    ck_assert_str_eq(name->brief, "make<std::string>");
    ck_assert(!name->is_allocator);
    ck_assert_ptr_eq(name, mt_names_get(names, "_Z4makeINSt7__cxx1112basic_stringIcSt11char_"
                                               "traitsIcESaIcEEEEPT_S7_"));
    ck_assert(mt_names_get(names, "_Znwm")->is_allocator);
    mt_names_destroy(names);
}
END_TEST

START_TEST(allocators_are_known_by_name)
{
    static const char *const allocators[] = {"malloc",
                                             "operator new",
                                             "operator new[]",
                                             "strdup",
                                             "asprintf",
                                             "xmalloc",
                                             "xcalloc",
                                             "xrealloc",
                                             "xstrdup",
                                             "xstrndup",
                                             "x2nrealloc",
                                             "g_malloc",
                                             "g_malloc0_n",
                                             "g_strdup_printf",
                                             "g_realloc",
                                             "g_slice_alloc0",
                                             "PyMem_Malloc",
                                             "PyObject_Malloc",
                                             "_PyObject_GC_New",
                                             "PyType_GenericAlloc",
                                             "sqlite3Malloc",
                                             "sqlite3DbMallocRaw",
                                             "sqlite3_malloc64",
                                             "sqlite3DbStrDup",
                                             "sqlite3MemMalloc",
                                             "std::vector<int>::push_back",
                                             "std::make_unique<W>",
                                             "std::__new_allocator<int>::allocate",
                                             "__gnu_cxx::new_allocator<int>::allocate",
                                             "CRYPTO_zalloc",
                                             "ngx_palloc",
                                             "zmalloc",
                                             "alloc::raw_vec::RawVec<T>::reserve",
                                             "__rust_alloc",
                                             "<alloc::vec::Vec<T> as core::clone::Clone>::clone",
                                             "hashbrown::raw::RawTable<T>::reserve_rehash"};
    for (size_t i = 0; i < sizeof allocators / sizeof allocators[0]; i++)
        ck_assert_msg(mt_is_allocator_name(allocators[i]), "%s", allocators[i]);

    static const char *const others[] = {"main",
                                         "cache_insert",
                                         "leak_malloc",
                                         "my_malloc_test",
                                         "strdup_all",
                                         "standard::push",
                                         "xml_parse",
                                         "g_main_loop_new",
                                         "PyList_New",
                                         "PyDict_SetItem",
                                         "sqlite3_open",
                                         "operator",
                                         "operator new_thing",
                                         "fopen",
                                         "getaddrinfo",
                                         "app::std::thing",
                                         "alloc::Pool::grow",
                                         "zebra",
                                         "CRYPTO_new",
                                         "xyz_alloc_table",
                                         "unfreed_calloc",
                                         ""};
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
        ck_assert_msg(!mt_is_allocator_name(others[i]), "%s", others[i]);
}
END_TEST

static void squeezes(const char *text, size_t columns, const char *wanted)
{
    char fitted[128];
    mt_text_squeeze(text, columns, fitted, sizeof fitted);
    ck_assert_str_eq(fitted, wanted);
}

START_TEST(template_arguments_give_way_first)
{
    const char *name = "std::map<int, std::vector<std::pair<int, char>>>::insert";
    squeezes(name, 80, name);
    squeezes(name, 50, "std::map<int, std::vector<std::pair<…>>>::insert");
    squeezes(name, 40, "std::map<int, std::vector<…>>::insert");
    squeezes(name, 30, "std::map<…>::insert");
    squeezes(name, 10, "std::map<…");
    squeezes("operator<<<char, std::char_traits<char>>", 20, "operator<<<…>");
    squeezes("app::operator->", 10, "app::oper…");
    squeezes("a_plain_name", 5, "a_pl…");
    squeezes("größer", 6, "größer");
    squeezes("größer", 4, "grö…");
}
END_TEST

START_TEST(any_bytes_can_be_squeezed)
{
    srand(7);
    for (int round = 0; round < 20000; round++) {
        static const char parts[] = "<>>>-=operator,a\xc3\xb6";
        char text[64], fitted[24];
        size_t length = (size_t)rand() % (sizeof text - 1);
        for (size_t i = 0; i < length; i++)
            text[i] = parts[(size_t)rand() % (sizeof parts - 1)];
        text[length] = 0;
        mt_text_squeeze(text, 1 + (size_t)rand() % 40, fitted, sizeof fitted);
        ck_assert_uint_lt(strnlen(fitted, sizeof fitted), sizeof fitted);
    }
}
END_TEST

static void prints(const char *text, const char *wanted)
{
    char copy[64];
    strcpy(copy, text);
    mt_make_printable(copy);
    ck_assert_str_eq(copy, wanted);
}

START_TEST(nothing_steers_the_terminal)
{
    prints("plain", "plain");
    prints("\033[31mred\n", "?[31mred?");
    prints("del\x7f", "del?");
    prints("csi \xc2\x9b!", "csi ?"
                            "?!");
    prints("größe", "größe");
    prints("cut \xc3", "cut ?");
    prints("bad \xff\xfe", "bad ??");
    prints("overlong \xc0\x9b", "overlong ??");
    prints("surrogate \xed\xa0\x80", "surrogate ???");
    prints("turned \xe2\x80\xae", "turned ???");
    prints("isolated \xe2\x81\xa6", "isolated ???");
    prints("line \xe2\x80\xa8", "line ???");
    prints("popped \xe2\x81\xa9", "popped ???");
    prints("no character \xef\xbf\xbe", "no character ???");
    prints("dash \xe2\x80\x93 \xef\xbc\x81", "dash \xe2\x80\x93 \xef\xbc\x81");
}
END_TEST

START_TEST(json_text_is_valid_utf8)
{
    char *text = mt_valid_utf8("a\xff\001\xc3\xb6\xc3");
    ck_assert_str_eq(text, "a?\001\xc3\xb6?");
    free(text);
}
END_TEST

MT_UNIT_TESTS("names", cxx_names, rust_names_lose_their_hash, what_the_compiler_appended_is_cut_off,
              other_names_stay_as_they_are, hostile_names_do_no_harm, a_name_is_made_once,
              allocators_are_known_by_name, template_arguments_give_way_first,
              any_bytes_can_be_squeezed, nothing_steers_the_terminal, json_text_is_valid_utf8)
