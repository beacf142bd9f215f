/* SPDX-License-Identifier: BSD-2-Clause
 * id-table.h - a hash table of numbers, at five or six octets each
 *
 * It holds ids, and what they stand for is its user's: whoever looks something up compares. The bits of a slot that the
 * id leaves free hold a part of the hash, so that few others are met on the way.
 */
#pragma once

#include <glib.h>

#define ID_NONE G_MAXUINT32

typedef struct {
    guint32 *slots;
    guint32  capacity;
    guint32  n;          /* ids */
    guint32  used;       /* slots that hold an id or held one */
    guint32  mask;       /* the bits of a slot that are the id's */
    gboolean is_settled; /* it was resized: from then on it grows by less, to save memory and not time */
} IdTable;

/* The hash under which an id is kept. Its upper half chooses the slot. */
typedef guint64 (*IdHashFunc)(guint32 id, gconstpointer user_data);

/* Begin with all zero. */
void id_table_clear(IdTable *table);
/* Does not look whether the id is there. `hash_func` is asked when the table grows, for ids that are in it. */
void id_table_add(IdTable *table, guint64 hash, guint32 id, IdHashFunc hash_func, gconstpointer user_data);
/* Ids on their way into a table, many of them: the slots of all are asked for before the first is looked at. Begin with
 * `n` zero; in the end id_table_add_batch(). */
typedef struct {
    guint32 n;
    guint32 ids[64];
    guint64 hashes[64];
} IdBatch;
void id_table_add_later(IdTable *table, IdBatch *batch, guint64 hash, guint32 id, IdHashFunc hash_func,
                        gconstpointer user_data);
void id_table_add_batch(IdTable *table, IdBatch *batch, IdHashFunc hash_func, gconstpointer user_data);

gboolean id_table_remove(IdTable *table, guint64 hash, guint32 id);
/* Whether `more` ids can be added without that it grows. */
gboolean id_table_has_room(const IdTable *table, guint32 more);
/* Makes room for `n` ids, or gives back what is not needed for those that are there. */
void id_table_resize(IdTable *table, guint32 n, IdHashFunc hash_func, gconstpointer user_data);

typedef struct {
    const IdTable *table;
    guint32        at, tag;
} IdProbe;

static inline guint32
id_table_home(const IdTable *table, guint64 hash)
{
    return (guint32)((hash >> 32) * table->capacity >> 32);
}

static inline IdProbe
id_table_find(const IdTable *table, guint64 hash)
{
    return (IdProbe){.table = table, .at = id_table_home(table, hash), .tag = (guint32)hash & ~table->mask};
}

static inline void
id_table_prefetch(const IdTable *table, guint64 hash)
{
    if (table->capacity > 0)
        __builtin_prefetch(table->slots + id_table_home(table, hash));
}

/* The next id that may be kept under the hash, ID_NONE when there is no more. */
static inline guint32
id_probe_next(IdProbe *probe)
{
    const IdTable *table = probe->table;

    if (table->capacity == 0)
        return ID_NONE;
    for (;;) {
        guint32 slot = table->slots[probe->at];
        if (slot == 0)
            return ID_NONE;
        probe->at = probe->at + 1 == table->capacity ? 0 : probe->at + 1;
        if ((slot & ~table->mask) == probe->tag && (slot & table->mask) > 1)
            return (slot & table->mask) - 2;
    }
}

/* Mixes octets fast. What is hashed comes from a directory: a crowd of equal hashes costs time only. */
guint64 id_hash_octets(gconstpointer data, gsize length);
static inline guint64
id_hash_number(guint64 number)
{
    number = (number ^ number >> 32) * G_GUINT64_CONSTANT(0xd6e8feb86659fd93);
    number = (number ^ number >> 32) * G_GUINT64_CONSTANT(0xd6e8feb86659fd93);
    return number ^ number >> 32;
}
