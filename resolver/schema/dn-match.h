/* SPDX-License-Identifier: BSD-2-Clause
 * dn-match.h - compares a DN with a key without making its key
 */
#pragma once

#include "rollcall/schema.h"

/* Whether `dn` has the key. `prefix`: whether its key starts with it. */
gboolean dn_has_key(const Value *dn, const char *key, gboolean prefix);
/* dn_key() of a value, NULL for one with a NUL in it too. Caller: g_free(). */
char *dn_key_of_value(const Value *dn) G_GNUC_WARN_UNUSED_RESULT;
