/* proof.h: option proof: proof that the tracer is at work. A few blocks are asked for where the
 * program asks for its own, and forgotten. Who reads the trace looks for them: each has to have a
 * record, and the scan has to have found one lost. */
#ifndef MT_PROOF_H
#define MT_PROOF_H

#include "thread.h"

/* Learns which malloc the program calls. From the constructor. */
void mt_proof_start(void);

/* Plants the proof blocks of this process, once, if the program is past its start. The caller is a hook
 * whose real function has just given the program a block. Clears MT_WAY_PROOF. */
void mt_proof_plant(struct mt_thread_state *thread);

/* The hook of malloc reports a block to a thread that plants (MT_WAY_PLANTS). */
void mt_proof_note(struct mt_thread_state *thread, void *block, size_t size_bytes);

#endif
