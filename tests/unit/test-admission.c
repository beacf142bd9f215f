/* SPDX-License-Identifier: BSD-2-Clause
 * test-admission.c - the reply to each recipient, and the line in the log
 *
 * The resolver is the real one; the directory behind it is scripted.
 */
#include "milter/admission.h"
#include "milter/admission-limits.h"
#include "tests/unit/milter-help.h"

#include <stdatomic.h>
#include <string.h>

static const struct {
    const char *name, *keys, *mail;
    const char *recipients; /* separated by commas; all but the last are taken */
    const char *reply;      /* to the last; NULL: taken */
    const char *log;        /* the lines begin so, one pattern a line */
} cases[] = {
    {"another-domain", "", "<s@n.org>", "<x@other.org>", NULL, ""},
    {"person", "", "<s@n.org>", "<p@e.org>", NULL, ""},
    {"unknown-passes", "", "<s@n.org>", "<who@e.org>", NULL, ""},
    {"unknown-refused", "unknown-recipients = refuse\n", "<s@n.org>", "<who@e.org>", "550 5.1.10",
     "NOQUEUE: refused: recipient=<who@e.org> from=<s@n.org> code=550 5.1.10 reason=unknown-recipient\n"},
    {"no-address-passes", "unknown-recipients = refuse\n", "<s@n.org>", "<postmaster>", NULL, ""},
    {"group", "", "<s@n.org>", "<g1@e.org>", NULL, ""},
    {"group-spelled-differently", "", "<s@n.org>", "<\"G1\"@E.Org>", NULL, ""},
    {"closed-group", "", "<s@n.org>", "<closed@e.org>", "550 5.7.133",
     "NOQUEUE: refused: group=<closed@e.org> from=<s@n.org> code=550 5.7.133 reason=\n"
     "NOQUEUE: origin: from=<s@n.org> origin=anonymous trust=external\n"},
    {"closed-group-trusted-network", "trusted-networks = 203.0.113.0/24\n", "<s@n.org>", "<closed@e.org>", NULL, ""},
    {"empty-sender", "", "<>", "<g1@e.org>", "550 5.7.1",
     "NOQUEUE: refused: group=<g1@e.org> from=<> code=550 5.7.1 \n"
     "NOQUEUE: origin: from=<> origin=anonymous trust=external\n"},
    {"empty-sender-to-a-person", "", "<>", "<p@e.org>", NULL, ""},
    {"unreadable-sender", "", "<ann>", "<g1@e.org>", "550 5.1.7",
     "NOQUEUE: refused: group=<g1@e.org> from=<ann> code=550 5.1.7 reason=bad-sender"},
    {"hostile-sender-in-the-log", "", "<a>\n@n.org>", "<g1@e.org>", "550 5.1.7",
     "NOQUEUE: refused: group=<g1@e.org> from=<a\\x3e\\x0a@n.org> code=550 5.1.7 "},
    {"empty-group", "", "<s@n.org>", "<empty@e.org>", "550 5.2.4",
     "NOQUEUE: refused: group=<empty@e.org> from=<s@n.org> code=550 5.2.4 reason=empty-group\n"
     "NOQUEUE: origin: from=<s@n.org> origin=anonymous trust=external\n"
     "NOQUEUE: warning: empty: group=<empty@e.org> members=0 skipped=0\n"},
    {"empty-group-accepted", "empty-group = accept\n", "<s@n.org>", "<empty@e.org>", NULL, ""},
    {"broken-filter", "", "<s@n.org>", "<broken@e.org>", "451 4.3.5",
     "NOQUEUE: deferred: group=<broken@e.org> code=451 4.3.5 reason=\"\n"
     "error: to be repaired: group=<broken@e.org> what=\"\n"},
    {"sendmail-limit-does-not-concern-postfix", "max-sendmail-members = 1\n", "<s@n.org>", "<g1@e.org>", NULL, ""},
    {"size-fits", "mta-message-size-limit = 10000\n", "<s@n.org> SIZE=9000", "<g1@e.org>", NULL, ""},
    {"size-never-fits", "mta-message-size-limit = 10000\n", "<s@n.org> SIZE=9990", "<g1@e.org>", "552 5.3.4",
     "NOQUEUE: refused: group=<g1@e.org> from=<s@n.org> code=552 5.3.4 reason=message-size-limit\n"},
    {"size-in-lower-case", "mta-message-size-limit = 10000\n", "<s@n.org> body=8bitmime size=9990", "<g1@e.org>",
     "552 5.3.4", "NOQUEUE: refused: "},
    {"size-unknown-and-additions-alone-too-large", "mta-message-size-limit = 600\n", "<s@n.org>", "<long@e.org>",
     "552 5.3.4", "NOQUEUE: refused: "},
    {"size-together-too-large", "mta-message-size-limit = 10000\n", "<s@n.org> SIZE=9250",
     "<long@e.org>,<g1@e.org>,<g2@e.org>", "452 4.5.3",
     "NOQUEUE: deferred: group=<g2@e.org> code=452 4.5.3 reason=message-size-limit\n"},
    {"size-not-foreseen", "mta-message-size-limit = 0\n", "<s@n.org> SIZE=99999999999", "<g1@e.org>", NULL, ""},
    {"reports-beside-a-person", "", "<s@n.org>", "<p@e.org>,<boss@e.org>", "452 4.5.3",
     "NOQUEUE: deferred: group=<boss@e.org> code=452 4.5.3 reason=other-treatment\n"},
    {"person-beside-reports", "", "<s@n.org>", "<boss@e.org>,<x@other.org>", "452 4.5.3",
     "NOQUEUE: deferred: recipient=<x@other.org> code=452 4.5.3 reason=other-treatment\n"},
    {"no-address-beside-reports", "", "<s@n.org>", "<boss@e.org>,<postmaster>", "452 4.5.3", "NOQUEUE: deferred: "},
    {"reports-beside-other-reports", "", "<s@n.org>", "<boss@e.org>,<silent@e.org>", "452 4.5.3",
     "NOQUEUE: deferred: "},
    {"same-group-twice", "", "<s@n.org>", "<boss@e.org>,<boss-too@e.org>", NULL, ""},
    {"reports-to-the-sender-himself", "", "<p@e.org>", "<boss@e.org>,<p@e.org>", NULL, ""},
    {"reports-split", "split-domain = split.invalid\n", "<s@n.org>", "<boss@e.org>,<p@e.org>,<silent@e.org>", NULL, ""},
    {"out-of-office-beside-a-person", "", "<s@n.org>", "<p@e.org>,<quiet@e.org>", "452 4.5.3", "NOQUEUE: deferred: "},
    {"moderated-refused", "", "<s@n.org>", "<guarded@e.org>", "550 5.7.1",
     "NOQUEUE: refused: group=<guarded@e.org> from=<s@n.org> code=550 5.7.1 reason=moderated\nNOQUEUE: origin: "},
    {"moderated-held", "[policy]\nmoderated = hold\n", "<s@n.org>", "<guarded@e.org>", NULL, ""},
    {"moderated-held-beside-a-person", "[policy]\nmoderated = hold\n", "<s@n.org>", "<p@e.org>,<guarded@e.org>",
     "452 4.5.3", "NOQUEUE: deferred: "},
    {"moderators-own", "[policy]\nmoderated = hold\n", "<p@e.org>", "<c@e.org>,<guarded@e.org>", NULL, ""},
    {"size-decided-later", "", "<s@n.org> SIZE=2000", "<small@e.org>", NULL, ""},
    {"report-to-the-manager", "", "<>", "<boss@e.org>", NULL, ""},
    {"unreadable-sender-is-no-report", "", "<ann>", "<boss@e.org>", "550 5.1.7",
     "NOQUEUE: refused: group=<boss@e.org> from=<ann> code=550 5.1.7 reason=bad-sender"},
    {"observe-parts-nobody", "mode = observe\n", "<s@n.org>", "<p@e.org>,<boss@e.org>", NULL,
     "NOQUEUE: would-defer: group=<boss@e.org> code=452 4.5.3 reason=other-treatment\n"},
    {"observe-refuses-nothing", "mode = observe\n", "<s@n.org>", "<closed@e.org>", NULL,
     "NOQUEUE: would-refuse: group=<closed@e.org> from=<s@n.org> code=550 5.7.133 reason=\n"
     "NOQUEUE: origin: from=<s@n.org> origin=anonymous trust=external\n"},
    {"observe-defers-nothing", "mode = observe\n", "<s@n.org>", "<broken@e.org>", NULL,
     "NOQUEUE: would-defer: group=<broken@e.org> code=451 4.3.5 reason=\"\n"
     "error: to be repaired: group=<broken@e.org> what=\"\n"},
    {"observe-has-no-limits", "mode = observe\nmta-message-size-limit = 1000\n", "<s@n.org> SIZE=990", "<g1@e.org>",
     NULL, "NOQUEUE: would-refuse: group=<g1@e.org> from=<s@n.org> code=552 5.3.4 "},
};

