/* SPDX-License-Identifier: BSD-2-Clause
 * image-put.c - adding, replacing, changing and removing entries
 *
 * Owns:     nothing.
 * Promises: each function leaves the image whole, whatever the order of reports; an attribute holds no value twice.
 * Threads:  changing: one, while nobody reads.
 */
#include "image-private.h"

#include <string.h>

enum { FEW = 32 }; /* lists that are searched one by one */

static gboolean
is_in(const guint32 *values, gsize n_values, guint32 value)
{
    for (gsize i = 0; i < n_values; i++)
        if (values[i] == value)
            return TRUE;
    return FALSE;
}

/* A list of values without repetitions. Begin with `list` alone. */
typedef struct {
    GArray     *list; /* of guint32 */
    GHashTable *seen; /* NULL while the list is short */
} ValueList;

static gboolean
value_list_add(ValueList *values, guint32 value)
{
    const guint32 *list = (const guint32 *)(void *)values->list->data;

    if (values->list->len >= FEW && values->seen == NULL) {
        values->seen = g_hash_table_new(NULL, NULL);
        for (guint i = 0; i < values->list->len; i++)
            g_hash_table_add(values->seen, GUINT_TO_POINTER(list[i]));
    }
    if (values->seen != NULL ? !g_hash_table_add(values->seen, GUINT_TO_POINTER(value))
                             : is_in(list, values->list->len, value))
        return FALSE;
    g_array_append_val(values->list, value);
    return TRUE;
}

static void
value_list_clear(ValueList *values)
{
    g_clear_pointer(&values->seen, g_hash_table_unref);
    g_clear_pointer(&values->list, g_array_unref);
}

/* An object category is compared by its name, which never changes: the rest of an extended DN goes. */
static Value
as_stored(const Image *image, const Column *column, const Value *value)
{
    if (!image->is_ad || column->type == NULL || column->type->equality != RULE_CATEGORY)
        return *value;
    const char *dn = image_after_extended(value->data);
    return (Value){.data = dn, .length = value->length - (gsize)(dn - value->data)};
}

static guint32
take(Image *image, Column *column, const Value *value)
{
    guint32 node = column->is_dn ? image_node_of_value(image, value) : ID_NONE;

    if (node != ID_NONE)
        return image_take_node(image, column, node);
    Value octets = as_stored(image, column, value);
    return image_take_value(image, column, octets.data, octets.length, id_hash_octets(octets.data, octets.length));
}

static void
take_all(Image *image, Column *column, const Value *values, guint n_values, ValueList *list)
{
    for (guint i = 0; i < n_values; i++) {
        guint32 value = take(image, column, &values[i]);
        if (!value_list_add(list, value))
            image_release_value(image, column, value);
    }
}

/* ---- whole entries ---- */

typedef struct {
    Image   *image;
    gboolean from_server;
    GArray  *room; /* of guint32 */
} Reading;

/* Whether the server works the attribute out, and we do, too. */
static gboolean
is_worked_out(const Image *image, const Column *column)
{
    const LinkPair *pair = column->pair;

    if (image->is_ad && column->type != NULL && image_is_own_dn(image, column->type))
        return TRUE;
    return pair != NULL && pair->back == column->type && pair->forward != NULL;
}

static void
read_attribute(const char *key, const Value *values, guint n_values, gpointer user_data)
{
    Reading  *reading = user_data;
    Column   *column = image_make_column(reading->image, key);
    ValueList list = {.list = g_array_ref(reading->room)};

    if (reading->from_server && is_worked_out(reading->image, column)) {
        value_list_clear(&list);
        return;
    }
    g_array_set_size(list.list, 0);
    take_all(reading->image, column, values, n_values, &list);
    record_draft_add(&reading->image->draft, column->index, (const guint32 *)(void *)list.list->data, list.list->len);
    value_list_clear(&list);
}

static Record *
make_record(Image *image, gboolean from_server, const Entry *entry)
{
    g_autoptr(GArray) room = g_array_new(FALSE, FALSE, sizeof(guint32));
    Reading reading = {.image = image, .from_server = from_server, .room = room};

    record_draft_reset(&image->draft);
    entry_foreach(entry, read_attribute, &reading);
    return record_draft_finish(&image->draft);
}

