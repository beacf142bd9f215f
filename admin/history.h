/* SPDX-License-Identifier: BSD-2-Clause
 * history.h - what the commands about a group's past have in common
 */
#pragma once

#include "admin/command.h"

#include <jansson.h>

/* "/v1/groups/ADDRESS/WHAT", with ?since= unless that is NULL. Caller: g_free(). */
char *history_path(const char *address, const char *what, const char *since);
/* A line for each address: "  + ann@example.com". */
void history_show_names(const json_t *names, char sign);
/* An answer's time without fractions of a second: "2026-01-31 08:00:00+01". Caller: g_free(). */
char *history_time(const json_t *object, const char *name);
