/* SPDX-License-Identifier: BSD-2-Clause
 * mirror.c - a directory kept in memory, in step with the servers of a live one
 *
 * Owns:     the image, the live directory, the keeper's thread.
 * Promises: answers at once from what it has; opening waits for neither server nor disk. Outside of a view it is the
 * live directory. Threads:  any.
 */
#include "resolver/directory/mirror/mirror-private.h"

#include "rollcall/dn.h"

#include <string.h>

static Mirror *
mirror_of(Directory *directory)
{
    return (Mirror *)directory;
}

/* ---- small things that all files use ---- */

void
mirror_report(Mirror *mirror, DirectoryEventKind kind, char *event)
{
    const LdapSettings *settings = &mirror->ldap->settings;

    if (kind != DIRECTORY_EVENT_GOOD) {
        pthread_mutex_lock(&mirror->lock);
        g_free(mirror->last_error);
        mirror->last_error = g_strdup(event);
        pthread_mutex_unlock(&mirror->lock);
    }
    if (settings->observer != NULL)
        settings->observer(kind, event, settings->observer_data);
    g_free(event);
}

void
mirror_wake(Mirror *mirror)
{
    pthread_mutex_lock(&mirror->lock);
    mirror->woken = TRUE;
    pthread_cond_signal(&mirror->wake);
    pthread_mutex_unlock(&mirror->lock);
}

guint
mirror_id_hash(gconstpointer id)
{
    guint32 parts[4];

    memcpy(parts, id, sizeof parts);
    return parts[0] ^ parts[1] ^ parts[2] ^ parts[3];
}

gboolean
mirror_id_equal(gconstpointer a, gconstpointer b)
{
    return memcmp(a, b, sizeof(EntryId)) == 0;
}

GHashTable *
mirror_id_set_new(void)
{
    return g_hash_table_new_full(mirror_id_hash, mirror_id_equal, g_free, NULL);
}

void
mirror_id_set_add(GHashTable *set, const EntryId *id)
{
    if (!g_hash_table_contains(set, id))
        g_hash_table_add(set, g_memdup2(id, sizeof *id));
}

/* Locked. A stream that has nothing to report still says that it is up to date. */
static gint64
as_of_context(const MirrorContext *context)
{
    StreamStatus status = {0};
    gint64       as_of = context->as_of;

    if (context->stream == NULL)
        return as_of;
    stream_status(context->stream, &status);
    /* a pass that brings more attributes says nothing before its end */
    if (status.as_of > 0 && context->caught_up)
        as_of = MAX(as_of, status.as_of);
    stream_status_clear(&status);
    return as_of;
}

gboolean
mirror_as_of(Mirror *mirror, gboolean stale, gint64 *as_of)
{
    /* who has lost his name to another is found nowhere until his own news comes: a shorter list that looks whole */
    gboolean known = mirror->image != NULL && image_n_displaced(mirror->image) == 0;

    *as_of = G_MAXINT64;
    pthread_mutex_lock(&mirror->lock);
    for (guint i = 0; known && i < mirror->contexts->len; i++) {
        const MirrorContext *context = g_ptr_array_index(mirror->contexts, i);
        known = stale ? context->filled : context->complete;
        *as_of = MIN(*as_of, as_of_context(context));
    }
    pthread_mutex_unlock(&mirror->lock);
    return known;
}

/* ---- views ---- */

static gboolean
too_old(gint64 age, const char *limit, GError **error)
{
    g_set_error(error, DIRECTORY_ERROR, DIRECTORY_ERROR_UNAVAILABLE,
                "the mirror is %" G_GINT64_FORMAT " s old, more than %s", age / G_USEC_PER_SEC, limit);
    return FALSE;
}

/* Inside the gate. */
static gboolean
may_answer(Mirror *mirror, DirectoryViewKind kind, gint64 *as_of, GError **error)
{
    gboolean stale = kind == VIEW_STALE;

    if (!mirror_as_of(mirror, stale, as_of)) {
        g_set_error_literal(error, DIRECTORY_ERROR, DIRECTORY_ERROR_UNAVAILABLE, "the mirror is being filled");
        return FALSE;
    }
    if (mirror->gap != NULL) {
        g_set_error(error, DIRECTORY_ERROR, DIRECTORY_ERROR_UNAVAILABLE, "the mirror is not complete: %s", mirror->gap);
        return FALSE;
    }
    gint64 age = g_get_monotonic_time() - *as_of;
    if (stale)
        return age <= mirror->settings.stale_limit || too_old(age, "stale-limit", error);
    return age <= mirror->settings.max_age || too_old(age, "max-age", error);
}

