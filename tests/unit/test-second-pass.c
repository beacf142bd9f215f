/* SPDX-License-Identifier: BSD-2-Clause
 * test-second-pass.c - the end of what was split off, and of what was submitted on the MTA's own host
 */
#include "milter/conclusion.h"
#include "tests/unit/milter-help.h"

#define SPLIT "split-domain = split.invalid\n"

#define ORIGIN(word, trust) "4bQx: origin: from=<s@n.org> origin=" word " trust=" trust "\n"

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
    /* Grown on its way; the ticket says 100. */
    message_size_body(&help->transaction.measured, 5000);
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
    {"trust-decides-at-the-end", "<closed=e.org@split.invalid>", "<m@n.org>", "s@n.org", 0, 1, CONCLUSION_EDIT,
     ORIGIN("sasl",
            "authenticated") "4bQx: expanded: group=<closed@e.org> members=1 new=1 skipped=0 via=scripted time=T\n"
                             "4bQx: envelope: from=<s@n.org> removed=1 added=1 split=0 origin=sasl\n"},
    {"trust-decides-who-gets-it", "<mixed=e.org@split.invalid>", "<m@n.org>", "s@n.org", 0, 1, CONCLUSION_EDIT,
     ORIGIN("sasl",
            "authenticated") "4bQx: expanded: group=<mixed@e.org> members=2 new=2 skipped=0 via=scripted time=T\n"
                             "4bQx: envelope: from=<s@n.org> removed=1 added=2 split=0 origin=sasl\n"},
    {"size-is-the-first-passs", "<small=e.org@split.invalid>", "<m@n.org>", "s@n.org", 0, 1, CONCLUSION_EDIT, NULL},
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
        g_autofree char *ticket =
            ticket_for(seconds[i].message_id, seconds[i].sender, trace_day(HELP_NOW) + seconds[i].day);
        transaction_header(&help.transaction, SPLIT_HEADER, ticket);
    }
    g_auto(Conclusion) conclusion;
    help_finish(&help, &conclusion);
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
    g_autofree char *ticket = ticket_for("<m@n.org>", "s@n.org", trace_day(HELP_NOW));
    transaction_header(&help.transaction, SPLIT_HEADER, ticket);
    g_auto(Conclusion) conclusion;
    help_finish(&help, &conclusion);
    g_assert_cmpint(conclusion.kind, ==, CONCLUSION_EDIT);
    g_assert_cmpuint(conclusion.plan->n_additions, ==, 2);
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
    help_take_all(&help, submitted[i].recipients);
    g_assert_true(transaction_has_groups(&help.transaction));
    g_auto(Conclusion) conclusion;
    help_finish(&help, &conclusion);
    g_assert_cmpint(conclusion.kind, ==, submitted[i].kind);
    g_assert_cmpint(conclusion.reply.code, ==, submitted[i].code);
    g_assert_cmpuint(conclusion.plan->n_split, ==, submitted[i].split);
    help_teardown(&help);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS(seconds); i++) {
        g_autofree char *path = g_strconcat("/second-pass/", seconds[i].name, NULL);
        g_test_add_data_func(path, GSIZE_TO_POINTER(i), test_second_pass);
    }
    g_test_add_func("/second-pass/observed", test_second_pass_is_never_only_observed);
    for (gsize i = 0; i < G_N_ELEMENTS(submitted); i++) {
        g_autofree char *path = g_strconcat("/submitted/", submitted[i].name, NULL);
        g_test_add_data_func(path, GSIZE_TO_POINTER(i), test_submitted);
    }
    return g_test_run();
}
