/* SPDX-License-Identifier: BSD-2-Clause
 * image-place.c - where an entry stands under Active Directory's rules: names follow objects
 *
 * Owns:     nothing.
 * Promises: an object keeps its node through every rename, and with it what is below it and what refers to it. Glue
 * without an id is a name only: who arrives there takes it over. Threads:  changing: one, while nobody reads.
 */
#include "image-private.h"

#include <string.h>

void
image_mark_dirty(Image *image, guint32 node)
{
    guint8 flags = IMAGE_NODE(image, node)->flags;

    if ((flags & NODE_HAS_ID) == 0 || (flags & NODE_DIRTY) != 0)
        return;
    IMAGE_NODE(image, node)->flags |= NODE_DIRTY;
    g_array_append_val(image->dirty, image->ids[node]);
}

static void
mark_holders(Image *image, guint32 node)
{
    g_autoptr(GArray) holders = g_array_new(FALSE, FALSE, sizeof(guint32));

    for (guint i = 0; i < image->columns->len; i++) {
        const Column *column = g_ptr_array_index(image->columns, i);
        if (column->is_dn)
            image_append_sources(column, node, holders);
    }
    for (guint i = 0; i < holders->len; i++)
        image_mark_dirty(image, g_array_index(holders, guint32, i));
}

/* What refers to the node or stands below it is written with its name. */
static void
mark_what_names(Image *image, guint32 node)
{
    g_autoptr(GArray) children = image_children(image, node);

    mark_holders(image, node);
    for (guint i = 0; i < children->len; i++)
        image_mark_dirty_names(image, g_array_index(children, guint32, i));
}

void
image_mark_dirty_names(Image *image, guint32 node)
{
    image_mark_dirty(image, node);
    if (IMAGE_NODE(image, node)->record != NULL && (IMAGE_NODE(image, node)->flags & NODE_HAS_ID) != 0)
        return;
    mark_what_names(image, node);
}

void
image_mark_dirty_around(Image *image, guint32 node)
{
    image_mark_dirty(image, node);
    if (image->is_ad)
        mark_what_names(image, node);
}

/* ---- losing a place ---- */

void
image_displace(Image *image, guint32 id)
{
    Node *node = IMAGE_NODE(image, id);

    image_detach(image, id);
    if (node->record == NULL || (node->flags & NODE_DISPLACED) != 0)
        return;
    node->flags |= NODE_DISPLACED;
    image->n_displaced++;
    id_set_remove(image->entries, id);
}

void
image_undo_displaced(Image *image, guint32 id)
{
    Node *node = IMAGE_NODE(image, id);

    if ((node->flags & NODE_DISPLACED) == 0)
        return;
    node->flags &= (guint8)~NODE_DISPLACED;
    image->n_displaced--;
    if (node->record != NULL)
        id_set_add(image->entries, id);
}

static gboolean
is_mere_name(const Image *image, guint32 node)
{
    return IMAGE_NODE(image, node)->record == NULL && (IMAGE_NODE(image, node)->flags & NODE_HAS_ID) == 0;
}

/* ---- taking over ---- */

static void take_children(Image *image, guint32 from, guint32 to);

/* All that is said of the name `from`, a stray by now, is said of `to` from now on. */
static void
take_over(Image *image, guint32 from, guint32 to)
{
    image_mark_dirty_names(image, from);
    image_move_references(image, from, to);
    take_children(image, from, to);
    image_drop_if_idle(image, from);
}

/* One child, a stray by now, goes below `parent`, where another of its name may stand. */
static void
take_child(Image *image, guint32 child, guint32 parent)
{
    const char *key = image_key_of(image, child);
    guint32     other = image_child(image, parent, key, strlen(key));

    if (other == ID_NONE) {
        image_attach(image, child, parent);
    } else if (is_mere_name(image, child)) {
        take_over(image, child, other);
    } else if (is_mere_name(image, other)) {
        image_detach(image, other);
        image_attach(image, child, parent);
        take_over(image, other, child);
    } else {
        image_displace(image, other);
        image_attach(image, child, parent);
        image_drop_if_idle(image, other);
    }
}

static void
take_children(Image *image, guint32 from, guint32 to)
{
    g_autoptr(GArray) children = image_children(image, from);

    for (guint i = 0; i < children->len; i++) {
        guint32 child = g_array_index(children, guint32, i);
        image_detach(image, child);
        take_child(image, child, to);
    }
}

/* What stood at the node's new place makes way. */
static void
take_place(Image *image, guint32 node, guint32 parent, guint32 other)
{
    if (other == ID_NONE) {
        image_attach(image, node, parent);
        return;
    }
    gboolean is_name = is_mere_name(image, other), is_glue = IMAGE_NODE(image, other)->record == NULL;
    image_displace(image, other);
    image_attach(image, node, parent);
    if (is_name) {
        take_over(image, other, node);
    } else if (is_glue) { /* an object that is not in the image: what refers to it goes on doing so */
        take_children(image, other, node);
        image_drop_if_idle(image, other);
    }
}

