/* SPDX-License-Identifier: BSD-2-Clause
 * test-notices.c - once for each text, in bounded memory
 */
#include "milter/notices.h"

static void
test_once(void)
{
    g_autoptr(Notices) notices = notices_new(10);
    g_assert_true(notices_is_first(notices, "a"));
    g_assert_true(notices_is_first(notices, "b"));
    g_assert_false(notices_is_first(notices, "a"));
    g_assert_false(notices_is_first(notices, "b"));
}

/* When full it forgets, rather than growing or falling silent. */
static void
test_bounded(void)
{
    g_autoptr(Notices) notices = notices_new(3);
    g_assert_true(notices_is_first(notices, "a"));
    g_assert_true(notices_is_first(notices, "b"));
    g_assert_true(notices_is_first(notices, "c"));
    g_assert_false(notices_is_first(notices, "a"));
    g_assert_true(notices_is_first(notices, "d"));
    g_assert_true(notices_is_first(notices, "a"));
    g_assert_false(notices_is_first(notices, "d"));
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/notices/once", test_once);
    g_test_add_func("/notices/bounded", test_bounded);
    return g_test_run();
}
