/* SPDX-License-Identifier: BSD-2-Clause
 * test-filter-fold.c - how a filter is rewritten for a server, and what is said about what was left out
 */
#include "rollcall/filter.h"

#include "resolver/filter/filter-node.h"

#include <string.h>

#define UNKNOWN ": the schema does not have this attribute"
#define CHAIN ":1.2.840.113556.1.4.1941:="
#define T1 "CN=t1,DC=example,DC=test"

typedef struct {
    const char *name, *filter, *folded;
    const char *notes; /* joined by "; " */
} FoldCase;

static const FoldCase ad_cases[] = {
    {"plain", "(&(mail=*)(department=Sales))", "(&(mail=*)(department=Sales))", ""},
    {"single", "(department=Sales)", "(department=Sales)", ""},
    {"not-single", "(!(department=Sales))", "(!(department=Sales))", ""},
    {"not-not", "(!(!(department=Sales)))", "(department=Sales)", ""},
    {"not-or", "(!(|(mail=*)(cn=x)))", "(&(!(mail=*))(!(cn=x)))", ""},
    {"not-and", "(!(&(mail=*)(cn=x)))", "(|(!(mail=*))(!(cn=x)))", ""},
    {"not-and-of-not", "(!(&(mail=*)(!(cn=x))))", "(|(!(mail=*))(cn=x))", ""},
    {"undefined", "(x-a=1)", "(|)", "x-a" UNKNOWN},
    {"undefined/not", "(!(x-a=1))", "(|)", "x-a" UNKNOWN},
    {"undefined/or", "(|(x-a=1)(cn=x))", "(cn=x)", "x-a" UNKNOWN},
    {"undefined/and", "(&(x-a=1)(cn=x))", "(|)", "x-a" UNKNOWN},
    {"undefined/and-not", "(&(cn=x)(!(x-a=1)))", "(|)", "x-a" UNKNOWN},
    {"undefined/not-and", "(!(&(x-a=1)(cn=x)))", "(!(cn=x))", "x-a" UNKNOWN},
    {"undefined/not-or", "(!(|(x-a=1)(cn=x)))", "(|)", "x-a" UNKNOWN},
    {"undefined/present", "(!(x-a=*))", "(|)", "x-a" UNKNOWN},
    {"undefined/once", "(|(x-a=1)(x-a=2)(x-b=1)(cn=x))", "(cn=x)", "x-a" UNKNOWN "; x-b" UNKNOWN},
    {"undefined/all-noted", "(&(x-a=1)(x-b=1)(|(&)(x-c=1)))", "(|)", "x-a" UNKNOWN "; x-b" UNKNOWN "; x-c" UNKNOWN},
    {"undefined/option", "(|(cn;x-en=1)(cn=x))", "(cn=x)", "cn;x-en: attribute options are not supported"},
    {"undefined/no-attribute", "(|(:1.2:=1)(cn=x))", "(cn=x)", "(:1.2): a rule for all attributes is not supported"},
    {"undefined/chain", "(|(cn" CHAIN T1 ")(cn=x))", "(cn=x)", "cn: in-chain works on linked attributes only"},
    {"flat/and", "(&(mail=*)(&(cn=x)(&(sn=y))))", "(&(mail=*)(cn=x)(sn=y))", ""},
    {"flat/or", "(|(|(mail=*)(cn=x))(sn=y))", "(|(mail=*)(cn=x)(sn=y))", ""},
    {"flat/through-not", "(&(mail=*)(!(|(cn=x)(sn=y))))", "(&(mail=*)(!(cn=x))(!(sn=y)))", ""},
    {"flat/through-or-of-one", "(&(mail=*)(|(&(cn=x)(sn=y))))", "(&(mail=*)(cn=x)(sn=y))", ""},
    {"flat/one", "(&(|(&(cn=x))))", "(cn=x)", ""},
    {"once/and", "(&(cn=x)(mail=*)(cn=x)(&(mail=*)(!(cn=x))))", "(&(cn=x)(mail=*)(!(cn=x)))", ""},
    {"once/to-one", "(|(cn=x)(|(cn=x)))", "(cn=x)", ""},
    {"once/not-alike", "(|(cn=x)(cn=X)(sn=x)(cn>=x)(cn=x*)(cn=*x))", "(|(cn=x)(cn=X)(sn=x)(cn>=x)(cn=x*)(cn=*x))", ""},
    {"kept/or-in-and", "(&(mail=*)(|(cn=x)(sn=y)))", "(&(mail=*)(|(cn=x)(sn=y)))", ""},
    {"constant/true", "(&)", "(&)", ""},
    {"constant/false", "(|)", "(|)", ""},
    {"constant/not-false", "(!(|))", "(&)", ""},
    {"constant/and-true", "(&(mail=*)(&))", "(mail=*)", ""},
    {"constant/and-false", "(&(mail=*)(|))", "(|)", ""},
    {"constant/or-true", "(|(mail=*)(&))", "(&)", ""},
    {"constant/or-false", "(|(mail=*)(|))", "(mail=*)", ""},
    {"always/and", "(&(objectClass=*)(mail=*))", "(mail=*)", ""},
    {"always/alone", "(objectClass=*)", "(&)", ""},
    {"always/not", "(!(objectClass=*))", "(|)", ""},
    {"wire/approx", "(cn~=x)", "(cn=x)", ""},
    {"wire/no-rule", "(cn:=x)", "(cn=x)", ""},
    {"wire/dn-attributes", "(cn:dn:=x)", "(cn=x)", ""},
    {"wire/attribute-by-oid", "(2.5.4.3=x*y*z)", "(cn=x*y*z)", ""},
    {"wire/time", "(whenCreated>=202601010000Z)", "(whenCreated>=20260101000000.0Z)", ""},
    {"wire/time-already", "(!(whenCreated<=20260101000000.0Z))", "(!(whenCreated<=20260101000000.0Z))", ""},
    {"wire/bits", "(groupType:1.2.840.113556.1.4.803:=2147483656)", "(groupType:1.2.840.113556.1.4.803:=-2147483640)",
     ""},
    {"wire/bits-already", "(groupType:1.2.840.113556.1.4.804:=8)", "(groupType:1.2.840.113556.1.4.804:=8)", ""},
    {"wire/chain", "(memberOf" CHAIN T1 ")", "(memberOf" CHAIN T1 ")", ""},
    {"wire/anr", "(|(anr=ann)(!(anr==bob)))", "(|(anr=ann)(!(anr==bob)))", ""},
    {"wire/substring", "(cn=a*b*c)", "(cn=a*b*c)", ""},
};

