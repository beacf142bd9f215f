/* SPDX-License-Identifier: BSD-2-Clause
 * test-guard.c - the guard: whom it stops, with what words, and what an approval changes
 */
#include "rollcall/guard.h"
#include "tests/unit/state-help.h"

static const struct {
    const char *name;
    guint       percent;
    gsize       count, max_members;
    gsize       last, now; /* of m0, m1, ...; last 0: no history */
    gsize       others;    /* of now, so many are others than before */
    GuardCause  cause;
    gsize       joined, left, limit;
} cases[] = {
    {"same", 20, 0, 1000, 100, 100, 0, GUARD_PASS, 0, 0, 20},
    {"just-enough-joined", 20, 0, 1000, 100, 120, 0, GUARD_PASS, 20, 0, 20},
    {"one-too-many-joined", 20, 0, 1000, 100, 121, 0, GUARD_CHANGE, 21, 0, 20},
    {"just-enough-left", 20, 0, 1000, 100, 80, 0, GUARD_PASS, 0, 20, 20},
    {"one-too-many-left", 20, 0, 1000, 100, 79, 0, GUARD_CHANGE, 0, 21, 20},
    {"replaced", 20, 0, 1000, 100, 100, 21, GUARD_CHANGE, 21, 21, 20},
    {"replaced-a-little", 20, 0, 1000, 100, 100, 15, GUARD_PASS, 15, 15, 20},
    {"small-group-may-change", 20, 10, 1000, 3, 13, 0, GUARD_PASS, 10, 0, 10},
    {"small-group-too-much", 20, 10, 1000, 3, 14, 0, GUARD_CHANGE, 11, 0, 10},
    {"count-does-not-lower", 20, 5, 1000, 100, 115, 0, GUARD_PASS, 15, 0, 20},
    {"off", 0, 0, 1000, 100, 1, 0, GUARD_PASS, 0, 99, 0},
    {"no-history", 20, 0, 1000, 0, 500, 0, GUARD_PASS, 0, 0, 0},
    {"nobody-left", 20, 0, 1000, 100, 0, 0, GUARD_CHANGE, 0, 100, 20},
    {"doubled-allowed", 200, 0, 1000, 10, 30, 0, GUARD_PASS, 20, 0, 20},
    {"too-many", 20, 0, 50, 60, 60, 0, GUARD_MEMBERS, 0, 0, 50},
};

static Roster *
roster_of_now(gsize n, gsize others)
{
    g_autoptr(GString) locals = g_string_new(NULL);

    for (gsize i = 0; i < n; i++)
        g_string_append_printf(locals, "%s%s%" G_GSIZE_FORMAT, i > 0 ? " " : "", i < others ? "o" : "m", i);
    return help_roster(locals->str);
}

static void
test_check(gconstpointer data)
{
    gsize         i = GPOINTER_TO_SIZE(data);
    GuardRules    rules = {cases[i].percent, cases[i].count, GUARD_DEFER, cases[i].max_members};
    StateSettings settings = {0};
    g_autoptr(State) state = state_open(&settings);
    g_autoptr(Roster) last = help_crowd("m", cases[i].last);
    g_autoptr(Roster) now = roster_of_now(cases[i].now, cases[i].others);
    GuardFinding finding;

    state_delivered(state, "g", "g@e.org", last, TRUE, 1);
    guard_check(state, &rules, "g", now, &finding);
    g_assert_cmpint(finding.cause, ==, cases[i].cause);
    g_assert_cmpint(guard_stops(&finding), ==, cases[i].cause != GUARD_PASS);
    g_assert_cmpint(finding.has_history, ==, cases[i].last > 0);
    g_assert_cmpuint(finding.members, ==, cases[i].now);
    g_assert_cmpuint(finding.joined, ==, cases[i].joined);
    g_assert_cmpuint(finding.left, ==, cases[i].left);
    g_assert_cmpuint(finding.limit, ==, cases[i].limit);
}

static const struct {
    const char *name;
    GuardAction action;
    VerdictKind kind;
    int         code;
    const char *enhanced, *reason;
} actions[] = {
    {"defer", GUARD_DEFER, VERDICT_REFUSED, 451, "4.7.1", "max-change"},
    {"refuse", GUARD_REFUSE, VERDICT_REFUSED, 550, "5.7.1", "max-change"},
    {"hold", GUARD_HOLD, VERDICT_HELD, 0, NULL, "max-change"},
};

