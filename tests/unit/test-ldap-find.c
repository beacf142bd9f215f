/* SPDX-License-Identifier: BSD-2-Clause
 * test-ldap-find.c - the filter that finds an address, and which hits count
 */
#include "resolver/directory/ldap/ldap-private.h"

static const char *const both[] = {"proxyAddresses", "mail", NULL};
static const char *const unknown[] = {"noSuchAttribute", NULL};

static const struct {
    const char *name, *address, *filter;
} filters[] = {
    {"plain", "ann@example.com", "(|(proxyAddresses=smtp:ann@example.com)(mail=ann@example.com))"},
    {"case-does-not-matter", "Ann@Example.com", "(|(proxyAddresses=smtp:Ann@Example.com)(mail=Ann@Example.com))"},
    {"star", "a*b@example.com", "(|(proxyAddresses=smtp:a\\2ab@example.com)(mail=a\\2ab@example.com))"},
    {"brackets", "\"a)(b\"@example.com",
     "(|(proxyAddresses=smtp:\"a\\29\\28b\"@example.com)(mail=\"a\\29\\28b\"@example.com))"},
    {"needless-quotes", "\"ann\"@example.com",
     "(|(proxyAddresses=smtp:\"ann\"@example.com)(proxyAddresses=smtp:ann@example.com)"
     "(mail=\"ann\"@example.com)(mail=ann@example.com))"},
    {"international-domain", "ann@bücher.example",
     "(|(proxyAddresses=smtp:ann@bücher.example)(proxyAddresses=smtp:ann@xn--bcher-kva.example)"
     "(mail=ann@bücher.example)(mail=ann@xn--bcher-kva.example))"},
    {"international-domain-from-an-old-mta", "Ann@xn--bcher-kva.example",
     "(|(proxyAddresses=smtp:Ann@xn--bcher-kva.example)(proxyAddresses=smtp:Ann@bücher.example)"
     "(mail=Ann@xn--bcher-kva.example)(mail=Ann@bücher.example))"},
    {"several", "ann@example.com bob@example.net",
     "(|(proxyAddresses=smtp:ann@example.com)(proxyAddresses=smtp:bob@example.net)"
     "(mail=ann@example.com)(mail=bob@example.net))"},
    {"a-label-that-is-none", "ann@xn--zzzzzz.example",
     "(|(proxyAddresses=smtp:ann@xn--zzzzzz.example)(mail=ann@xn--zzzzzz.example))"},
};

/* Addresses between blanks. */
static GPtrArray *
addresses_of(const char *text)
{
    GPtrArray *addresses = g_ptr_array_new_with_free_func((GDestroyNotify)address_unref);
    g_auto(GStrv) words = g_strsplit(text, " ", -1);

    for (char **word = words; *word != NULL; word++) {
        Address *address = address_new(*word, NULL);
        g_assert_nonnull(address);
        g_ptr_array_add(addresses, address);
    }
    return addresses;
}

static void
test_filter(gconstpointer data)
{
    gsize i = GPOINTER_TO_SIZE(data);
    g_autoptr(Schema) schema = schema_new_ad();
    g_autoptr(GError) error = NULL;
    g_autoptr(GPtrArray) addresses = addresses_of(filters[i].address);
    g_autoptr(FilterRef) filter = ldap_find_filter(addresses, both, schema, &error);
    g_assert_no_error(error);
    g_autofree char *text = filter_print(filter);

    g_assert_cmpstr(text, ==, filters[i].filter);
}

static void
test_no_attribute_known(void)
{
    g_autoptr(Schema) schema = schema_new_ad();
    g_autoptr(GError) error = NULL;
    g_autoptr(GPtrArray) addresses = addresses_of("ann@example.com");

    g_assert_null(ldap_find_filter(addresses, unknown, schema, &error));
    g_assert_error(error, DIRECTORY_ERROR, DIRECTORY_ERROR_REFUSED);
}

