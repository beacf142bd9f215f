/* SPDX-License-Identifier: BSD-2-Clause
 * question.c - one address and one sender, worked out in one view of the directory
 *
 * Owns:     nothing beyond one question.
 * Promises: every failure is an answer; whoever asks learns which error of the directory it comes of.
 * Threads:  any; a question is its thread's.
 */
#include "resolver/question.h"

#include "resolver/answer.h"
#include "rollcall/lookup.h"

/* ---- from the address to the group ---- */

/* One entry may come twice where bases overlap. */
static GPtrArray *
distinct_entries(const GPtrArray *entries)
{
    GPtrArray *distinct = g_ptr_array_new();
    g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);

    for (guint i = 0; i < entries->len; i++)
        if (g_hash_table_add(seen, (gpointer)entry_key(g_ptr_array_index(entries, i))))
            g_ptr_array_add(distinct, g_ptr_array_index(entries, i));
    return distinct;
}

static gboolean
check_classes(const GPtrArray *entries, GError **error)
{
    for (guint i = 0; i < entries->len; i++)
        if (!entry_check_class(g_ptr_array_index(entries, i), error))
            return FALSE;
    return TRUE;
}

static gboolean
any_is_group(const GPtrArray *entries)
{
    for (guint i = 0; i < entries->len; i++)
        if (entry_is_group(g_ptr_array_index(entries, i)))
            return TRUE;
    return FALSE;
}

/* The group's entry, whole. A lookup leaves the lists of members out; dynamic groups have none. */
static const Entry *
whole_entry(const Question *question, const Entry *found, GError **error)
{
    const Entry *entry = NULL;

    if (entry_group_kind(found) == GROUP_DYNAMIC)
        return entry_ref(found);
    if (!directory_read(question->view, entry_dn(found), group_attributes, &entry, question->deadline, error))
        return NULL;
    if (entry != NULL && entry_is_group(entry))
        return entry;
    entry_unref(entry);
    g_set_error(error, DIRECTORY_ERROR, DIRECTORY_ERROR_INCOMPLETE, "%s changed while it was read", entry_dn(found));
    return NULL;
}

static void
decode_group(Question *question, const Entry *found)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(EntryRef) entry = whole_entry(question, found, &error);

    if (entry != NULL)
        question->answer->group = group_new(entry, &error);
    if (error != NULL)
        question_fail(question, error);
    else
        memo_put(question->resolver->known_groups, directory_view_version(question->view),
                 address_key(question->address), question->answer->group, 1);
}

/* Either sets answer->group, or the answer is complete. Two people with one address are both no group: what becomes of
 * their mail is not ours to say, as for any other recipient. */
static void
find_group(Question *question)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GPtrArray) found = g_ptr_array_new_with_free_func((GDestroyNotify)entry_unref);

    question->answer->group = memo_get(question->resolver->known_groups, directory_view_version(question->view),
                                       address_key(question->address));
    if (question->answer->group != NULL)
        return;
    if (!lookup_entries(question->view, question->address, group_lookup_attributes, found, question->deadline,
                        &error) ||
        !check_classes(found, &error)) {
        question_fail(question, error);
        return;
    }
    g_autoptr(GPtrArray) entries = distinct_entries(found);
    if (entries->len == 0)
        answer_unknown(question->answer, question->address, question->resolver->refuse_unknown);
    else if (!any_is_group(entries))
        answer_recipient(question->answer, entries);
    else if (entries->len > 1)
        answer_ambiguous(question->answer, question->address, entries);
    else
        decode_group(question, g_ptr_array_index(entries, 0));
}

/* ---- from the group to its answer ---- */

/* A report to the group itself: to its manager, or nobody's. */
static void
answer_report(Question *question, Verdict *verdict, const char *manager, const Address *route)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(Roster) roster = NULL;

    if (question->answer->reports == REPORTS_MANAGER)
        roster = roster_new_single(question->answer->group, manager, route, &error);
    if (error != NULL)
        question_fail(question, error);
    else if (roster == NULL || roster_is_empty(roster))
        answer_refused(question->answer, verdict);
    else
        answer_roster(question->answer, question->address, g_steal_pointer(&roster), NULL, FALSE);
}

