/* trace_file.h: the file behind the trace: its name, its creation, its length. */
#ifndef MT_TRACE_FILE_H
#define MT_TRACE_FILE_H

#include <stdint.h>

/* Fixes where traces go, from option output, the working directory, the host's and the program's
 * name as they are now. Once per image; a forked child keeps it. */
void mt_trace_file_locate(const char *executable);

/* Creates the trace's file under a name nobody has used and maps it shared and inaccessible.
 * Returns its address and sets *ret_bytes, or NULL when there is no place to write; then, where
 * `say` is set, one line on stderr has said why. */
void *mt_trace_file_create(int say, uint64_t *ret_bytes);

/* Path of the trace of this process, as it was created. */
const char *mt_trace_file_path(void);

/* Whether the file is still there and has `bytes` at least: what somebody else has made of it. Where
 * that cannot be known (another root, no right to look), it is whole. */
enum mt_trace_file_state { MT_TRACE_FILE_WHOLE, MT_TRACE_FILE_CUT, MT_TRACE_FILE_GONE };
enum mt_trace_file_state mt_trace_file_look(uint64_t bytes);

/* Removes it again, before anything was written; where `say` is set, one line on stderr has said that
 * there was no memory to go on. */
void mt_trace_file_remove(int say);

/* Cuts the file to `bytes`, if it is still the file that was created. Best effort. */
void mt_trace_file_cut(uint64_t bytes);

#endif
