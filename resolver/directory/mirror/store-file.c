/* SPDX-License-Identifier: BSD-2-Clause
 * store-file.c - the SQLite file of a store: opened, locked, and what its errors mean
 *
 * Owns:     nothing beyond the call.
 * Promises: each transaction is there whole or not at all, whenever the process or the machine stops.
 * Threads:  one at a time for one connection.
 *
 * A write-ahead log, so that a batch is one sequential write. synchronous = NORMAL: after a power failure the last
 * batches may be missing, as one, and the cookie with them; the server then sends them again. The lock is exclusive:
 * two mirrors never write one file, and the index of the log lies in memory, not in a mapped file that ends the process
 * when the disk is full. For the same reason the database is not mapped.
 */
#include "resolver/directory/mirror/store-file.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <sys/stat.h>
#include <unistd.h>

/* Rows of up to 4 kB lie in one page. */
static const char settings[] = "PRAGMA page_size = 16384;"
                               "PRAGMA locking_mode = EXCLUSIVE;"
                               "PRAGMA trusted_schema = OFF;"
                               "PRAGMA cell_size_check = ON;"
                               "PRAGMA mmap_size = 0;"
                               "PRAGMA cache_size = -16384;"
                               "PRAGMA temp_store = MEMORY;"
                               "PRAGMA journal_mode = WAL;"
                               "PRAGMA synchronous = NORMAL;"
                               "PRAGMA journal_size_limit = 67108864;";
static const char tables[] = "BEGIN IMMEDIATE;"
                             "CREATE TABLE IF NOT EXISTS entries(id BLOB NOT NULL PRIMARY KEY, sum INTEGER NOT NULL,"
                             " row BLOB NOT NULL) WITHOUT ROWID;"
                             "CREATE TABLE IF NOT EXISTS notes(name TEXT NOT NULL PRIMARY KEY, sum INTEGER NOT NULL,"
                             " value BLOB NOT NULL) WITHOUT ROWID;"
                             "COMMIT;";

static gboolean
is_damage(int code)
{
    return code == SQLITE_CORRUPT || code == SQLITE_NOTADB || code == SQLITE_ERROR || code == SQLITE_SCHEMA ||
           code == SQLITE_MISMATCH || code == SQLITE_TOOBIG || code == SQLITE_CONSTRAINT;
}

gboolean
store_file_fail(sqlite3 *db, const char *what, GError **error)
{
    int        code = sqlite3_errcode(db) & 0xff;
    StoreError kind = is_damage(code)       ? STORE_ERROR_DAMAGED
                      : code == SQLITE_BUSY ? STORE_ERROR_BUSY
                                            : STORE_ERROR_WRITE;
    g_set_error(error, STORE_ERROR, kind, "%s: %s%s", what, sqlite3_errmsg(db),
                code == SQLITE_BUSY ? " by another process" : "");
    return FALSE;
}

gboolean
store_file_run(sqlite3 *db, const char *sql, GError **error)
{
    return sqlite3_exec(db, sql, NULL, NULL, NULL) == SQLITE_OK || store_file_fail(db, "store", error);
}

/* SQLite would make it as the umask has it, and follow a link. */
static gboolean
make_private(const char *file, GError **error)
{
    int         descriptor = open(file, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600);
    struct stat status;

    if (descriptor < 0) {
        g_set_error(error, STORE_ERROR, STORE_ERROR_WRITE, "%s: %s", file, g_strerror(errno));
        return FALSE;
    }
    gboolean regular = fstat(descriptor, &status) == 0 && S_ISREG(status.st_mode);
    close(descriptor);
    if (!regular)
        g_set_error(error, STORE_ERROR, STORE_ERROR_WRITE, "%s: not a regular file", file);
    return regular;
}

sqlite3 *
store_file_open(const char *file, GError **error)
{
    sqlite3 *db = NULL;

    if (!make_private(file, error))
        return NULL;
    int code = sqlite3_open_v2(file, &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL);
    if (db == NULL) {
        g_set_error(error, STORE_ERROR, STORE_ERROR_WRITE, "%s: no memory", file);
        return NULL;
    }
    sqlite3_extended_result_codes(db, 1);
    sqlite3_db_config(db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    if (code != SQLITE_OK)
        store_file_fail(db, file, error);
    if (code == SQLITE_OK && store_file_run(db, settings, error) && store_file_run(db, tables, error))
        return db;
    g_prefix_error(error, "%s: ", file);
    store_file_close(db);
    return NULL;
}

void
store_file_close(sqlite3 *db)
{
    if (db != NULL)
        sqlite3_close_v2(db);
}

static const char *const suffixes[] = {"", "-wal", "-journal", "-shm"};

void
store_file_remove(const char *file)
{
    for (gsize i = 0; i < G_N_ELEMENTS(suffixes); i++) {
        g_autofree char *name = g_strconcat(file, suffixes[i], NULL);
        g_unlink(name);
    }
}

guint64
store_file_size(const char *file)
{
    guint64 size = 0;

    for (gsize i = 0; i < G_N_ELEMENTS(suffixes); i++) {
        g_autofree char *name = g_strconcat(file, suffixes[i], NULL);
        struct stat      status;
        if (g_stat(name, (GStatBuf *)&status) == 0)
            size += (guint64)status.st_size;
    }
    return size;
}
