/* trees.cc: trees built and torn down by several threads, vectors that grow, strings; at the end three
 * blocks are lost, of 100, 200 and 300 bytes. Linked with an allocator of its own, or by another libc. */
#include <cstdio>
#include <cstdlib>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

struct Tree {
    std::unique_ptr<Tree> left, right;
    std::string name;
};

static std::unique_ptr<Tree> grow(int depth, unsigned seed)
{
    auto tree = std::make_unique<Tree>();
    tree->name = std::string(seed % 40, 'x') + std::to_string(seed);
    if (depth > 0) {
        tree->left = grow(depth - 1, seed * 1103515245u + 1);
        tree->right = grow(depth - 1, seed * 22695477u + 3);
    }
    return tree;
}

static size_t size(const Tree *tree)
{
    return tree ? tree->name.size() + size(tree->left.get()) + size(tree->right.get()) : 0;
}

static void work(unsigned number, size_t *sum)
{
    for (unsigned i = 0; i < 30; i++)
        *sum += size(grow(12, number * 100 + i).get());
    std::map<std::string, std::vector<int>> index;
    for (int i = 0; i < 20000; i++)
        index["key " + std::to_string(i % 501)].push_back(i);
    void *room = aligned_alloc(4096, 1 << 20);
    *sum += index.size() + (room != nullptr);
    free(room);
}

__attribute__((noinline)) static void lose(size_t bytes)
{
    void *volatile lost = malloc(bytes);
    lost = nullptr;
}

int main()
{
    std::vector<size_t> sums(6);
    std::vector<std::thread> threads;
    for (unsigned i = 0; i < sums.size(); i++)
        threads.emplace_back(work, i, &sums[i]);
    for (auto &thread : threads)
        thread.join();
    for (size_t sum : sums)
        printf("%zu\n", sum);
    for (size_t bytes = 100; bytes <= 300; bytes += 100)
        lose(bytes);
    return 0;
}
