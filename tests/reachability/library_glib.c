/* library_glib.c: lists, hash tables and strings of GLib, kept and lost, beside all that GLib sets
 * up for itself.
 *
 * EXPECT reachable under=kept blocks=9 bytes=any
 * EXPECT definite under=lost_list blocks=1 bytes=16
 * EXPECT indirect under=lost_list blocks=10 bytes=160
 * EXPECT definite under=lost_string blocks=1 bytes=24
 * EXPECT indirect under=lost_string blocks=1 bytes=128
 * EXPECT rest as valgrind
 * RUN env=G_SLICE=always-malloc
 */
#include <glib-object.h>
#include "case.h"

GHashTable *table;

STEP void kept(void)
{
    table = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    for (int i = 0; i < 5; i++)
        g_hash_table_insert(table, g_strdup_printf("key %d", i), GINT_TO_POINTER(i));
}

STEP void lost_list(void)
{
    GSList *list = NULL;
    for (int i = 0; i < 11; i++)
        list = g_slist_prepend(list, GINT_TO_POINTER(i));
    KEEP(list);
}

STEP void lost_string(void)
{
    GString *string = g_string_new(NULL);
    for (int i = 0; i < 100; i++)
        g_string_append_c(string, 'a');
    KEEP(string);
}

STEP void use_and_free(void)
{
    GRegex *regex = g_regex_new("a+(b)", 0, 0, NULL);
    MUST(g_regex_match(regex, "caab", 0, NULL));
    g_regex_unref(regex);
    GMainLoop *loop = g_main_loop_new(NULL, FALSE);
    g_main_loop_unref(loop);
    g_object_unref(g_object_new(G_TYPE_OBJECT, NULL));
}

int main(void)
{
    use_and_free();
    kept();
    lost_list();
    lost_string();
    forget();
    return 0;
}
