/* SPDX-License-Identifier: BSD-2-Clause
 * drain.c - letting the callbacks that are under way finish at the end
 *
 * Owns:     the number of callbacks that are under way.
 * Promises: after drain_close() returned 0 no callback uses anything that is freed next.
 * Threads:  any, behind one lock that is held for a few instructions.
 */
#include "milter/drain.h"

#include <errno.h>
#include <pthread.h>
#include <time.h>

struct Drain {
    pthread_mutex_t lock;
    pthread_cond_t  empty;
    guint           inside;
    gboolean        closed;
};

Drain *
drain_new(void)
{
    Drain             *drain = g_new0(Drain, 1);
    pthread_condattr_t attributes;
    pthread_mutex_init(&drain->lock, NULL);
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&drain->empty, &attributes);
    pthread_condattr_destroy(&attributes);
    return drain;
}

void
drain_free(Drain *drain)
{
    pthread_cond_destroy(&drain->empty);
    pthread_mutex_destroy(&drain->lock);
    g_free(drain);
}

gboolean
drain_enter(Drain *drain)
{
    pthread_mutex_lock(&drain->lock);
    gboolean open = !drain->closed;
    drain->inside += open ? 1 : 0;
    pthread_mutex_unlock(&drain->lock);
    return open;
}

void
drain_leave(Drain *drain)
{
    pthread_mutex_lock(&drain->lock);
    if (--drain->inside == 0)
        pthread_cond_broadcast(&drain->empty);
    pthread_mutex_unlock(&drain->lock);
}

guint
drain_close(Drain *drain, gint64 patience)
{
    struct timespec end;
    clock_gettime(CLOCK_MONOTONIC, &end);
    end.tv_sec += patience / G_USEC_PER_SEC;
    end.tv_nsec += patience % G_USEC_PER_SEC * 1000;
    if (end.tv_nsec >= 1000000000) {
        end.tv_sec++;
        end.tv_nsec -= 1000000000;
    }

    pthread_mutex_lock(&drain->lock);
    int waited = 0;
    while (drain->inside > 0 && waited != ETIMEDOUT)
        waited = pthread_cond_timedwait(&drain->empty, &drain->lock, &end);
    drain->closed = TRUE;
    guint left = drain->inside;
    pthread_mutex_unlock(&drain->lock);
    return left;
}
