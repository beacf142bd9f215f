/* SPDX-License-Identifier: BSD-2-Clause
 * state-file.c - the state in an SQLite file: opening it, and reading it whole
 *
 * Owns:     the connection.
 * Promises: only what is ours is written to or moved; a row is handed out only if its checksum fits.
 * Threads:  one at a time.
 *
 * A rollback journal and not a write-ahead log: all of it stands in one file, which can be deleted, and which others
 * can read without writing beside it. Deleted rows are overwritten, since they name people.
 */
#include "resolver/state/state-sql.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

enum { APPLICATION_ID = 0x526f4361, TABLES_VERSION = 1, BUSY_MILLISECONDS = 5000 };

static const char magic[16] = "SQLite format 3";

/* A change without names is where a group's history begins. */
static const char tables[] =
    "BEGIN IMMEDIATE;"
    "CREATE TABLE roster(grp TEXT PRIMARY KEY, name TEXT NOT NULL, at INTEGER NOT NULL, whole INTEGER NOT NULL,"
    "  members BLOB NOT NULL,"
    "  sum INTEGER NOT NULL);"
    "CREATE TABLE change(grp TEXT NOT NULL, at INTEGER NOT NULL, first INTEGER NOT NULL, joined BLOB NOT NULL,"
    "  parted BLOB NOT NULL, sum INTEGER NOT NULL, PRIMARY KEY(grp, at));"
    "CREATE TABLE approval(grp TEXT PRIMARY KEY, name TEXT NOT NULL, who TEXT NOT NULL, at INTEGER NOT NULL,"
    "  until INTEGER NOT NULL, sum INTEGER NOT NULL);"
    "PRAGMA application_id = 1383023457;"
    "PRAGMA user_version = 1;"
    "COMMIT";

/* ---- whose it is ---- */

typedef enum { OWNER_NOBODY, OWNER_US, OWNER_OTHERS } Owner;

static gboolean
system_error(const char *name, int number, GError **error)
{
    g_set_error(error, STATE_ERROR, STATE_ERROR_FILE, "%s: %s", name, g_strerror(number));
    return FALSE;
}

/* SQLite's file format, section 1.3: the application's number stands at octet 68, the highest octet first. */
static Owner
owner_of(const guint8 *head, gssize length)
{
    if (length == 0)
        return OWNER_NOBODY;
    if (length < 100 || memcmp(head, magic, sizeof magic) != 0)
        return OWNER_OTHERS;
    guint32 id = (guint32)head[68] << 24 | (guint32)head[69] << 16 | (guint32)head[70] << 8 | head[71];
    return id == APPLICATION_ID ? OWNER_US : OWNER_OTHERS;
}

/* Makes the file if it is missing: SQLite would make it for everybody to read. *found FALSE: there is none. */
static gboolean
look_at(const char *name, gboolean read_only, Owner *owner, gboolean *found, GError **error)
{
    guint8 head[100];
    int    flags = (read_only ? O_RDONLY : O_RDWR | O_CREAT) | O_CLOEXEC | O_NONBLOCK;
    int    descriptor = open(name, flags, 0600);

    *found = descriptor >= 0;
    if (descriptor < 0)
        return (read_only && errno == ENOENT) || system_error(name, errno, error);
    gssize length = read(descriptor, head, sizeof head);
    int    number = errno;
    close(descriptor);
    if (length < 0)
        return system_error(name, number, error);
    *owner = owner_of(head, length);
    return TRUE;
}

/* ---- opening ---- */

static gboolean
read_version(StateFile *file, int *version, GError **error)
{
    g_autoptr(Statement) row = sql_prepare(file, "PRAGMA user_version", error, "");

    if (row == NULL || sql_step(file, row, error) != SQLITE_ROW)
        return FALSE;
    *version = sqlite3_column_int(row, 0);
    return TRUE;
}

/* One without a version is empty: new, or whoever made it was killed on the way, and its journal has undone that. */
static gboolean
prepare(StateFile *file, gboolean read_only, GError **error)
{
    int version;

    if (!read_only &&
        !sql_run(file, "PRAGMA secure_delete = ON; PRAGMA synchronous = FULL; PRAGMA journal_mode = DELETE", error))
        return FALSE;
    if (!read_version(file, &version, error))
        return FALSE;
    if (version == 0 && !read_only)
        return sql_run(file, tables, error);
    if (version == TABLES_VERSION)
        return TRUE;
    g_set_error(error, STATE_ERROR, STATE_ERROR_FOREIGN, "%s was made by another version of this program", file->name);
    return FALSE;
}

