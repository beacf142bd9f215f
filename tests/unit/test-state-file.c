/* SPDX-License-Identifier: BSD-2-Clause
 * test-state-file.c - the file of the state: damaged, somebody else's, not to be written, killed in the middle
 */
#include "tests/unit/state-help.h"

#include <glib/gstdio.h>

#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static void
deliver(State *state, const char *group, const char *locals)
{
    g_autoptr(Roster) roster = help_roster(locals);
    state_delivered(state, group, "g@e.org", roster, TRUE, g_get_real_time());
}

enum { GROUPS = 10, MEMBERS = 80 };

/* Several groups, each first with `m...`, then with `n...`, so that the file has many pages of rows. */
static void
fill(StateHelp *help)
{
    g_autoptr(Roster) before = help_crowd("m", MEMBERS);
    g_autoptr(Roster) after = help_crowd("n", MEMBERS);

    state_help_open(help, 90);
    for (int i = 0; i < GROUPS; i++) {
        g_autofree char *group = g_strdup_printf("group-%d", i);
        state_delivered(help->state, group, "g@e.org", before, TRUE, g_get_real_time());
        g_assert_true(state_flush(help->state));
        state_delivered(help->state, group, "g@e.org", after, TRUE, g_get_real_time());
    }
    state_help_close(help);
}

/* Whatever happened to the file, what a group has is what was recorded of it, or nothing. */
static void
assert_right_or_nothing(State *state, const char *group, const Roster *roster)
{
    StateChange change;
    g_autoptr(StateHistory) history = NULL;
    g_autoptr(GError) error = NULL;

    if (state_compare(state, group, roster, &change))
        g_assert_cmpuint(change.joined + change.left, ==, 0);
    gboolean done = state_history(state, group, 0, &history, &error);
    g_assert_true(done == (error == NULL));
    for (guint i = 0; history != NULL && i < history->differences->len; i++) {
        const StateDifference *difference = g_ptr_array_index(history->differences, i);
        g_assert_cmpuint(g_strv_length(difference->joined), ==, MEMBERS);
        g_assert_cmpuint(g_strv_length(difference->left), ==, MEMBERS);
    }
}

/* Works, with or without a file: what is recorded now can be compared now. */
static void
assert_usable(State *state)
{
    StateChange change;
    g_autoptr(Roster) roster = help_roster("x");
    deliver(state, "fresh", "x y");
    g_assert_true(state_compare(state, "fresh", roster, &change));
    g_assert_cmpuint(change.last, ==, 2);
    g_assert_cmpuint(change.left, ==, 1);
}

static void
test_mode(void)
{
    StateHelp   help;
    struct stat status;
    state_help_setup(&help);
    fill(&help);
    g_assert_cmpint(stat(help.file, &status), ==, 0);
    g_assert_cmpint(status.st_mode & 0777, ==, 0600);
    state_help_teardown(&help);
}

static void
test_foreign(void)
{
    StateHelp        help;
    g_autofree char *text = NULL;
    state_help_setup(&help);
    g_assert_true(g_file_set_contents(help.file, "a key that somebody needs\n", -1, NULL));
    state_help_open(&help, 90);
    g_assert_false(state_has_file(help.state));
    g_assert_true(state_help_was_told(&help, "bad: ", "is no state of rollcall"));
    assert_usable(help.state);
    state_help_close(&help);
    g_assert_true(g_file_get_contents(help.file, &text, NULL, NULL));
    g_assert_cmpstr(text, ==, "a key that somebody needs\n");
    state_help_teardown(&help);
}

static void
test_no_folder(void)
{
    StateHelp help;
    state_help_setup(&help);
    g_free(help.file);
    help.file = g_build_filename(help.folder, "missing", "state.db", NULL);
    state_help_open(&help, 90);
    g_assert_false(state_has_file(help.state));
    g_assert_true(state_help_was_told(&help, "bad: ", "No such file or directory"));
    assert_usable(help.state);
    state_help_teardown(&help);
}

