/* SPDX-License-Identifier: BSD-2-Clause
 * mirror-keeper.c - the thread that keeps a mirror going: loads it, starts its streams and starts them again, writes it
 * down
 *
 * Owns:     the streams, the store, the lists of attributes.
 * Promises: nobody else waits for it; what it waits for itself (servers, disk) ends within seconds.
 * Threads:  its own.
 */
#include "resolver/directory/mirror/mirror-private.h"

#include <time.h>

#define ASK_TIME (3 * G_TIME_SPAN_SECOND)
#define PAUSE G_TIME_SPAN_SECOND
#define STORE_PATIENCE (5 * G_TIME_SPAN_SECOND)
/* ... until a server has told its schema */
#define FIRST_PAUSE (20 * G_TIME_SPAN_MILLISECOND)
/* How often it is looked for gaps: while there is none, and while there is one. */
#define GAP_INTERVAL (600 * G_TIME_SPAN_SECOND)
#define GAP_PAUSE (5 * G_TIME_SPAN_SECOND)

/* ---- streams ---- */

static MirrorContext *
context_at(const Mirror *mirror, guint i)
{
    return g_ptr_array_index(mirror->contexts, i);
}

static gboolean
runs(Mirror *mirror)
{
    return context_at(mirror, 0)->stream != NULL;
}

static void
stop_stream(Mirror *mirror, MirrorContext *context)
{
    StreamStatus status;

    pthread_mutex_lock(&mirror->lock);
    Stream *stream = g_steal_pointer(&context->stream);
    if (stream != NULL) {
        stream_status(stream, &status);
        if (status.as_of > 0 && status.as_of > context->as_of)
            context->as_of = status.as_of;
        stream_status_clear(&status);
    }
    pthread_mutex_unlock(&mirror->lock);
    stream_stop(stream);
}

static void
stop_streams(Mirror *mirror)
{
    for (guint i = 0; i < mirror->contexts->len; i++)
        stop_stream(mirror, context_at(mirror, i));
    for (guint i = 0; i < mirror->contexts->len; i++) {
        mirror_context_drop_queue(context_at(mirror, i));
        mirror_context_forget_pass(context_at(mirror, i));
    }
}

static StreamMethod
method_of(const char *name)
{
    static const char *const names[] = {
        [STREAM_METHOD_AUTO] = "auto",
        [STREAM_METHOD_DIRSYNC] = "dirsync",
        [STREAM_METHOD_SYNCREPL] = "syncrepl",
        [STREAM_METHOD_POLL] = "poll",
    };
    for (gsize i = 0; i < G_N_ELEMENTS(names); i++)
        if (g_str_equal(names[i], name))
            return (StreamMethod)i;
    return STREAM_METHOD_AUTO;
}

/* DirectoryObserver; `context` is what the stream was given. */
static void
on_stream_event(DirectoryEventKind kind, const char *event, gpointer context)
{
    mirror_report(((MirrorContext *)context)->mirror, kind, g_strdup(event));
}

static gboolean
start_stream(Mirror *mirror, MirrorContext *context, const char *const *attributes, GError **error)
{
    StreamSettings settings = {
        .pool = mirror->pool,
        .context = context->dn,
        .attributes = attributes,
        .method = method_of(mirror->method),
        .poll_interval = mirror->settings.poll_interval,
        .presence_interval = mirror->settings.presence_interval,
        .cookie = context->caught_up ? context->cookie : NULL,
        .deliver = mirror_deliver,
        .observe = on_stream_event,
        .user_data = context,
    };
    Stream *stream = stream_start(&settings, error);

    pthread_mutex_lock(&mirror->lock);
    context->stream = stream;
    pthread_mutex_unlock(&mirror->lock);
    return stream != NULL;
}

static void
start_streams(Mirror *mirror)
{
    g_autoptr(GPtrArray) names = g_ptr_array_new();
    GHashTableIter iter;
    gpointer       key;

    g_hash_table_iter_init(&iter, mirror->asked);
    while (g_hash_table_iter_next(&iter, &key, NULL))
        g_ptr_array_add(names, key);
    g_ptr_array_add(names, NULL);
    for (guint i = 0; i < mirror->contexts->len; i++) {
        g_autoptr(GError) error = NULL;
        if (start_stream(mirror, context_at(mirror, i), (const char *const *)names->pdata, &error))
            continue;
        char *why = ldap_pool_quote("reason", error->message);
        mirror_report(mirror, DIRECTORY_EVENT_BAD, g_strconcat("mirror stream not started: ", why, NULL));
        g_free(why);
        stop_streams(mirror);
        return;
    }
}

/* ---- the image ---- */

