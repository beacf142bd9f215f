/* SPDX-License-Identifier: BSD-2-Clause
 * filter-literal.c - a set of literals: single assertions and negations of one
 *
 * Owns:     nothing.
 * Promises: as in filter-literal.h.
 * Threads:  one.
 */
#include "resolver/filter/filter-literal.h"

#include "resolver/filter/filter-node.h"
#include "resolver/schema/octets-hash.h"

#include <string.h>

static gboolean
is_assertion(const Filter *filter)
{
    return filter->kind != FILTER_AND && filter->kind != FILTER_OR && filter->kind != FILTER_NOT;
}

static gboolean
is_literal(const Filter *filter)
{
    return is_assertion(filter) || (filter->kind == FILTER_NOT && is_assertion(filter->parts[0]));
}

static guint64
hash_value(guint64 hash, const Value *value)
{
    return value->data != NULL ? octets_hash(hash, value->data, value->length, 0) : hash * 31;
}

static guint
literal_hash(gconstpointer data)
{
    const Filter *filter = data;
    guint64       hash = 0;
    if (filter->kind == FILTER_NOT) {
        filter = filter->parts[0];
        hash = ~hash;
    }
    hash += filter->kind;
    if (filter->attribute != NULL)
        hash = octets_hash(hash, filter->attribute, strlen(filter->attribute), 0);
    hash = hash_value(hash, &filter->value);
    hash = hash_value(hash, &filter->initial);
    for (guint i = 0; i < filter->n_any; i++)
        hash = hash_value(hash, &filter->any[i]);
    return (guint)hash_value(hash, &filter->final);
}

static gboolean
literal_equal(gconstpointer a, gconstpointer b)
{
    return filter_is_same(a, b);
}

GHashTable *
literal_set_new(void)
{
    return g_hash_table_new(literal_hash, literal_equal);
}

gboolean
literal_set_add(GHashTable *set, const Filter *filter)
{
    if (!is_literal(filter))
        return TRUE;
    /* Not g_hash_table_add(): it would put the repetition, which may go away, in the place of the first. */
    return g_hash_table_insert(set, (gpointer)filter, NULL);
}
