/* SPDX-License-Identifier: BSD-2-Clause
 * stream-poll.c - any server: asked again and again for what has been modified since
 *
 * On a controller of Active Directory by uSNChanged, which counts on that one controller and misses nothing. Elsewhere
 * by modifyTimestamp, which has seconds, and which another master's clock may have set: it is asked with an overlap,
 * and what has come before in the same state is not handed on twice. Deletions are found by presence passes alone.
 *
 * Its cookie is the highest mark seen: a number or a time, as the server writes it.
 *
 * Threads: the stream's.
 */
#include "stream-private.h"

#include <string.h>

enum {
    OVERLAP = 10, /* seconds */
    SETTLED = 120 /* ... after which a change from another master is not expected any more */
};

typedef struct {
    StreamRun  *run;
    gboolean    full, by_usn;
    const char *id_attribute;
    char       *highest;
    GHashTable *recent; /* EntryId -> what was handed on in the overlap; taken over from the pass before */
    GHashTable *before; /* ... of that */
} Poll;

/* Kept between two passes on one connection. */
typedef struct {
    GHashTable *recent;
    gint64      since; /* when `highest` was seen first */
    char       *highest;
} PollState;

static const char *
poll_context(const StreamRun *run)
{
    return run->settings->context;
}

static gboolean
is_by_usn(const StreamRun *run)
{
    return run->server.usn > 0;
}

static const char *
poll_id_attribute(const StreamRun *run)
{
    return is_by_usn(run) ? "objectGUID" : run->ids_from_dns ? NULL : "entryUUID";
}

/* A digest of all that was handed on. */
static void
digest_attribute(const char *key, const Value *values, guint n_values, gpointer user_data)
{
    GChecksum *sum = user_data;

    for (guint i = 0; i < n_values; i++) {
        g_checksum_update(sum, (const guchar *)key, (gssize)strlen(key) + 1);
        g_checksum_update(sum, (const guchar *)&values[i].length, sizeof values[i].length);
        g_checksum_update(sum, (const guchar *)values[i].data, (gssize)values[i].length);
    }
}

static char *
digest(const Entry *entry)
{
    g_autoptr(GChecksum) sum = g_checksum_new(G_CHECKSUM_SHA256);

    g_checksum_update(sum, (const guchar *)entry_dn(entry), -1);
    entry_foreach(entry, digest_attribute, sum);
    return g_strdup(g_checksum_get_string(sum));
}

/* Whether it has been handed on as it is now. */
static gboolean
is_known(Poll *poll, const EntryId *id, const Entry *entry)
{
    if (poll->by_usn || poll->full)
        return FALSE;
    char       *now = digest(entry);
    const char *before = g_hash_table_lookup(poll->before, id);
    gboolean    known = g_strcmp0(now, before) == 0;
    g_hash_table_replace(poll->recent, g_memdup2(id, sizeof *id), now);
    return known;
}

static gboolean
take_entry(const Entry *entry, gpointer user_data, GError **error)
{
    Poll       *poll = user_data;
    EntryId     id;
    const char *mark = poll->by_usn ? NULL : entry_text(entry, "modifyTimestamp");

    if (!stream_goes_on(poll->run->stream, error))
        return FALSE;
    if (!stream_entry_id(entry, poll->id_attribute, &id))
        return TRUE; /* its id is not for this account to read */
    if (mark != NULL && g_strcmp0(mark, poll->highest) > 0) {
        g_free(poll->highest);
        poll->highest = g_strdup(mark);
    }
    if (is_known(poll, &id, entry))
        return TRUE;
    StreamChange *change = stream_change_new(STREAM_PUT, &id);
    change->entry = stream_wanted_entry(poll->run, entry);
    stream_change_set_parent(change, entry);
    return stream_pass_add(poll->run, change, error);
}

/* "20261126212617Z" less the overlap. NULL: not a time. */
static char *
moved_back(const char *time, gint64 seconds)
{
    g_autofree char *iso = strlen(time) >= 14 ? g_strdup_printf("%.8sT%.6sZ", time, time + 8) : NULL;
    g_autoptr(GDateTime) when = iso != NULL ? g_date_time_new_from_iso8601(iso, NULL) : NULL;
    g_autoptr(GDateTime) earlier = when != NULL ? g_date_time_add_seconds(when, (gdouble)-seconds) : NULL;

    return earlier != NULL ? g_date_time_format(earlier, "%Y%m%d%H%M%SZ") : NULL;
}

static char *
make_filter(const Poll *poll)
{
    const PollState *state = poll->run->method_data;
    gint64           quiet = (g_get_monotonic_time() - state->since) / G_USEC_PER_SEC;

    if (poll->full)
        return g_strdup("(objectClass=*)");
    if (poll->by_usn)
        return g_strdup_printf("(uSNChanged>=%" G_GUINT64_FORMAT ")", g_ascii_strtoull(poll->highest, NULL, 10) + 1);
    /* a great change is not read again and again for ever because nothing has happened since */
    g_autofree char *since = moved_back(poll->highest, MIN(OVERLAP, SETTLED - quiet));
    return g_strdup_printf("(modifyTimestamp>=%s)", since != NULL ? since : poll->highest);
}

