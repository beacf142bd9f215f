/* SPDX-License-Identifier: BSD-2-Clause
 * schema.c - a finished schema: finding types and classes
 *
 * Owns:     types, classes and the two indexes over their names.
 * Promises: nothing changes once it is built.
 * Threads:  any; schema-builder.c is for one.
 */
#include "resolver/schema/schema-struct.h"

#include <string.h>

/* Class hierarchies are a handful deep; a server's may be circular, and branch. */
enum { MAX_STEPS = 1000 };

G_DEFINE_QUARK(rollcall_schema_error, schema_error)

guint
schema_name_hash(gconstpointer name)
{
    guint32 hash = 2166136261u; /* FNV-1a */
    for (const char *at = name; *at != '\0'; at++)
        hash = (hash ^ (guint8)g_ascii_tolower(*at)) * 16777619u;
    return hash;
}

gboolean
schema_name_equal(gconstpointer a, gconstpointer b)
{
    return g_ascii_strcasecmp(a, b) == 0;
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

static gboolean
inherits_within(const ObjectClass *class, const ObjectClass *ancestor, guint *steps_left)
{
    if (class == ancestor)
        return TRUE;
    if (*steps_left == 0)
        return FALSE;
    (*steps_left)--;
    for (const ObjectClass **superior = class->above; *superior != NULL; superior++)
        if (inherits_within(*superior, ancestor, steps_left))
            return TRUE;
    return FALSE;
}

static gboolean
inherits(const ObjectClass *class, const ObjectClass *ancestor)
{
    guint steps_left = MAX_STEPS;
    return inherits_within(class, ancestor, &steps_left);
}

GHashTable *
schema_class_family(const Schema *schema, const ObjectClass *ancestor)
{
    GHashTable *family = g_hash_table_new(schema_name_hash, schema_name_equal);
    for (guint i = 0; i < schema->class_list->len; i++) {
        const ObjectClass *class = g_ptr_array_index(schema->class_list, i);
        if (!inherits(class, ancestor))
            continue;
        for (char **name = class->names; *name != NULL; name++)
            g_hash_table_add(family, *name);
        if (class->oid != NULL)
            g_hash_table_add(family, class->oid);
    }
    return family;
}
