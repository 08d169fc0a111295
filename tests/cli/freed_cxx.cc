// freed_cxx.cc: 12 sessions of which drop_session deletes 9, 5 arrays of which it deletes 2, and 7
// strings of which the standard library's own code frees 4.
#include <memory>
#include <string>

struct Session {
    long numbers[20] = {};
};

static Session *sessions[12];
static long *arrays[5];
static std::string *strings[7];

__attribute__((noinline)) static Session *make_session()
{
    auto *made = new Session;
    __asm__ volatile("");
    return made;
}

__attribute__((noinline)) static long *make_array()
{
    auto *made = new long[30];
    __asm__ volatile("");
    return made;
}

__attribute__((noinline)) static void drop_session(Session *session)
{
    std::unique_ptr<Session> owner(session);
    owner.reset();
    __asm__ volatile("");
}

__attribute__((noinline)) static void drop_array(long *array)
{
    delete[] array;
    __asm__ volatile("");
}

int main()
{
    for (auto &session : sessions)
        session = make_session();
    for (auto &array : arrays)
        array = make_array();
    for (auto &string : strings)
        string = new std::string(500, 's');
    for (int i = 0; i < 9; i++)
        drop_session(sessions[i]);
    for (int i = 0; i < 2; i++)
        drop_array(arrays[i]);
    for (int i = 0; i < 4; i++)
        strings[i]->assign(5000, 't');
    for (auto &session : sessions)
        session = nullptr;
    for (auto &array : arrays)
        array = nullptr;
    for (auto &string : strings)
        string = nullptr;
}
