/* SPDX-License-Identifier: BSD-2-Clause
 * id-table.c - a hash table of numbers, at five or six octets each
 *
 * Owns:     the slots. 0 is empty and 1 a slot that was left; an id is kept as itself plus two.
 * Promises: never more than four of five slots are used, so that every probe ends.
 * Threads:  reading: any; changing: one, while nobody reads.
 */
#include "id-table.h"

#include <string.h>

enum { EMPTY = 0, LEFT = 1, FIRST_ID = 2, FEWEST_SLOTS = 16 };

void
id_table_clear(IdTable *table)
{
    g_free(table->slots);
    *table = (IdTable){0};
}

/* As many bits as `id` needs, with what is added to it. */
static guint32
mask_for(guint32 id)
{
    guint32 mask = 15;
    while (mask < id + FIRST_ID)
        mask = mask << 1 | 1;
    return mask;
}

static void
put(IdTable *table, guint64 hash, guint32 id)
{
    guint32 at = id_table_home(table, hash);

    while (table->slots[at] != EMPTY)
        at = at + 1 == table->capacity ? 0 : at + 1;
    table->slots[at] = ((guint32)hash & ~table->mask) | (id + FIRST_ID);
    table->n++;
    table->used++;
}

static void
rebuild(IdTable *table, guint32 capacity, guint32 mask, IdHashFunc hash_func, gconstpointer user_data)
{
    IdTable old = *table;

    *table = (IdTable){.slots = g_new0(guint32, capacity), .capacity = capacity, .mask = mask};
    for (guint32 at = 0; at < old.capacity; at++) {
        guint32 slot = old.slots[at] & old.mask;
        if (slot >= FIRST_ID)
            put(table, hash_func(slot - FIRST_ID, user_data), slot - FIRST_ID);
    }
    g_free(old.slots);
}

void
id_table_resize(IdTable *table, guint32 n, IdHashFunc hash_func, gconstpointer user_data)
{
    gsize slots = (gsize)MAX(n, table->n) * 4 / 3;
    rebuild(table, (guint32)CLAMP(slots, FEWEST_SLOTS, G_MAXUINT32 - 1), MAX(table->mask, mask_for(n)), hash_func,
            user_data);
}

void
id_table_add(IdTable *table, guint64 hash, guint32 id, IdHashFunc hash_func, gconstpointer user_data)
{
    guint32 mask = MAX(table->mask, mask_for(id));

    if ((guint64)(table->used + 1) * 5 > (guint64)table->capacity * 4)
        rebuild(table, MAX(FEWEST_SLOTS, table->n + table->n * 3 / 4), mask, hash_func, user_data);
    else if (mask != table->mask)
        rebuild(table, table->capacity, mask, hash_func, user_data);
    put(table, hash, id);
}

gboolean
id_table_remove(IdTable *table, guint64 hash, guint32 id)
{
    if (table->capacity == 0)
        return FALSE;
    for (guint32 at = id_table_home(table, hash); table->slots[at] != EMPTY;
         at = at + 1 == table->capacity ? 0 : at + 1) {
        if ((table->slots[at] & table->mask) != id + FIRST_ID)
            continue;
        table->slots[at] = LEFT;
        table->n--;
        return TRUE;
    }
    return FALSE;
}

guint64
id_hash_octets(gconstpointer data, gsize length)
{
    const guint8 *at = data;
    guint64       hash = length * G_GUINT64_CONSTANT(0x9e3779b97f4a7c15), word;

    for (; length >= sizeof word; at += sizeof word, length -= sizeof word) {
        memcpy(&word, at, sizeof word);
        hash = (hash ^ word) * G_GUINT64_CONSTANT(0xd6e8feb86659fd93);
        hash ^= hash >> 32;
    }
    word = 0;
    for (; length > 0; length--)
        word = word << 8 | at[length - 1];
    return id_hash_number(hash ^ word);
}
