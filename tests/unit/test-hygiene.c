/* SPDX-License-Identifier: BSD-2-Clause
 * test-hygiene.c - which header fields go from which message
 */
#include "milter/conclusion.h"
#include "tests/unit/milter-help.h"

#include <unistd.h>

#define SECRET "[origin]\nexchange-online = certificate\ntenant-header = X-Secret\ntenant-secret-file = %s\n%s"

static const struct {
    const char *name, *keys, *milter, *recipient;
    guint       x_secret, x_ms, x_split, x_trace; /* whether each goes */
} hygiene[] = {
    {"no-group", "", "", "<p@e.org>", 1, 0, 0, 0},
    {"group", "", "", "<g1@e.org>", 1, 1, 1, 0},
    {"observed", "", "mode = observe\n", "<g1@e.org>", 1, 0, 0, 0},
    {"all", "strip-trust-headers = all\n", "", "<p@e.org>", 1, 1, 0, 0},
    {"all-observed", "strip-trust-headers = all\n", "mode = observe\n", "<p@e.org>", 1, 0, 0, 0},
    {"never", "strip-trust-headers = never\n", "", "<g1@e.org>", 1, 0, 1, 0},
};

static guint
removed(const Edits *edits, const char *name)
{
    guint n = 0;
    for (guint i = 0; edits->changes != NULL && i < edits->changes->len; i++) {
        const HeaderChange *change = &g_array_index(edits->changes, HeaderChange, i);
        n += g_ascii_strcasecmp(change->name, name) == 0 && change->value == NULL;
    }
    return n;
}

static void
test_hygiene(gconstpointer data)
{
    gsize            i = GPOINTER_TO_SIZE(data);
    g_autofree char *file = NULL;
    int              secret = g_file_open_tmp("milter-test-XXXXXX", &file, NULL);
    g_assert_cmpint(write(secret, "0123456789abcdef0123\n", 21), ==, 21);
    g_autofree char *origin = g_strdup_printf(SECRET, file, hygiene[i].keys);
    g_autofree char *keys = g_strconcat(hygiene[i].milter, origin, NULL);
    Help             help;
    help_setup(&help, keys);
    close(secret);
    unlink(file);
    help_mail(&help, "<s@n.org>");
    help_take(&help, hygiene[i].recipient);
    transaction_header(&help.transaction, "x-secret", "guessed");
    transaction_header(&help.transaction, "X-Secret", "again");
    transaction_header(&help.transaction, "X-MS-Exchange-Organization-AuthAs", "Internal");
    transaction_header(&help.transaction, SPLIT_HEADER, "x");
    transaction_header(&help.transaction, TRACE_HEADER, "x");
    transaction_header(&help.transaction, "Subject", "x");
    g_auto(Conclusion) conclusion;
    help_finish(&help, &conclusion);
    g_assert_cmpint(conclusion.kind, ==, CONCLUSION_EDIT);
    g_assert_cmpuint(removed(&conclusion.edits, "X-Secret"), ==, 2 * hygiene[i].x_secret);
    g_assert_cmpuint(removed(&conclusion.edits, "X-MS-Exchange-Organization-AuthAs"), ==, hygiene[i].x_ms);
    g_assert_cmpuint(removed(&conclusion.edits, SPLIT_HEADER), ==, hygiene[i].x_split);
    g_assert_cmpuint(removed(&conclusion.edits, TRACE_HEADER), ==, hygiene[i].x_trace);
    g_assert_cmpuint(removed(&conclusion.edits, "Subject"), ==, 0);
    help_teardown(&help);
}

static void
test_too_many_headers(void)
{
    Help help;
    help_setup(&help, "");
    help_mail(&help, "<s@n.org>");
    help_take(&help, "<g1@e.org>");
    for (int i = 0; i < 2000; i++)
        transaction_header(&help.transaction, "X-MS-Exchange-Organization-AuthAs", "Internal");
    g_auto(Conclusion) conclusion;
    help_finish(&help, &conclusion);
    g_assert_cmpint(conclusion.kind, ==, CONCLUSION_REPLY);
    g_assert_cmpint(conclusion.reply.code, ==, 554);
    help_teardown(&help);
}

/* Nothing of it would ever be removed from what is not ours, but for a tenant's secret, or by strip-trust-headers. */
static void
test_too_many_headers_of_others(void)
{
    static const struct {
        const char *keys;
        gboolean    refused;
    } cases[] = {
        {"", FALSE},
        {"mode = observe\n", FALSE},
        {"[origin]\nstrip-trust-headers = all\n", TRUE},
        {"mode = observe\n[origin]\nstrip-trust-headers = all\n", FALSE},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        Help help;
        help_setup(&help, cases[i].keys);
        help_mail(&help, "<s@n.org>");
        help_take(&help, "<x@n.org>");
        for (int n = 0; n < 2000; n++)
            transaction_header(&help.transaction, "X-MS-Exchange-Organization-AuthAs", "Internal");
        g_auto(Conclusion) conclusion;
        help_finish(&help, &conclusion);
        g_assert_cmpint(conclusion.kind, ==, cases[i].refused ? CONCLUSION_REPLY : CONCLUSION_NOTHING);
        help_teardown(&help);
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS(hygiene); i++) {
        g_autofree char *path = g_strconcat("/hygiene/", hygiene[i].name, NULL);
        g_test_add_data_func(path, GSIZE_TO_POINTER(i), test_hygiene);
    }
    g_test_add_func("/hygiene/too-many-headers", test_too_many_headers);
    g_test_add_func("/hygiene/too-many-headers-of-others", test_too_many_headers_of_others);
    return g_test_run();
}
