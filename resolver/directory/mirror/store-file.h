/* SPDX-License-Identifier: BSD-2-Clause
 * store-file.h - the SQLite file of a store: opened, locked, and what its errors mean
 */
#pragma once

#include "resolver/directory/mirror/store.h"

#include <sqlite3.h>

/* Sets `error` from the connection's last failure: DAMAGED for what is no database or a broken one, WRITE for the rest.
 * FALSE. */
gboolean store_file_fail(sqlite3 *db, const char *what, GError **error);
/* Opens or makes FILE with its tables, for this connection alone. NULL with either error. */
sqlite3 *store_file_open(const char *file, GError **error) G_GNUC_WARN_UNUSED_RESULT;
void     store_file_close(sqlite3 *db);
/* The file and what SQLite keeps beside it go away. */
void     store_file_remove(const char *file);
guint64  store_file_size(const char *file);
gboolean store_file_run(sqlite3 *db, const char *sql, GError **error) G_GNUC_WARN_UNUSED_RESULT;