static StateFile *
open_ours(const char *name, gboolean read_only, GError **error)
{
    g_autoptr(StateFile) file = g_new0(StateFile, 1);
    int flags = (read_only ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE) | SQLITE_OPEN_NOMUTEX;

    file->name = g_strdup(name);
    if (sqlite3_open_v2(name, &file->db, flags, NULL) != SQLITE_OK) {
        sql_fail(file, error);
        return NULL;
    }
    sqlite3_busy_timeout(file->db, BUSY_MILLISECONDS);
    sqlite3_db_config(file->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    return prepare(file, read_only, error) ? g_steal_pointer(&file) : NULL;
}

StateFile *
state_file_open(const char *name, gboolean read_only, GError **error)
{
    Owner    owner = OWNER_NOBODY;
    gboolean found;

    if (!look_at(name, read_only, &owner, &found, error) || !found)
        return NULL;
    if (owner == OWNER_OTHERS) {
        g_set_error(error, STATE_ERROR, STATE_ERROR_FOREIGN,
                    "%s is no state of rollcall; move it away or name another file", name);
        return NULL;
    }
    if (owner == OWNER_NOBODY && read_only)
        return NULL;
    return open_ours(name, read_only, error);
}

void
state_file_close(StateFile *file)
{
    if (file == NULL)
        return;
    sqlite3_close(file->db);
    g_free(file->name);
    g_free(file);
}

gboolean
state_file_set_aside(const char *name, GError **error)
{
    g_autofree char *aside = g_strconcat(name, ".damaged", NULL);
    g_autofree char *journal = g_strconcat(name, "-journal", NULL);

    if (g_rename(name, aside) != 0)
        return system_error(name, errno, error);
    /* It belongs to what was moved, and would be played back into what comes next. */
    if (g_unlink(journal) != 0 && errno != ENOENT)
        return system_error(journal, errno, error);
    return TRUE;
}

/* ---- reading ---- */

static gboolean
read_roster(StateFile *file, Statement *row, StateRosterFunc func, gpointer user_data, GError **error)
{
    g_autoptr(Names) members = sql_names(row, 4);
    StateRoster roster = {sql_text(row, 0), sql_text(row, 1), sqlite3_column_int64(row, 2),
                          sqlite3_column_int64(row, 3) != 0, members};

    if (members == NULL || sql_sum("ssiin", roster.group, roster.name, roster.at, sqlite3_column_int64(row, 3),
                                   members) != sqlite3_column_int64(row, 5))
        return sql_damaged(file, "the checksum of a roster", error);
    func(&roster, user_data);
    return TRUE;
}

gboolean
state_file_read_rosters(StateFile *file, StateRosterFunc func, gpointer user_data, GError **error)
{
    g_autoptr(Statement) row = sql_prepare(file, "SELECT grp, name, at, whole, members, sum FROM roster", error, "");
    int result = row == NULL ? -1 : sql_step(file, row, error);

    for (; result == SQLITE_ROW; result = sql_step(file, row, error))
        if (!read_roster(file, row, func, user_data, error))
            return FALSE;
    return result == SQLITE_DONE;
}

static StateApproval *
read_approval(StateFile *file, Statement *row, GError **error)
{
    StateApproval approval = {
        .group = (char *)sql_text(row, 0),
        .name = (char *)sql_text(row, 1),
        .by = (char *)sql_text(row, 2),
        .at = sqlite3_column_int64(row, 3),
        .until = sqlite3_column_int64(row, 4),
    };

    if (sql_sum("sssii", approval.group, approval.name, approval.by, approval.at, approval.until) !=
        sqlite3_column_int64(row, 5)) {
        sql_damaged(file, "the checksum of an approval", error);
        return NULL;
    }
    StateApproval *copy = g_new(StateApproval, 1);
    *copy = approval;
    copy->group = g_strdup(approval.group);
    copy->name = g_strdup(approval.name);
    copy->by = g_strdup(approval.by);
    return copy;
}

gboolean
state_file_read_approvals(StateFile *file, GFunc func, gpointer user_data, GError **error)
{
    g_autoptr(Statement) row = sql_prepare(file, "SELECT grp, name, who, at, until, sum FROM approval", error, "");
    int result = row == NULL ? -1 : sql_step(file, row, error);

    for (; result == SQLITE_ROW; result = sql_step(file, row, error)) {
        StateApproval *approval = read_approval(file, row, error);
        if (approval == NULL)
            return FALSE;
        func(approval, user_data);
    }
    return result == SQLITE_DONE;
}

static void
step_free(gpointer data)
{
    StateStep *step = data;

    names_unref(step->joined);
    names_unref(step->left);
    g_free(step);
}

static gboolean
read_step(StateFile *file, const char *group, Statement *row, GPtrArray *steps, GError **error)
{
    g_autoptr(Names) joined = sql_names(row, 2);
    g_autoptr(Names) left = sql_names(row, 3);
    gint64 at = sqlite3_column_int64(row, 0), first = sqlite3_column_int64(row, 1);

    if (joined == NULL || left == NULL ||
        sql_sum("siinn", group, at, first, joined, left) != sqlite3_column_int64(row, 4))
        return sql_damaged(file, "the checksum of a difference", error);
    StateStep *step = g_new0(StateStep, 1);
    step->at = at;
    step->joined = first ? NULL : g_steal_pointer(&joined);
    step->left = first ? NULL : g_steal_pointer(&left);
    g_ptr_array_add(steps, step);
    return TRUE;
}

GPtrArray *
state_file_read_history(StateFile *file, const char *group, GError **error)
{
    g_autoptr(GPtrArray) steps = g_ptr_array_new_with_free_func(step_free);
    g_autoptr(Statement) row = sql_prepare(
        file, "SELECT at, first, joined, parted, sum FROM change WHERE grp = ?1 ORDER BY at", error, "s", group);
    int result = row == NULL ? -1 : sql_step(file, row, error);

    for (; result == SQLITE_ROW; result = sql_step(file, row, error))
        if (!read_step(file, group, row, steps, error))
            return NULL;
    return result == SQLITE_DONE ? g_steal_pointer(&steps) : NULL;
}