/* The node of what the entry is below. */
static guint32
place_parent(Image *image, const EntryId *parent, const DnParts *parts)
{
    guint32 node = parent != NULL ? image_node_of_id(image, parent) : ID_NONE;

    if (node != ID_NONE)
        return node;
    node = image_make_path(image, parts, 1, TRUE);
    if (parent == NULL || parts->parts->len < 2)
        return node;
    return image_outside(image, parent, node, &g_array_index(parts->parts, DnPart, 1));
}

static guint32
place_ad(Image *image, const EntryId *id, const EntryId *above, const DnParts *parts)
{
    if (parts->parts->len == 0) { /* no object of a domain is the root itself */
        image_clear_id(image, NODE_ROOT);
        image_set_id(image, NODE_ROOT, id);
        return NODE_ROOT;
    }
    const DnPart *part = &g_array_index(parts->parts, DnPart, 0);
    guint32       parent = place_parent(image, above, parts);
    guint32       node = image_place(image, id, parent, part);
    if (node != ID_NONE)
        return node;
    /* Another object has the name now under which this one is known: it has moved itself, too, or is gone. */
    image_displace(image, image_node_of_id(image, id));
    image_drop_if_idle(image, parent);
    return image_place(image, id, image_make_path(image, parts, 1, TRUE), part);
}

/* ID_NONE: the place is taken. */
static guint32
place(Image *image, const EntryId *id, const EntryId *above, const DnParts *parts)
{
    if (id != NULL)
        return image->is_ad ? place_ad(image, id, above, parts) : image_place_by_name(image, id, parts);
    guint32 node = image_make_path(image, parts, 0, TRUE);
    if (IMAGE_NODE(image, node)->record != NULL)
        return ID_NONE;
    if (parts->parts->len > 0)
        image_set_name(image, node, &g_array_index(parts->parts, DnPart, 0));
    return node;
}

gboolean
image_put_below(Image *image, const EntryId *id, const EntryId *parent, const Entry *entry)
{
    g_auto(DnParts) parts;
    guint32 node = dn_parts_init(&parts, entry_dn(entry)) ? place(image, id, parent, &parts) : ID_NONE;

    if (node == ID_NONE)
        return FALSE;
    IMAGE_NODE(image, node)->n_references++; /* so that it stays, whatever its values refer to */
    image_set_record(image, node, make_record(image, id != NULL, entry));
    IMAGE_NODE(image, node)->n_references--;
    image_mark_dirty(image, node);
    image->version++;
    return TRUE;
}

gboolean
image_put(Image *image, const EntryId *id, const Entry *entry)
{
    return image_put_below(image, id, NULL, entry);
}

/* ---- single attributes ---- */

static guint32
find(const Image *image, const Column *column, const Value *value)
{
    guint32 node = column->is_dn ? image_find_node_of_value(image, value) : ID_NONE;

    if (node != ID_NONE)
        return dictionary_find_node(&column->values, node);
    Value octets = as_stored(image, column, value);
    return dictionary_find(&column->values, octets.data, octets.length);
}

static void
keep_others(const Image *image, Column *column, const ImageChange *change, const guint32 *old, guint32 n_old,
            ValueList *list)
{
    g_autoptr(GHashTable) gone = g_hash_table_new(NULL, NULL);

    for (guint i = 0; change->kind == IMAGE_DELETE && i < change->n_values; i++)
        g_hash_table_add(gone, GUINT_TO_POINTER(find(image, column, &change->values[i])));
    for (guint32 i = 0; i < n_old; i++) {
        if (g_hash_table_contains(gone, GUINT_TO_POINTER(old[i])))
            continue;
        dictionary_hold(&column->values, old[i]);
        value_list_add(list, old[i]);
    }
}

/* The values of the attribute after the change, counted. */
static void
changed_values(Image *image, Column *column, const ImageChange *change, const Record *record, ValueList *list)
{
    const guint32 *old;
    guint32        n_old = record_values(record, column->index, &old);

    if (change->kind != IMAGE_SET)
        keep_others(image, column, change, old, n_old, list);
    if (change->kind != IMAGE_DELETE)
        take_all(image, column, change->values, change->n_values, list);
}

