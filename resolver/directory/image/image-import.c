/* SPDX-License-Identifier: BSD-2-Clause
 * image-import.c - entries from rows
 *
 * Owns:     nothing.
 * Promises: a row may hold any octets: it is read or refused. Rows come in any order: what is named before its own row
 * came is expected, and missed in the end if it never comes. Threads:  changing: one, while nobody reads.
 */
#include "image-private.h"

#include "image-row.h"
#include "resolver/schema/dn-walk.h"

#include <string.h>

/* A text that is to be looked up in a dictionary. Looking up waits for memory: all of a row are asked for at once. */
typedef struct {
    Column     *column;
    const char *text;
    gsize       length;
    guint64     hash;
    guint32     index; /* of its number, in RowRoom.values */
} Pending;

typedef struct {
    const guint8 *at, *end;
    Image        *image;
    RowRoom      *room; /* of RecordHead, of the numbers of all values, of Pending; `text`: for texts that need a NUL */
} Reader;

static void
row_list_grow(RowList *list, gsize item_size)
{
    list->room = MAX(64, list->room * 2);
    list->items = g_realloc_n(list->items, list->room, item_size);
}

/* Room for one more: GArray would ask more than the reading itself. */
static inline gpointer
row_list_next(RowList *list, gsize item_size)
{
    if (list->n == list->room)
        row_list_grow(list, item_size);
    return (char *)list->items + list->n++ * item_size;
}

static gboolean
read_octet(Reader *reader, guint8 *octet)
{
    if (reader->at == reader->end)
        return FALSE;
    *octet = *reader->at++;
    return TRUE;
}

static gboolean
read_number(Reader *reader, gsize *number)
{
    guint8 octet;

    *number = 0;
    for (guint shift = 0; shift < 35; shift += 7) {
        if (!read_octet(reader, &octet))
            return FALSE;
        *number |= (gsize)(octet & 0x7f) << shift;
        if ((octet & 0x80) == 0)
            return TRUE;
    }
    return FALSE;
}

static gboolean
read_text(Reader *reader, const char **text, gsize *length)
{
    if (!read_number(reader, length) || *length > (gsize)(reader->end - reader->at))
        return FALSE;
    *text = (const char *)reader->at;
    reader->at += *length;
    return TRUE;
}

static gboolean
read_id(Reader *reader, EntryId *id)
{
    if ((gsize)(reader->end - reader->at) < sizeof id->octets)
        return FALSE;
    memcpy(id->octets, reader->at, sizeof id->octets);
    reader->at += sizeof id->octets;
    return TRUE;
}

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
read_rdn(Reader *reader, DnParts *parts, gboolean may_be_unknown, DnPart *part)
{
    const char *text;
    gsize       length;

    if (!read_text(reader, &text, &length) || memchr(text, '\0', length) != NULL)
        return FALSE;
    if (read_plain_key(reader->room->text, text, length)) {
        *part = (DnPart){text, reader->room->text->str, length, reader->room->text->len};
        return TRUE;
    }
    g_string_truncate(reader->room->text, 0);
    g_string_append_len(reader->room->text, text, (gssize)length);
    if (may_be_unknown && reader->room->text->str[0] == '<') {
        *part = (DnPart){.text = text, .text_length = length, .key = text, .key_length = length};
        return TRUE;
    }
    if (!dn_parts_init(parts, reader->room->text->str) || parts->parts->len != 1)
        return FALSE;
    *part = g_array_index(parts->parts, DnPart, 0);
    part->text = text;
    part->text_length = length;
    return TRUE;
}

/* ---- names ---- */

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
read_outside(Reader *reader, guint32 parent, gboolean has_place, const EntryId *id, guint32 *node)
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
read_name(Reader *reader, guint levels, guint32 *node)
{
    guint32 parent = NODE_ROOT;
    guint8  kind;
    EntryId id;
    DnPart  part;

    if (levels == 0 || !read_octet(reader, &kind) || kind > ROW_NOWHERE)
        return FALSE;
    *node = NODE_ROOT;
    if (kind == ROW_ROOT)
        return TRUE;
    if (kind != ROW_NAME && (!reader->image->is_ad || !read_id(reader, &id)))
        return FALSE;
    if (kind == ROW_ENTRY) {
        *node = expect_entry(reader->image, &id);
        return TRUE;
    }
    if (kind != ROW_NOWHERE && !read_name(reader, levels - 1, &parent))
        return FALSE;
    if (kind != ROW_NAME)
        return read_outside(reader, parent, kind == ROW_OUTSIDE, &id, node);
    g_auto(DnParts) parts = {0};
    if (!read_rdn(reader, &parts, FALSE, &part))
        return FALSE;
    *node = child_by_name(reader->image, parent, &part);
    return TRUE;
}

