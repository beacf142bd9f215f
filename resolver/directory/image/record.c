/* SPDX-License-Identifier: BSD-2-Clause
 * record.c - the attributes of one entry: columns and numbers of values, packed
 *
 * Owns:     one block of memory a record.
 * Promises: attributes and values keep the order in which they were added.
 * Threads:  a Record: any. A RecordDraft: one.
 */
#include "record.h"

#include <string.h>

guint32
record_values(const Record *record, guint32 column, const guint32 **values)
{
    RecordWalk walk;

    record_walk_init(&walk, record);
    while (record_walk_next(&walk)) {
        if (walk.column != column)
            continue;
        *values = walk.values;
        return walk.n_values;
    }
    *values = NULL;
    return 0;
}

void
record_draft_init(RecordDraft *draft)
{
    draft->values = g_array_new(FALSE, FALSE, sizeof(guint32));
    draft->heads = g_array_new(FALSE, FALSE, sizeof(guint16));
}

void
record_draft_clear(RecordDraft *draft)
{
    g_clear_pointer(&draft->values, g_array_unref);
    g_clear_pointer(&draft->heads, g_array_unref);
}

void
record_draft_reset(RecordDraft *draft)
{
    g_array_set_size(draft->values, 0);
    g_array_set_size(draft->heads, 0);
}

void
record_draft_add(RecordDraft *draft, guint32 column, const guint32 *values, guint32 n_values)
{
    guint16 heads[5] = {
        RECORD_LONG_HEAD, (guint16)(column >> 16), (guint16)column, (guint16)(n_values >> 16), (guint16)n_values,
    };
    gboolean is_short = column < RECORD_LONG_HEAD >> 6 && n_values < 64;

    if (n_values == 0)
        return;
    if (is_short)
        heads[0] = (guint16)(column << 6 | n_values);
    g_array_append_vals(draft->heads, heads, is_short ? 1 : G_N_ELEMENTS(heads));
    g_array_append_vals(draft->values, values, n_values);
}

Record *
record_draft_finish(const RecordDraft *draft)
{
    gsize   values = draft->values->len * sizeof(guint32), heads = draft->heads->len * sizeof(guint16);
    Record *record = g_malloc(sizeof *record + values + heads);

    record->n_values = draft->values->len;
    record->n_heads = draft->heads->len;
    if (values > 0)
        memcpy(record->values, draft->values->data, values);
    if (heads > 0)
        memcpy(record->values + record->n_values, draft->heads->data, heads);
    return record;
}
