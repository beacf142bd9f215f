/* SPDX-License-Identifier: BSD-2-Clause
 * test-entry.c - what entry.h promises
 */
#include "rollcall/entry.h"

#include "rollcall/dn.h"

#include <string.h>

static void
add_text(EntryBuilder *builder, const char *attribute, const char *text)
{
    entry_builder_add(builder, attribute, text, strlen(text));
}

static const Entry *
ann(void)
{
    EntryBuilder *builder = entry_builder_new("CN=Ann, OU=Sales,DC=example,DC=com");

    g_assert_nonnull(builder);
    add_text(builder, "objectClass", "top");
    add_text(builder, "proxyAddresses", "SMTP:ann@example.com");
    add_text(builder, "mail", "ann@example.com");
    add_text(builder, "OBJECTCLASS", "Person");
    add_text(builder, "proxyaddresses", "smtp:a@example.com");
    add_text(builder, "msExchRequireAuthToSendTo", "TRUE");
    add_text(builder, "lower", "true");
    add_text(builder, "groupType", "-2147483646");
    add_text(builder, "msExchRecipientTypeDetails", "8796093022208");
    add_text(builder, "broken", "12x");
    add_text(builder, "tooLarge", "9223372036854775808");
    add_text(builder, "empty", "");
    entry_builder_add(builder, "nul", "TRUE\0x", 6);
    return entry_builder_finish(builder);
}

static void
test_name(void)
{
    g_autoptr(EntryRef) entry = ann();
    g_autofree char *key = dn_key("cn=ANN,ou=sales,dc=example,dc=com");

    g_assert_cmpstr(entry_dn(entry), ==, "CN=Ann, OU=Sales,DC=example,DC=com");
    g_assert_cmpstr(entry_key(entry), ==, key);
}

static void
test_not_a_dn(void)
{
    g_assert_null(entry_builder_new("ann"));
    g_assert_null(entry_builder_new("CN=Ann,,DC=com"));
    entry_builder_free(NULL);
    entry_unref(NULL);
}

static void
test_unfinished(void)
{
    g_autoptr(EntryBuilder) builder = entry_builder_new("CN=Ann");
    add_text(builder, "cn", "Ann");
}

static void
test_no_attributes(void)
{
    g_autoptr(EntryRef) entry = entry_builder_finish(entry_builder_new("CN=Ann"));
    const Value *values;

    g_assert_cmpstr(entry_dn(entry), ==, "CN=Ann");
    g_assert_cmpuint(entry_all(entry, "cn", &values), ==, 0);
    g_assert_null(values);
    g_assert_null(entry_text(entry, "cn"));
    g_assert_false(entry_has_class(entry, "top"));
}

static void
test_values(void)
{
    g_autoptr(EntryRef) entry = ann();
    const Value *values;

    g_assert_cmpuint(entry_all(entry, "ProxyAddresses", &values), ==, 2);
    g_assert_cmpstr(values[0].data, ==, "SMTP:ann@example.com");
    g_assert_cmpuint(values[0].length, ==, 20);
    g_assert_cmpstr(values[1].data, ==, "smtp:a@example.com");

    g_assert_cmpuint(entry_values(entry, g_intern_string("proxyaddresses"), &values), ==, 2);
    g_assert_cmpstr(values[1].data, ==, "smtp:a@example.com");
    g_assert_cmpuint(entry_values(entry, g_intern_string("proxyAddresses"), &values), ==, 0);

    g_assert_cmpuint(entry_all(entry, "proxy", &values), ==, 0);
    g_assert_cmpuint(entry_all(entry, "proxyAddressesX", &values), ==, 0);
    g_assert_cmpuint(entry_all(entry, "", &values), ==, 0);
}

static void
test_octets(void)
{
    g_autoptr(EntryRef) entry = ann();
    const Value *values;

    g_assert_cmpuint(entry_all(entry, "nul", &values), ==, 1);
    g_assert_cmpmem(values[0].data, values[0].length + 1, "TRUE\0x", 7);
    g_assert_null(entry_text(entry, "nul"));
    g_assert_false(entry_boolean(entry, "nul"));
}

static void
test_text(void)
{
    g_autoptr(EntryRef) entry = ann();

    g_assert_cmpstr(entry_text(entry, "MAIL"), ==, "ann@example.com");
    g_assert_cmpstr(entry_text(entry, "empty"), ==, "");
    g_assert_null(entry_text(entry, "absent"));
}

static void
test_boolean_and_integer(void)
{
    g_autoptr(EntryRef) entry = ann();

    g_assert_true(entry_boolean(entry, "msExchRequireAuthToSendTo"));
    g_assert_false(entry_boolean(entry, "lower"));
    g_assert_false(entry_boolean(entry, "absent"));

    g_assert_cmpint(entry_integer(entry, "groupType", 7), ==, -2147483646);
    g_assert_cmpint(entry_integer(entry, "msExchRecipientTypeDetails", 7), ==, 8796093022208);
    g_assert_cmpint(entry_integer(entry, "broken", 7), ==, 7);
    g_assert_cmpint(entry_integer(entry, "tooLarge", 7), ==, 7);
    g_assert_cmpint(entry_integer(entry, "empty", 7), ==, 7);
    g_assert_cmpint(entry_integer(entry, "absent", 7), ==, 7);
}

