/* SPDX-License-Identifier: BSD-2-Clause
 * test-schema.c - what schema.h promises of types, classes and forms of values
 */
#include "rollcall/schema.h"

#include <string.h>

/* Whether an entry of class `name` matches (objectClass=ancestor): the class is that one, or inherits from it. Not if
 * the schema knows no such ancestor. */
static gboolean
is_class(const Schema *schema, const char *name, const char *ancestor)
{
    g_autoptr(Schema) usual = schema_new_rfc(); /* one made for a test may have no objectClass */
    const Value stored = {name, strlen(name)}, value = {ancestor, strlen(ancestor)};
    g_autoptr(Assertion) assertion =
        assertion_new(schema, schema_attribute(usual, "objectClass"), MATCH_EQUAL, &value, NULL);

    return assertion != NULL && assertion_matches(assertion, &stored);
}

/* SchemaFunc */
static void
same_in_any_case(const AttributeType *type, gpointer schema)
{
    g_autofree char *upper = g_ascii_strup(type->name, -1);
    g_autofree char *longer = g_strconcat(type->name, "_", NULL);

    g_assert_true(schema_attribute(schema, upper) == type);
    g_assert_true(schema_attribute(schema, type->key) == type);
    g_assert_null(schema_attribute(schema, longer));
}

static void
test_any_case(void)
{
    g_autoptr(Schema) ad = schema_new_ad();
    g_autoptr(Schema) rfc = schema_new_rfc();

    schema_foreach(ad, same_in_any_case, ad);
    schema_foreach(rfc, same_in_any_case, rfc);
    g_assert_null(schema_attribute(ad, "extensionAttribute@"));
    g_assert_null(schema_attribute(ad, ""));
}

static void
test_lookup(void)
{
    static const struct {
        const char    *name, *spelled;
        Rule           equality, substring;
        AttributeFlags set, clear;
    } cases[] = {
        {"DEPARTMENT", "department", RULE_AD_STRING, RULE_AD_STRING, ATTRIBUTE_SINGLE, ATTRIBUTE_LINK},
        {"2.5.4.3", "cn", RULE_AD_STRING, RULE_AD_STRING, 0, 0},
        {"memberOf", "memberOf", RULE_DN, RULE_NONE, ATTRIBUTE_BACK_LINK, ATTRIBUTE_LINK | ATTRIBUTE_SINGLE},
        {"member", "member", RULE_DN, RULE_NONE, ATTRIBUTE_LINK, ATTRIBUTE_BACK_LINK},
        {"authOrig", "authOrig", RULE_DN, RULE_NONE, ATTRIBUTE_LINK, 0},
        {"mailNickname", "mailNickname", RULE_AD_STRING, RULE_AD_STRING, ATTRIBUTE_PARTIAL_SET | ATTRIBUTE_ANR, 0},
        {"objectclass", "objectClass", RULE_OID, RULE_NONE, ATTRIBUTE_ALWAYS, 0},
        {"objectCategory", "objectCategory", RULE_CATEGORY, RULE_NONE, 0, ATTRIBUTE_ALWAYS},
        {"canonicalName", "canonicalName", RULE_AD_STRING, RULE_AD_STRING, ATTRIBUTE_CONSTRUCTED, 0},
        {"objectGUID", "objectGUID", RULE_GUID, RULE_OCTETS, ATTRIBUTE_ALWAYS, 0},
        {"msExchMailboxGuid", "msExchMailboxGuid", RULE_GUID, RULE_OCTETS, 0, 0},
        {"msExchQueryFilter", "msExchQueryFilter", RULE_AD_STRING, RULE_AD_STRING, 0, 0},
        {"legacyExchangeDN", "legacyExchangeDN", RULE_AD_TELETEX, RULE_AD_TELETEX, 0, 0},
        {"lastLogon", "lastLogon", RULE_INTEGER64, RULE_NONE, ATTRIBUTE_LOCAL, ATTRIBUTE_CONSTRUCTED},
        {"unixUserPassword", "unixUserPassword", RULE_OCTETS, RULE_OCTETS, ATTRIBUTE_CONFIDENTIAL, 0},
    };
    g_autoptr(Schema) schema = schema_new_ad();
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_test_message("%s", cases[i].name);
        const AttributeType *type = schema_attribute(schema, cases[i].name);
        g_assert_nonnull(type);
        g_assert_cmpstr(type->name, ==, cases[i].spelled);
        g_assert_cmpint(type->equality, ==, cases[i].equality);
        g_assert_cmpint(type->substring, ==, cases[i].substring);
        g_assert_cmphex(type->flags & cases[i].set, ==, cases[i].set);
        g_assert_cmphex(type->flags & cases[i].clear, ==, 0);
        g_autofree char *lower = g_ascii_strdown(cases[i].spelled, -1);
        g_assert_true(type->key == g_intern_string(lower));
    }
    static const char *const unknown[] = {"noSuchAttr", "department;lang-en", "", "msExchTestWhen", "1.2.3"};
    for (gsize i = 0; i < G_N_ELEMENTS(unknown); i++)
        g_assert_null(schema_attribute(schema, unknown[i]));
}

