/* SPDX-License-Identifier: BSD-2-Clause
 * test-mta-config.c - what the MTA is to be told, from rollcall.conf alone; and how Postfix's lists are taken apart
 */
#include "admin/mta-config.h"

#include <string.h>

#define REST "[directory]\nsource = ldif\nfile = /srv/corp.ldif\n"
#define SPLIT "split-domain = split.rollcall.invalid\n"
#define V6 SPLIT "split-listener = inet6:2525@::1\n"
#define BY_ADDRESS "[origin]\nexchange-online = published-address\ntenant-header = X-A\ntenant-secret-file = /s\n"

/* `line`: a whole line of the part, which is there or not. */
static const struct {
    const char *name, *milter, *origin, *mta, *part, *line;
    gboolean    there;
} cases[] = {
    {"milter-last", "", "", "postfix", "main.cf",
     "smtpd_milters = { unix:rollcall/milter.sock, default_action=tempfail }", TRUE},
    {"outside-the-queue", "socket = unix:/run/r.sock\n", "", "postfix", "main.cf",
     "smtpd_milters = { unix:/run/r.sock, default_action=tempfail }", TRUE},
    {"tcp", "socket = inet:8890@127.0.0.1\n", "", "postfix", "main.cf",
     "smtpd_milters = { inet:127.0.0.1:8890, default_action=tempfail }", TRUE},
    {"tcp-v6", "socket = inet6:8890@::1\n", "", "postfix", "main.cf",
     "smtpd_milters = { inet:[::1]:8890, default_action=tempfail }", TRUE},
    {"local-mail-is-optional", "", "", "postfix", "main.cf",
     "#non_smtpd_milters = { unix:rollcall/milter.sock, default_action=tempfail }", TRUE},
    {"local-mail-is-trusted", "", "[origin]\ntrust-local-submission = yes\n", "postfix", "main.cf",
     "non_smtpd_milters = { unix:rollcall/milter.sock, default_action=tempfail }", TRUE},
    {"size", "mta-message-size-limit = 50000000\n", "", "postfix", "main.cf", "message_size_limit = 50000000", TRUE},
    {"certificates", "", "", "postfix", "main.cf", "smtpd_tls_ask_ccert = yes", TRUE},
    {"no-certificates-without-exchange-online", "", "[origin]\nexchange-online = no\n", "postfix", "main.cf",
     "smtpd_tls_ask_ccert = yes", FALSE},
    {"no-certificates-by-address", "", BY_ADDRESS, "postfix", "main.cf", "smtpd_tls_ask_ccert = yes", FALSE},
    {"tls-by-address", "", BY_ADDRESS, "postfix", "main.cf", "smtpd_tls_security_level = may", TRUE},
    {"route", SPLIT, "", "postfix", "main.cf",
     "transport_maps = inline:{ { split.rollcall.invalid = rollcall-split:[127.0.0.1]:10027 } }", TRUE},
    {"route-v6", V6, "", "postfix", "main.cf",
     "transport_maps = inline:{ { split.rollcall.invalid = rollcall-split:[::1]:2525 } }", TRUE},
    {"one-recipient", SPLIT, "", "postfix", "main.cf", "rollcall-split_destination_recipient_limit = 1", TRUE},
    {"no-split-no-route", "", "", "postfix", "main.cf", "rollcall-split_destination_recipient_limit = 1", FALSE},
    {"listener", SPLIT, "", "postfix", "master.cf", "127.0.0.1:10027 inet n - n - - smtpd", TRUE},
    {"listener-v6", V6, "", "postfix", "master.cf", "[::1]:2525 inet n - n - - smtpd", TRUE},
    {"listener-is-named", SPLIT, "", "postfix", "master.cf", "  -o milter_macro_daemon_name=rollcall-split", TRUE},
    {"listener-asks-us", SPLIT, "", "postfix", "master.cf",
     "  -o { smtpd_milters = { unix:rollcall/milter.sock, default_action=tempfail } }", TRUE},
    {"client", SPLIT, "", "postfix", "master.cf", "rollcall-split unix - - n - - smtp", TRUE},
    {"no-split-no-listener", "", "", "postfix", "master.cf", "rollcall-split unix - - n - - smtp", FALSE},
    {"filter", "socket = unix:/run/r.sock\n", "", "sendmail", "sendmail.mc",
     "INPUT_MAIL_FILTER(`rollcall', `S=unix:/run/r.sock, F=T, T=C:30s;S:30s;R:30s;E:5m')dnl", TRUE},
    {"sendmail-size", "mta-message-size-limit = 50000000\n", "", "sendmail", "sendmail.mc",
     "define(`confMAX_MESSAGE_SIZE', `50000000')dnl", TRUE},
    {"sendmail-no-size", "mta-message-size-limit = 0\n", "", "sendmail", "sendmail.mc",
     "define(`confMAX_MESSAGE_SIZE', `0')dnl", FALSE},
    {"sendmail-certificates", "", "", "sendmail", "sendmail.mc", "define(`confCACERT_PATH', `/etc/ssl/certs')dnl",
     TRUE},
    {"sendmail-listener", SPLIT, "", "sendmail", "sendmail.mc",
     "DAEMON_OPTIONS(`Name=rollcall-split, Family=inet, Addr=127.0.0.1, Port=10027, M=ESA, "
     "InputMailFilters=rollcall')dnl",
     TRUE},
    {"sendmail-mailer", V6, "", "sendmail", "sendmail.mc",
     "Mrollcall-split,\tP=[IPC], F=kuXa8, E=\\r\\n, L=2040, T=DNS/RFC822/SMTP, A=TCP $h 2525", TRUE},
    {"sendmail-route", SPLIT, "", "sendmail", "mailertable", "split.rollcall.invalid\trollcall-split:[127.0.0.1]",
     TRUE},
    {"sendmail-route-v6", V6, "", "sendmail", "mailertable", "split.rollcall.invalid\trollcall-split:[IPv6:::1]", TRUE},
    {"sendmail-no-split-no-route", "", "", "sendmail", "mailertable",
     "split.rollcall.invalid\trollcall-split:[127.0.0.1]", FALSE},
};

