/* SPDX-License-Identifier: BSD-2-Clause
 * decide.c - an answer's life, and what it comes to at the end of the message
 *
 * Owns:     nothing.
 * Promises: no I/O; of two rosters the fuller one only if everybody who was undecided lets the sender in.
 * Threads:  any; an answer is its message's.
 */
#include "rollcall/resolver.h"

#include "resolver/policy/verdict.h"

void
answer_free(Answer *answer)
{
    if (answer == NULL)
        return;
    roster_unref(answer->roster);
    roster_unref(answer->external_roster);
    if (answer->doubtful != NULL)
        g_ptr_array_unref(answer->doubtful);
    policy_unref(answer->policy);
    group_unref(answer->group);
    if (answer->report_to != NULL)
        address_unref(answer->report_to);
    if (answer->route != NULL)
        address_unref(answer->route);
    g_free(answer->text);
    g_free(answer->detail);
    g_free(answer);
}

Answer *
answer_copy(const Answer *answer)
{
    Answer *copy = g_new(Answer, 1);

    *copy = *answer;
    copy->roster = answer->roster != NULL ? roster_ref(answer->roster) : NULL;
    copy->external_roster = answer->external_roster != NULL ? roster_ref(answer->external_roster) : NULL;
    copy->doubtful = answer->doubtful != NULL ? g_ptr_array_ref(answer->doubtful) : NULL;
    copy->policy = answer->policy != NULL ? policy_ref(answer->policy) : NULL;
    copy->group = answer->group != NULL ? group_ref(answer->group) : NULL;
    copy->report_to = answer->report_to != NULL ? address_ref(answer->report_to) : NULL;
    copy->route = answer->route != NULL ? address_ref(answer->route) : NULL;
    copy->text = g_strdup(answer->text);
    copy->detail = g_strdup(answer->detail);
    return copy;
}

/* ---- at the end of the message ---- */

/* Whether all who were undecided let this sender in; *held is set if one of them holds. */
static gboolean
all_let_in(const GPtrArray *doubtful, const Sender *sender, gboolean *held)
{
    gboolean holds = FALSE;

    for (guint i = 0; i < doubtful->len; i++) {
        g_auto(Verdict) verdict = {.kind = VERDICT_REFUSED};
        policy_check(g_ptr_array_index(doubtful, i), sender, &verdict);
        if (verdict.kind != VERDICT_ALLOWED && verdict.kind != VERDICT_HELD)
            return FALSE;
        holds |= verdict.kind == VERDICT_HELD;
    }
    *held |= holds;
    return TRUE;
}

gboolean
answer_needs_size(const Answer *answer)
{
    if (!answer->undecided)
        return FALSE;
    for (guint i = 0; answer->doubtful != NULL && i < answer->doubtful->len; i++)
        if (policy_has_max_size(g_ptr_array_index(answer->doubtful, i)))
            return TRUE;
    return policy_has_max_size(answer->policy);
}

static const Roster *
choose_roster(const Answer *answer, const Sender *sender, gboolean *held)
{
    gboolean full = TRUE;

    *held = answer->held_below;
    if (answer->external_roster != NULL)
        full = answer->doubtful != NULL ? all_let_in(answer->doubtful, sender, held)
                                        : sender->trust == SENDER_AUTHENTICATED;
    if (!full)
        *held = answer->external_held_below;
    return full ? answer->roster : answer->external_roster;
}

const Roster *
answer_decide(const Answer *answer, const Sender *sender, Verdict *verdict)
{
    gboolean held;

    if (!answer->undecided) {
        *verdict = (Verdict){.kind = answer->held ? VERDICT_HELD : VERDICT_ALLOWED};
        return answer->roster;
    }
    const Roster *roster = choose_roster(answer, sender, &held);
    policy_check(answer->policy, sender, verdict);
    if (verdict->kind == VERDICT_ALLOWED && held)
        *verdict = (Verdict){.kind = VERDICT_HELD, .reason = "moderated"};
    guard_judge(answer_guard(answer, roster), group_primary(answer->group), verdict);
    if (verdict->kind != VERDICT_REFUSED && roster_is_empty(roster) && !answer->accept_empty)
        verdict_refuse(verdict, REFUSAL_NO_MEMBERS, group_primary(answer->group), NULL);
    if (answer->stale && verdict->kind == VERDICT_REFUSED) { /* an old state does not tell who is let in by now */
        verdict->code = 451;
        verdict->enhanced = "4.4.3";
    }
    return roster;
}

const GuardFinding *
answer_guard(const Answer *answer, const Roster *roster)
{
    return roster == answer->external_roster ? &answer->external_guard : &answer->guard;
}
