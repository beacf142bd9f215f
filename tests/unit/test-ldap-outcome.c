/* SPDX-License-Identifier: BSD-2-Clause
 * test-ldap-outcome.c - what result codes and search references mean to the live LDAP directory
 */
#include "resolver/directory/ldap/ldap-private.h"

static const struct {
    const char    *name;
    int            result;
    gboolean       later;
    LdapOutcome    outcome;
    DirectoryError code;
} outcomes[] = {
    {"success", LDAP_SUCCESS, FALSE, OUTCOME_GOOD, 0},
    {"no-object", LDAP_NO_SUCH_OBJECT, FALSE, OUTCOME_NO_OBJECT, 0},
    {"no-dn", LDAP_INVALID_DN_SYNTAX, FALSE, OUTCOME_NO_OBJECT, 0},
    {"no-object-on-a-later-page", LDAP_NO_SUCH_OBJECT, TRUE, OUTCOME_ERROR, DIRECTORY_ERROR_INCOMPLETE},
    {"size-limit", LDAP_SIZELIMIT_EXCEEDED, FALSE, OUTCOME_ERROR, DIRECTORY_ERROR_INCOMPLETE},
    {"time-limit", LDAP_TIMELIMIT_EXCEEDED, FALSE, OUTCOME_ERROR, DIRECTORY_ERROR_INCOMPLETE},
    {"admin-limit", LDAP_ADMINLIMIT_EXCEEDED, FALSE, OUTCOME_ERROR, DIRECTORY_ERROR_INCOMPLETE},
    {"referral", LDAP_REFERRAL, FALSE, OUTCOME_ERROR, DIRECTORY_ERROR_INCOMPLETE},
    {"busy", LDAP_BUSY, FALSE, OUTCOME_ERROR, DIRECTORY_ERROR_UNAVAILABLE},
    {"unavailable", LDAP_UNAVAILABLE, FALSE, OUTCOME_ERROR, DIRECTORY_ERROR_UNAVAILABLE},
    {"other", LDAP_OTHER, FALSE, OUTCOME_ERROR, DIRECTORY_ERROR_UNAVAILABLE},
    {"connection-lost", LDAP_SERVER_DOWN, FALSE, OUTCOME_ERROR, DIRECTORY_ERROR_UNAVAILABLE},
    {"access", LDAP_INSUFFICIENT_ACCESS, FALSE, OUTCOME_ERROR, DIRECTORY_ERROR_REFUSED},
    {"unwilling", LDAP_UNWILLING_TO_PERFORM, FALSE, OUTCOME_ERROR, DIRECTORY_ERROR_REFUSED},
    {"unwilling-on-a-later-page", LDAP_UNWILLING_TO_PERFORM, TRUE, OUTCOME_ERROR, DIRECTORY_ERROR_INCOMPLETE},
    {"unheard-of", 4711, FALSE, OUTCOME_ERROR, DIRECTORY_ERROR_REFUSED},
};

static void
test_outcome(gconstpointer data)
{
    gsize          i = GPOINTER_TO_SIZE(data);
    DirectoryError code = 0;

    g_assert_cmpint(ldap_outcome(outcomes[i].result, outcomes[i].later, &code), ==, outcomes[i].outcome);
    g_assert_cmpint(code, ==, outcomes[i].code);
}

static const struct {
    const char *name, *url;
    gboolean    harmless;
} references[] = {
    {"forest-zones", "ldap://ForestDnsZones.example.test/DC=ForestDnsZones,DC=example,DC=test", TRUE},
    {"domain-zones", "ldap://DomainDnsZones.example.test/dc=domaindnszones,dc=example,dc=test", TRUE},
    {"configuration", "ldap://example.test/CN=Configuration,DC=example,DC=test", TRUE},
    {"schema", "ldap://example.test/CN=Schema,CN=Configuration,DC=example,DC=test", TRUE},
    {"with-scope", "ldap://example.test/CN=Configuration,DC=example,DC=test??base", TRUE},
    {"escaped", "ldap://example.test/CN=Configuration%2CDC=example,DC=test", TRUE},
    {"child-domain", "ldap://child.example.test/DC=child,DC=example,DC=test", FALSE},
    {"sibling-named-alike", "ldap://x/CN=Configuration,OU=People,DC=example,DC=test", FALSE},
    {"below-configuration", "ldap://x/CN=Sites,CN=Configuration,DC=example,DC=test", FALSE},
    {"zones-below-people", "ldap://x/DC=DomainDnsZones,OU=People,DC=example,DC=test", FALSE},
    {"nothing-above", "ldap://x/CN=Configuration", FALSE},
    {"value-with-comma", "ldap://x/CN=Configuration%5C%2CDC=example,DC=test", FALSE},
    {"no-dn", "ldap://other.example.test", FALSE},
    {"no-url", "elsewhere", FALSE},
    {"empty", "", FALSE},
};

static void
test_reference(gconstpointer data)
{
    gsize i = GPOINTER_TO_SIZE(data);

    g_assert_cmpint(ldap_reference_is_harmless(references[i].url), ==, references[i].harmless);
}

static void
test_one_of_several_urls(void)
{
    char *good[] = {(char *)references[0].url, (char *)references[1].url, NULL};
    char *mixed[] = {(char *)references[0].url, (char *)references[6].url, NULL};
    char *none[] = {NULL};
    g_autoptr(GError) error = NULL;

    g_assert_true(ldap_reference_check(good, NULL));
    g_assert_false(ldap_reference_check(none, NULL));
    g_assert_false(ldap_reference_check(NULL, NULL));
    g_assert_false(ldap_reference_check(mixed, &error));
    g_assert_error(error, DIRECTORY_ERROR, DIRECTORY_ERROR_INCOMPLETE);
    g_assert_nonnull(strstr(error->message, references[6].url));
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS(outcomes); i++) {
        g_autofree char *path = g_strdup_printf("/ldap/outcome/%s", outcomes[i].name);
        g_test_add_data_func(path, GSIZE_TO_POINTER(i), test_outcome);
    }
    for (gsize i = 0; i < G_N_ELEMENTS(references); i++) {
        g_autofree char *path = g_strdup_printf("/ldap/reference/%s", references[i].name);
        g_test_add_data_func(path, GSIZE_TO_POINTER(i), test_reference);
    }
    g_test_add_func("/ldap/reference/one-of-several", test_one_of_several_urls);
    return g_test_run();
}
