/* procfs.h: what /proc says of this process. */
#ifndef MT_PROCFS_H
#define MT_PROCFS_H

#include <stddef.h>
#include <stdint.h>

/* Reads a file into `to`, NUL-ended, at most `room` - 1 bytes. Returns the bytes read; 0 where
 * there is no such file or no /proc. */
size_t mt_procfs_read(const char *file, char *to, size_t room);

/* The decimal number that the text begins with; 0 none. */
uint64_t mt_procfs_number(const char *text);

/* Start of the process in clock ticks since boot, and where the main heap begins; 0 unknown. */
void mt_procfs_stat(uint64_t *ret_process_start, uint64_t *ret_brk_start);

/* The executable's path; "" where it cannot be had. */
void mt_procfs_executable(char *to, size_t room);

#endif
