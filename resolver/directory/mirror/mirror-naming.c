/* SPDX-License-Identifier: BSD-2-Clause
 * mirror-naming.c - the attribute that says what the entry's name says
 *
 * Owns:     nothing.
 * Promises: under AD's rules an entry in the image has the attribute of its RDN (cn, ou), which DirSync does not
 * report: `name` alone is replicated, and the other follows from it (MS-ADTS 3.1.1.1.4). Threads:  those of the
 * streams, inside the gate as writers.
 */
#include "resolver/directory/mirror/mirror-private.h"

#include <string.h>

static void
set(Mirror *mirror, const EntryId *id, const char *attribute, const char *value, gsize length)
{
    Value       one = {value, length};
    ImageChange change = {IMAGE_SET, attribute, &one, 1};

    (void)!image_patch(mirror->image, id, NULL, &change, 1);
}

/* Mirrored, and not reported already. */
static gboolean
is_to_be_set(const Mirror *mirror, const Entry *entry, const char *key)
{
    const Value *values;
    return g_hash_table_contains(mirror->asked, key) && entry_values(entry, key, &values) == 0;
}

static void
set_rdn(Mirror *mirror, const EntryId *id, const Entry *entry)
{
    LDAPDN parts = NULL;

    if (ldap_str2dn(entry_dn(entry), &parts, LDAP_DN_FORMAT_LDAPV3) != LDAP_SUCCESS || parts == NULL)
        return;
    for (LDAPAVA **ava = parts[0]; ava != NULL && *ava != NULL; ava++) {
        g_autofree char     *attribute = g_strndup((*ava)->la_attr.bv_val, (*ava)->la_attr.bv_len);
        const AttributeType *type = schema_attribute(image_schema(mirror->image), attribute);
        if (type != NULL && is_to_be_set(mirror, entry, type->key))
            set(mirror, id, type->name, (*ava)->la_value.bv_val, (*ava)->la_value.bv_len);
    }
    ldap_dnfree(parts);
}

void
mirror_name(Mirror *mirror, const EntryId *id, const Entry *entry)
{
    if (schema_rules(image_schema(mirror->image)) == SCHEMA_RULES_AD)
        set_rdn(mirror, id, entry);
}
