/* SPDX-License-Identifier: BSD-2-Clause
 * image-rows.h - rows as image_rows_add() leaves them for image_import_rows()
 *
 * What needs no image is done: attributes are told apart, texts lie attribute by attribute and are hashed. Names of
 * objects are left as they stand.
 */
#pragma once

#include "image.h"
#include "record.h"

/* A list that grows: GArray would ask more than the reading itself. */
typedef struct {
    gpointer items;
    guint32  n, room;
} RowList;

void row_list_grow(RowList *list, gsize item_size);
static inline gpointer
row_list_next(RowList *list, gsize item_size)
{
    if (list->n == list->room)
        row_list_grow(list, item_size);
    return (char *)list->items + list->n++ * item_size;
}

/* A value that is no name. */
typedef struct {
    guint64 hash;          /* id_hash_octets() */
    guint32 start, length; /* in ImageRows.octets */
    guint32 value;         /* its place in ImageRows.values */
} RowText;

/* An attribute that some of the rows have. */
typedef struct {
    const char *key;
    guint32     length; /* of it */
    gboolean    is_dn;
    guint32     next;  /* the one that mostly follows it in a row */
    guint32     row;   /* the last that has it, counted from 1 */
    RowList     texts; /* of RowText; none if `is_dn` */
} RowKey;

typedef struct {
    EntryId id;
    guint32 place, end; /* in `octets`: where the name of the entry begins; the end of the row */
    guint32 n_heads;
} Row;

struct ImageRows {
    Schema     *schema;
    GByteArray *octets;      /* of all rows */
    GString    *text;        /* room for what needs a NUL */
    GArray     *keys;        /* of RowKey */
    guint       n_keys_left; /* the first of them, whose texts no image has taken yet */
    RowList     rows;        /* of Row */
    RowList     heads;       /* of RecordHead, of all rows in turn; its column is a place in `keys` */
    RowList     values;      /* of guint32, of all heads in turn; the first of DNs says where they begin in `octets` */
};