static void
check_log(const char *log, const char *expected)
{
    g_auto(GStrv) lines = g_strsplit(log, "\n", -1);
    g_auto(GStrv) patterns = g_strsplit(expected, "\n", -1);
    gsize i = 0;
    for (; patterns[i] != NULL && *patterns[i] != '\0'; i++) {
        if (lines[i] == NULL || !g_str_has_prefix(lines[i], patterns[i]))
            g_assert_cmpstr(lines[i], ==, patterns[i]);
    }
    g_assert_cmpstr(lines[i] != NULL ? lines[i] : "", ==, "");
}

static void
test_reply(gconstpointer data)
{
    gsize i = GPOINTER_TO_SIZE(data);
    Help  help;
    help_setup(&help, cases[i].keys);
    help_mail(&help, cases[i].mail);
    g_auto(GStrv) recipients = g_strsplit(cases[i].recipients, ",", -1);
    gsize last = g_strv_length(recipients) - 1;
    for (gsize k = 0; k < last; k++)
        help_take(&help, recipients[k]);

    g_auto(Reply) reply = {0};
    gboolean         taken = help_recipient(&help, recipients[last], &reply);
    g_autofree char *code = g_strdup_printf("%d %s", reply.code, reply.enhanced);
    g_assert_cmpint(taken, ==, cases[i].reply == NULL);
    if (!taken)
        g_assert_cmpstr(code, ==, cases[i].reply);
    g_assert_cmpuint(help.transaction.recipients.recipients->len, ==, last + (taken ? 1 : 0));
    g_autofree char *log = help_log(&help);
    check_log(log, cases[i].log);
    help_teardown(&help);
}

