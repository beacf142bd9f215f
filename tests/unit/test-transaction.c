/* SPDX-License-Identifier: BSD-2-Clause
 * test-transaction.c - what is known of a message, and that none of it is left for the next
 */
#include "milter/session.h"
#include "tests/unit/milter-help.h"

static const struct {
    const char *name, *argument, *mail_address, *text, *address;
    gboolean    empty;
} senders[] = {
    {"plain", "<s@n.org>", NULL, "s@n.org", "s@n.org", FALSE},
    {"without-brackets", "s@n.org", NULL, "s@n.org", "s@n.org", FALSE},
    {"empty", "<>", NULL, "", NULL, TRUE},
    {"empty-although-the-macro-says-otherwise", "<>", "root@n.org", "", NULL, TRUE},
    {"completed-by-the-mta", "<root>", "root@n.org", "root", "root@n.org", FALSE},
    {"unreadable", "<root>", NULL, "root", NULL, FALSE},
    {"unreadable-both", "<root>", "root", "root", NULL, FALSE},
};

static void
test_sender(gconstpointer data)
{
    gsize i = GPOINTER_TO_SIZE(data);
    Help  help;
    help_setup(&help, "");
    MailFacts facts = {.argument = senders[i].argument, .mail_address = senders[i].mail_address};
    transaction_begin(&help.transaction, &facts);
    const Transaction *transaction = &help.transaction;
    g_assert_cmpstr(transaction->sender_text, ==, senders[i].text);
    g_assert_cmpint(transaction->sender_empty, ==, senders[i].empty);
    g_assert_cmpstr(transaction->sender != NULL ? address_text(transaction->sender) : NULL, ==, senders[i].address);
    help_teardown(&help);
}

static const struct {
    const char *mta, *queue_id;
    gboolean    sendmail;
} mtas[] = {
    {"Postfix 3.7.11", "", FALSE},
    {"Postfix 3.7.11", "4bQx", FALSE}, /* mail of its own host */
    {"8.17.1.9", "5AL", TRUE},
    {NULL, "5AL", TRUE},
    {NULL, "", FALSE},
    {"", NULL, FALSE},
};

static void
test_mta(void)
{
    Help help;
    help_setup(&help, "");
    for (gsize i = 0; i < G_N_ELEMENTS(mtas); i++) {
        MailFacts facts = {.argument = "<s@n.org>", .queue_id = mtas[i].queue_id, .mta = mtas[i].mta};
        transaction_begin(&help.transaction, &facts);
        g_assert_cmpint(help.transaction.sendmail, ==, mtas[i].sendmail);
    }
    help_teardown(&help);
}

/* Mail of Postfix's own host, and the listener for what was split off. */
static const struct {
    const char *mta, *queue_id, *client_port, *daemon_name;
    gboolean    submitted, second_pass;
} places[] = {
    {"Postfix 3.7.11", "4bQx", "0", NULL, TRUE, FALSE},
    {"Postfix 3.7.11", "", "0", NULL, FALSE, FALSE},
    {"Postfix 3.7.11", "4bQx", "40123", NULL, FALSE, FALSE},
    {"Postfix 3.7.11", "4bQx", NULL, NULL, FALSE, FALSE},
    {"8.17.1.9", "5AL", "0", "MTA", FALSE, FALSE},
    {"Postfix 3.7.11", NULL, "40123", "rollcall-split", FALSE, TRUE},
    {"8.17.1.9", "5AL", "40123", "rollcall-split", FALSE, TRUE},
    {"8.17.1.9", "5AL", "40123", "rollcall-split2", FALSE, FALSE},
};

static void
test_place(void)
{
    Help help;
    help_setup(&help, "mode = observe\n");
    for (gsize i = 0; i < G_N_ELEMENTS(places); i++) {
        MailFacts facts = {.argument = "<s@n.org>",
                           .queue_id = places[i].queue_id,
                           .mta = places[i].mta,
                           .client_port = places[i].client_port,
                           .daemon_name = places[i].daemon_name};
        transaction_begin(&help.transaction, &facts);
        g_assert_cmpint(help.transaction.submitted, ==, places[i].submitted);
        g_assert_cmpint(help.transaction.second_pass, ==, places[i].second_pass);
        g_assert_cmpint(transaction_observes(&help.transaction), ==, !places[i].second_pass);
    }
    help_teardown(&help);
}

