/* SPDX-License-Identifier: BSD-2-Clause
 * test-maillog.c - text from outside stays one line of the log, and a line comes out as one
 */
#include "milter/maillog.h"

#include <string.h>
#include <unistd.h>

static const struct {
    const char *name, *text, *escaped;
} cases[] = {
    {"plain", "ann@example.com", "ann@example.com"},
    {"line-end", "a\nb@e.org", "a\\x0ab@e.org"},
    {"carriage-return-and-tab", "a\r\tb", "a\\x0d\\x09b"},
    {"brackets-cannot-close", "a>b<c", "a\\x3eb\\x3cc"},
    {"quotes-cannot-close", "a\"b", "a\\x22b"},
    {"backslash-is-unambiguous", "a\\x0a", "a\\x5cx0a"},
    {"blank-stays", "a b", "a b"},
    {"utf-8-stays", "jos\xc3\xa9@e.org", "jos\xc3\xa9@e.org"},
    {"not-utf-8", "jos\xe9@e.org", "jos\\xe9@e.org"},
    {"cut-short-utf-8", "a\xc3", "a\\xc3"},
    {"overlong-utf-8", "a\xc0\xaf", "a\\xc0\\xaf"},
    {"right-to-left-override",
     "a\xe2\x80\xae"
     "b",
     "a\\xe2\\x80\\xaeb"},
    {"next-line", "a\xc2\x85z", "a\\xc2\\x85z"},
    {"line-separator", "a\xe2\x80\xa8z", "a\\xe2\\x80\\xa8z"},
    {"empty", "", ""},
};

static void
test_escape(gconstpointer data)
{
    gsize            i = GPOINTER_TO_SIZE(data);
    g_autofree char *escaped = maillog_escape(cases[i].text);
    g_assert_cmpstr(escaped, ==, cases[i].escaped);
}

static void
test_long_text_is_cut(void)
{
    g_autofree char *text = g_strnfill(100000, '\n');
    g_autofree char *escaped = maillog_escape(text);
    g_assert_cmpuint(strlen(escaped), <=, 512 * 4 + 3);
    g_assert_true(g_str_has_suffix(escaped, "..."));
}

static void
test_line(void)
{
    g_autofree char *name = NULL;
    g_autofree char *text = NULL;
    int              descriptor = g_file_open_tmp("maillog-XXXXXX", &name, NULL);
    g_assert_cmpint(descriptor, >=, 0);
    maillog_open_descriptor(descriptor);
    maillog(MAILLOG_INFO, "%s: expanded: members=%d", "4bQx", 3);
    maillog(MAILLOG_WARNING, "warning: %s", "%s%n");
    maillog_open_descriptor(STDERR_FILENO);
    close(descriptor);
    g_assert_true(g_file_get_contents(name, &text, NULL, NULL));
    unlink(name);

    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    g_assert_cmpuint(g_strv_length(lines), ==, 3);
    g_autofree char *first = g_strdup_printf("rollcalld[%ld]: 4bQx: expanded: members=3", (long)getpid());
    g_assert_true(g_str_has_suffix(lines[0], first));
    g_assert_true(g_str_has_suffix(lines[1], "]: warning: %s%n"));
    g_assert_cmpstr(lines[2], ==, "");
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *path = g_strconcat("/maillog/escape/", cases[i].name, NULL);
        g_test_add_data_func(path, GSIZE_TO_POINTER(i), test_escape);
    }
    g_test_add_func("/maillog/long-text-is-cut", test_long_text_is_cut);
    g_test_add_func("/maillog/line", test_line);
    return g_test_run();
}
