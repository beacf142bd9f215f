/* SPDX-License-Identifier: BSD-2-Clause
 * test-message-file.c - the headers of a message in a file
 */
#include "admin/message-file.h"

#include <string.h>

#define TEXT(text) text, sizeof text - 1

static const struct {
    const char *name, *text;
    gsize       length;
    const char *headers; /* NAME=VALUE| ... */
} cases[] = {
    {"plain", TEXT("From: a@b\nTo: c@d\n\nBody: x\n"), "From=a@b|To=c@d|"},
    {"crlf", TEXT("From: a@b\r\nTo: c@d\r\n\r\nBody: x\r\n"), "From=a@b|To=c@d|"},
    {"no-body", TEXT("From: a@b"), "From=a@b|"},
    {"no-headers", TEXT("\nFrom: a@b\n"), ""},
    {"empty", TEXT(""), ""},
    {"folded", TEXT("X: a\n b\n\tc\nTo: d\n"), "X=a\n b\n\tc|To=d|"},
    {"folded-crlf", TEXT("X: a\r\n b\r\n\r\n"), "X=a\n b|"},
    {"folded-blank-line", TEXT("X: a\n \nTo: d\n\n"), "X=a\n |To=d|"},
    {"without-blank", TEXT("X:a\nY:\n\n"), "X=a|Y=|"},
    {"blank-before-colon", TEXT("X : a\n\n"), "X =a|"},
    {"mbox", TEXT("From a@b Sat Nov 21 2026\nX: a\n\n"), "X=a|"},
    {"mbox-later-ends-headers", TEXT("X: a\nFrom a@b Sat\nY: b\n\n"), "X=a|"},
    {"no-header-ends-headers", TEXT("X: a\nhello world: x\nY: b\n\n"), "X=a|"},
    {"continuation-without-header", TEXT(" a\nX: b\n\n"), ""},
    {"nul-in-value", TEXT("X: a\0b\nY: c\n\n"), "X=a|Y=c|"},
    {"nul-in-name", TEXT("X\0: a\nY: c\n\n"), ""},
    {"colon-first", TEXT(": a\nX: b\n\n"), ""},
};

static void
take(const char *name, const char *value, gpointer user_data)
{
    g_string_append_printf(user_data, "%s=%s|", name, value);
}

static FILE *
file_with(const char *text, gsize length)
{
    FILE *file = tmpfile();
    g_assert_cmpuint(fwrite(text, 1, length, file), ==, length);
    rewind(file);
    return file;
}

static void
test_case(gconstpointer data)
{
    gsize i = GPOINTER_TO_SIZE(data);
    g_autoptr(GError) error = NULL;
    g_autoptr(GString) headers = g_string_new(NULL);
    FILE *file = file_with(cases[i].text, cases[i].length);
    g_assert_true(message_file_read(file, take, headers, &error));
    g_assert_no_error(error);
    g_assert_cmpstr(headers->str, ==, cases[i].headers);
    fclose(file);
}

static void
test_endless(void)
{
    g_autofree char *line = g_strnfill(3 << 20, 'x');
    for (guint folded = 0; folded < 2; folded++) {
        g_autoptr(GError) error = NULL;
        g_autoptr(GString) headers = g_string_new(NULL);
        memcpy(line, "X: ", 3);
        for (gsize i = 80; folded && i < 3 << 20; i += 80)
            memcpy(line + i, "\n ", 2);
        FILE *file = file_with(line, 3 << 20);
        g_assert_false(message_file_read(file, take, headers, &error));
        g_assert_error(error, G_FILE_ERROR, G_FILE_ERROR_FAILED);
        g_assert_cmpstr(headers->str, ==, "");
        fclose(file);
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *path = g_strconcat("/message-file/", cases[i].name, NULL);
        g_test_add_data_func(path, GSIZE_TO_POINTER(i), test_case);
    }
    g_test_add_func("/message-file/endless", test_endless);
    return g_test_run();
}
