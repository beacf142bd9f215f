/* SPDX-License-Identifier: BSD-2-Clause
 * test-trace.c - the trace header: who can make it, what it matches, and its key file
 */
#include "milter/trace.h"

#include <glib/gstdio.h>

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { TODAY = 20000 };

static TraceKey *
some_key(guint8 fill)
{
    guint8 octets[TRACE_KEY_LENGTH];
    memset(octets, fill, sizeof octets);
    return trace_key_new(octets);
}

static const struct {
    const char *name;
    guint8      key;
    const char *group, *message_id;
    gint64      day;    /* of the expansion, against TODAY */
    const char *around; /* put around the value */
    gboolean    found;
} cases[] = {
    {"same-day", 1, "group-1", "<m@e.org>", 0, "", TRUE},
    {"yesterday", 1, "group-1", "<m@e.org>", -1, "", TRUE},
    {"as-long-as-queues-keep-mail", 1, "group-1", "<m@e.org>", -7, "", TRUE},
    {"longer", 1, "group-1", "<m@e.org>", -8, "", FALSE},
    {"a-clock-ahead-at-midnight", 1, "group-1", "<m@e.org>", 1, "", TRUE},
    {"another-key", 2, "group-1", "<m@e.org>", 0, "", FALSE},
    {"another-group", 1, "group-2", "<m@e.org>", 0, "", FALSE},
    {"another-message", 1, "group-1", "<n@e.org>", 0, "", FALSE},
    {"no-message-id", 1, "group-1", NULL, 0, "", FALSE},
    {"message-id-folded", 1, "group-1", "\r\n <m@e.org>\r\n", 0, "", TRUE},
    {"value-folded", 1, "group-1", "<m@e.org>", 0, "\r\n\t", TRUE},
    {"parts-cannot-run-together", 1, "group-1<m@e.org>", "", 0, "", FALSE},
};

static void
test_match(gconstpointer data)
{
    gsize i = GPOINTER_TO_SIZE(data);
    g_autoptr(TraceKey) maker = some_key(cases[i].key);
    g_autoptr(TraceKey) reader = some_key(1);
    g_autofree char  *value = trace_value(maker, cases[i].group, cases[i].message_id, TODAY + cases[i].day);
    g_autofree char  *field = g_strconcat(cases[i].around, value, cases[i].around, NULL);
    const char *const values[] = {"something else", "", field, NULL};
    g_assert_cmpuint(strlen(value), ==, TRACE_VALUE_LENGTH);
    g_assert_cmpint(trace_is_present(reader, "group-1", "<m@e.org>", TODAY, values), ==, cases[i].found);
}

/* One value worked out apart from the code, so that a change of the scheme, which would make relays of two versions
 * strangers, does not go unseen: printf 'rollcall trace 1\0group-1\0<m@e.org>\00020000' | openssl dgst -sha256 -mac HMAC
 * -macopt hexkey:0101...01 -binary | base64 */
static void
test_known_value(void)
{
    g_autoptr(TraceKey) key = some_key(1);
    g_autofree char *value = trace_value(key, "group-1", "<m@e.org>", TODAY);
    g_assert_cmpstr(value, ==, "cfi1lO5m5L0DjPvwskhfCfFqVqCIQlhYAAqAuhYTFLc=");
}

static void
test_no_values(void)
{
    g_autoptr(TraceKey) key = some_key(1);
    const char *const none[] = {NULL};
    g_assert_false(trace_is_present(key, "group-1", "<m@e.org>", TODAY, none));
}

static void
test_day(void)
{
    g_assert_cmpint(trace_day(0), ==, 0);
    g_assert_cmpint(trace_day(86399), ==, 0);
    g_assert_cmpint(trace_day(86400), ==, 1);
}

static char *
make_directory(void)
{
    char *directory = g_dir_make_tmp("trace-XXXXXX", NULL);
    g_assert_nonnull(directory);
    return directory;
}

static void
test_key_file_is_made_once(void)
{
    g_autofree char *directory = make_directory();
    g_autofree char *file = g_build_filename(directory, "trace.key", NULL);
    g_autoptr(GError) error = NULL;
    struct stat found;

    g_assert_null(trace_key_load(file, FALSE, &error));
    g_assert_error(error, TRACE_ERROR, TRACE_ERROR_KEY_FILE);
    g_clear_error(&error);

    g_autoptr(TraceKey) first = trace_key_load(file, TRUE, &error);
    g_assert_no_error(error);
    g_assert_cmpint(stat(file, &found), ==, 0);
    g_assert_cmpint(found.st_mode & 0777, ==, 0640);
    g_assert_cmpint(found.st_size, ==, TRACE_KEY_LENGTH);

    g_autoptr(TraceKey) second = trace_key_load(file, TRUE, &error);
    g_assert_no_error(error);
    g_autofree char *one = trace_value(first, "g", "m", TODAY);
    g_autofree char *other = trace_value(second, "g", "m", TODAY);
    g_assert_cmpstr(one, ==, other);
    g_unlink(file);
    g_rmdir(directory);
}

static void
test_key_file_of_wrong_length(void)
{
    static const gssize lengths[] = {0, 31, 33};
    g_autofree char    *directory = make_directory();
    g_autofree char    *file = g_build_filename(directory, "trace.key", NULL);
    for (gsize i = 0; i < G_N_ELEMENTS(lengths); i++) {
        g_autoptr(GError) error = NULL;
        g_autofree char *text = g_strnfill(40, 'k');
        g_assert_true(g_file_set_contents(file, text, lengths[i], NULL));
        g_assert_null(trace_key_load(file, TRUE, &error));
        g_assert_error(error, TRACE_ERROR, TRACE_ERROR_KEY_FILE);
    }
    g_unlink(file);
    g_rmdir(directory);
}

static void
test_key_file_without_directory(void)
{
    g_autofree char *directory = make_directory();
    g_autofree char *file = g_build_filename(directory, "missing", "trace.key", NULL);
    g_autoptr(GError) error = NULL;
    g_assert_null(trace_key_load(file, TRUE, &error));
    g_assert_error(error, TRACE_ERROR, TRACE_ERROR_KEY_FILE);
    g_rmdir(directory);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *path = g_strconcat("/trace/match/", cases[i].name, NULL);
        g_test_add_data_func(path, GSIZE_TO_POINTER(i), test_match);
    }
    g_test_add_func("/trace/known-value", test_known_value);
    g_test_add_func("/trace/no-values", test_no_values);
    g_test_add_func("/trace/day", test_day);
    g_test_add_func("/trace/key-file/made-once", test_key_file_is_made_once);
    g_test_add_func("/trace/key-file/wrong-length", test_key_file_of_wrong_length);
    g_test_add_func("/trace/key-file/no-directory", test_key_file_without_directory);
    return g_test_run();
}