static gboolean
search(Poll *poll, GError **error)
{
    const char *const more[] = {"objectClass", poll->id_attribute != NULL ? poll->id_attribute : "modifyTimestamp",
                                poll->by_usn                 ? "parentGUID"
                                : poll->id_attribute == NULL ? NULL
                                                             : "modifyTimestamp",
                                NULL};
    g_autoptr(GPtrArray) names = stream_attribute_names(poll->run, more);
    g_autofree char *filter = make_filter(poll);
    const LdapSearch search = {.base = poll->run->context,
                               .scope = LDAP_SCOPE_SUBTREE,
                               .filter = filter,
                               .attributes = (const char *const *)names->pdata};

    return ldap_search_run(poll->run->connection, &search, take_entry, poll, error);
}

/* The overlap of the next pass. */
static void
remember(Poll *poll)
{
    PollState *state = poll->run->method_data;

    g_clear_pointer(&state->recent, g_hash_table_unref);
    state->recent = g_steal_pointer(&poll->recent);
    if (g_strcmp0(state->highest, poll->highest) == 0)
        return;
    g_free(state->highest);
    state->highest = g_strdup(poll->highest);
    state->since = g_get_monotonic_time();
}

static char *
first_mark(const StreamRun *run)
{
    gsize       length = 0;
    const char *octets = run->note != NULL ? g_bytes_get_data(run->note->cookie, &length) : NULL;

    return g_strndup(octets != NULL ? octets : "", length);
}

static gboolean
run_pass(Poll *poll, GError **error)
{
    StreamRun *run = poll->run;
    gint64     begin = g_get_monotonic_time();

    /* read before the search: what is changed during it may have been missed */
    if (!stream_server_usn(run, error) || !search(poll, error))
        return FALSE;
    if (poll->by_usn) {
        g_free(poll->highest);
        poll->highest = g_strdup_printf("%" G_GUINT64_FORMAT, run->server.usn);
    }
    if (*poll->highest == '\0') {
        g_set_error(error, DIRECTORY_ERROR, DIRECTORY_ERROR_REFUSED, "%s: shows no modifyTimestamp to this account",
                    run->connection->server->uri->label);
        return FALSE;
    }
    remember(poll);
    GBytes *cookie = g_bytes_new(poll->highest, strlen(poll->highest));
    return stream_arrive(run, cookie, begin, error);
}

static gboolean
poll_pass(StreamRun *run, GError **error)
{
    PollState *state = run->method_data;
    Poll       poll = {.run = run, .full = run->note == NULL, .by_usn = is_by_usn(run)};

    poll.id_attribute = poll_id_attribute(run);
    poll.highest = first_mark(run);
    poll.before = g_steal_pointer(&state->recent);
    if (poll.before == NULL)
        poll.before = stream_id_map_new();
    poll.recent = stream_id_map_new();
    stream_pass_begin(run, poll.full ? STREAM_FULL : STREAM_CHANGES);
    gboolean good = run_pass(&poll, error);
    stream_pass_drop(run);
    g_hash_table_unref(poll.before);
    g_clear_pointer(&poll.recent, g_hash_table_unref);
    g_free(poll.highest);
    return good;
}

/* ---- the connection ---- */

static const StreamPasses passes = {.pass = poll_pass, .id_attribute = poll_id_attribute};

/* uSNChanged counts on one controller only. */
static gboolean
check_server(const StreamRun *run, GError **error)
{
    if (run->note == NULL || !is_by_usn(run) || g_hash_table_contains(run->note->marks, run->server.identity))
        return TRUE;
    g_set_error_literal(error, STREAM_ERROR, STREAM_ERROR_AGAIN, "another server, which counts for itself");
    return FALSE;
}

static gboolean
look_for_ids(StreamRun *run, GError **error)
{
    g_autofree char *id = NULL;

    if (is_by_usn(run))
        return TRUE;
    if (!stream_server_value(run, run->context, "entryUUID", &id, error))
        return FALSE;
    run->ids_from_dns = id == NULL;
    return TRUE;
}

static gboolean
poll_follow(StreamRun *run, GError **error)
{
    PollState state = {.since = g_get_monotonic_time()};

    run->blind = TRUE;
    run->method_data = &state;
    if (check_server(run, error) && look_for_ids(run, error))
        stream_passes_follow(run, &passes, error);
    run->method_data = NULL;
    g_clear_pointer(&state.recent, g_hash_table_unref);
    g_free(state.highest);
    return FALSE;
}

const StreamMethodClass stream_poll = {
    .name = "poll",
    .method = STREAM_METHOD_POLL,
    .context = poll_context,
    .follow = poll_follow,
};
