/* SPDX-License-Identifier: BSD-2-Clause
 * state-history.c - how a group's roster came to be: read from the file, worked out backwards, forgotten
 *
 * Owns:     nothing.
 * Promises: a roster of the past is exact or not given.
 * Threads:  any; one at a time reads the file.
 */
#include "resolver/state/state-private.h"

void
state_difference_free(StateDifference *difference)
{
    g_strfreev(difference->joined);
    g_strfreev(difference->left);
    g_free(difference);
}

void
state_history_free(StateHistory *history)
{
    if (history == NULL)
        return;
    g_ptr_array_unref(history->differences);
    g_strfreev(history->members);
    g_free(history);
}

/* ---- reading ---- */

/* One group's roster, and the steps to it, as the file has them. */
typedef struct {
    Names     *members; /* NULL: no history */
    gint64     at;
    GPtrArray *steps; /* NULL: in memory only */
} Past;

static void
past_clear(Past *past)
{
    names_unref(past->members);
    if (past->steps != NULL)
        g_ptr_array_unref(past->steps);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Past, past_clear)

/* The file's lock is held: nothing is being written, and the steps lead to what is stored. */
static gboolean
read_record(State *state, const char *group, Past *past, GError **error)
{
    pthread_mutex_lock(&state->lock);
    const Record *record = g_hash_table_lookup(state->records, group);
    if (record != NULL) {
        Names *members = state->file != NULL ? record->stored : record->last;
        *past = (Past){.members = members != NULL ? names_ref(members) : NULL, .at = record->at};
    }
    pthread_mutex_unlock(&state->lock);
    if (past->members == NULL || state->file == NULL)
        return TRUE;
    past->steps = state_file_read_history(state->file, group, error);
    if (past->steps == NULL || past->steps->len == 0)
        return past->steps != NULL;
    const StateStep *newest = g_ptr_array_index(past->steps, past->steps->len - 1);
    past->at = newest->at;
    return TRUE;
}

static gboolean
read_past(State *state, const char *group, Past *past, GError **error)
{
    if (!state_flush(state)) {
        g_set_error(error, STATE_ERROR, STATE_ERROR_FILE, "%s cannot be written, and lacks what happened last",
                    state->file_name);
        return FALSE;
    }
    pthread_mutex_lock(&state->file_lock);
    gboolean done = read_record(state, group, past, error);
    pthread_mutex_unlock(&state->file_lock);
    return done;
}

static gint64
beginning_of(const Past *past)
{
    if (past->steps == NULL || past->steps->len == 0)
        return past->at;
    const StateStep *first = g_ptr_array_index(past->steps, 0);
    return first->at;
}

static void
add_difference(GPtrArray *differences, const StateStep *step)
{
    StateDifference *difference = g_new0(StateDifference, 1);

    difference->at = step->at;
    difference->joined = names_to_text(step->joined);
    difference->left = names_to_text(step->left);
    g_ptr_array_add(differences, difference);
}

gboolean
state_history(State *state, const char *group, gint64 since, StateHistory **history, GError **error)
{
    g_auto(Past) past = {0};

    if (!read_past(state, group, &past, error))
        return FALSE;
    if (past.members == NULL)
        return TRUE;
    StateHistory *found = g_new0(StateHistory, 1);
    found->since = beginning_of(&past);
    found->at = past.at;
    found->members = names_to_text(past.members);
    found->differences = g_ptr_array_new_with_free_func((GDestroyNotify)state_difference_free);
    for (guint i = 0; past.steps != NULL && i < past.steps->len; i++) {
        const StateStep *step = g_ptr_array_index(past.steps, i);
        if (step->joined != NULL && step->at > since)
            add_difference(found->differences, step);
    }
    *history = found;
    return TRUE;
}

gboolean
state_roster_at(State *state, const char *group, gint64 when, char ***members, GError **error)
{
    g_auto(Past) past = {0};

    if (!read_past(state, group, &past, error))
        return FALSE;
    if (past.members == NULL || when < beginning_of(&past))
        return TRUE;
    g_autoptr(Names) names = names_ref(past.members);
    for (guint i = past.steps != NULL ? past.steps->len : 0; i-- > 0;) {
        const StateStep *step = g_ptr_array_index(past.steps, i);
        if (step->at <= when || step->joined == NULL)
            break;
        g_autoptr(Names) without = names_without(names, step->joined);
        g_autoptr(Names) before = names_union(without, step->left);
        names_unref(names);
        names = g_steal_pointer(&before);
    }
    *members = names_to_text(names);
    return TRUE;
}

/* ---- forgetting ---- */

gboolean
state_forget_group(State *state, const char *group, GError **error)
{
    gboolean done = TRUE;

    pthread_mutex_lock(&state->file_lock);
    pthread_mutex_lock(&state->lock);
    Record *record = g_hash_table_lookup(state->records, group);
    if (record != NULL) {
        g_clear_pointer(&record->last, names_unref);
        g_clear_pointer(&record->stored, names_unref);
        g_hash_table_remove(state->unwritten, group);
    }
    pthread_mutex_unlock(&state->lock);
    if (state->file != NULL && !state->read_only)
        done = state_file_forget_group(state->file, group, error);
    pthread_mutex_unlock(&state->file_lock);
    return done;
}

/* Both may be one object, which says that there is nothing to write. */
static gboolean
forget_in_record(Record *record, const Names *one)
{
    g_autoptr(Names) last = record->last != NULL ? names_without(record->last, one) : NULL;
    g_autoptr(Names) stored = record->stored == NULL           ? NULL
                              : record->stored == record->last ? names_ref(last)
                                                               : names_without(record->stored, one);
    gboolean changed = (last != NULL && names_count(last) < names_count(record->last)) ||
                       (stored != NULL && names_count(stored) < names_count(record->stored));

    if (!changed)
        return FALSE;
    names_unref(record->last);
    names_unref(record->stored);
    record->last = g_steal_pointer(&last);
    record->stored = g_steal_pointer(&stored);
    return TRUE;
}

static guint
forget_in_memory(State *state, const Names *one)
{
    GHashTableIter iter;
    gpointer       record;
    guint          n = 0;

    pthread_mutex_lock(&state->lock);
    g_hash_table_iter_init(&iter, state->records);
    while (g_hash_table_iter_next(&iter, NULL, &record))
        n += forget_in_record(record, one) ? 1 : 0;
    pthread_mutex_unlock(&state->lock);
    return n;
}

gboolean
state_forget_address(State *state, const Address *address, guint *n_records, GError **error)
{
    const char *const keys[] = {address_key(address), NULL};
    g_autoptr(Names) one = names_of_text(keys);

    pthread_mutex_lock(&state->file_lock);
    gboolean in_file = state->file != NULL;
    gboolean done = !in_file || state_file_forget_address(state->file, keys[0], n_records, error);
    guint    n = done ? forget_in_memory(state, one) : 0;
    pthread_mutex_unlock(&state->file_lock);
    if (!in_file)
        *n_records = n;
    return done;
}