/* Every attribute that Exchange's filters may name, by the fewest that stand for the list. */
static void
test_recipient_attributes(void)
{
    static const char *const names[] = {
        "proxyAddresses",
        "targetAddress",
        "mail",
        "userAccountControl",
        "sAMAccountType",
        "groupType",
        "extensionAttribute15",
        "managedBy",
        "directReports",
        "otherMailbox",
        "showInAddressBook",
        "employeeNumber",
        "lastLogon",
        "pwdLastSet",
        "msDS-PhoneticLastName",
        "telephoneAssistant",
        "msExchUMDtmfMap",
        "accountExpires",
        "uSNChanged",
        "wWWHomePage",
        "userSMIMECertificate",
        "msExchDynamicDLFilter",
        "msExchDynamicDLBaseDN",
        "msExchRecipientTypeDetails",
    };
    g_autoptr(Schema) ad = schema_new_ad(), rfc = schema_new_rfc();
    for (gsize i = 0; i < G_N_ELEMENTS(names); i++) {
        g_test_message("%s", names[i]);
        g_assert_nonnull(schema_attribute(ad, names[i]));
        g_assert_nonnull(schema_attribute(rfc, names[i]));
    }
    g_assert_true(schema_attribute(rfc, "commonName") == schema_attribute(rfc, "cn"));
    g_assert_true(schema_attribute(rfc, "streetAddress") == schema_attribute(rfc, "street"));
    g_assert_nonnull(schema_attribute(rfc, "memberURL"));
    g_assert_true(is_class(rfc, "groupOfURLs", "groupOfURLs"));
    g_assert_cmpint(schema_rules(ad), ==, SCHEMA_RULES_AD);
    g_assert_cmpint(schema_rules(rfc), ==, SCHEMA_RULES_RFC);
}

static void
test_classes(void)
{
    static const struct {
        const char *name, *ancestor;
        gboolean    is;
    } cases[] = {
        {"user", "person", TRUE},    {"computer", "user", TRUE},    {"inetOrgPerson", "user", TRUE},
        {"contact", "person", TRUE}, {"person", "user", FALSE},     {"group", "person", FALSE},
        {"user", "top", TRUE},       {"USER", "2.5.6.6", TRUE},     {"user", "mailRecipient", FALSE},
        {"martian", "top", FALSE},   {"user", "martian", FALSE},    {"user", "user", TRUE},
        {"top", "top", TRUE},        {"publicFolder", "top", TRUE},
    };
    g_autoptr(Schema) schema = schema_new_ad();
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++)
        g_assert_cmpint(is_class(schema, cases[i].name, cases[i].ancestor), ==, cases[i].is);
    g_assert_true(is_class(schema, "msExchDynamicDistributionList", "msExchDynamicDistributionList"));
}

