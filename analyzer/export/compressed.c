/* compressed.c: libarchive's filters without an archive around them, behind a FILE. Of
 * compressed.h. */
#include "compressed.h"

#include <archive.h>
#include <archive_entry.h>

static ssize_t write_bytes(void *cookie, const char *bytes, size_t count)
{
    const la_ssize_t written = archive_write_data(cookie, bytes, count);
    return written < 0 ? 0 : written;
}

static int finish(void *cookie)
{
    const int closed = archive_write_close(cookie);
    return archive_write_free(cookie) == ARCHIVE_OK && closed == ARCHIVE_OK ? 0 : EOF;
}

static la_ssize_t pass_on(struct archive *archive, void *out, const void *bytes, size_t count)
{
    (void)archive;
    return fwrite(bytes, 1, count, out) == count ? (la_ssize_t)count : -1;
}

/* A "raw" archive is its one entry. */
static int begin(struct archive *archive, FILE *out, enum mt_compression compression)
{
    struct archive_entry *entry = archive_entry_new();
    if (!entry)
        return ARCHIVE_FATAL;
    archive_entry_set_filetype(entry, AE_IFREG);
    archive_write_set_format_raw(archive);
    archive_write_set_bytes_per_block(archive, 0); /* no padding of what is passed on */
    if (compression == MT_GZIP) {
        archive_write_add_filter_gzip(archive);
        archive_write_set_filter_option(archive, "gzip", "timestamp", NULL);
        archive_write_set_filter_option(archive, "gzip", "compression-level", "1");
    } else {
        archive_write_add_filter_zstd(archive);
    }
    int status = archive_write_open(archive, out, NULL, pass_on, NULL);
    if (status == ARCHIVE_OK)
        status = archive_write_header(archive, entry);
    archive_entry_free(entry);
    return status;
}

FILE *mt_compressed_open(FILE *out, enum mt_compression compression)
{
    struct archive *archive = archive_write_new();
    if (!archive)
        return NULL;
    const cookie_io_functions_t functions = {.write = write_bytes, .close = finish};
    FILE *stream = begin(archive, out, compression) == ARCHIVE_OK
                       ? fopencookie(archive, "w", functions)
                       : NULL;
    if (!stream)
        archive_write_free(archive);
    return stream;
}
