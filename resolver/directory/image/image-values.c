/* SPDX-License-Identifier: BSD-2-Clause
 * image-values.c - what an entry says: the values that filters see, and the copies that are handed out
 *
 * Owns:     nothing.
 * Promises: DNs are composed when they are asked for, so that they are those of now.
 * Threads:  any; a Room belongs to one.
 */
#include "image-private.h"

#include "resolver/directory/entry-pack.h"

#include <string.h>

gboolean
image_is_own_dn(const Image *image, const AttributeType *type)
{
    return type->equality == RULE_DN && g_str_equal(type->key, image->is_ad ? "distinguishedname" : "entrydn");
}

static inline Value
value_of(const Image *image, const Column *column, guint32 value, Room *room)
{
    guint32 node;

    if (column->values.has_nodes && dictionary_node(&column->values, value, &node))
        return image_compose(image, node, FALSE, room);
    return dictionary_value(&column->values, value);
}

static gboolean
carries(const Column *column, guint32 node, guint32 owner)
{
    guint32 value = column != NULL ? dictionary_find_node(&column->values, owner) : ID_NONE;
    return value != ID_NONE && postings_contain(&column->postings, value, node);
}

/* The nodes that list this one, without those that its own values name. */
static GArray *
owners_of(const Image *image, guint32 node, const AttributeType *type)
{
    const Column *forward = image_forward_of(image, type), *own = image_column(image, type->key);
    GArray       *owners = g_array_new(FALSE, FALSE, sizeof(guint32));
    guint         kept = 0;

    image_append_sources(forward, node, owners);
    for (guint i = 0; i < owners->len; i++) {
        guint32 owner = g_array_index(owners, guint32, i);
        if (!carries(own, node, owner))
            g_array_index(owners, guint32, kept++) = owner;
    }
    return g_array_set_size(owners, kept);
}

guint
image_values(const Image *image, guint32 node, const AttributeType *type, Room *room, const Value **values)
{
    const Record  *record = IMAGE_NODE(image, node)->record;
    const Column  *column = image_column(image, type->key);
    const guint32 *ids = NULL;
    guint32        n_ids = column != NULL ? record_values(record, column->index, &ids) : 0;
    g_autoptr(GArray) owners = type->equality == RULE_DN ? owners_of(image, node, type) : NULL;
    guint    n_owners = owners != NULL ? owners->len : 0;
    gboolean own_dn = n_ids == 0 && image_is_own_dn(image, type);
    Value   *table = room_take(room, (n_ids + n_owners + own_dn) * sizeof *table);

    for (guint32 i = 0; i < n_ids; i++)
        table[i] = value_of(image, column, ids[i], room);
    for (guint i = 0; i < n_owners; i++)
        table[n_ids + i] = image_compose(image, g_array_index(owners, guint32, i), FALSE, room);
    if (own_dn)
        table[0] = image_compose(image, node, FALSE, room);
    *values = table;
    return n_ids + n_owners + own_dn;
}

/* ---- handing out ---- */

/* The worked out attributes: behind the stored ones. */
static guint
add_extra(const Image *image, guint32 node, const ImageSelection *selection, EntryAttribute *attributes, guint n,
          GArray *values, Room *room)
{
    for (guint i = 0; i < selection->extra->len; i++) {
        const AttributeType *type = g_ptr_array_index(selection->extra, i);
        const Value         *extra;
        guint                n_extra = image_values(image, node, type, room, &extra);
        if (n_extra == 0)
            continue;
        attributes[n++] = (EntryAttribute){.key = type->key, .n_values = n_extra};
        g_array_append_vals(values, extra, n_extra);
    }
    return n;
}

/* The stored attributes, into tables with room for all of the record. The values stay where they are. */
static void
set_stored(EntryPack *pack, const Image *image, const Record *record, const ImageSelection *selection,
           EntryAttribute *attributes, Value *values, Room *room)
{
    const guint8   *wanted = selection->wanted;
    EntryAttribute *attribute = attributes;
    Value          *value = values;
    RecordWalk      walk;

    record_walk_init(&walk, record);
    while (record_walk_next(&walk)) {
        if (wanted != NULL && !wanted[walk.column])
            continue;
        const Column *column = g_ptr_array_index(image->columns, walk.column);
        *attribute++ = (EntryAttribute){.key = column->key, .n_values = walk.n_values};
        for (guint32 i = 0; i < walk.n_values; i++)
            *value++ = value_of(image, column, walk.values[i], room);
    }
    pack->attributes = attributes;
    pack->values = values;
    pack->n_attributes = (guint)(attribute - attributes);
    pack->n_values = (guint)(value - values);
}

static EntryName
name_of(const char *rdn, gsize length, const ImageTail *tail)
{
    return (EntryName){
        .rdn = {.data = rdn, .length = length},
        .rest = {.data = tail->end - tail->length, .length = tail->length},
    };
}

static void
set_names(EntryPack *pack, const Image *image, guint32 node, ImageSuperiors *superiors)
{
    const char *rdn = IMAGE_NODE(image, node)->name;
    gsize       length = strlen(rdn);
    const char *key = rdn + length + 1;

    image_superiors_set(superiors, image, IMAGE_NODE(image, node)->parent);
    pack->dn = name_of(rdn, length, &superiors->dn);
    pack->key = name_of(key, strlen(key), &superiors->key);
}

const Entry *
image_hand_out(const Image *image, guint32 node, const ImageSelection *selection, ImageSuperiors *superiors, Room *room)
{
    const Record *record = IMAGE_NODE(image, node)->record;

    room_reset(room);
    EntryAttribute *attributes = room_take(room, (record->n_heads + selection->extra->len) * sizeof *attributes);
    Value          *values = room_take(room, record->n_values * sizeof *values);
    EntryPack       pack; /* each part is set */
    set_names(&pack, image, node, superiors);
    set_stored(&pack, image, record, selection, attributes, values, room);
    if (selection->extra->len == 0)
        return entry_pack(&pack);

    g_autoptr(GArray) with_extra = g_array_new(FALSE, FALSE, sizeof(Value));
    g_array_append_vals(with_extra, values, pack.n_values);
    pack.n_attributes = add_extra(image, node, selection, attributes, pack.n_attributes, with_extra, room);
    pack.values = (const Value *)(void *)with_extra->data;
    pack.n_values = with_extra->len;
    return entry_pack(&pack);
}
