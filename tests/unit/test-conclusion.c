/* SPDX-License-Identifier: BSD-2-Clause
 * test-conclusion.c - what is done to a message at its end, and what the log says of it
 */
#include "milter/conclusion.h"
#include "tests/unit/milter-help.h"

#include <string.h>

#define ORIGIN(word, trust) "4bQx: origin: from=<s@n.org> origin=" word " trust=" trust "\n"
#define STRANGER ORIGIN("anonymous", "external")

static const struct {
    const char    *name, *keys;
    const char    *recipients; /* separated by commas */
    ConclusionKind kind;
    gsize          deletions, additions, traces;
    const char    *log;
} cases[] = {
    {"no-group", "", "<p@e.org>,<x@other.org>", CONCLUSION_NOTHING, 0, 0, 0, ""},
    {"one-group", "", "<g1@e.org>", CONCLUSION_EDIT, 1, 2, 1,
     STRANGER "4bQx: expanded: group=<g1@e.org> members=2 new=2 skipped=0 via=scripted time=T\n"
              "4bQx: envelope: from=<s@n.org> removed=1 added=2 split=0 origin=anonymous\n"},
    {"two-groups-and-a-person", "", "<g1@e.org>,<c@e.org>,<g2@e.org>", CONCLUSION_EDIT, 2, 2, 2,
     STRANGER "4bQx: expanded: group=<g1@e.org> members=2 new=2 skipped=0 via=scripted time=T\n"
              "4bQx: expanded: group=<g2@e.org> members=2 new=0 skipped=0 via=scripted time=T\n"
              "4bQx: envelope: from=<s@n.org> removed=2 added=2 split=0 origin=anonymous\n"},
    {"one-group-under-two-addresses", "", "<g1@e.org>,<g1-too@e.org>", CONCLUSION_EDIT, 2, 2, 1,
     STRANGER "4bQx: expanded: group=<g1@e.org> members=2 new=2 skipped=0 via=scripted time=T\n"
              "4bQx: expanded: group=<g1-too@e.org> members=2 new=0 skipped=0 via=scripted time=T\n"
              "4bQx: envelope: from=<s@n.org> removed=2 added=2 split=0 origin=anonymous\n"},
    {"skipped-members-are-named", "", "<skips@e.org>", CONCLUSION_EDIT, 1, 1, 1,
     STRANGER "4bQx: expanded: group=<skips@e.org> members=1 new=1 skipped=1 via=scripted time=T\n"
              "4bQx: skipped: group=<skips@e.org> dn=\"CN=mute,O=x\" reason=no-address\n"
              "4bQx: envelope: from=<s@n.org> removed=1 added=1 split=0 origin=anonymous\n"},
    {"empty-group-accepted", "empty-group = accept\n", "<empty@e.org>", CONCLUSION_DISCARD, 1, 0, 1,
     STRANGER "4bQx: expanded: group=<empty@e.org> members=0 new=0 skipped=0 via=scripted time=T\n"
              "4bQx: warning: empty: group=<empty@e.org> members=0 skipped=0\n"
              "4bQx: envelope: from=<s@n.org> removed=1 added=0 split=0 origin=anonymous discarded=yes\n"},
    {"empty-group-beside-a-person", "empty-group = accept\n", "<empty@e.org>,<p@e.org>", CONCLUSION_EDIT, 1, 0, 1,
     STRANGER "4bQx: expanded: group=<empty@e.org> members=0 new=0 skipped=0 via=scripted time=T\n"
              "4bQx: warning: empty: group=<empty@e.org> members=0 skipped=0\n"
              "4bQx: envelope: from=<s@n.org> removed=1 added=0 split=0 origin=anonymous\n"},
    {"observed", "mode = observe\n", "<g1@e.org>", CONCLUSION_NOTHING, 1, 2, 0,
     STRANGER "4bQx: would-expand: group=<g1@e.org> members=2 new=2 skipped=0 via=scripted time=T\n"
              "4bQx: would-edit: from=<s@n.org> removed=1 added=2 split=0 origin=anonymous\n"},
    {"trusted-origin", "trusted-networks = 203.0.113.0/24\n", "<closed@e.org>", CONCLUSION_EDIT, 1, 1, 1,
     ORIGIN("trusted-network",
            "authenticated trusted-network=\"203.0.113.9\"") "4bQx: expanded: group=<closed@e.org> members=1 new=1 "
                                                             "skipped=0 via=scripted time=T\n"
                                                             "4bQx: envelope: from=<s@n.org> removed=1 added=1 split=0 "
                                                             "origin=trusted-network\n"},
};

