/* SPDX-License-Identifier: BSD-2-Clause
 * mirror-rights.c - attributes that the account may not read
 *
 * What an account may not read no filter of its own says anything of: the assertion is Undefined, and its NOT too (RFC
 * 4511 section 4.5.1.7). In the image it looks like an attribute that nobody has, of which the NOT is true. So some
 * entries are asked for: (|(a=*)(!(a=*))) finds an entry exactly if its `a` may be read.
 *
 * Owns:     nothing.
 * Promises: an attribute that is hidden from the account everywhere is found; one that is only in some places, by luck.
 * Threads:  the keeper's.
 */
#include "resolver/directory/mirror/mirror-private.h"

enum { SAMPLES = 5 };
#define ASK_TIME (3 * G_TIME_SPAN_SECOND)
#define INTERVAL (600 * G_TIME_SPAN_SECOND)
#define PAUSE (5 * G_TIME_SPAN_SECOND)

/* ---- which entries ---- */

typedef struct {
    const Image *image;
    GPtrArray   *dns; /* of char * */
    guint        step, n;
} Picking;

static void
pick(const EntryId *id, gpointer user_data)
{
    Picking *picking = user_data;

    if (picking->n++ % picking->step == 0)
        g_ptr_array_add(picking->dns, image_dn(picking->image, id));
}

/* From all over the image. */
static GPtrArray *
pick_entries(Mirror *mirror)
{
    GPtrArray *dns = g_ptr_array_new_with_free_func(g_free);

    pthread_mutex_lock(&mirror->writing);
    Picking picking = {.image = mirror->image, .dns = dns, .step = image_size(mirror->image) / SAMPLES + 1};
    image_foreach_id(mirror->image, pick, &picking);
    pthread_mutex_unlock(&mirror->writing);
    return dns;
}

/* ---- asking ---- */

static const Filter *
readable(const char *attribute)
{
    const Filter *present = filter_new_present(attribute), *again = filter_new_present(attribute);
    const Filter *parts[] = {present, filter_new_composite(FILTER_NOT, &again, 1)};

    return filter_new_composite(FILTER_OR, parts, G_N_ELEMENTS(parts));
}

static const Filter *
all_readable(GHashTable *keys)
{
    g_autofree const Filter **parts = g_new(const Filter *, g_hash_table_size(keys) + 1);
    GHashTableIter            iter;
    gpointer                  key;
    guint                     n = 0;

    g_hash_table_iter_init(&iter, keys);
    while (g_hash_table_iter_next(&iter, &key, NULL))
        parts[n++] = readable(key);
    return filter_new_composite(FILTER_AND, parts, n);
}

/* DirectoryEntryFunc */
static gboolean
note_found(G_GNUC_UNUSED const Entry *entry, gpointer found, G_GNUC_UNUSED GError **error)
{
    *(gboolean *)found = TRUE;
    return TRUE;
}

/* FALSE: could not find out. */
static gboolean
matches(Mirror *mirror, const char *dn, const Filter *filter, gboolean *found, GError **error)
{
    static const char *const none[] = {NULL};
    DirectorySearch          search = {.base = dn, .scope = SCOPE_BASE, .filter = filter, .attributes = none};

    *found = FALSE;
    return directory_search(mirror->live, &search, note_found, found, g_get_monotonic_time() + ASK_TIME, error);
}

static gboolean
ask_one_by_one(Mirror *mirror, const char *dn, GHashTable *keys, GHashTable *hidden, GError **error)
{
    GHashTableIter iter;
    gpointer       key;

    g_hash_table_iter_init(&iter, keys);
    while (g_hash_table_iter_next(&iter, &key, NULL)) {
        gboolean found;
        g_autoptr(FilterRef) filter = readable(key);
        if (!matches(mirror, dn, filter, &found, error))
            return FALSE;
        if (!found)
            g_hash_table_add(hidden, key);
    }
    return TRUE;
}

