/* SPDX-License-Identifier: BSD-2-Clause
 * mirror-view.c - answers from the image, at one version of it
 *
 * Owns:     a place inside the gate, as long as the view is open.
 * Promises: memory work only; a question that the image cannot answer as the server would fails with NOT_KEPT.
 * Threads:  one a view.
 */
#include "resolver/directory/mirror/mirror-private.h"

typedef struct {
    Directory directory;
    Mirror   *mirror;
    gint64    as_of;
} MirrorView;

static const Mirror *
mirror_of(Directory *view)
{
    return ((MirrorView *)view)->mirror;
}

/* DirSync reports a whole naming context, of which the bases may be parts: what lies beside them no search would find.
 */
static void
find_within_bases(const Mirror *mirror, const Address *address, const char *const *attributes, GPtrArray *entries)
{
    g_autoptr(GPtrArray) found = g_ptr_array_new_with_free_func((GDestroyNotify)entry_unref);

    image_find(mirror->image, address, attributes, found);
    for (guint i = 0; i < found->len; i++)
        if (mirror_has_key(mirror, entry_key(g_ptr_array_index(found, i))))
            g_ptr_array_add(entries, (gpointer)entry_ref(g_ptr_array_index(found, i)));
}

static gboolean
view_find(Directory *view, const Address *address, const char *const *attributes, GPtrArray *entries,
          G_GNUC_UNUSED gint64 deadline, GError **error)
{
    const Mirror *mirror = mirror_of(view);

    if (!mirror_keeps_attributes(mirror, attributes, error))
        return FALSE;
    find_within_bases(mirror, address, attributes, entries);
    return TRUE;
}

static gboolean
view_find_many(Directory *view, const Address *const *addresses, gsize n_addresses, const char *const *attributes,
               GPtrArray *found, G_GNUC_UNUSED gint64 deadline, GError **error)
{
    const Mirror *mirror = mirror_of(view);

    if (!mirror_keeps_attributes(mirror, attributes, error))
        return FALSE;
    for (gsize i = 0; i < n_addresses; i++) {
        GPtrArray *entries = g_ptr_array_new_with_free_func((GDestroyNotify)entry_unref);
        find_within_bases(mirror, addresses[i], attributes, entries);
        g_ptr_array_add(found, entries);
    }
    return TRUE;
}

static gboolean
view_read_many(Directory *view, const char *const *dns, gsize n_dns, const char *const *attributes, GPtrArray *entries,
               G_GNUC_UNUSED gint64 deadline, GError **error)
{
    const Mirror *mirror = mirror_of(view);

    if (!mirror_keeps_attributes(mirror, attributes, error))
        return FALSE;
    for (gsize i = 0; i < n_dns; i++) {
        const Entry *entry = image_read(mirror->image, dns[i], attributes);
        if (entry != NULL)
            g_ptr_array_add(entries, (gpointer)entry);
        else if (!mirror_keeps_dn(mirror, dns[i], error))
            return FALSE;
    }
    return TRUE;
}

static gboolean
view_read(Directory *view, const char *dn, const char *const *attributes, const Entry **entry, gint64 deadline,
          GError **error)
{
    g_autoptr(GPtrArray) entries = g_ptr_array_new_with_free_func((GDestroyNotify)entry_unref);

    if (!view_read_many(view, &dn, 1, attributes, entries, deadline, error))
        return FALSE;
    *entry = entries->len > 0 ? entry_ref(g_ptr_array_index(entries, 0)) : NULL;
    return TRUE;
}

/* ---- searches, and searches made twice ---- */

/* DirectoryEntryFunc */
static gboolean
gather(const Entry *entry, gpointer user_data, G_GNUC_UNUSED GError **error)
{
    g_ptr_array_add(user_data, (gpointer)entry_ref(entry));
    return TRUE;
}

/* How many entries of one are not in the other. */
static guint
count_others(const GPtrArray *entries, const GPtrArray *others)
{
    g_autoptr(GHashTable) keys = g_hash_table_new(g_str_hash, g_str_equal);
    guint n = 0;

    for (guint i = 0; i < others->len; i++)
        g_hash_table_add(keys, (gpointer)entry_key(g_ptr_array_index(others, i)));
    for (guint i = 0; i < entries->len; i++)
        n += !g_hash_table_contains(keys, entry_key(g_ptr_array_index(entries, i)));
    return n;
}