/* Sendmail's cost is quadratic. One group above the limit is refused; two that pass it only together are parted. */
static void
test_sendmail_limit(void)
{
    Help help;
    help_setup(&help, "max-sendmail-members = 2\n");
    MailFacts facts = {.argument = "<s@n.org>", .queue_id = "5AL", .mta = "8.17.1.9"};
    transaction_begin(&help.transaction, &facts);
    g_auto(Reply) reply = {0};
    help_take(&help, "<g1@e.org>");
    g_assert_false(help_recipient(&help, "<g2@e.org>", &reply));
    g_assert_cmpint(reply.code, ==, 452);
    help_take(&help, "<p@e.org>");
    g_autofree char *log = help_log(&help);
    check_log(log, "5AL: deferred: group=<g2@e.org> code=452 4.5.3 reason=too-many-members\n");
    help_teardown(&help);

    help_setup(&help, "max-sendmail-members = 1\n");
    transaction_begin(&help.transaction, &facts);
    g_assert_false(help_recipient(&help, "<g1@e.org>", &reply));
    g_assert_cmpint(reply.code, ==, 550);
    g_assert_cmpstr(reply.enhanced, ==, "5.5.3");
    g_assert_nonnull(strstr(reply.text, "max-sendmail-members"));
    help_teardown(&help);
}

/* Rosters of all messages under way are bounded together; what has ended counts no more. */
static void
test_members_of_all_messages(void)
{
    Help help;
    help_setup(&help, "");
    help_mail(&help, "<s@n.org>");
    atomic_store(&help.house.members_held, 3000000);
    g_auto(Reply) reply = {0};
    g_assert_false(help_recipient(&help, "<g1@e.org>", &reply));
    g_assert_cmpint(reply.code, ==, 451);
    g_autofree char *log = help_log(&help);
    check_log(log, "NOQUEUE: deferred: group=<g1@e.org> code=451 4.3.2 reason=too-many-members-at-once\n");

    atomic_store(&help.house.members_held, 0);
    help_take(&help, "<g1@e.org>");
    g_assert_cmpuint(atomic_load(&help.house.members_held), >, 0);
    transaction_reset(&help.transaction);
    g_assert_cmpuint(atomic_load(&help.house.members_held), ==, 0);
    help_teardown(&help);
}

