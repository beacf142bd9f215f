/* SPDX-License-Identifier: BSD-2-Clause
 * control-socket.h - the unix socket on which an administrator finds us
 */
#pragma once

#include <glib.h>

#define CONTROL_SOCKET_ERROR control_socket_error_quark()
GQuark control_socket_error_quark(void);
typedef enum { CONTROL_SOCKET_ERROR_OPEN } ControlSocketError;

/* Listens on `path` (a file that a former run left is removed, anything else stays and is an error). Belongs to `user`
 * ("": ourselves) and `group` ("": that user's), mode 0660. As root, before there are threads. The descriptor, or -1.
 */
int control_socket_open(const char *path, const char *user, const char *group,
                        GError **error) G_GNUC_WARN_UNUSED_RESULT;
