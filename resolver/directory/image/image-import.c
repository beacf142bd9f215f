/* SPDX-License-Identifier: BSD-2-Clause
 * image-import.c - entries from rows
 *
 * Owns:     nothing.
 * Promises: rows come in any order: what is named before its own row came is missed in the end if it never comes.
 * Threads:  changing: one, while nobody reads; image_import_ahead() beside it, which touches nothing but the values of
 *           one attribute at a time, under the lock of its column.
 *
 * Looking a value up waits for memory. So an attribute's values are taken together, for many rows, and those that come
 * next are asked for ahead; and the thread that reads rows takes some, too, when it is faster.
 */
#include "image-row-name.h"
#include "image-row.h"
#include "image-rows.h"

/* ---- values ---- */

static gboolean
read_dn(RowReader *reader, Column *column, guint32 *value)
{
    const char *text;
    gsize       length;
    guint32     node;

    if (reader->in.at == reader->in.end || *reader->in.at != ROW_TEXT) {
        if (!image_row_name(reader, &node))
            return FALSE;
        *value = image_take_node(reader->image, column, node);
        return TRUE;
    }
    reader->in.at++;
    if (!row_text(&reader->in, &text, &length))
        return FALSE;
    *value = image_take_value(reader->image, column, text, length, id_hash_octets(text, length));
    return TRUE;
}

/* ---- texts ---- */

enum {
    ENOUGH_ROWS = 4096, /* to tell from them how many values the others have */
    AHEAD = 16,         /* so many are asked for ahead: what is looked up is scattered over memory */
};

/* When there is no room for `more` values: makes it for about as many as all rows will have. */
static void
reserve(const Image *image, Column *column, guint32 more)
{
    Dictionary *values = &column->values;
    guint64     wanted = (guint64)values->n_live + more, seen = column->rows_seen;

    if (seen < ENOUGH_ROWS || image->rows_expected <= seen || dictionary_has_room(values, more))
        return; /* or it grows by leaps, as ever */
    wanted += wanted * (image->rows_expected - seen) / seen;
    dictionary_reserve(values, (guint32)MIN(wanted + wanted / 50, G_MAXINT32));
}

/* The numbers of an attribute's values, in all rows. */
static void
take_texts(Image *image, Column *column, const ImageRows *rows, const RowKey *key)
{
    const RowText *texts = key->texts.items;
    const char    *octets = (const char *)rows->octets->data;
    guint32        n = key->texts.n, *values = rows->values.items;

    column->rows_seen += rows->rows.n;
    reserve(image, column, n);
    for (guint32 i = 0; i < MIN(n, AHEAD); i++)
        id_table_prefetch(&column->values.table, texts[i].hash);
    for (guint32 i = 0; i < n; i++) {
        const RowText *text = &texts[i];
        if (i + AHEAD < n)
            id_table_prefetch(&column->values.table, texts[i + AHEAD].hash);
        values[text->value] = image_take_value(image, column, octets + text->start, text->length, text->hash);
    }
}

/* The columns of the keys, with all texts in them. Of Column *; caller: g_free(). */
static Column **
take_all_texts(Image *image, ImageRows *rows)
{
    Column **columns = g_new(Column *, rows->keys->len + 1);

    for (guint i = 0; i < rows->keys->len; i++) {
        const RowKey *key = &g_array_index(rows->keys, RowKey, i);
        columns[i] = image_make_column(image, key->key);
        if (i >= rows->n_keys_left || key->texts.n == 0)
            continue;
        pthread_mutex_lock(&columns[i]->rows_lock);
        take_texts(image, columns[i], rows, key);
        pthread_mutex_unlock(&columns[i]->rows_lock);
    }
    return columns;
}

gboolean
image_import_ahead(Image *image, ImageRows *rows)
{
    if (rows->n_keys_left == 0)
        return FALSE;
    const RowKey *key = &g_array_index(rows->keys, RowKey, rows->n_keys_left - 1);
    pthread_mutex_lock(&image->columns_lock);
    Column *column = image_column(image, key->key);
    pthread_mutex_unlock(&image->columns_lock);
    if (column == NULL)
        return FALSE;
    rows->n_keys_left--;
    if (key->texts.n == 0)
        return TRUE;
    pthread_mutex_lock(&column->rows_lock);
    take_texts(image, column, rows, key);
    pthread_mutex_unlock(&column->rows_lock);
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

/* ---- rows ---- */

typedef struct {
    const ImageRows *rows;
    Column         **columns; /* of the rows' keys */
    RecordHead      *heads;   /* of the row */
    guint32         *values;
} Taking;

/* Makes the row's heads and values what a record has. FALSE: there is something that no image wrote. */
static gboolean
finish_values(const Taking *taking, RowReader *reader, guint32 n_heads, guint32 *n_values)
{
    guint32 *values = taking->values;

    for (guint32 i = 0; i < n_heads; i++) {
        RecordHead *head = &taking->heads[i];
        Column     *column = taking->columns[head->column];
        if (column->is_dn)
            reader->in.at = taking->rows->octets->data + values[0];
        for (guint32 j = 0; column->is_dn && j < head->n_values; j++)
            if (!read_dn(reader, column, &values[j]))
                return FALSE;
        if (has_repetitions(values, head->n_values))
            return FALSE;
        head->column = column->index;
        values += head->n_values;
    }
    *n_values = (guint32)(values - taking->values);
    return TRUE;
}

static gboolean
take_row(Image *image, Taking *taking, const Row *row)
{
    const guint8 *octets = taking->rows->octets->data;
    RowReader     reader = {{octets + row->place, octets + row->end}, image, taking->rows->text};
    guint32       node, n_values;

    if (!image_row_place(&reader, &row->id, &node) || IMAGE_NODE(image, node)->record != NULL)
        return FALSE;
    IMAGE_NODE(image, node)->n_references++;
    gboolean good = finish_values(taking, &reader, row->n_heads, &n_values);
    IMAGE_NODE(image, node)->n_references--;
    if (!good)
        return FALSE;
    image_set_record(image, node, record_new(taking->heads, row->n_heads, taking->values, n_values));
    taking->heads += row->n_heads;
    taking->values += n_values;
    return TRUE;
}

static gboolean
take_rows(Image *image, const ImageRows *rows, Column **columns)
{
    Taking     taking = {rows, columns, rows->heads.items, rows->values.items};
    const Row *row = rows->rows.items;

    for (guint32 i = 0; i < rows->rows.n; i++) {
        if (i + AHEAD < rows->rows.n)
            image_prefetch_id(image, &row[i + AHEAD].id);
        if (!take_row(image, &taking, &row[i]))
            return FALSE;
    }
    return TRUE;
}

void
image_import_begin(Image *image, guint32 n_rows)
{
    image->rows_expected = n_rows;
    image_nodes_reserve(image, n_rows);
}

gboolean
image_import_rows(Image *image, ImageRows *rows, GError **error)
{
    image->version++;
    g_autofree Column **columns = take_all_texts(image, rows);
    if (take_rows(image, rows, columns))
        return TRUE;
    g_set_error_literal(error, DIRECTORY_ERROR, DIRECTORY_ERROR_INCOMPLETE, "a row of the image cannot be read");
    return FALSE;
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
    if (n_missing == 0)
        return TRUE;
    g_set_error(error, DIRECTORY_ERROR, DIRECTORY_ERROR_INCOMPLETE,
                "%u entries that rows of the image name are not there or not where they were", n_missing);
    return FALSE;
}
