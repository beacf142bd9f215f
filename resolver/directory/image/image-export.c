/* SPDX-License-Identifier: BSD-2-Clause
 * image-export.c - entries as rows
 *
 * Owns:     nothing.
 * Promises: a row says of other objects what survives their renaming, under Active Directory's rules.
 * Threads:  reading: any.
 */
#include "image-private.h"

#include "image-row.h"

#include <string.h>

static void
append_octet(GByteArray *row, guint8 octet)
{
    g_byte_array_append(row, &octet, 1);
}

static void
append_number(GByteArray *row, gsize number)
{
    for (; number >= 0x80; number >>= 7)
        append_octet(row, (guint8)(number | 0x80));
    append_octet(row, (guint8)number);
}

static void
append_text(GByteArray *row, const char *text, gsize length)
{
    append_number(row, length);
    g_byte_array_append(row, (const guint8 *)text, (guint)length);
}

static void
append_id(const Image *image, GByteArray *row, RowKind kind, guint32 node)
{
    append_octet(row, (guint8)kind);
    g_byte_array_append(row, image->ids[node].octets, sizeof image->ids[node].octets);
}

static void
append_name(const Image *image, GByteArray *row, guint32 id)
{
    const Node *node = IMAGE_NODE(image, id);
    gboolean    has_id = image->is_ad && (node->flags & NODE_HAS_ID) != 0;

    if (id == NODE_ROOT) {
        append_octet(row, ROW_ROOT);
        return;
    }
    if (has_id && node->record != NULL) {
        append_id(image, row, ROW_ENTRY, id);
        return;
    }
    if (has_id)
        append_id(image, row, node->parent != ID_NONE ? ROW_OUTSIDE : ROW_NOWHERE, id);
    else
        append_octet(row, ROW_NAME);
    if (node->parent != ID_NONE)
        append_name(image, row, node->parent);
    else if (!has_id)
        append_octet(row, ROW_ROOT);
    append_text(row, node->name, strlen(node->name));
}

static void
append_value(const Image *image, GByteArray *row, const Column *column, guint32 value)
{
    guint32 node;

    if (dictionary_node(&column->values, value, &node)) {
        append_name(image, row, node);
        return;
    }
    if (column->is_dn)
        append_octet(row, ROW_TEXT);
    Value octets = dictionary_value(&column->values, value);
    append_text(row, octets.data, octets.length);
}

/* Of the entry itself: what is above it, and its RDN. */
static void
append_place(const Image *image, GByteArray *row, guint32 id)
{
    const Node *node = IMAGE_NODE(image, id);

    if (id == NODE_ROOT) {
        append_octet(row, ROW_ROOT);
        return;
    }
    append_octet(row, ROW_NAME);
    append_name(image, row, node->parent != ID_NONE ? node->parent : NODE_ROOT);
    append_text(row, node->name, strlen(node->name));
}

gboolean
image_export(const Image *image, const EntryId *id, GByteArray *row)
{
    guint32 node = image_node_of_id(image, id);

    if (node == ID_NONE || IMAGE_NODE(image, node)->record == NULL)
        return FALSE;
    append_octet(row, ROW_VERSION);
    append_place(image, row, node);

    RecordWalk walk;
    record_walk_init(&walk, IMAGE_NODE(image, node)->record);
    while (record_walk_next(&walk)) {
        const Column *column = g_ptr_array_index(image->columns, walk.column);
        append_text(row, column->key, strlen(column->key));
        append_number(row, walk.n_values);
        for (guint32 i = 0; i < walk.n_values; i++)
            append_value(image, row, column, walk.values[i]);
    }
    return TRUE;
}
