/* SPDX-License-Identifier: BSD-2-Clause
 * dn-match.c - compares stored DNs with a key
 *
 * Owns:     nothing.
 * Promises: stops at the first octet that differs; allocates nothing for plain DNs (dn-walk.h).
 * Threads:  any.
 */
#include "resolver/schema/dn-match.h"

#include "resolver/schema/dn-walk.h"
#include "rollcall/dn.h"

#include <string.h>

char *
dn_key_of_value(const Value *dn)
{
    return memchr(dn->data, '\0', dn->length) == NULL ? dn_key(dn->data) : NULL;
}

static gboolean
general_has_key(const Value *dn, const char *key, gboolean prefix)
{
    g_autofree char *own = dn_key_of_value(dn);
    return own != NULL && (prefix ? g_str_has_prefix(own, key) : strcmp(own, key) == 0);
}

gboolean
dn_has_key(const Value *dn, const char *key, gboolean prefix)
{
    const char *start = key;
    DnWalk      walk;
    int         octet = dn_walk_start(&walk, dn->data, dn->length) ? dn_walk_next(&walk) : DN_WALK_NOT_PLAIN;

    for (; octet >= 0 && *key != '\0'; octet = dn_walk_next(&walk), key++)
        if ((guint8)octet != (guint8)*key)
            return FALSE; /* the walk may end as no DN at all: no match either */
    if (octet == DN_WALK_NOT_PLAIN)
        return general_has_key(dn, start, prefix);
    return *key == '\0' && (prefix || octet == DN_WALK_END);
}