static Directory *
mirror_view(Directory *directory, DirectoryViewKind kind, GError **error)
{
    Mirror *mirror = mirror_of(directory);
    gint64  as_of;

    if (kind == VIEW_LIVE)
        return directory_view(mirror->live, VIEW_CURRENT, error);
    gate_read(mirror->gate);
    if (may_answer(mirror, kind, &as_of, error))
        return mirror_view_new(mirror, as_of);
    gate_read_end(mirror->gate);
    return NULL;
}

static void
mirror_view_end(Directory *directory, Directory *view)
{
    if (g_str_equal(directory_kind(view), directory_kind(directory)))
        directory_free(view);
    else
        directory_view_end(mirror_of(directory)->live, view);
}

/* ---- outside of a view: the servers ---- */

static gboolean
live_find(Directory *directory, const Address *address, const char *const *attributes, GPtrArray *entries,
          gint64 deadline, GError **error)
{
    return directory_find(mirror_of(directory)->live, address, attributes, entries, deadline, error);
}

static gboolean
live_find_many(Directory *directory, const Address *const *addresses, gsize n_addresses, const char *const *attributes,
               GPtrArray *found, gint64 deadline, GError **error)
{
    return directory_find_many(mirror_of(directory)->live, addresses, n_addresses, attributes, found, deadline, error);
}

static gboolean
live_read(Directory *directory, const char *dn, const char *const *attributes, const Entry **entry, gint64 deadline,
          GError **error)
{
    return directory_read(mirror_of(directory)->live, dn, attributes, entry, deadline, error);
}

static gboolean
live_read_many(Directory *directory, const char *const *dns, gsize n_dns, const char *const *attributes,
               GPtrArray *entries, gint64 deadline, GError **error)
{
    return directory_read_many(mirror_of(directory)->live, dns, n_dns, attributes, entries, deadline, error);
}

static gboolean
live_search(Directory *directory, const DirectorySearch *search, DirectoryEntryFunc func, gpointer user_data,
            gint64 deadline, GError **error)
{
    return directory_search(mirror_of(directory)->live, search, func, user_data, deadline, error);
}

static Schema *
live_schema(Directory *directory)
{
    return directory_schema(mirror_of(directory)->live);
}

static GPtrArray *
live_check(Directory *directory, gint64 deadline)
{
    return directory_check(mirror_of(directory)->live, deadline);
}

static DirectoryStatus *
status(Directory *directory)
{
    return mirror_status(mirror_of(directory));
}

static gboolean
rebuild(Directory *directory, G_GNUC_UNUSED GError **error)
{
    Mirror *mirror = mirror_of(directory);

    pthread_mutex_lock(&mirror->lock);
    mirror->wants_rebuild = TRUE;
    pthread_mutex_unlock(&mirror->lock);
    mirror_wake(mirror);
    return TRUE;
}

/* ---- life ---- */

static void
context_free(gpointer data)
{
    MirrorContext *context = data;

    mirror_context_forget_pass(context);
    g_clear_pointer(&context->missing, g_hash_table_unref);
    g_clear_pointer(&context->cookie, g_bytes_unref);
    g_free(context->dn);
    g_free(context->key);
    g_free(context->top_key);
    g_free(context);
}

static void
mirror_free_parts(Mirror *mirror)
{
    image_free(mirror->image);
    directory_free(mirror->live);
    ldap_config_free(mirror->ldap);
    store_close(mirror->store);
    g_clear_pointer(&mirror->kept, g_hash_table_unref);
    g_clear_pointer(&mirror->asked, g_hash_table_unref);
    g_clear_pointer(&mirror->hidden, g_hash_table_unref);
    g_clear_pointer(&mirror->judged, g_hash_table_unref);
    g_clear_pointer(&mirror->dirty, g_hash_table_unref);
    g_clear_pointer(&mirror->pending, g_hash_table_unref);
    g_clear_pointer(&mirror->schema, schema_unref);
    g_clear_pointer(&mirror->schema_octets, g_bytes_unref);
    g_ptr_array_unref(mirror->contexts);
    gate_free(mirror->gate);
    pthread_cond_destroy(&mirror->wake);
    pthread_mutex_destroy(&mirror->writing);
    pthread_mutex_destroy(&mirror->lock);
    g_strfreev(mirror->base_attributes);
    g_strfreev(mirror->omit);
    g_free(mirror->store_file);
    g_free(mirror->method);
    g_free(mirror->identity);
    g_free(mirror->gap);
    g_free(mirror->store_error);
    g_free(mirror->last_error);
    g_free(mirror);
}

