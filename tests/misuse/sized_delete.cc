/* A derived object is deleted by its base, which has no virtual destructor: delete says the size of
 * the base. Valgrind compares no sizes. Innocent: all forms of new and delete, each with its own.
 *
 * EXPECT kind=wrong-size function=operator_delete in=give allocated=main bytes=64 said=8
 * ASAN new-delete-type-mismatch
 */
#include <memory>
#include <new>
#include "case.h"

struct base {
    long value = 1;
};

struct derived : base {
    long more[7] = {0};
};

struct alignas(128) aligned {
    char bytes[128];
};

static FRAME void give(base *object)
{
    delete object;
    STAY();
}

int main(int argc, char **argv)
{
    derived *object = new derived;
    aligned *one = new aligned, *many = new aligned[3];
    int *quiet = new (std::nothrow) int(3);
    auto shared = std::make_shared<derived>();
    HIDE(object);
    HIDE(one);
    HIDE(many);
    HIDE(quiet);
    delete one;
    delete[] many;
    delete quiet;
    if (is_wrong(argc, argv))
        give(object);
    else
        delete object;
    return 0;
}
