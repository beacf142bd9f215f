/* SPDX-License-Identifier: BSD-2-Clause
 * id-table.c - a hash table of numbers, at five or six octets each
 *
 * Owns:     the slots. 0 is empty and 1 a slot that was left; an id is kept as itself plus two.
 * Promises: never more than four of five slots are used, so that every probe ends.
 * Threads:  reading: any; changing: one, while nobody reads.
 */
#include "id-table.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

enum { EMPTY = 0, LEFT = 1, FIRST_ID = 2, FEWEST_SLOTS = 16 };

void
id_table_clear(IdTable *table)
{
    g_free(table->slots);
    *table = (IdTable){0};
}

/* Each look-up in a large table is a page of its own: in large pages the processor knows where they lie. */
enum { LARGE_PAGE = 2 << 20 };

static guint32 *
new_slots(guint32 capacity)
{
    gsize    octets = capacity * sizeof(guint32);
    gpointer slots;

    if (octets < LARGE_PAGE || posix_memalign(&slots, LARGE_PAGE, octets) != 0)
        return g_new0(guint32, capacity);
    madvise(slots, octets, MADV_HUGEPAGE);
    memset(slots, 0, octets);
    return slots;
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
put_batch(IdTable *table, IdBatch *batch)
{
    for (guint32 i = 0; i < batch->n; i++)
        put(table, batch->hashes[i], batch->ids[i]);
    batch->n = 0;
}

/* Whether it is full. */
static gboolean
batch_take(IdTable *table, IdBatch *batch, guint64 hash, guint32 id)
{
    batch->ids[batch->n] = id;
    batch->hashes[batch->n++] = hash;
    id_table_prefetch(table, hash);
    return batch->n == G_N_ELEMENTS(batch->ids);
}

/* In the order of ids, since what they stand for mostly lies in that order, too. */
static void
rebuild(IdTable *table, guint32 capacity, guint32 mask, IdHashFunc hash_func, gconstpointer user_data)
{
    IdTable             old = *table;
    guint32             n_words = old.mask / 64 + 1;
    g_autofree guint64 *present = g_new0(guint64, n_words);
    IdBatch             batch = {.n = 0};

    *table = (IdTable){
        .slots = new_slots(capacity),
        .capacity = capacity,
        .mask = mask,
        .is_settled = old.is_settled,
    };
    for (guint32 at = 0; at < old.capacity; at++) {
        guint32 slot = old.slots[at] & old.mask;
        if (slot >= FIRST_ID)
            present[(slot - FIRST_ID) / 64] |= G_GUINT64_CONSTANT(1) << (slot - FIRST_ID) % 64;
    }
    g_free(old.slots);
    for (guint32 word = 0; word < n_words; word++)
        for (guint64 bits = present[word]; bits != 0; bits &= bits - 1) {
            guint32 id = word * 64 + (guint32)__builtin_ctzll(bits);
            if (batch_take(table, &batch, hash_func(id, user_data), id))
                put_batch(table, &batch);
        }
    put_batch(table, &batch);
}

gboolean
id_table_has_room(const IdTable *table, guint32 more)
{
    return ((guint64)table->used + more) * 5 <= (guint64)table->capacity * 4;
}

void
id_table_resize(IdTable *table, guint32 n, IdHashFunc hash_func, gconstpointer user_data)
{
    gsize slots = CLAMP((gsize)MAX(n, table->n) * 4 / 3 + 1, FEWEST_SLOTS, G_MAXUINT32 - 1);

    table->is_settled = TRUE;
    if (n <= table->n && slots + slots / 8 >= table->capacity)
        return;
    rebuild(table, (guint32)slots, MAX(table->mask, mask_for(n)), hash_func, user_data);
}

void
id_table_add(IdTable *table, guint64 hash, guint32 id, IdHashFunc hash_func, gconstpointer user_data)
{
    guint32 mask = MAX(table->mask, mask_for(id));
    guint64 room = (guint64)table->n * (table->is_settled ? 5 : 8) / 2;

    if (!id_table_has_room(table, 1))
        rebuild(table, (guint32)CLAMP(room, FEWEST_SLOTS, G_MAXUINT32 - 1), mask, hash_func, user_data);
    else if (mask != table->mask)
        rebuild(table, table->capacity, mask, hash_func, user_data);
    put(table, hash, id);
}

void
id_table_add_later(IdTable *table, IdBatch *batch, guint64 hash, guint32 id, IdHashFunc hash_func,
                   gconstpointer user_data)
{
    if (batch_take(table, batch, hash, id))
        id_table_add_batch(table, batch, hash_func, user_data);
}

void
id_table_add_batch(IdTable *table, IdBatch *batch, IdHashFunc hash_func, gconstpointer user_data)
{
    for (guint32 i = 0; i < batch->n; i++)
        id_table_add(table, batch->hashes[i], batch->ids[i], hash_func, user_data);
    batch->n = 0;
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

/* Fewer than eight octets, as a number that has them all. */
static guint64
load_few(const guint8 *at, gsize length)
{
    guint32 first, last;

    if (length >= sizeof first) {
        memcpy(&first, at, sizeof first);
        memcpy(&last, at + length - sizeof last, sizeof last);
        return (guint64)first << 32 | last;
    }
    return length == 0 ? 0 : (guint64)at[0] << 16 | (guint64)at[length / 2] << 8 | at[length - 1];
}

guint64
id_hash_octets(gconstpointer data, gsize length)
{
    const guint8 *at = data, *end = at + length;
    guint64       hash = length * G_GUINT64_CONSTANT(0x9e3779b97f4a7c15), word;

    if (length < sizeof word)
        return id_hash_number(hash ^ load_few(at, length));
    for (; (gsize)(end - at) > sizeof word; at += sizeof word) {
        memcpy(&word, at, sizeof word);
        hash = (hash ^ word) * G_GUINT64_CONSTANT(0xd6e8feb86659fd93);
        hash ^= hash >> 32;
    }
    memcpy(&word, end - sizeof word, sizeof word); /* the last eight, some of them again */
    return id_hash_number(hash ^ word);
}
