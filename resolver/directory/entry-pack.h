/* SPDX-License-Identifier: BSD-2-Clause
 * entry-pack.h - an entry made at one go, by those who have all its parts at hand
 */
#pragma once

#include "rollcall/entry.h"

typedef struct {
    const char *key; /* interned */
    guint       n_values;
} EntryAttribute;

/* A DN or its key, in two parts: entries that lie side by side share the second. */
typedef struct {
    Value rdn;  /* the first RDN */
    Value rest; /* what stands behind it, the comma included */
} EntryName;

/* Each Value here has a NUL behind its octets. */
typedef struct {
    EntryName             dn, key;    /* `key` is dn_key() of `dn` */
    const EntryAttribute *attributes; /* each once */
    const Value          *values;     /* of all attributes in turn */
    guint                 n_attributes, n_values;
} EntryPack;

/* Copies all. Caller: entry_unref(). */
const Entry *entry_pack(const EntryPack *pack) G_GNUC_WARN_UNUSED_RESULT;
