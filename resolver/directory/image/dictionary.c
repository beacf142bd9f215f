/* SPDX-License-Identifier: BSD-2-Clause
 * dictionary.c - the distinct values of one attribute, numbered
 *
 * Owns:     the octets, in one arena without a block for each value.
 * Promises: equal octets have one number; the arena is at most half dead.
 * Threads:  reading: any; changing: one, while nobody reads.
 */
#include "dictionary.h"

#include <string.h>

#define NODE_BIT (1u << 31)
enum { MANY = 255, MOST_LENGTH_OCTETS = 5, SMALL_ARENA = 4096 };

void
dictionary_init(Dictionary *dictionary, gboolean has_nodes)
{
    *dictionary = (Dictionary){.has_nodes = has_nodes, .free_id = ID_NONE};
}

void
dictionary_clear(Dictionary *dictionary)
{
    g_free(dictionary->arena);
    g_free(dictionary->words);
    g_free(dictionary->counts);
    id_table_clear(&dictionary->table);
    dictionary_init(dictionary, dictionary->has_nodes);
}

gboolean
dictionary_node(const Dictionary *dictionary, guint32 id, guint32 *node)
{
    *node = dictionary->words[id] & ~NODE_BIT;
    return dictionary->has_nodes && (dictionary->words[id] & NODE_BIT) != 0;
}

static guint64
hash_of(guint32 id, gconstpointer data)
{
    const Dictionary *dictionary = data;
    guint32           node;

    if (dictionary_node(dictionary, id, &node))
        return id_hash_number(node);
    Value value = dictionary_value(dictionary, id);
    return id_hash_octets(value.data, value.length);
}

static guint32
find(const Dictionary *dictionary, const char *data, gsize length, guint64 hash)
{
    IdProbe probe = id_table_find(&dictionary->table, hash);

    for (guint32 id = id_probe_next(&probe); id != ID_NONE; id = id_probe_next(&probe)) {
        guint32 node;
        if (dictionary_node(dictionary, id, &node))
            continue;
        Value value = dictionary_value(dictionary, id);
        if (value.length == length && memcmp(value.data, data, length) == 0)
            return id;
    }
    return ID_NONE;
}

guint32
dictionary_find(const Dictionary *dictionary, const char *data, gsize length)
{
    return find(dictionary, data, length, id_hash_octets(data, length));
}

guint32
dictionary_find_node(const Dictionary *dictionary, guint32 node)
{
    IdProbe probe = id_table_find(&dictionary->table, id_hash_number(node));

    for (guint32 id = id_probe_next(&probe); id != ID_NONE; id = id_probe_next(&probe))
        if (dictionary->words[id] == (node | NODE_BIT))
            return id;
    return ID_NONE;
}

/* ---- numbers ---- */

static guint32
new_id(Dictionary *dictionary)
{
    guint32 id = dictionary->free_id;

    if (id != ID_NONE) {
        dictionary->free_id = dictionary->words[id];
    } else {
        if (dictionary->n_ids == dictionary->room) {
            dictionary->room = dictionary->room < 16 ? 16 : dictionary->room + dictionary->room / 4;
            dictionary->words = g_renew(guint32, dictionary->words, dictionary->room);
            dictionary->counts = g_renew(guint8, dictionary->counts, dictionary->room);
        }
        id = dictionary->n_ids++;
    }
    dictionary->counts[id] = 1;
    dictionary->n_live++;
    dictionary->version++;
    return id;
}

static void
make_room(Dictionary *dictionary, gsize more)
{
    gsize wanted = dictionary->arena_length + more;
    gsize limit = dictionary->has_nodes ? NODE_BIT : (gsize)1 << 32;

    if (wanted <= dictionary->arena_room)
        return;
    if (wanted >= limit) /* as when memory is gone */
        g_error("the values of one attribute are larger than an image can hold");
    gsize room = MAX(wanted, dictionary->arena_room + dictionary->arena_room / 4);
    dictionary->arena_room = MAX(MIN(room, limit), 256);
    dictionary->arena = g_realloc(dictionary->arena, dictionary->arena_room);
}

static guint32
append(Dictionary *dictionary, const char *data, gsize length)
{
    make_room(dictionary, length + MOST_LENGTH_OCTETS + 1);

    gsize   start = dictionary->arena_length;
    guint8 *at = dictionary->arena + start;
    gsize   rest = length;
    for (; rest >= 0x80; rest >>= 7)
        *at++ = (guint8)(rest | 0x80);
    *at++ = (guint8)rest;
    if (length > 0)
        memcpy(at, data, length);
    at[length] = '\0';
    dictionary->arena_length = (gsize)(at + length + 1 - dictionary->arena);
    return (guint32)start;
}