/* What is open until the end holds both rosters. */
static void
test_both_rosters_are_counted(void)
{
    Help help;
    help_setup(&help, "split-domain = split.invalid\n");
    help.facts.daemon_name = SPLIT_DAEMON;
    help_mail(&help, "<s@n.org>");
    help_take(&help, "<mixed=e.org@split.invalid>");
    /* c, and a by the group that strangers may not use */
    g_assert_cmpuint(atomic_load(&help.house.members_held), ==, 2 + 1);
    g_assert_cmpuint(help.transaction.recipients.members, ==, 2);
    transaction_reset(&help.transaction);
    g_assert_cmpuint(atomic_load(&help.house.members_held), ==, 0);
    help_teardown(&help);
}

/* Lists of senders are kept only for what is open until the end, and count as members do. */
static void
test_lists_are_counted(void)
{
    static const struct {
        const char *keys;
        gboolean    undecided;
        gsize       held;
    } lists[] = {
        {"[policy]\nmoderated = hold\n", FALSE, 1},
        /* and p, who moderates */
        {"[policy]\nmoderated = hold\nsender-identity = header\n", TRUE, 1 + 1},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(lists); i++) {
        Help help;
        help_setup(&help, lists[i].keys);
        help_mail(&help, "<s@n.org>");
        help_take(&help, "<guarded@e.org>");
        gsize         n;
        const Answer *answer = recipient_list_items(&help.transaction.recipients, &n)->answer;
        g_assert_cmpint(answer->undecided, ==, lists[i].undecided);
        g_assert_cmpint(answer->policy != NULL, ==, lists[i].undecided);
        g_assert_cmpuint(atomic_load(&help.house.members_held), ==, lists[i].held);
        help_teardown(&help);
    }
}

static void
test_directory_silent(void)
{
    Help help;
    help_setup(&help, "");
    scripted_fail(help.directory, CALL_FIND, DIRECTORY_ERROR, DIRECTORY_ERROR_UNAVAILABLE,
                  "dc1: no answer in 5 s; dc2: connection refused");
    help_mail(&help, "<s@n.org>");
    g_auto(Reply) reply = {0};
    g_assert_false(help_recipient(&help, "<g1@e.org>", &reply));
    g_assert_cmpint(reply.code, ==, 451);
    g_assert_cmpstr(reply.enhanced, ==, "4.4.3");
    g_autofree char *log = help_log(&help);
    g_assert_nonnull(strstr(log, "NOQUEUE: deferred: "));
    g_assert_nonnull(
        strstr(log, "=<g1@e.org> code=451 4.4.3 reason=\"dc1: no answer in 5 s; dc2: connection refused\"\n"));
    help_teardown(&help);
}

/* What must be repaired is said once, not for each message. */
static void
test_repair_is_said_once(void)
{
    Help help;
    help_setup(&help, "");
    for (int i = 0; i < 2; i++) {
        g_auto(Reply) reply = {0};
        help_mail(&help, "<s@n.org>");
        g_assert_false(help_recipient(&help, i == 0 ? "<broken@e.org>" : "<BROKEN@e.org>", &reply));
        g_autofree char *log = help_log(&help);
        g_assert_cmpint(strstr(log, "to be repaired") != NULL, ==, i == 0);
        g_assert_nonnull(strstr(log, "deferred"));
    }
    help_teardown(&help);
}

/* A client cannot make us keep recipients without end. */
static void
test_recipients_are_bounded(void)
{
    Help help;
    help_setup(&help, "");
    help_mail(&help, "<s@n.org>");
    for (int i = 0; i < 50000; i++)
        help_take(&help, "<x@other.org>");
    g_auto(Reply) reply = {0};
    g_assert_false(help_recipient(&help, "<x@other.org>", &reply));
    g_assert_cmpint(reply.code, ==, 452);
    help_mail(&help, "<s@n.org>");
    help_take(&help, "<x@other.org>");
    help_teardown(&help);
}

static void
test_groups_are_bounded(void)
{
    Help help;
    help_setup(&help, "");
    help_mail(&help, "<s@n.org>");
    for (int i = 0; i < 1000; i++)
        help_take(&help, "<g1@e.org>");
    g_auto(Reply) reply = {0};
    g_assert_false(help_recipient(&help, "<g1@e.org>", &reply));
    g_assert_cmpint(reply.code, ==, 452);
    help_take(&help, "<p@e.org>");
    help_teardown(&help);
}

