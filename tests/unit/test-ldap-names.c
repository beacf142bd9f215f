/* SPDX-License-Identifier: BSD-2-Clause
 * test-ldap-names.c - names that the live LDAP directory reads: URIs, DNS targets, attribute descriptions with ranges
 */
#include "resolver/directory/ldap/ldap-private.h"

static const struct {
    const char *name, *description;
    const char *base; /* NULL: refused */
    gboolean    ranged;
    guint64     first, last;
    gboolean    final;
} ranges[] = {
    {"plain", "member", "member", FALSE, 0, 0, FALSE},
    {"first", "member;range=0-1499", "member", TRUE, 0, 1499, FALSE},
    {"last", "member;range=1500-*", "member", TRUE, 1500, 0, TRUE},
    {"upper-case", "Member;Range=3-4", "Member", TRUE, 3, 4, FALSE},
    {"one-value", "member;range=5-5", "member", TRUE, 5, 5, FALSE},
    {"other-option", "userCertificate;binary", "userCertificate", FALSE, 0, 0, FALSE},
    {"after-another", "cn;lang-no;range=0-1", "cn", TRUE, 0, 1, FALSE},
    {"backwards", "member;range=4-3", NULL, FALSE, 0, 0, FALSE},
    {"no-end", "member;range=4", NULL, FALSE, 0, 0, FALSE},
    {"no-numbers", "member;range=a-b", NULL, FALSE, 0, 0, FALSE},
    {"no-start", "member;range=-5", NULL, FALSE, 0, 0, FALSE},
    {"trailing", "member;range=0-1x", NULL, FALSE, 0, 0, FALSE},
    {"twice", "member;range=0-1;range=2-3", NULL, FALSE, 0, 0, FALSE},
    {"too-far", "member;range=0-99999999999999999999", NULL, FALSE, 0, 0, FALSE},
};

static void
test_range(gconstpointer data)
{
    gsize            i = GPOINTER_TO_SIZE(data);
    g_autofree char *base = NULL;
    LdapRange       *range = NULL;

    gboolean good = ldap_range_parse(ranges[i].description, strlen(ranges[i].description), &base, &range);
    g_assert_cmpint(good, ==, ranges[i].base != NULL);
    g_assert_cmpstr(base, ==, ranges[i].base);
    g_assert_cmpint(range != NULL, ==, ranges[i].ranged);
    if (range != NULL) {
        g_assert_cmpstr(range->attribute, ==, ranges[i].base);
        g_assert_cmpuint(range->first, ==, ranges[i].first);
        g_assert_cmpuint(range->last, ==, ranges[i].last);
        g_assert_cmpint(range->final, ==, ranges[i].final);
    }
    ldap_range_free(range);
}

static const struct {
    const char *name, *text;
    const char *canonical; /* NULL: refused */
    const char *label;
    gboolean    tls, local, catalog;
} uris[] = {
    {"plain", "ldap://dc1.example.com", "ldap://dc1.example.com:389", "dc1.example.com", FALSE, FALSE, FALSE},
    {"tls", "ldaps://dc1.example.com/", "ldaps://dc1.example.com:636", "dc1.example.com", TRUE, FALSE, FALSE},
    {"upper-case", "LDAPS://DC1", "ldaps://DC1:636", "DC1", TRUE, FALSE, FALSE},
    {"port", "ldap://dc1:3890", "ldap://dc1:3890", "dc1:3890", FALSE, FALSE, FALSE},
    {"catalogue", "ldap://dc1:3268", "ldap://dc1:3268", "dc1:3268", FALSE, FALSE, TRUE},
    {"catalogue-tls", "ldaps://dc1:3269", "ldaps://dc1:3269", "dc1:3269", TRUE, FALSE, TRUE},
    {"ipv6", "ldap://[2001:db8::1]:390", "ldap://[2001:db8::1]:390", "[2001:db8::1]:390", FALSE, FALSE, FALSE},
    {"ipv6-usual-port", "ldaps://[::1]", "ldaps://[::1]:636", "[::1]", TRUE, FALSE, FALSE},
    {"socket", "ldapi://%2Frun%2Fldapi", "ldapi://%2Frun%2Fldapi", "/run/ldapi", FALSE, TRUE, FALSE},
    {"socket-unescaped", "ldapi:///run/ldapi", NULL, NULL, FALSE, FALSE, FALSE},
    {"socket-relative", "ldapi://run", NULL, NULL, FALSE, FALSE, FALSE},
    {"base", "ldap://dc1/dc=example", NULL, NULL, FALSE, FALSE, FALSE},
    {"no-host", "ldap://", NULL, NULL, FALSE, FALSE, FALSE},
    {"no-host-but-port", "ldap://:389", NULL, NULL, FALSE, FALSE, FALSE},
    {"port-zero", "ldap://dc1:0", NULL, NULL, FALSE, FALSE, FALSE},
    {"port-large", "ldap://dc1:65536", NULL, NULL, FALSE, FALSE, FALSE},
    {"port-text", "ldap://dc1:ldap", NULL, NULL, FALSE, FALSE, FALSE},
    {"two-hosts", "ldap://dc1 ldap://dc2", NULL, NULL, FALSE, FALSE, FALSE},
    {"user", "ldap://me@dc1", NULL, NULL, FALSE, FALSE, FALSE},
    {"open-bracket", "ldap://[::1", NULL, NULL, FALSE, FALSE, FALSE},
    {"behind-bracket", "ldap://[::1]x:389", NULL, NULL, FALSE, FALSE, FALSE},
    {"other-scheme", "http://dc1", NULL, NULL, FALSE, FALSE, FALSE},
    {"no-scheme", "dc1.example.com", NULL, NULL, FALSE, FALSE, FALSE},
};

