/* SPDX-License-Identifier: BSD-2-Clause
 * id-set.c - a set of small numbers, compressed
 *
 * Owns:     its ids, in a sorted array while they are few, else in a bitmap.
 * Promises: the form changes nothing but speed.
 * Threads:  reading: any; changing: one, while nobody reads.
 */
#include "id-set.h"

#include <roaring/roaring.h>
#include <string.h>

enum {
    MOST_IN_ARRAY = 256,
    WORTH_A_RANGE = 64,
    FEWEST_IN_BITMAP = 128, /* less than the half, so that a set at the border does not change its form all the time */
};

struct IdSet {
    guint32 n;
    guint32 room; /* of the array; 0: a bitmap, or nothing yet */
    union {
        guint32          *ids;
        roaring_bitmap_t *bitmap;
    };
};

static gboolean
is_bitmap(const IdSet *set)
{
    return set->room == 0 && set->bitmap != NULL;
}

IdSet *
id_set_new(void)
{
    return g_new0(IdSet, 1);
}

static void
drop_content(IdSet *set)
{
    if (is_bitmap(set))
        roaring_bitmap_free(set->bitmap);
    else
        g_free(set->ids);
    *set = (IdSet){0};
}

void
id_set_free(IdSet *set)
{
    if (set == NULL)
        return;
    drop_content(set);
    g_free(set);
}

IdSet *
id_set_copy(const IdSet *set)
{
    IdSet *copy = id_set_new();

    copy->n = set->n;
    if (is_bitmap(set)) {
        copy->bitmap = roaring_bitmap_copy(set->bitmap);
    } else if (set->n > 0) {
        copy->room = set->n;
        copy->ids = g_new(guint32, set->n);
        memcpy(copy->ids, set->ids, set->n * sizeof *set->ids);
    }
    return copy;
}

static void
become_bitmap(IdSet *set)
{
    roaring_bitmap_t *bitmap = roaring_bitmap_of_ptr(set->n, set->ids);
    g_free(set->ids);
    set->room = 0;
    set->bitmap = bitmap;
}

/* Puts the form right after a bitmap has lost ids. */
static void
settle(IdSet *set)
{
    if (!is_bitmap(set) || set->n >= FEWEST_IN_BITMAP)
        return;
    roaring_bitmap_t *bitmap = set->bitmap;
    set->room = MAX(set->n, 1);
    set->ids = g_new(guint32, set->room);
    roaring_bitmap_to_uint32_array(bitmap, set->ids);
    roaring_bitmap_free(bitmap);
}

IdSet *
id_set_of(const guint32 *ids, gsize n_ids)
{
    IdSet *set = id_set_new();

    if (n_ids == 0)
        return set;
    set->bitmap = roaring_bitmap_create();
    roaring_bitmap_add_many(set->bitmap, n_ids, ids);
    set->n = (guint32)roaring_bitmap_get_cardinality(set->bitmap);
    settle(set);
    return set;
}

