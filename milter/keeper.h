/* SPDX-License-Identifier: BSD-2-Clause
 * keeper.h - the thread that reloads the configuration on SIGUSR1 or when asked, frees what is no longer in force, and
 * tells systemd that we live
 */
#pragma once

#include "milter/runtime.h"

#include <glib.h>

typedef struct Keeper Keeper;
/* Starts the thread. The signals must be blocked already (daemon_block_signals()). */
Keeper *keeper_start(RuntimeStore *store, const char *file);
/* Ends and joins it; a reload under way is finished first. Nobody may be in the functions below any more. */
void keeper_stop(Keeper *keeper);

#define KEEPER_ERROR keeper_error_quark()
GQuark keeper_error_quark(void);
typedef enum { KEEPER_ERROR_RELOAD } KeeperError;

/* Has the thread reload, and waits for it: a reload that begins after this was called. FALSE with why not; the settings
 * in force stay. Any thread, but no callback: it may take long. */
gboolean keeper_ask_reload(Keeper *keeper, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Why the last reload failed; NULL: it did not, or there was none. Caller: g_free(). Any thread. */
char *keeper_reload_error(Keeper *keeper);

/* One reload, as the thread does it: a file that is not good leaves the settings in force and says so in the log too.
 * FALSE: no new ones are in force. */
gboolean keeper_reload(RuntimeStore *store, const char *file, GError **error);
