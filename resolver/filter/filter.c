/* SPDX-License-Identifier: BSD-2-Clause
 * filter.c - the tree of a search filter: making, sharing, comparing, asking about it
 *
 * Owns:     the memory of nodes.
 * Promises: a finished Filter never changes.
 * Threads:  any; reference counts are atomic.
 */
#include "rollcall/filter.h"

#include "resolver/filter/filter-node.h"

#include <string.h>

G_DEFINE_QUARK(rollcall_filter_error, filter_error)

Filter *
filter_node_new(FilterKind kind, char *attribute)
{
    Filter *node = g_new0(Filter, 1);
    node->kind = kind;
    node->attribute = attribute;
    node->reference_count = 1;
    return node;
}

Value
filter_value_copy(const char *data, gsize length)
{
    char *copy = g_malloc(length + 1);
    if (length > 0)
        memcpy(copy, data, length);
    copy[length] = '\0';
    return (Value){copy, length};
}

static void
part_unref(gpointer part)
{
    filter_unref(part);
}

GPtrArray *
filter_parts_new(void)
{
    return g_ptr_array_new_with_free_func(part_unref);
}

const Filter *
filter_node_composite(FilterKind kind, GPtrArray *parts)
{
    Filter *node = filter_node_new(kind, NULL);
    gsize   n_parts = parts->len;
    if (n_parts > 0)
        node->parts = (const Filter **)g_ptr_array_steal(parts, &n_parts);
    node->n_parts = (guint)n_parts;
    g_ptr_array_unref(parts);
    return node;
}

const Filter *
filter_new_composite(FilterKind kind, const Filter **parts, guint n_parts)
{
    g_return_val_if_fail(kind == FILTER_AND || kind == FILTER_OR || kind == FILTER_NOT, NULL);
    g_return_val_if_fail(kind != FILTER_NOT || n_parts == 1, NULL);

    Filter *node = filter_node_new(kind, NULL);
    node->parts = g_memdup2(parts, n_parts * sizeof *parts);
    node->n_parts = n_parts;
    return node;
}

const Filter *
filter_new_equal(const char *attribute, const char *value, gssize length)
{
    Filter *node = filter_node_new(FILTER_EQUAL, g_strdup(attribute));
    node->value = filter_value_copy(value, length < 0 ? strlen(value) : (gsize)length);
    return node;
}

const Filter *
filter_new_present(const char *attribute)
{
    return filter_node_new(FILTER_PRESENT, g_strdup(attribute));
}

const Filter *
filter_ref(const Filter *filter)
{
    g_atomic_int_inc(&((Filter *)filter)->reference_count);
    return filter;
}

void
filter_unref(const Filter *filter)
{
    if (filter == NULL)
        return;
    Filter *node = (Filter *)filter;
    if (!g_atomic_int_dec_and_test(&node->reference_count))
        return;
    for (guint i = 0; i < node->n_parts; i++)
        filter_unref(node->parts[i]);
    for (guint i = 0; i < node->n_any; i++)
        g_free((gpointer)node->any[i].data);
    g_free(node->parts);
    g_free((gpointer)node->any);
    g_free((gpointer)node->attribute);
    g_free((gpointer)node->rule);
    g_free((gpointer)node->value.data);
    g_free((gpointer)node->initial.data);
    g_free((gpointer)node->final.data);
    g_free(node);
}

void
filter_repair_free(FilterRepair *repair)
{
    if (repair == NULL)
        return;
    g_free(repair->text);
    g_free(repair);
}

gboolean
filter_is_never(const Filter *filter)
{
    return filter->kind == FILTER_OR && filter->n_parts == 0;
}

gboolean
filter_is_always(const Filter *filter)
{
    return filter->kind == FILTER_AND && filter->n_parts == 0;
}

static gboolean
value_is_same(const Value *a, const Value *b)
{
    if (a->data == NULL || b->data == NULL)
        return a->data == b->data;
    return a->length == b->length && memcmp(a->data, b->data, a->length) == 0;
}

static gboolean
leaf_is_same(const Filter *a, const Filter *b)
{
    if (g_strcmp0(a->attribute, b->attribute) != 0 || g_strcmp0(a->rule, b->rule) != 0)
        return FALSE;
    if (a->dn_attributes != b->dn_attributes || a->n_any != b->n_any)
        return FALSE;
    for (guint i = 0; i < a->n_any; i++) {
        if (!value_is_same(&a->any[i], &b->any[i]))
            return FALSE;
    }
    return value_is_same(&a->value, &b->value) && value_is_same(&a->initial, &b->initial) &&
           value_is_same(&a->final, &b->final);
}

gboolean
filter_is_same(const Filter *a, const Filter *b)
{
    if (a == b)
        return TRUE;
    if (a->kind != b->kind || a->n_parts != b->n_parts)
        return FALSE;
    for (guint i = 0; i < a->n_parts; i++) {
        if (!filter_is_same(a->parts[i], b->parts[i]))
            return FALSE;
    }
    return leaf_is_same(a, b);
}

static void
collect_attributes(const Filter *filter, GHashTable *seen, FilterAttributeFunc func, gpointer user_data)
{
    for (guint i = 0; i < filter->n_parts; i++)
        collect_attributes(filter->parts[i], seen, func, user_data);
    if (filter->attribute != NULL && g_hash_table_add(seen, (gpointer)filter->attribute))
        func(filter->attribute, user_data);
}

void
filter_foreach_attribute(const Filter *filter, FilterAttributeFunc func, gpointer user_data)
{
    g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);
    collect_attributes(filter, seen, func, user_data);
}