static void
test_in_memory(void)
{
    StateHelp help;
    state_help_setup(&help);
    g_clear_pointer(&help.file, g_free);
    state_help_open(&help, 90);
    assert_usable(help.state);
    g_autofree char *history = help_history(help.state, "fresh");
    g_assert_cmpstr(history, ==, "");
    g_assert_cmpuint(help.events->len, ==, 0);
    state_help_teardown(&help);
}

static void
test_looking_only(void)
{
    StateHelp   help;
    StateChange change;
    g_autoptr(Roster) roster = help_roster("n1");
    state_help_setup(&help);
    StateSettings settings = {.file = help.file, .read_only = TRUE};
    State        *state = state_open(&settings);
    g_assert_false(g_file_test(help.file, G_FILE_TEST_EXISTS));
    state_unref(state);
    fill(&help);
    state = state_open(&settings);
    deliver(state, "group-1", "x y z");
    g_assert_true(state_compare(state, "group-1", roster, &change));
    g_assert_cmpuint(change.last, ==, MEMBERS);
    g_assert_cmpuint(change.left, ==, MEMBERS - 1);
    state_unref(state);
    state_help_teardown(&help);
}

/* Each octet in turn would take long; a walk over all pages with a step that no structure has does. */
static void
test_damage(void)
{
    StateHelp        help;
    gsize            length, n_noticed = 0, n = 0;
    g_autofree char *whole = NULL;
    g_autoptr(Roster) roster = help_crowd("n", MEMBERS);
    state_help_setup(&help);
    fill(&help);
    g_assert_true(g_file_get_contents(help.file, &whole, &length, NULL));
    for (gsize at = 0; at < length; at += 331, n++) {
        whole[at] ^= 0x55;
        g_assert_true(g_file_set_contents(help.file, whole, (gssize)length, NULL));
        state_help_open(&help, 90);
        for (int i = 0; i < GROUPS; i++) {
            g_autofree char *group = g_strdup_printf("group-%d", i);
            assert_right_or_nothing(help.state, group, roster);
        }
        assert_usable(help.state);
        state_flush(help.state);
        state_help_close(&help);
        n_noticed += state_help_was_told(&help, "bad: ", "") ? 1 : 0;
        whole[at] ^= 0x55;
    }
    g_test_message("%" G_GSIZE_FORMAT " of %" G_GSIZE_FORMAT " flips noticed", n_noticed, n);
    g_assert_cmpuint(n_noticed, >, 0);
    state_help_teardown(&help);
}

static void
test_cut(void)
{
    StateHelp        help;
    gsize            length;
    g_autofree char *whole = NULL;
    state_help_setup(&help);
    fill(&help);
    g_assert_true(g_file_get_contents(help.file, &whole, &length, NULL));
    for (gsize end = 0; end < length; end += 1009) {
        g_assert_true(g_file_set_contents(help.file, whole, (gssize)end, NULL));
        state_help_open(&help, 90);
        assert_usable(help.state);
        state_help_close(&help);
    }
    state_help_teardown(&help);
}

static void
test_damaged_is_set_aside(void)
{
    StateHelp        help;
    gsize            length;
    g_autofree char *whole = NULL;
    state_help_setup(&help);
    fill(&help);
    g_assert_true(g_file_get_contents(help.file, &whole, &length, NULL));
    memset(whole + 100, 0x7f, length - 100);
    g_assert_true(g_file_set_contents(help.file, whole, (gssize)length, NULL));
    state_help_open(&help, 90);
    g_assert_true(state_has_file(help.state));
    g_assert_true(state_help_was_told(&help, "bad: ", "begun anew"));
    g_autofree char *aside = g_strconcat(help.file, ".damaged", NULL);
    g_assert_true(g_file_test(aside, G_FILE_TEST_EXISTS));
    assert_usable(help.state);
    state_help_open(&help, 90);
    g_autofree char *history = help_history(help.state, "fresh");
    g_assert_cmpstr(history, ==, "");
    state_help_teardown(&help);
}

