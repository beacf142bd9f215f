/* SPDX-License-Identifier: BSD-2-Clause
 * test-names.c - the addresses of a roster as a block: what differs, what is taken from a file and what is not
 */
#include "resolver/state/names.h"
#include "tests/unit/state-help.h"

#include <string.h>

static const struct {
    const char *name, *before, *after;
    gsize       joined, left;
    const char *without, *all; /* before without after; either */
} pairs[] = {
    {"same", "a b c", "a b c", 0, 0, "", "a b c"},
    {"joined", "b", "a b c", 2, 0, "", "a b c"},
    {"left", "a b c", "b", 0, 2, "a c", "a b c"},
    {"others", "a b", "c d", 2, 2, "a b", "a b c d"},
    {"mixed", "a c e", "b c d", 2, 2, "a e", "a b c d e"},
    {"from-nobody", "", "a", 1, 0, "", "a"},
    {"to-nobody", "a", "", 0, 1, "a", "a"},
    {"nobody", "", "", 0, 0, "", ""},
    {"case", "Ann", "aNN", 0, 0, "", "ann"},
};

static char *
locals_of(const Names *names)
{
    g_auto(GStrv) text = names_to_text(names);

    for (char **one = text; *one != NULL; one++)
        *strchr(*one, '@') = '\0';
    return g_strjoinv(" ", text);
}

static void
test_pair(gconstpointer data)
{
    gsize i = GPOINTER_TO_SIZE(data), joined, left;
    g_autoptr(Roster) before = help_roster(pairs[i].before);
    g_autoptr(Roster) after = help_roster(pairs[i].after);
    g_autoptr(Names) then = names_of_roster(before);
    g_autoptr(Names) now = names_of_roster(after);
    g_autoptr(Names) without = names_without(then, now);
    g_autoptr(Names) all = names_union(then, now);
    g_autofree char *without_text = locals_of(without), *all_text = locals_of(all);

    names_compare(then, after, &joined, &left);
    g_assert_cmpuint(joined, ==, pairs[i].joined);
    g_assert_cmpuint(left, ==, pairs[i].left);
    g_assert_cmpstr(without_text, ==, pairs[i].without);
    g_assert_cmpstr(all_text, ==, pairs[i].all);

    gsize         length;
    gconstpointer block = names_block(then, &length);
    g_autoptr(Names) again = names_of_block(block, length);
    g_assert_nonnull(again);
    g_assert_cmpuint(names_count(again), ==, names_count(then));
}

static const struct {
    const char *name, *block;
    gsize       length;
    gboolean    good;
} blocks[] = {
    {"empty", "", 0, TRUE},
    {"one", "a\0", 2, TRUE},
    {"two", "a\0b\0", 4, TRUE},
    {"no-end", "ab", 2, FALSE},
    {"not-sorted", "b\0a\0", 4, FALSE},
    {"twice", "a\0a\0", 4, FALSE},
    {"empty-address", "\0", 1, FALSE},
    {"empty-last", "a\0\0", 3, FALSE},
};

static void
test_block(gconstpointer data)
{
    gsize            i = GPOINTER_TO_SIZE(data);
    g_autofree char *copy = g_memdup2(blocks[i].block, blocks[i].length);
    g_autoptr(Names) names = names_of_block(copy, blocks[i].length);

    g_assert_true((names != NULL) == blocks[i].good);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS(pairs); i++) {
        g_autofree char *path = g_strconcat("/names/pair/", pairs[i].name, NULL);
        g_test_add_data_func(path, GSIZE_TO_POINTER(i), test_pair);
    }
    for (gsize i = 0; i < G_N_ELEMENTS(blocks); i++) {
        g_autofree char *path = g_strconcat("/names/block/", blocks[i].name, NULL);
        g_test_add_data_func(path, GSIZE_TO_POINTER(i), test_block);
    }
    return g_test_run();
}