static guint32
place_new(Image *image, const EntryId *id, guint32 parent, const DnPart *part, guint32 other)
{
    guint32 node = other;

    if (other != ID_NONE && (IMAGE_NODE(image, other)->flags & NODE_HAS_ID) == 0) {
        image_mark_dirty_names(image, other);
        image_set_name(image, node, part);
    } else {
        node = image_node_new(image, part->text, part->text_length, part->key, part->key_length);
        take_place(image, node, parent, other);
    }
    image_set_id(image, node, id);
    return node;
}

guint32
image_place(Image *image, const EntryId *id, guint32 parent, const DnPart *part)
{
    guint32 node = image_node_of_id(image, id);
    guint32 other = image_child(image, parent, part->key, part->key_length);

    if (node == ID_NONE)
        return place_new(image, id, parent, part, other);
    if (image_is_below(image, parent, node))
        return ID_NONE;
    if (node != other) {
        guint32 above = IMAGE_NODE(image, node)->parent;
        image_detach(image, node);
        image_set_name(image, node, part);
        take_place(image, node, parent, other);
        image_drop_if_idle(image, above);
    }
    image_set_name(image, node, part); /* it may be spelled anew */
    image_undo_displaced(image, node);
    return node;
}

/* ---- values ---- */

/* `<GUID=...>;<SID=...>;DN`: the GUID in hexadecimal or as text. *dn: where the DN starts, or the end. */
static gboolean
read_extended(const char *text, EntryId *id, const char **dn)
{
    static const char start[] = "<GUID=";

    if (g_ascii_strncasecmp(text, start, strlen(start)) != 0)
        return FALSE;
    const char *at = text + strlen(start);
    gboolean    is_text = strcspn(at, ">") == 36;
    /* the octets of a GUID that the text writes as numbers come in reverse (MS-DTYP 2.3.4) */
    static const guint8 order[] = {3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15};
    for (guint i = 0; i < sizeof id->octets; i++) {
        if (is_text && *at == '-')
            at++;
        int high = g_ascii_xdigit_value(at[0]), low = high >= 0 ? g_ascii_xdigit_value(at[1]) : -1;
        if (low < 0)
            return FALSE;
        id->octets[is_text ? order[i] : i] = (guint8)(high << 4 | low);
        at += 2;
    }
    while (*at == '>') {
        at += at[1] == ';' ? 2 : 1;
        if (*at == '<')
            at += strcspn(at, ">");
    }
    *dn = at;
    return TRUE;
}

const char *
image_after_extended(const char *dn)
{
    EntryId     id;
    const char *rest;

    return read_extended(dn, &id, &rest) ? rest : dn;
}

static guint32
new_stray(Image *image, const EntryId *id, const DnPart *part)
{
    char name[2 * sizeof id->octets + 16] = "<GUID=";

    if (part != NULL) {
        guint32 node = image_node_new(image, part->text, part->text_length, part->key, part->key_length);
        image_set_id(image, node, id);
        return node;
    }
    for (guint i = 0; i < sizeof id->octets; i++)
        g_snprintf(name + strlen(name), 3, "%02x", id->octets[i]);
    strcat(name, ">");
    guint32 node = image_node_new(image, name, strlen(name), name, strlen(name));
    image_set_id(image, node, id);
    return node;
}

guint32
image_outside(Image *image, const EntryId *id, guint32 place, const DnPart *part)
{
    if (place == ID_NONE || place == NODE_ROOT)
        return new_stray(image, id, part);
    if (!is_mere_name(image, place))
        return (IMAGE_NODE(image, place)->flags & NODE_HAS_ID) == 0 ? place : new_stray(image, id, part);
    image_mark_dirty_names(image, place);
    image_set_id(image, place, id);
    return place;
}

guint32
image_node_of_value(Image *image, const Value *value)
{
    EntryId     id;
    const char *dn = value->data;

    if (memchr(value->data, '\0', value->length) != NULL)
        return ID_NONE;
    gboolean is_extended = image->is_ad && read_extended(value->data, &id, &dn);
    guint32  node = is_extended ? image_node_of_id(image, &id) : ID_NONE;
    if (node != ID_NONE)
        return node;
    g_auto(DnParts) parts;
    gboolean is_dn = dn_parts_init(&parts, dn);
    if (!is_extended)
        return is_dn ? image_make_path(image, &parts, 0, FALSE) : ID_NONE;
    if (!is_dn || parts.parts->len == 0)
        return image_outside(image, &id, ID_NONE, NULL);
    return image_outside(image, &id, image_make_path(image, &parts, 0, FALSE), &g_array_index(parts.parts, DnPart, 0));
}

guint32
image_find_node_of_value(const Image *image, const Value *value)
{
    EntryId     id;
    const char *dn = value->data;

    if (memchr(value->data, '\0', value->length) != NULL)
        return ID_NONE;
    gboolean is_extended = image->is_ad && read_extended(value->data, &id, &dn);
    guint32  node = is_extended ? image_node_of_id(image, &id) : ID_NONE;
    if (node != ID_NONE)
        return node;
    g_auto(DnParts) parts;
    return dn_parts_init(&parts, dn) ? image_node_at(image, parts.key) : ID_NONE;
}
