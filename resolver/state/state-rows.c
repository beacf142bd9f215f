/* SPDX-License-Identifier: BSD-2-Clause
 * state-rows.c - the state in an SQLite file: what is written to it
 *
 * Owns:     nothing.
 * Promises: each function is one transaction. A history never has a gap: what goes from it goes from its old end, and
 * the row that then is the oldest becomes its beginning. Threads:  one at a time.
 */
#include "resolver/state/state-sql.h"

/* Of one group. A group of 100,000 members that were exchanged as a whole takes some 5 MB for each time. */
enum { MOST_STEPS = 1000, MOST_STEP_OCTETS = 64 << 20 };

/* ---- the old end ---- */

/* The newest step that is too old, or behind which there is too much; 0: none. */
static gboolean
find_end(StateFile *file, const char *group, gint64 keep_from, gint64 *end, GError **error)
{
    gint64 octets = 0;
    guint  steps = 0;
    g_autoptr(Statement) row =
        sql_prepare(file, "SELECT at, length(joined) + length(parted) FROM change WHERE grp = ?1 ORDER BY at DESC",
                    error, "s", group);
    int result = row == NULL ? -1 : sql_step(file, row, error);

    *end = 0;
    for (; result == SQLITE_ROW; result = sql_step(file, row, error)) {
        octets += sqlite3_column_int64(row, 1);
        if (++steps <= MOST_STEPS && octets <= MOST_STEP_OCTETS && sqlite3_column_int64(row, 0) >= keep_from)
            continue;
        *end = sqlite3_column_int64(row, 0);
        return TRUE;
    }
    return result == SQLITE_DONE;
}

static gboolean
cut_history(StateFile *file, const char *group, gint64 keep_from, GError **error)
{
    gint64 end;

    if (!find_end(file, group, keep_from, &end, error))
        return FALSE;
    if (end == 0)
        return TRUE;
    gint64 sum = sql_sum("siinn", group, end, (gint64)1, NULL, NULL);
    return sql_finish(file, sql_prepare(file, "DELETE FROM change WHERE grp = ?1 AND at < ?2", error, "si", group, end),
                      error) &&
           sql_finish(file,
                      sql_prepare(file,
                                  "UPDATE change SET first = 1, joined = x'', parted = x'', sum = ?3"
                                  " WHERE grp = ?1 AND at = ?2",
                                  error, "sii", group, end, sum),
                      error);
}

typedef struct {
    gint64 keep_from, now;
} Prune;

static gboolean
prune_all(StateFile *file, gpointer user_data, GError **error)
{
    const Prune *prune = user_data;
    g_autoptr(GPtrArray) groups = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(Statement) row =
        sql_prepare(file, "SELECT DISTINCT grp FROM change WHERE at < ?1 AND first = 0", error, "i", prune->keep_from);
    int result = row == NULL ? -1 : sql_step(file, row, error);

    for (; result == SQLITE_ROW; result = sql_step(file, row, error))
        g_ptr_array_add(groups, g_strdup(sql_text(row, 0)));
    for (guint i = 0; result == SQLITE_DONE && i < groups->len; i++)
        if (!cut_history(file, g_ptr_array_index(groups, i), prune->keep_from, error))
            return FALSE;
    return result == SQLITE_DONE &&
           sql_finish(file,
                      sql_prepare(file, "DELETE FROM approval WHERE until BETWEEN 1 AND ?1", error, "i", prune->now),
                      error);
}

gboolean
state_file_prune(StateFile *file, gint64 keep_from, gint64 now, GError **error)
{
    Prune prune = {keep_from, now};
    return sql_transaction(file, prune_all, &prune, error);
}

/* ---- rosters ---- */

static gboolean
put_roster(StateFile *file, const StateRoster *roster, GError **error)
{
    gint64 whole = roster->whole;
    gint64 sum = sql_sum("ssiin", roster->group, roster->name, roster->at, whole, roster->members);

    return sql_finish(file,
                      sql_prepare(file, "INSERT OR REPLACE INTO roster VALUES(?1, ?2, ?3, ?4, ?5, ?6)", error, "ssiini",
                                  roster->group, roster->name, roster->at, whole, roster->members, sum),
                      error);
}

static gboolean
put_step(StateFile *file, const char *group, const StateStep *step, GError **error)
{
    gint64 first = step->joined == NULL && step->left == NULL;
    gint64 sum = sql_sum("siinn", group, step->at, first, step->joined, step->left);

    return sql_finish(file,
                      sql_prepare(file, "INSERT OR REPLACE INTO change VALUES(?1, ?2, ?3, ?4, ?5, ?6)", error, "siinni",
                                  group, step->at, first, step->joined, step->left, sum),
                      error);
}

typedef struct {
    const StateRoster *roster;
    const StateStep   *step;
    gint64             keep_from;
} Write;

