/* tiles.c: draws a picture tile by tile. A tile is drawn in a mapping of its own and its first rows
 * are shown on a canvas, of which little is used so. None of them is ever unmapped. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

enum { TILES = 12 };

struct picture {
    uint8_t *canvas;
    int tiles;
};

struct picture *picture;

static const size_t tile_bytes = 1 << 20, canvas_bytes = 256 << 20;

static uint8_t *map(size_t bytes)
{
    void *start = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (start == MAP_FAILED)
        exit(1);
    madvise(start, bytes, MADV_NOHUGEPAGE); /* a huge page would take 2 MiB for the first byte */
    return start;
}

static void make_picture(void)
{
    picture = calloc(1, sizeof(*picture));
    picture->canvas = map(canvas_bytes);
}

static void draw_tile(void)
{
    uint8_t *tile = map(tile_bytes);
    memset(tile, picture->tiles, tile_bytes);
    memcpy(picture->canvas + picture->tiles * tile_bytes, tile, 8192);
    picture->tiles++; /* and the tile? */
}

int main(void)
{
    make_picture();
    for (int i = 0; i < TILES; i++)
        draw_tile();
    free(picture); /* and its canvas? */
    return 0;
}
