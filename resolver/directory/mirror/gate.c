/* SPDX-License-Identifier: BSD-2-Clause
 * gate.c - readers at once, or one writer, who waits for a moment without readers
 *
 * Owns:     the list of threads that are in.
 * Promises: a reader waits for a writer's work, never for a writer that waits for it.
 * Threads:  any.
 */
#include "resolver/directory/mirror/gate.h"

#include <pthread.h>
#include <time.h>

#define PATIENCE (250 * G_TIME_SPAN_MILLISECOND)

struct Gate {
    pthread_mutex_t lock;
    pthread_cond_t  changed;
    GArray         *readers; /* of pthread_t, each as often as it is in */
    gboolean        writing;
    guint           n_writers; /* that wait */
    gint64          since;     /* when the first of them came */
};

Gate *
gate_new(void)
{
    Gate *gate = g_new0(Gate, 1);

    pthread_mutex_init(&gate->lock, NULL);
    pthread_cond_init(&gate->changed, NULL);
    gate->readers = g_array_new(FALSE, FALSE, sizeof(pthread_t));
    return gate;
}

void
gate_free(Gate *gate)
{
    g_array_unref(gate->readers);
    pthread_cond_destroy(&gate->changed);
    pthread_mutex_destroy(&gate->lock);
    g_free(gate);
}

/* -1: it is not in. */
static int
place_of(const Gate *gate, pthread_t thread)
{
    for (guint i = 0; i < gate->readers->len; i++)
        if (pthread_equal(g_array_index(gate->readers, pthread_t, i), thread))
            return (int)i;
    return -1;
}

static gboolean
must_wait(const Gate *gate, pthread_t thread)
{
    if (gate->writing)
        return TRUE;
    return gate->n_writers > 0 && g_get_monotonic_time() - gate->since > PATIENCE && place_of(gate, thread) < 0;
}

void
gate_read(Gate *gate)
{
    pthread_t self = pthread_self();

    pthread_mutex_lock(&gate->lock);
    while (must_wait(gate, self))
        pthread_cond_wait(&gate->changed, &gate->lock);
    g_array_append_val(gate->readers, self);
    pthread_mutex_unlock(&gate->lock);
}

void
gate_read_end(Gate *gate)
{
    pthread_mutex_lock(&gate->lock);
    int place = place_of(gate, pthread_self());
    g_assert(place >= 0);
    g_array_remove_index_fast(gate->readers, (guint)place);
    if (gate->readers->len == 0 && gate->n_writers > 0)
        pthread_cond_broadcast(&gate->changed);
    pthread_mutex_unlock(&gate->lock);
}

void
gate_write(Gate *gate)
{
    pthread_mutex_lock(&gate->lock);
    if (gate->n_writers++ == 0)
        gate->since = g_get_monotonic_time();
    while (gate->writing || gate->readers->len > 0)
        pthread_cond_wait(&gate->changed, &gate->lock);
    gate->n_writers--;
    gate->since = g_get_monotonic_time(); /* for those that still wait */
    gate->writing = TRUE;
    pthread_mutex_unlock(&gate->lock);
}

void
gate_write_end(Gate *gate)
{
    pthread_mutex_lock(&gate->lock);
    gate->writing = FALSE;
    pthread_cond_broadcast(&gate->changed);
    pthread_mutex_unlock(&gate->lock);
}
