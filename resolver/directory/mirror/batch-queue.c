/* SPDX-License-Identifier: BSD-2-Clause
 * batch-queue.c - a second thread that applies batches while the first one reads the next
 *
 * Owns:     its thread, and the batches that wait.
 * Promises: one batch after the other, in their order; none behind one that was refused; few wait at a time.
 * Threads:  one adds and ends, the other is its own.
 */
#include "resolver/directory/mirror/batch-queue.h"

#include <pthread.h>

enum { MOST_WAITING = 4 };

struct BatchQueue {
    BatchQueueFunc  func;
    gpointer        user_data;
    pthread_t       thread;
    pthread_mutex_t lock;
    pthread_cond_t  changed;
    /* under `lock` */
    GQueue   batches; /* of StreamBatch */
    gboolean ending, refused;
};

/* NULL: no more will come. */
static StreamBatch *
next_batch(BatchQueue *queue)
{
    pthread_mutex_lock(&queue->lock);
    while (g_queue_is_empty(&queue->batches) && !queue->ending)
        pthread_cond_wait(&queue->changed, &queue->lock);
    StreamBatch *batch = g_queue_pop_head(&queue->batches);
    pthread_cond_signal(&queue->changed);
    pthread_mutex_unlock(&queue->lock);
    return batch;
}

static gboolean
is_refused(BatchQueue *queue)
{
    pthread_mutex_lock(&queue->lock);
    gboolean refused = queue->refused;
    pthread_mutex_unlock(&queue->lock);
    return refused;
}

static void *
run(void *data)
{
    BatchQueue *queue = data;

    for (StreamBatch *batch = next_batch(queue); batch != NULL; batch = next_batch(queue)) {
        if (is_refused(queue)) {
            stream_batch_free(batch);
        } else if (!queue->func(batch, queue->user_data)) {
            pthread_mutex_lock(&queue->lock);
            queue->refused = TRUE;
            pthread_mutex_unlock(&queue->lock);
        }
    }
    return NULL;
}

BatchQueue *
batch_queue_new(BatchQueueFunc func, gpointer user_data)
{
    BatchQueue *queue = g_new0(BatchQueue, 1);

    queue->func = func;
    queue->user_data = user_data;
    g_queue_init(&queue->batches);
    pthread_mutex_init(&queue->lock, NULL);
    pthread_cond_init(&queue->changed, NULL);
    if (ldap_thread_start(&queue->thread, run, queue, NULL))
        return queue;
    pthread_cond_destroy(&queue->changed);
    pthread_mutex_destroy(&queue->lock);
    g_free(queue);
    return NULL;
}

gboolean
batch_queue_add(BatchQueue *queue, StreamBatch *batch)
{
    pthread_mutex_lock(&queue->lock);
    while (g_queue_get_length(&queue->batches) >= MOST_WAITING)
        pthread_cond_wait(&queue->changed, &queue->lock);
    g_queue_push_tail(&queue->batches, batch);
    gboolean refused = queue->refused;
    pthread_cond_signal(&queue->changed);
    pthread_mutex_unlock(&queue->lock);
    return !refused;
}

gboolean
batch_queue_end(BatchQueue *queue)
{
    if (queue == NULL)
        return TRUE;
    pthread_mutex_lock(&queue->lock);
    queue->ending = TRUE;
    pthread_cond_signal(&queue->changed);
    pthread_mutex_unlock(&queue->lock);
    pthread_join(queue->thread, NULL);
    gboolean refused = queue->refused;
    pthread_cond_destroy(&queue->changed);
    pthread_mutex_destroy(&queue->lock);
    g_free(queue);
    return !refused;
}
