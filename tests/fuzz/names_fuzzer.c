/* names_fuzzer.c: an input is names of functions as a linker or a runtime has them, a line each.
 * They are demangled, squeezed into columns and made fit for terminals, HTML and JSON; and the
 * whole is read as the map that a runtime leaves. */
#include <fcntl.h>
#include <string.h>
#include <unistd.h>
#include "fuzzer.h"
#include "json_values.h"
#include "markup.h"
#include "names.h"
#include "perf_map.h"
#include "printable.h"
#include "squeeze.h"

static void squeeze(const char *text)
{
    char fitted[128];
    for (size_t columns = 1; columns < 80; columns += 13) {
        mt_text_squeeze(text, columns, fitted, sizeof fitted);
        MUST(strlen(fitted) < sizeof fitted && mt_text_columns(fitted) <= columns);
        mt_make_printable(fitted);
        mt_must_be_printable(fitted);
    }
}

static void mark_up(const char *text)
{
    char *markup;
    size_t size;
    FILE *out = open_memstream(&markup, &size);
    MUST(out);
    mt_markup_text(out, text);
    fclose(out);
    mt_must_be_printable(markup);
    MUST(!strpbrk(markup, "<>\"'"));
    free(markup);
}

static void take(const char *text)
{
    char *copy = strdup(text), *valid = mt_valid_utf8(text);
    json_t *json = mt_json_text(text);
    MUST(copy && valid && json);
    mt_make_printable(copy);
    mt_must_be_printable(copy);
    MUST(strlen(copy) == strlen(text) && !strchr(copy, '\n'));
    for (const char *c = valid; *c; c += mt_utf8_length(c))
        MUST(mt_utf8_length(c));
    json_decref(json);
    mark_up(text);
    squeeze(copy);
    free(valid);
    free(copy);
}

static void read_as_map(const uint8_t *data, size_t size)
{
    const int fd = open(mt_input_file(data, size), O_RDONLY | O_CLOEXEC);
    struct mt_perf_map *map = mt_perf_map_read(fd);
    MUST(fd >= 0 && map);
    close(fd);
    for (unsigned bit = 0; bit < 64; bit++) {
        const char *name = mt_perf_map_find(map, UINT64_C(1) << bit);
        MUST(!name || !strchr(name, '\n'));
    }
    mt_perf_map_close(map);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct mt_names *names = mt_names_create();
    MUST(names);
    read_as_map(data, size);
    while (size) {
        char *line = mt_input_line(&data, &size);
        const struct mt_name *name = mt_names_get(names, line);
        MUST(name && name->full && name->brief && strcmp(name->symbol, line) == 0);
        take(name->full);
        take(name->brief);
        free(line);
    }
    mt_names_destroy(names);
    return 0;
}
