/* SPDX-License-Identifier: BSD-2-Clause
 * stream-presence.c - the ids of everything there is
 *
 * What a server does not report at all (deletions that the account may not see, rights that were taken away) is found
 * by asking who is there. The search takes its time; what comes or goes meanwhile is known from the stream itself, and
 * counts.
 *
 * Threads: the stream's.
 */
#include "stream-private.h"

#include <string.h>

#define LEAST (60 * G_USEC_PER_SEC) /* between two passes that are the only way to see deletions ... */
enum { SHARE = 20 };                /* ... and at least so many times what one takes, to leave the server alone */

static guint
id_hash(gconstpointer data)
{
    guint hash = 0;

    memcpy(&hash, data, sizeof hash); /* as random as a hash could be */
    return hash;
}

static gboolean
id_equal(gconstpointer a, gconstpointer b)
{
    return memcmp(a, b, sizeof(EntryId)) == 0;
}

GHashTable *
stream_id_set_new(void)
{
    return g_hash_table_new_full(id_hash, id_equal, g_free, NULL);
}

GHashTable *
stream_id_map_new(void)
{
    return g_hash_table_new_full(id_hash, id_equal, g_free, g_free);
}

gint64
stream_presence_next(const StreamRun *run, gint64 now, gint64 took)
{
    gint64 asked = run->settings->presence_interval;

    if (run->blind) {
        gint64 own = MAX(LEAST, took * SHARE);
        return now + (asked > 0 ? MIN(asked, own) : own);
    }
    return asked > 0 ? now + asked : G_MAXINT64;
}

gboolean
stream_presence_is_due(const StreamRun *run, gint64 now)
{
    return now >= run->presence_due && (run->blind || run->settings->presence_interval > 0);
}

typedef struct {
    StreamRun  *run;
    const char *attribute;
    GArray     *ids;
    gboolean (*between)(StreamRun *run, GError **error);
    gint64  next;  /* when to look for changes again */
    GError *error; /* of that */
} Gathering;

/* The stream is to stay fresh however long this takes. */
static void
look_between(gpointer user_data)
{
    Gathering *gathering = user_data;
    gint64     now = g_get_monotonic_time();

    if (gathering->error != NULL || now < gathering->next)
        return;
    gathering->between(gathering->run, &gathering->error);
    gathering->next = g_get_monotonic_time() + gathering->run->settings->poll_interval;
}

static gboolean
gather(const Entry *entry, gpointer user_data, GError **error)
{
    Gathering *gathering = user_data;
    EntryId    id;

    if (!stream_entry_id(entry, gathering->attribute, &id))
        gathering->run->n_nameless++;
    else if (!g_hash_table_contains(gathering->run->note->strangers, &id))
        g_array_append_val(gathering->ids, id);
    if (gathering->error == NULL)
        return stream_goes_on(gathering->run->stream, error);
    g_propagate_error(error, g_steal_pointer(&gathering->error));
    return FALSE;
}

void
stream_presence_track(StreamRun *run)
{
    g_clear_pointer(&run->born, g_hash_table_unref);
    g_clear_pointer(&run->gone, g_hash_table_unref);
    run->born = stream_id_set_new();
    run->gone = stream_id_set_new();
}

void
stream_presence_learn(StreamRun *run, GArray *ids, GHashTable *known)
{
    guint n_kept = 0;

    for (guint i = 0; i < ids->len; i++) {
        const EntryId id = g_array_index(ids, EntryId, i);
        if (g_hash_table_contains(known, &id) || g_hash_table_contains(run->born, &id))
            g_array_index(ids, EntryId, n_kept++) = id;
        else if (!g_hash_table_contains(run->gone, &id))
            g_hash_table_add(run->note->strangers, g_memdup2(&id, sizeof id));
    }
    if (n_kept < ids->len)
        run->kept = 0; /* the receiver's note is to have them */
    g_array_set_size(ids, n_kept);
}

GArray *
stream_presence_gather(StreamRun *run, const char *attribute, gboolean (*between)(StreamRun *run, GError **error),
                       GError **error)
{
    const char *const attributes[] = {attribute != NULL ? attribute : LDAP_NO_ATTRS, NULL};
    const LdapSearch  search = {.base = run->context,
                                .scope = LDAP_SCOPE_SUBTREE,
                                .filter = "(objectClass=*)",
                                .attributes = attributes,
                                .page = look_between};
    g_autoptr(GArray) ids = g_array_new(FALSE, FALSE, sizeof(EntryId));
    Gathering gathering = {.run = run, .attribute = attribute, .ids = ids, .between = between};

    run->n_nameless = 0;
    stream_presence_track(run);
    gathering.next = g_get_monotonic_time() + run->settings->poll_interval;
    stream_be_patient(run, TRUE);
    gboolean good = ldap_search_run(run->connection, &search, gather, &gathering, error);
    stream_be_patient(run, FALSE);
    if (gathering.error != NULL && good) {
        g_propagate_error(error, gathering.error);
        return NULL;
    }
    g_clear_error(&gathering.error);
    if (!good)
        return NULL;
    if (ids->len > 0)
        return g_steal_pointer(&ids);
    /* the base at least must be there: "nothing" is never "nobody" */
    g_set_error(error, DIRECTORY_ERROR, DIRECTORY_ERROR_INCOMPLETE, "%s: presence of %s: no entry shows an id",
                run->connection->server->uri->label, run->context);
    return NULL;
}

static gboolean
deliver(StreamRun *run, const GArray *ids, GHashTable *born, GHashTable *gone, GError **error)
{
    GHashTableIter each;
    gpointer       id = NULL;

    for (guint i = 0; i < ids->len; i++) {
        const EntryId *one = &g_array_index(ids, EntryId, i);
        if (g_hash_table_contains(gone, one))
            continue;
        if (!stream_pass_add(run, stream_change_new(STREAM_EXISTS, one), error))
            return FALSE;
        g_hash_table_remove(born, one);
    }
    g_hash_table_iter_init(&each, born);
    while (g_hash_table_iter_next(&each, &id, NULL))
        if (!stream_pass_add(run, stream_change_new(STREAM_EXISTS, id), error))
            return FALSE;
    return TRUE;
}

gboolean
stream_presence_deliver(StreamRun *run, GArray *ids, gint64 as_of, GError **error)
{
    g_autoptr(GHashTable) born = g_steal_pointer(&run->born);
    g_autoptr(GHashTable) gone = g_steal_pointer(&run->gone);
    g_autoptr(GArray) owned = ids;

    stream_pass_begin(run, STREAM_PRESENCE);
    return deliver(run, owned, born, gone, error) && stream_pass_end(run, NULL, as_of, error);
}
