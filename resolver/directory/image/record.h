/* SPDX-License-Identifier: BSD-2-Clause
 * record.h - the attributes of one entry: columns and numbers of values, packed
 *
 * A Record never changes: a changed entry gets a new one. It owns its block and nothing else; who makes it counts the
 * values.
 */
#pragma once

#include <glib.h>

typedef struct {
    guint32 n_values;
    guint32 n_heads;
    guint32 values[]; /* of all attributes in turn; then guint16 heads[] */
} Record;

/* An attribute is one head: 10 bits of column, 6 of how many values; what does not fit is five. */
enum { RECORD_LONG_HEAD = 0xffff };

/* Walks over the attributes: begin, then next until FALSE. */
typedef struct {
    const guint16 *at, *end;
    const guint32 *values; /* of the attribute */
    guint32        column, n_values;
} RecordWalk;

static inline void
record_walk_init(RecordWalk *walk, const Record *record)
{
    const guint16 *heads = (const guint16 *)(gconstpointer)(record->values + record->n_values);
    *walk = (RecordWalk){.at = heads, .end = heads + record->n_heads, .values = record->values};
}

static inline gboolean
record_walk_next(RecordWalk *walk)
{
    if (walk->at == walk->end)
        return FALSE;
    walk->values += walk->n_values;
    guint32 head = *walk->at++;
    walk->column = head >> 6;
    walk->n_values = head & 63;
    if (head == RECORD_LONG_HEAD) {
        walk->column = (guint32)walk->at[0] << 16 | walk->at[1];
        walk->n_values = (guint32)walk->at[2] << 16 | walk->at[3];
        walk->at += 4;
    }
    return TRUE;
}

/* The values of one column: how many. */
guint32 record_values(const Record *record, guint32 column, const guint32 **values);

typedef struct {
    guint32 column, n_values;
} RecordHead;

/* All at once: the values of all attributes in turn. Caller: g_free(). */
Record *record_new(const RecordHead *heads, guint32 n_heads, const guint32 *values, guint32 n_values);

/* A record in the making, attribute by attribute; to be used again and again. */
typedef struct {
    GArray *values; /* of guint32 */
    GArray *heads;  /* of RecordHead */
} RecordDraft;

void    record_draft_init(RecordDraft *draft);
void    record_draft_clear(RecordDraft *draft);
void    record_draft_reset(RecordDraft *draft);
void    record_draft_add(RecordDraft *draft, guint32 column, const guint32 *values, guint32 n_values);
Record *record_draft_finish(const RecordDraft *draft); /* caller: g_free() */
