/* SPDX-License-Identifier: BSD-2-Clause
 * test-state.c - what is recorded, compared, remembered over a restart, forgotten; and who gets an approval
 */
#include "tests/unit/state-help.h"

#include <pthread.h>
#include <string.h>

static const gint64 day = G_TIME_SPAN_DAY;

static void
deliver(State *state, const char *group, const char *locals, gint64 now)
{
    g_autoptr(Roster) roster = help_roster(locals);
    state_delivered(state, group, "g@e.org", roster, TRUE, now);
}

static void
assert_history(State *state, const char *group, const char *expected)
{
    g_autofree char *text = help_history(state, group);
    g_assert_cmpstr(text, ==, expected);
}

static char *
members_at(State *state, gint64 when)
{
    g_auto(GStrv) members = NULL;
    g_autoptr(GError) error = NULL;

    g_assert_true(state_roster_at(state, "g", when, &members, &error));
    g_assert_no_error(error);
    if (members == NULL)
        return g_strdup("unknown");
    for (char **one = members; *one != NULL; one++)
        *strchr(*one, '@') = '\0';
    return g_strjoinv(" ", members);
}

/* ---- rosters ---- */

static void
test_compare(void)
{
    StateHelp   help;
    StateChange change;
    g_autoptr(Roster) roster = help_roster("b c d e");
    state_help_setup(&help);
    state_help_open(&help, 90);
    g_assert_false(state_compare(help.state, "g", roster, &change));
    deliver(help.state, "g", "a b c", 1000);
    g_assert_true(state_compare(help.state, "g", roster, &change));
    g_assert_cmpuint(change.last, ==, 3);
    g_assert_cmpuint(change.joined, ==, 2);
    g_assert_cmpuint(change.left, ==, 1);
    g_assert_cmpint(change.since, ==, 1000);
    g_assert_false(state_compare(help.state, "other", roster, &change));
    state_help_teardown(&help);
}

static void
test_nobody_is_not_recorded(void)
{
    StateHelp   help;
    StateChange change;
    g_autoptr(Roster) roster = help_roster("a");
    state_help_setup(&help);
    state_help_open(&help, 90);
    deliver(help.state, "g", "", 1000);
    g_assert_false(state_compare(help.state, "g", roster, &change));
    deliver(help.state, "g", "a", 1001);
    deliver(help.state, "g", "", 1002);
    g_assert_true(state_compare(help.state, "g", roster, &change));
    g_assert_cmpuint(change.last, ==, 1);
    state_help_teardown(&help);
}

/* Whom this message's sender could not reach is a member still. */
static void
test_partial_roster(void)
{
    StateHelp   help;
    StateChange change;
    g_autoptr(Roster) some = help_roster("b d");
    g_autoptr(Roster) all = help_roster("a b c d");
    state_help_setup(&help);
    state_help_open(&help, 90);
    deliver(help.state, "g", "a b c", 1000);
    state_delivered(help.state, "g", "g@e.org", some, FALSE, 1001);
    g_assert_true(state_compare(help.state, "g", all, &change));
    g_assert_cmpuint(change.joined + change.left, ==, 0);
    state_delivered(help.state, "g", "g@e.org", some, FALSE, 1002);
    g_assert_true(state_compare(help.state, "g", all, &change));
    g_assert_cmpint(change.since, ==, 1001);
    state_help_teardown(&help);
}

/* That all are known is a thing of its own, also when they are the same. */
static void
test_all_are_known(void)
{
    StateHelp   help;
    StateChange change;
    g_autoptr(Roster) roster = help_roster("a b");
    state_help_setup(&help);
    state_help_open(&help, 90);
    state_delivered(help.state, "g", "g@e.org", roster, FALSE, 1000);
    state_help_open(&help, 90);
    g_assert_true(state_compare(help.state, "g", roster, &change));
    g_assert_false(change.whole);
    state_delivered(help.state, "g", "g@e.org", roster, TRUE, 1001);
    state_help_open(&help, 90);
    state_delivered(help.state, "g", "g@e.org", roster, FALSE, 1002);
    g_assert_true(state_compare(help.state, "g", roster, &change));
    g_assert_true(change.whole);
    state_help_teardown(&help);
}

