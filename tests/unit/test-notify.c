/* SPDX-License-Identifier: BSD-2-Clause
 * test-notify.c - reading NOTIFY, uniting two of them, and what a group's reports make of it
 */
#include "milter/notify.h"

static const struct {
    const char *parameter; /* NULL: none */
    const char *parsed;    /* as notify_parameter() writes it; NULL: not said */
} readings[] = {
    {NULL, NULL},
    {"ORCPT=rfc822;a@e.org", NULL},
    {"NOTIFY=NEVER", "NOTIFY=NEVER"},
    {"notify=never", "NOTIFY=NEVER"},
    {"NOTIFY=SUCCESS", "NOTIFY=SUCCESS"},
    {"NOTIFY=FAILURE", "NOTIFY=FAILURE"},
    {"NOTIFY=DELAY", "NOTIFY=DELAY"},
    {"NOTIFY=delay,Success", "NOTIFY=SUCCESS,DELAY"},
    {"NOTIFY=DELAY,FAILURE", "NOTIFY=FAILURE,DELAY"},
    {"NOTIFY=FAILURE,SUCCESS", "NOTIFY=SUCCESS,FAILURE"},
    {"NOTIFY=SUCCESS,FAILURE,DELAY", "NOTIFY=SUCCESS,FAILURE,DELAY"},
    {"NOTIFY=", NULL},
    {"NOTIFY=FAILURE,", NULL},
    {"NOTIFY=SOMETIMES", NULL},
    {"NOTIFY=FAIL", NULL},
};

static void
test_reading(void)
{
    for (gsize i = 0; i < G_N_ELEMENTS(readings); i++) {
        const char *const parameters[] = {readings[i].parameter, NULL};
        g_assert_cmpstr(notify_parameter(notify_of_parameters(parameters)), ==, readings[i].parsed);
    }
    const char *const second[] = {"ORCPT=rfc822;a@e.org", "NOTIFY=DELAY", NULL};
    g_assert_cmpint(notify_of_parameters(second), ==, NOTIFY_DELAY);
}

static const struct {
    Notify a, b, both;
} unions[] = {
    {NOTIFY_DEFAULT, NOTIFY_DEFAULT, NOTIFY_DEFAULT},
    {NOTIFY_NEVER, NOTIFY_NEVER, NOTIFY_NEVER},
    {NOTIFY_NEVER, NOTIFY_SUCCESS, NOTIFY_SUCCESS},
    {NOTIFY_NEVER, NOTIFY_DEFAULT, NOTIFY_DEFAULT},
    {NOTIFY_FAILURE, NOTIFY_DEFAULT, NOTIFY_DEFAULT},
    {NOTIFY_SUCCESS, NOTIFY_DEFAULT, NOTIFY_SUCCESS | NOTIFY_FAILURE | NOTIFY_DELAY},
    {NOTIFY_FAILURE, NOTIFY_DELAY, NOTIFY_FAILURE | NOTIFY_DELAY},
};

static void
test_union(void)
{
    for (gsize i = 0; i < G_N_ELEMENTS(unions); i++) {
        g_assert_cmpint(notify_union(unions[i].a, unions[i].b), ==, unions[i].both);
        g_assert_cmpint(notify_union(unions[i].b, unions[i].a), ==, unions[i].both);
    }
}

static const struct {
    Notify       asked;
    GroupReports reports;
    Notify       notify;
} reports[] = {
    {NOTIFY_DEFAULT, REPORTS_UNSET, NOTIFY_DEFAULT},
    {NOTIFY_DEFAULT, REPORTS_ORIGINATOR, NOTIFY_DEFAULT},
    {NOTIFY_SUCCESS, REPORTS_ORIGINATOR, NOTIFY_SUCCESS},
    {NOTIFY_NEVER, REPORTS_ORIGINATOR, NOTIFY_NEVER},
    {NOTIFY_DEFAULT, REPORTS_MANAGER, NOTIFY_FAILURE},
    {NOTIFY_SUCCESS | NOTIFY_DELAY, REPORTS_MANAGER, NOTIFY_FAILURE},
    {NOTIFY_NEVER, REPORTS_MANAGER, NOTIFY_NEVER},
    {NOTIFY_DEFAULT, REPORTS_NOBODY, NOTIFY_NEVER},
    {NOTIFY_SUCCESS, REPORTS_NOBODY, NOTIFY_NEVER},
};

static void
test_reports(void)
{
    for (gsize i = 0; i < G_N_ELEMENTS(reports); i++)
        g_assert_cmpint(notify_for_reports(reports[i].asked, reports[i].reports), ==, reports[i].notify);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/notify/reading", test_reading);
    g_test_add_func("/notify/union", test_union);
    g_test_add_func("/notify/reports", test_reports);
    return g_test_run();
}
