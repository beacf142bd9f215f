/* SPDX-License-Identifier: BSD-2-Clause
 * store.c - an image on disk: a row an entry, checked when it is read, in one SQLite file
 *
 * Owns:     the file.
 * Promises: rows, notes and the totals over them change in one transaction; nothing is handed out unchecked that the
 * totals do not confirm in the end. Threads:  one at a time.
 */
#include "resolver/directory/mirror/store-private.h"

#include <string.h>

G_DEFINE_QUARK(rollcall_store_error, store_error)

static const char *const texts[N_SQL] = {
    [SQL_GET_SUM] = "SELECT sum FROM entries WHERE id = ?",
    [SQL_PUT] = "INSERT OR REPLACE INTO entries(id, sum, row) VALUES(?, ?, ?)",
    [SQL_DELETE] = "DELETE FROM entries WHERE id = ?",
    [SQL_NOTE] = "SELECT sum, value FROM notes WHERE name = ?",
    [SQL_PUT_NOTE] = "INSERT OR REPLACE INTO notes(name, sum, value) VALUES(?, ?, ?)",
};

/* ---- statements ---- */

static sqlite3_stmt *
ready(Store *store, Sql sql)
{
    sqlite3_reset(store->statements[sql]);
    return store->statements[sql];
}

static gboolean
run(Store *store, sqlite3_stmt *statement, GError **error)
{
    int code = sqlite3_step(statement);
    sqlite3_reset(statement);
    return code == SQLITE_DONE || store_file_fail(store->db, "store", error);
}

static void
close_file(Store *store)
{
    for (int sql = 0; sql < N_SQL; sql++)
        g_clear_pointer(&store->statements[sql], sqlite3_finalize);
    g_clear_pointer(&store->db, store_file_close);
    store->totals = (Totals){0};
}

/* ---- notes ---- */

/* TRUE and *value NULL: there is none. */
static gboolean
read_note(Store *store, const char *name, GBytes **value, GError **error)
{
    sqlite3_stmt *note = ready(store, SQL_NOTE);

    *value = NULL;
    sqlite3_bind_text(note, 1, name, -1, SQLITE_STATIC);
    int code = sqlite3_step(note);
    if (code == SQLITE_ROW) {
        const void *octets = sqlite3_column_blob(note, 1);
        gsize       length = (gsize)sqlite3_column_bytes(note, 1);
        if ((guint64)sqlite3_column_int64(note, 0) == store_note_sum(name, octets, length))
            *value = g_bytes_new(octets, length);
    }
    sqlite3_reset(note);
    if (code == SQLITE_ROW)
        return *value != NULL || store_damaged(error, "a note does not have its checksum");
    return code == SQLITE_DONE || store_file_fail(store->db, "store", error);
}

static gboolean
old_note_sum(Store *store, const char *name, guint64 *sum, GError **error)
{
    g_autoptr(GBytes) old = NULL;

    if (!read_note(store, name, &old, error))
        return FALSE;
    *sum = old != NULL ? store_note_sum(name, g_bytes_get_data(old, NULL), g_bytes_get_size(old)) : 0;
    return TRUE;
}

static gboolean
put_note(Store *store, const char *name, const void *octets, gsize length, GError **error)
{
    sqlite3_stmt *put = ready(store, SQL_PUT_NOTE);

    sqlite3_bind_text(put, 1, name, -1, SQLITE_STATIC);
    sqlite3_bind_int64(put, 2, (sqlite3_int64)store_note_sum(name, octets, length));
    sqlite3_bind_blob64(put, 3, octets != NULL ? octets : "", length, SQLITE_STATIC);
    return run(store, put, error);
}

static gboolean
change_note(Store *store, Totals *totals, const char *name, GBytes *value, GError **error)
{
    gsize       length;
    const void *octets = g_bytes_get_data(value, &length);
    guint64     old;

    if (!old_note_sum(store, name, &old, error) || !put_note(store, name, octets, length, error))
        return FALSE;
    totals->sum += store_note_sum(name, octets, length) - old;
    return TRUE;
}

static gboolean
put_totals(Store *store, const Totals *totals, GError **error)
{
    guint64 octets[] = {GUINT64_TO_LE(totals->count), GUINT64_TO_LE(totals->sum), GUINT64_TO_LE((guint64)totals->time)};
    return put_note(store, NOTE_TOTALS, octets, sizeof octets, error);
}