static void
test_judge(gconstpointer data)
{
    gsize        i = GPOINTER_TO_SIZE(data);
    GuardFinding finding = {.cause = GUARD_CHANGE, .action = actions[i].action};
    g_auto(Verdict) verdict = {.kind = VERDICT_ALLOWED};
    g_auto(Verdict) refused = {.kind = VERDICT_REFUSED, .code = 553};
    g_autoptr(Address) name = address_new("g@e.org", NULL);

    guard_judge(&finding, name, &verdict);
    g_assert_cmpint(verdict.kind, ==, actions[i].kind);
    g_assert_cmpint(verdict.code, ==, actions[i].code);
    g_assert_cmpstr(verdict.enhanced, ==, actions[i].enhanced);
    g_assert_cmpstr(verdict.reason, ==, actions[i].reason);
    g_assert_true((verdict.text != NULL) == (actions[i].code != 0));
    guard_judge(&finding, name, &refused);
    g_assert_cmpint(refused.code, ==, 553);
}

static void
approve(State *state)
{
    StateApproval *approval = g_new0(StateApproval, 1);
    approval->group = g_strdup("g");
    approval->name = g_strdup("g@e.org");
    approval->by = g_strdup("root");
    state_approve(state, approval);
}

static void
test_approved(void)
{
    GuardRules    rules = {20, 0, GUARD_REFUSE, 50};
    StateSettings settings = {0};
    GuardFinding  finding;
    g_autoptr(State) state = state_open(&settings);
    g_autoptr(Roster) last = help_crowd("m", 10);
    g_autoptr(Roster) now = help_crowd("m", 40);
    g_autoptr(Roster) more = help_crowd("m", 51);
    g_auto(Verdict) verdict = {.kind = VERDICT_ALLOWED};

    state_delivered(state, "g", "g@e.org", last, TRUE, 1);
    g_assert_cmpuint(guard_max_members(state, &rules, "g"), ==, 50);
    approve(state);
    g_assert_cmpuint(guard_max_members(state, &rules, "g"), ==, GUARD_MOST_MEMBERS);
    g_assert_cmpuint(guard_max_members(state, &rules, "h"), ==, 50);
    guard_check(state, &rules, "g", now, &finding);
    g_assert_cmpint(finding.cause, ==, GUARD_CHANGE);
    g_assert_false(guard_stops(&finding));
    guard_check(state, &rules, "g", more, &finding);
    g_assert_cmpint(finding.cause, ==, GUARD_MEMBERS);
    guard_judge(&finding, NULL, &verdict);
    g_assert_cmpint(verdict.kind, ==, VERDICT_ALLOWED);
    /* Nobody needs an approval for what changes nothing. */
    guard_check(state, &rules, "g", last, &finding);
    g_assert_false(finding.approved);
    g_autofree char *text = guard_describe(&finding);
    g_assert_cmpstr(text, ==, "members=10 last=10 joined=0 left=0 limit=2");
}

/* Without anybody whose message could be held, it waits at the sender's. */
static void
test_nobody_to_hold_for(void)
{
    GuardRules    rules = {20, 0, GUARD_HOLD, 50};
    StateSettings settings = {0};
    GuardFinding  finding;
    g_autoptr(State) state = state_open(&settings);
    g_autoptr(Roster) last = help_crowd("m", 10);
    g_autoptr(Roster) nobody = help_roster("");

    state_delivered(state, "g", "g@e.org", last, TRUE, 1);
    guard_check(state, &rules, "g", nobody, &finding);
    g_assert_true(guard_stops(&finding));
    g_assert_cmpint(finding.action, ==, GUARD_DEFER);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *path = g_strconcat("/guard/check/", cases[i].name, NULL);
        g_test_add_data_func(path, GSIZE_TO_POINTER(i), test_check);
    }
    for (gsize i = 0; i < G_N_ELEMENTS(actions); i++) {
        g_autofree char *path = g_strconcat("/guard/judge/", actions[i].name, NULL);
        g_test_add_data_func(path, GSIZE_TO_POINTER(i), test_judge);
    }
    g_test_add_func("/guard/approved", test_approved);
    g_test_add_func("/guard/nobody-to-hold-for", test_nobody_to_hold_for);
    return g_test_run();
}
