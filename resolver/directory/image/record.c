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

static gboolean
is_short(const RecordHead *head)
{
    return head->column < RECORD_LONG_HEAD >> 6 && head->n_values < 64;
}

static guint16 *
write_head(guint16 *at, const RecordHead *head)
{
    if (is_short(head)) {
        *at++ = (guint16)(head->column << 6 | head->n_values);
        return at;
    }
    *at++ = RECORD_LONG_HEAD;
    *at++ = (guint16)(head->column >> 16);
    *at++ = (guint16)head->column;
    *at++ = (guint16)(head->n_values >> 16);
    *at++ = (guint16)head->n_values;
    return at;
}

Record *
record_new(const RecordHead *heads, guint32 n_heads, const guint32 *values, guint32 n_values)
{
    gsize n_words = 0;

    for (guint32 i = 0; i < n_heads; i++)
        n_words += is_short(&heads[i]) ? 1 : 5;
    Record *record = g_malloc(sizeof *record + n_values * sizeof *values + n_words * sizeof(guint16));
    record->n_values = n_values;
    record->n_heads = (guint32)n_words;
    if (n_values > 0)
        memcpy(record->values, values, n_values * sizeof *values);
    guint16 *at = (guint16 *)(gpointer)(record->values + n_values);
    for (guint32 i = 0; i < n_heads; i++)
        at = write_head(at, &heads[i]);
    return record;
}

void
record_draft_init(RecordDraft *draft)
{
    draft->values = g_array_new(FALSE, FALSE, sizeof(guint32));
    draft->heads = g_array_new(FALSE, FALSE, sizeof(RecordHead));
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
    RecordHead head = {.column = column, .n_values = n_values};

    if (n_values == 0)
        return;
    g_array_append_val(draft->heads, head);
    g_array_append_vals(draft->values, values, n_values);
}

Record *
record_draft_finish(const RecordDraft *draft)
{
    return record_new((const RecordHead *)(void *)draft->heads->data, draft->heads->len,
                      (const guint32 *)(void *)draft->values->data, draft->values->len);
}
