/* SPDX-License-Identifier: BSD-2-Clause
 * image-nodes.c - the tree of names
 *
 * Owns:     the nodes, their names and sets of children.
 * Promises: a node that is attached is found by its DN and is among its parent's children; a stray is neither.
 * Threads:  reading: any; changing: one, while nobody reads.
 */
#include "image-private.h"

#include "rollcall/dn.h"

#include <string.h>

const char *
image_key_of(const Image *image, guint32 node)
{
    const char *name = IMAGE_NODE(image, node)->name;
    return name + strlen(name) + 1;
}

static guint64
path_hash(guint32 parent, const char *key, gsize key_length)
{
    return id_hash_number(id_hash_octets(key, key_length) + (guint64)parent * G_GUINT64_CONSTANT(0x9e3779b97f4a7c15));
}

static guint64
hash_of_path(guint32 node, gconstpointer image)
{
    const char *key = image_key_of(image, node);
    return path_hash(IMAGE_NODE((const Image *)image, node)->parent, key, strlen(key));
}

guint32
image_child(const Image *image, guint32 parent, const char *key, gsize key_length)
{
    IdProbe probe = id_table_find(&image->paths, path_hash(parent, key, key_length));

    for (guint32 node = id_probe_next(&probe); node != ID_NONE; node = id_probe_next(&probe)) {
        const char *own = image_key_of(image, node);
        if (IMAGE_NODE(image, node)->parent == parent && strncmp(own, key, key_length) == 0 && own[key_length] == '\0')
            return node;
    }
    return ID_NONE;
}

guint32
image_node_at(const Image *image, const char *key)
{
    const char *end = key + strlen(key);
    guint32     node = NODE_ROOT;

    while (end > key && node != ID_NONE) {
        const char *comma = memrchr(key, ',', (gsize)(end - key));
        const char *start = comma != NULL ? comma + 1 : key;
        node = image_child(image, node, start, (gsize)(end - start));
        end = comma != NULL ? comma : key;
    }
    return node;
}

/* ---- ids ---- */

static guint64
hash_id(const EntryId *id)
{
    return id_hash_octets(id->octets, sizeof id->octets);
}

static guint64
hash_of_id(guint32 node, gconstpointer image)
{
    return hash_id(&((const Image *)image)->ids[node]);
}

guint32
image_node_of_id(const Image *image, const EntryId *id)
{
    IdProbe probe = id_table_find(&image->by_id, hash_id(id));

    for (guint32 node = id_probe_next(&probe); node != ID_NONE; node = id_probe_next(&probe))
        if (memcmp(image->ids[node].octets, id->octets, sizeof id->octets) == 0)
            return node;
    return ID_NONE;
}

void
image_prefetch_id(const Image *image, const EntryId *id)
{
    id_table_prefetch(&image->by_id, hash_id(id));
}

void
image_set_id(Image *image, guint32 node, const EntryId *id)
{
    if (image->ids == NULL)
        image->ids = g_new0(EntryId, image->nodes_room);
    image->ids[node] = *id;
    IMAGE_NODE(image, node)->flags |= NODE_HAS_ID;
    id_table_add(&image->by_id, hash_id(id), node, hash_of_id, image);
}

void
image_clear_id(Image *image, guint32 node)
{
    if ((IMAGE_NODE(image, node)->flags & NODE_HAS_ID) == 0)
        return;
    id_table_remove(&image->by_id, hash_of_id(node, image), node);
    IMAGE_NODE(image, node)->flags &= (guint8)~NODE_HAS_ID;
}

/* ---- nodes ---- */

static char *
make_name(const char *text, gsize text_length, const char *key, gsize key_length)
{
    char *name = g_malloc(text_length + key_length + 2);

    memcpy(name, text, text_length);
    name[text_length] = '\0';
    memcpy(name + text_length + 1, key, key_length);
    name[text_length + 1 + key_length] = '\0';
    return name;
}

static void
resize_nodes(Image *image, guint32 room)
{
    image->nodes = g_renew(Node, image->nodes, room);
    if (image->ids != NULL)
        image->ids = g_renew(EntryId, image->ids, room);
    image->nodes_room = room;
}

void
image_nodes_reserve(Image *image, guint32 n_nodes)
{
    id_table_resize(&image->paths, n_nodes, hash_of_path, image);
    id_table_resize(&image->by_id, n_nodes, hash_of_id, image);
}

guint32
image_node_new(Image *image, const char *text, gsize text_length, const char *key, gsize key_length)
{
    guint32 node = image->free_node;

    if (node != ID_NONE) {
        image->free_node = IMAGE_NODE(image, node)->parent;
    } else {
        if (image->n_nodes == image->nodes_room)
            resize_nodes(image, MAX(64, image->nodes_room + image->nodes_room / 4));
        node = image->n_nodes++;
    }
    *IMAGE_NODE(image, node) = (Node){.parent = ID_NONE, .name = make_name(text, text_length, key, key_length)};
    return node;
}

