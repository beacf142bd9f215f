/* SPDX-License-Identifier: BSD-2-Clause
 * ldap-thread.c - threads that signals pass by
 *
 * libldap writes to sockets that may be closed on the other side, or shut down by the watchdog: SIGPIPE would end the
 * process. And signals meant for the program are none of our threads' business.
 *
 * Threads: any.
 */
#include "ldap-private.h"

#include <signal.h>
#include <time.h>

static void
initialize(void)
{
    int version = 0;

    ldap_get_option(NULL, LDAP_OPT_PROTOCOL_VERSION, &version);
}

/* libldap sets itself up at its first call, and lets a second thread pass before that is done. */
void
ldap_thread_initialize_library(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;

    pthread_once(&once, initialize);
}

gboolean
ldap_thread_start(pthread_t *thread, void *(*run)(void *), void *data, GError **error)
{
    sigset_t all, before;

    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int result = pthread_create(thread, NULL, run, data);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (result == 0)
        return TRUE;
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
