/* SPDX-License-Identifier: BSD-2-Clause
 * test-negotiate.c - what is asked of which MTA
 */
#include "milter/negotiate.h"

#include <libmilter/mfapi.h>

static const unsigned long everything = 0x1fffffUL;
static const unsigned long unread =
    SMFIP_NOCONNECT | SMFIP_NOHELO | SMFIP_NOUNKNOWN | SMFIP_NODATA | SMFIP_NOEOH | SMFIP_SKIP;
static const unsigned long edits = SMFIF_ADDRCPT | SMFIF_DELRCPT;

static void
test_postfix_on_a_unix_socket(void)
{
    Terms offered = {everything, everything}, terms;
    g_assert_true(negotiate(&offered, FALSE, &terms));
    g_assert_cmphex(terms.steps, ==, unread | SMFIP_NR_MAIL | SMFIP_NR_HDR);
    g_assert_cmphex(terms.actions & edits, ==, edits);
    g_assert_cmphex(terms.actions & SMFIF_CHGBODY, ==, 0);
    g_assert_false(terms_mail_is_answered(&terms));
    g_assert_false(terms_headers_are_answered(&terms));
    g_assert_true(terms_body_can_be_skipped(&terms));
}

/* Every stage that we hear of is answered, or each message waits 45 ms. */
static void
test_network(void)
{
    Terms offered = {everything, everything}, terms;
    g_assert_true(negotiate(&offered, TRUE, &terms));
    g_assert_cmphex(terms.steps, ==, unread);
    g_assert_true(terms_mail_is_answered(&terms));
    g_assert_true(terms_headers_are_answered(&terms));
}

/* What is not offered is not asked for: protocol 2 knew neither NR nor NODATA nor SKIP. */
static void
test_old_mta(void)
{
    Terms offered = {edits | SMFIF_ADDHDRS, SMFIP_NOCONNECT | SMFIP_NOHELO | SMFIP_NOBODY | SMFIP_NOEOH}, terms;
    g_assert_true(negotiate(&offered, FALSE, &terms));
    g_assert_cmphex(terms.actions, ==, offered.actions);
    g_assert_cmphex(terms.steps, ==, offered.steps & ~SMFIP_NOBODY);
    g_assert_true(terms_mail_is_answered(&terms));
    g_assert_false(terms_body_can_be_skipped(&terms));
}

/* Headers, recipients and bodies are never negotiated away, whatever is offered. */
static void
test_needed_stages(void)
{
    for (int network = 0; network < 2; network++) {
        Terms offered = {everything, ~0UL}, terms;
        g_assert_true(negotiate(&offered, network, &terms));
        g_assert_cmphex(terms.steps &
                            (SMFIP_NOMAIL | SMFIP_NORCPT | SMFIP_NOHDRS | SMFIP_NR_RCPT | SMFIP_NOBODY | SMFIP_NR_BODY),
                        ==, 0);
    }
}

static void
test_useless_mta(void)
{
    static const unsigned long actions[] = {0, SMFIF_ADDRCPT, SMFIF_DELRCPT, everything & ~SMFIF_DELRCPT};
    for (gsize i = 0; i < G_N_ELEMENTS(actions); i++) {
        Terms offered = {actions[i], everything}, terms;
        g_assert_false(negotiate(&offered, FALSE, &terms));
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/negotiate/unix", test_postfix_on_a_unix_socket);
    g_test_add_func("/negotiate/network", test_network);
    g_test_add_func("/negotiate/old-mta", test_old_mta);
    g_test_add_func("/negotiate/needed-stages", test_needed_stages);
    g_test_add_func("/negotiate/useless-mta", test_useless_mta);
    return g_test_run();
}
