/* Reading a trace that a process goes on writing: a second process makes and ends records as fast
 * as it can, in the order the format asks for, and every picture that is read meanwhile must be
 * sound. A block's birth and thread follow from its size, so words that do not belong together
 * show. */
#include "built.h"

#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>

enum {
    PLACES = 512, /* where blocks come and go: all ends of cache lines in eight leaves, so that a
                     large block's words are never read at once; every 64th is a leaf's end */
    PLACE_BYTES = 256,
    LASTING = 997, /* blocks that live all the time */
    THREADS = 100,
    STACKS = 4001, /* no record comes back within a reading */
    READINGS = 150,
};
static const uint64_t changing_at = 0x10000000 + 7 * 32, lasting_at = 0x20000000;

static uint32_t thread_for(uint64_t size)
{
    return 1 + (uint32_t)(size % THREADS);
}

struct picture {
    unsigned lasting, changing;
};

static int look_at(const struct mt_block *block, void *context)
{
    struct picture *picture = context;
    ck_assert_uint_eq(block->born_ms, block->size_bytes);
    ck_assert_uint_eq(block->thread, thread_for(block->size_bytes));
    ck_assert_uint_ne(block->stack, 0);
    if (block->address >= lasting_at)
        picture->lasting++;
    else
        picture->changing++;
    return 0;
}

static struct trace_builder *of_a_running_process(uint32_t *ret_stack)
{
    struct trace_builder *builder = mt_builder_create(5);
    struct mt_header *header = mt_builder_header(builder);
    header->end = MT_END_RUNNING;
    header->pid = (uint32_t)getpid();
    header->process_start = 0;
    for (uint32_t slot = 1; slot <= THREADS; slot++)
        mt_builder_thread(builder, slot, "t");
    uint32_t stack = mt_builder_node(builder, 0, 0x401000, 0, MT_FN_MALLOC);
    for (int i = 1; i < STACKS; i++)
        mt_builder_node(builder, 0, 0x401000, 0, MT_FN_MALLOC);
    for (uint64_t i = 0; i < LASTING; i++)
        mt_builder_block(builder, lasting_at + i * 128, i % 100, stack, thread_for(i % 100),
                         i % 100);
    for (uint64_t i = 0; i < PLACES; i++) /* makes their leaves */
        *mt_builder_block(builder, changing_at + i * PLACE_BYTES, 1, stack, 2, 1) = 0;
    *ret_stack = stack;
    return builder;
}

/* Where the two words of a place are in the file, so that the writer finds them in its mapping. */
struct place {
    uint64_t first, second;
};

static void find_places(struct trace_builder *builder, struct place places[PLACES])
{
    for (uint64_t i = 0; i < PLACES; i++) {
        const uint64_t address = changing_at + i * PLACE_BYTES;
        places[i].first = mt_builder_offset(builder, mt_builder_second(builder, address - 32));
        places[i].second = mt_builder_offset(builder, mt_builder_second(builder, address));
    }
}

static uint64_t small_word(uint64_t size, uint32_t stack)
{
    return stack | size << MT_WORD_SMALL_SIZE_SHIFT |
           (uint64_t)thread_for(size) << MT_WORD_SMALL_THREAD_SHIFT |
           mt_time_encode(size, MT_TIME_BITS_SMALL) << MT_WORD_SMALL_TIME_SHIFT;
}

static uint64_t large_second(uint64_t size)
{
    return (uint64_t)thread_for(size) << MT_WORD_LARGE_THREAD_SHIFT |
           mt_time_encode(size, MT_TIME_BITS_LARGE) << MT_WORD_LARGE_TIME_SHIFT;
}

/* Ends what is there and puts one large block, or two small ones, the second of them where the
 * large one has its second word. */
static void change(uint64_t *first, uint64_t *second, uint64_t size, uint32_t stack, bool is_large)
{
    __atomic_store_n(first, 0, __ATOMIC_RELAXED);
    __atomic_store_n(second, is_large ? large_second(size) : small_word(size, stack),
                     __ATOMIC_RELEASE);
    __atomic_store_n(first,
                     is_large ? stack | MT_WORD_LARGE | size << MT_WORD_LARGE_SIZE_SHIFT
                              : small_word(size, stack),
                     __ATOMIC_RELEASE);
}

