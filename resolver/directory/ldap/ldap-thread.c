/* SPDX-License-Identifier: BSD-2-Clause
 * ldap-thread.c - threads that signals pass by, and that are known to have ended
 *
 * libldap writes to sockets that may be closed on the other side, or shut down by the watchdog: SIGPIPE would end the
 * process. And signals meant for the program are none of our threads' business.
 *
 * Owns:    how many threads run, once for the process as what libldap itself frees at its end is.
 * Threads: any.
 */
#include "ldap-private.h"

#include <signal.h>
#include <time.h>

/* A handle that goes nowhere. What its context turns out to be does not matter, so no file is read for it. */
static void
initialize(void)
{
    LDAP     *ld = NULL;
    const int client = 0;

    if (ldap_initialize(&ld, NULL) != LDAP_SUCCESS)
        return;
    ldap_set_option(ld, LDAP_OPT_X_TLS_CACERTFILE, NULL);
    ldap_set_option(ld, LDAP_OPT_X_TLS_CACERTDIR, NULL);
    ldap_set_option(ld, LDAP_OPT_X_TLS_NEWCTX, &client);
    ldap_unbind_ext(ld, NULL, NULL);
}

/* libldap sets itself up at its first call, and TLS at its first context, and lets a second thread pass before that is
 * done: two that met there would both make the same lock. */
void
ldap_thread_initialize_library(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;

    pthread_once(&once, initialize);
}

/* pthread_join() does not see a thread that was left behind inside libldap. */
typedef struct {
    pthread_mutex_t lock;
    pthread_cond_t  ended;
    guint           n;
} Running;

static Running *
running(void)
{
    static Running threads = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, 0};

    return &threads;
}

static void
count(int difference)
{
    Running *threads = running();

    pthread_mutex_lock(&threads->lock);
    threads->n += (guint)difference;
    pthread_cond_broadcast(&threads->ended);
    pthread_mutex_unlock(&threads->lock);
}

gboolean
directory_wait_for_threads(gint64 patience)
{
    Running        *threads = running();
    gint64          until = g_get_real_time() + patience;
    struct timespec end = {.tv_sec = until / G_USEC_PER_SEC, .tv_nsec = until % G_USEC_PER_SEC * 1000};

    pthread_mutex_lock(&threads->lock);
    for (int result = 0; threads->n > 0 && result == 0;)
        result = pthread_cond_timedwait(&threads->ended, &threads->lock, &end);
    gboolean ended = threads->n == 0;
    pthread_mutex_unlock(&threads->lock);
    return ended;
}

typedef struct {
    void *(*run)(void *);
    void *data;
} Start;

static void *
thread_main(void *data)
{
    g_autofree Start *start = data;
    void             *result = start->run(start->data);

    count(-1);
    return result;
}

gboolean
ldap_thread_start(pthread_t *thread, void *(*run)(void *), void *data, GError **error)
{
    sigset_t all, before;
    Start   *start = g_new(Start, 1);

    *start = (Start){run, data};
    count(+1);
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int result = pthread_create(thread, NULL, thread_main, start);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (result == 0)
        return TRUE;
    count(-1);
    g_free(start);
    g_set_error(error, DIRECTORY_ERROR, DIRECTORY_ERROR_UNAVAILABLE, "cannot start a thread: %s", g_strerror(result));
    return FALSE;
}

void
ldap_thread_hold_pipe(LdapPipeSignal *signal)
{
    sigset_t pipe, pending;

    sigemptyset(&pipe);
    sigaddset(&pipe, SIGPIPE);
    sigpending(&pending);
    signal->was_pending = sigismember(&pending, SIGPIPE) == 1;
    pthread_sigmask(SIG_BLOCK, &pipe, &signal->before);
}

void
ldap_thread_release_pipe(const LdapPipeSignal *signal)
{
    const struct timespec at_once = {0};
    sigset_t              pipe, pending;

    sigemptyset(&pipe);
    sigaddset(&pipe, SIGPIPE);
    sigpending(&pending);
    if (!signal->was_pending && sigismember(&pending, SIGPIPE) == 1)
        sigtimedwait(&pipe, NULL, &at_once);
    pthread_sigmask(SIG_SETMASK, &signal->before, NULL);
}
