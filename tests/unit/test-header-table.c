/* SPDX-License-Identifier: BSD-2-Clause
 * test-header-table.c - how often each header field occurs, within bounds
 */
#include "milter/header-table.h"

static void
test_counts(void)
{
    HeaderTable table = {0};
    gsize       n;
    g_assert_null(header_table_items(&table, &n));
    g_assert_cmpuint(n, ==, 0);
    header_table_count(&table, "X-One");
    header_table_count(&table, "X-Two");
    header_table_count(&table, "x-one");
    header_table_count(&table, "X-One \t");
    header_table_count(&table, "X-On");
    const HeaderCount *items = header_table_items(&table, &n);
    g_assert_cmpuint(n, ==, 3);
    g_assert_cmpstr(items[0].name, ==, "X-One");
    g_assert_cmpuint(items[0].occurrences, ==, 3);
    g_assert_cmpstr(items[2].name, ==, "X-On");
    g_assert_cmpuint(items[2].occurrences, ==, 1);
    g_assert_cmpuint(table.fields, ==, 5);
    header_table_clear(&table);
    header_table_clear(&table);
    g_assert_null(header_table_items(&table, &n));
    g_assert_cmpuint(table.fields, ==, 0);
}

static void
test_names_are_bounded(void)
{
    HeaderTable table = {0};
    for (int i = 0; i < HEADER_TABLE_MOST_NAMES; i++) {
        g_autofree char *name = g_strdup_printf("X-%d", i);
        header_table_count(&table, name);
    }
    g_assert_false(table.overflow);
    header_table_count(&table, "X-0");
    g_assert_false(table.overflow);
    header_table_count(&table, "X-one-too-many");
    g_assert_true(table.overflow);
    header_table_clear(&table);
    g_assert_false(table.overflow);
}

static void
test_lengths_are_bounded(void)
{
    HeaderTable      table = {0};
    g_autofree char *longest = g_strnfill(HEADER_TABLE_LONGEST_NAME, 'x');
    g_autofree char *longer = g_strnfill(HEADER_TABLE_LONGEST_NAME + 1, 'x');
    header_table_count(&table, longest);
    g_assert_false(table.overflow);
    header_table_count(&table, longer);
    g_assert_true(table.overflow);
    g_assert_cmpuint(table.counts->len, ==, 1);
    header_table_clear(&table);
}

static void
test_fields_are_bounded(void)
{
    HeaderTable table = {0};
    for (int i = 0; i < HEADER_TABLE_MOST_FIELDS; i++)
        header_table_count(&table, "X-Same");
    g_assert_false(table.overflow);
    header_table_count(&table, "X-Same");
    g_assert_true(table.overflow);
    gsize              n;
    const HeaderCount *items = header_table_items(&table, &n);
    g_assert_cmpuint(n, ==, 1);
    g_assert_cmpuint(items[0].occurrences, ==, HEADER_TABLE_MOST_FIELDS);
    header_table_clear(&table);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/header-table/counts", test_counts);
    g_test_add_func("/header-table/names-are-bounded", test_names_are_bounded);
    g_test_add_func("/header-table/lengths-are-bounded", test_lengths_are_bounded);
    g_test_add_func("/header-table/fields-are-bounded", test_fields_are_bounded);
    return g_test_run();
}
