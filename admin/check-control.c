/* SPDX-License-Identifier: BSD-2-Clause
 * check-control.c - rollcall check: can the daemon be asked, and by nobody's grace but its own
 *
 * Owns:     one short connection to the control socket.
 * Promises: names what the daemon would refuse to start for.
 * Threads:  one.
 */
#include "admin/check.h"
#include "admin/daemon.h"

#include <errno.h>
#include <grp.h>
#include <string.h>
#include <sys/un.h>
#include <unistd.h>

/* Whoever can put a socket there is taken for the daemon. The daemon makes its own before it becomes its user. */
static gboolean
check_place(CheckTally *tally, const char *socket, const CheckUser *user)
{
    g_autofree char *directory = g_path_get_dirname(socket), *why = NULL;

    if (check_user_is_alone(user, directory, &why) && !user->others && access(directory, W_OK | X_OK) != 0)
        why = g_strdup(g_strerror(errno));
    if (why != NULL) {
        check_say(tally, CHECK_BAD, "control socket %s: %s: %s", socket, directory, why);
        return FALSE;
    }
    return TRUE;
}

static gboolean
check_names(CheckTally *tally, const ControlSettings *control)
{
    if (strlen(control->socket) >= sizeof((struct sockaddr_un *)NULL)->sun_path)
        check_say(tally, CHECK_BAD, "control socket %s: the path is too long for a socket", control->socket);
    else if (*control->socket_group != '\0' && getgrnam(control->socket_group) == NULL)
        check_say(tally, CHECK_BAD, "control socket %s: socket-group %s is unknown", control->socket,
                  control->socket_group);
    else
        return TRUE;
    return FALSE;
}

static void
show_answer(CheckTally *tally, const char *socket, const json_t *status)
{
    const char *failed = daemon_text(status, "reload_error");

    check_say(tally, CHECK_GOOD, "control socket %s: rollcalld %s answers", socket, daemon_text(status, "version"));
    if (*failed != '\0')
        check_say(tally, CHECK_BAD, "the daemon has not taken over its configuration: %s", failed);
}

static void
check_answer(CheckTally *tally, const Source *source, const char *socket)
{
    g_autoptr(GError) error = NULL;
    json_t *status = daemon_get(source, "/v1/status", &error);

    if (status == NULL) {
        gboolean expected = g_error_matches(error, DAEMON_ERROR, DAEMON_ERROR_ABSENT) ||
                            g_error_matches(error, DAEMON_ERROR, DAEMON_ERROR_DENIED);
        check_say(tally, expected ? CHECK_NOTE : CHECK_BAD, "control socket %s", error->message);
        return;
    }
    show_answer(tally, socket, status);
    json_decref(status);
}

void
check_control(CheckTally *tally, const Source *source, const Settings *settings, const CheckUser *user)
{
    const ControlSettings *control = settings_control(settings);

    if (*control->socket == '\0')
        check_say(tally, CHECK_NOTE,
                  "control socket is empty: rollcall status, reload and approve cannot ask the daemon");
    else if (check_names(tally, control) && check_place(tally, control->socket, user))
        check_answer(tally, source, control->socket);
}
