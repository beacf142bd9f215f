/* SPDX-License-Identifier: BSD-2-Clause
 * id-set.h - a set of small numbers, compressed
 *
 * Few ids lie in a sorted array, many in a CRoaring bitmap; id-set.c is the only file that knows that library.
 * One thread changes a set while nobody reads it; any number may read.
 */
#pragma once

#include <glib.h>

typedef struct IdSet IdSet;

IdSet *id_set_new(void);
IdSet *id_set_copy(const IdSet *set);
IdSet *id_set_of(const guint32 *ids, gsize n_ids); /* in any order, repetitions do not matter */
void   id_set_free(IdSet *set);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(IdSet, id_set_free)

gboolean id_set_add(IdSet *set, guint32 id); /* whether it is new */
/* All from `first` on, without `end`. */
void     id_set_add_range(IdSet *set, guint32 first, guint32 end);
gboolean id_set_remove(IdSet *set, guint32 id); /* whether it was there */
gboolean id_set_contains(const IdSet *set, guint32 id);
gsize    id_set_size(const IdSet *set);
/* The ids in ascending order; `ids` has room for all. */
void id_set_to_array(const IdSet *set, guint32 *ids);

void id_set_and(IdSet *set, const IdSet *other);
void id_set_and_not(IdSet *set, const IdSet *other);
void id_set_or(IdSet *set, const IdSet *other);

/* Gives back room that is not needed at the moment. */
void  id_set_trim(IdSet *set);
gsize id_set_bytes(const IdSet *set);
