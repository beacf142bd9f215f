/* SPDX-License-Identifier: BSD-2-Clause
 * listener.c - the socket on which the MTA finds us
 *
 * Owns:     nothing: libmilter keeps the descriptor.
 * Promises: the socket is never open to everybody, not for a moment: the umask makes it so.
 * Threads:  the first one, before there are others.
 */
#include "milter/listener.h"

#include <libmilter/mfapi.h>

#include <errno.h>
#include <grp.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pwd.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    BACKLOG = 1024,           /* every SMTP session of the MTA is a connection */
    HIGHEST_DESCRIPTOR = 256, /* so early there are only a few */
    SESSION_TIMEOUT = 7210,   /* libmilter's own default, in seconds: above any SMTP timeout */
};

G_DEFINE_QUARK(rollcall_listener_error, listener_error)

static gboolean
fail(GError **error, const char *socket, const char *why)
{
    g_set_error(error, LISTENER_ERROR, LISTENER_ERROR_OPEN, "socket %s: %s", socket, why);
    return FALSE;
}

gboolean
listener_is_network(const char *socket)
{
    return g_str_has_prefix(socket, "inet:") || g_str_has_prefix(socket, "inet6:");
}

static const char *
path_of(const char *socket)
{
    const char *colon = strchr(socket, ':');
    return colon != NULL ? colon + 1 : socket;
}

static gboolean
give_away(const char *socket, const char *user, const char *group, GError **error)
{
    uid_t uid = (uid_t)-1;
    gid_t gid = (gid_t)-1;
    if (*user != '\0' && geteuid() == 0) {
        const struct passwd *known = getpwnam(user);
        if (known == NULL)
            return fail(error, socket, "its user is unknown");
        uid = known->pw_uid;
    }
    if (*group != '\0') {
        const struct group *known = getgrnam(group);
        if (known == NULL)
            return fail(error, socket, "its socket-group is unknown");
        gid = known->gr_gid;
    }
    /* Its folder may belong to the unprivileged user: a link put there in time must not be followed by root. */
    if (lchown(path_of(socket), uid, gid) != 0)
        return fail(error, socket, g_strerror(errno));
    return TRUE;
}

/* libmilter writes one packet a call and hides its socket. Accepted sockets inherit the option on Linux; without it
 * Nagle's algorithm costs 44 ms for each message that is expanded. */
static void
set_nodelay(void)
{
    for (int descriptor = 3; descriptor < HIGHEST_DESCRIPTOR; descriptor++) {
        int       listening = 0, on = 1;
        socklen_t length = sizeof listening;
        if (getsockopt(descriptor, SOL_SOCKET, SO_ACCEPTCONN, &listening, &length) == 0 && listening)
            setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    }
}

gboolean
listener_open(const char *socket, const char *user, const char *group, GError **error)
{
    if (smfi_setconn((char *)socket) != MI_SUCCESS)
        return fail(error, socket, "libmilter does not understand it");
    smfi_setbacklog(BACKLOG);
    smfi_settimeout(SESSION_TIMEOUT);
    mode_t former = umask(0117);
    int    opened = smfi_opensocket(true);
    umask(former);
    if (opened != MI_SUCCESS)
        return fail(error, socket, "cannot be opened; does its directory exist, is the address free?");
    if (listener_is_network(socket)) {
        set_nodelay();
        return TRUE;
    }
    return give_away(socket, user, group, error);
}
