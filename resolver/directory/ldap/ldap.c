/* SPDX-License-Identifier: BSD-2-Clause
 * ldap.c - the live LDAP directory: searches on servers, as they stand
 *
 * Owns:     the pool; a view, how long it may still wait.
 * Promises: those of directory.h; no call waits on a server's whim (ldap-line.c).
 * Threads:  any.
 */
#include "ldap-private.h"

typedef struct {
    Directory directory;
    LdapPool *pool;
    gboolean  limited; /* a view's waiting is */
    gint64    patience;
} LdapDirectory;

LdapPool *
ldap_directory_pool(Directory *directory)
{
    return ((LdapDirectory *)directory)->pool;
}

static gboolean
run(Directory *directory, LdapJob *job, DirectoryEntryFunc func, gpointer user_data, GError **error)
{
    LdapDirectory *ldap = (LdapDirectory *)directory;

    job->patience = ldap->limited ? &ldap->patience : NULL;
    return ldap_pool_run(ldap->pool, job, func, user_data, error);
}

static gboolean
append(const Entry *entry, gpointer user_data, G_GNUC_UNUSED GError **error)
{
    g_ptr_array_add(user_data, (gpointer)entry_ref(entry));
    return TRUE;
}

/* ---- find ---- */

/* So many addresses are asked for at once: Exchange's own number ["Recipient resolution in Exchange Server"]. */
enum { FIND_AT_ONCE = 20 };

typedef struct {
    const GPtrArray   *addresses;
    const char *const *attributes; /* that hold addresses */
    GPtrArray *const  *found;      /* for each address, of Entry */
} Finding;

static gboolean
keep_hit(const Entry *entry, gpointer user_data, G_GNUC_UNUSED GError **error)
{
    const Finding *finding = user_data;

    for (guint i = 0; i < finding->addresses->len; i++)
        if (ldap_find_is_hit(entry, g_ptr_array_index(finding->addresses, i), finding->attributes))
            g_ptr_array_add(finding->found[i], (gpointer)entry_ref(entry));
    return TRUE;
}

/* The hits are compared by their address attributes, so these are asked for too. */
static GStrv
with_address_attributes(const char *const *attributes, const char *const *more)
{
    GPtrArray *names = g_ptr_array_new();

    if (attributes == NULL)
        return NULL;
    for (guint i = 0; attributes[i] != NULL; i++)
        g_ptr_array_add(names, g_strdup(attributes[i]));
    for (guint i = 0; more[i] != NULL; i++)
        g_ptr_array_add(names, g_strdup(more[i]));
    g_ptr_array_add(names, NULL);
    return (GStrv)g_ptr_array_free(names, FALSE);
}

/* One search for some addresses. */
static gboolean
find_some(Directory *directory, const Address *const *addresses, gsize n_addresses, const char *const *attributes,
          GPtrArray *const *found, gint64 deadline, GError **error)
{
    const LdapSettings *settings = &ldap_pool_config(ldap_directory_pool(directory))->settings;
    g_autoptr(LdapJob) job = ldap_job_new(JOB_FIND, deadline);

    job->addresses = g_ptr_array_new_with_free_func((GDestroyNotify)address_unref);
    for (gsize i = 0; i < n_addresses; i++)
        g_ptr_array_add(job->addresses, address_ref((Address *)addresses[i]));
    job->bases = g_strdupv((GStrv)settings->bases);
    job->scope = SCOPE_SUBTREE;
    job->attributes = with_address_attributes(attributes, settings->address_attributes);
    job->whole = TRUE;
    Finding finding = {job->addresses, settings->address_attributes, found};
    return run(directory, job, keep_hit, &finding, error);
}

static gboolean
ldap_directory_find(Directory *directory, const Address *address, const char *const *attributes, GPtrArray *entries,
                    gint64 deadline, GError **error)
{
    g_autoptr(GPtrArray) hits = g_ptr_array_new_with_free_func((GDestroyNotify)entry_unref);
    GPtrArray *const found[] = {hits};

    if (!find_some(directory, &address, 1, attributes, found, deadline, error))
        return FALSE;
    g_ptr_array_extend_and_steal(entries, g_steal_pointer(&hits));
    return TRUE;
}

static gboolean
ldap_directory_find_many(Directory *directory, const Address *const *addresses, gsize n_addresses,
                         const char *const *attributes, GPtrArray *found, gint64 deadline, GError **error)
{
    guint n_before = found->len;

    for (gsize i = 0; i < n_addresses; i++)
        g_ptr_array_add(found, g_ptr_array_new_with_free_func((GDestroyNotify)entry_unref));
    for (gsize i = 0; i < n_addresses; i += FIND_AT_ONCE)
        if (!find_some(directory, addresses + i, MIN(n_addresses - i, FIND_AT_ONCE), attributes,
                       (GPtrArray *const *)found->pdata + n_before + i, deadline, error))
            return FALSE;
    return TRUE;
}

/* ---- read ---- */

