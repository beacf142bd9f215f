/* SPDX-License-Identifier: BSD-2-Clause
 * test-secret.c - the file of the tenant's secret, and what matches it
 */
#include "origin/secret.h"

#include "rollcall/origin.h"

#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define ONE "0123456789abcdef"
#define OTHER "another-secret-value"

static const struct {
    const char *name, *text;
    guint       mode;
    const char *problem; /* NULL: none */
} files[] = {
    {"one", ONE "\n", 0600, NULL},
    {"one-without-newline", ONE, 0400, NULL},
    {"readable-by-group", ONE "\n", 0640, NULL},
    {"two", ONE "\n" OTHER "\n", 0600, NULL},
    {"dos-lines", ONE "\r\n" OTHER "\r\n", 0600, NULL},
    {"empty-lines", "\n" ONE "\n\n", 0600, NULL},
    {"empty", "", 0600, "holds no value"},
    {"only-newlines", "\n\n", 0600, "holds no value"},
    {"three", ONE "\n" ONE "\n" ONE "\n", 0600, "more than two values"},
    {"short", "0123456789abcde\n", 0600, "16 to 256"},
    {"short-second", ONE "\nx\n", 0600, "16 to 256"},
    {"blank-inside", "0123456789 abcdef\n", 0600, "without blanks"},
    {"8-bit", "0123456789abcd\xc3\xa9\n", 0600, "printable ASCII"},
    {"readable-by-all", ONE "\n", 0644, "open to everybody"},
    {"writable-by-all", ONE "\n", 0602, "open to everybody"},
    {"writable-by-group", ONE "\n", 0620, "group may write"},
};

static void
test_file(gconstpointer data)
{
    gsize i = GPOINTER_TO_SIZE(data);
    g_autoptr(GError) error = NULL;
    g_autofree char *file = NULL;
    close(g_file_open_tmp("secret-XXXXXX", &file, NULL));
    g_assert_true(g_file_set_contents(file, files[i].text, -1, NULL));
    g_assert_cmpint(chmod(file, files[i].mode), ==, 0);
    g_autoptr(Secret) secret = secret_load(file, &error);
    g_unlink(file);
    if (files[i].problem == NULL) {
        g_assert_no_error(error);
        g_assert_true(secret_matches(secret, ONE, strlen(ONE)));
        return;
    }
    g_assert_null(secret);
    g_assert_error(error, ORIGIN_ERROR, ORIGIN_ERROR_SECRET);
    g_assert_nonnull(strstr(error->message, files[i].problem));
    g_assert_null(strstr(error->message, "0123456789"));
}

static void
test_unusable(void)
{
    g_autofree char *directory = g_dir_make_tmp("secret-XXXXXX", NULL);
    g_autofree char *pipe = g_build_filename(directory, "pipe", NULL);
    g_assert_cmpint(mkfifo(pipe, 0600), ==, 0);
    const char *const paths[] = {directory, pipe, "/nonexistent/secret"};
    for (gsize i = 0; i < G_N_ELEMENTS(paths); i++) {
        g_autoptr(GError) error = NULL;
        g_assert_null(secret_load(paths[i], &error));
        g_assert_error(error, ORIGIN_ERROR, ORIGIN_ERROR_SECRET);
    }
    g_unlink(pipe);
    g_rmdir(directory);
}

static void
test_large(void)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *file = NULL;
    g_autofree char *text = g_strnfill(100000, '\n');
    int              descriptor = g_file_open_tmp("secret-XXXXXX", &file, NULL);
    g_assert_cmpint(write(descriptor, text, 100000), ==, 100000);
    close(descriptor);
    g_assert_null(secret_load(file, &error));
    g_assert_nonnull(strstr(error->message, "too large"));
    g_unlink(file);
}

static const struct {
    const char *value;
    gboolean    matches;
} values[] = {
    {ONE, TRUE},
    {OTHER, TRUE},
    {"", FALSE},
    {"0123456789abcde", FALSE},
    {ONE "0", FALSE},
    {" " ONE, FALSE},
    {"0123456789ABCDEF", FALSE},
    {ONE "\n" OTHER, FALSE},
    {ONE OTHER, FALSE},
};

static void
test_matches(void)
{
    g_autofree char *file = NULL;
    g_autofree char *huge = g_strnfill(1000000, '0');
    close(g_file_open_tmp("secret-XXXXXX", &file, NULL));
    g_assert_true(g_file_set_contents(file, ONE "\n" OTHER "\n", -1, NULL));
    g_assert_cmpint(chmod(file, 0600), ==, 0);
    g_autoptr(Secret) secret = secret_load(file, NULL);
    g_unlink(file);
    for (gsize i = 0; i < G_N_ELEMENTS(values); i++)
        g_assert_cmpint(secret_matches(secret, values[i].value, strlen(values[i].value)), ==, values[i].matches);
    g_assert_false(secret_matches(secret, huge, 1000000));
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS(files); i++) {
        g_autofree char *path = g_strconcat("/secret/file/", files[i].name, NULL);
        g_test_add_data_func(path, GSIZE_TO_POINTER(i), test_file);
    }
    g_test_add_func("/secret/unusable", test_unusable);
    g_test_add_func("/secret/large", test_large);
    g_test_add_func("/secret/matches", test_matches);
    return g_test_run();
}
