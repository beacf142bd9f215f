/* SPDX-License-Identifier: BSD-2-Clause
 * gate.h - readers at once, or one writer, who waits for a moment without readers
 *
 * Readers go first, so that mail does not wait for the directory's changes; but a writer waits no longer than a quarter
 * of a second for new ones to stay away. A thread that is in may go in again, whoever waits.
 */
#pragma once

#include <glib.h>

typedef struct Gate Gate;
Gate               *gate_new(void);
void                gate_free(Gate *gate);
void                gate_read(Gate *gate);
void                gate_read_end(Gate *gate); /* by the thread that went in */
void                gate_write(Gate *gate);    /* by a thread that is not in */
void                gate_write_end(Gate *gate);
