/* SPDX-License-Identifier: BSD-2-Clause
 * control-clients.c - the connections of the control socket, none of which may dawdle
 *
 * Owns:     a thread, and a descriptor of its own for each connection, so that none is cut off that has taken the place
 * of a closed one. Promises: a client that sends an octet now and then holds his place no longer than one that sends
 * none; libmicrohttpd's own timeout is about silence. Threads:  any.
 */
#include "milter/control-clients.h"

#include <fcntl.h>
#include <pthread.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

struct ControlClient {
    int      descriptor;
    gboolean busy;
    gint64   deadline; /* g_get_monotonic_time() */
};

struct ControlClients {
    pthread_t       thread;
    gint64          patience;
    pthread_mutex_t lock; /* of what follows, and of each client */
    pthread_cond_t  changed;
    GPtrArray      *all;
    gboolean        ending;
};

/* Cuts off whose time is over. Returns when the next one's is; G_MAXINT64: nobody's. */
static gint64
expire(ControlClients *clients, gint64 now)
{
    gint64 next = G_MAXINT64;
    for (guint i = 0; i < clients->all->len; i++) {
        ControlClient *client = g_ptr_array_index(clients->all, i);
        if (client->busy)
            continue;
        if (client->deadline <= now) {
            shutdown(client->descriptor, SHUT_RDWR);
            client->deadline = G_MAXINT64;
        }
        next = MIN(next, client->deadline);
    }
    return next;
}

static void
wait_until(ControlClients *clients, gint64 deadline)
{
    struct timespec end = {deadline / G_USEC_PER_SEC, deadline % G_USEC_PER_SEC * 1000};
    if (deadline == G_MAXINT64)
        pthread_cond_wait(&clients->changed, &clients->lock);
    else
        pthread_cond_timedwait(&clients->changed, &clients->lock, &end);
}

static void *
watch(void *data)
{
    ControlClients *clients = data;
    pthread_mutex_lock(&clients->lock);
    while (!clients->ending)
        wait_until(clients, expire(clients, g_get_monotonic_time()));
    pthread_mutex_unlock(&clients->lock);
    return NULL;
}

ControlClients *
control_clients_new(gint64 patience)
{
    ControlClients    *clients = g_new0(ControlClients, 1);
    pthread_condattr_t monotonic;
    clients->patience = patience;
    clients->all = g_ptr_array_new_with_free_func(g_free);
    pthread_mutex_init(&clients->lock, NULL);
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&clients->changed, &monotonic);
    pthread_condattr_destroy(&monotonic);
    if (pthread_create(&clients->thread, NULL, watch, clients) != 0)
        g_error("no thread for the control socket");
    return clients;
}

void
control_clients_free(ControlClients *clients)
{
    pthread_mutex_lock(&clients->lock);
    clients->ending = TRUE;
    pthread_cond_signal(&clients->changed);
    pthread_mutex_unlock(&clients->lock);
    pthread_join(clients->thread, NULL);
    pthread_cond_destroy(&clients->changed);
    pthread_mutex_destroy(&clients->lock);
    g_ptr_array_unref(clients->all);
    g_free(clients);
}

ControlClient *
control_clients_add(ControlClients *clients, int descriptor)
{
    int own = fcntl(descriptor, F_DUPFD_CLOEXEC, 0);
    if (own < 0) {
        shutdown(descriptor, SHUT_RDWR);
        return NULL;
    }
    ControlClient *client = g_new0(ControlClient, 1);
    client->descriptor = own;
    client->deadline = g_get_monotonic_time() + clients->patience;
    pthread_mutex_lock(&clients->lock);
    g_ptr_array_add(clients->all, client);
    pthread_cond_signal(&clients->changed);
    pthread_mutex_unlock(&clients->lock);
    return client;
}

void
control_clients_remove(ControlClients *clients, ControlClient *client)
{
    if (client == NULL)
        return;
    pthread_mutex_lock(&clients->lock);
    close(client->descriptor);
    g_ptr_array_remove_fast(clients->all, client);
    pthread_mutex_unlock(&clients->lock);
}

void
control_clients_set_busy(ControlClients *clients, ControlClient *client, gboolean busy)
{
    if (client == NULL)
        return;
    pthread_mutex_lock(&clients->lock);
    client->busy = busy;
    client->deadline = g_get_monotonic_time() + clients->patience;
    pthread_cond_signal(&clients->changed);
    pthread_mutex_unlock(&clients->lock);
}