static _Noreturn void write_forever(char *image, const struct place places[PLACES], uint32_t stack)
{
    for (uint64_t turn = 0;; turn++) {
        const struct place *place = &places[turn % PLACES];
        bool is_large = turn / PLACES % 2;
        change((uint64_t *)(image + place->first), (uint64_t *)(image + place->second),
               is_large ? 49 + turn % 151 : turn % 33, stack + turn / PLACES % STACKS, is_large);
    }
}

START_TEST(every_picture_of_a_running_process_is_sound)
{
    struct place places[PLACES];
    uint32_t stack;
    char path[MT_BUILT_PATH_BYTES];
    struct trace_builder *builder = of_a_running_process(&stack);
    find_places(builder, places);
    uint64_t bytes = mt_builder_bytes(builder);
    int fd = mt_save_built(builder, path);
    char *image = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    ck_assert_ptr_ne(image, MAP_FAILED);

    pid_t writer = fork();
    if (writer == 0)
        write_forever(image, places, stack);
    unsigned changing = 0;
    for (int i = 0; i < READINGS; i++) {
        struct mt_trace *trace;
        struct mt_error error;
        ck_assert_int_eq(mt_trace_open(path, &trace, &error), MT_OK);
        struct picture picture = {0};
        mt_trace_blocks(trace, look_at, &picture);
        ck_assert_uint_eq(picture.lasting, LASTING);
        changing += picture.changing;
        static const struct mt_damage none;
        ck_assert_mem_eq(mt_trace_damage(trace), &none, sizeof none);
        mt_trace_close(trace);
    }
    kill(writer, SIGKILL);
    waitpid(writer, NULL, 0);
    ck_assert_uint_gt(changing, 0);
    close(fd);
}
END_TEST

/* A leaf that has been made since the leaves were listed is one that the reader does not know: a
 * block whose second word lies there is younger than the picture. */
START_TEST(a_block_that_reaches_into_an_unknown_leaf_is_left_out)
{
    const uint64_t run_bytes = UINT64_C(512) * 32, unknown = 0x30000000 + run_bytes;
    uint32_t stack;
    struct trace_builder *builder = of_a_running_process(&stack);
    mt_builder_block(builder, unknown - 32, 99, stack, thread_for(99), 99);
    uint64_t *word = (uint64_t *)mt_builder_header(builder);
    while (*word != unknown)
        word++;
    *word = 0; /* the leaf's base */
    struct mt_trace *trace = mt_open_built(builder);
    struct picture picture = {0};
    mt_trace_blocks(trace, look_at, &picture);
    ck_assert_uint_eq(picture.lasting, LASTING);
    mt_trace_close(trace);
}
END_TEST

/* A file that is cut while it is read: what was read opens, or the reason is said. */
START_TEST(a_file_may_shrink_while_it_is_read)
{
    uint32_t stack;
    char path[MT_BUILT_PATH_BYTES];
    struct trace_builder *builder = of_a_running_process(&stack);
    uint64_t bytes = mt_builder_bytes(builder);
    int fd = mt_save_built(builder, path);

    pid_t cutter = fork();
    if (cutter == 0)
        for (uint64_t at = 0;; at += 4093)
            if (ftruncate(fd, (off_t)(at % bytes)) != 0)
                _exit(1);
    for (int i = 0; i < READINGS; i++) {
        struct mt_trace *trace = NULL;
        struct mt_error error;
        int status = mt_trace_open(path, &trace, &error);
        ck_assert_int_eq(status, trace ? MT_OK : MT_UNREADABLE);
        mt_trace_close(trace);
    }
    kill(cutter, SIGKILL);
    waitpid(cutter, NULL, 0);
    close(fd);
}
END_TEST

MT_UNIT_TESTS("live", every_picture_of_a_running_process_is_sound,
              a_block_that_reaches_into_an_unknown_leaf_is_left_out,
              a_file_may_shrink_while_it_is_read)