void
image_set_name(Image *image, guint32 node, const DnPart *part)
{
    g_free(IMAGE_NODE(image, node)->name);
    IMAGE_NODE(image, node)->name = make_name(part->text, part->text_length, part->key, part->key_length);
}

static void
spell(Image *image, guint32 node, const DnPart *part)
{
    if ((IMAGE_NODE(image, node)->flags & NODE_SPELLED) != 0 || IMAGE_NODE(image, node)->record != NULL)
        return;
    image_set_name(image, node, part);
    IMAGE_NODE(image, node)->flags |= NODE_SPELLED;
}

guint32
image_make_path(Image *image, const DnParts *parts, guint first, gboolean of_entry)
{
    guint32 node = NODE_ROOT;

    for (guint i = parts->parts->len; i > first; i--) {
        const DnPart *part = &g_array_index(parts->parts, DnPart, i - 1);
        guint32       child = image_child(image, node, part->key, part->key_length);
        if (child == ID_NONE) {
            child = image_node_new(image, part->text, part->text_length, part->key, part->key_length);
            image_attach(image, child, node);
        }
        if (of_entry)
            spell(image, child, part);
        node = child;
    }
    return node;
}

void
image_attach(Image *image, guint32 node, guint32 parent)
{
    Node *above = IMAGE_NODE(image, parent);

    IMAGE_NODE(image, node)->parent = parent;
    id_table_add(&image->paths, hash_of_path(node, image), node, hash_of_path, image);
    if (above->children == NULL)
        above->children = id_set_new();
    id_set_add(above->children, node);
    image_scopes_forget(image);
}

void
image_detach(Image *image, guint32 node)
{
    guint32 parent = IMAGE_NODE(image, node)->parent;

    if (parent == ID_NONE)
        return;
    Node *above = IMAGE_NODE(image, parent);
    id_table_remove(&image->paths, hash_of_path(node, image), node);
    id_set_remove(above->children, node);
    if (id_set_size(above->children) == 0)
        g_clear_pointer(&above->children, id_set_free);
    IMAGE_NODE(image, node)->parent = ID_NONE;
    image_scopes_forget(image);
}

static gboolean
is_idle(const Image *image, guint32 id)
{
    const Node *node = IMAGE_NODE(image, id);
    return id != NODE_ROOT && node->record == NULL && node->n_references == 0 && node->children == NULL &&
           (node->flags & NODE_FREE) == 0;
}

void
image_drop_if_idle(Image *image, guint32 node)
{
    while (node != ID_NONE && is_idle(image, node)) {
        guint32 parent = IMAGE_NODE(image, node)->parent;
        image_detach(image, node);
        image_clear_id(image, node);
        g_free(IMAGE_NODE(image, node)->name);
        *IMAGE_NODE(image, node) = (Node){.parent = image->free_node, .flags = NODE_FREE};
        image->free_node = node;
        node = parent;
    }
}

gboolean
image_is_below(const Image *image, guint32 node, guint32 base)
{
    while (node != base && node != ID_NONE)
        node = IMAGE_NODE(image, node)->parent;
    return node == base;
}

GArray *
image_children(const Image *image, guint32 node)
{
    const IdSet *set = IMAGE_NODE(image, node)->children;
    GArray      *children = g_array_new(FALSE, FALSE, sizeof(guint32));

    if (set != NULL) {
        g_array_set_size(children, (guint)id_set_size(set));
        id_set_to_array(set, (guint32 *)(void *)children->data);
    }
    return children;
}

Value
image_compose(const Image *image, guint32 node, gboolean key, Room *room)
{
    gsize length = 0;

    for (guint32 at = node; at != NODE_ROOT && at != ID_NONE; at = IMAGE_NODE(image, at)->parent)
        length += strlen(key ? image_key_of(image, at) : IMAGE_NODE(image, at)->name) + 1;

    char *text = room_take(room, length + 1), *end = text;
    for (guint32 at = node; at != NODE_ROOT && at != ID_NONE; at = IMAGE_NODE(image, at)->parent) {
        if (end > text)
            *end++ = ',';
        end = g_stpcpy(end, key ? image_key_of(image, at) : IMAGE_NODE(image, at)->name);
    }
    *end = '\0';
    return (Value){.data = text, .length = (gsize)(end - text)};
}

/* ---- all ---- */

void
image_nodes_clear(Image *image)
{
    for (guint32 node = 0; node < image->n_nodes; node++) {
        g_free(IMAGE_NODE(image, node)->name);
        g_free(IMAGE_NODE(image, node)->record);
        id_set_free(IMAGE_NODE(image, node)->children);
    }
    g_free(image->nodes);
    g_free(image->ids);
    id_table_clear(&image->paths);
    id_table_clear(&image->by_id);
}

void
image_nodes_trim(Image *image)
{
    id_table_resize(&image->paths, 0, hash_of_path, image);
    id_table_resize(&image->by_id, 0, hash_of_id, image);
    if (image->nodes_room > image->n_nodes + image->n_nodes / 64)
        resize_nodes(image, image->n_nodes);
}