/* What Postfix makes of spellings that RFC 5321 does not allow (measured, 3.7: argument of RCPT, and {rcpt_addr}). */
static const struct {
    const char *name, *mta, *argument, *resolved;
    gboolean    is_group;
    const char *deletion; /* NULL: refused, 553 5.1.3 */
} meant[] = {
    {"nothing-said", "Postfix 3.7.11", "<g1@e.org>", NULL, TRUE, "<g1@e.org>"},
    {"said-empty", "Postfix 3.7.11", "<g1@e.org>", "", TRUE, "<g1@e.org>"},
    {"same-in-lower-case", "Postfix 3.7.11", "<G1@E.org>", "g1@e.org", TRUE, "<G1@E.org>"},
    {"dot-at-the-end", "Postfix 3.7.11", "<g1@e.org.>", "g1@e.org", FALSE, NULL},
    {"blanks", "Postfix 3.7.11", "< g1@e.org >", "g1@e.org", FALSE, NULL},
    {"comment", "Postfix 3.7.11", "<g1(x)@e.org>", "g1@e.org", FALSE, NULL},
    {"semicolon", "Postfix 3.7.11", "<;g1@e.org>", "g1@e.org", FALSE, NULL},
    {"a-person-may-be-spelled-so", "Postfix 3.7.11", "<p@e.org.>", "p@e.org", FALSE, "<p@e.org.>"},
    {"semicolon-without-domain", "Postfix 3.7.11", "<;g1>", "g1@e.org", FALSE, NULL},
    {"bang-path", "Postfix 3.7.11", "<e.org!g1>", "g1@e.org", TRUE, "<e.org!g1>"},
    {"no-domain", "Postfix 3.7.11", "<g1>", "g1@e.org", TRUE, "<g1>"},
    {"percent", "Postfix 3.7.11", "<g1%e.org@mx.org>", "g1@e.org", TRUE, "<g1%e.org@mx.org>"},
    {"source-route", "Postfix 3.7.11", "<@r.org,@s.org:G1@e.org>", "g1@e.org", TRUE, "<G1@e.org>"},
    {"source-route-nothing-said", "Postfix 3.7.11", "<@r.org:g1@e.org>", NULL, TRUE, "<g1@e.org>"},
    {"elsewhere", "Postfix 3.7.11", "<g1@e.org>", "x@other.org", FALSE, "<g1@e.org>"},
    {"unreadable", "Postfix 3.7.11", "<g1>", "g1", FALSE, "<g1>"},
    {"folded-fully", "Postfix 3.7.11", "<Grüß@e.org>", "grüss@e.org", TRUE, "<Grüß@e.org>"},
    {"folded-elsewhere", "Postfix 3.7.11", "<Grüß@e.org>", "grüss@other.org", FALSE, "<Grüß@e.org>"},
    {"sendmail-source-route", "8.17.1.9", "<@r.org:g1@e.org>", "g1", TRUE, "<@r.org:g1@e.org>"},
    {"sendmail-completed", "8.17.1.9", "<g1>", "g1@e.org", TRUE, "<g1>"},
    {"sendmail-sends-it-elsewhere", "8.17.1.9", "<g1@e.org>", "x@other.org", TRUE, "<g1@e.org>"},
};

static void
test_meant(gconstpointer data)
{
    gsize i = GPOINTER_TO_SIZE(data), n;
    Help  help;
    help_setup(&help, "");
    MailFacts facts = {.argument = "<s@n.org>", .mta = meant[i].mta};
    transaction_begin(&help.transaction, &facts);
    help.resolved = meant[i].resolved;
    const char *const arguments[] = {meant[i].argument, NULL};
    g_auto(Reply) reply = {0};
    gboolean         is_taken = admit_recipient(&help.transaction, arguments, help.resolved, &reply);
    const Recipient *taken = recipient_list_items(&help.transaction.recipients, &n);
    g_assert_cmpint(is_taken, ==, meant[i].deletion != NULL);
    g_assert_cmpuint(n, ==, is_taken ? 1 : 0);
    g_assert_cmpstr(reply.enhanced, ==, is_taken ? "" : "5.1.3");
    g_assert_cmpint(is_taken && taken->answer != NULL, ==, meant[i].is_group);
    if (is_taken)
        g_assert_cmpstr(taken->argument, ==, meant[i].deletion);
    help_teardown(&help);
}