static gboolean
load_totals(Store *store, GError **error)
{
    g_autoptr(GBytes) note = NULL;
    guint64 octets[3];

    if (!read_note(store, NOTE_TOTALS, &note, error))
        return FALSE;
    if (note == NULL || g_bytes_get_size(note) != sizeof octets)
        return store_damaged(error, "there are no totals");
    memcpy(octets, g_bytes_get_data(note, NULL), sizeof octets);
    store->totals = (Totals){
        .count = GUINT64_FROM_LE(octets[0]),
        .sum = GUINT64_FROM_LE(octets[1]),
        .time = (gint64)GUINT64_FROM_LE(octets[2]),
    };
    return TRUE;
}

/* ---- transactions ---- */

static gboolean
begin(Store *store, GError **error)
{
    return store_file_run(store->db, "BEGIN IMMEDIATE", error);
}

/* `done`: whether all went well until here. */
static gboolean
end(Store *store, const Totals *totals, gboolean done, GError **error)
{
    if (done && put_totals(store, totals, error) && store_file_run(store->db, "COMMIT", error)) {
        store->totals = *totals;
        return TRUE;
    }
    sqlite3_exec(store->db, "ROLLBACK", NULL, NULL, NULL);
    return FALSE;
}

/* ---- opening ---- */

static gboolean
open_file(Store *store, GError **error)
{
    store->db = store_file_open(store->file, error);
    if (store->db == NULL)
        return FALSE;
    for (int sql = 0; sql < N_SQL; sql++)
        if (sqlite3_prepare_v3(store->db, texts[sql], -1, SQLITE_PREPARE_PERSISTENT, &store->statements[sql], NULL) !=
            SQLITE_OK)
            return store_file_fail(store->db, store->file, error);
    return TRUE;
}

static gboolean
begin_anew(Store *store, GError **error)
{
    g_autoptr(GBytes) identity = g_bytes_new(store->identity, strlen(store->identity));
    Totals totals = {0};

    close_file(store);
    store_file_remove(store->file);
    return open_file(store, error) && begin(store, error) &&
           end(store, &totals, change_note(store, &totals, NOTE_IDENTITY, identity, error), error);
}

static gboolean
is_new(Store *store, gboolean *new, GError **error)
{
    sqlite3_stmt *notes = NULL;

    if (sqlite3_prepare_v2(store->db, "SELECT 1 FROM notes LIMIT 1", -1, &notes, NULL) != SQLITE_OK)
        return store_file_fail(store->db, store->file, error);
    int code = sqlite3_step(notes);
    *new = code == SQLITE_DONE;
    if (code != SQLITE_DONE && code != SQLITE_ROW)
        store_file_fail(store->db, store->file, error);
    sqlite3_finalize(notes);
    return code == SQLITE_DONE || code == SQLITE_ROW;
}

/* TRUE: the file's rows may be of use, or it is a new one (*new). */
static gboolean
open_known(Store *store, gboolean *new, GError **error)
{
    g_autoptr(GBytes) identity = NULL;

    if (!open_file(store, error) || !is_new(store, new, error))
        return FALSE;
    if (*new)
        return TRUE;
    if (!load_totals(store, error) || !read_note(store, NOTE_IDENTITY, &identity, error))
        return FALSE;
    g_autoptr(GBytes) wanted = g_bytes_new_static(store->identity, strlen(store->identity));
    if (identity == NULL || !g_bytes_equal(identity, wanted))
        return store_damaged(error, "it was made by other settings, for other servers, or by another version");
    return TRUE;
}

Store *
store_open(const char *file, const char *identity, char **why, GError **error)
{
    g_autoptr(Store) store = g_new0(Store, 1);
    g_autoptr(GError) cause = NULL;
    gboolean new = FALSE;

    *why = NULL;
    store->file = g_strdup(file);
    store->identity = g_strdup(identity);
    if (open_known(store, &new, &cause) && !new)
        return g_steal_pointer(&store);
    if (cause != NULL && cause->code != STORE_ERROR_DAMAGED) {
        g_propagate_error(error, g_steal_pointer(&cause));
        return NULL;
    }
    if (cause != NULL)
        *why = g_strdup(cause->message);
    if (begin_anew(store, error))
        return g_steal_pointer(&store);
    g_clear_pointer(why, g_free);
    if (error != NULL && *error != NULL && (*error)->code != STORE_ERROR_BUSY)
        (*error)->code = STORE_ERROR_WRITE;
    return NULL;
}

