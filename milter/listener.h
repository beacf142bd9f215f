/* SPDX-License-Identifier: BSD-2-Clause
 * listener.h - the socket on which the MTA finds us
 */
#pragma once

#include <glib.h>

#define LISTENER_ERROR listener_error_quark()
GQuark listener_error_quark(void);
typedef enum { LISTENER_ERROR_OPEN } ListenerError;

/* Whether the socket, as libmilter takes it, is a TCP one. */
gboolean listener_is_network(const char *socket);
/* Opens it, removing the file that a former run left. A unix socket is given to `user` and `group` ("": left as they
 * are) and is usable by both. As root, after glue_register(), before there are threads. */
gboolean listener_open(const char *socket, const char *user, const char *group,
                       GError **error) G_GNUC_WARN_UNUSED_RESULT;
