/* SPDX-License-Identifier: BSD-2-Clause
 * store.h - an image on disk: a row an entry, checked when it is read, in one SQLite file
 *
 * One thread at a time. Nothing it says is trusted before it has been checked: each row has a checksum over its id and its
 * octets, the whole a count and a sum over all rows, and both stand under an identity that says what they were made from.
 * Damage of any kind, of whichever octet, is an error, never a crash and never another row than was written.
 */
#pragma once

#include "resolver/directory/image/change.h"

#include <glib.h>

#define STORE_ERROR store_error_quark()
GQuark store_error_quark(void);
typedef enum {
    STORE_ERROR_DAMAGED, /* what it held is of no use: begin anew */
    STORE_ERROR_WRITE,   /* disk full, read-only, no such directory: go on without it */
    STORE_ERROR_BUSY,    /* another one has it open */
} StoreError;

typedef struct Store Store;

/* Opens or makes FILE (mode 0600), with journal and all settings that make each write whole or nothing. `identity`: anything
 * that must be the same for rows to be of use (servers' naming contexts, attributes, schema, version of the program); a file
 * with another one is emptied, and so is a damaged one: *why then says so (caller g_free(); NULL: nothing to say).
 * NULL with STORE_ERROR_WRITE or STORE_ERROR_BUSY if no file can be had. Caller: store_close(). */
Store *store_open(const char *file, const char *identity, char **why, GError **error) G_GNUC_WARN_UNUSED_RESULT;
void   store_close(Store *store);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Store, store_close)

/* Hands every row to `func`, in no order; the row is borrowed. FALSE with STORE_ERROR_DAMAGED if any row, the count or the
 * sum is not right (some rows may have been handed out by then), or with the error of `func`. TRUE for an empty one. */
typedef gboolean (*StoreRowFunc)(const EntryId *id, const guint8 *row, gsize length, gpointer user_data,
                                 GError **error);
gboolean store_read(Store *store, StoreRowFunc func, gpointer user_data, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* A cookie (or other small note) of the last write that had it under this name; NULL: none. Caller: g_bytes_unref(). */
GBytes *store_note(Store *store, const char *name);
gint64  store_time(Store *store);  /* real time of the last write in microseconds since 1970; 0: none */
guint64 store_count(Store *store); /* of rows, as the store says; only store_read() finds out whether that is so */
guint64 store_bytes(Store *store); /* of the file and its journal */

typedef struct {
    EntryId       id;
    const guint8 *row; /* NULL: the entry's row goes */
    gsize         length;
} StoreRow;
/* One transaction: either all of it is there after a crash or nothing. Notes: a NULL-terminated list of name (const char *)
 * and GBytes * in turn, each set anew. After STORE_ERROR_WRITE the file holds what it held before; the store stays open,
 * and the caller may try again later with what has gathered. */
gboolean store_write(Store *store, const StoreRow *rows, gsize n_rows, const char *const *note_names,
                     GBytes *const *notes, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Throws all rows and notes away. */
gboolean store_empty(Store *store, GError **error) G_GNUC_WARN_UNUSED_RESULT;