/* An entry that is not there any more says nothing. */
static gboolean
ask_about(Mirror *mirror, const char *dn, GHashTable *keys, GHashTable *hidden, GError **error)
{
    g_autoptr(FilterRef) all = all_readable(keys);
    g_autoptr(FilterRef) any = filter_new_present("objectClass");
    gboolean found;

    if (!matches(mirror, dn, all, &found, error))
        return FALSE;
    if (found)
        return TRUE;
    if (!matches(mirror, dn, any, &found, error))
        return FALSE;
    return !found || ask_one_by_one(mirror, dn, keys, hidden, error);
}

/* NULL: no server answers. */
static GHashTable *
find_hidden(Mirror *mirror, GHashTable *keys)
{
    g_autoptr(GPtrArray) dns = pick_entries(mirror);
    g_autoptr(GHashTable) hidden = g_hash_table_new(NULL, NULL);

    for (guint i = 0; i < dns->len; i++) {
        g_autoptr(GError) error = NULL;
        if (!ask_about(mirror, g_ptr_array_index(dns, i), keys, hidden, &error) &&
            error->code == DIRECTORY_ERROR_UNAVAILABLE)
            return NULL;
    }
    return g_steal_pointer(&hidden);
}

/* ---- what follows from it ---- */

static void
report(Mirror *mirror, GHashTable *hidden)
{
    g_autofree gpointer *keys = g_hash_table_get_keys_as_array(hidden, NULL);
    g_autofree char     *names = g_strjoinv(" ", (char **)keys);
    g_autofree char     *quoted = ldap_pool_quote("attributes", names);

    mirror_report(mirror, DIRECTORY_EVENT_BAD,
                  g_strconcat("mirror not used for filters on what the account may not read: ", quoted, NULL));
}

static gboolean
is_same(GHashTable *one, GHashTable *other)
{
    GHashTableIter iter;
    gpointer       key;

    if (one == NULL || other == NULL)
        return (one != NULL ? g_hash_table_size(one) : other != NULL ? g_hash_table_size(other) : 0) == 0;
    g_hash_table_iter_init(&iter, one);
    while (g_hash_table_iter_next(&iter, &key, NULL))
        if (!g_hash_table_contains(other, key))
            return FALSE;
    return g_hash_table_size(one) == g_hash_table_size(other);
}

static void
set_hidden(Mirror *mirror, GHashTable *hidden)
{
    gboolean same = is_same(mirror->hidden, hidden);

    gate_write(mirror->gate);
    g_clear_pointer(&mirror->hidden, g_hash_table_unref);
    mirror->hidden = g_hash_table_ref(hidden);
    mirror->versions += !same; /* what was worked out without knowing is worth nothing */
    gate_write_end(mirror->gate);
    if (!same && g_hash_table_size(hidden) > 0)
        report(mirror, hidden);
}

/* What the servers' schema does not know nobody has. */
static GHashTable *
known_only(const Mirror *mirror, GHashTable *keys)
{
    GHashTable    *known = g_hash_table_new(NULL, NULL);
    GHashTableIter iter;
    gpointer       key;

    g_hash_table_iter_init(&iter, keys);
    while (g_hash_table_iter_next(&iter, &key, NULL))
        if (schema_attribute(image_schema(mirror->image), key) != NULL)
            g_hash_table_add(known, key);
    return known;
}

void
mirror_look_at_rights(Mirror *mirror)
{
    gint64 now = g_get_monotonic_time();

    pthread_mutex_lock(&mirror->writing);
    g_autoptr(GHashTable) kept = g_hash_table_ref(mirror->kept);
    gboolean empty = image_size(mirror->image) == 0;
    pthread_mutex_unlock(&mirror->writing);
    if (empty || (kept == mirror->judged && now < mirror->rights_due))
        return;
    g_autoptr(GHashTable) known = known_only(mirror, kept);
    g_autoptr(GHashTable) hidden = find_hidden(mirror, known);
    mirror->rights_due = now + (hidden != NULL ? INTERVAL : PAUSE);
    g_clear_pointer(&mirror->judged, g_hash_table_unref);
    mirror->judged = g_hash_table_ref(kept);
    if (hidden != NULL)
        set_hidden(mirror, hidden);
}
