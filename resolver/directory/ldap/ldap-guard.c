/* SPDX-License-Identifier: BSD-2-Clause
 * ldap-guard.c - an end for every wait inside libldap
 *
 * libldap's own timeouts do not cover a TLS handshake, half a record, or a write to a server that reads nothing
 * (measured). The thread that calls it arms a guard; the watchdog shuts down the socket when the time has passed, and
 * the call returns with an error. The descriptor is known from libldap's connect callback and forgotten in its close
 * callback, so it is never one that somebody else has been given since.
 *
 * Threads: the thread that uses the connection, and the watchdog.
 */
#include "ldap-private.h"

#include <sys/socket.h>

void
ldap_guard_init(LdapGuard *guard)
{
    *guard = (LdapGuard){.fd = -1};
    pthread_mutex_init(&guard->lock, NULL);
}

void
ldap_guard_clear(LdapGuard *guard)
{
    ldap_server_unref(guard->server);
    pthread_mutex_destroy(&guard->lock);
}

void
ldap_guard_open(LdapGuard *guard, LdapServer *server, gint64 deadline)
{
    pthread_mutex_lock(&guard->lock);
    ldap_server_unref(guard->server);
    guard->server = ldap_server_ref(server);
    guard->fd = -1;
    guard->deadline = deadline;
    guard->stage = "connecting";
    guard->opening = TRUE;
    guard->fired = FALSE;
    guard->noticed = FALSE;
    pthread_mutex_unlock(&guard->lock);
}

void
ldap_guard_stage(LdapGuard *guard, const char *stage)
{
    pthread_mutex_lock(&guard->lock);
    if (!guard->fired)
        guard->stage = stage;
    pthread_mutex_unlock(&guard->lock);
}

void
ldap_guard_arm(LdapGuard *guard, gint64 deadline)
{
    pthread_mutex_lock(&guard->lock);
    guard->opening = FALSE;
    guard->deadline = deadline;
    pthread_mutex_unlock(&guard->lock);
}

void
ldap_guard_disarm(LdapGuard *guard)
{
    pthread_mutex_lock(&guard->lock);
    guard->opening = FALSE;
    guard->deadline = 0;
    pthread_mutex_unlock(&guard->lock);
}

void
ldap_guard_set_fd(LdapGuard *guard, int fd)
{
    pthread_mutex_lock(&guard->lock);
    guard->fd = fd;
    if (fd >= 0 && guard->opening && !guard->fired)
        guard->stage = "TLS";
    /* the watchdog came while there was nothing to shut down yet */
    if (fd >= 0 && guard->fired)
        shutdown(fd, SHUT_RDWR);
    pthread_mutex_unlock(&guard->lock);
}

gboolean
ldap_guard_fired(LdapGuard *guard, const char **stage)
{
    pthread_mutex_lock(&guard->lock);
    gboolean fired = guard->fired;
    if (stage != NULL)
        *stage = guard->stage;
    pthread_mutex_unlock(&guard->lock);
    return fired;
}

LdapServer *
ldap_guard_watch(LdapGuard *guard, gint64 now, const char **stage)
{
    LdapServer *late = NULL;

    pthread_mutex_lock(&guard->lock);
    if (guard->deadline != 0 && now >= guard->deadline) {
        if (!guard->fired && guard->fd >= 0)
            shutdown(guard->fd, SHUT_RDWR);
        guard->fired = TRUE;
        if (guard->opening && !guard->noticed) {
            guard->noticed = TRUE;
            late = ldap_server_ref(guard->server);
            *stage = guard->stage;
        }
    }
    pthread_mutex_unlock(&guard->lock);
    return late;
}

void
ldap_guard_shut_down(LdapGuard *guard)
{
    pthread_mutex_lock(&guard->lock);
    guard->fired = TRUE;
    guard->noticed = TRUE; /* the server is not to blame */
    if (guard->fd >= 0)
        shutdown(guard->fd, SHUT_RDWR);
    pthread_mutex_unlock(&guard->lock);
}

gboolean
ldap_guard_is_stuck(LdapGuard *guard)
{
    pthread_mutex_lock(&guard->lock);
    gboolean stuck = guard->opening && guard->fired;
    pthread_mutex_unlock(&guard->lock);
    return stuck;
}
