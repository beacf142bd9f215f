/* SPDX-License-Identifier: BSD-2-Clause
 * image-rows.c - rows read as far as that can be done without an image, by another thread than the image's
 *
 * Owns:     a copy of the rows' octets.
 * Promises: a row may hold any octets: it is read or refused.
 * Threads:  one at a time for some rows; any number of ImageRows side by side.
 */
#include "image-rows.h"

#include "id-table.h"
#include "image-row.h"
#include "row-octets.h"

#include <string.h>

void
row_list_grow(RowList *list, gsize item_size)
{
    list->room = MAX(64, MIN(list->room, G_MAXUINT32 / 4) * 4);
    list->items = g_realloc_n(list->items, list->room, item_size);
}

ImageRows *
image_rows_new(Schema *schema, guint octets)
{
    ImageRows *rows = g_new0(ImageRows, 1);

    rows->schema = schema_ref(schema);
    rows->text = g_string_new(NULL);
    rows->octets = g_byte_array_sized_new(octets);
    rows->keys = g_array_new(FALSE, FALSE, sizeof(RowKey));
    row_list_grow(&rows->heads, sizeof(RecordHead)); /* rows may have none, and yet they are pointed to */
    row_list_grow(&rows->values, sizeof(guint32));
    return rows;
}

void
image_rows_free(ImageRows *rows)
{
    if (rows == NULL)
        return;
    for (guint i = 0; i < rows->keys->len; i++)
        g_free(g_array_index(rows->keys, RowKey, i).texts.items);
    g_array_unref(rows->keys);
    g_string_free(rows->text, TRUE);
    g_byte_array_unref(rows->octets);
    g_free(rows->rows.items);
    g_free(rows->heads.items);
    g_free(rows->values.items);
    schema_unref(rows->schema);
    g_free(rows);
}

gsize
image_rows_octets(const ImageRows *rows)
{
    return rows->octets->len;
}

/* ---- attributes ---- */

static guint32
find_key(ImageRows *rows, const char *text, gsize length)
{
    g_autofree char *name = g_strndup(text, length);
    const char      *key = schema_attribute_key(name);

    for (guint i = 0; i < rows->keys->len; i++)
        if (g_array_index(rows->keys, RowKey, i).key == key)
            return i;
    const AttributeType *type = schema_attribute(rows->schema, key);
    RowKey new = {.key = key, .length = (guint32)strlen(key), .is_dn = type != NULL && type->equality == RULE_DN};
    g_array_append_val(rows->keys, new);
    return rows->n_keys_left++;
}

/* Rows mostly name the same attributes in the same order. FALSE: it is no name. */
static gboolean
key_of(ImageRows *rows, guint32 previous, const char *name, gsize length, guint32 *key)
{
    guint32       hint = previous < rows->keys->len ? g_array_index(rows->keys, RowKey, previous).next : 0;
    const RowKey *hinted = hint < rows->keys->len ? &g_array_index(rows->keys, RowKey, hint) : NULL;

    *key = hint;
    if (hinted != NULL && hinted->length == length && memcmp(hinted->key, name, length) == 0)
        return TRUE;
    if (memchr(name, '\0', length) != NULL)
        return FALSE;
    *key = find_key(rows, name, length);
    if (previous < rows->keys->len)
        g_array_index(rows->keys, RowKey, previous).next = *key;
    return TRUE;
}

static gboolean
skip_text(RowOctets *in)
{
    const char *text;
    gsize       length;

    return row_text(in, &text, &length);
}

/* A name, of which image-import.c makes a node: here, where it ends. */
static gboolean
skip_name(RowOctets *in)
{
    guint   n_texts = 0;
    guint8  kind;
    EntryId id;

    do {
        if (!row_octet(in, &kind) || kind > ROW_NOWHERE)
            return FALSE;
        if (kind != ROW_ROOT && kind != ROW_NAME && !row_id(in, &id))
            return FALSE;
        n_texts += kind != ROW_ROOT && kind != ROW_ENTRY;
    } while ((kind == ROW_NAME || kind == ROW_OUTSIDE) && n_texts <= ROW_MOST_LEVELS);
    for (; n_texts > 0; n_texts--)
        if (!skip_text(in))
            return FALSE;
    return TRUE;
}

