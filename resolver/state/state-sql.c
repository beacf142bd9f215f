/* SPDX-License-Identifier: BSD-2-Clause
 * state-sql.c - SQLite as the files of this folder use it
 *
 * Owns:     nothing.
 * Promises: no value ever becomes a part of an SQL text.
 * Threads:  one at a time.
 */
#include "resolver/state/state-sql.h"

#include "resolver/address/siphash.h"

#include <string.h>

void
statement_finish(Statement *statement)
{
    sqlite3_finalize(statement);
}

gboolean
sql_damaged(StateFile *file, const char *what, GError **error)
{
    g_set_error(error, STATE_ERROR, STATE_ERROR_DAMAGED, "%s is damaged: %s", file->name, what);
    return FALSE;
}

gboolean
sql_fail(StateFile *file, GError **error)
{
    int code = sqlite3_errcode(file->db);

    if (code == SQLITE_CORRUPT || code == SQLITE_NOTADB || code == SQLITE_ERROR || code == SQLITE_MISMATCH)
        return sql_damaged(file, sqlite3_errmsg(file->db), error);
    g_set_error(error, STATE_ERROR, STATE_ERROR_FILE, "%s: %s", file->name, sqlite3_errmsg(file->db));
    return FALSE;
}

gboolean
sql_run(StateFile *file, const char *sql, GError **error)
{
    return sqlite3_exec(file->db, sql, NULL, NULL, NULL) == SQLITE_OK || sql_fail(file, error);
}

/* ---- statements ---- */

static int
bind_names(Statement *statement, int position, const Names *names)
{
    gsize         length = 0;
    gconstpointer block = names != NULL ? names_block(names, &length) : NULL;

    if (length == 0)
        return sqlite3_bind_zeroblob(statement, position, 0);
    return sqlite3_bind_blob64(statement, position, block, length, SQLITE_STATIC);
}

static gboolean
bind_all(Statement *statement, const char *types, va_list values)
{
    for (int i = 0; types[i] != '\0'; i++) {
        int result = types[i] == 's'
                         ? sqlite3_bind_text(statement, i + 1, va_arg(values, const char *), -1, SQLITE_STATIC)
                     : types[i] == 'i' ? sqlite3_bind_int64(statement, i + 1, va_arg(values, gint64))
                                       : bind_names(statement, i + 1, va_arg(values, const Names *));
        if (result != SQLITE_OK)
            return FALSE;
    }
    return TRUE;
}

Statement *
sql_prepare(StateFile *file, const char *sql, GError **error, const char *types, ...)
{
    g_autoptr(Statement) statement = NULL;
    va_list values;

    if (sqlite3_prepare_v2(file->db, sql, -1, &statement, NULL) != SQLITE_OK) {
        sql_fail(file, error);
        return NULL;
    }
    va_start(values, types);
    gboolean bound = bind_all(statement, types, values);
    va_end(values);
    if (!bound)
        sql_fail(file, error);
    return bound ? g_steal_pointer(&statement) : NULL;
}

int
sql_step(StateFile *file, Statement *statement, GError **error)
{
    int result = sqlite3_step(statement);

    if (result == SQLITE_ROW || result == SQLITE_DONE)
        return result;
    sql_fail(file, error);
    return -1;
}

gboolean
sql_finish(StateFile *file, Statement *statement, GError **error)
{
    g_autoptr(Statement) owned = statement;

    return owned != NULL && sql_step(file, owned, error) == SQLITE_DONE;
}

gboolean
sql_transaction(StateFile *file, SqlFunc func, gpointer user_data, GError **error)
{
    if (!sql_run(file, "BEGIN IMMEDIATE", error))
        return FALSE;
    if (func(file, user_data, error) && sql_run(file, "COMMIT", error))
        return TRUE;
    /* Full disks and the like have undone it already. */
    sqlite3_exec(file->db, "ROLLBACK", NULL, NULL, NULL);
    return FALSE;
}

/* ---- values ---- */

const char *
sql_text(Statement *row, int column)
{
    const char *text = (const char *)sqlite3_column_text(row, column);
    return text != NULL ? text : "";
}

Names *
sql_names(Statement *row, int column)
{
    const void *block = sqlite3_column_blob(row, column);
    int         length = sqlite3_column_bytes(row, column);

    return names_of_block(block, block != NULL ? (gsize)length : 0);
}

static guint64
sum_of(gconstpointer data, gsize length)
{
    static const guint8 key[16] = "rollcall state";
    return siphash(key, data, length);
}

gint64
sql_sum(const char *types, ...)
{
    enum { MOST_VALUES = 8 };
    guint64 sums[MOST_VALUES] = {0};
    va_list values;

    va_start(values, types);
    for (gsize i = 0; types[i] != '\0'; i++) {
        if (types[i] == 'i') {
            sums[i] = (guint64)va_arg(values, gint64);
            continue;
        }
        gsize         length = 0;
        gconstpointer data = types[i] == 's' ? va_arg(values, const char *) : NULL;
        const Names  *names = types[i] == 'n' ? va_arg(values, const Names *) : NULL;
        if (data != NULL)
            length = strlen(data);
        else if (names != NULL)
            data = names_block(names, &length);
        sums[i] = sum_of(length > 0 ? data : "", length);
    }
    va_end(values);
    return (gint64)sum_of(sums, sizeof sums);
}
