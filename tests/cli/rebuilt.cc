/* rebuilt.cc: leaks at sites that compilers build in different ways: inlined or not, cloned, in
 * templates, lambdas and constructors, behind recursion. Built by several compilers at several levels,
 * with its lines moved (-DMOVED): fingerprints must be the same. */
#include <cstdlib>
#include <cstring>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>
#ifdef MOVED





#endif
static void *volatile sink;

static void *wrapped(std::size_t size)
{
    void *block = std::malloc(size);
    sink = block;
    return block;
}

/* inlined from -O2 on */
static char *copy(const char *text)
{
    char *block = static_cast<char *>(wrapped(std::strlen(text) + 1));
    std::strcpy(block, text);
    return block;
}

struct Node {
    explicit Node(int size) : data(static_cast<char *>(std::malloc(std::size_t(size)))) { sink = data; }
    char *data;
};

template <typename T> static T *make(int count)
{
    T *items = new T[std::size_t(count)]();
    sink = items;
    return items;
}

/* cloned for its constant, or unrolled */
static void deep(int depth)
{
    if (depth > 0)
        deep(depth - 1);
    else
        copy("deep");
    sink = nullptr;
}

namespace shop {
class Basket {
public:
    void fill()
    {
        auto add = [this](int size) {
            items.push_back(static_cast<char *>(std::malloc(std::size_t(size))));
            sink = items.back();
        };
        add(11);
        add(13);
        std::function<void(int)> again = add;
        again(17);
        sink = nullptr;
    }

private:
    std::vector<char *> items;
};
}

int main()
{
    copy("one");
    sink = nullptr;
    new Node(100);
    sink = nullptr;
    make<double>(3);
    make<std::string>(2);
    sink = nullptr;
    deep(5);
    shop::Basket basket;
    basket.fill();
    auto *texts = new std::map<int, std::string>;
    (*texts)[1] = std::string(100, 'x');
    texts = nullptr;
    return 0;
}