static void
test_uri(gconstpointer data)
{
    gsize i = GPOINTER_TO_SIZE(data);
    g_autoptr(GError) error = NULL;
    g_autoptr(LdapUri) uri = ldap_uri_new(uris[i].text, &error);

    if (uris[i].canonical == NULL) {
        g_assert_null(uri);
        g_assert_error(error, DIRECTORY_ERROR, DIRECTORY_ERROR_SETTINGS);
        return;
    }
    g_assert_no_error(error);
    g_assert_cmpstr(uri->text, ==, uris[i].canonical);
    g_assert_cmpstr(uri->label, ==, uris[i].label);
    g_assert_cmpint(uri->tls, ==, uris[i].tls);
    g_assert_cmpint(uri->local, ==, uris[i].local);
    g_assert_cmpint(uri->global_catalog, ==, uris[i].catalog);
}

static const struct {
    const char *uri, *domain; /* NULL: refused */
} domains[] = {
    {"srv:example.com", "example.com"},
    {"SRV:corp.example.com", "corp.example.com"},
    {"srv:Default-First-Site-Name._sites.example.com", "example.com"},
    {"srv:Zürich._sites.example.com", "example.com"},
    {"srv:", NULL},
    {"srv:example", NULL},
    {"srv:.example.com", NULL},
    {"srv:example..com", NULL},
    {"srv:-a.example.com", NULL},
    {"srv:exa mple.com", NULL},
    {"srv:a.b._sites.example.com", NULL},
    {"srv:._sites.example.com", NULL},
    {"srv:Oslo._sites.", NULL},
};

static void
test_srv_domain(void)
{
    for (gsize i = 0; i < G_N_ELEMENTS(domains); i++) {
        g_autoptr(GError) error = NULL;
        g_autofree char *domain = ldap_srv_domain(domains[i].uri, &error);
        g_test_message("%s", domains[i].uri);
        g_assert_true(ldap_srv_is(domains[i].uri));
        g_assert_cmpstr(domain, ==, domains[i].domain);
        if (domains[i].domain == NULL)
            g_assert_error(error, DIRECTORY_ERROR, DIRECTORY_ERROR_SETTINGS);
    }
    g_assert_false(ldap_srv_is("ldap://srv:1"));
}

static const struct {
    const char *list;
    guint       count; /* 0: refused */
    const char *first;
} targets[] = {
    {"dc1.example.com:389", 1, "ldap://dc1.example.com:389"},
    {"dc2.Example.COM:389 dc1.example.com:3890", 2, "ldap://dc2.Example.COM:389"},
    {"dc_1.oslo.example.com:389", 1, "ldap://dc_1.oslo.example.com:389"},
    {"", 0, NULL},
    {"dc1.example.org:389", 0, NULL},
    {"dc1.example.com:389 evil.example.org:389", 0, NULL},
    {"dc1.badexample.com:389", 0, NULL},
    {"example.com:389", 0, NULL},
    {"dc1.example.com.evil.org:389", 0, NULL},
    {"dc1.example.com:0", 0, NULL},
    {"dc1.example.com", 0, NULL},
    {"a/b.example.com:389", 0, NULL},
};

static void
test_srv_targets(void)
{
    for (gsize i = 0; i < G_N_ELEMENTS(targets); i++) {
        g_autoptr(GError) error = NULL;
        g_autoptr(GPtrArray) found = ldap_srv_uris(targets[i].list, "example.com", &error);
        g_test_message("%s", targets[i].list);
        g_assert_cmpuint(found != NULL ? found->len : 0, ==, targets[i].count);
        if (targets[i].count > 0)
            g_assert_cmpstr(found->pdata[0], ==, targets[i].first);
        else
            g_assert_error(error, DIRECTORY_ERROR, DIRECTORY_ERROR_UNAVAILABLE);
    }
    g_assert_true(ldap_srv_target_is_within("dc1.example.com.", "example.com"));
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS(ranges); i++) {
        g_autofree char *path = g_strdup_printf("/ldap/range/%s", ranges[i].name);
        g_test_add_data_func(path, GSIZE_TO_POINTER(i), test_range);
    }
    for (gsize i = 0; i < G_N_ELEMENTS(uris); i++) {
        g_autofree char *path = g_strdup_printf("/ldap/uri/%s", uris[i].name);
        g_test_add_data_func(path, GSIZE_TO_POINTER(i), test_uri);
    }
    g_test_add_func("/ldap/srv/domain", test_srv_domain);
    g_test_add_func("/ldap/srv/targets", test_srv_targets);
    return g_test_run();
}
