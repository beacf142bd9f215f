/* SPDX-License-Identifier: BSD-2-Clause
 * state.c - what outlives a restart: its life, and what is known of each group in memory
 *
 * Owns:     the records of groups; the file.
 * Promises: nobody who asks or records waits for the disk. A file that cannot be used costs what was in it, and nothing
 *           else.
 * Threads:  any.
 */
#include "resolver/state/state-private.h"

#include <string.h>

G_DEFINE_QUARK(rollcall_state_error, state_error)

/* ---- opening ---- */

void
state_report(const State *state, gboolean good, const char *format, ...)
{
    va_list arguments;

    if (state->observer == NULL)
        return;
    va_start(arguments, format);
    g_autofree char *event = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    state->observer(good, event, state->observer_data);
}

static void
record_free(gpointer data)
{
    Record *record = data;

    g_free(record->group);
    g_free(record->name);
    names_unref(record->last);
    names_unref(record->stored);
    g_free(record);
}

static Record *
record_of(State *state, const char *group)
{
    Record *record = g_hash_table_lookup(state->records, group);

    if (record != NULL)
        return record;
    record = g_new0(Record, 1);
    record->group = g_strdup(group);
    g_hash_table_insert(state->records, record->group, record);
    return record;
}

/* StateRosterFunc */
static void
take_roster(const StateRoster *roster, gpointer user_data)
{
    Record *record = record_of(user_data, roster->group);

    record->name = g_strdup(roster->name);
    record->at = roster->at;
    record->whole = roster->whole;
    record->last = names_ref(roster->members);
    record->stored = names_ref(roster->members);
}

/* GFunc */
static void
take_approval(gpointer approval, gpointer user_data)
{
    const State *state = user_data;
    approvals_put(state->approvals, approval);
}

static void
forget_all(State *state)
{
    g_clear_pointer(&state->records, g_hash_table_unref);
    g_clear_pointer(&state->approvals, approvals_free);
    state->records = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, record_free);
    state->approvals = approvals_new();
}

static gboolean
open_file(State *state, GError **error)
{
    g_autoptr(GError) cause = NULL;
    g_autoptr(StateFile) file = state_file_open(state->file_name, state->read_only, &cause);

    if (cause != NULL || (file != NULL && (!state_file_read_rosters(file, take_roster, state, &cause) ||
                                           !state_file_read_approvals(file, take_approval, state, &cause)))) {
        forget_all(state);
        g_propagate_error(error, g_steal_pointer(&cause));
        return FALSE;
    }
    state->file = g_steal_pointer(&file);
    return TRUE;
}

/* What is damaged is kept for who wants to look at it, and begun anew. */
static gboolean
begin_anew(State *state, const GError *damage, GError **error)
{
    if (state->read_only || !g_error_matches(damage, STATE_ERROR, STATE_ERROR_DAMAGED)) {
        g_propagate_error(error, g_error_copy(damage));
        return FALSE;
    }
    if (!state_file_set_aside(state->file_name, error) || !open_file(state, error))
        return FALSE;
    state_report(state, FALSE, "%s; moved to %s.damaged, and begun anew: no group has a history", damage->message,
                 state->file_name);
    return TRUE;
}

static void
find_file(State *state)
{
    g_autoptr(GError) damage = NULL;
    g_autoptr(GError) error = NULL;

    if (state->file_name == NULL || open_file(state, &damage) || begin_anew(state, damage, &error))
        return;
    state_report(state, FALSE, "%s; %s", error->message,
                 state->read_only ? "no group's history is known" : "going on in memory, without any history");
}

State *
state_open(const StateSettings *settings)
{
    State *state = g_new0(State, 1);

    state->reference_count = 1;
    state->file_name = g_strdup(settings->file);
    state->read_only = settings->read_only;
    state->observer = settings->observer;
    state->observer_data = settings->observer_data;
    state->days = settings->history_days;
    state->prune = TRUE;
    pthread_mutex_init(&state->lock, NULL);
    pthread_mutex_init(&state->file_lock, NULL);
    pthread_cond_init(&state->wake, NULL);
    pthread_cond_init(&state->idle, NULL);
    state->unwritten = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    state->unwritten_approvals = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    forget_all(state);
    find_file(state);
    if (state->file != NULL && !state->read_only)
        state_writer_start(state);
    return state;
}

State *
state_ref(State *state)
{
    g_atomic_int_inc(&state->reference_count);
    return state;
}

