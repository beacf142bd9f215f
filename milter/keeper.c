/* SPDX-License-Identifier: BSD-2-Clause
 * keeper.c - the thread that reloads the configuration on SIGUSR1 or when asked, frees what is no longer in force, and
 * tells systemd that we live
 *
 * Owns:     its thread, and what became of the last reload.
 * Promises: callbacks never open, check or free a configuration; messages under way keep the one they began with.
 *           SIGUSR1 and not SIGHUP: libmilter takes SIGHUP for "stop".
 * Threads:  keeper_start() and keeper_stop() the first one; keeper_ask_reload() and keeper_reload_error() any; the rest
 *           is the thread's own.
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

    pthread_mutex_t lock; /* of what follows */
    pthread_cond_t  reloaded;
    guint           asked, done;  /* the number of the last request, and of the last one that is answered */
    char           *reload_error; /* NULL: the last reload was good */
};

G_DEFINE_QUARK(rollcall_keeper_error, keeper_error)

/* Settings that only a restart can change. */
static void
warn_of_restart(const Settings *former, const Settings *next)
{
    const MilterSettings  *before = settings_milter(former), *after = settings_milter(next);
    const ControlSettings *control_before = settings_control(former), *control_after = settings_control(next);
    const struct {
        const char *section, *key, *before, *after;
    } fixed[] = {
        {"milter", "socket", before->socket, after->socket},
        {"milter", "socket-group", before->socket_group, after->socket_group},
        {"milter", "user", before->user, after->user},
        {"milter", "lock-file", before->lock_file, after->lock_file},
        {"control", "socket", control_before->socket, control_after->socket},
        {"control", "socket-group", control_before->socket_group, control_after->socket_group},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(fixed); i++) {
        if (g_strcmp0(fixed[i].before, fixed[i].after) != 0)
            maillog(MAILLOG_WARNING, "warning: [%s] %s: the new value needs a restart", fixed[i].section, fixed[i].key);
    }
}

gboolean
keeper_reload(RuntimeStore *store, const char *file, GError **error)
{
    g_autoptr(GError) cause = NULL;
    g_autoptr(Settings) settings = settings_load(file, &cause);
    Runtime *before = runtime_store_acquire(store);
    Runtime *next = settings != NULL ? runtime_open(settings, before, FALSE, &cause) : NULL;
    if (next == NULL) {
        runtime_store_release(store, before);
        g_autofree char *why = maillog_escape(cause->message);
        maillog(MAILLOG_ERROR, "error: configuration not reloaded: %s (old one stays in force)", why);
        g_propagate_error(error, g_steal_pointer(&cause));
        return FALSE;
    }
    warn_of_restart(before->settings, settings);
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

/* ---- reloading for somebody who waits ---- */

static guint
last_asked(Keeper *keeper)
{
    pthread_mutex_lock(&keeper->lock);
    guint asked = keeper->asked;
    pthread_mutex_unlock(&keeper->lock);
    return asked;
}

static gboolean
is_asked(Keeper *keeper)
{
    pthread_mutex_lock(&keeper->lock);
    gboolean asked = keeper->asked != keeper->done;
    pthread_mutex_unlock(&keeper->lock);
    return asked;
}

/* One reload for all who have asked until now. */
static void
reload(Keeper *keeper)
{
    guint upto = last_asked(keeper);
    g_autoptr(GError) error = NULL;
    service_reloading();
    keeper_reload(keeper->store, keeper->file, &error);
    service_ready();
    pthread_mutex_lock(&keeper->lock);
    g_free(keeper->reload_error);
    keeper->reload_error = error != NULL ? g_strdup(error->message) : NULL;
    keeper->done = upto;
    pthread_cond_broadcast(&keeper->reloaded);
    pthread_mutex_unlock(&keeper->lock);
}

static void *
run(void *data)
{
    Keeper *keeper = data;
    gint64  interval = service_watchdog_interval();
    while (!g_atomic_int_get(&keeper->stopping)) {
        if (wait_for_signal(interval) == SIGUSR1 || is_asked(keeper))
            reload(keeper);
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

gboolean
keeper_ask_reload(Keeper *keeper, GError **error)
{
    pthread_mutex_lock(&keeper->lock);
    guint mine = ++keeper->asked;
    wake(keeper);
    while ((gint)(keeper->done - mine) < 0)
        pthread_cond_wait(&keeper->reloaded, &keeper->lock);
    if (keeper->reload_error != NULL)
        g_set_error_literal(error, KEEPER_ERROR, KEEPER_ERROR_RELOAD, keeper->reload_error);
    gboolean good = keeper->reload_error == NULL;
    pthread_mutex_unlock(&keeper->lock);
    return good;
}

char *
keeper_reload_error(Keeper *keeper)
{
    pthread_mutex_lock(&keeper->lock);
    char *error = g_strdup(keeper->reload_error);
    pthread_mutex_unlock(&keeper->lock);
    return error;
}

Keeper *
keeper_start(RuntimeStore *store, const char *file)
{
    Keeper *keeper = g_new0(Keeper, 1);
    keeper->store = store;
    keeper->file = g_strdup(file);
    pthread_mutex_init(&keeper->lock, NULL);
    pthread_cond_init(&keeper->reloaded, NULL);
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
    pthread_cond_destroy(&keeper->reloaded);
    pthread_mutex_destroy(&keeper->lock);
    g_free(keeper->reload_error);
    g_free(keeper->file);
    g_free(keeper);
}
