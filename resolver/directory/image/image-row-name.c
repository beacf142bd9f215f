/* SPDX-License-Identifier: BSD-2-Clause
 * image-row-name.c - the names in rows, and the nodes that they mean
 *
 * Owns:     nothing.
 * Promises: a row may hold any octets: a name is read or refused. What is named before its own row came is expected.
 * Threads:  changing: one, while nobody reads.
 */
#include "image-row-name.h"

#include "image-row.h"
#include "resolver/schema/dn-walk.h"

#include <string.h>

/* The key of an RDN, if it is so plain that it is known at once. */
static gboolean
read_plain_key(GString *key, const char *text, gsize length)
{
    DnWalk walk;
    int    octet;

    g_string_truncate(key, 0);
    if (!dn_walk_start(&walk, text, length))
        return FALSE;
    while ((octet = dn_walk_next(&walk)) >= 0 && octet != ',')
        g_string_append_c(key, (char)octet);
    return octet == DN_WALK_END;
}

/* One RDN. `parts` begins as zero. What is in angle brackets stands for a name that is not known. */
static gboolean
read_rdn(RowReader *reader, DnParts *parts, gboolean may_be_unknown, DnPart *part)
{
    const char *text;
    gsize       length;

    if (!row_text(&reader->in, &text, &length) || memchr(text, '\0', length) != NULL)
        return FALSE;
    if (read_plain_key(reader->text, text, length)) {
        *part = (DnPart){text, reader->text->str, length, reader->text->len};
        return TRUE;
    }
    g_string_truncate(reader->text, 0);
    g_string_append_len(reader->text, text, (gssize)length);
    if (may_be_unknown && reader->text->str[0] == '<') {
        *part = (DnPart){.text = text, .text_length = length, .key = text, .key_length = length};
        return TRUE;
    }
    if (!dn_parts_init(parts, reader->text->str) || parts->parts->len != 1)
        return FALSE;
    *part = g_array_index(parts->parts, DnPart, 0);
    part->text = text;
    part->text_length = length;
    return TRUE;
}

/* ---- nodes ---- */

static guint32
expect_entry(Image *image, const EntryId *id)
{
    guint32 node = image_node_of_id(image, id);

    if (node == ID_NONE)
        node = image_outside(image, id, ID_NONE, NULL);
    IMAGE_NODE(image, node)->flags |= NODE_EXPECTED;
    return node;
}

static guint32
child_by_name(Image *image, guint32 parent, const DnPart *part)
{
    guint32 node = image_child(image, parent, part->key, part->key_length);

    if (node == ID_NONE) {
        node = image_node_new(image, part->text, part->text_length, part->key, part->key_length);
        image_attach(image, node, parent);
    }
    return node;
}

static gboolean
read_outside(RowReader *reader, guint32 parent, gboolean has_place, const EntryId *id, guint32 *node)
{
    g_auto(DnParts) parts = {0};
    Image *image = reader->image;
    DnPart part;

    if (!read_rdn(reader, &parts, !has_place, &part))
        return FALSE;
    *node = image_node_of_id(image, id);
    if (*node == ID_NONE)
        *node = image_outside(image, id, has_place ? child_by_name(image, parent, &part) : ID_NONE, &part);
    else
        image_drop_if_idle(image, parent);
    return TRUE;
}

static gboolean
read_levels(RowReader *reader, guint levels, guint32 *node)
{
    guint32 parent = NODE_ROOT;
    guint8  kind;
    EntryId id;
    DnPart  part;

    if (levels == 0 || !row_octet(&reader->in, &kind) || kind > ROW_NOWHERE)
        return FALSE;
    *node = NODE_ROOT;
    if (kind == ROW_ROOT)
        return TRUE;
    if (kind != ROW_NAME && (!reader->image->is_ad || !row_id(&reader->in, &id)))
        return FALSE;
    if (kind == ROW_ENTRY) {
        *node = expect_entry(reader->image, &id);
        return TRUE;
    }
    if (kind != ROW_NOWHERE && !read_levels(reader, levels - 1, &parent))
        return FALSE;
    if (kind != ROW_NAME)
        return read_outside(reader, parent, kind == ROW_OUTSIDE, &id, node);
    g_auto(DnParts) parts = {0};
    if (!read_rdn(reader, &parts, FALSE, &part))
        return FALSE;
    *node = child_by_name(reader->image, parent, &part);
    return TRUE;
}

gboolean
image_row_name(RowReader *reader, guint32 *node)
{
    return read_levels(reader, ROW_MOST_LEVELS, node);
}

gboolean
image_row_place(RowReader *reader, const EntryId *id, guint32 *node)
{
    g_auto(DnParts) parts = {0};
    Image  *image = reader->image;
    guint32 parent;
    guint8  kind;
    DnPart  part;

    *node = NODE_ROOT;
    if (!row_octet(&reader->in, &kind) || (kind != ROW_ROOT && kind != ROW_NAME))
        return FALSE;
    if (kind == ROW_ROOT) {
        if ((IMAGE_NODE(image, NODE_ROOT)->flags & NODE_HAS_ID) != 0 || image_node_of_id(image, id) != ID_NONE)
            return FALSE;
        image_set_id(image, NODE_ROOT, id);
        return TRUE;
    }
    if (!image_row_name(reader, &parent) || !read_rdn(reader, &parts, FALSE, &part))
        return FALSE;
    if (image->is_ad) {
        *node = image_place(image, id, parent, &part);
        return *node != ID_NONE;
    }
    *node = child_by_name(image, parent, &part);
    if (image_node_of_id(image, id) != ID_NONE || IMAGE_NODE(image, *node)->record != NULL)
        return FALSE;
    image_set_name(image, *node, &part); /* its own row spells it best */
    image_set_id(image, *node, id);
    return TRUE;
}
