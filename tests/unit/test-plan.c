/* SPDX-License-Identifier: BSD-2-Clause
 * test-plan.c - the edits that each mix of groups and plain recipients comes to
 */
#include "milter/plan.h"

#include <string.h>

enum { MOST = 6 };

typedef struct {
    const char  *argument; /* of RCPT; NULL ends the list */
    const char  *members;  /* separated by blanks; NULL: a plain recipient */
    Notify       notify;
    const char  *route; /* of a plain recipient, as the directory knows it */
    const char  *orcpt; /* as the client gave it */
    GroupReports reports;
    const char  *split; /* where the group goes; it then needs a treatment that others do not share */
} Given;

static const struct {
    const char *name;
    Given       given[MOST];
    const char *deletions, *additions; /* separated by blanks */
    const char *fresh;                 /* by recipient */
    gboolean    nobody;
} cases[] = {
    {"one-group", {{"<g@e.org>", "a@e.org b@e.org", NOTIFY_DEFAULT}}, "<g@e.org>", "a@e.org b@e.org", "2", FALSE},
    {"plain-recipients-only", {{"<a@e.org>", NULL, NOTIFY_DEFAULT}}, "", "", "0", FALSE},
    {"named-recipient-is-a-member",
     {{"<b@e.org>", NULL, NOTIFY_DEFAULT}, {"<g@e.org>", "a@e.org b@e.org", NOTIFY_DEFAULT}},
     "<g@e.org>",
     "a@e.org",
     "0 1",
     FALSE},
    {"named-after-the-group-and-in-another-case",
     {{"<g@e.org>", "a@e.org b@e.org", NOTIFY_DEFAULT}, {"<B@E.ORG>", NULL, NOTIFY_DEFAULT}},
     "<g@e.org>",
     "a@e.org",
     "1 0",
     FALSE},
    {"named-by-another-address-of-the-member",
     {{"<b.alias@e.org>", NULL, NOTIFY_DEFAULT, "b@cloud.e.org"},
      {"<g@e.org>", "a@e.org b@cloud.e.org", NOTIFY_DEFAULT}},
     "<g@e.org>",
     "a@e.org",
     "0 1",
     FALSE},
    {"two-groups-share-a-member",
     {{"<g@e.org>", "a@e.org b@e.org", NOTIFY_DEFAULT}, {"<h@e.org>", "B@e.org c@e.org", NOTIFY_DEFAULT}},
     "<g@e.org> <h@e.org>",
     "a@e.org b@e.org c@e.org",
     "2 1",
     FALSE},
    {"one-group-by-two-spellings",
     {{"<g@e.org>", "a@e.org", NOTIFY_DEFAULT}, {"<G@e.org>", "a@e.org", NOTIFY_DEFAULT}},
     "<G@e.org> <g@e.org>",
     "a@e.org",
     "1 0",
     FALSE},
    {"one-group-named-twice",
     {{"<g@e.org>", "a@e.org", NOTIFY_DEFAULT}, {"<g@e.org>", "a@e.org", NOTIFY_DEFAULT}},
     "<g@e.org>",
     "a@e.org",
     "1 0",
     FALSE},
    {"member-has-the-group-address",
     {{"<g@e.org>", "a@e.org g@e.org", NOTIFY_DEFAULT}},
     "<g@e.org>",
     "a@e.org g@e.org",
     "2",
     FALSE},
    {"argument-is-kept-byte-for-byte",
     {{"<\"G 1\"@E.org>", "a@e.org", NOTIFY_DEFAULT}},
     "<\"G 1\"@E.org>",
     "a@e.org",
     "1",
     FALSE},
    {"empty-group-alone", {{"<g@e.org>", "", NOTIFY_DEFAULT}}, "<g@e.org>", "", "0", TRUE},
    {"empty-group-beside-a-recipient",
     {{"<g@e.org>", "", NOTIFY_DEFAULT}, {"<a@e.org>", NULL, NOTIFY_DEFAULT}},
     "<g@e.org>",
     "",
     "0 0",
     FALSE},
    {"all-members-are-named",
     {{"<g@e.org>", "a@e.org", NOTIFY_DEFAULT}, {"<a@e.org>", NULL, NOTIFY_DEFAULT}},
     "<g@e.org>",
     "",
     "0 0",
     FALSE},
    {"unreadable-recipient-counts-as-one",
     {{"<g@e.org>", "", NOTIFY_DEFAULT}, {"<postmaster>", NULL, NOTIFY_DEFAULT}},
     "<g@e.org>",
     "",
     "0 0",
     FALSE},
    {"notify-is-carried",
     {{"<g@e.org>", "a@e.org b@e.org", NOTIFY_NEVER}},
     "<g@e.org>",
     "a@e.org/NOTIFY=NEVER b@e.org/NOTIFY=NEVER",
     "2",
     FALSE},
    {"notify-of-two-groups-is-united",
     {{"<g@e.org>", "a@e.org b@e.org", NOTIFY_NEVER}, {"<h@e.org>", "b@e.org c@e.org", NOTIFY_SUCCESS}},
     "<g@e.org> <h@e.org>",
     "a@e.org/NOTIFY=NEVER b@e.org/NOTIFY=SUCCESS c@e.org/NOTIFY=SUCCESS",
     "2 1",
     FALSE},
    {"notify-of-a-named-recipient-is-its-own",
     {{"<a@e.org>", NULL, NOTIFY_NEVER}, {"<g@e.org>", "a@e.org b@e.org", NOTIFY_SUCCESS}},
     "<g@e.org>",
     "b@e.org/NOTIFY=SUCCESS",
     "0 1",
     FALSE},
};

