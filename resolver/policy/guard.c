/* SPDX-License-Identifier: BSD-2-Clause
 * guard.c - whether a group has changed so much since its last message that somebody should look first
 *
 * Owns:     nothing.
 * Promises: no I/O; without a history nothing is stopped for having changed.
 * Threads:  any.
 *
 * Joined and left are not added up: where ten people are replaced by ten others, ten is how many the group has changed
 * by.
 */
#include "rollcall/guard.h"

#include "resolver/policy/verdict.h"

gsize
guard_max_members(State *state, const GuardRules *rules, const char *group)
{
    if (rules->max_members == 0 || state == NULL || !state_is_approved(state, group, g_get_real_time()))
        return rules->max_members;
    return MAX(rules->max_members, (gsize)GUARD_MOST_MEMBERS);
}

gboolean
guard_is_whole(const Roster *roster)
{
    gsize             n_skips;
    const RosterSkip *skips = roster_skips(roster, &n_skips);

    for (gsize i = 0; i < n_skips; i++)
        if (verdict_is_reason(skips[i].reason))
            return FALSE;
    return TRUE;
}

static void
check_change(State *state, const GuardRules *rules, const char *group, const Roster *roster, GuardFinding *finding)
{
    StateChange change;

    finding->is_on = rules->percent > 0;
    if (state == NULL || !state_compare(state, group, roster, &change))
        return;
    gboolean differs = change.joined + change.left > 0, whole = differs && guard_is_whole(roster);
    /* Whom nobody could reach before has not joined. */
    if (whole && !change.whole)
        return;
    finding->has_history = TRUE;
    finding->last = change.last;
    finding->joined = change.joined;
    finding->left = whole ? change.left : 0;
    finding->limit = MAX(change.last * rules->percent / 100, rules->count);
    if (finding->is_on && MAX(finding->joined, finding->left) > finding->limit)
        finding->cause = GUARD_CHANGE;
}

void
guard_check(State *state, const GuardRules *rules, const char *group, const Roster *roster, GuardFinding *finding)
{
    *finding = (GuardFinding){.action = rules->action};
    roster_members(roster, &finding->members);
    check_change(state, rules, group, roster, finding);
    /* There is nobody whose copy could be held. */
    if (finding->members == 0 && finding->action == GUARD_HOLD)
        finding->action = GUARD_DEFER;
    if (rules->max_members > 0 && finding->members > rules->max_members) {
        finding->cause = GUARD_MEMBERS;
        finding->limit = rules->max_members;
        /* As it would be without an approval. */
        finding->action = GUARD_REFUSE;
    }
    finding->approved =
        finding->cause != GUARD_PASS && state != NULL && state_is_approved(state, group, g_get_real_time());
}

gboolean
guard_stops(const GuardFinding *finding)
{
    return finding->cause != GUARD_PASS && !finding->approved;
}

void
guard_judge(const GuardFinding *finding, const Address *name, Verdict *verdict)
{
    if (!guard_stops(finding) || (verdict->kind != VERDICT_ALLOWED && verdict->kind != VERDICT_HELD))
        return;
    Refusal refusal = finding->cause == GUARD_MEMBERS ? REFUSAL_TOO_MANY : REFUSAL_CHANGED;
    verdict_clear(verdict);
    verdict_refuse(verdict, refusal, name, NULL);
    if (finding->action == GUARD_DEFER) {
        verdict->code = 451;
        verdict->enhanced = "4.7.1";
    } else if (finding->action == GUARD_HOLD) {
        g_clear_pointer(&verdict->text, g_free);
        *verdict = (Verdict){.kind = VERDICT_HELD, .reason = verdict->reason};
    }
}

char *
guard_describe(const GuardFinding *finding)
{
    GString *text = g_string_new(NULL);

    g_string_append_printf(text, "members=%" G_GSIZE_FORMAT, finding->members);
    if (!finding->has_history)
        g_string_append(text, " last=none");
    else
        g_string_append_printf(text, " last=%" G_GSIZE_FORMAT " joined=%" G_GSIZE_FORMAT " left=%" G_GSIZE_FORMAT,
                               finding->last, finding->joined, finding->left);
    if (finding->has_history || finding->cause == GUARD_MEMBERS)
        g_string_append_printf(text, " limit=%" G_GSIZE_FORMAT, finding->limit);
    return g_string_free(text, FALSE);
}

const char *
guard_action_word(GuardAction action)
{
    static const char *const words[] = {[GUARD_DEFER] = "defer", [GUARD_REFUSE] = "refuse", [GUARD_HOLD] = "hold"};
    return words[action];
}
