/* SPDX-License-Identifier: BSD-2-Clause
 * image-columns.c - the values of entries, attribute by attribute, and the indexes kept with them
 *
 * Owns:     the columns.
 * Promises: after each function presence, postings and keys say what the records say.
 * Threads:  reading: any; changing: one, while nobody reads.
 */
#include "image-private.h"

#include <string.h>

/* ---- columns ---- */

Column *
image_column(const Image *image, const char *key)
{
    return g_hash_table_lookup(image->column_of_key, key);
}

static gboolean
is_among(char **names, const char *key)
{
    for (; *names != NULL; names++)
        if (g_ascii_strcasecmp(*names, key) == 0)
            return TRUE;
    return FALSE;
}

static void
join_pair(const Image *image, Column *column)
{
    column->pair = g_hash_table_lookup(image->pair_of_key, column->key);
    if (column->pair == NULL)
        return;
    if (column->pair->forward == column->type)
        column->pair->forward_column = column;
    else
        column->pair->back_column = column;
}

Column *
image_make_column(Image *image, const char *key)
{
    Column *column = image_column(image, key);

    if (column != NULL)
        return column;
    column = g_new0(Column, 1);
    column->index = image->columns->len;
    column->key = key;
    column->type = schema_attribute(image->schema, key);
    column->is_dn = column->type != NULL && column->type->equality == RULE_DN;
    column->is_address = is_among(image->address_attributes, key);
    column->is_proxy = strcmp(key, "proxyaddresses") == 0;
    pthread_mutex_init(&column->rows_lock, NULL);
    dictionary_init(&column->values, column->is_dn);
    postings_init(&column->postings);
    join_pair(image, column);
    column->has_postings = column->is_dn;
    if (image->is_indexed) {
        column->presence = id_set_new();
        column->has_postings |= column->is_address;
        column->has_addresses = column->is_address;
    }
    g_ptr_array_add(image->columns, column);
    pthread_mutex_lock(&image->columns_lock);
    g_hash_table_insert(image->column_of_key, (gpointer)column->key, column);
    pthread_mutex_unlock(&image->columns_lock);
    return column;
}

void
image_column_free(gpointer data)
{
    Column *column = data;

    pthread_mutex_destroy(&column->rows_lock);
    dictionary_clear(&column->values);
    id_set_free(column->presence);
    postings_clear(&column->postings);
    id_table_clear(&column->keys);
    id_table_clear(&column->addresses);
    g_free(column);
}

/* ---- values ---- */

guint32
image_take_value(Image *image, Column *column, const char *data, gsize length, guint64 hash)
{
    gboolean is_new;
    guint32  value = dictionary_take(&column->values, data, length, hash, &is_new);

    if (is_new && image->is_indexed)
        image_column_add_keys(column, value);
    return value;
}

guint32
image_take_node(Image *image, Column *column, guint32 node)
{
    gboolean is_new;
    guint32  value = dictionary_take_node(&column->values, node, &is_new);

    if (is_new)
        IMAGE_NODE(image, node)->n_references++;
    return value;
}

void
image_release_value(Image *image, Column *column, guint32 value)
{
    guint32  node;
    gboolean is_node = dictionary_node(&column->values, value, &node);
    gboolean is_last = dictionary_is_last(&column->values, value);

    if (is_last && !is_node && image->is_indexed)
        image_column_remove_keys(column, value);
    dictionary_release(&column->values, value);
    if (!is_last || !is_node)
        return;
    IMAGE_NODE(image, node)->n_references--;
    image_drop_if_idle(image, node);
}

/* ---- records ---- */

static void
post(Column *column, guint32 node, const guint32 *values, guint32 n_values, gboolean add)
{
    if (!column->has_postings)
        return;
    for (guint32 i = 0; i < n_values; i++)
        (add ? postings_add : postings_remove)(&column->postings, values[i], node);
}

/* The lists of one column, before and after: what both begin and end with does not concern the postings, and a list has
 * no value twice. */
static void
relink(Column *column, guint32 node, const guint32 *old, guint32 n_old, const guint32 *new, guint32 n_new)
{
    if (column->presence != NULL && n_old == 0 && n_new > 0)
        id_set_add(column->presence, node);
    if (column->presence != NULL && n_old > 0 && n_new == 0)
        id_set_remove(column->presence, node);
    while (n_old > 0 && n_new > 0 && *old == *new) {
        old++, new ++;
        n_old--, n_new--;
    }
    while (n_old > 0 && n_new > 0 && old[n_old - 1] == new[n_new - 1])
        n_old--, n_new--;
    post(column, node, old, n_old, FALSE);
    post(column, node, new, n_new, TRUE);
}

static Column *
column_at(const Image *image, guint32 index)
{
    return g_ptr_array_index(image->columns, index);
}

