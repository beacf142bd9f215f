/* SPDX-License-Identifier: BSD-2-Clause
 * postings.h - which nodes carry each value of an attribute
 *
 * By number of the value: one node stands in place, more in an IdSet. One thread changes, or any number read.
 */
#pragma once

#include "id-set.h"

typedef struct {
    guint32   *words;
    guint32    room;
    GPtrArray *sets;      /* of IdSet; NULL where one was */
    GArray    *free_sets; /* indexes of these */
} Postings;

void postings_init(Postings *postings);
void postings_clear(Postings *postings);

void postings_add(Postings *postings, guint32 value, guint32 node);
void postings_remove(Postings *postings, guint32 value, guint32 node);
/* How many nodes carry the value. One: *node; more: *set, borrowed until the next change. */
gsize    postings_get(const Postings *postings, guint32 value, guint32 *node, const IdSet **set);
gboolean postings_contain(const Postings *postings, guint32 value, guint32 node);
/* Appends the nodes to `ids`, of guint32. */
void postings_append(const Postings *postings, guint32 value, GArray *ids);

/* `n_values`: how many numbers are in use. */
void  postings_trim(Postings *postings, guint32 n_values);
gsize postings_bytes(const Postings *postings);
