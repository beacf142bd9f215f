/* SPDX-License-Identifier: BSD-2-Clause
 * batch-queue.h - a second thread that applies batches while the first one reads the next
 *
 * Reading everything anew takes as long as the server and both halves of our own work; this way they overlap.
 */
#pragma once

#include "resolver/directory/mirror/stream.h"

typedef struct BatchQueue BatchQueue;

/* Takes over the batch; FALSE: it does not fit. */
typedef gboolean (*BatchQueueFunc)(StreamBatch *batch, gpointer user_data);

/* `func` is called on the queue's own thread, for one batch after the other. NULL: there is no thread to be had. Caller:
 * batch_queue_end(). */
BatchQueue *batch_queue_new(BatchQueueFunc func, gpointer user_data);
/* Takes over the batch; waits while too many are in front of it. FALSE: one of them was refused, and so are all behind. */
gboolean batch_queue_add(BatchQueue *queue, StreamBatch *batch) G_GNUC_WARN_UNUSED_RESULT;
/* Waits until all have been applied, and frees the queue. FALSE: one was refused. NULL is good. */
gboolean batch_queue_end(BatchQueue *queue);
