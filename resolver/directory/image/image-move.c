/* SPDX-License-Identifier: BSD-2-Clause
 * image-move.c - where an entry stands under RFC rules: a name is a name
 *
 * Owns:     nothing.
 * Promises: a renamed entry leaves its node, and takes all entries below it along; values go on naming the old names.
 * Threads:  changing: one, while nobody reads.
 */
#include "image-private.h"

#include <string.h>

/* The entry with its id, to a node without either. */
static void
move_entry(Image *image, guint32 from, guint32 to)
{
    guint8  keep = IMAGE_NODE(image, from)->flags & (NODE_DISPLACED | NODE_DIRTY);
    EntryId id;

    if (IMAGE_NODE(image, from)->record == NULL)
        return;
    if ((IMAGE_NODE(image, from)->flags & NODE_HAS_ID) != 0) {
        id = image->ids[from];
        image_clear_id(image, from);
        image_set_id(image, to, &id);
    }
    IMAGE_NODE(image, from)->flags &= (guint8)~keep;
    IMAGE_NODE(image, to)->flags |= keep;
    image_move_record(image, from, to);
    image_mark_dirty(image, to);
}

static void make_way(Image *image, guint32 node);

static void
move_subtree(Image *image, guint32 from, guint32 to)
{
    g_autoptr(GArray) children = image_children(image, from);

    IMAGE_NODE(image, from)->n_references++; /* so that both stay while they are looked at */
    IMAGE_NODE(image, to)->n_references++;
    move_entry(image, from, to);
    for (guint i = 0; i < children->len; i++) {
        guint32     child = g_array_index(children, guint32, i);
        const char *key = image_key_of(image, child), *text = IMAGE_NODE(image, child)->name;
        guint32     below = image_child(image, to, key, strlen(key));
        if (below == ID_NONE) {
            below = image_node_new(image, text, strlen(text), key, strlen(key));
            image_attach(image, below, to);
        } else if (IMAGE_NODE(image, child)->record != NULL) {
            make_way(image, below);
        }
        move_subtree(image, child, below);
        image_drop_if_idle(image, below);
    }
    IMAGE_NODE(image, from)->n_references--;
    IMAGE_NODE(image, to)->n_references--;
    image_drop_if_idle(image, from);
}

/* To a stray of the same RDN, with all below it. */
static guint32
move_away(Image *image, guint32 node)
{
    const char *key = image_key_of(image, node), *text = IMAGE_NODE(image, node)->name;
    guint32     stray = image_node_new(image, text, strlen(text), key, strlen(key));

    IMAGE_NODE(image, node)->n_references++; /* so that the name stays while it is looked at */
    move_subtree(image, node, stray);
    IMAGE_NODE(image, node)->n_references--;
    return stray;
}

static void
make_way(Image *image, guint32 node)
{
    if (IMAGE_NODE(image, node)->record != NULL)
        image_displace(image, move_away(image, node));
}

guint32
image_place_by_name(Image *image, const EntryId *id, const DnParts *parts)
{
    guint32 from = image_node_of_id(image, id);
    guint32 to = image_make_path(image, parts, 0, TRUE);

    if (from == ID_NONE) {
        make_way(image, to);
        image_set_id(image, to, id);
    } else if (from != to) {
        if (image_is_below(image, to, from)) {
            from = move_away(image, from);
            to = image_make_path(image, parts, 0, TRUE);
        }
        make_way(image, to);
        IMAGE_NODE(image, to)->n_references++;
        move_subtree(image, image_node_of_id(image, id), to); /* it may have made way, too */
        IMAGE_NODE(image, to)->n_references--;
    }
    image_undo_displaced(image, to);
    if (parts->parts->len > 0)
        image_set_name(image, to, &g_array_index(parts->parts, DnPart, 0));
    return to;
}