void
store_close(Store *store)
{
    if (store == NULL)
        return;
    close_file(store);
    g_free(store->file);
    g_free(store->identity);
    g_free(store);
}

/* ---- small questions ---- */

GBytes *
store_note(Store *store, const char *name)
{
    GBytes *value = NULL;

    if (store->db == NULL || !read_note(store, name, &value, NULL))
        return NULL;
    return value;
}

gint64
store_time(Store *store)
{
    return store->totals.time;
}

guint64
store_count(Store *store)
{
    return store->totals.count;
}

guint64
store_bytes(Store *store)
{
    return store_file_size(store->file);
}

/* ---- writing ---- */

static gboolean
forget_row(Store *store, Totals *totals, const EntryId *id, gboolean *found, GError **error)
{
    sqlite3_stmt *get = ready(store, SQL_GET_SUM);

    sqlite3_bind_blob(get, 1, id->octets, sizeof id->octets, SQLITE_STATIC);
    int code = sqlite3_step(get);
    *found = code == SQLITE_ROW;
    if (*found) {
        totals->count--;
        totals->sum -= (guint64)sqlite3_column_int64(get, 0);
    }
    sqlite3_reset(get);
    return code == SQLITE_ROW || code == SQLITE_DONE || store_file_fail(store->db, "store", error);
}

static gboolean
write_row(Store *store, Totals *totals, const StoreRow *row, GError **error)
{
    gboolean found;

    if (!forget_row(store, totals, &row->id, &found, error))
        return FALSE;
    if (row->row == NULL && !found)
        return TRUE;
    sqlite3_stmt *statement = ready(store, row->row == NULL ? SQL_DELETE : SQL_PUT);
    sqlite3_bind_blob(statement, 1, row->id.octets, sizeof row->id.octets, SQLITE_STATIC);
    if (row->row != NULL) {
        guint64 sum = store_row_sum(&row->id, row->row, row->length);
        sqlite3_bind_int64(statement, 2, (sqlite3_int64)sum);
        sqlite3_bind_blob64(statement, 3, row->row, row->length, SQLITE_STATIC);
        totals->count++;
        totals->sum += sum;
    }
    return run(store, statement, error);
}

static int
compare_rows(gconstpointer a, gconstpointer b)
{
    return memcmp(((*(const StoreRow *const *)a))->id.octets, (*(const StoreRow *const *)b)->id.octets,
                  sizeof(EntryId));
}

/* In the order of the file, whose pages are then touched once each. */
static gboolean
write_rows(Store *store, Totals *totals, const StoreRow *rows, gsize n_rows, GError **error)
{
    g_autoptr(GPtrArray) sorted = g_ptr_array_new();

    for (gsize i = 0; i < n_rows; i++)
        g_ptr_array_add(sorted, (gpointer)&rows[i]);
    g_ptr_array_sort(sorted, compare_rows);
    for (guint i = 0; i < sorted->len; i++)
        if (!write_row(store, totals, g_ptr_array_index(sorted, i), error))
            return FALSE;
    return TRUE;
}

static gboolean
write_notes(Store *store, Totals *totals, const char *const *names, GBytes *const *notes, GError **error)
{
    for (gsize i = 0; names != NULL && names[i] != NULL; i++)
        if (!change_note(store, totals, names[i], notes[i], error))
            return FALSE;
    return TRUE;
}

gboolean
store_write(Store *store, const StoreRow *rows, gsize n_rows, const char *const *note_names, GBytes *const *notes,
            GError **error)
{
    Totals totals = store->totals;

    if (store->db == NULL)
        return store_damaged(error, "there is no store");
    if (!begin(store, error))
        return FALSE;
    totals.time = g_get_real_time();
    return end(store, &totals,
               write_rows(store, &totals, rows, n_rows, error) && write_notes(store, &totals, note_names, notes, error),
               error);
}

gboolean
store_empty(Store *store, GError **error)
{
    return begin_anew(store, error);
}
