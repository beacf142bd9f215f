/* SPDX-License-Identifier: BSD-2-Clause
 * directory-class.h - what a kind of directory implements; the contracts are directory.h's
 */
#pragma once

#include "rollcall/directory.h"

typedef struct {
    const char *kind; /* "ldif", "ldap", "cache", "mirror" */
    gboolean (*find)(Directory *directory, const Address *address, const char *const *attributes, GPtrArray *entries,
                     gint64 deadline, GError **error);
    /* NULL: find() one by one */
    gboolean (*find_many)(Directory *directory, const Address *const *addresses, gsize n_addresses,
                          const char *const *attributes, GPtrArray *found, gint64 deadline, GError **error);
    gboolean (*read)(Directory *directory, const char *dn, const char *const *attributes, const Entry **entry,
                     gint64 deadline, GError **error);
    gboolean (*read_many)(Directory *directory, const char *const *dns, gsize n_dns, const char *const *attributes,
                          GPtrArray *entries, gint64 deadline, GError **error);
    gboolean (*search)(Directory *directory, const DirectorySearch *search, DirectoryEntryFunc func, gpointer user_data,
                       gint64 deadline, GError **error);
    Schema *(*schema)(Directory *directory);
    GPtrArray *(*check)(Directory *directory, gint64 deadline);
    /* These may be NULL: a directory that keeps nothing beside the server. */
    Directory *(*view)(Directory *directory, DirectoryViewKind kind, GError **error);
    void (*view_end)(Directory *directory, Directory *view);
    void (*view_limit)(Directory *view, gint64 waiting);
    gint64 (*view_age)(Directory *view);
    guint64 (*view_version)(Directory *view);
    DirectoryStatus *(*status)(Directory *directory);
    gboolean (*rebuild)(Directory *directory, GError **error);
    void (*free)(Directory *directory);
} DirectoryClass;

/* The first member of each kind's own struct. */
struct Directory {
    const DirectoryClass *class;
    gint owners; /* beside the first; atomic */
};
