/* SPDX-License-Identifier: BSD-2-Clause
 * test-notify.c - reading NOTIFY, and uniting two of them
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

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/notify/reading", test_reading);
    g_test_add_func("/notify/union", test_union);
    return g_test_run();
}