static const struct {
    guint64  said, measured; /* measured: of the body */
    gboolean stopped;
    guint64  octets;
} octets[] = {
    {0, 100, FALSE, 102}, {1000, 100, FALSE, 102}, {50, 100, FALSE, 50}, {0, 100, TRUE, 0}, {1000, 100, TRUE, 1000},
};

/* The smaller of SIZE= and what came; at RCPT nothing has come yet. */
static void
test_octets(void)
{
    Help help;
    help_setup(&help, "");
    for (gsize i = 0; i < G_N_ELEMENTS(octets); i++) {
        g_autofree char *command = g_strdup_printf("<s@n.org> SIZE=%" G_GUINT64_FORMAT, octets[i].said);
        help_mail(&help, command);
        g_assert_cmpuint(transaction_sender(&help.transaction, FALSE).size, ==, octets[i].said);
        message_size_body(&help.transaction.measured, octets[i].measured);
        if (octets[i].stopped)
            message_size_stop(&help.transaction.measured);
        g_assert_cmpuint(transaction_sender(&help.transaction, TRUE).size, ==, octets[i].octets);
    }
    help_teardown(&help);
}

static const struct {
    const char *parameter;
    guint64     size;
} sizes[] = {
    {"SIZE=1000", 1000}, {"size=7", 7},   {"SIZE=", 0}, {"SIZE=-1", 0}, {"SIZE=99999999999999999999", 0},
    {"SIZE=1k", 0},      {"RET=HDRS", 0},
};

static void
test_size(void)
{
    Help help;
    help_setup(&help, "");
    for (gsize i = 0; i < G_N_ELEMENTS(sizes); i++) {
        g_autofree char *command = g_strconcat("<s@n.org> BODY=8BITMIME ", sizes[i].parameter, NULL);
        help_mail(&help, command);
        g_assert_cmpuint(help.transaction.size, ==, sizes[i].size);
    }
    help_teardown(&help);
}

static const struct {
    const char *mail, *recipient;
    gboolean    needed;
} sizes_needed[] = {
    {"<s@n.org>", "<p@e.org>", FALSE},
    {"<s@n.org>", "<g1@e.org>", FALSE},
    {"<s@n.org>", "<small@e.org>", TRUE},
    {"<s@n.org> SIZE=900", "<small@e.org>", FALSE},
    {"<s@n.org> SIZE=9000", "<small@e.org>", TRUE},
};

/* Bodies are counted only where their length decides. */
static void
test_needs_size(void)
{
    Help help;
    help_setup(&help, "");
    for (gsize i = 0; i < G_N_ELEMENTS(sizes_needed); i++) {
        help_mail(&help, sizes_needed[i].mail);
        help_take(&help, sizes_needed[i].recipient);
        g_assert_cmpint(transaction_needs_size(&help.transaction), ==, sizes_needed[i].needed);
    }
    help_teardown(&help);
}

static void
assert_nothing_left(const Transaction *transaction)
{
    g_assert_false(transaction_is_under_way(transaction));
    g_assert_false(transaction_has_groups(transaction));
    g_assert_cmpuint(transaction->recipients.recipients->len, ==, 0);
    g_assert_cmpuint(transaction->recipients.members, ==, 0);
    g_assert_cmpuint(transaction->recipients.octets, ==, 0);
    g_assert_null(transaction->headers.message_id);
    g_assert_null(transaction->headers.traces);
    g_assert_cmpuint(transaction->headers.watched.fields, ==, 0);
    g_assert_null(transaction->origin);
    g_assert_null(transaction->sender);
    g_assert_cmpstr(transaction_queue_id(transaction), ==, "NOQUEUE");
}