void
dictionary_hold(Dictionary *dictionary, guint32 id)
{
    if (dictionary->counts[id] < MANY)
        dictionary->counts[id]++;
}

guint32
dictionary_take(Dictionary *dictionary, const char *data, gsize length, guint64 hash, gboolean *is_new)
{
    guint32 id = find(dictionary, data, length, hash);

    *is_new = id == ID_NONE;
    if (!*is_new) {
        dictionary_hold(dictionary, id);
        return id;
    }
    guint32 start = append(dictionary, data, length);
    id = new_id(dictionary);
    dictionary->words[id] = start;
    id_table_add(&dictionary->table, hash, id, hash_of, dictionary);
    return id;
}

guint32
dictionary_take_node(Dictionary *dictionary, guint32 node, gboolean *is_new)
{
    guint32 id = dictionary_find_node(dictionary, node);

    *is_new = id == ID_NONE;
    if (!*is_new) {
        dictionary_hold(dictionary, id);
        return id;
    }
    id = new_id(dictionary);
    dictionary->words[id] = node | NODE_BIT;
    id_table_add(&dictionary->table, id_hash_number(node), id, hash_of, dictionary);
    return id;
}

void
dictionary_set_node(Dictionary *dictionary, guint32 id, guint32 node)
{
    id_table_remove(&dictionary->table, hash_of(id, dictionary), id);
    dictionary->words[id] = node | NODE_BIT;
    dictionary->version++;
    id_table_add(&dictionary->table, id_hash_number(node), id, hash_of, dictionary);
}

/* ---- leaving ---- */

gboolean
dictionary_is_last(const Dictionary *dictionary, guint32 id)
{
    return dictionary->counts[id] == 1;
}

static gsize
size_in_arena(Value value)
{
    gsize octets = value.length + 2;
    for (gsize rest = value.length; rest >= 0x80; rest >>= 7)
        octets++;
    return octets;
}

static void
compact(Dictionary *dictionary)
{
    Dictionary old = *dictionary;
    guint32    node;

    dictionary->arena = NULL;
    dictionary->arena_length = dictionary->arena_room = dictionary->arena_dead = 0;
    make_room(dictionary, old.arena_length - old.arena_dead + 256);
    for (guint32 id = 0; id < dictionary->n_ids; id++) {
        if (!dictionary_is_live(dictionary, id) || dictionary_node(dictionary, id, &node))
            continue;
        Value value = dictionary_value(&old, id);
        dictionary->words[id] = append(dictionary, value.data, value.length);
    }
    g_free(old.arena);
}

void
dictionary_release(Dictionary *dictionary, guint32 id)
{
    guint32 node;

    if (dictionary->counts[id] == MANY || --dictionary->counts[id] > 0)
        return;
    id_table_remove(&dictionary->table, hash_of(id, dictionary), id);
    if (!dictionary_node(dictionary, id, &node))
        dictionary->arena_dead += size_in_arena(dictionary_value(dictionary, id));
    dictionary->words[id] = dictionary->free_id;
    dictionary->free_id = id;
    dictionary->n_live--;
    dictionary->version++;
    if (dictionary->arena_dead > SMALL_ARENA && dictionary->arena_dead > dictionary->arena_length / 2)
        compact(dictionary);
}

gboolean
dictionary_has_room(const Dictionary *dictionary, guint32 more)
{
    return id_table_has_room(&dictionary->table, more);
}

void
dictionary_reserve(Dictionary *dictionary, guint32 n)
{
    id_table_resize(&dictionary->table, n, hash_of, dictionary);
}

void
dictionary_trim(Dictionary *dictionary)
{
    id_table_resize(&dictionary->table, 0, hash_of, dictionary);
    if (dictionary->arena_room > dictionary->arena_length + dictionary->arena_length / 64) {
        dictionary->arena_room = MAX(dictionary->arena_length, 1);
        dictionary->arena = g_realloc(dictionary->arena, dictionary->arena_room);
    }
    if (dictionary->room > dictionary->n_ids + dictionary->n_ids / 64) {
        dictionary->room = MAX(dictionary->n_ids, 1);
        dictionary->words = g_renew(guint32, dictionary->words, dictionary->room);
        dictionary->counts = g_renew(guint8, dictionary->counts, dictionary->room);
    }
}

gsize
dictionary_bytes(const Dictionary *dictionary)
{
    return dictionary->arena_room + dictionary->room * (sizeof *dictionary->words + sizeof *dictionary->counts) +
           dictionary->table.capacity * sizeof(guint32);
}
