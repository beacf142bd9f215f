/* SPDX-License-Identifier: BSD-2-Clause
 * control-state.c - the control socket's answers about one group: whom its messages went to, and what has changed
 *
 * Promises: the roster of now is the one that mail would get.
 * Threads:  any.
 */
#include "milter/control-state.h"

/* ---- the group ---- */

void
control_group_clear(ControlGroup *group)
{
    g_free(group->identity);
    g_free(group->name);
    answer_free(group->answer);
}

static json_t *
no_group(const Answer *answer, const char *address, guint *status)
{
    if (answer->kind == ANSWER_DEFERRED)
        return control_error(status, 503, "%s: %s", address, answer->detail != NULL ? answer->detail : answer->text);
    return control_error(status, 404, "%s: no group that is expanded has this address", address);
}

json_t *
control_find_group(const ControlRequest *request, const char *address, ControlGroup *group, guint *status)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(Address) parsed = address_new(address, &error);
    if (parsed == NULL)
        return control_error(status, 400, "%s: %s", address, error->message);
    g_autoptr(Answer) answer = resolver_preview(request->runtime->resolver, parsed);
    if (answer->group != NULL) {
        group->identity = g_strdup(group_identity(answer->group));
        group->name = g_strdup(group_name(answer->group));
        group->answer = g_steal_pointer(&answer);
        return NULL;
    }
    group->identity = state_find(request->runtime->state, parsed);
    group->name = g_strdup(address_text(parsed));
    return group->identity != NULL ? NULL : no_group(answer, address, status);
}

/* ---- pieces ---- */

const char *
control_body_text(const ControlRequest *request, const char *name)
{
    return json_string_value(json_object_get(request->body, name));
}

json_t *
control_names(char *const *texts)
{
    json_t *array = json_array();
    for (; *texts != NULL; texts++)
        json_array_append_new(array, control_text(*texts));
    return array;
}

/* FALSE: *error is what to answer. `since` stays as it is if the request has none. */
static gboolean
read_since(const ControlRequest *request, gint64 *since, json_t **error, guint *status)
{
    const char *text = g_hash_table_lookup(request->arguments, "since");
    if (text == NULL || control_when(text, TRUE, g_get_real_time(), since))
        return TRUE;
    *error = control_error(status, 400, "since: got '%s', expected a time such as 2h, 3d or 2026-01-31T08:00", text);
    return FALSE;
}

static json_t *
no_history(const ControlGroup *group, guint *status)
{
    return control_error(status, 404, "%s: no message to this group was recorded", group->name);
}

/* ---- history ---- */

static json_t *
differences_of(const StateHistory *history)
{
    json_t *array = json_array();
    for (guint i = 0; i < history->differences->len; i++) {
        const StateDifference *difference = g_ptr_array_index(history->differences, i);
        json_array_append_new(array,
                              json_pack("{s:o, s:o, s:o}", "at", control_time(difference->at), "joined",
                                        control_names(difference->joined), "left", control_names(difference->left)));
    }
    return array;
}

json_t *
control_get_history(const ControlRequest *request, guint *status)
{
    g_auto(ControlGroup) group = {0};
    g_autoptr(StateHistory) history = NULL;
    g_autoptr(GError) error = NULL;
    gint64  since = 0;
    json_t *failure = NULL;
    if (!read_since(request, &since, &failure, status))
        return failure;
    failure = control_find_group(request, request->parameter, &group, status);
    if (failure != NULL)
        return failure;
    if (!state_history(request->runtime->state, group.identity, since, &history, &error))
        return control_error(status, 500, "%s", error->message);
    if (history == NULL)
        return no_history(&group, status);
    return json_pack("{s:o, s:o, s:o, s:i, s:o}", "group", control_text(group.name), "known_since",
                     control_time(history->since), "last_change", control_time(history->at), "members",
                     (int)g_strv_length(history->members), "differences", differences_of(history));
}

/* ---- diff ---- */

static json_t *
guard_of(const Answer *answer)
{
    const GuardFinding *finding = &answer->guard;
    if (finding->cause == GUARD_PASS)
        return json_string("pass");
    return json_string(finding->approved ? "approved" : guard_action_word(finding->action));
}

/* What the roster has and `before` has not, as it is spelled there; what it lacks stays in `before`. */
static json_t *
joined_since(const Roster *roster, GHashTable *before)
{
    json_t             *array = json_array();
    gsize               n;
    const RosterMember *members = roster_members(roster, &n);
    for (gsize i = 0; i < n; i++)
        if (!g_hash_table_remove(before, address_key(members[i].route)))
            json_array_append_new(array, control_text(address_text(members[i].route)));
    return array;
}

static json_t *
left_since(char *const *members, GHashTable *left)
{
    json_t *array = json_array();
    for (; *members != NULL; members++)
        if (g_hash_table_contains(left, *members))
            json_array_append_new(array, control_text(*members));
    return array;
}

static json_t *
compare(const ControlGroup *group, char *const *members, gint64 since)
{
    g_autoptr(GHashTable) before = g_hash_table_new(g_str_hash, g_str_equal);
    gsize n;
    roster_members(group->answer->roster, &n);
    for (char *const *member = members; *member != NULL; member++)
        g_hash_table_add(before, *member);
    guint   last = g_hash_table_size(before);
    json_t *joined = joined_since(group->answer->roster, before);
    return json_pack("{s:o, s:o, s:i, s:i, s:o, s:o, s:o}", "group", control_text(group->name), "compared_with",
                     control_time(since), "last", (int)last, "members", (int)n, "joined", joined, "left",
                     left_since(members, before), "guard", guard_of(group->answer));
}

/* The last roster, or the one of `since`; NULL: not known, or `error`. */
static char **
members_before(const ControlRequest *request, const ControlGroup *group, gint64 *since, GError **error)
{
    State *state = request->runtime->state;
    char **members = NULL;
    if (*since != 0)
        return state_roster_at(state, group->identity, *since, &members, error) ? members : NULL;
    g_autoptr(StateHistory) history = NULL;
    if (!state_history(state, group->identity, G_MAXINT64, &history, error) || history == NULL)
        return NULL;
    *since = history->at;
    return g_steal_pointer(&history->members);
}

json_t *
control_get_diff(const ControlRequest *request, guint *status)
{
    g_auto(ControlGroup) group = {0};
    g_autoptr(GError) error = NULL;
    gint64  since = 0;
    json_t *failure = NULL;
    if (!read_since(request, &since, &failure, status))
        return failure;
    failure = control_find_group(request, request->parameter, &group, status);
    if (failure != NULL)
        return failure;
    const Answer *answer = group.answer;
    if (answer == NULL || answer->roster == NULL)
        return control_error(status, answer == NULL || answer->kind == ANSWER_DEFERRED ? 503 : 409,
                             "%s: there is no roster to compare with: %s", group.name,
                             answer == NULL           ? "the group was not found"
                             : answer->detail != NULL ? answer->detail
                                                      : answer->text);
    gboolean asked = since != 0;
    g_auto(GStrv) members = members_before(request, &group, &since, &error);
    if (error != NULL)
        return control_error(status, 500, "%s", error->message);
    if (members == NULL && asked)
        return control_error(status, 404, "%s: it is not known whom messages went to then", group.name);
    return members != NULL ? compare(&group, members, since) : no_history(&group, status);
}