static void
test_definitions(void)
{
    SchemaBuilder *builder = schema_builder_new(SCHEMA_RULES_RFC);
    g_autoptr(GError) error = NULL;
    /* the inheriting type first: the order must not matter */
    static const char *const types[] = {
        "( 1.1.2 NAME ( 'nick' 'nickname' ) SUP label SINGLE-VALUE )",
        "( 1.1.1 NAME 'label' EQUALITY caseIgnoreMatch SUBSTR 2.5.13.4 SYNTAX 1.3.6.1.4.1.1466.115.121.1.15{64} )",
        "( 1.1.3 NAME 'exactNick' SUP nick EQUALITY caseExactMatch )",
        "( 1.1.4 NAME 'bare' SYNTAX 1.3.6.1.4.1.1466.115.121.1.15 )",
        "( 1.1.5 NAME 'ascii' EQUALITY caseIgnoreIA5Match SYNTAX 1.3.6.1.4.1.1466.115.121.1.26 )",
        "( 1.1.6 NAME 'a' SUP b )",
        "( 1.1.7 NAME 'b' SUP a )",
        "( 1.1.8 NAME 'odd' EQUALITY 1.2.3.4.5 SYNTAX 1.3.6.1.4.1.1466.115.121.1.15 )",
        "( 1.1.9 NAME 'label' EQUALITY caseExactMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.15 )",
    };
    for (gsize i = 0; i < G_N_ELEMENTS(types); i++) {
        g_assert_true(schema_builder_add_attribute_type(builder, types[i], &error));
        g_assert_no_error(error);
    }
    g_assert_false(schema_builder_add_attribute_type(builder, "( NAME 'x'", &error));
    g_assert_error(error, SCHEMA_ERROR, SCHEMA_ERROR_SYNTAX);
    g_clear_error(&error);
    g_assert_true(
        schema_builder_add_object_class(builder, "( 1.2.1 NAME 'low' SUP ( high $ side ) MAY nick )", &error));
    g_assert_true(schema_builder_add_object_class(builder, "( 1.2.2 NAME 'high' ABSTRACT )", &error));
    g_assert_true(schema_builder_add_object_class(builder, "( 1.2.3 NAME 'ring' SUP gnir )", &error));
    g_assert_true(schema_builder_add_object_class(builder, "( 1.2.4 NAME 'gnir' SUP ( ring $ ring ) )", &error));
    g_assert_false(schema_builder_add_object_class(builder, "nonsense", NULL));

    g_autoptr(Schema) schema = schema_builder_finish(builder);
    g_assert_cmpint(schema_attribute(schema, "nickname")->equality, ==, RULE_CASE_IGNORE);
    g_assert_cmpint(schema_attribute(schema, "nick")->substring, ==, RULE_CASE_IGNORE);
    g_assert_cmpint(schema_attribute(schema, "nick")->ordering, ==, RULE_NONE);
    g_assert_cmpint(schema_attribute(schema, "exactnick")->equality, ==, RULE_CASE_EXACT);
    g_assert_cmpint(schema_attribute(schema, "bare")->equality, ==, RULE_NONE);
    g_assert_cmpint(schema_attribute(schema, "a")->equality, ==, RULE_NONE);
    g_assert_cmpint(schema_attribute(schema, "odd")->equality, ==, RULE_NONE);
    g_assert_cmpint(schema_attribute(schema, "label")->equality, ==, RULE_CASE_IGNORE); /* the first counts */
    g_assert_true(schema_attribute(schema, "ascii")->flags & ATTRIBUTE_ASCII);
    g_assert_true(schema_attribute(schema, "nick")->flags & ATTRIBUTE_SINGLE);
    g_assert_true(schema_attribute(schema, "nickname")->flags & ATTRIBUTE_SUPERTYPE);
    g_assert_false(schema_attribute(schema, "exactnick")->flags & ATTRIBUTE_SUPERTYPE);
    g_assert_true(is_class(schema, "low", "1.2.2"));
    g_assert_false(is_class(schema, "ring", "high"));
}