static void
test_conclude(gconstpointer data)
{
    gsize i = GPOINTER_TO_SIZE(data);
    Help  help;
    help_setup(&help, cases[i].keys);
    help_mail(&help, "<s@n.org>");
    help_take_all(&help, cases[i].recipients);
    g_auto(Conclusion) conclusion;
    help_finish(&help, &conclusion);

    g_assert_cmpint(conclusion.kind, ==, cases[i].kind);
    g_assert_cmpuint(conclusion.plan != NULL ? conclusion.plan->n_deletions : 0, ==, cases[i].deletions);
    g_assert_cmpuint(conclusion.plan != NULL ? conclusion.plan->n_additions : 0, ==, cases[i].additions);
    g_assert_cmpuint(conclusion.edits.insertions != NULL ? conclusion.edits.insertions->len : 0, ==, cases[i].traces);
    g_autofree char *log = help_log(&help);
    g_assert_cmpstr(log, ==, cases[i].log);
    help_teardown(&help);
}

/* What the first expansion put in. */
static char *
trace_of(const char *recipient, const char *message_id)
{
    Help help;
    help_setup(&help, "");
    help_mail(&help, "<s@n.org>");
    help_take(&help, recipient);
    if (message_id != NULL)
        transaction_header(&help.transaction, "Message-Id", message_id);
    g_auto(Conclusion) conclusion;
    help_finish(&help, &conclusion);
    char *trace = g_strdup(g_array_index(conclusion.edits.insertions, HeaderInsertion, 0).value);
    help_teardown(&help);
    return trace;
}

static const struct {
    const char *name, *keys, *expanded_for, *message_id, *recipients;
    int         code; /* 0: no loop */
} loops[] = {
    {"comes-back", "", "<g1@e.org>", "<m@n.org>", "<g1@e.org>", 554},
    {"comes-back-under-another-address", "", "<g1@e.org>", "<m@n.org>", "<g1-too@e.org>", 554},
    {"comes-back-twice", "", "<g1@e.org>", "<m@n.org>", "<g1@e.org>,<g1-too@e.org>", 554},
    {"others-share-the-message", "", "<g1@e.org>", "<m@n.org>", "<g1@e.org>,<p@e.org>", 451},
    {"another-group-shares-the-message", "", "<g1@e.org>", "<m@n.org>", "<g2@e.org>,<g1@e.org>", 451},
    {"another-group", "", "<g1@e.org>", "<m@n.org>", "<g2@e.org>", 0},
    {"another-message", "", "<g1@e.org>", "<n@n.org>", "<g1@e.org>", 0},
    {"observed", "mode = observe\n", "<g1@e.org>", "<m@n.org>", "<g1@e.org>", 0},
};

static void
test_loop(gconstpointer data)
{
    gsize            i = GPOINTER_TO_SIZE(data);
    g_autofree char *trace = trace_of(loops[i].expanded_for, loops[i].message_id);
    Help             help;
    help_setup(&help, loops[i].keys);
    help_mail(&help, "<s@n.org>");
    help_take_all(&help, loops[i].recipients);
    transaction_header(&help.transaction, "x-rollcall-trace", "invented");
    transaction_header(&help.transaction, "X-ROLLCALL-TRACE", trace);
    transaction_header(&help.transaction, "Message-ID", "<m@n.org>");
    transaction_header(&help.transaction, "Message-ID", "<second@n.org>");
    g_auto(Conclusion) conclusion;
    help_finish(&help, &conclusion);
    g_autofree char *log = help_log(&help);

    gboolean observed = *loops[i].keys != '\0';
    g_assert_cmpint(conclusion.reply.code, ==, observed ? 554 : loops[i].code);
    g_assert_cmpint(conclusion.kind == CONCLUSION_REPLY, ==, loops[i].code != 0);
    g_assert_cmpint(strstr(log, "reason=mail-loop") != NULL, ==, loops[i].code != 0 || observed);
    g_assert_cmpint(strstr(log, "envelope:") != NULL, ==, loops[i].code == 0 && !observed);
    if (observed)
        g_assert_nonnull(strstr(log, "would-refuse: group=<g1@e.org> from=<s@n.org> code=554 5.4.6 reason=mail-loop"));
    help_teardown(&help);
}

