/* operator delete is told an alignment that the block does not have. Only a block that does not
 * have it by chance shows it.
 *
 * EXPECT kind=wrong-alignment function=operator_delete in=give allocated=main bytes=100 said=4096
 * ASAN new-delete-type-mismatch
 */
#include <new>
#include "case.h"

static FRAME void give(void *block, std::align_val_t alignment)
{
    ::operator delete(block, alignment);
    STAY();
}

int main(int argc, char **argv)
{
    void *blocks[2] = {::operator new(100), ::operator new(100)};
    HIDE(blocks[0]);
    HIDE(blocks[1]);
    const bool is_first = reinterpret_cast<size_t>(blocks[0]) % 4096 != 0;
    void *aligned = ::operator new(100, std::align_val_t(4096));
    HIDE(aligned);
    ::operator delete(blocks[is_first]);
    give(is_wrong(argc, argv) ? blocks[!is_first] : aligned, std::align_val_t(4096));
    return 0;
}