static void
test_class(void)
{
    g_autoptr(EntryRef) entry = ann();

    g_assert_true(entry_has_class(entry, "person"));
    g_assert_true(entry_has_class(entry, "TOP"));
    g_assert_false(entry_has_class(entry, "per"));
    g_assert_false(entry_has_class(entry, "persons"));
}

static void
append_attribute(const char *key, const Value *values, guint n_values, gpointer user_data)
{
    g_string_append_printf(user_data, "%s=%u:%s ", key, n_values, values[0].data);
}

static void
test_foreach(void)
{
    EntryBuilder *builder = entry_builder_new("CN=Ann");
    add_text(builder, "b", "1");
    add_text(builder, "a", "2");
    add_text(builder, "B", "3");
    g_autoptr(EntryRef) entry = entry_builder_finish(builder);
    g_autoptr(GString) seen = g_string_new(NULL);

    entry_foreach(entry, append_attribute, seen);
    g_assert_cmpstr(seen->str, ==, "b=2:1 a=1:2 ");
}

static void
test_many_values(void)
{
    EntryBuilder *builder = entry_builder_new("CN=Everybody");
    const Value  *values;

    for (int i = 0; i < 20000; i++) {
        g_autofree char *text = g_strdup_printf("CN=%d", i);
        add_text(builder, i % 2 == 0 ? "member" : "other", text);
    }
    g_autoptr(EntryRef) entry = entry_builder_finish(builder);

    g_assert_cmpuint(entry_all(entry, "member", &values), ==, 10000);
    for (int i = 0; i < 10000; i++) {
        g_autofree char *text = g_strdup_printf("CN=%d", 2 * i);
        g_assert_cmpstr(values[i].data, ==, text);
    }
}

static void
test_references(void)
{
    const Entry *entry = ann();
    const Entry *same = entry_ref(entry);

    g_assert_true(entry == same);
    entry_unref(entry);
    g_assert_cmpstr(entry_text(same, "mail"), ==, "ann@example.com");
    entry_unref(same);
}

static char *
shown(const Entry *entry)
{
    GString    *text = g_string_new(entry_dn(entry));
    const char *names[] = {"cn", "mail", "member"};

    for (gsize i = 0; i < G_N_ELEMENTS(names); i++) {
        const Value *values;
        guint        n = entry_all(entry, names[i], &values);
        for (guint v = 0; v < n; v++)
            g_string_append_printf(text, " %s=%s", names[i], values[v].data);
    }
    return g_string_free(text, FALSE);
}

/* One builder for several entries: none has anything of another, in whichever order its attributes come. */
static void
test_builder_goes_on(void)
{
    static const struct {
        const char *dn, *values, *shown;
    } entries[] = {
        {"CN=a", "cn=a mail=a@e.org member=CN=b member=CN=c", "CN=a cn=a mail=a@e.org member=CN=b member=CN=c"},
        {"CN=b", "", "CN=b"},
        {"CN=c", "member=CN=a member=CN=d cn=c", "CN=c cn=c member=CN=a member=CN=d"},
        {"CN=d", "MAIL=d@e.org CN=d Mail=x@e.org", "CN=d cn=d mail=d@e.org mail=x@e.org"},
        {"CN=a", "cn=a mail=a@e.org", "CN=a cn=a mail=a@e.org"},
    };
    g_autoptr(EntryBuilder) builder = entry_builder_new("CN=nobody");

    g_assert_false(entry_builder_reset(builder, "no name"));
    for (gsize i = 0; i < G_N_ELEMENTS(entries); i++) {
        g_assert_true(entry_builder_reset(builder, entries[i].dn));
        g_auto(GStrv) values = g_strsplit(entries[i].values, " ", -1);
        for (char **value = values; *value != NULL; value++) {
            char            *equals = strchr(*value, '=');
            g_autofree char *name = g_strndup(*value, (gsize)(equals - *value));
            entry_builder_add(builder, name, equals + 1, strlen(equals + 1));
        }
        g_autoptr(EntryRef) entry = entry_builder_build(builder);
        g_autofree char *text = shown(entry);
        g_assert_cmpstr(text, ==, entries[i].shown);
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/entry/name", test_name);
    g_test_add_func("/entry/not-a-dn", test_not_a_dn);
    g_test_add_func("/entry/unfinished", test_unfinished);
    g_test_add_func("/entry/no-attributes", test_no_attributes);
    g_test_add_func("/entry/values", test_values);
    g_test_add_func("/entry/octets", test_octets);
    g_test_add_func("/entry/text", test_text);
    g_test_add_func("/entry/boolean-and-integer", test_boolean_and_integer);
    g_test_add_func("/entry/class", test_class);
    g_test_add_func("/entry/foreach", test_foreach);
    g_test_add_func("/entry/many-values", test_many_values);
    g_test_add_func("/entry/references", test_references);
    g_test_add_func("/entry/builder-goes-on", test_builder_goes_on);
    return g_test_run();
}