/* However it is spelled, a group keeps out whom it keeps out. */
static void
test_no_way_round_restrictions(void)
{
    Help help;
    help_setup(&help, "");
    help_mail(&help, "<s@n.org>");
    help.resolved = "closed@e.org";
    g_auto(Reply) reply = {0};
    g_assert_false(help_recipient(&help, "<closed@e.org.>", &reply));
    g_assert_cmpstr(reply.enhanced, ==, "5.7.133");
    help_teardown(&help);
}

/* A client that names one group a thousand times costs one search, and each time it gets the same members. */
static void
test_group_named_again(void)
{
    Help  help;
    gsize n, members[2];
    help_setup(&help, "");
    help_mail(&help, "<s@n.org>");
    help_take(&help, "<g1@e.org>");
    scripted_fail(help.directory, CALL_FIND, DIRECTORY_ERROR, DIRECTORY_ERROR_UNAVAILABLE, "a second search");
    help_take(&help, "<G1@e.org>");
    const Recipient *taken = recipient_list_items(&help.transaction.recipients, &n);
    g_assert_cmpuint(n, ==, 2);
    g_assert_true(roster_members(taken[0].answer->roster, &members[0]) ==
                  roster_members(taken[1].answer->roster, &members[1]));
    g_assert_cmpuint(help.transaction.recipients.groups, ==, 2);
    help_teardown(&help);

    help_setup(&help, "");
    help_mail(&help, "<s@n.org>");
    help_take(&help, "<g1@e.org>");
    help_mail(&help, "<s@n.org>"); /* another message asks again */
    scripted_fail(help.directory, CALL_FIND, DIRECTORY_ERROR, DIRECTORY_ERROR_UNAVAILABLE, "a second search");
    g_auto(Reply) reply = {0};
    g_assert_false(help_recipient(&help, "<g1@e.org>", &reply));
    help_teardown(&help);
}

/* reference: 2L+21 octets for each added recipient of length L. */
static void
test_octets(void)
{
    g_assert_cmpuint(admission_queue_file_octets(0, 0, FALSE, 0), ==, 0);
    g_assert_cmpuint(admission_queue_file_octets(1, 20, FALSE, 0), ==, 61);
    g_assert_cmpuint(admission_queue_file_octets(10000, 200000, FALSE, 0), ==, 610000);
    g_assert_cmpuint(admission_queue_file_octets(1, 20, TRUE, 0), >, 61);
    /* measured: 2L+60+G with NOTIFY and ORCPT */
    g_assert_cmpuint(admission_queue_file_octets(1, 20, TRUE, 30), >=, 2 * 20 + 50 + 30);
}

/* ---- the reserved domain, and the listener for what was split off ---- */

#define SPLIT "split-domain = split.invalid\n"