void
mirror_set_image(Mirror *mirror, Image *image)
{
    Image *before;

    gate_write(mirror->gate);
    before = g_steal_pointer(&mirror->image);
    mirror->image = image;
    mirror->versions += before != NULL ? image_version(before) + 1 : 1;
    for (guint i = 0; i < mirror->contexts->len; i++) {
        MirrorContext *context = context_at(mirror, i);
        context->complete = context->filled = context->caught_up = FALSE;
        g_clear_pointer(&context->missing, g_hash_table_unref);
        g_clear_pointer(&context->cookie, g_bytes_unref);
        g_atomic_int_set(&context->held_back, 0);
    }
    gate_write_end(mirror->gate);
    image_free(before);
    pthread_mutex_lock(&mirror->lock);
    g_hash_table_remove_all(mirror->dirty);
    mirror->everything = TRUE;
    pthread_mutex_unlock(&mirror->lock);
}

/* DirectoryEntryFunc. Where bases overlap an entry comes twice, and is not taken twice. */
static gboolean
add_group(const Entry *entry, gpointer user_data, G_GNUC_UNUSED GError **error)
{
    gboolean G_GNUC_UNUSED taken = image_put(user_data, NULL, entry);
    return TRUE;
}

static gboolean
search_groups(Mirror *mirror, Image *groups, GError **error)
{
    static const char *const classes[] = {"msExchDynamicDistributionList", "groupOfURLs"};
    static const char *const attributes[] = {"objectClass", "msExchDynamicDLFilter", "memberURL", NULL};
    const Filter            *parts[G_N_ELEMENTS(classes)];

    for (gsize i = 0; i < G_N_ELEMENTS(classes); i++)
        parts[i] = filter_new_equal("objectClass", classes[i], -1);
    g_autoptr(FilterRef) filter = filter_new_composite(FILTER_OR, parts, G_N_ELEMENTS(parts));
    DirectorySearch search = {.scope = SCOPE_SUBTREE, .filter = filter, .attributes = attributes};
    return directory_search(mirror->live, &search, add_group, groups, g_get_monotonic_time() + ASK_TIME, error);
}

/* What a live search of all bases cannot give whole (it meets a reference to a naming context that may hold recipients)
 * the streams do not bring either: without this the image would be a shorter list that looks whole. */
static void
set_gap(Mirror *mirror, const GError *error)
{
    const char *why = error != NULL ? error->message : NULL;

    mirror->gap_due = g_get_monotonic_time() + (why != NULL ? GAP_PAUSE : GAP_INTERVAL);
    gate_write(mirror->gate);
    gboolean same = g_strcmp0(why, mirror->gap) == 0;
    g_free(mirror->gap);
    mirror->gap = g_strdup(why);
    gate_write_end(mirror->gate);
    if (same)
        return;
    g_autofree char *reason = why != NULL ? ldap_pool_quote("reason", why) : NULL;
    mirror_report(mirror, why != NULL ? DIRECTORY_EVENT_BAD : DIRECTORY_EVENT_GOOD,
                  why != NULL ? g_strconcat("mirror not used: searches of the servers are not complete: ", reason, NULL)
                              : g_strdup("mirror used again"));
}

/* The groups alone, for what their filters name: it is asked for from the start then, and not by a second full pass.
 * NULL: no server answers. */
static GHashTable *
wanted_by_groups(Mirror *mirror, Schema *schema)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(Image) groups = image_new(schema, mirror->ldap->settings.address_attributes);

    if (!search_groups(mirror, groups, &error) && error->code == DIRECTORY_ERROR_UNAVAILABLE)
        return NULL;
    set_gap(mirror, error);
    return mirror_wanted(mirror, schema, groups);
}

static void
look_for_gap(Mirror *mirror)
{
    g_autoptr(GError) error = NULL;

    if (g_get_monotonic_time() < mirror->gap_due)
        return;
    g_autoptr(Image) groups = image_new(image_schema(mirror->image), mirror->ldap->settings.address_attributes);
    mirror->gap_due = g_get_monotonic_time() + GAP_PAUSE; /* if nobody answers */
    if (search_groups(mirror, groups, &error) || error->code != DIRECTORY_ERROR_UNAVAILABLE)
        set_gap(mirror, error);
}

static void
begin_image(Mirror *mirror)
{
    GHashTable *wanted = wanted_by_groups(mirror, mirror->schema);

    if (wanted == NULL)
        return;
    mirror_set_image(mirror, image_new(mirror->schema, mirror->ldap->settings.address_attributes));
    g_clear_pointer(&mirror->schema_octets, g_bytes_unref);
    mirror->schema_octets = schema_to_octets(mirror->schema);
    mirror->schema_written = FALSE;
    gate_write(mirror->gate);
    mirror_set_kept(mirror, wanted);
    gate_write_end(mirror->gate);
    g_clear_pointer(&mirror->asked, g_hash_table_unref);
    mirror->asked = wanted;
}

static void
drop_image(Mirror *mirror)
{
    stop_streams(mirror);
    mirror_set_image(mirror, NULL);
    mirror_forget_store(mirror);
}

/* ---- what makes everything begin anew ---- */