/* However many trace headers somebody puts in, a bounded number is kept, the first ones. */
static void
test_traces_are_bounded(void)
{
    Help help;
    help_setup(&help, "");
    help_mail(&help, "<s@n.org>");
    help_take(&help, "<g1@e.org>");
    for (int i = 0; i < 100000; i++)
        transaction_header(&help.transaction, TRACE_HEADER, "x");
    g_assert_cmpuint(help.transaction.headers.traces->len, <=, 101);
    help_teardown(&help);
}

#define SPLIT "split-domain = split.invalid\n"

/* ---- a group that loops beside others, where it can be split off ---- */

static void
test_loop_is_split_off(void)
{
    g_autofree char *trace = trace_of("<g1@e.org>", "<m@n.org>");
    Help             help;
    help_setup(&help, SPLIT);
    help_mail(&help, "<s@n.org>");
    help_take_all(&help, "<g1@e.org>,<p@e.org>,<g2@e.org>,<g1-too@e.org>");
    transaction_header(&help.transaction, TRACE_HEADER, trace);
    transaction_header(&help.transaction, SPLIT_HEADER, "from outside");
    transaction_header(&help.transaction, "Message-ID", "<m@n.org>");
    g_auto(Conclusion) conclusion;
    help_finish(&help, &conclusion);
    g_assert_cmpint(conclusion.kind, ==, CONCLUSION_EDIT);
    g_assert_cmpuint(conclusion.plan->n_split, ==, 1);
    g_assert_cmpuint(conclusion.plan->n_additions, ==, 3);
    g_assert_cmpstr(address_text(conclusion.plan->additions[2].address), ==, "g1=e.org@split.invalid");
    /* The one from outside goes, ours comes: with the trace of the group that was expanded. */
    g_assert_cmpuint(conclusion.edits.changes->len, ==, 1);
    g_assert_cmpuint(conclusion.edits.insertions->len, ==, 2);
    g_autofree char *log = help_log(&help);
    g_assert_cmpstr(log, ==,
                    STRANGER
                    "4bQx: refused: group=<g1@e.org> from=<s@n.org> code=554 5.4.6 reason=mail-loop\n"
                    "4bQx: refused: group=<g1-too@e.org> from=<s@n.org> code=554 5.4.6 reason=mail-loop\n"
                    "4bQx: split: group=<g1@e.org> to=<g1=e.org@split.invalid> reason=refused code=554 5.4.6\n"
                    "4bQx: expanded: group=<g2@e.org> members=2 new=2 skipped=0 via=scripted time=T\n"
                    "4bQx: split: group=<g1-too@e.org> to=<g1=e.org@split.invalid> reason=refused code=554 5.4.6\n"
                    "4bQx: envelope: from=<s@n.org> removed=3 added=2 split=1 origin=anonymous\n");
    help_teardown(&help);
}

/* A ticket is bound to the Message-ID, so a message without one gets one. */
static void
test_split_without_message_id(void)
{
    g_autofree char *trace = trace_of("<g1@e.org>", NULL);
    Help             help;
    help_setup(&help, SPLIT);
    help_mail(&help, "<s@n.org>");
    help_take_all(&help, "<g1@e.org>,<p@e.org>");
    transaction_header(&help.transaction, TRACE_HEADER, trace);
    g_auto(Conclusion) conclusion;
    help_finish(&help, &conclusion);
    g_assert_cmpint(conclusion.kind, ==, CONCLUSION_EDIT);
    g_assert_cmpuint(conclusion.edits.insertions->len, ==, 2);
    g_assert_cmpstr(g_array_index(conclusion.edits.insertions, HeaderInsertion, 0).name, ==, "Message-ID");
    g_assert_cmpstr(g_array_index(conclusion.edits.insertions, HeaderInsertion, 1).name, ==, SPLIT_HEADER);
    help_teardown(&help);
}

