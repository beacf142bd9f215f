/* SPDX-License-Identifier: BSD-2-Clause
 * filter-entries.h - small entries for the filter tests, and a MatchSource over them
 *
 * Owns:     the entries of a TestWorld, keyed by the schema's attribute types.
 * Promises: looking up values allocates nothing, so that a test can count what matching allocates.
 * Threads:  any, once the world is complete.
 */
#pragma once

#include "rollcall/dn.h"
#include "rollcall/filter.h"

#include <string.h>

typedef struct {
    char       *name;
    char       *key;    /* of the DN */
    GHashTable *values; /* AttributeType.key to GArray of Value */
} TestEntry;

typedef struct {
    Schema    *schema;
    GPtrArray *entries; /* of TestEntry */
} TestWorld;

static inline void
test_value_clear(gpointer value)
{
    g_free((gpointer)((Value *)value)->data);
}

static inline void
test_entry_free(gpointer data)
{
    TestEntry *entry = data;
    g_free(entry->name);
    g_free(entry->key);
    g_hash_table_unref(entry->values);
    g_free(entry);
}

static inline TestWorld *
test_world_new(Schema *schema)
{
    TestWorld *world = g_new(TestWorld, 1);
    world->schema = schema;
    world->entries = g_ptr_array_new_with_free_func(test_entry_free);
    return world;
}

static inline void
test_world_free(TestWorld *world)
{
    g_ptr_array_unref(world->entries);
    schema_unref(world->schema);
    g_free(world);
}

static inline TestEntry *
test_world_add(TestWorld *world, const char *name, const char *dn)
{
    TestEntry *entry = g_new(TestEntry, 1);
    entry->name = g_strdup(name);
    entry->key = dn_key(dn);
    g_assert_nonnull(entry->key);
    entry->values = g_hash_table_new_full(g_direct_hash, g_direct_equal, NULL, (GDestroyNotify)g_array_unref);
    g_ptr_array_add(world->entries, entry);
    return entry;
}

static inline void
test_entry_add(const TestWorld *world, TestEntry *entry, const char *attribute, const char *data, gsize length)
{
    const AttributeType *type = schema_attribute(world->schema, attribute);
    if (type == NULL)
        g_error("the schema lacks %s", attribute);
    GArray *values = g_hash_table_lookup(entry->values, type->key);
    if (values == NULL) {
        values = g_array_new(FALSE, FALSE, sizeof(Value));
        g_array_set_clear_func(values, test_value_clear);
        g_hash_table_insert(entry->values, (gpointer)type->key, values);
    }
    char *copy = g_malloc(length + 1);
    memcpy(copy, data, length);
    copy[length] = '\0';
    Value value = {copy, length};
    g_array_append_val(values, value);
}

static inline guint
test_entry_values(gconstpointer data, const AttributeType *type, const Value **values)
{
    const TestEntry *entry = data;
    GArray          *found = g_hash_table_lookup(entry->values, type->key);
    *values = found != NULL ? (const Value *)(gpointer)found->data : NULL;
    return found != NULL ? found->len : 0;
}

static inline const TestEntry *
test_world_find(const TestWorld *world, const char *key)
{
    for (guint i = 0; i < world->entries->len; i++) {
        const TestEntry *entry = g_ptr_array_index(world->entries, i);
        if (strcmp(entry->key, key) == 0)
            return entry;
    }
    return NULL;
}

/* Follows the links of `type` from `entry` until nothing new comes. */
static inline gboolean
test_entry_in_chain(gconstpointer data, const AttributeType *type, const char *target, gpointer context)
{
    const TestWorld *world = context;
    g_autoptr(GPtrArray) seen = g_ptr_array_new();
    g_ptr_array_add(seen, (gpointer)data);
    for (guint i = 0; i < seen->len; i++) {
        const Value *values = NULL;
        guint        n_values = test_entry_values(g_ptr_array_index(seen, i), type, &values);
        for (guint v = 0; v < n_values; v++) {
            g_autofree char *key = dn_key(values[v].data);
            if (strcmp(key, target) == 0)
                return TRUE;
            const TestEntry *next = test_world_find(world, key);
            if (next != NULL && !g_ptr_array_find(seen, next, NULL))
                g_ptr_array_add(seen, (gpointer)next);
        }
    }
    return FALSE;
}

static inline MatchSource
test_world_source(TestWorld *world)
{
    return (MatchSource){test_entry_values, test_entry_in_chain, world};
}
