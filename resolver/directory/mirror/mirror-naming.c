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

    if (g_hash_table_contains(mirror->asked, schema_attribute_key(attribute)))
        (void)!image_patch(mirror->image, id, NULL, &change, 1);
}

static void
set_rdn(Mirror *mirror, const EntryId *id, const char *dn)
{
    LDAPDN parts = NULL;

    if (ldap_str2dn(dn, &parts, LDAP_DN_FORMAT_LDAPV3) != LDAP_SUCCESS || parts == NULL)
        return;
    for (LDAPAVA **ava = parts[0]; ava != NULL && *ava != NULL; ava++) {
        g_autofree char     *attribute = g_strndup((*ava)->la_attr.bv_val, (*ava)->la_attr.bv_len);
        const AttributeType *type = schema_attribute(image_schema(mirror->image), attribute);
        if (type != NULL)
            set(mirror, id, type->name, (*ava)->la_value.bv_val, (*ava)->la_value.bv_len);
    }
    ldap_dnfree(parts);
}

void
mirror_name(Mirror *mirror, const EntryId *id, const char *dn)
{
    if (schema_rules(image_schema(mirror->image)) == SCHEMA_RULES_AD)
        set_rdn(mirror, id, dn);
}
