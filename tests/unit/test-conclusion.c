/* SPDX-License-Identifier: BSD-2-Clause
 * test-conclusion.c - what is done to a message at its end, and what the log says of it
 */
#include "milter/conclusion.h"
#include "tests/unit/milter-help.h"

#include <string.h>
#include <unistd.h>

enum { NOW = 20000 * 86400 };

#define ORIGIN(word, trust) "4bQx: origin: from=<s@n.org> origin=" word " trust=" trust "\n"
#define STRANGER ORIGIN("anonymous", "external")

static void
finish(Help *help, Conclusion *conclusion)
{
    transaction_set_queue_id(&help->transaction, "4bQx");
    transaction_end_headers(&help->transaction);
    conclude(&help->transaction, NOW, conclusion);
    conclusion_log(&help->transaction, conclusion);
}

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
take_all(Help *help, const char *list)
{
    g_auto(GStrv) recipients = g_strsplit(list, ",", -1);
    for (gsize i = 0; recipients[i] != NULL; i++)
        help_take(help, recipients[i]);
}

static void
test_conclude(gconstpointer data)
{
    gsize i = GPOINTER_TO_SIZE(data);
    Help  help;
    help_setup(&help, cases[i].keys);
    help_mail(&help, "<s@n.org>");
    take_all(&help, cases[i].recipients);
    g_auto(Conclusion) conclusion;
    finish(&help, &conclusion);

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
    finish(&help, &conclusion);
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
    take_all(&help, loops[i].recipients);
    transaction_header(&help.transaction, "x-rollcall-trace", "invented");
    transaction_header(&help.transaction, "X-ROLLCALL-TRACE", trace);
    transaction_header(&help.transaction, "Message-ID", "<m@n.org>");
    transaction_header(&help.transaction, "Message-ID", "<second@n.org>");
    g_auto(Conclusion) conclusion;
    finish(&help, &conclusion);
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

/* ---- the second pass ---- */

#define SPLIT "split-domain = split.invalid\n"

static char *
ticket_for(const char *message_id, const char *sender, gint64 day)
{
    guint8      octets[TRACE_KEY_LENGTH] = {7};
    SplitTicket ticket = {ORIGIN_SASL, SENDER_AUTHENTICATED, 100};
    g_autoptr(TraceKey) key = trace_key_new(octets);
    return split_ticket_value(key, &ticket, message_id, sender, day);
}

static void
begin_second_pass(Help *help, const char *keys, const char *recipient)
{
    help_setup(help, keys);
    help->facts.daemon_name = SPLIT_DAEMON;
    help_mail(help, "<s@n.org>");
    help_take(help, recipient);
    transaction_header(&help->transaction, "Message-ID", "<m@n.org>");
}

static const struct {
    const char    *name, *recipient;
    const char    *message_id, *sender; /* that the ticket is for; NULL: no ticket */
    int            day, tickets;
    ConclusionKind kind;
    const char    *log;
} seconds[] = {
    {"ticket", "<g1=e.org@split.invalid>", "<m@n.org>", "s@n.org", 0, 1, CONCLUSION_EDIT,
     ORIGIN("sasl", "authenticated") "4bQx: expanded: group=<g1@e.org> members=2 new=2 skipped=0 via=scripted time=T\n"
                                     "4bQx: envelope: from=<s@n.org> removed=1 added=2 split=0 origin=sasl\n"},
    {"yesterdays-ticket", "<g1=e.org@split.invalid>", "<m@n.org>", "s@n.org", -1, 1, CONCLUSION_EDIT, NULL},
    {"no-group-any-more", "<p=e.org@split.invalid>", "<m@n.org>", "s@n.org", 0, 1, CONCLUSION_EDIT,
     ORIGIN("sasl", "authenticated") "4bQx: envelope: from=<s@n.org> removed=1 added=1 split=0 origin=sasl\n"},
    {"no-ticket", "<g1=e.org@split.invalid>", NULL, NULL, 0, 0, CONCLUSION_REPLY,
     "4bQx: warning: split listener: group=<g1@e.org> from=<s@n.org> code=550 5.7.1 reason=\"no ticket\"\n"},
    {"two-tickets", "<g1=e.org@split.invalid>", "<m@n.org>", "s@n.org", 0, 2, CONCLUSION_REPLY,
     "4bQx: warning: split listener: group=<g1@e.org> from=<s@n.org> code=451 4.7.1 reason=\"the ticket is not for "
     "this "
     "message and sender\"\n"},
    {"ticket-of-another-message", "<g1=e.org@split.invalid>", "<n@n.org>", "s@n.org", 0, 1, CONCLUSION_REPLY, NULL},
    {"ticket-of-another-sender", "<g1=e.org@split.invalid>", "<m@n.org>", "t@n.org", 0, 1, CONCLUSION_REPLY, NULL},
    {"old-ticket", "<g1=e.org@split.invalid>", "<m@n.org>", "s@n.org", -30, 1, CONCLUSION_REPLY, NULL},
};

static void
test_second_pass(gconstpointer data)
{
    gsize i = GPOINTER_TO_SIZE(data);
    Help  help;
    begin_second_pass(&help, SPLIT, seconds[i].recipient);
    for (int k = 0; k < seconds[i].tickets; k++) {
        g_autofree char *ticket = ticket_for(seconds[i].message_id, seconds[i].sender, trace_day(NOW) + seconds[i].day);
        transaction_header(&help.transaction, SPLIT_HEADER, ticket);
    }
    g_auto(Conclusion) conclusion;
    finish(&help, &conclusion);
    g_assert_cmpint(conclusion.kind, ==, seconds[i].kind);
    if (seconds[i].kind == CONCLUSION_EDIT) {
        /* The ticket goes. */
        const HeaderChange *change = &g_array_index(conclusion.edits.changes, HeaderChange, 0);
        g_assert_cmpstr(change->name, ==, SPLIT_HEADER);
        g_assert_null(change->value);
        g_assert_cmpuint(conclusion.plan->n_additions, >, 0);
    }
    g_autofree char *log = help_log(&help);
    if (seconds[i].log != NULL)
        g_assert_cmpstr(log, ==, seconds[i].log);
    help_teardown(&help);
}

/* What was split off before the switch must still arrive. */
static void
test_second_pass_is_never_only_observed(void)
{
    Help help;
    begin_second_pass(&help, "mode = observe\n" SPLIT, "<g1=e.org@split.invalid>");
    g_autofree char *ticket = ticket_for("<m@n.org>", "s@n.org", trace_day(NOW));
    transaction_header(&help.transaction, SPLIT_HEADER, ticket);
    g_auto(Conclusion) conclusion;
    finish(&help, &conclusion);
    g_assert_cmpint(conclusion.kind, ==, CONCLUSION_EDIT);
    g_assert_cmpuint(conclusion.plan->n_additions, ==, 2);
    help_teardown(&help);
}

/* ---- a group that loops beside others, where it can be split off ---- */

static void
test_loop_is_split_off(void)
{
    g_autofree char *trace = trace_of("<g1@e.org>", "<m@n.org>");
    Help             help;
    help_setup(&help, SPLIT);
    help_mail(&help, "<s@n.org>");
    take_all(&help, "<g1@e.org>,<p@e.org>,<g2@e.org>,<g1-too@e.org>");
    transaction_header(&help.transaction, TRACE_HEADER, trace);
    transaction_header(&help.transaction, SPLIT_HEADER, "from outside");
    transaction_header(&help.transaction, "Message-ID", "<m@n.org>");
    g_auto(Conclusion) conclusion;
    finish(&help, &conclusion);
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
    take_all(&help, "<g1@e.org>,<p@e.org>");
    transaction_header(&help.transaction, TRACE_HEADER, trace);
    g_auto(Conclusion) conclusion;
    finish(&help, &conclusion);
    g_assert_cmpint(conclusion.kind, ==, CONCLUSION_EDIT);
    g_assert_cmpuint(conclusion.edits.insertions->len, ==, 2);
    g_assert_cmpstr(g_array_index(conclusion.edits.insertions, HeaderInsertion, 0).name, ==, "Message-ID");
    g_assert_cmpstr(g_array_index(conclusion.edits.insertions, HeaderInsertion, 1).name, ==, SPLIT_HEADER);
    help_teardown(&help);
}

/* ---- mail submitted on Postfix's own host ---- */

static const struct {
    const char    *name, *keys, *recipients;
    ConclusionKind kind;
    int            code; /* REPLY */
    gsize          split;
} submitted[] = {
    {"taken", "", "<g1@e.org>,<p@e.org>", CONCLUSION_EDIT, 0, 0},
    {"refused-alone", "", "<closed@e.org>", CONCLUSION_REPLY, 550, 0},
    {"refused-beside-others", "", "<closed@e.org>,<p@e.org>", CONCLUSION_REPLY, 550, 0},
    {"refused-beside-others-split", SPLIT, "<closed@e.org>,<p@e.org>", CONCLUSION_EDIT, 0, 1},
    {"two-refused-split", SPLIT, "<closed@e.org>,<g1@e.org>,<closed-too@e.org>", CONCLUSION_EDIT, 0, 2},
    {"all-refused", SPLIT, "<closed@e.org>,<empty@e.org>", CONCLUSION_REPLY, 550, 0},
    {"not-found-out", "", "<broken@e.org>", CONCLUSION_REPLY, 451, 0},
    {"not-found-out-beside-others", "", "<broken@e.org>,<p@e.org>", CONCLUSION_REPLY, 451, 0},
    {"not-found-out-and-refused", "", "<closed@e.org>,<broken@e.org>", CONCLUSION_REPLY, 451, 0},
    {"not-found-out-split", SPLIT, "<broken@e.org>,<p@e.org>", CONCLUSION_EDIT, 0, 1},
    {"trusted", "[origin]\ntrust-local-submission = yes\n", "<closed@e.org>", CONCLUSION_EDIT, 0, 0},
};

static void
test_submitted(gconstpointer data)
{
    gsize i = GPOINTER_TO_SIZE(data);
    Help  help;
    help_setup(&help, submitted[i].keys);
    help.facts.queue_id = "4bQx";
    help.facts.client_port = "0";
    help_mail(&help, "<s@n.org>");
    take_all(&help, submitted[i].recipients);
    g_assert_true(transaction_has_groups(&help.transaction));
    g_auto(Conclusion) conclusion;
    finish(&help, &conclusion);
    g_assert_cmpint(conclusion.kind, ==, submitted[i].kind);
    g_assert_cmpint(conclusion.reply.code, ==, submitted[i].code);
    g_assert_cmpuint(conclusion.plan->n_split, ==, submitted[i].split);
    help_teardown(&help);
}

/* ---- headers ---- */

#define SECRET "[origin]\nexchange-online = certificate\ntenant-header = X-Secret\ntenant-secret-file = %s\n%s"

static const struct {
    const char *name, *keys, *milter, *recipient;
    guint       x_secret, x_ms, x_split, x_trace; /* whether each goes */
} hygiene[] = {
    {"no-group", "", "", "<p@e.org>", 1, 0, 0, 0},
    {"group", "", "", "<g1@e.org>", 1, 1, 1, 0},
    {"observed", "", "mode = observe\n", "<g1@e.org>", 1, 0, 0, 0},
    {"all", "strip-trust-headers = all\n", "", "<p@e.org>", 1, 1, 0, 0},
    {"all-observed", "strip-trust-headers = all\n", "mode = observe\n", "<p@e.org>", 1, 0, 0, 0},
    {"never", "strip-trust-headers = never\n", "", "<g1@e.org>", 1, 0, 1, 0},
};

static guint
removed(const Edits *edits, const char *name)
{
    guint n = 0;
    for (guint i = 0; edits->changes != NULL && i < edits->changes->len; i++) {
        const HeaderChange *change = &g_array_index(edits->changes, HeaderChange, i);
        n += g_ascii_strcasecmp(change->name, name) == 0 && change->value == NULL;
    }
    return n;
}

static void
test_hygiene(gconstpointer data)
{
    gsize            i = GPOINTER_TO_SIZE(data);
    g_autofree char *file = NULL;
    int              secret = g_file_open_tmp("milter-test-XXXXXX", &file, NULL);
    g_assert_cmpint(write(secret, "0123456789abcdef0123\n", 21), ==, 21);
    g_autofree char *origin = g_strdup_printf(SECRET, file, hygiene[i].keys);
    g_autofree char *keys = g_strconcat(hygiene[i].milter, origin, NULL);
    Help             help;
    help_setup(&help, keys);
    close(secret);
    unlink(file);
    help_mail(&help, "<s@n.org>");
    help_take(&help, hygiene[i].recipient);
    transaction_header(&help.transaction, "x-secret", "guessed");
    transaction_header(&help.transaction, "X-Secret", "again");
    transaction_header(&help.transaction, "X-MS-Exchange-Organization-AuthAs", "Internal");
    transaction_header(&help.transaction, SPLIT_HEADER, "x");
    transaction_header(&help.transaction, TRACE_HEADER, "x");
    transaction_header(&help.transaction, "Subject", "x");
    g_auto(Conclusion) conclusion;
    finish(&help, &conclusion);
    g_assert_cmpint(conclusion.kind, ==, CONCLUSION_EDIT);
    g_assert_cmpuint(removed(&conclusion.edits, "X-Secret"), ==, 2 * hygiene[i].x_secret);
    g_assert_cmpuint(removed(&conclusion.edits, "X-MS-Exchange-Organization-AuthAs"), ==, hygiene[i].x_ms);
    g_assert_cmpuint(removed(&conclusion.edits, SPLIT_HEADER), ==, hygiene[i].x_split);
    g_assert_cmpuint(removed(&conclusion.edits, TRACE_HEADER), ==, hygiene[i].x_trace);
    g_assert_cmpuint(removed(&conclusion.edits, "Subject"), ==, 0);
    help_teardown(&help);
}

static void
test_too_many_headers(void)
{
    Help help;
    help_setup(&help, "");
    help_mail(&help, "<s@n.org>");
    help_take(&help, "<g1@e.org>");
    for (int i = 0; i < 2000; i++)
        transaction_header(&help.transaction, "X-MS-Exchange-Organization-AuthAs", "Internal");
    g_auto(Conclusion) conclusion;
    finish(&help, &conclusion);
    g_assert_cmpint(conclusion.kind, ==, CONCLUSION_REPLY);
    g_assert_cmpint(conclusion.reply.code, ==, 554);
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
    for (gsize i = 0; i < G_N_ELEMENTS(seconds); i++) {
        g_autofree char *path = g_strconcat("/conclusion/second-pass/", seconds[i].name, NULL);
        g_test_add_data_func(path, GSIZE_TO_POINTER(i), test_second_pass);
    }
    g_test_add_func("/conclusion/second-pass/observed", test_second_pass_is_never_only_observed);
    g_test_add_func("/conclusion/loop/split-off", test_loop_is_split_off);
    g_test_add_func("/conclusion/split-without-message-id", test_split_without_message_id);
    for (gsize i = 0; i < G_N_ELEMENTS(submitted); i++) {
        g_autofree char *path = g_strconcat("/conclusion/submitted/", submitted[i].name, NULL);
        g_test_add_data_func(path, GSIZE_TO_POINTER(i), test_submitted);
    }
    for (gsize i = 0; i < G_N_ELEMENTS(hygiene); i++) {
        g_autofree char *path = g_strconcat("/conclusion/hygiene/", hygiene[i].name, NULL);
        g_test_add_data_func(path, GSIZE_TO_POINTER(i), test_hygiene);
    }
    g_test_add_func("/conclusion/too-many-headers", test_too_many_headers);
    return g_test_run();
}
