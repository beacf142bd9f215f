/* SPDX-License-Identifier: BSD-2-Clause
 * test-memo.c - what is remembered, for how long, and how much of it
 */
#include "resolver/memo.h"

/* A thing is a counted string. */
static gpointer
ref(gpointer thing)
{
    return g_rc_box_acquire(thing);
}

static void
unref(gpointer thing)
{
    g_rc_box_release(thing);
}

static char *
thing_new(char letter)
{
    char *thing = g_rc_box_alloc0(2);
    thing[0] = letter;
    return thing;
}

static void
put(Memo *memo, guint64 version, const char *key, char letter, gsize weight)
{
    char *thing = thing_new(letter);
    memo_put(memo, version, key, thing, weight);
    unref(thing);
}

/* '-' for nothing. */
static char
get(Memo *memo, guint64 version, const char *key)
{
    char *thing = memo_get(memo, version, key);
    char  letter = thing != NULL ? thing[0] : '-';
    if (thing != NULL)
        unref(thing);
    return letter;
}

static void
test_one_version(void)
{
    g_autoptr(Memo) memo = memo_new(10, ref, unref);

    put(memo, 5, "a", 'A', 1);
    put(memo, 5, "b", 'B', 1);
    put(memo, 5, "a", 'X', 1);
    g_assert_cmpint(get(memo, 5, "a"), ==, 'A');
    g_assert_cmpint(get(memo, 5, "b"), ==, 'B');
    g_assert_cmpint(get(memo, 5, "c"), ==, '-');
    g_assert_cmpint(get(memo, 4, "a"), ==, '-');
    g_assert_cmpint(get(memo, 6, "a"), ==, '-');
}

static void
test_versions(void)
{
    g_autoptr(Memo) memo = memo_new(10, ref, unref);

    put(memo, 5, "a", 'A', 1);
    put(memo, 6, "b", 'B', 1);
    g_assert_cmpint(get(memo, 5, "a"), ==, '-');
    g_assert_cmpint(get(memo, 6, "b"), ==, 'B');
    /* whoever was still at work on the former version does no harm */
    put(memo, 5, "b", 'X', 1);
    put(memo, 5, "a", 'X', 1);
    g_assert_cmpint(get(memo, 6, "b"), ==, 'B');
    g_assert_cmpint(get(memo, 6, "a"), ==, '-');
    put(memo, 0, "a", 'X', 1);
    g_assert_cmpint(get(memo, 0, "a"), ==, '-');
}

static void
test_weight(void)
{
    g_autoptr(Memo) memo = memo_new(10, ref, unref);

    put(memo, 1, "a", 'A', 4);
    put(memo, 1, "b", 'B', 6);
    g_assert_cmpint(get(memo, 1, "a"), ==, 'A');
    put(memo, 1, "c", 'C', 1);
    g_assert_cmpint(get(memo, 1, "a"), ==, '-');
    g_assert_cmpint(get(memo, 1, "b"), ==, '-');
    g_assert_cmpint(get(memo, 1, "c"), ==, 'C');
    put(memo, 1, "d", 'D', 11);
    g_assert_cmpint(get(memo, 1, "d"), ==, '-');
    g_assert_cmpint(get(memo, 1, "c"), ==, 'C');
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/memo/one-version", test_one_version);
    g_test_add_func("/memo/versions", test_versions);
    g_test_add_func("/memo/weight", test_weight);
    return g_test_run();
}