/* What could not be written is kept, and comes with the next write that can. */
static void
test_write_fails_for_a_while(void)
{
    StateHelp help;
    g_autoptr(Roster) roster = help_roster("a c");
    StateChange change;
    state_help_setup(&help);
    state_help_open(&help, 90);
    deliver(help.state, "g", "a b");
    g_assert_true(state_flush(help.state));
    /* A journal that is a folder cannot be opened, by root neither. */
    g_autofree char *journal = g_strconcat(help.file, "-journal", NULL);
    g_assert_cmpint(g_mkdir(journal, 0700), ==, 0);
    deliver(help.state, "g", "a c");
    g_assert_false(state_flush(help.state));
    g_assert_true(state_compare(help.state, "g", roster, &change));
    g_assert_cmpuint(change.joined + change.left, ==, 0);
    g_assert_cmpint(g_rmdir(journal), ==, 0);
    deliver(help.state, "g", "a d");
    state_help_open(&help, 90);
    g_assert_true(state_help_was_told(&help, "bad: ", "going on in memory"));
    g_autofree char *history = help_history(help.state, "g");
    /* what was kept may have been tried again between the two */
    g_assert_true(g_str_has_suffix(history, " +d -b") || g_str_has_suffix(history, " +d -c"));
    state_help_teardown(&help);
}

/* ---- killed ---- */

static G_GNUC_NORETURN void
write_for_ever(const char *file)
{
    static const char *const rosters[] = {"a b", "b c", "a c d", "e"};
    StateSettings            settings = {.file = file, .history_days = 90};
    State                   *state = state_open(&settings);
    Roster                  *made[G_N_ELEMENTS(rosters)];
    for (gsize i = 0; i < G_N_ELEMENTS(rosters); i++)
        made[i] = help_roster(rosters[i]);
    for (guint i = 0;; i++) {
        state_delivered(state, "g", "g@e.org", made[i % G_N_ELEMENTS(made)], TRUE, g_get_real_time());
        state_flush(state);
    }
}

static void
assert_whole(StateHelp *help)
{
    g_autoptr(StateHistory) history = NULL;
    g_autoptr(GError) error = NULL;
    g_assert_true(state_history(help->state, "g", 0, &history, &error));
    g_assert_no_error(error);
    for (guint i = 0; history != NULL && i < history->differences->len; i++) {
        const StateDifference *difference = g_ptr_array_index(history->differences, i);
        g_auto(GStrv) members = NULL;
        g_assert_true(state_roster_at(help->state, "g", difference->at, &members, &error));
        g_autofree char         *text = g_strjoinv(" ", members);
        static const char *const known[] = {"a@e.org b@e.org", "b@e.org c@e.org", "a@e.org c@e.org d@e.org", "e@e.org",
                                            NULL};
        g_assert_true(g_strv_contains(known, text));
    }
}

static void
test_killed(void)
{
    StateHelp help;
    state_help_setup(&help);
    for (guint i = 0; i < 60; i++) {
        pid_t child = fork();
        if (child == 0)
            write_for_ever(help.file);
        g_usleep(200 + 900 * i);
        kill(child, SIGKILL);
        waitpid(child, NULL, 0);
        state_help_open(&help, 90);
        g_assert_true(state_has_file(help.state));
        g_assert_cmpuint(help.events->len, ==, 0);
        assert_whole(&help);
        state_help_close(&help);
        if (i % 3 == 0)
            g_unlink(help.file); /* so that making it is met as well */
    }
    state_help_teardown(&help);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/state-file/mode", test_mode);
    g_test_add_func("/state-file/foreign", test_foreign);
    g_test_add_func("/state-file/no-folder", test_no_folder);
    g_test_add_func("/state-file/in-memory", test_in_memory);
    g_test_add_func("/state-file/looking-only", test_looking_only);
    g_test_add_func("/state-file/damage", test_damage);
    g_test_add_func("/state-file/cut", test_cut);
    g_test_add_func("/state-file/damaged-is-set-aside", test_damaged_is_set_aside);
    g_test_add_func("/state-file/write-fails-for-a-while", test_write_fails_for_a_while);
    g_test_add_func("/state-file/killed", test_killed);
    return g_test_run();
}