/* What is asked about reports, of members and of groups that are split off. */
static const struct {
    const char *name;
    Given       given[MOST];
    const char *additions;
} requests[] = {
    {"orcpt-is-carried-to-who-asked-for-reports",
     {{"<g@e.org>", "a@e.org b@e.org", NOTIFY_FAILURE, .orcpt = "rfc822;x@y"}},
     "a@e.org/NOTIFY=FAILURE/ORCPT=rfc822;x@y b@e.org/NOTIFY=FAILURE/ORCPT=rfc822;x@y"},
    {"orcpt-without-notify-is-not", {{"<g@e.org>", "a@e.org", NOTIFY_DEFAULT, .orcpt = "rfc822;x@y"}}, "a@e.org"},
    {"orcpt-without-reports-is-not",
     {{"<g@e.org>", "a@e.org", NOTIFY_NEVER, .orcpt = "rfc822;x@y"}},
     "a@e.org/NOTIFY=NEVER"},
    {"orcpt-of-the-first-who-needs-one",
     {{"<g@e.org>", "a@e.org", NOTIFY_DEFAULT, .orcpt = "rfc822;g"},
      {"<h@e.org>", "a@e.org", NOTIFY_FAILURE, .orcpt = "rfc822;h"},
      {"<i@e.org>", "a@e.org", NOTIFY_FAILURE, .orcpt = "rfc822;i"}},
     "a@e.org/ORCPT=rfc822;h"},
    {"orcpt-of-a-named-recipient-is-its-own",
     {{"<a@e.org>", NULL, NOTIFY_FAILURE, .orcpt = "rfc822;a"}, {"<g@e.org>", "a@e.org b@e.org", NOTIFY_DEFAULT}},
     "b@e.org"},
    {"to-the-manager",
     {{"<g@e.org>", "a@e.org", NOTIFY_SUCCESS, .orcpt = "rfc822;g", .reports = REPORTS_MANAGER}},
     "a@e.org/NOTIFY=FAILURE"},
    {"to-nobody",
     {{"<g@e.org>", "a@e.org", NOTIFY_SUCCESS, .orcpt = "rfc822;g", .reports = REPORTS_NOBODY}},
     "a@e.org/NOTIFY=NEVER"},
    {"to-the-originator",
     {{"<g@e.org>", "a@e.org", NOTIFY_SUCCESS, .reports = REPORTS_ORIGINATOR}},
     "a@e.org/NOTIFY=SUCCESS"},
    {"split-names-the-group",
     {{"<p@e.org>", NULL, NOTIFY_DEFAULT}, {"<G+1@e.org>", "a@e.org", NOTIFY_DEFAULT, .split = "g@s.invalid"}},
     "g@s.invalid/ORCPT=rfc822;G+2B1@e.org"},
    {"split-keeps-what-the-client-gave",
     {{"<p@e.org>", NULL, NOTIFY_DEFAULT},
      {"<g@e.org>", "a@e.org", NOTIFY_SUCCESS, .orcpt = "rfc822;x", .reports = REPORTS_NOBODY, .split = "g@s.invalid"}},
     "g@s.invalid/NOTIFY=SUCCESS/ORCPT=rfc822;x"},
    {"split-without-reports",
     {{"<p@e.org>", NULL, NOTIFY_DEFAULT}, {"<g@e.org>", "a@e.org", NOTIFY_NEVER, .split = "g@s.invalid"}},
     "g@s.invalid/NOTIFY=NEVER/ORCPT=rfc822;g@e.org"},
    {"split-by-two-addresses",
     {{"<p@e.org>", NULL, NOTIFY_DEFAULT},
      {"<g@e.org>", "a@e.org", NOTIFY_NEVER, .split = "g@s.invalid"},
      {"<h@e.org>", "a@e.org", NOTIFY_SUCCESS, .split = "G@s.invalid"}},
     "g@s.invalid/NOTIFY=SUCCESS/ORCPT=rfc822;g@e.org"},
};