static void
relink_record(Image *image, guint32 node, const Record *old, const Record *new)
{
    RecordWalk     walk;
    const guint32 *values;

    if (new != NULL) {
        record_walk_init(&walk, new);
        while (record_walk_next(&walk)) {
            guint32 n_old = 0;
            values = NULL;
            if (old != NULL)
                n_old = record_values(old, walk.column, &values);
            relink(column_at(image, walk.column), node, values, n_old, walk.values, walk.n_values);
        }
    }
    if (old == NULL)
        return;
    record_walk_init(&walk, old);
    while (record_walk_next(&walk))
        if (new == NULL || record_values(new, walk.column, &values) == 0)
            relink(column_at(image, walk.column), node, walk.values, walk.n_values, NULL, 0);
}

static void
count_entry(Image *image, guint32 id)
{
    const Node *node = IMAGE_NODE(image, id);

    if (node->record != NULL && (node->flags & NODE_DISPLACED) == 0)
        id_set_add(image->entries, id);
    else
        id_set_remove(image->entries, id);
}

void
image_set_record(Image *image, guint32 node, Record *record)
{
    Record *old = IMAGE_NODE(image, node)->record;

    relink_record(image, node, old, record);
    IMAGE_NODE(image, node)->record = record;
    count_entry(image, node);
    if (old == NULL)
        return;
    RecordWalk walk;
    record_walk_init(&walk, old);
    while (record_walk_next(&walk))
        for (guint32 i = 0; i < walk.n_values; i++)
            image_release_value(image, column_at(image, walk.column), walk.values[i]);
    g_free(old);
}

void
image_move_record(Image *image, guint32 from, guint32 to)
{
    Record *record = IMAGE_NODE(image, from)->record;

    relink_record(image, from, record, NULL);
    relink_record(image, to, NULL, record);
    IMAGE_NODE(image, from)->record = NULL;
    IMAGE_NODE(image, to)->record = record;
    count_entry(image, from);
    count_entry(image, to);
}

/* ---- references ---- */

/* Values of one column with one of them replaced by another, or left out where that is there already. All are counted.
 */
static void
draft_replaced(Image *image, Column *column, const RecordWalk *walk, guint32 old, guint32 new)
{
    g_autoptr(GArray) changed = g_array_new(FALSE, FALSE, sizeof(guint32));
    gboolean has_new = FALSE;

    for (guint32 i = 0; i < walk->n_values; i++)
        has_new |= walk->values[i] == new;
    for (guint32 i = 0; i < walk->n_values; i++) {
        guint32 value = walk->values[i] == old ? new : walk->values[i];
        if (walk->values[i] == old && has_new)
            continue;
        dictionary_hold(&column->values, value);
        g_array_append_val(changed, value);
    }
    record_draft_add(&image->draft, walk->column, (const guint32 *)(void *)changed->data, changed->len);
}

void
image_draft_same(Image *image, const RecordWalk *walk)
{
    Column *column = column_at(image, walk->column);

    for (guint32 i = 0; i < walk->n_values; i++)
        dictionary_hold(&column->values, walk->values[i]);
    record_draft_add(&image->draft, walk->column, walk->values, walk->n_values);
}

static Record *
replace_value(Image *image, const Record *record, Column *column, guint32 old, guint32 new)
{
    RecordWalk walk;

    record_draft_reset(&image->draft);
    record_walk_init(&walk, record);
    while (record_walk_next(&walk)) {
        if (walk.column == column->index)
            draft_replaced(image, column, &walk, old, new);
        else
            image_draft_same(image, &walk);
    }
    return record_draft_finish(&image->draft);
}

static void
move_value(Image *image, Column *column, guint32 old, guint32 new)
{
    g_autoptr(GArray) nodes = g_array_new(FALSE, FALSE, sizeof(guint32));

    postings_append(&column->postings, old, nodes);
    for (guint i = 0; i < nodes->len; i++) {
        guint32 node = g_array_index(nodes, guint32, i);
        image_set_record(image, node, replace_value(image, IMAGE_NODE(image, node)->record, column, old, new));
    }
}

void
image_move_references(Image *image, guint32 from, guint32 to)
{
    for (guint i = 0; i < image->columns->len; i++) {
        Column *column = column_at(image, i);
        guint32 old = column->is_dn ? dictionary_find_node(&column->values, from) : ID_NONE;
        guint32 new = column->is_dn ? dictionary_find_node(&column->values, to) : ID_NONE;
        if (old == ID_NONE)
            continue;
        if (new == ID_NONE) {
            dictionary_set_node(&column->values, old, to);
            IMAGE_NODE(image, from)->n_references--;
            IMAGE_NODE(image, to)->n_references++;
        } else {
            move_value(image, column, old, new);
        }
    }
}
