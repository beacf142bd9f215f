/* SPDX-License-Identifier: BSD-2-Clause
 * test-dn.c - what dn.h promises
 */
#include "rollcall/dn.h"

#include <string.h>

typedef struct {
    const char *name, *dn, *key; /* key NULL: no DN */
} KeyCase;

static const KeyCase key_cases[] = {
    {"plain", "CN=Ann Lee,OU=Sales,DC=example,DC=test", "cn=ann lee,ou=sales,dc=example,dc=test"},
    {"blanks around separators", " cn = Ann Lee , ou=Sales,  dc=example ,dc=test ",
     "cn=ann lee,ou=sales,dc=example,dc=test"},
    {"blanks inside", "CN=Ann   Lee,DC=test", "cn=ann lee,dc=test"},
    {"types by OID", "2.5.4.3=a,2.5.4.11=b,0.9.2342.19200300.100.1.25=c", "cn=a,ou=b,dc=c"},
    {"types by long name", "commonName=a,organizationalUnitName=b,domainComponent=c", "cn=a,ou=b,dc=c"},
    {"long name and a short one", "givenName=a,GN=b,uid=c,userid=d", "givenname=a,givenname=b,uid=c,uid=d"},
    {"equals in a value", "CN=a=b,DC=test", "cn=a=b,dc=test"},
    {"equals escaped", "CN=a\\=b,DC=test", "cn=a=b,dc=test"},
    {"comma escaped", "CN=a\\, b,DC=test", "cn=a\\2c b,dc=test"},
    {"comma as hex", "CN=a\\2C b,DC=test", "cn=a\\2c b,dc=test"},
    {"letter as hex", "CN=\\41nn,DC=test", "cn=ann,dc=test"},
    {"quoted", "CN=\"a, b\",DC=test", "cn=a\\2c b,dc=test"},
    {"leading number sign", "CN=\\#1,DC=test", "cn=\\231,dc=test"},
    {"number sign inside", "CN=a#1,DC=test", "cn=a#1,dc=test"},
    {"hex string", "CN=#0403616263,DC=test", "cn=#0403616263,dc=test"},
    {"several values", "CN=b+UID=a,DC=test", "cn=b+uid=a,dc=test"},
    {"several values, other order", "uid=A + cn=B,dc=test", "cn=b+uid=a,dc=test"},
    {"escaped plus", "CN=a\\+b,DC=test", "cn=a\\2bb,dc=test"},
    {"umlaut folds case", "CN=MÜLLER,DC=test", "cn=mu\xcc\x88ller,dc=test"},
    {"umlaut decomposed", "CN=mu\xcc\x88ller,DC=test", "cn=mu\xcc\x88ller,dc=test"},
    {"umlaut as hex", "CN=m\\C3\\BCller,DC=test", "cn=mu\xcc\x88ller,dc=test"},
    {"escaped blanks at the ends", "CN=\\ a\\ ,DC=test", "cn=a,dc=test"},
    {"tombstone", "CN=a\\0ADEL:1,DC=test", "cn=a del:1,dc=test"},
    {"empty value", "CN=,DC=test", "cn=,dc=test"},
    {"empty value at the end", " u=", "u="},
    {"empty", "", ""},
    {"blank", "  ", ""},
    {"no type", "Ann", NULL},
    {"words", "not a dn", NULL},
    {"empty type", "=a,DC=test", NULL},
    {"bad type", "C N=a,DC=test", NULL},
    {"comma at the end", "CN=a,", NULL},
    {"comma at the start", ",CN=a", NULL},
    {"two commas", "CN=a,,DC=test", NULL},
    {"backslash at the end", "CN=a\\", NULL},
    {"open quote", "CN=\"a,DC=test", NULL},
    {"not UTF-8", "CN=\\ff,DC=test", NULL},
    {"raw octet not UTF-8", "CN=\xff,DC=test", NULL},
};

static void
test_key(gconstpointer data)
{
    const KeyCase   *c = data;
    g_autofree char *key = dn_key(c->dn);
    g_assert_cmpstr(key, ==, c->key);
    if (key == NULL)
        return;
    g_autofree char *again = dn_key(key);
    g_assert_cmpstr(again, ==, key); /* a key is a DN, and its own key */
}

static void
test_accents_count(void)
{
    g_autofree char *with = dn_key("cn=José,dc=test"), *without = dn_key("cn=Jose,dc=test");
    g_assert_cmpstr(with, !=, without);
}

static void
test_parent(void)
{
    static const char *const cases[][2] = {{"cn=a\\2c b,ou=x,dc=test", "ou=x,dc=test"}, {"dc=test", ""}, {"", NULL}};
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++)
        g_assert_cmpstr(dn_key_parent(cases[i][0]), ==, cases[i][1]);
}

static void
test_within(void)
{
    static const struct {
        const char *key, *base;
        gboolean    within;
    } cases[] = {
        {"cn=a,ou=x,dc=test", "ou=x,dc=test", TRUE},
        {"ou=x,dc=test", "ou=x,dc=test", TRUE},
        {"ou=xx,dc=test", "x,dc=test", FALSE},
        {"ou=a ou=x,dc=test", "ou=x,dc=test", FALSE},
        {"cn=a\\2cou=x,dc=test", "ou=x,dc=test", FALSE},
        {"dc=test", "ou=x,dc=test", FALSE},
        {"dc=test", "", TRUE},
        {"", "dc=test", FALSE},
        {"", "", TRUE},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_test_message("%s in %s", cases[i].key, cases[i].base);
        g_assert_cmpint(dn_key_is_within(cases[i].key, cases[i].base), ==, cases[i].within);
    }
}

/* In the order that the comparison must give: each subtree is a run that starts with its top. */
static void
test_compare(void)
{
    static const char *const ordered[] = {
        "",
        "dc=test",
        "ou=a,dc=test",
        "cn=1,ou=a,dc=test",
        "cn=2,ou=a,dc=test",
        "cn=1,cn=2,ou=a,dc=test",
        "ou=a b,dc=test",
        "cn=1,ou=a b,dc=test",
        "ou=a\\2cb,dc=test",
        "ou=b,dc=test",
        "dc=tester",
    };
    for (gsize i = 0; i < G_N_ELEMENTS(ordered); i++)
        for (gsize j = 0; j < G_N_ELEMENTS(ordered); j++) {
            int order = dn_key_compare(ordered[i], ordered[j]);
            g_assert_cmpint((order > 0) - (order < 0), ==, (i > j) - (i < j));
        }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS(key_cases); i++) {
        g_autofree char *path = g_strdup_printf("/dn/key/%s", key_cases[i].name);
        g_test_add_data_func(path, &key_cases[i], test_key);
    }
    g_test_add_func("/dn/accents-count", test_accents_count);
    g_test_add_func("/dn/parent", test_parent);
    g_test_add_func("/dn/within", test_within);
    g_test_add_func("/dn/compare", test_compare);
    return g_test_run();
}
