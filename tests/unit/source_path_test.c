/* Where a source lies, from what a compiler said and the directory in which it was started. */
#include "source_path.h"

#include <string.h>
#include <unistd.h>
#include "unit.h"

static void is_at(const char *file, const char *directory, const char *path)
{
    const struct mt_frame frame = {.file = file, .directory = directory, .line = 1};
    char *found = mt_source_path(&frame);
    ck_assert_str_eq(found, path);
    free(found);
}

START_TEST(below_the_working_directory)
{
    ck_assert_int_eq(chdir("/usr/share"), 0);
    is_at("/usr/share/src/cache.c", "/elsewhere", "src/cache.c");
    is_at("cache.c", "/usr/share", "cache.c");
    is_at("cache.c", "/usr/share/src", "src/cache.c");
    is_at("../cache.c", "/usr/share/build", "cache.c");
    is_at("../src/./cache.c", "/usr/share/build/", "src/cache.c");
    is_at("../../share/a/../b.c", "/usr/share/build", "b.c");
}
END_TEST

START_TEST(elsewhere)
{
    ck_assert_int_eq(chdir("/usr/share"), 0);
    is_at("/usr/shared/cache.c", "/usr/shared", "/usr/shared/cache.c");
    is_at("/home/me//src/../cache.c", NULL, "/home/me/cache.c");
    is_at("../cache.c", "/home/me/build", "/home/me/cache.c");
    is_at("../../../../cache.c", "/home/me/build", "/cache.c");
    is_at("cache.c", "/home/me", "cache.c"); /* as it was said: the sources may be here as well */
    is_at("...c", "/home/me", "...c");
}
END_TEST

START_TEST(not_known)
{
    const struct mt_frame frame = {0};
    ck_assert_ptr_null(mt_source_path(&frame));
    is_at("../cache.c", NULL, "../cache.c");
    is_at("../cache.c", ".", "../cache.c"); /* -ffile-prefix-map */
}
END_TEST

MT_UNIT_TESTS("source_path", below_the_working_directory, elsewhere, not_known)