static void
test_survives_restart(void)
{
    StateHelp   help;
    StateChange change;
    gint64      now = g_get_real_time();
    g_autoptr(Roster) roster = help_roster("a b x");
    state_help_setup(&help);
    state_help_open(&help, 90);
    deliver(help.state, "g", "a b c", now);
    g_assert_true(state_flush(help.state));
    deliver(help.state, "g", "a b d", now + 1);
    state_help_open(&help, 90);
    g_assert_true(state_has_file(help.state));
    g_assert_true(state_compare(help.state, "g", roster, &change));
    g_assert_cmpuint(change.last, ==, 3);
    g_assert_cmpuint(change.joined, ==, 1);
    g_autofree char *expected = g_strdup_printf("@%" G_GINT64_FORMAT " +d -c", now + 1);
    assert_history(help.state, "g", expected);
    g_assert_cmpuint(help.events->len, ==, 0);
    state_help_teardown(&help);
}

/* ---- history ---- */

static void
test_rebuilds_the_past(void)
{
    static const char *const rosters[] = {"a b c", "a b c d", "d e", "a", "a b c", "a b"};
    StateHelp                help;
    gint64                   start = g_get_real_time() - 10 * day;
    state_help_setup(&help);
    state_help_open(&help, 90);
    for (gsize i = 0; i < G_N_ELEMENTS(rosters); i++) {
        deliver(help.state, "g", rosters[i], start + (gint64)i * day);
        g_assert_true(state_flush(help.state));
    }
    for (gsize i = 0; i < G_N_ELEMENTS(rosters); i++) {
        g_autofree char *at = members_at(help.state, start + (gint64)i * day);
        g_autofree char *later = members_at(help.state, start + (gint64)i * day + day / 2);
        g_assert_cmpstr(at, ==, rosters[i]);
        g_assert_cmpstr(later, ==, rosters[i]);
    }
    g_autofree char *before = members_at(help.state, start - 1);
    g_assert_cmpstr(before, ==, "unknown");
    state_help_teardown(&help);
}

static void
test_retention(void)
{
    StateHelp help;
    gint64    now = g_get_real_time();
    state_help_setup(&help);
    state_help_open(&help, 1000);
    for (gint64 age = 40; age >= 0; age -= 10) {
        g_autofree char *locals = g_strdup_printf("a m%d", (int)age);
        deliver(help.state, "g", locals, now - age * day);
        g_assert_true(state_flush(help.state));
    }
    state_help_open(&help, 25);
    g_autofree char *expected = g_strdup_printf("@%" G_GINT64_FORMAT " +m20 -m30; @%" G_GINT64_FORMAT
                                                " +m10 -m20; @%" G_GINT64_FORMAT " +m0 -m10",
                                                now - 20 * day, now - 10 * day, now);
    deliver(help.state, "other", "a", now); /* a write, after which pruning is certainly over */
    g_assert_true(state_flush(help.state));
    assert_history(help.state, "g", expected);
    g_autofree char *known = members_at(help.state, now - 29 * day), *lost = members_at(help.state, now - 31 * day);
    g_assert_cmpstr(known, ==, "a m30");
    g_assert_cmpstr(lost, ==, "unknown");
    state_help_teardown(&help);
}

static void
test_no_days(void)
{
    StateHelp   help;
    StateChange change;
    g_autoptr(Roster) roster = help_roster("b");
    gint64 now = g_get_real_time();
    state_help_setup(&help);
    state_help_open(&help, 0);
    deliver(help.state, "g", "a", now - 2);
    g_assert_true(state_flush(help.state));
    deliver(help.state, "g", "b", now - 1);
    assert_history(help.state, "g", "");
    g_autofree char *past = members_at(help.state, now - 2), *last = members_at(help.state, now);
    g_assert_cmpstr(past, ==, "unknown");
    g_assert_cmpstr(last, ==, "b");
    g_assert_true(state_compare(help.state, "g", roster, &change));
    g_assert_cmpuint(change.joined + change.left, ==, 0);
    state_help_teardown(&help);
}

