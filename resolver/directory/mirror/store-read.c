/* SPDX-License-Identifier: BSD-2-Clause
 * store-read.c - all rows of a store, checked one by one and as a whole
 *
 * Owns:     nothing.
 * Promises: what is handed out has its own checksum; in the end the totals tell whether it was all of it.
 * Threads:  one at a time.
 */
#include "resolver/directory/mirror/store-private.h"

#include "resolver/directory/mirror/checksum.h"

#include <string.h>

guint64
store_row_sum(const EntryId *id, const guint8 *row, gsize length)
{
    return checksum(checksum(1, id->octets, sizeof id->octets), row, length);
}

guint64
store_note_sum(const char *name, const void *value, gsize length)
{
    return checksum(checksum(2, name, strlen(name)), value, length);
}

gboolean
store_damaged(GError **error, const char *what)
{
    g_set_error(error, STORE_ERROR, STORE_ERROR_DAMAGED, "%s", what);
    return FALSE;
}

/* ---- reading ---- */

typedef struct {
    guint64 count, sum;
} Seen;

static gboolean
read_row(sqlite3_stmt *rows, StoreRowFunc func, gpointer user_data, Seen *seen, GError **error)
{
    EntryId       id;
    const void   *key = sqlite3_column_blob(rows, 0);
    const guint8 *row = sqlite3_column_blob(rows, 2);
    gsize         length = (gsize)sqlite3_column_bytes(rows, 2);

    if (key == NULL || sqlite3_column_bytes(rows, 0) != sizeof id.octets)
        return store_damaged(error, "a row has no identifier");
    memcpy(id.octets, key, sizeof id.octets);
    guint64 sum = store_row_sum(&id, row, length);
    if (sum != (guint64)sqlite3_column_int64(rows, 1))
        return store_damaged(error, "a row does not have its checksum");
    seen->count++;
    seen->sum += sum;
    return func(&id, row != NULL ? row : (const guint8 *)"", length, user_data, error);
}

static gboolean
read_rows(Store *store, StoreRowFunc func, gpointer user_data, Seen *seen, GError **error)
{
    sqlite3_stmt *rows = NULL;
    int           code = SQLITE_OK;
    gboolean      good = TRUE;

    if (sqlite3_prepare_v2(store->db, "SELECT id, sum, row FROM entries", -1, &rows, NULL) != SQLITE_OK)
        return store_file_fail(store->db, store->file, error);
    while (good && (code = sqlite3_step(rows)) == SQLITE_ROW)
        good = read_row(rows, func, user_data, seen, error);
    if (good && code != SQLITE_DONE) {
        store_file_fail(store->db, store->file, error);
        good = FALSE;
    }
    sqlite3_finalize(rows);
    return good;
}

static gboolean
add_notes(Store *store, Seen *seen, GError **error)
{
    sqlite3_stmt *notes = NULL;
    int           code = SQLITE_OK;
    gboolean      good = TRUE;

    if (sqlite3_prepare_v2(store->db, "SELECT name, sum, value FROM notes", -1, &notes, NULL) != SQLITE_OK)
        return store_file_fail(store->db, store->file, error);
    while (good && (code = sqlite3_step(notes)) == SQLITE_ROW) {
        const char *name = (const char *)sqlite3_column_text(notes, 0);
        const void *value = sqlite3_column_blob(notes, 2);
        guint64     sum = name != NULL ? store_note_sum(name, value, (gsize)sqlite3_column_bytes(notes, 2)) : 0;
        good = name != NULL && sum == (guint64)sqlite3_column_int64(notes, 1);
        if (good && !g_str_equal(name, NOTE_TOTALS))
            seen->sum += sum;
    }
    sqlite3_finalize(notes);
    if (!good || code != SQLITE_DONE)
        return store_damaged(error, "a note does not have its checksum");
    return TRUE;
}

static gboolean
read_all(Store *store, StoreRowFunc func, gpointer user_data, GError **error)
{
    Seen seen = {0};

    if (store->db == NULL)
        return store_damaged(error, "there is no store");
    if (!read_rows(store, func, user_data, &seen, error) || !add_notes(store, &seen, error))
        return FALSE;
    if (seen.count != store->totals.count)
        return store_damaged(error, "there are fewer or more rows than were written");
    return seen.sum == store->totals.sum || store_damaged(error, "the sum over all rows is not right");
}

gboolean
store_read(Store *store, StoreRowFunc func, gpointer user_data, GError **error)
{
    g_autoptr(GError) cause = NULL;

    if (read_all(store, func, user_data, &cause))
        return TRUE;
    if (cause->domain == STORE_ERROR) /* a disk that cannot be read: the rows are of no use either */
        cause->code = STORE_ERROR_DAMAGED;
    g_propagate_error(error, g_steal_pointer(&cause));
    return FALSE;
}
