/* SPDX-License-Identifier: BSD-2-Clause
 * filter-literal.c - a set of literals: single assertions and negations of one
 *
 * Owns:     nothing.
 * Promises: as in filter-literal.h.
 * Threads:  one.
 */
#include "resolver/filter/filter-literal.h"

#include "resolver/filter/filter-node.h"

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

/* FNV-1a. The text is an administrator's, not a sender's, so the hash needs no seed. */
static guint32
hash_octets(guint32 hash, const char *data, gsize length)
{
    for (gsize i = 0; i < length; i++)
        hash = (hash ^ (guchar)data[i]) * 16777619u;
    return hash;
}

static guint32
hash_value(guint32 hash, const Value *value)
{
    return value->data != NULL ? hash_octets(hash, value->data, value->length) : hash * 31;
}

static guint
literal_hash(gconstpointer data)
{
    const Filter *filter = data;
    guint32       hash = 2166136261u;
    if (filter->kind == FILTER_NOT) {
        filter = filter->parts[0];
        hash = ~hash;
    }
    hash = (hash ^ (guint32)filter->kind) * 16777619u;
    if (filter->attribute != NULL)
        hash = hash_octets(hash, filter->attribute, strlen(filter->attribute));
    hash = hash_value(hash, &filter->value);
    hash = hash_value(hash, &filter->initial);
    for (guint i = 0; i < filter->n_any; i++)
        hash = hash_value(hash, &filter->any[i]);
    return hash_value(hash, &filter->final);
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
    /* Asked first, since adding would put the repetition, which may go away, in the place of the first. */
    return !g_hash_table_contains(set, filter) && g_hash_table_add(set, (gpointer)filter);
}