static const FoldCase rfc_cases[] = {
    {"approx", "(cn~=x)", "(cn~=x)", ""},
    {"anr", "(|(anr=x)(cn=x))", "(cn=x)", "anr: ambiguous name resolution is Active Directory's"},
    {"no-rule", "(cn:=x)", "(cn=x)", ""},
    {"dn-attributes", "(!(cn:dn:=x))", "(|)", "cn: matching the parts of a DN (:dn) is not supported"},
    {"rule", "(cn:caseExactMatch:=x)", "(cn:caseExactMatch:=x)", ""},
    {"not-or", "(!(|(mail=*)(cn=x)))", "(&(!(mail=*))(!(cn=x)))", ""},
};

static void
check_fold(const FoldCase *c, const Schema *schema)
{
    g_autoptr(GPtrArray) notes = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(FilterRef) filter = filter_parse(c->filter, NULL, NULL);
    g_autoptr(FilterRef) folded = filter_fold(filter, schema, notes);
    g_autofree char *text = filter_print(folded);
    g_ptr_array_add(notes, NULL);
    g_autofree char *noted = g_strjoinv("; ", (char **)notes->pdata);
    g_assert_cmpstr(text, ==, c->folded);
    g_assert_cmpstr(noted, ==, c->notes);

    g_autoptr(FilterRef) again = filter_fold(folded, schema, NULL);
    g_assert_true(filter_is_same(folded, again));
}

static void
test_ad(gconstpointer data)
{
    g_autoptr(Schema) schema = schema_new_ad();
    check_fold(data, schema);
}

static void
test_rfc(gconstpointer data)
{
    g_autoptr(Schema) schema = schema_new_rfc();
    check_fold(data, schema);
}

/* NOT, AND and OR in turn, with a term on each level: de Morgan must not copy what lies below. */
static void
test_growth(void)
{
    g_autoptr(Schema) schema = schema_new_ad();
    GString *text = g_string_new("(cn=x)");
    for (guint i = 0; i < 160; i++) {
        g_string_prepend(text, "(!(&(mail=*)(|(sn=*)");
        g_string_append(text, ")))");
    }
    g_autoptr(FilterRef) filter = filter_parse(text->str, NULL, NULL);
    g_autoptr(FilterRef) folded = filter_fold(filter, schema, NULL);
    g_autofree char *printed = filter_print(folded);
    g_assert_cmpuint(strlen(printed), <=, 2 * text->len);
    g_string_free(text, TRUE);
}

static void
add_cases(const char *schema, const FoldCase *cases, gsize n_cases, GTestDataFunc test)
{
    for (gsize i = 0; i < n_cases; i++) {
        g_autofree char *path = g_strdup_printf("/filter-fold/%s/%s", schema, cases[i].name);
        g_test_add_data_func(path, &cases[i], test);
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    add_cases("ad", ad_cases, G_N_ELEMENTS(ad_cases), test_ad);
    add_cases("rfc", rfc_cases, G_N_ELEMENTS(rfc_cases), test_rfc);
    g_test_add_func("/filter-fold/growth", test_growth);
    return g_test_run();
}