static void
report_difference(Mirror *mirror, const DirectorySearch *search, guint n_too_many, guint n_missing)
{
    g_autofree char *text = filter_print(search->filter);
    g_autofree char *filter = ldap_pool_quote("filter", text);
    g_autofree char *base = ldap_pool_quote("base", search->base != NULL ? search->base : "");

    mirror_report(mirror, DIRECTORY_EVENT_ERROR,
                  g_strdup_printf("mirror indexes differ from entries: missing=%u wrong=%u %s %s", n_missing,
                                  n_too_many, base, filter));
}

/* The answer without indexes counts. */
static gboolean
search_twice(Mirror *mirror, const DirectorySearch *search, DirectoryEntryFunc func, gpointer user_data,
             gint64 deadline, GError **error)
{
    g_autoptr(GPtrArray) indexed = g_ptr_array_new_with_free_func((GDestroyNotify)entry_unref);
    g_autoptr(GPtrArray) plain = g_ptr_array_new_with_free_func((GDestroyNotify)entry_unref);

    if (!image_search(mirror->image, search, gather, indexed, deadline, error) ||
        !image_search_plain(mirror->image, search, gather, plain, deadline, error))
        return FALSE;
    guint n_too_many = count_others(indexed, plain), n_missing = count_others(plain, indexed);
    if (n_too_many > 0 || n_missing > 0)
        report_difference(mirror, search, n_too_many, n_missing);
    for (guint i = 0; i < plain->len; i++)
        if (!func(g_ptr_array_index(plain, i), user_data, error))
            return FALSE;
    return TRUE;
}

static gboolean
search_once(Mirror *mirror, const DirectorySearch *search, DirectoryEntryFunc func, gpointer user_data, gint64 deadline,
            GError **error)
{
    return (mirror->settings.verify ? search_twice(mirror, search, func, user_data, deadline, error)
                                    : image_search(mirror->image, search, func, user_data, deadline, error));
}

/* Under each of the bases that lie in no other. */
static gboolean
search_bases(Mirror *mirror, const DirectorySearch *search, DirectoryEntryFunc func, gpointer user_data,
             gint64 deadline, GError **error)
{
    for (guint i = 0; i < mirror->contexts->len; i++) {
        const MirrorContext *context = g_ptr_array_index(mirror->contexts, i);
        DirectorySearch      part = *search;
        part.base = context->dn;
        if (search->scope == SCOPE_SUBTREE && mirror_is_inner(mirror, context))
            continue;
        if (!search_once(mirror, &part, func, user_data, deadline, error))
            return FALSE;
    }
    return TRUE;
}

static gboolean
view_search(Directory *view, const DirectorySearch *search, DirectoryEntryFunc func, gpointer user_data,
            gint64 deadline, GError **error)
{
    Mirror *mirror = ((MirrorView *)view)->mirror;

    if (!mirror_keeps_attributes(mirror, search->attributes, error) ||
        !mirror_keeps_filter(mirror, search->filter, error))
        return FALSE;
    if (search->base == NULL)
        return search_bases(mirror, search, func, user_data, deadline, error);
    return mirror_keeps_dn(mirror, search->base, error) &&
           search_once(mirror, search, func, user_data, deadline, error);
}

static Schema *
view_schema(Directory *view)
{
    return schema_ref(image_schema(mirror_of(view)->image));
}

static gint64
view_age(Directory *view)
{
    return MAX(g_get_monotonic_time() - ((MirrorView *)view)->as_of, 0);
}

static guint64
view_version(Directory *view)
{
    const Mirror *mirror = mirror_of(view);
    return mirror->versions + image_version(mirror->image);
}

static void
view_free(Directory *view)
{
    gate_read_end(((MirrorView *)view)->mirror->gate);
    g_free(view);
}

static const DirectoryClass view_class = {
    .kind = "mirror",
    .find = view_find,
    .find_many = view_find_many,
    .read = view_read,
    .read_many = view_read_many,
    .search = view_search,
    .schema = view_schema,
    .view_age = view_age,
    .view_version = view_version,
    .free = view_free,
};

Directory *
mirror_view_new(Mirror *mirror, gint64 as_of)
{
    MirrorView *view = g_new0(MirrorView, 1);

    view->directory.class = &view_class;
    view->mirror = mirror;
    view->as_of = as_of;
    return &view->directory;
}