static void
apply(Image *image, guint32 node, const ImageChange *change)
{
    Column       *column = image_make_column(image, schema_attribute_key(change->attribute));
    const Record *record = IMAGE_NODE(image, node)->record;
    ValueList     list = {.list = g_array_new(FALSE, FALSE, sizeof(guint32))};
    gboolean      added = FALSE;
    RecordWalk    walk;

    if (is_worked_out(image, column)) {
        value_list_clear(&list);
        return;
    }
    changed_values(image, column, change, record, &list);
    record_draft_reset(&image->draft);
    record_walk_init(&walk, record);
    while (record_walk_next(&walk)) {
        if (walk.column != column->index) {
            image_draft_same(image, &walk);
            continue;
        }
        record_draft_add(&image->draft, walk.column, (const guint32 *)(void *)list.list->data, list.list->len);
        added = TRUE;
    }
    if (!added)
        record_draft_add(&image->draft, column->index, (const guint32 *)(void *)list.list->data, list.list->len);
    value_list_clear(&list);
    image_set_record(image, node, record_draft_finish(&image->draft));
}

gboolean
image_move(Image *image, const EntryId *id, const EntryId *parent, const char *dn)
{
    g_auto(DnParts) parts = {0};
    guint32 node = image_node_of_id(image, id);

    if (node == ID_NONE || IMAGE_NODE(image, node)->record == NULL)
        return FALSE;
    if (dn_parts_init(&parts, dn))
        node = place(image, id, parent, &parts);
    image_mark_dirty(image, node);
    image->version++;
    return TRUE;
}

gboolean
image_patch(Image *image, const EntryId *id, const char *dn, const ImageChange *changes, guint n_changes)
{
    if (dn != NULL && !image_move(image, id, NULL, dn))
        return FALSE;
    guint32 node = image_node_of_id(image, id);
    if (node == ID_NONE || IMAGE_NODE(image, node)->record == NULL)
        return FALSE;
    for (guint i = 0; i < n_changes; i++)
        apply(image, node, &changes[i]);
    image_mark_dirty(image, node);
    image->version++;
    return TRUE;
}

/* ---- the end of an object ---- */

static void
take_out(Image *image, guint32 node, Column *column, guint32 value)
{
    RecordWalk walk;

    record_draft_reset(&image->draft);
    record_walk_init(&walk, IMAGE_NODE(image, node)->record);
    while (record_walk_next(&walk)) {
        if (walk.column != column->index) {
            image_draft_same(image, &walk);
            continue;
        }
        g_autoptr(GArray) others = g_array_new(FALSE, FALSE, sizeof(guint32));
        for (guint32 i = 0; i < walk.n_values; i++) {
            if (walk.values[i] == value)
                continue;
            dictionary_hold(&column->values, walk.values[i]);
            g_array_append_val(others, walk.values[i]);
        }
        record_draft_add(&image->draft, walk.column, (const guint32 *)(void *)others->data, others->len);
    }
    image_set_record(image, node, record_draft_finish(&image->draft));
    image_mark_dirty(image, node);
}

void
image_unlink(Image *image, const EntryId *id)
{
    guint32 node = image_node_of_id(image, id);

    if (!image->is_ad || node == ID_NONE)
        return;
    IMAGE_NODE(image, node)->n_references++;
    for (guint i = 0; i < image->pairs->len; i++) {
        const LinkPair *pair = g_ptr_array_index(image->pairs, i);
        Column         *column = pair->forward_column;
        guint32         value = column != NULL ? dictionary_find_node(&column->values, node) : ID_NONE;
        g_autoptr(GArray) sources = g_array_new(FALSE, FALSE, sizeof(guint32));
        if (value != ID_NONE && column->has_postings)
            postings_append(&column->postings, value, sources);
        for (guint source = 0; source < sources->len; source++)
            take_out(image, g_array_index(sources, guint32, source), column, value);
    }
    IMAGE_NODE(image, node)->n_references--;
    image_drop_if_idle(image, node);
    image->version++;
}

gboolean
image_remove(Image *image, const EntryId *id)
{
    guint32 node = image_node_of_id(image, id);

    if (node == ID_NONE || IMAGE_NODE(image, node)->record == NULL)
        return FALSE;
    image_mark_dirty_around(image, node);
    IMAGE_NODE(image, node)->n_references++;
    image_undo_displaced(image, node);
    image_set_record(image, node, NULL);
    IMAGE_NODE(image, node)->n_references--;
    if (!image->is_ad)
        image_clear_id(image, node);
    image_drop_if_idle(image, node);
    image->version++;
    return TRUE;
}
