/* SPDX-License-Identifier: BSD-2-Clause
 * stream-batch.c - changes, gathered into the batches of a pass
 *
 * Owns:    the batch under way.
 * Threads: the stream's.
 */
#include "stream-private.h"

#include <string.h>

enum { BATCH = 1000 };

static void
attribute_free(gpointer data)
{
    StreamAttribute *attribute = data;

    g_free(attribute->attribute);
    g_ptr_array_unref(attribute->values);
    g_free(attribute);
}

/* With a NUL behind them, as a Value has it. */
static GBytes *
copy_octets(const struct berval *value)
{
    char *octets = g_malloc(value->bv_len + 1);

    memcpy(octets, value->bv_val, value->bv_len);
    octets[value->bv_len] = '\0';
    return g_bytes_new_take(octets, value->bv_len);
}

StreamAttribute *
stream_attribute_new(ImageChangeKind kind, const char *name, const struct berval *values)
{
    StreamAttribute *attribute = g_new0(StreamAttribute, 1);

    attribute->kind = kind;
    attribute->attribute = g_strdup(name);
    attribute->values = g_ptr_array_new_with_free_func((GDestroyNotify)g_bytes_unref);
    for (; values != NULL && values->bv_val != NULL; values++)
        g_ptr_array_add(attribute->values, copy_octets(values));
    return attribute;
}

StreamChange *
stream_change_new(StreamChangeKind kind, const EntryId *id)
{
    StreamChange *change = g_new0(StreamChange, 1);

    change->kind = kind;
    change->id = *id;
    if (kind == STREAM_PATCH)
        change->changes = g_ptr_array_new_with_free_func(attribute_free);
    return change;
}

void
stream_change_free(StreamChange *change)
{
    if (change == NULL)
        return;
    g_clear_pointer(&change->entry, entry_unref);
    g_clear_pointer(&change->changes, g_ptr_array_unref);
    g_free(change);
}

static StreamBatch *
batch_new(const StreamRun *run, StreamPass pass, gboolean first)
{
    StreamBatch *batch = g_new0(StreamBatch, 1);

    batch->pass = pass;
    batch->first = first;
    batch->top = g_strdup(run->context);
    batch->changes = g_ptr_array_new_full(BATCH, (GDestroyNotify)stream_change_free);
    return batch;
}

void
stream_batch_free(StreamBatch *batch)
{
    if (batch == NULL)
        return;
    g_free(batch->top);
    g_ptr_array_unref(batch->changes);
    g_clear_pointer(&batch->cookie, g_bytes_unref);
    g_free(batch);
}

void
stream_pass_begin(StreamRun *run, StreamPass pass)
{
    stream_pass_drop(run);
    run->batch = batch_new(run, pass, TRUE);
    run->n_changes = 0;
}

void
stream_pass_drop(StreamRun *run)
{
    g_clear_pointer(&run->batch, stream_batch_free);
}

/* For a presence pass that is being gathered meanwhile. */
static void
remember(StreamRun *run, const StreamChange *change)
{
    GHashTable *to = change->kind == STREAM_REMOVE ? run->gone : run->born;
    GHashTable *from = change->kind == STREAM_REMOVE ? run->born : run->gone;

    if (to == NULL || change->kind == STREAM_EXISTS)
        return;
    g_hash_table_remove(from, &change->id);
    g_hash_table_add(to, g_memdup2(&change->id, sizeof change->id));
}

/* What the receiver took of the time was not the server's silence. */
static gboolean
deliver(StreamRun *run, GError **error)
{
    gboolean taken = stream_deliver(run->stream, g_steal_pointer(&run->batch), error);

    run->connection->heard = g_get_monotonic_time();
    return taken;
}

gboolean
stream_pass_add(StreamRun *run, StreamChange *change, GError **error)
{
    StreamPass pass = run->batch->pass;
    gboolean   in_order = run->batch->in_order;

    remember(run, change);
    g_ptr_array_add(run->batch->changes, change);
    run->n_changes++;
    if (run->batch->changes->len < BATCH)
        return TRUE;
    if (!deliver(run, error))
        return FALSE;
    run->batch = batch_new(run, pass, FALSE);
    run->batch->in_order = in_order;
    return TRUE;
}

gboolean
stream_pass_end(StreamRun *run, GBytes *note, gint64 as_of, GError **error)
{
    run->batch->last = TRUE;
    run->batch->as_of = as_of;
    run->batch->cookie = note != NULL ? g_bytes_ref(note) : NULL;
    return deliver(run, error);
}

gboolean
stream_id_read(const char *data, gsize length, EntryId *id)
{
    if (length != sizeof id->octets)
        return FALSE;
    memcpy(id->octets, data, length);
    return TRUE;
}

gboolean
stream_id_parse(const char *text, gsize length, EntryId *id)
{
    guint n_digits = 0;

    for (gsize i = 0; i < length; i++) {
        int digit = g_ascii_xdigit_value(text[i]);
        if (digit < 0 && text[i] == '-')
            continue;
        if (digit < 0 || n_digits >= 2 * sizeof id->octets)
            return FALSE;
        guint8 *octet = &id->octets[n_digits / 2];
        *octet = (guint8)(n_digits % 2 == 0 ? digit << 4 : *octet | digit);
        n_digits++;
    }
    return n_digits == 2 * sizeof id->octets;
}
