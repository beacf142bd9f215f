/* SPDX-License-Identifier: BSD-2-Clause
 * dn.h - distinguished names (RFC 4514), compared as names and not as text
 *
 * The key of a DN: types in lower case by their short name, values folded as RULE_CASE_IGNORE does (accents count:
 * other servers than AD keep cn=José beside cn=Jose), one way of escaping, no blanks around separators. Equal DNs
 * have equal keys. All functions: any thread.
 */
#pragma once

#include <glib.h>

/* NULL if `dn` is no DN (RFC 4514 section 3). The empty DN has the empty key. Caller: g_free(). */
char *dn_key(const char *dn) G_GNUC_WARN_UNUSED_RESULT;

/* The next three take keys, not DNs. */
/* The parent's key inside `key`, "" above the last, NULL for "". Borrowed from `key`. */
const char *dn_key_parent(const char *key);
/* Whether `key` is `base` or lies under it. */
gboolean dn_key_is_within(const char *key, const char *base);
/* Orders keys so that each subtree is one contiguous run that starts with its top (compares from the root down). */
int dn_key_compare(const char *a, const char *b);