static Address *
must_read(const char *text)
{
    g_autoptr(GError) error = NULL;
    Address *address = address_new(text, &error);
    g_assert_no_error(error);
    return address;
}

static void
give_members(PlanRecipient *recipient, const char *members, GPtrArray *addresses)
{
    g_auto(GStrv) words = g_strsplit(members, " ", -1);
    recipient->expanded = TRUE;
    recipient->n_members = *members != '\0' ? g_strv_length(words) : 0;
    RosterMember *list = g_new0(RosterMember, recipient->n_members + 1);
    for (gsize i = 0; i < recipient->n_members; i++) {
        list[i].route = must_read(words[i]);
        g_ptr_array_add(addresses, list[i].route);
    }
    recipient->members = list;
}

static gsize
give(const Given *given, PlanRecipient *recipients, GPtrArray *addresses)
{
    gsize n = 0;
    for (; n < MOST && given[n].argument != NULL; n++) {
        recipients[n].argument = given[n].argument;
        recipients[n].notify = given[n].notify;
        recipients[n].address = address_new(given[n].argument, NULL);
        if (recipients[n].address != NULL)
            g_ptr_array_add(addresses, (gpointer)recipients[n].address);
        recipients[n].orcpt = given[n].orcpt;
        recipients[n].reports = given[n].reports;
        recipients[n].treatment.hold = given[n].split != NULL;
        if (given[n].split != NULL)
            g_ptr_array_add(addresses, (gpointer)(recipients[n].split_address = must_read(given[n].split)));
        if (given[n].route != NULL)
            g_ptr_array_add(addresses, (gpointer)(recipients[n].route = must_read(given[n].route)));
        if (given[n].members != NULL)
            give_members(&recipients[n], given[n].members, addresses);
    }
    return n;
}

static char *
additions_text(const Plan *plan)
{
    GString *text = g_string_new(NULL);
    for (gsize i = 0; i < plan->n_additions; i++) {
        const PlanAddition *addition = &plan->additions[i];
        g_string_append_printf(text, "%s%s", i > 0 ? " " : "", address_text(addition->address));
        if (notify_parameter(addition->notify) != NULL)
            g_string_append_printf(text, "/%s", notify_parameter(addition->notify));
        if (addition->orcpt != NULL)
            g_string_append_printf(text, "/ORCPT=%s", addition->orcpt);
    }
    return g_string_free(text, FALSE);
}