static gboolean
write_all(StateFile *file, gpointer user_data, GError **error)
{
    const Write *write = user_data;

    return put_roster(file, write->roster, error) &&
           (write->step == NULL || put_step(file, write->roster->group, write->step, error)) &&
           cut_history(file, write->roster->group, write->keep_from, error);
}

gboolean
state_file_write(StateFile *file, const StateRoster *roster, const StateStep *step, gint64 keep_from, GError **error)
{
    Write write = {roster, step, keep_from};
    return sql_transaction(file, write_all, &write, error);
}

gboolean
state_file_write_approval(StateFile *file, const char *group, const StateApproval *approval, GError **error)
{
    if (approval == NULL)
        return sql_finish(file, sql_prepare(file, "DELETE FROM approval WHERE grp = ?1", error, "s", group), error);
    gint64 sum = sql_sum("sssii", group, approval->name, approval->by, approval->at, approval->until);
    return sql_finish(file,
                      sql_prepare(file, "INSERT OR REPLACE INTO approval VALUES(?1, ?2, ?3, ?4, ?5, ?6)", error,
                                  "sssiii", group, approval->name, approval->by, approval->at, approval->until, sum),
                      error);
}

/* ---- forgetting ---- */

static gboolean
forget_group(StateFile *file, gpointer user_data, GError **error)
{
    const char *group = user_data;

    return sql_finish(file, sql_prepare(file, "DELETE FROM roster WHERE grp = ?1", error, "s", group), error) &&
           sql_finish(file, sql_prepare(file, "DELETE FROM change WHERE grp = ?1", error, "s", group), error);
}

gboolean
state_file_forget_group(StateFile *file, const char *group, GError **error)
{
    return sql_transaction(file, forget_group, (gpointer)group, error);
}

typedef struct {
    Names     *names; /* the one address */
    guint      n_rows;
    GPtrArray *groups; /* of char *: all that have a history */
} Forget;

static gboolean
lacks(const Names *names, const Names *one)
{
    g_autoptr(Names) missing = names_without(one, names);
    return names_count(missing) == names_count(one);
}

static gboolean
forget_steps(StateFile *file, const char *group, Forget *forget, GError **error)
{
    g_autoptr(GPtrArray) steps = state_file_read_history(file, group, error);

    for (guint i = 0; steps != NULL && i < steps->len; i++) {
        const StateStep *step = g_ptr_array_index(steps, i);
        if (step->joined == NULL || (lacks(step->joined, forget->names) && lacks(step->left, forget->names)))
            continue;
        g_autoptr(Names) joined = names_without(step->joined, forget->names);
        g_autoptr(Names) left = names_without(step->left, forget->names);
        StateStep without = {step->at, joined, left};
        if (!put_step(file, group, &without, error))
            return FALSE;
        forget->n_rows++;
    }
    return steps != NULL;
}

typedef struct {
    Forget    *forget;
    GPtrArray *changed; /* of StateRoster, their texts owned */
} Search;

static void
changed_free(gpointer data)
{
    StateRoster *roster = data;

    g_free((char *)roster->group);
    g_free((char *)roster->name);
    names_unref(roster->members);
    g_free(roster);
}

/* StateRosterFunc. Rows are not written while they are read. */
static void
look_for_address(const StateRoster *roster, gpointer user_data)
{
    Search *search = user_data;

    g_ptr_array_add(search->forget->groups, g_strdup(roster->group));
    if (lacks(roster->members, search->forget->names))
        return;
    StateRoster *changed = g_new0(StateRoster, 1);
    *changed = (StateRoster){g_strdup(roster->group), g_strdup(roster->name), roster->at, roster->whole,
                             names_without(roster->members, search->forget->names)};
    g_ptr_array_add(search->changed, changed);
}

static gboolean
forget_address(StateFile *file, gpointer user_data, GError **error)
{
    Forget *forget = user_data;
    g_autoptr(GPtrArray) changed = g_ptr_array_new_with_free_func(changed_free);
    Search search = {forget, changed};

    if (!state_file_read_rosters(file, look_for_address, &search, error))
        return FALSE;
    for (guint i = 0; i < changed->len; i++)
        if (!put_roster(file, g_ptr_array_index(changed, i), error))
            return FALSE;
    forget->n_rows += changed->len;
    for (guint i = 0; i < forget->groups->len; i++)
        if (!forget_steps(file, g_ptr_array_index(forget->groups, i), forget, error))
            return FALSE;
    return TRUE;
}

gboolean
state_file_forget_address(StateFile *file, const char *key, guint *n_rows, GError **error)
{
    const char *const keys[] = {key, NULL};
    g_autoptr(Names) names = names_of_text(keys);
    g_autoptr(GPtrArray) groups = g_ptr_array_new_with_free_func(g_free);
    Forget   forget = {names, 0, groups};
    gboolean done = sql_transaction(file, forget_address, &forget, error);

    *n_rows = forget.n_rows;
    return done;
}
