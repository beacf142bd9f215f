/* SPDX-License-Identifier: BSD-2-Clause
 * state-sql.h - SQLite as the files of this folder use it
 *
 * One thread at a time. A failure is STATE_ERROR_DAMAGED if SQLite says that the file is of no use, else
 * STATE_ERROR_FILE.
 */
#pragma once

#include "resolver/state/state-file.h"

#include <sqlite3.h>

typedef sqlite3_stmt Statement;
void                 statement_finish(Statement *statement);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Statement, statement_finish)

struct StateFile {
    char    *name;
    sqlite3 *db;
};

gboolean sql_fail(StateFile *file, GError **error); /* what SQLite said last */
gboolean sql_damaged(StateFile *file, const char *what, GError **error);
gboolean sql_run(StateFile *file, const char *sql, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* `types` is a letter for each value: s const char *, i gint64, n Names * (NULL: an empty block). Caller:
 * statement_finish(), before the transaction ends. */
Statement *sql_prepare(StateFile *file, const char *sql, GError **error, const char *types,
                       ...) G_GNUC_WARN_UNUSED_RESULT;
/* SQLITE_ROW or SQLITE_DONE; -1 with an error. */
int sql_step(StateFile *file, Statement *statement, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* All steps of a statement that gives no rows; finishes it. NULL, for one that could not be prepared: FALSE. */
gboolean sql_finish(StateFile *file, Statement *statement, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* What a transaction does; FALSE with an error undoes it. */
typedef gboolean (*SqlFunc)(StateFile *file, gpointer user_data, GError **error);
gboolean sql_transaction(StateFile *file, SqlFunc func, gpointer user_data, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* A row's columns. Texts are never NULL. */
const char *sql_text(Statement *row, int column);
/* NULL if it is none. Caller: names_unref(). */
Names *sql_names(Statement *row, int column) G_GNUC_WARN_UNUSED_RESULT;

/* A checksum over values as sql_prepare() takes them. */
gint64 sql_sum(const char *types, ...);