static void
test_times(void)
{
    static const struct {
        const char *text, *wire; /* wire NULL: no time */
    } cases[] = {
        {"20260101000000Z", "20260101000000.0Z"},
        {"2026010100Z", "20260101000000.0Z"},
        {"202601010030Z", "20260101003000.0Z"},
        {"20260101000000.50Z", "20260101000000.5Z"},
        {"20260101000000,25Z", "20260101000000.25Z"},
        {"2026010100.5Z", "20260101003000.0Z"},
        {"202601010000.5Z", "20260101000030.0Z"},
        {"20260101010000+0100", "20260101000000.0Z"},
        {"20251231233000-0030", "20260101000000.0Z"},
        {"20260101053000+0530", "20260101000000.0Z"},
        {"20260101000000+01", "20251231230000.0Z"},
        {"20240229120000Z", "20240229120000.0Z"},
        {"20000229120000Z", "20000229120000.0Z"},
        {"20261231235960Z", "20270101000000.0Z"},
        {"16010101000000Z", "16010101000000.0Z"},
        {"99991231235959Z", "99991231235959.0Z"},
        {"00000101000000Z", "00000101000000.0Z"},
        {"260101000000Z", "20260101000000.0Z"}, /* UTC time */
        {"2601310030Z", "20260131003000.0Z"},
        {"990131003015+0100", "19990130233015.0Z"},
        {"20230229120000Z", NULL},
        {"19000229120000Z", NULL},
        {"20261301000000Z", NULL},
        {"20260132000000Z", NULL},
        {"20260101240000Z", NULL},
        {"20260101006000Z", NULL},
        {"20260101000061Z", NULL},
        {"20260101000000", NULL},
        {"20260101000000.Z", NULL},
        {"20260101000000ZZ", NULL},
        {"20260101000000+1", NULL},
        {"20260101000000+2400", NULL},
        {"20260101000000+0160", NULL},
        {"20260101", NULL},
        {"", NULL},
        {"Z", NULL},
        {"-0260101000000Z", NULL},
        {"99991231235959-0100", NULL}, /* a time, but one that has no such spelling */
    };
    g_autoptr(Schema) schema = schema_new_ad();
    const AttributeType *type = schema_attribute(schema, "whenChanged");
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        Value            value = {cases[i].text, strlen(cases[i].text)};
        gsize            length = 0;
        g_autofree char *wire = schema_wire_value(schema, type, MATCH_EQUAL, &value, &length);
        g_test_message("%s", cases[i].text);
        if (cases[i].wire != NULL && strcmp(cases[i].text, cases[i].wire) == 0)
            g_assert_null(wire); /* nothing to change */
        else
            g_assert_cmpstr(wire, ==, cases[i].wire);
    }
}

static void
test_wire(void)
{
    static const struct {
        const char *attribute, *text;
        MatchKind   kind;
        const char *wire; /* NULL: nothing to change */
    } cases[] = {
        {"groupType", "2147483650", MATCH_BIT_AND, "-2147483646"},
        {"groupType", "-2147483646", MATCH_BIT_AND, NULL},
        {"groupType", "2147483650", MATCH_EQUAL, NULL},
        {"groupType", "2", MATCH_BIT_OR, NULL},
        {"groupType", "abc", MATCH_BIT_OR, NULL},
        {"msExchVersion", "18446744073709551615", MATCH_BIT_OR, "-1"},
        {"msExchVersion", "18446744073709551616", MATCH_BIT_OR, NULL},
        {"objectGUID", "{64636261-6665-6867-696a-6b6c6d6e6f70}", MATCH_EQUAL, "abcdefghijklmnop"},
        {"objectGUID", "abcdefghijklmnop", MATCH_EQUAL, NULL},
        {"department", "Sales", MATCH_EQUAL, NULL},
        {"objectSid", "S-1-5-32-544", MATCH_EQUAL, NULL},
    };
    g_autoptr(Schema) ad = schema_new_ad(), rfc = schema_new_rfc();
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        Value            value = {cases[i].text, strlen(cases[i].text)};
        gsize            length = 0;
        g_autofree char *wire =
            schema_wire_value(ad, schema_attribute(ad, cases[i].attribute), cases[i].kind, &value, &length);
        g_assert_cmpstr(wire, ==, cases[i].wire);
        g_assert_cmpuint(length, ==, wire != NULL ? strlen(wire) : 0);
    }
    Value            value = {"2026010100Z", 11};
    gsize            length = 0;
    g_autofree char *wire = schema_wire_value(rfc, schema_attribute(rfc, "whenChanged"), MATCH_EQUAL, &value, &length);
    g_assert_null(wire);
}

/* A value of random blanks, letters and marks, short or longer than what is folded in place. */
static char *
random_text(void)
{
    static const char *const pieces[] = {" ",  "  ",           "a", "B",  "b", "é", "E\xcc\x81", "が",
                                         "カ", "\xef\xbd\xb6", "ß", "x-y"};
    GString                 *text = g_string_new(NULL);
    for (gint n = g_test_rand_int_range(1, g_test_rand_bit() ? 8 : 400); n > 0; n--)
        g_string_append(text, pieces[g_test_rand_int_range(0, G_N_ELEMENTS(pieces))]);
    return g_string_free(text, FALSE);
}

