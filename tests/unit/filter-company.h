/* SPDX-License-Identifier: BSD-2-Clause
 * filter-company.h - nine entries that show where directories differ: strings with blanks and accents, numbers of
 * both sizes, times, links, names with commas
 *
 * Owns:     the data.
 * Promises: the same nine entries for every test that includes it.
 * Threads:  any.
 */
#pragma once

#include "tests/unit/filter-entries.h"

#define COMPANY_BASE "OU=T,DC=example,DC=test"
#define COMPANY_SCHEMA "CN=Schema,CN=Configuration,DC=example,DC=test"

/* One value, of the entry `name`. length 0: a string. */
typedef struct {
    const char *name, *attribute, *data;
    gsize       length;
} CompanyValue;

static const struct {
    const char *name, *dn, *rdn, *class_names; /* most general first */
    const char *category;
} company_entries[] = {
    {"t1", "CN=t1," COMPANY_BASE, "t1", "top person organizationalPerson user", "Person"},
    {"t2", "CN=t2," COMPANY_BASE, "t2", "top person organizationalPerson user", "Person"},
    {"t3", "CN=t3," COMPANY_BASE, "t3", "top person organizationalPerson user", "Person"},
    {"t4", "CN=t4," COMPANY_BASE, "t4", "top person organizationalPerson contact", "Person"},
    {"ab", "CN=a\\, b," COMPANY_BASE, "a, b", "top person organizationalPerson contact", "Person"},
    {"ss", "CN=\xc3\x9f\\+x," COMPANY_BASE, "\xc3\x9f+x", "top person organizationalPerson contact", "Person"},
    {"g1", "CN=g1," COMPANY_BASE, "g1", "top group", "Group"},
    {"g2", "CN=g2," COMPANY_BASE, "g2", "top group", "Group"},
    {"ddg1", "CN=ddg1," COMPANY_BASE, "ddg1", "top msExchDynamicDistributionList", "ms-Exch-Dynamic-Distribution-List"},
};

static const CompanyValue company_values[] = {
    {"t1", "department", "Sales"},
    {"t1", "extensionAttribute1", "Alpha"},
    {"t1", "delivContLength", "100"},
    {"t1", "msExchHideFromAddressLists", "TRUE"},
    {"t1", "msExchWhenMailboxCreated", "20260101000000.0Z"},
    {"t1", "displayNamePrintable", "IaFive"},
    {"t1", "legacyExchangeDN", "/o=Org/cn=TeleTex"},
    {"t1", "msExchRecipientTypeDetails", "1"},
    {"t1", "proxyAddresses", "SMTP:T1@Example.Test"},
    {"t1", "proxyAddresses", "smtp:t1-alias@example.test"},
    {"t1", "mail", "T1@Example.Test"},
    {"t1", "displayName", "Tester  One"},
    {"t1", "givenName", "Tess"},
    {"t1", "sn", "One"},
    {"t1", "info", "back\\slash (paren) *star*"},
    {"t1", "userAccountControl", "544"},
    {"t1", "memberOf", "CN=g1," COMPANY_BASE},
    {"t1", "authOrigBL", "CN=ddg1," COMPANY_BASE},
    {"t1", "objectGUID", "\x00\x11\x22\x33\x44\x55\x66\x77\x88\x99\xaa\xbb\xcc\xdd\xee\x01", 16},
    {"t1", "objectSid", "\x01\x02\x00\x00\x00\x00\x00\x05\x20\x00\x00\x00\x20\x02\x00\x00", 16},
    {"t2", "extensionAttribute1", "alpha beta"},
    {"t2", "delivContLength", "-5"},
    {"t2", "msExchHideFromAddressLists", "FALSE"},
    {"t2", "msExchWhenMailboxCreated", "20250101000000.0Z"},
    {"t2", "displayNamePrintable", "iafive"},
    {"t2", "msExchRecipientTypeDetails", "4398046511104"},
    {"t2", "mail", "t2@example.test"},
    {"t2", "displayName", "Tester Two"},
    {"t2", "manager", "CN=t1," COMPANY_BASE},
    {"t2", "userAccountControl", "546"},
    {"t3", "department", "sales"},
    {"t3", "extensionAttribute1", "gamma "},
    {"t3", "delivContLength", "2147483647"},
    {"t3", "msExchRecipientTypeDetails", "2147483648"},
    {"t3", "displayName", "\xc3\x89ric M\xc3\xbcller"},
    {"t3", "userAccountControl", "544"},
    {"t4", "targetAddress", "SMTP:ext@partner.test"},
    {"t4", "department", "Sales Nord"},
    {"t4", "description", "d1"},
    {"t4", "authOrigBL", "CN=ddg1," COMPANY_BASE},
    {"ab", "department", "R&D"},
    {"ab", "description", "d2"},
    {"ab", "memberOf", "CN=g2," COMPANY_BASE},
    {"ss", "displayName", "Strasse"},
    {"g1", "groupType", "8"},
    {"g1", "member", "CN=t1," COMPANY_BASE},
    {"g1", "memberOf", "CN=g2," COMPANY_BASE},
    {"g1", "mail", "g1@example.test"},
    {"g2", "groupType", "-2147483640"},
    {"g2", "member", "CN=g1," COMPANY_BASE},
    {"g2", "member", "CN=a\\, b," COMPANY_BASE},
    {"ddg1", "msExchDynamicDLFilter", "(&(mail=*)(!(department=Sales)))"},
    {"ddg1", "msExchDynamicDLBaseDN", COMPANY_BASE},
    {"ddg1", "mail", "ddg1@example.test"},
    {"ddg1", "managedBy", "CN=t2," COMPANY_BASE},
    {"ddg1", "authOrig", "CN=t1," COMPANY_BASE},
    {"ddg1", "authOrig", "CN=t4," COMPANY_BASE},
    {"ddg1", "dLMemSubmitPerms", "CN=g1," COMPANY_BASE},
    {"ddg1", "reportToOriginator", "TRUE"},
    {"ddg1", "delivContLength", "10"},
};

static inline void
company_add_text(const TestWorld *world, TestEntry *entry, const char *attribute, const char *text)
{
    test_entry_add(world, entry, attribute, text, strlen(text));
}

static inline void
company_add_entry(TestWorld *world, guint i)
{
    TestEntry *entry = test_world_add(world, company_entries[i].name, company_entries[i].dn);
    g_auto(GStrv) classes = g_strsplit(company_entries[i].class_names, " ", -1);
    g_autofree char *category = g_strdup_printf("CN=%s," COMPANY_SCHEMA, company_entries[i].category);
    for (char **name = classes; *name != NULL; name++)
        company_add_text(world, entry, "objectClass", *name);
    company_add_text(world, entry, "objectCategory", category);
    company_add_text(world, entry, "cn", company_entries[i].rdn);
    company_add_text(world, entry, "name", company_entries[i].rdn);
    company_add_text(world, entry, "distinguishedName", company_entries[i].dn);
    for (gsize v = 0; v < G_N_ELEMENTS(company_values); v++) {
        const CompanyValue *value = &company_values[v];
        if (strcmp(value->name, company_entries[i].name) == 0)
            test_entry_add(world, entry, value->attribute, value->data,
                           value->length > 0 ? value->length : strlen(value->data));
    }
}

/* Takes over the reference to `schema`. */
static inline TestWorld *
company_new(Schema *schema)
{
    TestWorld *world = test_world_new(schema);
    for (guint i = 0; i < G_N_ELEMENTS(company_entries); i++)
        company_add_entry(world, i);
    return world;
}
