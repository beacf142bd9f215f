/* SPDX-License-Identifier: BSD-2-Clause
 * directory-state.h - what the daemon says about its directory, for people
 */
#pragma once

#include "admin/output.h"

#include <glib.h>
#include <jansson.h>

/* Two columns: what, and how it is. `whole`: every stream, server and index too. */
void directory_state_show(OutputTable *table, const json_t *directory, gboolean whole);
/* Whether mail is answered from something it should not be, or somebody must act. */
gboolean directory_state_is_bad(const json_t *directory);