static void
fill_message(Help *help)
{
    help_mail(help, "<s@n.org> SIZE=100");
    help_take(help, "<g1@e.org>");
    help_take(help, "<p@e.org>");
    transaction_set_queue_id(&help->transaction, "4bQx");
    transaction_header(&help->transaction, "Message-ID", "<m@n.org>");
    transaction_header(&help->transaction, TRACE_HEADER, "x");
    transaction_header(&help->transaction, SPLIT_HEADER, "x");
    transaction_header(&help->transaction, "X-MS-Exchange-Organization-AuthAs", "Internal");
    transaction_end_headers(&help->transaction);
}

/* Abort, end, MAIL and close come in any order and number. */
static void
test_reset(void)
{
    Help help;
    help_setup(&help, "");
    transaction_reset(&help.transaction);
    fill_message(&help);
    transaction_reset(&help.transaction);
    assert_nothing_left(&help.transaction);
    transaction_reset(&help.transaction);
    assert_nothing_left(&help.transaction);
    g_assert_false(runtime_store_is_held(help.house.runtimes));

    fill_message(&help);
    help_mail(&help, "<t@n.org>");
    g_assert_true(transaction_is_under_way(&help.transaction));
    g_assert_false(transaction_has_groups(&help.transaction));
    g_assert_cmpuint(help.transaction.size, ==, 0);
    g_assert_null(help.transaction.headers.message_id);
    g_assert_false(help.transaction.headers_ended);
    g_assert_cmpuint(message_size_octets(&help.transaction.measured), ==, 2);
    help_teardown(&help);
}

static void
test_session_ends_in_the_middle(void)
{
    Help  help;
    Terms terms = {0, 0};
    help_setup(&help, "");
    Session *session = session_new(&help.house, &terms);
    session_free(session);
    session = session_new(&help.house, &terms);
    MailFacts facts = {.argument = "<s@n.org>"};
    transaction_begin(&session->transaction, &facts);
    session_free(session);
    help_teardown(&help);
}

/* Headers cost nothing where no group is a recipient. */
static void
test_headers_are_kept_for_groups_only(void)
{
    Help help;
    help_setup(&help, "");
    help_mail(&help, "<s@n.org>");
    help_take(&help, "<p@e.org>");
    transaction_header(&help.transaction, "Message-ID", "<m@n.org>");
    transaction_header(&help.transaction, TRACE_HEADER, "x");
    g_assert_null(help.transaction.headers.message_id);
    g_assert_null(help.transaction.headers.traces);
    g_assert_cmpuint(message_size_octets(&help.transaction.measured), ==, 2);
    help_teardown(&help);
}

static void
test_queue_id(void)
{
    Help help;
    help_setup(&help, "");
    help_mail(&help, "<s@n.org>");
    g_assert_cmpstr(transaction_queue_id(&help.transaction), ==, "NOQUEUE");
    transaction_set_queue_id(&help.transaction, NULL);
    transaction_set_queue_id(&help.transaction, "");
    g_assert_cmpstr(transaction_queue_id(&help.transaction), ==, "NOQUEUE");
    transaction_set_queue_id(&help.transaction, "4bQx\n");
    g_assert_cmpstr(transaction_queue_id(&help.transaction), ==, "4bQx\\x0a");
    help_teardown(&help);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS(senders); i++) {
        g_autofree char *path = g_strconcat("/transaction/sender/", senders[i].name, NULL);
        g_test_add_data_func(path, GSIZE_TO_POINTER(i), test_sender);
    }
    g_test_add_func("/transaction/mta", test_mta);
    g_test_add_func("/transaction/place", test_place);
    g_test_add_func("/transaction/octets", test_octets);
    g_test_add_func("/transaction/size", test_size);
    g_test_add_func("/transaction/needs-size", test_needs_size);
    g_test_add_func("/transaction/reset", test_reset);
    g_test_add_func("/transaction/session-ends-in-the-middle", test_session_ends_in_the_middle);
    g_test_add_func("/transaction/headers-for-groups-only", test_headers_are_kept_for_groups_only);
    g_test_add_func("/transaction/queue-id", test_queue_id);
    return g_test_run();
}
