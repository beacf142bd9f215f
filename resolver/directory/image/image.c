/* SPDX-License-Identifier: BSD-2-Clause
 * image.c - a directory held in memory: beginning, end, and what can be said of it at a glance
 *
 * Owns:     the tree, the columns and all indexes.
 * Promises: reading changes nothing but the caches of scopes and selections, which have locks of their own.
 * Threads:  reading: any; changing: one, while nobody reads.
 */
#include "image-private.h"

#include "rollcall/dn.h"

#include <string.h>

static void
free_set(gpointer set)
{
    id_set_free(set);
}

Image *
image_new(Schema *schema, const char *const *address_attributes)
{
    Image *image = g_new0(Image, 1);

    image->schema = schema_ref(schema);
    image->is_ad = schema_rules(schema) == SCHEMA_RULES_AD;
    image->address_attributes = g_strdupv((char **)address_attributes);
    image->columns = g_ptr_array_new_with_free_func(image_column_free);
    image->column_of_key = g_hash_table_new(NULL, NULL);
    image->pairs = g_ptr_array_new_with_free_func(g_free);
    image->pair_of_key = g_hash_table_new(NULL, NULL);
    image->free_node = ID_NONE;
    image->entries = id_set_new();
    image->dirty = g_array_new(FALSE, FALSE, sizeof(EntryId));
    image->wanted = g_hash_table_new(NULL, NULL);
    image->scopes = g_hash_table_new_full(NULL, NULL, NULL, free_set);
    image->selections = image_selections_new();
    pthread_mutex_init(&image->scopes_lock, NULL);
    pthread_mutex_init(&image->columns_lock, NULL);
    record_draft_init(&image->draft);
    image_find_pairs(image);
    image_node_new(image, "", 0, "", 0); /* the root */
    return image;
}

void
image_free(Image *image)
{
    if (image == NULL)
        return;
    image_nodes_clear(image);
    g_hash_table_unref(image->column_of_key);
    g_ptr_array_unref(image->columns);
    g_hash_table_unref(image->pair_of_key);
    g_ptr_array_unref(image->pairs);
    id_set_free(image->entries);
    g_array_unref(image->dirty);
    g_hash_table_unref(image->wanted);
    g_hash_table_unref(image->scopes);
    image_selections_free(image->selections);
    pthread_mutex_destroy(&image->scopes_lock);
    pthread_mutex_destroy(&image->columns_lock);
    record_draft_clear(&image->draft);
    g_strfreev(image->address_attributes);
    schema_unref(image->schema);
    g_free(image);
}

Schema *
image_schema(const Image *image)
{
    return image->schema;
}

guint
image_size(const Image *image)
{
    return (guint)id_set_size(image->entries);
}

guint64
image_version(const Image *image)
{
    return image->version;
}

guint
image_n_displaced(const Image *image)
{
    return image->n_displaced;
}

static guint32
entry_of_id(const Image *image, const EntryId *id)
{
    guint32 node = image_node_of_id(image, id);
    return node != ID_NONE && IMAGE_NODE(image, node)->record != NULL ? node : ID_NONE;
}

gboolean
image_has(const Image *image, const EntryId *id)
{
    return entry_of_id(image, id) != ID_NONE;
}

char *
image_dn(const Image *image, const EntryId *id)
{
    guint32 node = entry_of_id(image, id);
    g_auto(Room) room = {0};

    return node != ID_NONE ? g_strdup(image_compose(image, node, FALSE, &room).data) : NULL;
}

void
image_foreach_id(const Image *image, ImageIdFunc func, gpointer user_data)
{
    for (guint32 node = 0; node < image->n_nodes; node++)
        if (IMAGE_NODE(image, node)->record != NULL && (IMAGE_NODE(image, node)->flags & NODE_HAS_ID) != 0)
            func(&image->ids[node], user_data);
}

static int
compare_ids(gconstpointer a, gconstpointer b)
{
    return memcmp(a, b, sizeof(EntryId));
}

void
image_take_dirty(Image *image, GArray *ids)
{
    g_array_sort(image->dirty, compare_ids);
    for (guint i = 0; i < image->dirty->len; i++) {
        const EntryId *id = &g_array_index(image->dirty, EntryId, i);
        guint32        node = image_node_of_id(image, id);
        if (node != ID_NONE)
            IMAGE_NODE(image, node)->flags &= (guint8)~NODE_DIRTY;
        if (i == 0 || memcmp(id, id - 1, sizeof *id) != 0)
            g_array_append_val(ids, *id);
    }
    g_array_unref(image->dirty);
    image->dirty = g_array_new(FALSE, FALSE, sizeof(EntryId));
}

enum { SAMPLE = 256 };

static gsize
one_node_bytes(const Image *image, guint32 id)
{
    const Node *node = IMAGE_NODE(image, id);
    gsize       bytes = 0;

    if (node->name != NULL)
        bytes += strlen(node->name) + strlen(image_key_of(image, id)) + 2;
    if (node->record != NULL)
        bytes +=
            sizeof *node->record + node->record->n_values * sizeof(guint32) + node->record->n_heads * sizeof(guint16);
    return bytes;
}

/* Every so many nodes stand for all: whoever asks must not keep changes waiting for a walk through a million. */
static gsize
node_bytes(const Image *image)
{
    guint32 step = image->n_nodes / SAMPLE + 1;
    gsize   bytes = 0;

    for (guint32 id = 0; id < image->n_nodes; id += step)
        bytes += one_node_bytes(image, id) * MIN(step, image->n_nodes - id);
    bytes += image->nodes_room * (sizeof(Node) + (image->ids != NULL ? sizeof(EntryId) : 0));
    bytes += image->n_nodes * sizeof(guint32); /* each is somebody's child */
    return bytes + (image->paths.capacity + image->by_id.capacity) * sizeof(guint32) + id_set_bytes(image->entries);
}

gsize
image_bytes(const Image *image)
{
    gsize bytes = sizeof *image + node_bytes(image);

    for (guint i = 0; i < image->columns->len; i++) {
        const Column *column = g_ptr_array_index(image->columns, i);
        bytes += sizeof *column + dictionary_bytes(&column->values) + postings_bytes(&column->postings);
        bytes += (column->keys.capacity + column->addresses.capacity) * sizeof(guint32);
        bytes += column->presence != NULL ? id_set_bytes(column->presence) : 0;
    }
    return bytes;
}

const Entry *
image_read(const Image *image, const char *dn, const char *const *attributes)
{
    g_autofree char *key = dn_key(dn);
    guint32          node = key != NULL ? image_node_at(image, key) : ID_NONE;
    g_auto(ImageSuperiors) superiors = {0};
    g_auto(Room) room = {0};

    if (node == ID_NONE || !id_set_contains(image->entries, node))
        return NULL;
    g_autoptr(ImageSelection) selection = image_select_attributes(image, attributes);
    return image_hand_out(image, node, selection, &superiors, &room);
}
