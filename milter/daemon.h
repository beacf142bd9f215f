/* SPDX-License-Identifier: BSD-2-Clause
 * daemon.h - what makes a process a daemon
 *
 * All of it belongs to the start, before there are threads, on the first thread.
 */
#pragma once

#include <glib.h>

#define DAEMON_ERROR daemon_error_quark()
GQuark daemon_error_quark(void);
typedef enum {
    DAEMON_ERROR_LOCKED, /* another instance runs */
    DAEMON_ERROR_SYSTEM,
} DaemonError;

/* Leaves the terminal: forks, and the parent waits. Returns in the child alone; a descriptor for daemon_is_up(), or -1
 * with an error in the parent. The parent ends with status 0 once the child is up, with 1 if it ends before. */
int  daemon_detach(GError **error) G_GNUC_WARN_UNUSED_RESULT;
void daemon_is_up(int descriptor);

/* Keeps the lock until the process ends; writes its ID into the file. Children made later keep it too. */
gboolean daemon_lock(const char *file, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* As many open files as the system lets us have: each SMTP session of the MTA is one. */
void daemon_raise_limits(void);
/* Becomes `user`, for good. "" or not being root: nothing to do. */
gboolean daemon_drop_root(const char *user, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Blocks the signals that libmilter and the keeper wait for, in this thread and in all that it starts. */
void daemon_block_signals(void);