static void
mirror_free(Directory *directory)
{
    Mirror *mirror = mirror_of(directory);

    pthread_mutex_lock(&mirror->lock);
    mirror->stopping = TRUE;
    pthread_cond_signal(&mirror->wake);
    pthread_mutex_unlock(&mirror->lock);
    pthread_join(mirror->keeper, NULL);
    mirror_free_parts(mirror);
}

static const DirectoryClass mirror_class = {
    .kind = "mirror",
    .find = live_find,
    .find_many = live_find_many,
    .read = live_read,
    .read_many = live_read_many,
    .search = live_search,
    .schema = live_schema,
    .check = live_check,
    .view = mirror_view,
    .view_end = mirror_view_end,
    .status = status,
    .rebuild = rebuild,
    .free = mirror_free,
};

/* What rows on disk depend on beside the servers' schema, which stands in a note of its own. */
static char *
identity_of(const Mirror *mirror)
{
    const LdapSettings *ldap = &mirror->ldap->settings;
    g_autofree char    *uris = g_strjoinv(" ", (GStrv)ldap->uris);
    g_autofree char    *bases = g_strjoinv(";", (GStrv)ldap->bases);
    g_autofree char    *addresses = g_strjoinv(" ", (GStrv)ldap->address_attributes);
    g_autofree char    *attributes = g_strjoinv(" ", mirror->base_attributes);
    g_autofree char    *omit = g_strjoinv(" ", mirror->omit);

    return g_strjoin("\n", "rollcall " PACKAGE_VERSION, uris, bases, ldap->schema, addresses, attributes, omit,
                     mirror->method, ldap->bind_dn != NULL ? ldap->bind_dn : "",
                     ldap->principal != NULL ? ldap->principal : "", NULL);
}

static void
add_contexts(Mirror *mirror)
{
    mirror->contexts = g_ptr_array_new_with_free_func(context_free);
    for (const char *const *base = mirror->ldap->settings.bases; *base != NULL; base++) {
        MirrorContext *context = g_new0(MirrorContext, 1);
        context->mirror = mirror;
        context->dn = g_strdup(*base);
        context->key = dn_key(*base);
        g_ptr_array_add(mirror->contexts, context);
    }
}

static void
init_locks(Mirror *mirror)
{
    pthread_condattr_t monotonic;

    mirror->gate = gate_new();
    pthread_mutex_init(&mirror->writing, NULL);
    pthread_mutex_init(&mirror->lock, NULL);
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&mirror->wake, &monotonic);
    pthread_condattr_destroy(&monotonic);
}

static void
take_settings(Mirror *mirror, const MirrorSettings *settings)
{
    static const char *const none[] = {NULL};

    mirror->settings = *settings;
    mirror->store_file = g_strdup(settings->store);
    mirror->method = g_strdup(settings->method);
    mirror->base_attributes = g_strdupv((GStrv)settings->attributes);
    mirror->omit = g_strdupv((GStrv)(settings->omit != NULL ? settings->omit : none));
    mirror->pending = mirror_id_set_new();
    mirror->dirty = mirror_id_set_new();
    mirror->everything = TRUE;
}

/* A base that is no DN, or one that is there twice, cannot be mirrored. */
static gboolean
check_contexts(const Mirror *mirror, GError **error)
{
    g_autoptr(GHashTable) keys = g_hash_table_new(g_str_hash, g_str_equal);

    for (guint i = 0; i < mirror->contexts->len; i++) {
        const MirrorContext *context = g_ptr_array_index(mirror->contexts, i);
        if (context->key != NULL && *context->key != '\0' && g_hash_table_add(keys, context->key))
            continue;
        g_set_error(error, DIRECTORY_ERROR, DIRECTORY_ERROR_SETTINGS, "base %s: expected distinct DNs for a mirror",
                    context->dn);
        return FALSE;
    }
    return TRUE;
}

Directory *
directory_mirror_new(const LdapSettings *ldap, const MirrorSettings *settings, GError **error)
{
    LdapConfig *config = ldap_config_new(ldap, error);
    Directory  *live = config != NULL ? directory_ldap_new(ldap, error) : NULL;

    if (live == NULL) {
        g_clear_pointer(&config, ldap_config_free);
        return NULL;
    }
    Mirror *mirror = g_new0(Mirror, 1);
    mirror->directory.class = &mirror_class;
    mirror->live = live;
    mirror->pool = ldap_directory_pool(live);
    mirror->ldap = config;
    take_settings(mirror, settings);
    init_locks(mirror);
    add_contexts(mirror);
    mirror->identity = identity_of(mirror);
    if (check_contexts(mirror, error) && ldap_thread_start(&mirror->keeper, mirror_keeper, mirror, error))
        return &mirror->directory;
    mirror_free_parts(mirror);
    return NULL;
}
