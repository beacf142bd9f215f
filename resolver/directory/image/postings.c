/* SPDX-License-Identifier: BSD-2-Clause
 * postings.c - which nodes carry each value of an attribute
 *
 * Owns:     a word for each value, and the sets.
 * Threads:  reading: any; changing: one, while nobody reads.
 */
#include "postings.h"

#define NOBODY G_MAXUINT32
#define SET_BIT (1u << 31)

static void
free_set(gpointer set)
{
    id_set_free(set);
}

void
postings_init(Postings *postings)
{
    *postings = (Postings){
        .sets = g_ptr_array_new_with_free_func(free_set),
        .free_sets = g_array_new(FALSE, FALSE, sizeof(guint32)),
    };
}

void
postings_clear(Postings *postings)
{
    g_free(postings->words);
    g_clear_pointer(&postings->sets, g_ptr_array_unref);
    g_clear_pointer(&postings->free_sets, g_array_unref);
    *postings = (Postings){0};
}

static IdSet *
set_of(const Postings *postings, guint32 word)
{
    return g_ptr_array_index(postings->sets, word & ~SET_BIT);
}

static guint32
new_set(Postings *postings, IdSet *set)
{
    GArray *left = postings->free_sets;

    if (left->len == 0) {
        g_ptr_array_add(postings->sets, set);
        return (postings->sets->len - 1) | SET_BIT;
    }
    guint32 index = g_array_index(left, guint32, left->len - 1);
    g_array_set_size(left, left->len - 1);
    g_ptr_array_index(postings->sets, index) = set;
    return index | SET_BIT;
}

void
postings_add(Postings *postings, guint32 value, guint32 node)
{
    if (value >= postings->room) {
        guint32 room = MAX(value + 1, postings->room + postings->room / 4);
        postings->words = g_renew(guint32, postings->words, room);
        for (; postings->room < room; postings->room++)
            postings->words[postings->room] = NOBODY;
    }
    guint32 *word = &postings->words[value];
    if (*word == NOBODY) {
        *word = node;
    } else if ((*word & SET_BIT) != 0) {
        id_set_add(set_of(postings, *word), node);
    } else if (*word != node) {
        IdSet *set = id_set_new();
        id_set_add(set, *word);
        id_set_add(set, node);
        *word = new_set(postings, set);
    }
}

/* One node stands in place again. */
static void
dissolve(Postings *postings, guint32 *word)
{
    guint32 index = *word & ~SET_BIT;

    id_set_to_array(set_of(postings, *word), word);
    id_set_free(g_ptr_array_index(postings->sets, index));
    g_ptr_array_index(postings->sets, index) = NULL;
    g_array_append_val(postings->free_sets, index);
}

void
postings_remove(Postings *postings, guint32 value, guint32 node)
{
    if (value >= postings->room || postings->words[value] == NOBODY)
        return;
    guint32 *word = &postings->words[value];
    if ((*word & SET_BIT) == 0) {
        if (*word == node)
            *word = NOBODY;
        return;
    }
    IdSet *set = set_of(postings, *word);
    id_set_remove(set, node);
    if (id_set_size(set) == 1)
        dissolve(postings, word);
}

gsize
postings_get(const Postings *postings, guint32 value, guint32 *node, const IdSet **set)
{
    guint32 word = value < postings->room ? postings->words[value] : NOBODY;

    if (word == NOBODY)
        return 0;
    if ((word & SET_BIT) == 0) {
        *node = word;
        return 1;
    }
    *set = set_of(postings, word);
    return id_set_size(*set);
}

gboolean
postings_contain(const Postings *postings, guint32 value, guint32 node)
{
    const IdSet *set;
    guint32      single = 0;
    gsize        n = postings_get(postings, value, &single, &set);

    return n == 1 ? single == node : n > 1 && id_set_contains(set, node);
}

void
postings_append(const Postings *postings, guint32 value, GArray *ids)
{
    const IdSet *set;
    guint32      single = 0;
    gsize        n = postings_get(postings, value, &single, &set);

    if (n == 1)
        g_array_append_val(ids, single);
    if (n < 2)
        return;
    guint start = ids->len;
    g_array_set_size(ids, start + (guint)n);
    id_set_to_array(set, &g_array_index(ids, guint32, start));
}

void
postings_trim(Postings *postings, guint32 n_values)
{
    if (postings->room > n_values + n_values / 64) {
        postings->words = g_renew(guint32, postings->words, MAX(n_values, 1));
        postings->room = MIN(postings->room, n_values);
    }
    for (guint i = 0; i < postings->sets->len; i++)
        if (g_ptr_array_index(postings->sets, i) != NULL)
            id_set_trim(g_ptr_array_index(postings->sets, i));
}

enum { SAMPLE = 1024 }; /* sets that stand for all */

gsize
postings_bytes(const Postings *postings)
{
    gsize bytes = postings->room * sizeof *postings->words + postings->sets->len * sizeof(gpointer);
    guint step = postings->sets->len / SAMPLE + 1;

    for (guint i = 0; i < postings->sets->len; i += step)
        if (g_ptr_array_index(postings->sets, i) != NULL)
            bytes += id_set_bytes(g_ptr_array_index(postings->sets, i)) * MIN(step, postings->sets->len - i);
    return bytes;
}
