/* SPDX-License-Identifier: BSD-2-Clause
 * conveyor.c - a second thread that works on things in turn while the first one gets the next
 *
 * Owns:     its thread, and the things that wait.
 * Promises: one after the other, in their order; none behind one that was refused; few wait at a time.
 * Threads:  one adds and ends, the other is its own.
 */
#include "resolver/directory/mirror/conveyor.h"

#include "resolver/directory/ldap/ldap-private.h"

#include <pthread.h>

enum { MOST_WAITING = 4 };

struct Conveyor {
    ConveyorFunc    work;
    GDestroyNotify  drop;
    gpointer        user_data;
    pthread_t       thread;
    pthread_mutex_t lock;
    pthread_cond_t  changed;
    /* under `lock` */
    GQueue   things;
    gboolean ending, refused;
};

/* NULL: no more will come. */
static gpointer
next_thing(Conveyor *conveyor)
{
    pthread_mutex_lock(&conveyor->lock);
    while (g_queue_is_empty(&conveyor->things) && !conveyor->ending)
        pthread_cond_wait(&conveyor->changed, &conveyor->lock);
    gpointer thing = g_queue_pop_head(&conveyor->things);
    pthread_cond_signal(&conveyor->changed);
    pthread_mutex_unlock(&conveyor->lock);
    return thing;
}

static gboolean
is_refused(Conveyor *conveyor)
{
    pthread_mutex_lock(&conveyor->lock);
    gboolean refused = conveyor->refused;
    pthread_mutex_unlock(&conveyor->lock);
    return refused;
}

static void *
run(void *data)
{
    Conveyor *conveyor = data;

    for (gpointer thing = next_thing(conveyor); thing != NULL; thing = next_thing(conveyor)) {
        if (is_refused(conveyor)) {
            conveyor->drop(thing);
        } else if (!conveyor->work(thing, conveyor->user_data)) {
            pthread_mutex_lock(&conveyor->lock);
            conveyor->refused = TRUE;
            pthread_mutex_unlock(&conveyor->lock);
        }
    }
    return NULL;
}

Conveyor *
conveyor_new(ConveyorFunc work, GDestroyNotify drop, gpointer user_data)
{
    Conveyor *conveyor = g_new0(Conveyor, 1);

    conveyor->work = work;
    conveyor->drop = drop;
    conveyor->user_data = user_data;
    g_queue_init(&conveyor->things);
    pthread_mutex_init(&conveyor->lock, NULL);
    pthread_cond_init(&conveyor->changed, NULL);
    if (ldap_thread_start(&conveyor->thread, run, conveyor, NULL))
        return conveyor;
    pthread_cond_destroy(&conveyor->changed);
    pthread_mutex_destroy(&conveyor->lock);
    g_free(conveyor);
    return NULL;
}

gboolean
conveyor_add(Conveyor *conveyor, gpointer thing)
{
    pthread_mutex_lock(&conveyor->lock);
    while (g_queue_get_length(&conveyor->things) >= MOST_WAITING)
        pthread_cond_wait(&conveyor->changed, &conveyor->lock);
    g_queue_push_tail(&conveyor->things, thing);
    gboolean refused = conveyor->refused;
    pthread_cond_signal(&conveyor->changed);
    pthread_mutex_unlock(&conveyor->lock);
    return !refused;
}

gboolean
conveyor_is_full(Conveyor *conveyor)
{
    pthread_mutex_lock(&conveyor->lock);
    gboolean full = g_queue_get_length(&conveyor->things) >= MOST_WAITING;
    pthread_mutex_unlock(&conveyor->lock);
    return full;
}

gboolean
conveyor_end(Conveyor *conveyor)
{
    if (conveyor == NULL)
        return TRUE;
    pthread_mutex_lock(&conveyor->lock);
    conveyor->ending = TRUE;
    pthread_cond_signal(&conveyor->changed);
    pthread_mutex_unlock(&conveyor->lock);
    pthread_join(conveyor->thread, NULL);
    gboolean refused = conveyor->refused;
    pthread_cond_destroy(&conveyor->changed);
    pthread_mutex_destroy(&conveyor->lock);
    g_free(conveyor);
    return !refused;
}
