/* SPDX-License-Identifier: BSD-2-Clause
 * test-reply.c - what of a reply reaches libmilter
 */
#include "milter/reply.h"

#include <string.h>

static const struct {
    const char *name, *text, *wire;
} cases[] = {
    {"plain", "Access denied", "Access denied"},
    {"percent-is-doubled", "90% full %s", "90%% full %%s"},
    {"no-line-ends", "a\r\nb", "a??b"},
    {"ascii-only", "jos\xc3\xa9", "jos??"},
    {"empty", "", ""},
};

static void
test_wire(gconstpointer data)
{
    gsize i = GPOINTER_TO_SIZE(data);
    g_auto(Reply) reply = {0};
    reply_set(&reply, 550, "5.7.133", cases[i].text);
    g_autofree char *wire = reply_wire_text(&reply);
    g_assert_cmpstr(wire, ==, cases[i].wire);
}

/* At any length, nothing is longer than libmilter takes, and no `%` is left alone at the end. */
static void
test_length(void)
{
    for (gsize length = 979; length < 1000; length++) {
        g_auto(Reply) reply = {0};
        g_autofree char *text = g_strnfill(length, 'x');
        text[length - 1] = '%';
        text[978] = '%';
        reply_set(&reply, 451, "4.3.5", text);
        g_autofree char *wire = reply_wire_text(&reply);
        gsize            percents = 0;
        for (const char *at = wire; *at != '\0'; at++)
            percents += *at == '%';
        g_assert_cmpuint(strlen(wire), <=, 980);
        g_assert_cmpuint(percents % 2, ==, 0);
    }
}

static void
test_set_again(void)
{
    Reply reply = {0};
    reply_set(&reply, 550, "5.7.1", "first");
    g_assert_true(reply_is_permanent(&reply));
    reply_set(&reply, 451, "4.4.3", "second");
    g_assert_false(reply_is_permanent(&reply));
    g_assert_cmpstr(reply.text, ==, "second");
    g_assert_cmpstr(reply.enhanced, ==, "4.4.3");
    reply_clear(&reply);
    reply_clear(&reply);
    g_assert_cmpint(reply.code, ==, 0);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *path = g_strconcat("/reply/wire/", cases[i].name, NULL);
        g_test_add_data_func(path, GSIZE_TO_POINTER(i), test_wire);
    }
    g_test_add_func("/reply/length", test_length);
    g_test_add_func("/reply/set-again", test_set_again);
    return g_test_run();
}