/* The index of the first id that is not below `id`. Mostly the newest id is added. */
static guint32
array_place(const IdSet *set, guint32 id)
{
    guint32 low = 0, high = set->n;

    if (high == 0 || set->ids[high - 1] < id)
        return high;
    while (low < high) {
        guint32 middle = low + (high - low) / 2;
        if (set->ids[middle] < id)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static gboolean
array_add(IdSet *set, guint32 id)
{
    guint32 at = array_place(set, id);

    if (at < set->n && set->ids[at] == id)
        return FALSE;
    if (set->n == set->room) {
        set->room += set->room / 2 + 2;
        set->ids = g_renew(guint32, set->ids, set->room);
    }
    memmove(set->ids + at + 1, set->ids + at, (set->n - at) * sizeof *set->ids);
    set->ids[at] = id;
    return TRUE;
}

gboolean
id_set_add(IdSet *set, guint32 id)
{
    if (!is_bitmap(set) && set->n == MOST_IN_ARRAY)
        become_bitmap(set);
    gboolean is_new = is_bitmap(set) ? roaring_bitmap_add_checked(set->bitmap, id) : array_add(set, id);
    set->n += is_new;
    return is_new;
}

void
id_set_add_range(IdSet *set, guint32 first, guint32 end)
{
    if (end - first < WORTH_A_RANGE) {
        for (; first < end; first++)
            id_set_add(set, first);
        return;
    }
    if (!is_bitmap(set))
        become_bitmap(set);
    roaring_bitmap_add_range_closed(set->bitmap, first, end - 1);
    set->n = (guint32)roaring_bitmap_get_cardinality(set->bitmap);
    settle(set);
}

gboolean
id_set_remove(IdSet *set, guint32 id)
{
    if (is_bitmap(set)) {
        if (!roaring_bitmap_remove_checked(set->bitmap, id))
            return FALSE;
        set->n--;
        settle(set);
        return TRUE;
    }
    guint32 at = array_place(set, id);
    if (at == set->n || set->ids[at] != id)
        return FALSE;
    set->n--;
    memmove(set->ids + at, set->ids + at + 1, (set->n - at) * sizeof *set->ids);
    return TRUE;
}

gboolean
id_set_contains(const IdSet *set, guint32 id)
{
    if (is_bitmap(set))
        return roaring_bitmap_contains(set->bitmap, id);
    guint32 at = array_place(set, id);
    return at < set->n && set->ids[at] == id;
}

gsize
id_set_size(const IdSet *set)
{
    return set->n;
}

void
id_set_to_array(const IdSet *set, guint32 *ids)
{
    if (is_bitmap(set))
        roaring_bitmap_to_uint32_array(set->bitmap, ids);
    else if (set->n > 0)
        memcpy(ids, set->ids, set->n * sizeof *ids);
}

/* Keeps those of an array that are in `other`, or those that are not. */
static void
array_keep(IdSet *set, const IdSet *other, gboolean present)
{
    guint32 kept = 0;

    for (guint32 i = 0; i < set->n; i++)
        if (id_set_contains(other, set->ids[i]) == present)
            set->ids[kept++] = set->ids[i];
    set->n = kept;
}

void
id_set_and(IdSet *set, const IdSet *other)
{
    if (!is_bitmap(set)) {
        array_keep(set, other, TRUE);
    } else if (is_bitmap(other)) {
        roaring_bitmap_and_inplace(set->bitmap, other->bitmap);
        set->n = (guint32)roaring_bitmap_get_cardinality(set->bitmap);
        settle(set);
    } else {
        IdSet *kept = id_set_copy(other);
        array_keep(kept, set, TRUE);
        drop_content(set);
        *set = *kept;
        g_free(kept);
    }
}

void
id_set_and_not(IdSet *set, const IdSet *other)
{
    if (!is_bitmap(set)) {
        array_keep(set, other, FALSE);
    } else if (is_bitmap(other)) {
        roaring_bitmap_andnot_inplace(set->bitmap, other->bitmap);
        set->n = (guint32)roaring_bitmap_get_cardinality(set->bitmap);
        settle(set);
    } else {
        for (guint32 i = 0; i < other->n; i++)
            id_set_remove(set, other->ids[i]);
    }
}

void
id_set_or(IdSet *set, const IdSet *other)
{
    if (!is_bitmap(other)) {
        for (guint32 i = 0; i < other->n; i++)
            id_set_add(set, other->ids[i]);
        return;
    }
    if (!is_bitmap(set))
        become_bitmap(set);
    roaring_bitmap_or_inplace(set->bitmap, other->bitmap);
    set->n = (guint32)roaring_bitmap_get_cardinality(set->bitmap);
}

void
id_set_trim(IdSet *set)
{
    if (is_bitmap(set)) {
        roaring_bitmap_run_optimize(set->bitmap);
        roaring_bitmap_shrink_to_fit(set->bitmap);
    } else if (set->n > 0 && set->n < set->room) {
        set->room = set->n;
        set->ids = g_renew(guint32, set->ids, set->room);
    }
}

gsize
id_set_bytes(const IdSet *set)
{
    return sizeof *set + (is_bitmap(set) ? roaring_bitmap_frozen_size_in_bytes(set->bitmap) + sizeof(roaring_bitmap_t)
                                         : set->room * sizeof *set->ids);
}
