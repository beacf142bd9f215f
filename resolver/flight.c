/* SPDX-License-Identifier: BSD-2-Clause
 * flight.c - one piece of work for all who want its result at the same time
 *
 * Owns:     the flights under way, by key.
 * Promises: the lock is held for memory work only; a flight ends when its function does, whoever still waits.
 * Threads:  any.
 */
#include "resolver/flight.h"

#include <pthread.h>
#include <time.h>

typedef struct {
    gint64   began;
    guint    users; /* threads that hold it; under the table's lock, as all of it */
    gboolean landed;
    Roster  *roster; /* once landed: this, or ... */
    GError  *error;  /* ... this */
} Flight;

struct FlightTable {
    pthread_mutex_t lock;
    pthread_cond_t  landed;                     /* some flight has */
    GHashTable     *flights;                    /* key (owned) -> Flight, those under way */
    guint           waiting;                    /* threads that fly or wait */
    guint           most_waiting, n_passengers; /* threads that wait */
};

FlightTable *
flight_table_new(guint most_waiting)
{
    FlightTable       *table = g_new0(FlightTable, 1);
    pthread_condattr_t attributes;

    table->most_waiting = most_waiting;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&table->landed, &attributes);
    pthread_condattr_destroy(&attributes);
    pthread_mutex_init(&table->lock, NULL);
    table->flights = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    return table;
}

void
flight_table_free(FlightTable *table)
{
    if (table == NULL)
        return;
    pthread_cond_destroy(&table->landed);
    pthread_mutex_destroy(&table->lock);
    g_hash_table_unref(table->flights);
    g_free(table);
}

static void
flight_leave(Flight *flight)
{
    if (--flight->users > 0)
        return;
    roster_unref(flight->roster);
    g_clear_error(&flight->error);
    g_free(flight);
}

/* What a landed flight brought. */
static Roster *
flight_result(const Flight *flight, GError **error)
{
    if (flight->roster != NULL)
        return roster_ref(flight->roster);
    g_propagate_error(error, g_error_copy(flight->error));
    return NULL;
}

/* Called with the lock held, which is let go while `func` works. */
static Roster *
fly(FlightTable *table, const char *key, FlightFunc func, gpointer user_data, GError **error)
{
    Flight *flight = g_new0(Flight, 1);
    GError *failure = NULL;

    flight->users = 1;
    flight->began = g_get_monotonic_time();
    g_hash_table_insert(table->flights, g_strdup(key), flight);
    pthread_mutex_unlock(&table->lock);
    Roster *roster = func(user_data, &failure);
    pthread_mutex_lock(&table->lock);

    g_hash_table_remove(table->flights, key);
    flight->roster = roster;
    flight->error = failure;
    flight->landed = TRUE;
    pthread_cond_broadcast(&table->landed);

    Roster *result = flight_result(flight, error);
    flight_leave(flight);
    return result;
}

/* A short wait does no harm, whoever waits. */
static gboolean
is_crowded(const FlightTable *table, const Flight *flight, gint64 now)
{
    return table->n_passengers > table->most_waiting && now - flight->began >= G_USEC_PER_SEC;
}

static const char *
wait_until_landed(FlightTable *table, Flight *flight, gint64 deadline)
{
    for (gint64 now = g_get_monotonic_time(); !flight->landed; now = g_get_monotonic_time()) {
        if (is_crowded(table, flight, now))
            return "too many requests are waiting";
        if (now >= deadline)
            return "the time for one expansion is over, waiting for the same group's expansion";
        gint64          soon = flight->began + G_USEC_PER_SEC;
        gint64          until = soon > now ? MIN(deadline, soon) : deadline;
        struct timespec time = {.tv_sec = until / G_USEC_PER_SEC, .tv_nsec = until % G_USEC_PER_SEC * 1000};
        pthread_cond_timedwait(&table->landed, &table->lock, &time);
    }
    return NULL;
}

/* Called with the lock held. */
static Roster *
wait_for(FlightTable *table, Flight *flight, gint64 deadline, GError **error)
{
    Roster *result = NULL;

    flight->users++;
    table->n_passengers++;
    const char *why = wait_until_landed(table, flight, deadline);
    table->n_passengers--;
    if (why == NULL)
        result = flight_result(flight, error);
    else
        g_set_error_literal(error, DIRECTORY_ERROR, DIRECTORY_ERROR_UNAVAILABLE, why);
    flight_leave(flight);
    return result;
}

Roster *
flight_join(FlightTable *table, const char *key, gint64 deadline, FlightFunc func, gpointer user_data, GError **error)
{
    pthread_mutex_lock(&table->lock);
    Flight *flight = g_hash_table_lookup(table->flights, key);
    table->waiting++;
    Roster *result =
        flight == NULL ? fly(table, key, func, user_data, error) : wait_for(table, flight, deadline, error);
    table->waiting--;
    pthread_mutex_unlock(&table->lock);
    return result;
}

guint
flight_table_waiting(FlightTable *table)
{
    pthread_mutex_lock(&table->lock);
    guint waiting = table->waiting;
    pthread_mutex_unlock(&table->lock);
    return waiting;
}