static void
test_plan(gconstpointer data)
{
    gsize         at = GPOINTER_TO_SIZE(data);
    PlanRecipient recipients[MOST] = {0};
    g_autoptr(GPtrArray) addresses = g_ptr_array_new_with_free_func((GDestroyNotify)address_unref);
    gsize n = give(cases[at].given, recipients, addresses);
    g_autoptr(Plan) plan = plan_new(recipients, n);

    g_autoptr(GString) deletions = g_string_new(NULL);
    for (gsize i = 0; i < plan->n_deletions; i++)
        g_string_append_printf(deletions, "%s%s", i > 0 ? " " : "", plan->deletions[i]);
    g_autoptr(GString) fresh = g_string_new(NULL);
    for (gsize i = 0; i < n; i++)
        g_string_append_printf(fresh, "%s%" G_GSIZE_FORMAT, i > 0 ? " " : "", plan->fresh[i]);
    g_autofree char *additions = additions_text(plan);

    g_assert_cmpstr(deletions->str, ==, cases[at].deletions);
    g_assert_cmpstr(additions, ==, cases[at].additions);
    g_assert_cmpstr(fresh->str, ==, cases[at].fresh);
    g_assert_cmpint(plan->nobody, ==, cases[at].nobody);
    for (gsize i = 0; i < n; i++)
        g_free((gpointer)recipients[i].members);
}

static void
test_request(gconstpointer data)
{
    gsize         at = GPOINTER_TO_SIZE(data);
    PlanRecipient recipients[MOST] = {0};
    g_autoptr(GPtrArray) addresses = g_ptr_array_new_with_free_func((GDestroyNotify)address_unref);
    gsize n = give(requests[at].given, recipients, addresses);
    g_autoptr(Plan) plan = plan_new(recipients, n);
    g_autofree char *additions = additions_text(plan);
    g_assert_cmpstr(additions, ==, requests[at].additions);
    for (gsize i = 0; i < n; i++)
        g_free((gpointer)recipients[i].members);
}

/* The order of the RCPT commands changes who brings a member, and never who gets the message. */
static void
test_order_does_not_matter(void)
{
    static const Given orders[2][MOST] = {
        {{"<g@e.org>", "a@e.org b@e.org", NOTIFY_NEVER},
         {"<b@e.org>", NULL, NOTIFY_DEFAULT},
         {"<h@e.org>", "a@e.org c@e.org", NOTIFY_DELAY}},
        {{"<h@e.org>", "a@e.org c@e.org", NOTIFY_DELAY},
         {"<g@e.org>", "a@e.org b@e.org", NOTIFY_NEVER},
         {"<b@e.org>", NULL, NOTIFY_DEFAULT}},
    };
    for (gsize order = 0; order < G_N_ELEMENTS(orders); order++) {
        PlanRecipient recipients[MOST] = {0};
        g_autoptr(GPtrArray) addresses = g_ptr_array_new_with_free_func((GDestroyNotify)address_unref);
        gsize n = give(orders[order], recipients, addresses);
        g_autoptr(Plan) plan = plan_new(recipients, n);
        g_autofree char *additions = additions_text(plan);
        g_assert_cmpstr(additions, ==, "a@e.org/NOTIFY=DELAY c@e.org/NOTIFY=DELAY");
        for (gsize i = 0; i < n; i++)
            g_free((gpointer)recipients[i].members);
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *path = g_strconcat("/plan/", cases[i].name, NULL);
        g_test_add_data_func(path, GSIZE_TO_POINTER(i), test_plan);
    }
    for (gsize i = 0; i < G_N_ELEMENTS(requests); i++) {
        g_autofree char *path = g_strconcat("/plan/requests/", requests[i].name, NULL);
        g_test_add_data_func(path, GSIZE_TO_POINTER(i), test_request);
    }
    g_test_add_func("/plan/order-does-not-matter", test_order_does_not_matter);
    return g_test_run();
}