/* For any two values: equality is equality of keys, and a value has its own start and end as substrings. */
static void
test_keys_agree(void)
{
    static const char *const attributes[] = {"displayName", "cn", "legacyExchangeDN", "telephoneNumber"};
    g_autoptr(Schema) ad = schema_new_ad(), rfc = schema_new_rfc();
    for (guint i = 0; i < 4000; i++) {
        const Schema        *schema = i % 2 == 0 ? ad : rfc;
        const AttributeType *type = schema_attribute(schema, attributes[i / 2 % G_N_ELEMENTS(attributes)]);
        g_autofree char     *a = random_text(), *b = random_text();
        Value                one = {a, strlen(a)}, other = {b, strlen(b)};
        gsize                one_length = 0, other_length = 0;
        g_autofree char     *one_key = schema_value_key(type, &one, &one_length);
        g_autofree char     *other_key = schema_value_key(type, &other, &other_length);
        g_autoptr(Assertion) equal = assertion_new(schema, type, MATCH_EQUAL, &one, NULL);
        g_assert_cmpint(equal != NULL, ==, one_key != NULL);
        if (one_key == NULL)
            continue;
        gboolean same = other_key != NULL && one_length == other_length && memcmp(one_key, other_key, one_length) == 0;
        g_assert_cmpint(assertion_matches(equal, &other), ==, same);
        g_assert_true(assertion_matches(equal, &one));
        Value key = {one_key, one_length};
        g_autoptr(Assertion) start =
            one_length > 0 ? assertion_new_substring(schema, type, &key, NULL, 0, NULL, NULL) : NULL;
        g_assert_true(start == NULL || assertion_matches(start, &one));
    }
}

/* What a schema says of an attribute, compared with what another one does. */
static void
same_type(const AttributeType *type, gpointer user_data)
{
    const AttributeType *other = schema_attribute(user_data, type->name);

    g_assert_nonnull(other);
    g_assert_true(other->key == type->key);
    g_assert_cmpstr(other->oid, ==, type->oid);
    g_assert_cmpint(other->equality, ==, type->equality);
    g_assert_cmpint(other->ordering, ==, type->ordering);
    g_assert_cmpint(other->substring, ==, type->substring);
    g_assert_cmpint(other->flags, ==, type->flags);
    g_assert_cmpint(other->link_id, ==, type->link_id);
}

static void
test_octets(void)
{
    Schema *schemas[] = {schema_new_ad(), schema_new_rfc()};

    for (gsize i = 0; i < G_N_ELEMENTS(schemas); i++) {
        g_autoptr(GBytes) octets = schema_to_octets(schemas[i]);
        g_autoptr(Schema) again = schema_from_octets(octets);
        g_assert_nonnull(again);
        g_assert_cmpint(schema_rules(again), ==, schema_rules(schemas[i]));
        schema_foreach(schemas[i], same_type, again);
        schema_foreach(again, same_type, schemas[i]);
        g_assert_cmpint(is_class(again, "inetOrgPerson", "person"), ==,
                        is_class(schemas[i], "inetOrgPerson", "person"));
        g_autoptr(GBytes) same = schema_to_octets(again);
        g_assert_true(g_bytes_equal(octets, same));

        gsize length = g_bytes_get_size(octets);
        for (int round = 0; round < 100; round++) {
            g_autofree guint8 *copy = g_memdup2(g_bytes_get_data(octets, NULL), length);
            copy[g_test_rand_int_range(0, (gint32)length)] ^= (guint8)(1 << g_test_rand_int_range(0, 8));
            g_autoptr(GBytes) damaged = g_bytes_new(copy, (gsize)g_test_rand_int_range(1, (gint32)length + 1));
            Schema *odd = schema_from_octets(damaged);
            if (odd != NULL)
                schema_unref(odd);
        }
        schema_unref(schemas[i]);
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/schema/lookup", test_lookup);
    g_test_add_func("/schema/any-case", test_any_case);
    g_test_add_func("/schema/recipient-attributes", test_recipient_attributes);
    g_test_add_func("/schema/classes", test_classes);
    g_test_add_func("/schema/definitions", test_definitions);
    g_test_add_func("/schema/times", test_times);
    g_test_add_func("/schema/wire", test_wire);
    g_test_add_func("/schema/octets", test_octets);
    g_test_add_func("/schema/keys-agree", test_keys_agree);
    return g_test_run();
}