void
state_unref(State *state)
{
    if (state == NULL || !g_atomic_int_dec_and_test(&state->reference_count))
        return;
    state_writer_stop(state);
    state_file_close(state->file);
    g_hash_table_unref(state->records);
    approvals_free(state->approvals);
    g_hash_table_unref(state->unwritten);
    g_hash_table_unref(state->unwritten_approvals);
    pthread_cond_destroy(&state->idle);
    pthread_cond_destroy(&state->wake);
    pthread_mutex_destroy(&state->file_lock);
    pthread_mutex_destroy(&state->lock);
    g_free(state->file_name);
    g_free(state);
}

const char *
state_file(const State *state)
{
    return state->file_name;
}

gboolean
state_has_file(State *state)
{
    pthread_mutex_lock(&state->file_lock);
    gboolean has = state->file != NULL;
    pthread_mutex_unlock(&state->file_lock);
    return has;
}

void
state_keep_days(State *state, guint days)
{
    pthread_mutex_lock(&state->lock);
    state->prune |= days < state->days;
    state->days = days;
    pthread_cond_signal(&state->wake);
    pthread_mutex_unlock(&state->lock);
}

gint64
state_keep_from(const State *state, gint64 now)
{
    /* Of no days: not even the difference that is being written. */
    return state->days == 0 ? G_MAXINT64 : now - (gint64)state->days * G_TIME_SPAN_DAY;
}

void
state_note_unwritten(State *state, GHashTable *set, const char *group)
{
    if (!state->has_thread)
        return;
    g_hash_table_add(set, g_strdup(group));
    pthread_cond_signal(&state->wake);
}

/* ---- rosters ---- */

/* What the group's last message went to, a reference; NULL: no history. Sets `since` and `whole`. */
static Names *
last_of(State *state, const char *group, StateChange *change)
{
    pthread_mutex_lock(&state->lock);
    const Record *record = g_hash_table_lookup(state->records, group);
    Names        *last = record != NULL && record->last != NULL ? names_ref(record->last) : NULL;
    *change = (StateChange){0};
    if (last != NULL) {
        change->since = record->at;
        change->whole = record->whole;
    }
    pthread_mutex_unlock(&state->lock);
    return last;
}

gboolean
state_compare(State *state, const char *group, const Roster *roster, StateChange *change)
{
    g_autoptr(Names) last = last_of(state, group, change);

    if (last == NULL)
        return FALSE;
    names_compare(last, roster, &change->joined, &change->left);
    change->last = names_count(last);
    return TRUE;
}

/* FALSE: somebody else was faster, and `before` is not the last roster any more. */
static gboolean
replace_last(State *state, const char *group, const char *name, const Names *before, Names *next, gboolean whole,
             gint64 now)
{
    pthread_mutex_lock(&state->lock);
    Record  *record = record_of(state, group);
    gboolean still = record->last == before;
    if (still) {
        names_unref(record->last);
        record->last = names_ref(next);
        record->at = MAX(now, record->at + 1);
        record->whole = whole || (before != NULL && record->whole);
        g_free(record->name);
        record->name = g_strdup(name);
        state_note_unwritten(state, state->unwritten, group);
    }
    pthread_mutex_unlock(&state->lock);
    return still;
}

/* FALSE: to be tried again. */
static gboolean
record_roster(State *state, const char *group, const char *name, const Roster *roster, gboolean whole, gint64 now)
{
    StateChange change;
    g_autoptr(Names) last = last_of(state, group, &change);

    if (last != NULL)
        names_compare(last, roster, &change.joined, &change.left);
    if (last != NULL && change.joined == 0 && (!whole || (change.left == 0 && change.whole)))
        return TRUE;
    g_autoptr(Names) names = names_of_roster(roster);
    g_autoptr(Names) next = whole || last == NULL ? names_ref(names) : names_union(last, names);
    return replace_last(state, group, name, last, next, whole, now);
}

void
state_delivered(State *state, const char *group, const char *name, const Roster *roster, gboolean whole, gint64 now)
{
    if (roster_is_empty(roster) || state->read_only)
        return;
    while (!record_roster(state, group, name, roster, whole, now))
        continue;
}

/* Names are addresses, or DNs of groups without one: those are not found. */
static gboolean
has_name(const Record *record, const Address *name)
{
    g_autoptr(Address) own = record->last != NULL ? address_new(record->name, NULL) : NULL;
    return own != NULL && address_equal(own, name);
}

char *
state_find(State *state, const Address *name)
{
    GHashTableIter iter;
    gpointer       record;
    char          *found = NULL;

    pthread_mutex_lock(&state->lock);
    g_hash_table_iter_init(&iter, state->records);
    while (found == NULL && g_hash_table_iter_next(&iter, NULL, &record))
        if (has_name(record, name))
            found = g_strdup(((Record *)record)->group);
    pthread_mutex_unlock(&state->lock);
    return found;
}