static gboolean
read_place(Reader *reader, const EntryId *id, guint32 *node)
{
    g_auto(DnParts) parts = {0};
    Image  *image = reader->image;
    guint32 parent;
    guint8  kind;
    DnPart  part;

    *node = NODE_ROOT;
    if (!read_octet(reader, &kind) || (kind != ROW_ROOT && kind != ROW_NAME))
        return FALSE;
    if (kind == ROW_ROOT) {
        if ((IMAGE_NODE(image, NODE_ROOT)->flags & NODE_HAS_ID) != 0 || image_node_of_id(image, id) != ID_NONE)
            return FALSE;
        image_set_id(image, NODE_ROOT, id);
        return TRUE;
    }
    if (!read_name(reader, ROW_MOST_LEVELS, &parent) || !read_rdn(reader, &parts, FALSE, &part))
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

/* ---- attributes ---- */

/* Rows mostly name the same attributes in the same order. */
static Column *
column_of(Image *image, const Column *last, const char *key, gsize length)
{
    guint32 hint = last != NULL ? last->next : 0;
    Column *hinted = hint < image->columns->len ? g_ptr_array_index(image->columns, hint) : NULL;

    if (hinted != NULL && strncmp(hinted->key, key, length) == 0 && hinted->key[length] == '\0')
        return hinted;
    g_autofree char *name = g_strndup(key, length);
    return image_make_column(image, schema_attribute_key(name));
}

/* One value: its number now, or later. */
static gboolean
read_value(Reader *reader, Column *column)
{
    gboolean is_node = column->is_dn && reader->at < reader->end && *reader->at != ROW_TEXT;
    guint32  index = reader->room->values.n, node;
    guint32 *value = row_list_next(&reader->room->values, sizeof *value);

    if (is_node) {
        if (!read_name(reader, ROW_MOST_LEVELS, &node))
            return FALSE;
        *value = image_take_node(reader->image, column, node);
        return TRUE;
    }
    Pending *pending = row_list_next(&reader->room->pending, sizeof *pending);
    if (column->is_dn && reader->at < reader->end)
        reader->at++;
    if (!read_text(reader, &pending->text, &pending->length))
        return FALSE;
    pending->column = column;
    pending->index = index;
    pending->hash = id_hash_octets(pending->text, pending->length);
    id_table_prefetch(&column->values.table, pending->hash);
    return TRUE;
}

static gboolean
read_attribute(Reader *reader, Column **last)
{
    const char *key;
    gsize       length, n_values;

    if (!read_text(reader, &key, &length) || memchr(key, '\0', length) != NULL || !read_number(reader, &n_values) ||
        n_values == 0 || n_values > (gsize)(reader->end - reader->at))
        return FALSE;
    Column     *column = column_of(reader->image, *last, key, length);
    RecordHead *head = row_list_next(&reader->room->heads, sizeof *head);
    *head = (RecordHead){.column = column->index, .n_values = (guint32)n_values};
    if (*last != NULL)
        (*last)->next = column->index;
    *last = column;
    if (column->row == reader->image->version) /* an image never writes an attribute twice */
        return FALSE;
    column->row = reader->image->version;
    for (gsize i = 0; i < n_values; i++)
        if (!read_value(reader, column))
            return FALSE;
    return TRUE;
}

/* An image never writes a value twice. */
static gboolean
has_repetitions(const guint32 *values, guint32 n_values)
{
    if (n_values > 16) {
        g_autoptr(IdSet) set = id_set_of(values, n_values);
        return id_set_size(set) != n_values;
    }
    for (guint32 i = 1; i < n_values; i++)
        for (guint32 j = 0; j < i; j++)
            if (values[i] == values[j])
                return TRUE;
    return FALSE;
}

/* NULL: there is something that no image wrote. */
static Record *
read_record(Reader *reader)
{
    RowRoom *room = reader->room;
    Column  *last = NULL;

    room->heads.n = room->values.n = room->pending.n = 0;
    while (reader->at < reader->end)
        if (!read_attribute(reader, &last))
            return NULL;
    const RecordHead *heads = room->heads.items;
    const Pending    *pending = room->pending.items;
    guint32          *values = room->values.items;
    for (guint32 i = 0; i < room->pending.n; i++)
        values[pending[i].index] =
            image_take_value(reader->image, pending[i].column, pending[i].text, pending[i].length, pending[i].hash);
    for (guint32 i = 0, start = 0; i < room->heads.n; start += heads[i++].n_values)
        if (has_repetitions(values + start, heads[i].n_values))
            return NULL;
    return record_new(heads, room->heads.n, values, room->values.n);
}

static gboolean
read_row(Reader *reader, const EntryId *id)
{
    Image  *image = reader->image;
    guint32 node;
    guint8  version;

    if (!read_octet(reader, &version) || version != ROW_VERSION)
        return FALSE;
    if (!read_place(reader, id, &node) || IMAGE_NODE(image, node)->record != NULL)
        return FALSE;
    IMAGE_NODE(image, node)->n_references++;
    Record *record = read_record(reader);
    IMAGE_NODE(image, node)->n_references--;
    if (record != NULL)
        image_set_record(image, node, record);
    return record != NULL;
}

gboolean
image_import(Image *image, const EntryId *id, const guint8 *row, gsize length, GError **error)
{
    Reader reader = {.at = row, .end = row + length, .image = image, .room = &image->row_room};

    if (image->row_room.text == NULL)
        image->row_room.text = g_string_new(NULL);
    image->version++;
    if (read_row(&reader, id))
        return TRUE;
    g_set_error_literal(error, DIRECTORY_ERROR, DIRECTORY_ERROR_INCOMPLETE, "a row of the image cannot be read");
    return FALSE;
}

void
image_row_room_clear(Image *image)
{
    RowRoom *room = &image->row_room;

    if (room->text != NULL)
        g_string_free(room->text, TRUE);
    g_free(room->heads.items);
    g_free(room->values.items);
    g_free(room->pending.items);
    *room = (RowRoom){0};
}

gboolean
image_import_end(Image *image, GError **error)
{
    guint n_missing = image->n_displaced;

    for (guint32 id = 0; id < image->n_nodes; id++) {
        Node *node = IMAGE_NODE(image, id);
        if ((node->flags & NODE_EXPECTED) != 0 && node->record == NULL)
            n_missing++;
        node->flags &= (guint8) ~(NODE_EXPECTED | NODE_DIRTY);
    }
    g_array_set_size(image->dirty, 0);
    image_row_room_clear(image);
    if (n_missing == 0)
        return TRUE;
    g_set_error(error, DIRECTORY_ERROR, DIRECTORY_ERROR_INCOMPLETE,
                "%u entries that rows of the image name are not there or not where they were", n_missing);
    return FALSE;
}