static gboolean
skip_dns(RowOctets *in, gsize n_values)
{
    for (; n_values > 0; n_values--) {
        gboolean is_text = in->at < in->end && *in->at == ROW_TEXT;
        if (is_text)
            in->at++;
        if (is_text ? !skip_text(in) : !skip_name(in))
            return FALSE;
    }
    return TRUE;
}

/* ---- rows ---- */

typedef struct {
    RowOctets     in;
    ImageRows    *rows;
    const guint8 *start; /* of the row, that will lie at `offset` */
    guint32       offset;
} Reading;

static guint32
offset_of(const Reading *reading, gconstpointer at)
{
    return reading->offset + (guint32)((const guint8 *)at - reading->start);
}

static gboolean
read_texts(Reading *reading, RowKey *key, guint32 value, gsize n_values)
{
    for (gsize i = 0; i < n_values; i++) {
        RowText    *text = row_list_next(&key->texts, sizeof *text);
        const char *at;
        gsize       length;
        if (!row_text(&reading->in, &at, &length))
            return FALSE;
        *text = (RowText){
            .hash = id_hash_octets(at, length),
            .start = offset_of(reading, at),
            .length = (guint32)length,
            .value = value + (guint32)i,
        };
    }
    return TRUE;
}

static gboolean
read_attribute(Reading *reading, guint32 *last)
{
    ImageRows  *rows = reading->rows;
    RowOctets  *in = &reading->in;
    const char *name;
    gsize       length, n_values;

    if (!row_text(in, &name, &length) || !row_number(in, &n_values) || n_values == 0 ||
        n_values > (gsize)(in->end - in->at) || !key_of(rows, *last, name, length, last))
        return FALSE;
    RowKey *key = &g_array_index(rows->keys, RowKey, *last);
    if (key->row == rows->rows.n) /* an image never writes an attribute twice */
        return FALSE;
    key->row = rows->rows.n;
    RecordHead *head = row_list_next(&rows->heads, sizeof *head);
    *head = (RecordHead){.column = *last, .n_values = (guint32)n_values};
    guint32 first = rows->values.n, start = offset_of(reading, in->at);
    for (gsize i = 0; i < n_values; i++)
        *(guint32 *)row_list_next(&rows->values, sizeof start) = start;
    return key->is_dn ? skip_dns(in, n_values) : read_texts(reading, key, first, n_values);
}

static gboolean
read_row(Reading *reading, Row *row)
{
    guint32 last = G_MAXUINT32, n_heads = 0;
    guint8  version;

    if (!row_octet(&reading->in, &version) || version != ROW_VERSION)
        return FALSE;
    row->place = offset_of(reading, reading->in.at);
    if (!skip_name(&reading->in))
        return FALSE;
    for (; reading->in.at < reading->in.end; n_heads++)
        if (!read_attribute(reading, &last))
            return FALSE;
    row->n_heads = n_heads;
    return TRUE;
}

gboolean
image_rows_add(ImageRows *rows, const EntryId *id, const guint8 *row, gsize length, GError **error)
{
    Reading reading = {.in = {row, row + length}, .rows = rows, .start = row, .offset = rows->octets->len};
    Row *new = row_list_next(&rows->rows, sizeof *new);

    if (length < G_MAXINT32 - rows->octets->len && read_row(&reading, new)) {
        new->id = *id;
        new->end = rows->octets->len + (guint32)length;
        g_byte_array_append(rows->octets, row, (guint)length);
        return TRUE;
    }
    g_set_error_literal(error, DIRECTORY_ERROR, DIRECTORY_ERROR_INCOMPLETE, "a row of the image cannot be read");
    return FALSE;
}