static gboolean
ldap_directory_read_many(Directory *directory, const char *const *dns, gsize n_dns, const char *const *attributes,
                         GPtrArray *entries, gint64 deadline, GError **error)
{
    g_autoptr(LdapJob) job = ldap_job_new(JOB_READ, deadline);
    g_autoptr(GPtrArray) found = g_ptr_array_new_with_free_func((GDestroyNotify)entry_unref);

    job->dns = g_new0(char *, n_dns + 1);
    for (gsize i = 0; i < n_dns; i++)
        job->dns[i] = g_strdup(dns[i]);
    job->attributes = g_strdupv((GStrv)attributes);
    job->whole = TRUE;
    if (!run(directory, job, append, found, error))
        return FALSE;
    g_ptr_array_extend_and_steal(entries, g_steal_pointer(&found));
    return TRUE;
}

static gboolean
ldap_directory_read(Directory *directory, const char *dn, const char *const *attributes, const Entry **entry,
                    gint64 deadline, GError **error)
{
    const char *const dns[] = {dn};
    g_autoptr(GPtrArray) found = g_ptr_array_new_with_free_func((GDestroyNotify)entry_unref);

    if (!ldap_directory_read_many(directory, dns, 1, attributes, found, deadline, error))
        return FALSE;
    *entry = found->len > 0 ? entry_ref(found->pdata[0]) : NULL;
    return TRUE;
}

/* ---- search ---- */

static gboolean
ldap_directory_search(Directory *directory, const DirectorySearch *search, DirectoryEntryFunc func, gpointer user_data,
                      gint64 deadline, GError **error)
{
    const LdapConfig  *config = ldap_pool_config(ldap_directory_pool(directory));
    const char *const  one[] = {search->base, NULL};
    const char *const *bases = search->base != NULL ? one : config->settings.bases;
    g_autoptr(LdapJob) job = ldap_job_new(JOB_SEARCH, deadline);

    job->bases = g_strdupv((GStrv)bases);
    job->scope = search->scope;
    job->filter = filter_ref(search->filter);
    job->attributes = g_strdupv((GStrv)search->attributes);
    return run(directory, job, func, user_data, error);
}

/* ---- the rest ---- */

static Schema *
ldap_directory_schema(Directory *directory)
{
    return ldap_pool_schema(ldap_directory_pool(directory));
}

static GPtrArray *
ldap_directory_check(Directory *directory, gint64 deadline)
{
    return ldap_check(ldap_directory_pool(directory), deadline);
}

static DirectoryStatus *
ldap_directory_status(Directory *directory)
{
    DirectoryStatus *status = g_new0(DirectoryStatus, 1);

    status->kind = directory_kind(directory);
    status->state = g_strdup("live");
    status->age = -1;
    status->servers = ldap_pool_findings(ldap_directory_pool(directory));
    return status;
}

static void
ldap_directory_free(Directory *directory)
{
    ldap_pool_free(ldap_directory_pool(directory));
    g_free(directory);
}

/* ---- views: the same servers, asked with limited patience ---- */

static void
ldap_view_limit(Directory *view, gint64 waiting)
{
    LdapDirectory *ldap = (LdapDirectory *)view;

    ldap->limited = TRUE;
    ldap->patience = waiting;
}

static void
ldap_view_end(G_GNUC_UNUSED Directory *directory, Directory *view)
{
    g_free(view);
}

static const DirectoryClass view_class = {
    .kind = "ldap",
    .find = ldap_directory_find,
    .find_many = ldap_directory_find_many,
    .read = ldap_directory_read,
    .read_many = ldap_directory_read_many,
    .search = ldap_directory_search,
    .schema = ldap_directory_schema,
    .view_limit = ldap_view_limit,
};

static Directory *
ldap_view(Directory *directory, DirectoryViewKind kind, GError **error)
{
    if (kind != VIEW_CURRENT) {
        g_set_error_literal(error, DIRECTORY_ERROR, DIRECTORY_ERROR_UNAVAILABLE, "nothing is kept beside the server");
        return NULL;
    }
    LdapDirectory *view = g_new0(LdapDirectory, 1);
    view->directory.class = &view_class;
    view->pool = ldap_directory_pool(directory);
    return &view->directory;
}

static const DirectoryClass ldap_class = {
    .kind = "ldap",
    .find = ldap_directory_find,
    .find_many = ldap_directory_find_many,
    .read = ldap_directory_read,
    .read_many = ldap_directory_read_many,
    .search = ldap_directory_search,
    .schema = ldap_directory_schema,
    .check = ldap_directory_check,
    .view = ldap_view,
    .view_end = ldap_view_end,
    .status = ldap_directory_status,
    .free = ldap_directory_free,
};

Directory *
directory_ldap_new(const LdapSettings *settings, GError **error)
{
    LdapConfig *config = ldap_config_new(settings, error);
    LdapPool   *pool = config != NULL ? ldap_pool_new(config, error) : NULL;

    if (pool == NULL)
        return NULL;
    LdapDirectory *ldap = g_new0(LdapDirectory, 1);
    ldap->directory.class = &ldap_class;
    ldap->pool = pool;
    return &ldap->directory;
}
