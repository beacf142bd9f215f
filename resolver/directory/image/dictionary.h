/* SPDX-License-Identifier: BSD-2-Clause
 * dictionary.h - the distinct values of one attribute, numbered
 *
 * A value is octets, or a reference to a node of the image's tree (a DN that follows the object it means). Numbers of
 * values that are gone are given out again. One thread changes a dictionary while nobody reads it; any number may read.
 */
#pragma once

#include "id-table.h"
#include "rollcall/schema.h"

typedef struct {
    gboolean has_nodes; /* values may be nodes: fixed before the first value */
    guint8  *arena;     /* each value: its length in groups of 7 bits, its octets, a NUL */
    gsize    arena_length, arena_room, arena_dead;
    guint32 *words;  /* where each value begins in the arena, or its node */
    guint8  *counts; /* how many hold it: 0 free, 255 so many that it stays for good */
    guint32  n_ids, room, n_live;
    guint32  free_id; /* the first of those to be given out again; its word is the next */
    guint32  version; /* one more whenever a value comes or goes */
    IdTable  table;
} Dictionary;

void dictionary_init(Dictionary *dictionary, gboolean has_nodes);
void dictionary_clear(Dictionary *dictionary);

/* ID_NONE: not there. */
guint32 dictionary_find(const Dictionary *dictionary, const char *data, gsize length);
guint32 dictionary_find_node(const Dictionary *dictionary, guint32 node);
/* The same, adding what is not there; counts one more holder. */
guint32 dictionary_take(Dictionary *dictionary, const char *data, gsize length, guint64 hash, gboolean *is_new);
guint32 dictionary_take_node(Dictionary *dictionary, guint32 node, gboolean *is_new);
void    dictionary_hold(Dictionary *dictionary, guint32 id); /* one more */
/* Whether one holder less would leave none. */
gboolean dictionary_is_last(const Dictionary *dictionary, guint32 id);
void     dictionary_release(Dictionary *dictionary, guint32 id);
/* The value means another node from now on; `node` must not be there. */
void dictionary_set_node(Dictionary *dictionary, guint32 id, guint32 node);

/* Whether the value is a node; octets otherwise. */
gboolean dictionary_node(const Dictionary *dictionary, guint32 id, guint32 *node);

/* Whether so many new values can come without that the table grows; makes room for `n` in all. */
gboolean dictionary_has_room(const Dictionary *dictionary, guint32 more);
void     dictionary_reserve(Dictionary *dictionary, guint32 n);

void  dictionary_trim(Dictionary *dictionary);
gsize dictionary_bytes(const Dictionary *dictionary);

/* ---- what is asked of millions of values in a row ---- */

static inline gboolean
dictionary_is_live(const Dictionary *dictionary, guint32 id)
{
    return dictionary->counts[id] != 0;
}

/* Borrowed until the next change. */
static inline Value
dictionary_value(const Dictionary *dictionary, guint32 id)
{
    const guint8 *at = dictionary->arena + dictionary->words[id];
    gsize         length = *at & 0x7f;

    for (guint shift = 7; (*at++ & 0x80) != 0; shift += 7)
        length |= (gsize)(*at & 0x7f) << shift;
    return (Value){.data = (const char *)at, .length = length};
}

/* Where memory has the octets of a value, to be called for before it is looked at; NULL: there is no such value. */
static inline gconstpointer
dictionary_place(const Dictionary *dictionary, guint32 id)
{
    if (id >= dictionary->n_ids || !dictionary_is_live(dictionary, id))
        return NULL;
    return dictionary->arena + dictionary->words[id];
}
