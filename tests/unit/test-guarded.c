/* SPDX-License-Identifier: BSD-2-Clause
 * test-guarded.c - messages to groups that have changed much: what is answered, logged, recorded, and who gets an
 * approval
 */
#include "tests/unit/milter-help.h"
#include "tests/unit/state-help.h"

#include <string.h>

#define GUARD "[guard]\nmax-change-percent = 20\nmax-change-count = 0\n"

static State *
state_of(const Help *help)
{
    return help->transaction.runtime->state;
}

/* Of g1; it has no GUID, so its identity is its DN. */
static const char g1[] = "cn=g1,o=x";

/* What the last message to g1 went to. Its members are a and b. */
static void
went_to(Help *help, const char *locals)
{
    g_autoptr(Roster) roster = help_roster(locals);
    Runtime *runtime = runtime_store_acquire(help->house.runtimes);
    state_delivered(runtime->state, g1, "g1@e.org", roster, TRUE, 1);
    runtime_store_release(help->house.runtimes, runtime);
}

static void
approve(Help *help, gint64 until)
{
    StateApproval *approval = g_new0(StateApproval, 1);
    Runtime       *runtime = runtime_store_acquire(help->house.runtimes);
    approval->group = g_strdup(g1);
    approval->name = g_strdup("g1@e.org");
    approval->by = g_strdup("root");
    approval->until = until;
    state_approve(runtime->state, approval);
    runtime_store_release(help->house.runtimes, runtime);
}

/* The whole message, its edits included. */
static void
finish(Help *help, Conclusion *conclusion)
{
    help_finish(help, conclusion);
    conclusion_record(&help->transaction, conclusion);
}

static void
send_to_g1(Help *help, ConclusionKind expected)
{
    g_auto(Conclusion) conclusion;
    help_mail(help, "<s@n.org>");
    help_take(help, "<g1@e.org>");
    finish(help, &conclusion);
    g_assert_cmpint(conclusion.kind, ==, expected);
}

static void
assert_last(const Help *help, const char *locals)
{
    StateChange change;
    g_autoptr(Roster) roster = help_roster(locals);
    g_assert_true(state_compare(state_of(help), g1, roster, &change));
    g_assert_cmpuint(change.joined + change.left, ==, 0);
}

static void
assert_log_has(Help *help, const char *line)
{
    g_autofree char *log = help_log(help);
    if (strstr(log, line) == NULL)
        g_error("'%s' is not in the log:\n%s", line, log);
}

static const struct {
    const char *name, *keys;
    int         code;
    const char *enhanced, *log;
} kept_back[] = {
    {"defer", GUARD, 451, "4.7.1",
     "NOQUEUE: deferred: group=<g1@e.org> code=451 4.7.1 reason=max-change\n"
     "NOQUEUE: guard: group=<g1@e.org> members=2 last=1 joined=1 left=0 limit=0 action=defer\n"},
    {"refuse", GUARD "action = refuse\n", 550, "5.7.1",
     "NOQUEUE: guard: group=<g1@e.org> members=2 last=1 joined=1 left=0 limit=0 action=refuse\n"},
};

static void
test_kept_back(gconstpointer data)
{
    gsize i = GPOINTER_TO_SIZE(data);
    Help  help;
    g_auto(Reply) reply = {0};
    help_setup(&help, kept_back[i].keys);
    went_to(&help, "a");
    help_mail(&help, "<s@n.org>");
    g_assert_false(help_recipient(&help, "<g1@e.org>", &reply));
    g_assert_cmpint(reply.code, ==, kept_back[i].code);
    g_assert_cmpstr(reply.enhanced, ==, kept_back[i].enhanced);
    assert_log_has(&help, kept_back[i].log);
    assert_last(&help, "a");
    help_teardown(&help);
}

static void
test_held(void)
{
    Help help;
    g_auto(Conclusion) conclusion;
    help_setup(&help, GUARD "action = hold\n");
    went_to(&help, "a");
    help_mail(&help, "<s@n.org>");
    help_take(&help, "<g1@e.org>");
    finish(&help, &conclusion);
    g_assert_true(conclusion.plan->treatment.hold);
    g_autofree char *log = help_log(&help);
    g_assert_nonnull(
        strstr(log, "4bQx: guard: group=<g1@e.org> members=2 last=1 joined=1 left=0 limit=0 action=hold\n"));
    g_assert_nonnull(strstr(log, "4bQx: held: group=<g1@e.org> reason=max-change\n"));
    assert_last(&help, "a");
    help_teardown(&help);
}