static void
answer_members(Question *question, const Verdict *verdict)
{
    Answer *answer = question->answer;
    g_autoptr(GError) error = NULL;

    if (!question_find_rosters(question, &error)) {
        question_fail(question, error);
        return;
    }
    Roster *roster = g_steal_pointer(&answer->roster), *external = g_steal_pointer(&answer->external_roster);
    answer_roster(answer, question->address, roster, external, question->resolver->accept_empty);
    if (answer->kind != ANSWER_ROSTER)
        return;
    answer->undecided = answer->external_roster != NULL || verdict->kind == VERDICT_UNDECIDED;
    answer->held = !answer->undecided && (answer->held_below || verdict->kind == VERDICT_HELD);
}

static void
stop_by_guard(Question *question)
{
    Answer *answer = question->answer;
    g_auto(Verdict) verdict = {.kind = answer->held ? VERDICT_HELD : VERDICT_ALLOWED};

    guard_judge(&answer->guard, group_primary(answer->group), &verdict);
    answer->held = verdict.kind == VERDICT_HELD;
    if (verdict.kind != VERDICT_REFUSED)
        return;
    g_clear_pointer(&answer->text, g_free);
    answer_refused(answer, &verdict);
    answer->kind = answer->code >= 500 ? ANSWER_REFUSED : ANSWER_DEFERRED;
    g_clear_pointer(&answer->detail, g_free); /* of an empty group; here the finding says it all */
}

/* A group that lost all its members may have lost them by a mistake, too. */
static void
answer_guarded(Question *question)
{
    Answer *answer = question->answer;

    if (answer->roster == NULL)
        return;
    resolver_guard(question->resolver, answer->group, answer->roster, &answer->guard);
    if (answer->external_roster != NULL)
        resolver_guard(question->resolver, answer->group, answer->external_roster, &answer->external_guard);
    if (!answer->undecided && guard_stops(&answer->guard))
        stop_by_guard(question);
}

/* A preview says what is asked of senders beside its roster. A failure has its own reason. */
static void
mark_restricted(Question *question)
{
    Answer                  *answer = question->answer;
    const GroupRestrictions *asked = group_restrictions(answer->group);

    answer->held = FALSE;
    answer->undecided = FALSE;
    if (answer->kind != ANSWER_ROSTER || (asked->unsupported == NULL && !restrictions_are_personal(asked)))
        return;
    g_autoptr(GPtrArray) lines = group_describe_restrictions(answer->group);
    g_ptr_array_add(lines, NULL);
    answer->reason = "restricted";
    g_free(answer->detail);
    answer->detail = g_strjoinv("; ", (char **)lines->pdata);
}

/* TRUE: the verdict is there. */
static gboolean
judge_sender(Question *question, Verdict *verdict)
{
    g_autoptr(GError) error = NULL;
    Resolver *resolver = question->resolver;
    Answer   *answer = question->answer;

    answer->policy = policy_new(question->view, answer->group, &resolver->policy, question->deadline, &error);
    if (answer->policy == NULL) {
        question_fail(question, error);
        return FALSE;
    }
    policy_check(answer->policy, question->sender, verdict);
    return TRUE;
}

static void
answer_group(Question *question)
{
    g_auto(Verdict) verdict = {.kind = VERDICT_REFUSED};
    g_autoptr(GError) error = NULL;
    g_autofree char *manager = NULL;
    g_autoptr(Address) route = NULL;
    gboolean is_report = question->sender->address == NULL;

    if (!judge_sender(question, &verdict))
        return;
    if (verdict.kind == VERDICT_REFUSED && !is_report && !question->preview) {
        answer_refused(question->answer, &verdict);
        return;
    }
    if (!question_find_reports(question, &manager, &route, &error)) {
        question_fail(question, error);
        return;
    }
    if (is_report)
        answer_report(question, &verdict, manager, route);
    else {
        answer_members(question, &verdict);
        answer_guarded(question);
    }
    if (question->preview)
        mark_restricted(question);
    /* The lists may be long, and the answer lives as long as its message. */
    if (!question->answer->undecided)
        g_clear_pointer(&question->answer->policy, policy_unref);
}

void
question_answer(Question *question)
{
    find_group(question);
    if (question->answer->group != NULL)
        answer_group(question);
}

void
question_fail(Question *question, const GError *error)
{
    answer_failed(question->answer, question->address, error);
    question->failure = error->domain == DIRECTORY_ERROR ? error->code : NO_FAILURE;
}
