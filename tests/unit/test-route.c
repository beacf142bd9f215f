/* SPDX-License-Identifier: BSD-2-Clause
 * test-route.c - where a member's mail goes, or why nowhere
 */
#include "rollcall/group.h"

#include <string.h>

static const struct {
    const char *name;
    const char *attributes; /* "name=value" lines */
    const char *route, *reason;
} cases[] = {
    {"primary", "proxyAddresses=smtp:b@example.com\nproxyAddresses=SMTP:Ann.Berg@Example.com\nmail=c@example.com",
     "Ann.Berg@Example.com", NULL},
    {"target-wins", "targetAddress=SMTP:ann@cloud.example.org\nproxyAddresses=SMTP:ann@example.com",
     "ann@cloud.example.org", NULL},
    {"target-lower-case-prefix", "targetAddress=smtp:ann@cloud.example.org", "ann@cloud.example.org", NULL},
    {"target-without-prefix", "targetAddress=ann@cloud.example.org", "ann@cloud.example.org", NULL},
    {"target-x400", "targetAddress=X400:c=US;a= ;p=Org;s=Berg\nproxyAddresses=SMTP:ann@example.com", NULL,
     "unroutable-target-address"},
    {"target-notes", "targetAddress=NOTES:Ann Berg/Org@Org\nmail=ann@example.com", NULL, "unroutable-target-address"},
    {"target-malformed", "targetAddress=SMTP:ann\nproxyAddresses=SMTP:ann@example.com", NULL, "malformed-address"},
    {"primary-malformed-is-not-passed-over", "proxyAddresses=SMTP:ann@\nmail=ann@example.com", NULL,
     "malformed-address"},
    {"several-primaries-take-the-smallest", "proxyAddresses=SMTP:z@example.com\nproxyAddresses=SMTP:a@example.com",
     "a@example.com", NULL},
    {"only-secondary-falls-to-mail", "proxyAddresses=smtp:b@example.com\nmail=c@example.com", "c@example.com", NULL},
    {"only-secondary", "proxyAddresses=smtp:b@example.com", NULL, "no-address"},
    {"other-types-only", "proxyAddresses=X500:/o=Org/cn=b\nproxyAddresses=SIP:ann@example.com", NULL, "no-address"},
    {"mail", "mail=ann@example.com", "ann@example.com", NULL},
    {"mail-with-prefix", "mail=smtp:ann@example.com", "ann@example.com", NULL},
    {"mail-malformed", "mail=Ann Berg", NULL, "malformed-address"},
    {"nothing", "cn=Ann", NULL, "no-address"},
    {"remote-group-mailbox",
     "objectClass=group\nmsExchRecipientTypeDetails=8796093022208\nproxyAddresses=SMTP:team@example.com",
     "team@example.com", NULL},
};

static Entry *
entry_from_lines(const char *text)
{
    EntryBuilder *builder = entry_builder_new("CN=x,DC=example,DC=com");
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);

    for (char **line = lines; *line != NULL; line++) {
        char *value = strchr(*line, '=');
        *value++ = '\0';
        entry_builder_add(builder, *line, value, strlen(value));
    }
    return entry_builder_finish(builder);
}

static void
test_route(gconstpointer data)
{
    gsize i = GPOINTER_TO_SIZE(data);
    g_autoptr(EntryRef) entry = entry_from_lines(cases[i].attributes);
    const char *reason = "unset";
    g_autoptr(Address) route = entry_route(entry, &reason);

    g_assert_cmpstr(route == NULL ? NULL : address_text(route), ==, cases[i].route);
    g_assert_cmpstr(reason, ==, cases[i].reason);
}

static void
test_nul_in_value(void)
{
    static const char *const attributes[] = {"targetAddress", "proxyAddresses", "mail"};

    for (gsize i = 0; i < G_N_ELEMENTS(attributes); i++) {
        static const char value[] = "SMTP:ann@example.com\0.example.net";
        EntryBuilder     *builder = entry_builder_new("CN=x,DC=example,DC=com");
        const char       *reason;

        entry_builder_add(builder, attributes[i], value, sizeof value - 1);
        g_autoptr(EntryRef) entry = entry_builder_finish(builder);
        g_assert_null(entry_route(entry, &reason));
        g_assert_cmpstr(reason, ==, "malformed-address");
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *path = g_strconcat("/route/", cases[i].name, NULL);
        g_test_add_data_func(path, GSIZE_TO_POINTER(i), test_route);
    }
    g_test_add_func("/route/nul-in-value", test_nul_in_value);
    return g_test_run();
}
