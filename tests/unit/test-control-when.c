/* SPDX-License-Identifier: BSD-2-Clause
 * test-control-when.c - points in time as an administrator writes them, and as answers show them
 */
#include "milter/control.h"

#include <stdlib.h>
#include <time.h>

#define NOW (1000000000 * (gint64)G_USEC_PER_SEC) /* 2001-09-09T01:46:40Z */

static const struct {
    const char *text;
    gint64      seconds; /* from NOW, as an age; 0: no time */
} cases[] = {
    {"2h", 7200},
    {"90min", 5400},
    {"30 s", 30},
    {"3d", 3 * 86400},
    {"1w", 7 * 86400},
    {"0h", 0},
    {"2", 0},
    {"2hours", 0},
    {"-2h", 0},
    {"", 0},
    {"soon", 0},
    {"99999999999999999999d", 0},
    {"100000w", 60480000000},
    {"100001s", 0},
    {"2001-09-09T00:46:40Z", 3600},
    {"2001-09-09T01:46:00", 40},
    {"2001-09-09", 6400},
    {"2001-09-31", 0},
    {"2001-09-09T01:46:40.5+00:01", 59},
};

static void
test_case(gconstpointer data)
{
    gsize    i = GPOINTER_TO_SIZE(data);
    gint64   when = 0, later = 0;
    gboolean read = control_when(cases[i].text, TRUE, NOW, &when);

    g_assert_cmpint(read, ==, cases[i].seconds != 0);
    g_assert_cmpint(control_when(cases[i].text, FALSE, NOW, &later), ==, read);
    if (!read)
        return;
    g_assert_cmpint((NOW - when) / G_USEC_PER_SEC, ==, cases[i].seconds);
    if (!g_str_has_prefix(cases[i].text, "2001"))
        g_assert_cmpint(later - NOW, ==, NOW - when);
    else
        g_assert_cmpint(later, ==, when);
}

/* What is shown can be written again, to the microsecond. */
static void
test_shown(void)
{
    gint64  when = 0;
    json_t *shown = control_time(NOW + 1234);
    json_t *never = control_time(0);

    g_assert_true(json_is_null(never));
    g_assert_true(control_when(json_string_value(shown), TRUE, NOW, &when));
    g_assert_cmpint(when, ==, NOW + 1234);
    json_decref(shown);
    json_decref(never);
}

int
main(int argc, char **argv)
{
    setenv("TZ", "UTC", 1);
    tzset();
    g_test_init(&argc, &argv, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *path = g_strdup_printf("/control-when/%" G_GSIZE_FORMAT, i);
        g_test_add_data_func(path, GSIZE_TO_POINTER(i), test_case);
    }
    g_test_add_func("/control-when/shown", test_shown);
    return g_test_run();
}