static void
test_first_message(void)
{
    Help help;
    help_setup(&help, GUARD);
    send_to_g1(&help, CONCLUSION_EDIT);
    assert_log_has(&help, "4bQx: guard: group=<g1@e.org> members=2 last=none action=none\n");
    assert_last(&help, "a b");
    send_to_g1(&help, CONCLUSION_EDIT);
    g_autofree char *log = help_log(&help);
    g_assert_null(strstr(log, "guard"));
    help_teardown(&help);
}

static void
test_off(void)
{
    Help help;
    help_setup(&help, "");
    went_to(&help, "x y z");
    send_to_g1(&help, CONCLUSION_EDIT);
    assert_last(&help, "a b");
    g_autofree char *log = help_log(&help);
    g_assert_null(strstr(log, "guard"));
    help_teardown(&help);
}

static void
test_own_settings(void)
{
    Help help;
    help_setup(&help, GUARD "[group g1-too@e.org]\nmax-change-percent = 0\n");
    went_to(&help, "x y z");
    send_to_g1(&help, CONCLUSION_EDIT);
    help_teardown(&help);
}

static void
test_approved_once(void)
{
    Help help;
    help_setup(&help, GUARD);
    went_to(&help, "x");
    approve(&help, 0);
    send_to_g1(&help, CONCLUSION_EDIT);
    assert_log_has(&help, "4bQx: guard: group=<g1@e.org> members=2 last=1 joined=2 left=1 limit=0 action=approved\n");
    g_assert_false(state_is_approved(state_of(&help), g1, 1));
    send_to_g1(&help, CONCLUSION_EDIT);
    help_teardown(&help);
}

static void
test_approved_but_not_needed(void)
{
    Help help;
    help_setup(&help, GUARD);
    went_to(&help, "a b");
    approve(&help, 0);
    send_to_g1(&help, CONCLUSION_EDIT);
    g_assert_true(state_is_approved(state_of(&help), g1, 1));
    help_teardown(&help);
}

/* Both names of a group are one use, and what is not delivered is none. */
static void
test_not_delivered(void)
{
    Help help;
    help_setup(&help, GUARD);
    went_to(&help, "x");
    approve(&help, 0);
    help_mail(&help, "<s@n.org>");
    help_take(&help, "<g1@e.org>");
    help_take(&help, "<g1-too@e.org>");
    {
        g_auto(Conclusion) conclusion;
        help_finish(&help, &conclusion);
        g_assert_cmpint(conclusion.kind, ==, CONCLUSION_EDIT);
        g_assert_false(state_is_approved(state_of(&help), g1, 1));
    }
    g_assert_true(state_is_approved(state_of(&help), g1, 1));
    assert_last(&help, "x");
    help_teardown(&help);
}

/* Another message has used what this one was let in by. */
static void
test_used_by_another(void)
{
    Help help;
    g_auto(Conclusion) conclusion;
    help_setup(&help, GUARD);
    went_to(&help, "x");
    approve(&help, 0);
    help_mail(&help, "<s@n.org>");
    help_take(&help, "<g1@e.org>");
    state_claim_use(state_claim(state_of(&help), g1, 1));
    finish(&help, &conclusion);
    g_assert_cmpint(conclusion.kind, ==, CONCLUSION_REPLY);
    g_assert_cmpint(conclusion.reply.code, ==, 451);
    assert_log_has(&help, "4bQx: guard: group=<g1@e.org> members=2 last=1 joined=2 left=1 limit=0 action=defer\n");
    assert_last(&help, "x");
    help_teardown(&help);
}

/* And went to the same members, so that the guard has nothing against this one. */
static void
test_used_for_the_same(void)
{
    Help help;
    g_auto(Conclusion) conclusion;
    help_setup(&help, GUARD);
    went_to(&help, "x");
    approve(&help, 0);
    help_mail(&help, "<s@n.org>");
    help_take(&help, "<g1@e.org>");
    state_claim_use(state_claim(state_of(&help), g1, 1));
    went_to(&help, "a b");
    finish(&help, &conclusion);
    g_assert_cmpint(conclusion.kind, ==, CONCLUSION_EDIT);
    help_teardown(&help);
}

static void
test_approved_past_max_members(void)
{
    Help help;
    g_auto(Reply) reply = {0};
    help_setup(&help, "[limits]\nmax-members = 1\n");
    help_mail(&help, "<s@n.org>");
    g_assert_false(help_recipient(&help, "<g1@e.org>", &reply));
    g_assert_cmpint(reply.code, ==, 550);
    approve(&help, 0);
    send_to_g1(&help, CONCLUSION_EDIT);
    assert_log_has(&help, "4bQx: guard: group=<g1@e.org> members=2 last=none limit=1 action=approved\n");
    help_mail(&help, "<s@n.org>");
    g_assert_false(help_recipient(&help, "<g1@e.org>", &reply));
    help_teardown(&help);
}

