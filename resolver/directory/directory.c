/* SPDX-License-Identifier: BSD-2-Clause
 * directory.c - hands each call of directory.h to the kind of directory that it concerns
 *
 * Owns:     nothing. directory-class.h is what a kind implements.
 * Threads:  any, as the kinds promise.
 */
#include "directory-class.h"

GQuark
directory_error_quark(void)
{
    return g_quark_from_static_string("rollcall-directory-error");
}

Directory *
directory_ref(Directory *directory)
{
    g_atomic_int_inc(&directory->owners);
    return directory;
}

void
directory_free(Directory *directory)
{
    if (directory != NULL && g_atomic_int_add(&directory->owners, -1) == 0)
        directory->class->free(directory);
}

gboolean
directory_find(Directory *directory, const Address *address, const char *const *attributes, GPtrArray *entries,
               gint64 deadline, GError **error)
{
    return directory->class->find(directory, address, attributes, entries, deadline, error);
}

static gboolean
find_one_by_one(Directory *directory, const Address *const *addresses, gsize n_addresses, const char *const *attributes,
                GPtrArray *found, gint64 deadline, GError **error)
{
    for (gsize i = 0; i < n_addresses; i++) {
        GPtrArray *entries = g_ptr_array_new_with_free_func((GDestroyNotify)entry_unref);
        g_ptr_array_add(found, entries);
        if (!directory_find(directory, addresses[i], attributes, entries, deadline, error))
            return FALSE;
    }
    return TRUE;
}

gboolean
directory_find_many(Directory *directory, const Address *const *addresses, gsize n_addresses,
                    const char *const *attributes, GPtrArray *found, gint64 deadline, GError **error)
{
    return (directory->class->find_many != NULL ? directory->class->find_many : find_one_by_one)(
        directory, addresses, n_addresses, attributes, found, deadline, error);
}

gboolean
directory_read(Directory *directory, const char *dn, const char *const *attributes, const Entry **entry,
               gint64 deadline, GError **error)
{
    *entry = NULL;
    return directory->class->read(directory, dn, attributes, entry, deadline, error);
}

gboolean
directory_read_many(Directory *directory, const char *const *dns, gsize n_dns, const char *const *attributes,
                    GPtrArray *entries, gint64 deadline, GError **error)
{
    return directory->class->read_many(directory, dns, n_dns, attributes, entries, deadline, error);
}

gboolean
directory_search(Directory *directory, const DirectorySearch *search, DirectoryEntryFunc func, gpointer user_data,
                 gint64 deadline, GError **error)
{
    return directory->class->search(directory, search, func, user_data, deadline, error);
}

const char *
directory_kind(const Directory *directory)
{
    return directory->class->kind;
}

Schema *
directory_schema(Directory *directory)
{
    return directory->class->schema(directory);
}

void
directory_finding_free(DirectoryFinding *finding)
{
    if (finding == NULL)
        return;
    g_free(finding->server);
    g_free(finding->text);
    g_free(finding);
}

GPtrArray *
directory_check(Directory *directory, gint64 deadline)
{
    return directory->class->check(directory, deadline);
}

Directory *
directory_view(Directory *directory, DirectoryViewKind kind, GError **error)
{
    if (directory->class->view != NULL)
        return directory->class->view(directory, kind, error);
    if (kind == VIEW_CURRENT)
        return directory;
    g_set_error_literal(error, DIRECTORY_ERROR, DIRECTORY_ERROR_UNAVAILABLE, "nothing is kept beside the server");
    return NULL;
}

void
directory_view_end(Directory *directory, Directory *view)
{
    if (directory->class->view_end != NULL)
        directory->class->view_end(directory, view);
}

void
directory_view_limit(Directory *view, gint64 waiting)
{
    if (view->class->view_limit != NULL)
        view->class->view_limit(view, waiting);
}

gint64
directory_view_age(Directory *view)
{
    return view->class->view_age != NULL ? view->class->view_age(view) : -1;
}

guint64
directory_view_version(Directory *view)
{
    return view->class->view_version != NULL ? view->class->view_version(view) : 0;
}

/* ---- status ---- */

DirectoryStatus *
directory_status(Directory *directory)
{
    if (directory->class->status != NULL)
        return directory->class->status(directory);
    DirectoryStatus *status = g_new0(DirectoryStatus, 1);
    status->kind = directory->class->kind;
    status->state = g_strdup("live");
    status->age = -1;
    return status;
}

void
directory_stream_free(DirectoryStream *stream)
{
    if (stream == NULL)
        return;
    g_free(stream->context);
    g_free(stream->server);
    g_free(stream->method);
    g_free(stream->doing);
    g_free(stream->error);
    g_free(stream);
}

void
directory_status_free(DirectoryStatus *status)
{
    if (status == NULL)
        return;
    g_clear_pointer(&status->indexes, g_ptr_array_unref);
    g_clear_pointer(&status->streams, g_ptr_array_unref);
    g_clear_pointer(&status->servers, g_ptr_array_unref);
    g_free(status->state);
    g_free(status->store);
    g_free(status->store_error);
    g_free(status->last_error);
    g_free(status);
}

gboolean
directory_rebuild(Directory *directory, GError **error)
{
    if (directory->class->rebuild != NULL)
        return directory->class->rebuild(directory, error);
    g_set_error(error, DIRECTORY_ERROR, DIRECTORY_ERROR_REFUSED, "a directory of kind %s keeps nothing to build anew",
                directory->class->kind);
    return FALSE;
}