static gboolean
has_line(const GArray *parts, const char *name, const char *line)
{
    for (guint i = 0; i < parts->len; i++) {
        const MtaPart *part = &g_array_index(parts, MtaPart, i);
        if (!g_str_equal(part->name, name))
            continue;
        g_auto(GStrv) lines = g_strsplit(part->text->str, "\n", -1);
        return g_strv_contains((const char *const *)lines, line);
    }
    g_error("no part %s", name);
}

static void
test_lines(gconstpointer data)
{
    gsize i = GPOINTER_TO_SIZE(data);
    g_autoptr(GError) error = NULL;
    g_autofree char *text =
        g_strdup_printf("[milter]\ndomains = example.com\n%s%s" REST, cases[i].milter, cases[i].origin);
    g_autoptr(Settings) settings = settings_parse("test.conf", text, strlen(text), &error);
    g_assert_no_error(error);
    GArray *parts =
        g_str_equal(cases[i].mta, "postfix") ? mta_config_postfix(settings, NULL) : mta_config_sendmail(settings);

    g_assert_cmpint(has_line(parts, cases[i].part, cases[i].line), ==, cases[i].there);
    mta_parts_free(parts);
}

static const struct {
    const char *list, *items; /* with | between them */
} lists[] = {
    {"", ""},
    {" ,\t", ""},
    {"unix:a", "unix:a"},
    {"unix:a, inet:b:1  unix:c", "unix:a|inet:b:1|unix:c"},
    {"unix:a, { unix:b, default_action=tempfail }", "unix:a|{ unix:b, default_action=tempfail }"},
    {"inline:{ { a.b = smtp:[c] }, {d=e} }, hash:/x", "inline:{ { a.b = smtp:[c] }, {d=e} }|hash:/x"},
    {"a}, b", "a}|b"},
    {"{ a, b", "{ a, b"},
};

static void
test_items(void)
{
    for (gsize i = 0; i < G_N_ELEMENTS(lists); i++) {
        g_autoptr(GPtrArray) items = postfix_items(lists[i].list);
        g_ptr_array_add(items, NULL);
        g_autofree char *joined = g_strjoinv("|", (char **)items->pdata);
        g_assert_cmpstr(joined, ==, lists[i].items);
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *path = g_strconcat("/mta-config/", cases[i].name, NULL);
        g_test_add_data_func(path, GSIZE_TO_POINTER(i), test_lines);
    }
    g_test_add_func("/mta-config/items-of-a-list", test_items);
    return g_test_run();
}