static void
test_observed(void)
{
    Help help;
    g_auto(Conclusion) conclusion;
    help_setup(&help, "mode = observe\n" GUARD);
    help_mail(&help, "<s@n.org>");
    help_take(&help, "<g1@e.org>");
    finish(&help, &conclusion);
    g_autofree char *history = help_history(state_of(&help), g1);
    g_assert_cmpstr(history, ==, "none");
    assert_log_has(&help, "4bQx: would-guard: group=<g1@e.org> members=2 last=none action=none\n");
    help_teardown(&help);
}

static ConclusionKind
send_to_mixed(Help *help, const char *sasl_user)
{
    g_auto(Conclusion) conclusion = {0};
    g_auto(Reply) reply = {0};
    help->facts.origin.sasl_user = sasl_user;
    help_mail(help, "<s@n.org>");
    if (!help_recipient(help, "<mixed@e.org>", &reply))
        return CONCLUSION_REPLY;
    finish(help, &conclusion);
    return conclusion.kind;
}

static void
assert_mixed_last(const Help *help, const char *locals)
{
    StateChange change;
    g_autoptr(Roster) roster = help_roster(locals);
    g_assert_true(state_compare(state_of(help), "cn=mixed,o=x", roster, &change));
    g_assert_cmpuint(change.joined + change.left, ==, 0);
}

/* Strangers do not reach the closed group below, and a is only there. That is no change of the group. */
static void
test_who_sends_is_no_change(void)
{
    Help help;
    help_setup(&help, GUARD);
    g_assert_cmpint(send_to_mixed(&help, NULL), ==, CONCLUSION_EDIT);
    assert_mixed_last(&help, "c");
    /* Nobody had reached all of them before, so a has not joined. */
    g_assert_cmpint(send_to_mixed(&help, "ann"), ==, CONCLUSION_EDIT);
    assert_mixed_last(&help, "a c");
    g_assert_cmpint(send_to_mixed(&help, NULL), ==, CONCLUSION_EDIT);
    assert_mixed_last(&help, "a c");
    /* Somebody who did join is noticed for both. */
    g_autoptr(Roster) others = help_roster("x y");
    state_delivered(state_of(&help), "cn=mixed,o=x", "mixed@e.org", others, TRUE, G_MAXINT64 - 1);
    g_assert_cmpint(send_to_mixed(&help, "ann"), ==, CONCLUSION_REPLY);
    g_assert_cmpint(send_to_mixed(&help, NULL), ==, CONCLUSION_REPLY);
    help_teardown(&help);
}

static void
test_reports_are_not_recorded(void)
{
    Help help;
    g_auto(Conclusion) conclusion;
    help_setup(&help, GUARD);
    help_mail(&help, "<>");
    help_take(&help, "<boss@e.org>");
    transaction_header(&help.transaction, "Content-Type", "multipart/report; report-type=delivery-status");
    finish(&help, &conclusion);
    g_autofree char *history = help_history(state_of(&help), "cn=boss,o=x");
    g_assert_cmpstr(history, ==, "none");
    help_teardown(&help);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS(kept_back); i++) {
        g_autofree char *path = g_strconcat("/guarded/kept-back/", kept_back[i].name, NULL);
        g_test_add_data_func(path, GSIZE_TO_POINTER(i), test_kept_back);
    }
    g_test_add_func("/guarded/held", test_held);
    g_test_add_func("/guarded/first-message", test_first_message);
    g_test_add_func("/guarded/off", test_off);
    g_test_add_func("/guarded/own-settings", test_own_settings);
    g_test_add_func("/guarded/approved/once", test_approved_once);
    g_test_add_func("/guarded/approved/not-needed", test_approved_but_not_needed);
    g_test_add_func("/guarded/approved/not-delivered", test_not_delivered);
    g_test_add_func("/guarded/approved/used-by-another", test_used_by_another);
    g_test_add_func("/guarded/approved/used-for-the-same", test_used_for_the_same);
    g_test_add_func("/guarded/approved/past-max-members", test_approved_past_max_members);
    g_test_add_func("/guarded/observed", test_observed);
    g_test_add_func("/guarded/who-sends-is-no-change", test_who_sends_is_no_change);
    g_test_add_func("/guarded/reports-are-not-recorded", test_reports_are_not_recorded);
    return g_test_run();
}