static void
test_forgets(void)
{
    StateHelp help;
    g_autoptr(GError) error = NULL;
    g_autoptr(Address) gone = address_new("B@e.org", NULL);
    guint  n = 0;
    gint64 now = g_get_real_time();
    state_help_setup(&help);
    state_help_open(&help, 90);
    deliver(help.state, "g", "a b", now);
    deliver(help.state, "h", "b c", now);
    g_assert_true(state_flush(help.state));
    deliver(help.state, "g", "a c", now + 1);
    g_assert_true(state_flush(help.state));
    g_assert_true(state_forget_address(help.state, gone, &n, &error));
    g_assert_no_error(error);
    g_assert_cmpuint(n, ==, 2);
    state_help_open(&help, 90);
    g_autofree char *expected = g_strdup_printf("@%" G_GINT64_FORMAT " +c", now + 1);
    assert_history(help.state, "g", expected);
    g_assert_true(state_forget_group(help.state, "g", &error));
    assert_history(help.state, "g", "none");
    state_help_open(&help, 90);
    assert_history(help.state, "g", "none");
    assert_history(help.state, "h", "");
    state_help_close(&help);
    g_autofree char *octets = NULL;
    gsize            length;
    g_assert_true(g_file_get_contents(help.file, &octets, &length, NULL));
    g_assert_null(memmem(octets, length, "b@e.org", 7));
    state_help_teardown(&help);
}

/* ---- approvals ---- */

static void
approve(State *state, const char *group, gint64 until)
{
    StateApproval *approval = g_new0(StateApproval, 1);
    approval->group = g_strdup(group);
    approval->name = g_strconcat(group, "@e.org", NULL);
    approval->by = g_strdup("root");
    approval->until = until;
    state_approve(state, approval);
}

static void
test_once(void)
{
    StateHelp help;
    state_help_setup(&help);
    state_help_open(&help, 90);
    g_assert_null(state_claim(help.state, "g", 5));
    approve(help.state, "g", 0);
    g_assert_true(state_is_approved(help.state, "g", 5));
    StateClaim *claim = state_claim(help.state, "g", 5);
    g_assert_nonnull(claim);
    g_assert_null(state_claim(help.state, "g", 5));
    state_claim_return(claim);
    claim = state_claim(help.state, "g", 5);
    g_assert_nonnull(claim);
    state_claim_use(claim);
    g_assert_null(state_claim(help.state, "g", 5));
    state_help_open(&help, 90);
    g_assert_false(state_is_approved(help.state, "g", 5));
    state_help_teardown(&help);
}

static void
test_until(void)
{
    StateHelp help;
    gint64    end = g_get_real_time() + day;
    state_help_setup(&help);
    state_help_open(&help, 90);
    approve(help.state, "g", end);
    approve(help.state, "f", 0);
    state_help_open(&help, 90);
    for (int i = 0; i < 3; i++) {
        StateClaim *claim = state_claim(help.state, "g", end - 1);
        g_assert_nonnull(claim);
        state_claim_use(claim);
    }
    g_assert_null(state_claim(help.state, "g", end));
    g_autoptr(GPtrArray) list = state_approvals(help.state, end - 1);
    g_autoptr(GPtrArray) later = state_approvals(help.state, end);
    g_assert_cmpuint(list->len, ==, 2);
    g_assert_cmpuint(later->len, ==, 1);
    const StateApproval *first = g_ptr_array_index(list, 0);
    g_assert_cmpstr(first->name, ==, "f@e.org");
    g_assert_cmpstr(first->by, ==, "root");
    g_assert_true(state_revoke(help.state, "g"));
    g_assert_false(state_revoke(help.state, "g"));
    state_help_open(&help, 90);
    g_assert_false(state_is_approved(help.state, "g", end - 1));
    g_assert_true(state_is_approved(help.state, "f", end - 1));
    state_help_teardown(&help);
}

/* A new one takes the place of one that is claimed, and what comes back then is no second one. */
static void
test_renewed_while_claimed(void)
{
    StateHelp help;
    state_help_setup(&help);
    state_help_open(&help, 90);
    approve(help.state, "g", 0);
    StateClaim *claim = state_claim(help.state, "g", 5);
    approve(help.state, "g", 0);
    state_claim_return(claim);
    state_claim_use(state_claim(help.state, "g", 5));
    g_assert_null(state_claim(help.state, "g", 5));
    state_help_teardown(&help);
}

enum { RACERS = 8, ROUNDS = 200 };

typedef struct {
    State            *state;
    pthread_barrier_t start;
    int               got; /* atomic */
} Race;

