// leaky_names.cc: what C++ makes of names: templates, lambdas, namespaces, containers. Each place loses
// blocks of a size of its own.
#include <cstdlib>
#include <functional>
#include <map>
#include <string>
#include <vector>

namespace app
{
struct Cache {
    std::map<std::string, std::vector<char>> entries;
    void insert(const std::string &key, size_t size)
    {
        entries[key].reserve(size);
    }
};

namespace
{
__attribute__((noinline)) void *hidden(size_t size)
{
    void *volatile block = malloc(size);
    return block;
}
} // namespace

template <typename T> __attribute__((noinline)) T *make(size_t size)
{
    return new T(size, 'x');
}
} // namespace app

int main()
{
    auto *cache = new app::Cache;
    cache->insert("a key that is longer than any small string", 1009);
    app::hidden(2003);
    app::make<std::string>(3001);
    std::function<void(size_t)> lambda = [](size_t size) {
        void *volatile block = malloc(size);
        (void)block;
    };
    lambda(4001);
    std::_Exit(0);
}
