/* SPDX-License-Identifier: BSD-2-Clause
 * test-output.c - what the command writes: nothing from a directory acts on the terminal
 */
#include "admin/output.h"

static const struct {
    const char *name, *text, *shown;
} escapes[] = {
    {"plain", "CN=Ann,DC=example", "CN=Ann,DC=example"},
    {"umlaut", "CN=M\xc3\xbcller", "CN=M\xc3\xbcller"},
    {"clear-screen", "a\x1b[2Jb", "a\\1b[2Jb"},
    {"newline", "a\nb\r\tc", "a\\0ab\\0d\\09c"},
    {"delete", "a\x7f", "a\\7f"},
    {"eight-bit-control",
     "a\xc2\x9b"
     "2J",
     "a\\c2\\9b2J"},
    {"right-to-left",
     "a\xe2\x80\xae"
     "b",
     "a\\e2\\80\\aeb"},
    {"line-separator",
     "a\xe2\x80\xa8"
     "b",
     "a\\e2\\80\\a8b"},
    {"not-utf-8", "a\xff\xc3", "a\\ff\\c3"},
    {"backslash-stays", "CN=a\\,b", "CN=a\\,b"},
};

static void
test_escape(gconstpointer data)
{
    gsize            i = GPOINTER_TO_SIZE(data);
    g_autofree char *shown = output_escape(escapes[i].text);

    g_assert_cmpstr(shown, ==, escapes[i].shown);
}

static void
test_json_text(void)
{
    json_t *text = output_json_text("a\xff");
    json_t *none = output_json_text(NULL);

    g_assert_true(json_is_string(text));
    g_assert_cmpstr(json_string_value(text), ==, "a\xef\xbf\xbd");
    g_assert_true(json_is_null(none));
    json_decref(text);
    json_decref(none);
}

static void
print_table(void)
{
    OutputTable *table = output_table_new(2);

    output_table_add(table, "ROUTE", "DN");
    output_table_add(table, "j\xc3\xb6@example.com", "CN=J\x1b");
    output_table_print(table);
}

static void
print_json(void)
{
    output_json(json_pack("[o]", output_json_text("\xc2\x9b")));
}

/* Standard output is the subject, so each runs in a process of its own. */
static void
test_table(void)
{
    if (g_test_subprocess()) {
        print_table();
        return;
    }
    g_test_trap_subprocess(NULL, 0, 0);
    g_test_trap_assert_passed();
    g_test_trap_assert_stdout("*ROUTE           DN\nj\xc3\xb6@example.com  CN=J\\1b\n*");
}

static void
test_json_control(void)
{
    if (g_test_subprocess()) {
        print_json();
        return;
    }
    g_test_trap_subprocess(NULL, 0, 0);
    g_test_trap_assert_passed();
    g_test_trap_assert_stdout("*\"\\u009?\"*");
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS(escapes); i++) {
        g_autofree char *path = g_strconcat("/output/escape/", escapes[i].name, NULL);
        g_test_add_data_func(path, GSIZE_TO_POINTER(i), test_escape);
    }
    g_test_add_func("/output/json-text", test_json_text);
    g_test_add_func("/output/table", test_table);
    g_test_add_func("/output/json-control", test_json_control);
    return g_test_run();
}