static void *
run_race(void *data)
{
    Race *race = data;
    for (int i = 0; i < ROUNDS; i++) {
        pthread_barrier_wait(&race->start);
        StateClaim *claim = state_claim(race->state, "g", 5);
        pthread_barrier_wait(&race->start);
        if (claim == NULL)
            continue;
        g_atomic_int_inc(&race->got);
        state_claim_use(claim);
        approve(race->state, "g", 0);
    }
    return NULL;
}

static void
test_one_of_many(void)
{
    StateHelp help;
    Race      race = {0};
    pthread_t threads[RACERS];
    state_help_setup(&help);
    state_help_open(&help, 90);
    race.state = help.state;
    pthread_barrier_init(&race.start, NULL, RACERS);
    approve(help.state, "g", 0);
    for (int i = 0; i < RACERS; i++)
        g_assert_cmpint(pthread_create(&threads[i], NULL, run_race, &race), ==, 0);
    for (int i = 0; i < RACERS; i++)
        pthread_join(threads[i], NULL);
    /* Who had it approves the next one, which the others may miss by a hair, but never is there more than one. */
    g_assert_cmpint(race.got, <=, ROUNDS);
    g_assert_cmpint(race.got, >=, 1);
    pthread_barrier_destroy(&race.start);
    state_help_teardown(&help);
}

/* ---- many at once ---- */

static void *
deliver_often(void *data)
{
    static const char *const rosters[] = {"a b", "b c", "a c d", "e"};
    State                   *state = data;
    g_autoptr(GPtrArray) made = g_ptr_array_new_with_free_func((GDestroyNotify)roster_unref);
    for (gsize i = 0; i < G_N_ELEMENTS(rosters); i++)
        g_ptr_array_add(made, help_roster(rosters[i]));
    for (guint i = 0; i < 400; i++) {
        StateChange change;
        Roster     *roster = g_ptr_array_index(made, i % made->len);
        state_delivered(state, i % 3 == 0 ? "h" : "g", "g@e.org", roster, TRUE, g_get_real_time());
        state_compare(state, "g", roster, &change);
        if (i % 100 == 0) {
            g_autofree char *text = help_history(state, "g");
            g_assert_nonnull(text);
        }
    }
    return NULL;
}

/* However they come, the steps in the file lead from the first roster to the last. */
static void
test_many_threads(void)
{
    StateHelp help;
    pthread_t threads[4];
    state_help_setup(&help);
    state_help_open(&help, 90);
    for (gsize i = 0; i < G_N_ELEMENTS(threads); i++)
        g_assert_cmpint(pthread_create(&threads[i], NULL, deliver_often, help.state), ==, 0);
    for (gsize i = 0; i < G_N_ELEMENTS(threads); i++)
        pthread_join(threads[i], NULL);
    g_autoptr(StateHistory) history = NULL;
    g_autoptr(GError) error = NULL;
    g_assert_true(state_history(help.state, "g", 0, &history, &error));
    g_assert_cmpuint(history->differences->len, >, 0);
    for (guint i = 0; i < history->differences->len; i++) {
        const StateDifference *difference = g_ptr_array_index(history->differences, i);
        g_autofree char       *members = members_at(help.state, difference->at);
        g_assert_true(g_strv_contains((const char *const[]){"a b", "b c", "a c d", "e", NULL}, members));
    }
    g_assert_cmpuint(help.events->len, ==, 0);
    state_help_teardown(&help);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/state/compare", test_compare);
    g_test_add_func("/state/nobody-is-not-recorded", test_nobody_is_not_recorded);
    g_test_add_func("/state/partial-roster", test_partial_roster);
    g_test_add_func("/state/all-are-known", test_all_are_known);
    g_test_add_func("/state/survives-restart", test_survives_restart);
    g_test_add_func("/state/rebuilds-the-past", test_rebuilds_the_past);
    g_test_add_func("/state/retention", test_retention);
    g_test_add_func("/state/no-days", test_no_days);
    g_test_add_func("/state/forgets", test_forgets);
    g_test_add_func("/state/approvals/once", test_once);
    g_test_add_func("/state/approvals/until", test_until);
    g_test_add_func("/state/approvals/renewed-while-claimed", test_renewed_while_claimed);
    g_test_add_func("/state/approvals/one-of-many", test_one_of_many);
    g_test_add_func("/state/many-threads", test_many_threads);
    return g_test_run();
}
