/* SPDX-License-Identifier: BSD-2-Clause
 * control-socket.c - the unix socket on which an administrator finds us
 *
 * Owns:     nothing: the descriptor is the caller's.
 * Promises: the socket is never open to everybody, not for a moment: the umask makes it so. A socket that somebody
 *           listens on is not taken away from him.
 * Threads:  the first one, before there are others.
 */
#include "milter/control-socket.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum { BACKLOG = 32 };

G_DEFINE_QUARK(rollcall_control_socket_error, control_socket_error)

static gboolean
fail(GError **error, const char *path, const char *why)
{
    g_set_error(error, CONTROL_SOCKET_ERROR, CONTROL_SOCKET_ERROR_OPEN, "control socket %s: %s", path, why);
    return FALSE;
}

/* Whether it answers, at once or later. */
static gboolean
is_alive(const struct sockaddr_un *address)
{
    int      descriptor = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    gboolean alive = connect(descriptor, (const struct sockaddr *)address, sizeof *address) == 0 || errno == EAGAIN;
    close(descriptor);
    return alive;
}

static gboolean
remove_former(const struct sockaddr_un *address, GError **error)
{
    const char *path = address->sun_path;
    struct stat former;
    if (lstat(path, &former) != 0)
        return errno == ENOENT || fail(error, path, g_strerror(errno));
    if (!S_ISSOCK(former.st_mode))
        return fail(error, path, "there is a file that is no socket");
    if (is_alive(address))
        return fail(error, path, "another program listens there");
    return unlink(path) == 0 || fail(error, path, g_strerror(errno));
}

static gboolean
find_owner(const char *path, const char *user, const char *group, uid_t *uid, gid_t *gid, GError **error)
{
    *uid = (uid_t)-1;
    *gid = (gid_t)-1;
    if (*user != '\0' && geteuid() == 0) {
        const struct passwd *known = getpwnam(user);
        if (known == NULL)
            return fail(error, path, "its user is unknown");
        *uid = known->pw_uid;
        *gid = known->pw_gid;
    }
    if (*group != '\0') {
        const struct group *known = getgrnam(group);
        if (known == NULL)
            return fail(error, path, "its socket-group is unknown");
        *gid = known->gr_gid;
    }
    return TRUE;
}

static gboolean
listen_on(int descriptor, const struct sockaddr_un *address, uid_t uid, gid_t gid)
{
    mode_t former = umask(0117);
    int    bound = bind(descriptor, (const struct sockaddr *)address, sizeof *address);
    umask(former);
    /* Its folder may belong to the unprivileged user: a link put there in time must not be followed by root. */
    return bound == 0 && lchown(address->sun_path, uid, gid) == 0 && listen(descriptor, BACKLOG) == 0;
}

int
control_socket_open(const char *path, const char *user, const char *group, GError **error)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    uid_t              uid;
    gid_t              gid;
    if (g_strlcpy(address.sun_path, path, sizeof address.sun_path) >= sizeof address.sun_path) {
        fail(error, path, "the path is too long for a socket");
        return -1;
    }
    if (!find_owner(path, user, group, &uid, &gid, error) || !remove_former(&address, error))
        return -1;
    int descriptor = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (descriptor >= 0 && listen_on(descriptor, &address, uid, gid))
        return descriptor;
    fail(error, path, g_strerror(errno));
    if (descriptor >= 0)
        close(descriptor);
    return -1;
}