/* ---- treatments ---- */

static const struct {
    const char    *name, *keys, *sender, *recipients;
    const char    *header, *value; /* NULL: none */
    gsize          body;
    ConclusionKind kind;
    gsize          split;
    const char    *new_sender, *oof; /* edits; NULL: none */
    gboolean       hold;
    int            code; /* REPLY */
} treatments[] = {
    {"reports-to-the-manager", "", "<s@n.org>", "<boss@e.org>", NULL, NULL, 0, CONCLUSION_EDIT, 0, "<p@e.org>", NULL,
     FALSE, 0},
    {"reports-to-the-manager-himself", "", "<P@E.org>", "<boss@e.org>", NULL, NULL, 0, CONCLUSION_EDIT, 0, NULL, NULL,
     FALSE, 0},
    {"reports-to-nobody", "", "<s@n.org>", "<silent@e.org>", NULL, NULL, 0, CONCLUSION_EDIT, 0, "<>", NULL, FALSE, 0},
    {"both-split", SPLIT, "<s@n.org>", "<boss@e.org>,<silent@e.org>", NULL, NULL, 0, CONCLUSION_EDIT, 2, NULL, NULL,
     FALSE, 0},
    {"report-for-the-manager", "", "<>", "<boss@e.org>", "Content-Type",
     "multipart/report; report-type=delivery-status", 0, CONCLUSION_EDIT, 0, NULL, NULL, FALSE, 0},
    {"no-report-for-the-manager", "", "<>", "<boss@e.org>", "Content-Type", "text/plain", 0, CONCLUSION_REPLY, 0, NULL,
     NULL, FALSE, 550},
    {"quiet", "", "<s@n.org>", "<quiet@e.org>", NULL, NULL, 0, CONCLUSION_EDIT, 0, NULL, "OOF", FALSE, 0},
    {"quiet-already", "", "<s@n.org>", "<quiet@e.org>", "X-Auto-Response-Suppress", "All", 0, CONCLUSION_EDIT, 0, NULL,
     NULL, FALSE, 0},
    {"held", "[policy]\nmoderated = hold\n", "<s@n.org>", "<guarded@e.org>", NULL, NULL, 0, CONCLUSION_EDIT, 0, NULL,
     NULL, TRUE, 0},
    {"held-split", SPLIT "[policy]\nmoderated = hold\n", "<s@n.org>", "<guarded@e.org>,<g1@e.org>", NULL, NULL, 0,
     CONCLUSION_EDIT, 1, NULL, NULL, FALSE, 0},
    {"observed", "mode = observe\n", "<s@n.org>", "<boss@e.org>", NULL, NULL, 0, CONCLUSION_NOTHING, 0, NULL, NULL,
     FALSE, 0},
    {"small-enough", "", "<s@n.org>", "<small@e.org>", NULL, NULL, 500, CONCLUSION_EDIT, 0, NULL, NULL, FALSE, 0},
    {"small-enough-whatever-was-said", "", "<s@n.org> SIZE=5000", "<small@e.org>", NULL, NULL, 500, CONCLUSION_EDIT, 0,
     NULL, NULL, FALSE, 0},
    {"too-large", "", "<s@n.org>", "<small@e.org>", NULL, NULL, 1500, CONCLUSION_REPLY, 0, NULL, NULL, FALSE, 550},
    {"too-large-beside-others", "", "<s@n.org>", "<small@e.org>,<p@e.org>", NULL, NULL, 1500, CONCLUSION_REPLY, 0, NULL,
     NULL, FALSE, 451},
    {"too-large-split", SPLIT, "<s@n.org>", "<small@e.org>,<p@e.org>", NULL, NULL, 1500, CONCLUSION_EDIT, 1, NULL, NULL,
     FALSE, 0},
};

