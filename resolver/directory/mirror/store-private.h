/* SPDX-License-Identifier: BSD-2-Clause
 * store-private.h - what store.c and store-read.c share
 */
#pragma once

#include "resolver/directory/mirror/store-file.h"
#include "resolver/directory/mirror/store.h"

/* Notes of the store's own; no other name begins like this. */
#define NOTE_IDENTITY "=identity"
#define NOTE_TOTALS "=totals"

/* The octets of the note, and what was last committed. The sum is over the checksums of all rows and notes but this
 * one, in no order: a row that is missing, doubled or older shows. */
typedef struct {
    guint64 count, sum;
    gint64  time;
} Totals;

typedef enum { SQL_GET_SUM, SQL_PUT, SQL_DELETE, SQL_NOTE, SQL_PUT_NOTE, N_SQL } Sql;

struct Store {
    char         *file, *identity;
    sqlite3      *db; /* NULL: lost while it was to be made anew */
    sqlite3_stmt *statements[N_SQL];
    Totals        totals;
};

guint64 store_row_sum(const EntryId *id, const guint8 *row, gsize length);
guint64 store_note_sum(const char *name, const void *value, gsize length);
/* Sets STORE_ERROR_DAMAGED; FALSE. */
gboolean store_damaged(GError **error, const char *what);
