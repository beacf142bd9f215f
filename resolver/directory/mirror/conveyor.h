/* SPDX-License-Identifier: BSD-2-Clause
 * conveyor.h - a second thread that works on things in turn while the first one gets the next
 *
 * Reading everything anew, from a server or from disk, is two halves of work that take as long as each other.
 */
#pragma once

#include <glib.h>

typedef struct Conveyor Conveyor;

/* Takes over the thing. FALSE: it is refused, and so is all that comes behind it. */
typedef gboolean (*ConveyorFunc)(gpointer thing, gpointer user_data);

/* `work` is called on the conveyor's own thread, `drop` for what comes behind something refused. NULL: there is no thread to be
 * had. Caller: conveyor_end(). */
Conveyor *conveyor_new(ConveyorFunc work, GDestroyNotify drop, gpointer user_data);
/* Takes over the thing; waits while too many are in front of it. FALSE: one of them was refused. */
gboolean conveyor_add(Conveyor *conveyor, gpointer thing) G_GNUC_WARN_UNUSED_RESULT;
/* Whether that would wait. */
gboolean conveyor_is_full(Conveyor *conveyor);
/* Waits until all are done, and frees it. FALSE: one was refused. NULL is good. */
gboolean conveyor_end(Conveyor *conveyor);