static const char *
inserted(const Edits *edits, const char *name)
{
    for (guint i = 0; edits->insertions != NULL && i < edits->insertions->len; i++) {
        const HeaderInsertion *insertion = &g_array_index(edits->insertions, HeaderInsertion, i);
        if (g_str_equal(insertion->name, name))
            return insertion->value;
    }
    return NULL;
}

static void
test_treatment(gconstpointer data)
{
    gsize i = GPOINTER_TO_SIZE(data);
    Help  help;
    help_setup(&help, treatments[i].keys);
    help_mail(&help, treatments[i].sender);
    help_take_all(&help, treatments[i].recipients);
    transaction_header(&help.transaction, "Message-ID", "<m@n.org>");
    if (treatments[i].header != NULL)
        transaction_header(&help.transaction, treatments[i].header, treatments[i].value);
    message_size_body(&help.transaction.measured, treatments[i].body);
    g_auto(Conclusion) conclusion;
    help_finish(&help, &conclusion);

    g_assert_cmpint(conclusion.kind, ==, treatments[i].kind);
    g_assert_cmpint(conclusion.reply.code, ==, treatments[i].code);
    g_assert_cmpuint(conclusion.plan->n_split, ==, treatments[i].split);
    g_assert_cmpstr(conclusion.edits.sender, ==, treatments[i].new_sender);
    g_assert_cmpstr(inserted(&conclusion.edits, OOF_HEADER), ==, treatments[i].oof);
    g_assert_cmpint(conclusion.edits.hold != NULL, ==, treatments[i].hold);
    g_assert_cmpint(inserted(&conclusion.edits, SPLIT_HEADER) != NULL, ==, treatments[i].split > 0);
    help_teardown(&help);
}

/* Everything is said and nothing is done. */
static void
test_observed_split(void)
{
    Help help;
    help_setup(&help, "mode = observe\n" SPLIT "[policy]\nmoderated = hold\n");
    help_mail(&help, "<s@n.org>");
    help_take_all(&help, "<boss@e.org>,<p@e.org>");
    g_auto(Conclusion) split;
    help_finish(&help, &split);
    g_assert_cmpint(split.kind, ==, CONCLUSION_NOTHING);
    g_autofree char *log = help_log(&help);
    g_assert_cmpstr(log, ==,
                    STRANGER "4bQx: would-split: group=<boss@e.org> to=<boss=e.org@split.invalid> reason=reports\n"
                             "4bQx: would-edit: from=<s@n.org> removed=1 added=0 split=1 origin=anonymous\n");

    help_mail(&help, "<s@n.org>");
    help_take_all(&help, "<guarded@e.org>");
    g_auto(Conclusion) held;
    help_finish(&help, &held);
    g_assert_cmpint(held.kind, ==, CONCLUSION_NOTHING);
    g_assert_null(held.edits.hold);
    g_autofree char *held_log = help_log(&help);
    g_assert_nonnull(strstr(held_log, "4bQx: would-hold: group=<guarded@e.org> reason=moderated\n"));
    g_assert_nonnull(strstr(held_log, " hold=yes\n"));
    help_teardown(&help);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *path = g_strconcat("/conclusion/", cases[i].name, NULL);
        g_test_add_data_func(path, GSIZE_TO_POINTER(i), test_conclude);
    }
    for (gsize i = 0; i < G_N_ELEMENTS(loops); i++) {
        g_autofree char *path = g_strconcat("/conclusion/loop/", loops[i].name, NULL);
        g_test_add_data_func(path, GSIZE_TO_POINTER(i), test_loop);
    }
    g_test_add_func("/conclusion/traces-are-bounded", test_traces_are_bounded);
    g_test_add_func("/conclusion/loop/split-off", test_loop_is_split_off);
    g_test_add_func("/conclusion/split-without-message-id", test_split_without_message_id);
    for (gsize i = 0; i < G_N_ELEMENTS(treatments); i++) {
        g_autofree char *path = g_strconcat("/conclusion/treatment/", treatments[i].name, NULL);
        g_test_add_data_func(path, GSIZE_TO_POINTER(i), test_treatment);
    }
    g_test_add_func("/conclusion/observed-split", test_observed_split);
    return g_test_run();
}