/* The servers' schema decides how values compare: an image that follows another one is of no use. */
static void
look_at_schema(Mirror *mirror)
{
    g_autoptr(Schema) now = ldap_pool_schema(mirror->pool);

    if (now == NULL || now == mirror->schema)
        return;
    g_clear_pointer(&mirror->schema, schema_unref);
    mirror->schema = schema_ref(now);
    if (mirror->image == NULL)
        return;
    g_autoptr(GBytes) octets = schema_to_octets(now);
    if (g_bytes_equal(octets, mirror->schema_octets))
        return;
    drop_image(mirror);
    mirror_report(mirror, DIRECTORY_EVENT_GOOD, g_strdup("mirror begun anew: reason=\"the schema is another one\""));
}

static gboolean
is_subset(GHashTable *keys, GHashTable *of)
{
    GHashTableIter iter;
    gpointer       key;

    g_hash_table_iter_init(&iter, keys);
    while (g_hash_table_iter_next(&iter, &key, NULL))
        if (!g_hash_table_contains(of, key))
            return FALSE;
    return TRUE;
}

/* A new group may name what was not asked for yet. FALSE: nothing to do, or not now. */
static gboolean
look_at_filters(Mirror *mirror)
{
    g_autoptr(GHashTable) wanted = NULL;
    gboolean settled = TRUE;

    pthread_mutex_lock(&mirror->writing);
    for (guint i = 0; i < mirror->contexts->len; i++)
        settled = settled && context_at(mirror, i)->caught_up;
    if (settled)
        wanted = mirror_wanted(mirror, image_schema(mirror->image), mirror->image);
    pthread_mutex_unlock(&mirror->writing);
    if (!settled || is_subset(wanted, mirror->asked))
        return FALSE;

    stop_streams(mirror);
    GHashTableIter iter;
    gpointer       key;
    g_hash_table_iter_init(&iter, mirror->asked);
    while (g_hash_table_iter_next(&iter, &key, NULL))
        g_hash_table_add(wanted, key);
    mirror_report(mirror, DIRECTORY_EVENT_GOOD,
                  g_strdup_printf("mirror reads everything anew: reason=\"filters name more attributes\" attributes=%u",
                                  g_hash_table_size(wanted)));
    g_hash_table_unref(mirror->asked);
    mirror->asked = g_steal_pointer(&wanted);
    for (guint i = 0; i < mirror->contexts->len; i++)
        context_at(mirror, i)->caught_up = FALSE;
    return TRUE;
}

static void
look_after_streams(Mirror *mirror)
{
    look_at_schema(mirror);
    if (mirror->image == NULL && mirror->schema != NULL)
        begin_image(mirror);
    if (mirror->image == NULL)
        return;
    if (runs(mirror))
        look_at_filters(mirror);
    if (!runs(mirror))
        start_streams(mirror);
    look_for_gap(mirror);
    mirror_look_at_rights(mirror);
}

/* ---- the thread ---- */

/* TRUE: to go on. */
static gboolean
wait_for_work(Mirror *mirror, gboolean *rebuild)
{
    gint64          until = g_get_monotonic_time() + (mirror->schema == NULL ? FIRST_PAUSE : PAUSE);
    struct timespec time = {.tv_sec = until / G_USEC_PER_SEC, .tv_nsec = until % G_USEC_PER_SEC * 1000};

    pthread_mutex_lock(&mirror->lock);
    while (!mirror->stopping && !mirror->woken && g_get_monotonic_time() < until)
        pthread_cond_timedwait(&mirror->wake, &mirror->lock, &time);
    mirror->woken = FALSE;
    *rebuild = mirror->wants_rebuild;
    mirror->wants_rebuild = FALSE;
    gboolean stopping = mirror->stopping;
    pthread_mutex_unlock(&mirror->lock);
    return !stopping;
}

static void
rebuild(Mirror *mirror)
{
    drop_image(mirror);
    mirror_report(mirror, DIRECTORY_EVENT_GOOD, g_strdup("mirror begun anew: reason=\"asked for\""));
}

/* After a reload the mirror before this one has the store until its last message has ended. For a while that is better
 * waited for than reading everything anew; and for as long as no server answers, since there is nothing else. */
static gboolean
waits_for_store(Mirror *mirror)
{
    gint64 now = g_get_monotonic_time();

    if (!mirror->store_busy || mirror->image != NULL)
        return FALSE;
    if (now >= mirror->store_retry)
        mirror_load(mirror);
    return mirror->store_busy && now < mirror->store_patience;
}

void *
mirror_keeper(void *data)
{
    Mirror  *mirror = data;
    gboolean wants_rebuild = FALSE;

    mirror->store_patience = g_get_monotonic_time() + STORE_PATIENCE;
    mirror_load(mirror);
    do {
        if (wants_rebuild)
            rebuild(mirror);
        if (!waits_for_store(mirror))
            look_after_streams(mirror);
        mirror_save(mirror, FALSE);
    } while (wait_for_work(mirror, &wants_rebuild));
    stop_streams(mirror);
    mirror_save(mirror, TRUE);
    return NULL;
}
