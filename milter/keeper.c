/* SPDX-License-Identifier: BSD-2-Clause
 * keeper.c - the thread that reloads the configuration on SIGUSR1, frees what is no longer in force, and tells systemd
 * that we live
 *
 * Owns:     its thread.
 * Promises: callbacks never open, check or free a configuration; messages under way keep the one they began with.
 *           SIGUSR1 and not SIGHUP: libmilter takes SIGHUP for "stop".
 * Threads:  keeper_start() and keeper_stop() the first one; the rest is the thread's own.
 */
#include "milter/keeper.h"

#include "milter/maillog.h"
#include "milter/service.h"

#include <pthread.h>
#include <signal.h>
#include <time.h>

struct Keeper {
    pthread_t     thread;
    RuntimeStore *store;
    char         *file;
    gint          stopping; /* atomic */
};

/* Settings that only a restart can change. */
static void
warn_of_restart(const MilterSettings *before, const MilterSettings *after)
{
    const struct {
        const char *key, *before, *after;
    } fixed[] = {
        {"socket", before->socket, after->socket},
        {"socket-group", before->socket_group, after->socket_group},
        {"user", before->user, after->user},
        {"lock-file", before->lock_file, after->lock_file},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(fixed); i++) {
        if (g_strcmp0(fixed[i].before, fixed[i].after) != 0)
            maillog(MAILLOG_WARNING, "warning: [milter] %s: the new value needs a restart", fixed[i].key);
    }
}

gboolean
keeper_reload(RuntimeStore *store, const char *file)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(Settings) settings = settings_load(file, &error);
    Runtime *before = runtime_store_acquire(store);
    Runtime *next = settings != NULL ? runtime_open(settings, before, FALSE, &error) : NULL;
    if (next == NULL) {
        runtime_store_release(store, before);
        g_autofree char *why = maillog_escape(error->message);
        maillog(MAILLOG_ERROR, "error: configuration not reloaded: %s (old one stays in force)", why);
        return FALSE;
    }
    warn_of_restart(settings_milter(before->settings), settings_milter(settings));
    runtime_store_publish(store, next);
    runtime_store_release(store, before);
    runtime_store_collect(store);
    maillog(MAILLOG_INFO, "configuration reloaded: %s", file);
    return TRUE;
}

/* SIGUSR1, SIGUSR2, or 0 when it is time for a sign of life. */
static int
wait_for_signal(gint64 interval)
{
    sigset_t awaited;
    sigemptyset(&awaited);
    sigaddset(&awaited, SIGUSR1);
    sigaddset(&awaited, SIGUSR2);
    struct timespec patience = {interval / G_USEC_PER_SEC, interval % G_USEC_PER_SEC * 1000};
    int             got = sigtimedwait(&awaited, NULL, interval > 0 ? &patience : NULL);
    return got > 0 ? got : 0;
}

static void *
run(void *data)
{
    Keeper *keeper = data;
    gint64  interval = service_watchdog_interval();
    while (!g_atomic_int_get(&keeper->stopping)) {
        if (wait_for_signal(interval) == SIGUSR1) {
            service_reloading();
            keeper_reload(keeper->store, keeper->file);
            service_ready();
        }
        /* Takes the lock that every message takes, so the sign of life means something. */
        runtime_store_collect(keeper->store);
        service_alive();
    }
    return NULL;
}

static void
wake(gpointer data)
{
    Keeper *keeper = data;
    pthread_kill(keeper->thread, SIGUSR2);
}

Keeper *
keeper_start(RuntimeStore *store, const char *file)
{
    Keeper *keeper = g_new0(Keeper, 1);
    keeper->store = store;
    keeper->file = g_strdup(file);
    if (pthread_create(&keeper->thread, NULL, run, keeper) != 0)
        g_error("no thread for the keeper");
    runtime_store_set_wake(store, wake, keeper);
    return keeper;
}

void
keeper_stop(Keeper *keeper)
{
    runtime_store_set_wake(keeper->store, NULL, NULL);
    g_atomic_int_set(&keeper->stopping, 1);
    wake(keeper);
    pthread_join(keeper->thread, NULL);
    g_free(keeper->file);
    g_free(keeper);
}
