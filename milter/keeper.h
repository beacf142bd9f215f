/* SPDX-License-Identifier: BSD-2-Clause
 * keeper.h - the thread that reloads the configuration on SIGUSR1, frees what is no longer in force, and tells systemd
 * that we live
 */
#pragma once

#include "milter/runtime.h"

#include <glib.h>

typedef struct Keeper Keeper;
/* Starts the thread. The signals must be blocked already (daemon_block_signals()). */
Keeper *keeper_start(RuntimeStore *store, const char *file);
/* Ends and joins it; a reload under way is finished first. */
void keeper_stop(Keeper *keeper);

/* One reload, as the thread does it: a file that is not good leaves the settings in force and says so. Returns
 * whether new ones are in force. */
gboolean keeper_reload(RuntimeStore *store, const char *file);