static const struct {
    const char *name, *keys, *daemon;
    const char *recipients; /* separated by commas; all but the last are taken */
    const char *resolved;   /* {rcpt_addr} of the last */
    const char *reply;      /* to the last; NULL: taken */
    const char *address;    /* of the last, if it is taken */
} splits[] = {
    {"outside", SPLIT, "smtpd", "<g1=e.org@split.invalid>", NULL, "550 5.7.1", NULL},
    {"outside-in-another-case", SPLIT, NULL, "<x@SPLIT.Invalid>", NULL, "550 5.7.1", NULL},
    {"outside-by-the-mtas-say", SPLIT, NULL, "<g1=e.org%split.invalid@mx.e.org>", "g1=e.org@split.invalid", "550 5.7.1",
     NULL},
    {"outside-source-route", SPLIT, NULL, "<@mx.e.org:g1=e.org@split.invalid>", NULL, "550 5.7.1", NULL},
    {"outside-not-configured", "", NULL, "<g1=e.org@split.invalid>", NULL, NULL, "g1=e.org@split.invalid"},
    {"subdomain", SPLIT, NULL, "<g1@sub.split.invalid>", NULL, NULL, "g1@sub.split.invalid"},
    {"group", SPLIT, SPLIT_DAEMON, "<g1=e.org@split.invalid>", NULL, NULL, "g1@e.org"},
    {"person", SPLIT, SPLIT_DAEMON, "<p=e.org@split.invalid>", NULL, NULL, "p@e.org"},
    {"unknown", SPLIT, SPLIT_DAEMON, "<who=e.org@split.invalid>", NULL, NULL, "who@e.org"},
    {"unknown-refused", SPLIT "unknown-recipients = refuse\n", SPLIT_DAEMON, "<who=e.org@split.invalid>", NULL,
     "550 5.1.10", NULL},
    {"not-ours", SPLIT, SPLIT_DAEMON, "<x=other.org@split.invalid>", NULL, "550 5.7.1", NULL},
    {"not-encoded", SPLIT, SPLIT_DAEMON, "<g1@split.invalid>", NULL, "550 5.7.1", NULL},
    {"another-domain", SPLIT, SPLIT_DAEMON, "<g1@e.org>", NULL, "550 5.7.1", NULL},
    {"second-recipient", SPLIT, SPLIT_DAEMON, "<g1=e.org@split.invalid>,<g2=e.org@split.invalid>", NULL, "452 4.5.3",
     NULL},
    {"not-configured", "", SPLIT_DAEMON, "<g1=e.org@split.invalid>", NULL, "451 4.3.5", NULL},
    {"observed", "mode = observe\n" SPLIT, SPLIT_DAEMON, "<g1@e.org>", NULL, "550 5.7.1", NULL},
};

static void
test_split(gconstpointer data)
{
    gsize i = GPOINTER_TO_SIZE(data);
    Help  help;
    help_setup(&help, splits[i].keys);
    help.facts.daemon_name = splits[i].daemon;
    help_mail(&help, "<s@n.org>");
    g_auto(GStrv) recipients = g_strsplit(splits[i].recipients, ",", -1);
    gsize last = g_strv_length(recipients) - 1;
    for (gsize k = 0; k < last; k++)
        help_take(&help, recipients[k]);
    help.resolved = splits[i].resolved;

    g_auto(Reply) reply = {0};
    gboolean         taken = help_recipient(&help, recipients[last], &reply);
    g_autofree char *code = g_strdup_printf("%d %s", reply.code, reply.enhanced);
    g_assert_cmpint(taken, ==, splits[i].reply == NULL);
    if (!taken)
        g_assert_cmpstr(code, ==, splits[i].reply);
    gsize            n;
    const Recipient *taken_ones = recipient_list_items(&help.transaction.recipients, &n);
    g_assert_cmpuint(n, ==, last + (taken ? 1 : 0));
    if (taken)
        g_assert_cmpstr(address_text(taken_ones[n - 1].address), ==, splits[i].address);
    help_teardown(&help);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *path = g_strconcat("/admission/reply/", cases[i].name, NULL);
        g_test_add_data_func(path, GSIZE_TO_POINTER(i), test_reply);
    }
    for (gsize i = 0; i < G_N_ELEMENTS(meant); i++) {
        g_autofree char *path = g_strconcat("/admission/meant/", meant[i].name, NULL);
        g_test_add_data_func(path, GSIZE_TO_POINTER(i), test_meant);
    }
    g_test_add_func("/admission/no-way-round-restrictions", test_no_way_round_restrictions);
    g_test_add_func("/admission/group-named-again", test_group_named_again);
    g_test_add_func("/admission/sendmail-limit", test_sendmail_limit);
    g_test_add_func("/admission/members-of-all-messages", test_members_of_all_messages);
    g_test_add_func("/admission/both-rosters-are-counted", test_both_rosters_are_counted);
    g_test_add_func("/admission/lists-are-counted", test_lists_are_counted);
    g_test_add_func("/admission/directory-silent", test_directory_silent);
    g_test_add_func("/admission/repair-is-said-once", test_repair_is_said_once);
    g_test_add_func("/admission/recipients-are-bounded", test_recipients_are_bounded);
    g_test_add_func("/admission/groups-are-bounded", test_groups_are_bounded);
    g_test_add_func("/admission/octets", test_octets);
    for (gsize i = 0; i < G_N_ELEMENTS(splits); i++) {
        g_autofree char *path = g_strconcat("/admission/split/", splits[i].name, NULL);
        g_test_add_data_func(path, GSIZE_TO_POINTER(i), test_split);
    }
    return g_test_run();
}
