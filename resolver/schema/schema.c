/* SPDX-License-Identifier: BSD-2-Clause
 * schema.c - a finished schema: finding types and classes
 *
 * Owns:     types, classes and the two indexes over their names.
 * Promises: nothing changes once it is built.
 * Threads:  any; schema-builder.c is for one.
 */
#include "resolver/schema/schema-struct.h"

#include <string.h>

G_DEFINE_QUARK(rollcall_schema_error, schema_error)

enum { HASH_STEP = sizeof(guint64) };

static inline guint64
mix(guint64 hash, guint64 octets)
{
    hash = (hash ^ octets) * G_GUINT64_CONSTANT(0x9e3779b97f4a7c15);
    return hash ^ (hash >> 32);
}

/* Eight octets at a time, with the bit set that tells upper case from lower: what is equal but for case has one hash.
 * The names are an administrator's and a server's, not a sender's, so it needs no seed. */
guint
schema_name_hash(gconstpointer name)
{
    const guint64 lower = G_GUINT64_CONSTANT(0x2020202020202020);
    const char   *at = name;
    gsize         length = strlen(at);
    guint64       hash = length, octets;

    for (; length >= HASH_STEP; length -= HASH_STEP, at += HASH_STEP) {
        memcpy(&octets, at, HASH_STEP);
        hash = mix(hash, octets | lower);
    }
    octets = 0;
    memcpy(&octets, at, length);
    return (guint)mix(hash, octets | lower);
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