static void
test_case_exact_schema(void)
{
    SchemaBuilder *builder = schema_builder_new(SCHEMA_RULES_RFC);
    g_autoptr(GError) error = NULL;
    g_autoptr(GPtrArray) addresses = addresses_of("Ann@example.com");

    schema_builder_add_attribute_type(builder,
                                      "( 1.2.840.113556.1.2.210 NAME 'proxyAddresses' EQUALITY caseExactMatch "
                                      "SYNTAX 1.3.6.1.4.1.1466.115.121.1.15 )",
                                      &error);
    g_assert_no_error(error);
    g_autoptr(Schema) schema = schema_builder_finish(builder);
    g_autoptr(FilterRef) filter = ldap_find_filter(addresses, both, schema, &error);
    g_assert_no_error(error);
    g_autofree char *text = filter_print(filter);
    g_assert_cmpstr(text, ==,
                    "(|(proxyAddresses=smtp:Ann@example.com)(proxyAddresses=SMTP:Ann@example.com)"
                    "(proxyAddresses=smtp:ann@example.com)(proxyAddresses=SMTP:ann@example.com))");
}

static const struct {
    const char *name, *attribute, *value, *address;
    gboolean    hit;
} hits[] = {
    {"primary", "proxyAddresses", "SMTP:ann@example.com", "ann@example.com", TRUE},
    {"secondary", "proxyAddresses", "smtp:Ann@Example.COM", "ann@example.com", TRUE},
    {"any-spelling", "proxyAddresses", "sMtP:ann@example.com", "ANN@example.com", TRUE},
    {"mail", "mail", "ann@example.com", "ann@example.com", TRUE},
    {"a-labels", "mail", "ann@xn--bcher-kva.example", "ann@bücher.example", TRUE},
    {"accent", "proxyAddresses", "SMTP:jos\303\251@example.com", "jose@example.com", FALSE},
    {"other-type", "proxyAddresses", "x500:ann@example.com", "ann@example.com", FALSE},
    {"no-type", "proxyAddresses", "ann@example.com", "ann@example.com", FALSE},
    {"other-attribute", "targetAddress", "SMTP:ann@example.com", "ann@example.com", FALSE},
    {"malformed", "mail", "ann", "ann@example.com", FALSE},
};

static void
test_hit(gconstpointer data)
{
    gsize         i = GPOINTER_TO_SIZE(data);
    EntryBuilder *builder = entry_builder_new("CN=x,DC=example,DC=com");
    g_autoptr(Address) address = address_new(hits[i].address, NULL);

    entry_builder_add(builder, hits[i].attribute, hits[i].value, strlen(hits[i].value));
    g_autoptr(EntryRef) entry = entry_builder_finish(builder);
    g_assert_cmpint(ldap_find_is_hit(entry, address, both), ==, hits[i].hit);
}

static void
test_a_value_with_a_nul_is_no_hit(void)
{
    static const char value[] = "ann@example.com\0.evil.test";
    EntryBuilder     *builder = entry_builder_new("CN=x,DC=example,DC=com");
    g_autoptr(Address) address = address_new("ann@example.com", NULL);

    entry_builder_add(builder, "mail", value, sizeof value - 1);
    g_autoptr(EntryRef) entry = entry_builder_finish(builder);
    g_assert_false(ldap_find_is_hit(entry, address, both));
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS(filters); i++) {
        g_autofree char *path = g_strdup_printf("/ldap/find/filter/%s", filters[i].name);
        g_test_add_data_func(path, GSIZE_TO_POINTER(i), test_filter);
    }
    for (gsize i = 0; i < G_N_ELEMENTS(hits); i++) {
        g_autofree char *path = g_strdup_printf("/ldap/find/hit/%s", hits[i].name);
        g_test_add_data_func(path, GSIZE_TO_POINTER(i), test_hit);
    }
    g_test_add_func("/ldap/find/no-attribute-known", test_no_attribute_known);
    g_test_add_func("/ldap/find/case-exact-schema", test_case_exact_schema);
    g_test_add_func("/ldap/find/value-with-nul", test_a_value_with_a_nul_is_no_hit);
    return g_test_run();
}
