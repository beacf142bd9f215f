/* SPDX-License-Identifier: BSD-2-Clause
 * schema.c - a finished schema: finding types and classes
 *
 * Owns:     types, classes and the two indexes over their names.
 * Promises: nothing changes once it is built.
 * Threads:  any; schema-builder.c is for one.
 */
#include "resolver/schema/octets-hash.h"
#include "resolver/schema/schema-struct.h"

#include <string.h>

G_DEFINE_QUARK(rollcall_schema_error, schema_error)

/* With the bit set that tells upper case from lower: what is equal but for case has one hash. */
guint
schema_name_hash(gconstpointer name)
{
    return (guint)octets_hash(0, name, strlen(name), G_GUINT64_CONSTANT(0x2020202020202020));
}

/* Most names come as the schema spells them. */
gboolean
schema_name_equal(gconstpointer a, gconstpointer b)
{
    return strcmp(a, b) == 0 || g_ascii_strcasecmp(a, b) == 0;
}

Schema *
schema_ref(Schema *schema)
{
    g_atomic_int_inc(&schema->reference_count);
    return schema;
}

void
schema_unref(Schema *schema)
{
    if (schema == NULL || !g_atomic_int_dec_and_test(&schema->reference_count))
        return;
    g_hash_table_unref(schema->attributes);
    g_hash_table_unref(schema->classes);
    g_ptr_array_unref(schema->drafts);
    g_ptr_array_unref(schema->class_list);
    g_free(schema);
}

SchemaRules
schema_rules(const Schema *schema)
{
    return schema->rules;
}

const AttributeType *
schema_attribute(const Schema *schema, const char *name)
{
    return g_hash_table_lookup(schema->attributes, name);
}

void
schema_foreach(const Schema *schema, SchemaFunc func, gpointer user_data)
{
    for (guint i = 0; i < schema->drafts->len; i++) {
        const AttributeDraft *draft = g_ptr_array_index(schema->drafts, i);
        func(draft->type, user_data);
    }
}

const ObjectClass *
schema_class(const Schema *schema, const char *name_or_oid)
{
    return g_hash_table_lookup(schema->classes, name_or_oid);
}
