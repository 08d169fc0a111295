/* exceptions.cc: an exception being handled when the process ends, and one stored for later: the
 * library points behind the header of their blocks, so that they are perhaps kept; so is what they
 * own.
 *
 * EXPECT possible under=throw_in_flight blocks=1 bytes=160
 * EXPECT possible under=payload_in_flight blocks=1 bytes=103
 * EXPECT possible under=throw_to_store blocks=1 bytes=160
 * EXPECT possible under=payload_stored blocks=1 bytes=107
 */
#include <exception>
#include <new>
#include "case.h"

OBJECT(payload_in_flight)
OBJECT(payload_stored)

struct error {
    void *payload;
    long more[3];
};

alignas(std::exception_ptr) static char room[sizeof(std::exception_ptr)];

STEP void throw_in_flight()
{
    throw error{payload_in_flight(103), {}};
}

STEP void throw_to_store()
{
    throw error{payload_stored(107), {}};
}

STEP void store()
{
    try {
        throw_to_store();
    } catch (...) {
        new (room) std::exception_ptr(std::current_exception());
    }
}

int main()
{
    store();
    try {
        throw_in_flight();
    } catch (const error &) {
        forget();
        exit(0);
    }
}
