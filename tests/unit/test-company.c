/* SPDX-License-Identifier: BSD-2-Clause
 * test-company.c - the whole library on an LDIF file: from an address to the people behind it
 */
#include "rollcall/resolver.h"

#include <glib/gstdio.h>
#include <string.h>

#define HOUR (3600 * G_TIME_SPAN_SECOND)

/* Exchange's suffix, shortened to what matters here. */
#define SUFFIX "(!(name=SystemMailbox{*))(!(msExchRecipientTypeDetails=16777216))"
#define CATEGORY(name) "objectCategory: CN=" name ",CN=Schema,CN=Configuration,DC=example,DC=com\n"
#define USER(cn, ou, address, more)                                                                               \
    "dn: CN=" cn ",OU=" ou ",DC=example,DC=com\nobjectClass: top\nobjectClass: person\n"                          \
    "objectClass: organizationalPerson\nobjectClass: user\n" CATEGORY("Person") "cn: " cn "\nname: " cn           \
                                                                                "\nmailNickname: " address        \
                                                                                "\nproxyAddresses: SMTP:" address \
                                                                                "@example.com\n" more "\n"
#define OU(ou) "dn: OU=" ou ",DC=example,DC=com\nobjectClass: organizationalUnit\nou: " ou "\n\n"
#define DYNAMIC(cn, base, filter, more)                                                                         \
    "dn: CN=" cn ",OU=Groups,DC=example,DC=com\nobjectClass: top\nobjectClass: msExchDynamicDistributionList\n" \
    "cn: " cn "\nproxyAddresses: SMTP:" cn "@example.com\nmailNickname: " cn "\nmsExchDynamicDLBaseDN: " base   \
    "\nmsExchDynamicDLFilter: " filter "\n" more "\n"
#define STATIC(cn, more)                                                                          \
    "dn: CN=" cn ",OU=Groups,DC=example,DC=com\nobjectClass: top\nobjectClass: group\n" CATEGORY( \
        "Group") "cn: " cn "\nproxyAddresses: SMTP:" cn "@example.com\nmailNickname: " cn "\n" more "\n"

static const char company[] =
    "version: 1\n\n"
    "dn: DC=example,DC=com\nobjectClass: domainDNS\ndc: example\n\n" OU("Oslo") OU("Lyon") OU("Groups") USER(
        "Ann", "Oslo", "ann", "department: Sales\n")
        USER("Bob", "Oslo", "bob", "department: Accounts\ntargetAddress: SMTP:bob@tenant.example.org\n") USER(
            "Cam", "Lyon", "cam", "department: sales\n") USER("Dan", "Lyon", "dan", "userAccountControl: 514\n")
            USER("SystemMailbox{1}", "Lyon", "system",
                 "") "dn: CN=Eve,OU=Lyon,DC=example,DC=com\nobjectClass: top\nobjectClass: person\nobjectClass: "
                     "user\n" CATEGORY("Person") "cn: Eve\ndepartment: Sales\n\n" DYNAMIC("oslo",
                                                                                          "OU=Oslo,DC=example,DC=com",
                                                                                          "(&(objectCategory=person)("
                                                                                          "mailNickname=*)" SUFFIX ")",
                                                                                          "")
                         DYNAMIC("everybody", "DC=example,DC=com",
                                 "(&(objectCategory=person)(mailNickname=*)" SUFFIX ")", "")
                             DYNAMIC("sales", "dc=Example, dc=Com", "(&(objectClass=user)(department=SALES))", "")
                                 DYNAMIC("enabled", "OU=Lyon,DC=example,DC=com",
                                         "(&(mailNickname=*)(!userAccountControl:1.2.840.113556.1.4.803:=2)" SUFFIX ")",
                                         "") DYNAMIC("groups", "OU=Groups,DC=example,DC=com", "(cn=o*)", "")
                                     STATIC("mixed", "member: CN=Ann,OU=Oslo,DC=example,DC=com\nmember: cn=sales, "
                                                     "ou=groups, dc=example, dc=com\n"
                                                     "member: CN=ring,OU=Groups,DC=example,DC=com\n")
                                         STATIC("ring", "member: CN=mixed,OU=Groups,DC=example,DC=com\nmember: "
                                                        "CN=Dan,OU=Lyon,DC=example,DC=com\n");

static const struct {
    const char *group, *roster;
} cases[] = {
    {"oslo", "ann@example.com bob@tenant.example.org"},
    {"everybody", "ann@example.com bob@tenant.example.org cam@example.com dan@example.com"},
    {"sales", "ann@example.com cam@example.com -CN=Eve,OU=Lyon,DC=example,DC=com"},
    {"enabled", "cam@example.com"},
    {"groups", "ann@example.com bob@tenant.example.org"},
    {"mixed", "ann@example.com cam@example.com dan@example.com -CN=Eve,OU=Lyon,DC=example,DC=com"},
    {"ring", "ann@example.com cam@example.com dan@example.com -CN=Eve,OU=Lyon,DC=example,DC=com"},
};

typedef struct {
    char     *folder, *file;
    Resolver *resolver;
} Fixture;

static void
fixture_set_up(Fixture *fixture, G_GNUC_UNUSED gconstpointer data)
{
    static const char *const addresses[] = {"proxyAddresses", NULL};
    g_autoptr(GError) error = NULL;

    fixture->folder = g_dir_make_tmp("rollcall-XXXXXX", &error);
    g_assert_no_error(error);
    fixture->file = g_build_filename(fixture->folder, "company.ldif", NULL);
    g_file_set_contents(fixture->file, company, -1, &error);
    g_assert_no_error(error);

    LdifSettings     ldif = {.file = fixture->file, .rules = SCHEMA_RULES_AD, .address_attributes = addresses};
    ResolverSettings settings = {.max_members = 100, .max_depth = 10, .max_time = HOUR};
    Directory       *directory = directory_ldif_new(&ldif, &error);
    g_assert_no_error(error);
    fixture->resolver = resolver_new(&settings, directory);
}

static void
fixture_tear_down(Fixture *fixture, G_GNUC_UNUSED gconstpointer data)
{
    resolver_unref(fixture->resolver);
    g_assert_cmpint(g_unlink(fixture->file), ==, 0);
    g_assert_cmpint(g_rmdir(fixture->folder), ==, 0);
    g_free(fixture->file);
    g_free(fixture->folder);
}

static char *
answer_text(const Answer *answer)
{
    g_assert_cmpint(answer->kind, ==, ANSWER_ROSTER);

    g_autoptr(GPtrArray) words = g_ptr_array_new_with_free_func(g_free);
    gsize               n_members, n_skips;
    const RosterMember *members = roster_members(answer->roster, &n_members);
    const RosterSkip   *skips = roster_skips(answer->roster, &n_skips);

    for (gsize i = 0; i < n_members; i++)
        g_ptr_array_add(words, g_strdup(address_text(members[i].route)));
    for (gsize i = 0; i < n_skips; i++)
        g_ptr_array_add(words, g_strconcat("-", skips[i].dn, NULL));
    g_ptr_array_add(words, NULL);
    return g_strjoinv(" ", (char **)words->pdata);
}

static void
test_group(Fixture *fixture, gconstpointer data)
{
    gsize            i = GPOINTER_TO_SIZE(data);
    g_autofree char *recipient = g_strconcat(cases[i].group, "@example.com", NULL);
    g_autoptr(Address) address = address_new(recipient, NULL);
    Sender sender = {.address = address};

    g_autoptr(Answer) mail = resolver_resolve(fixture->resolver, address, &sender);
    g_autofree char *roster = answer_text(mail);
    g_assert_cmpstr(roster, ==, cases[i].roster);
    g_assert_cmpstr(mail->via, ==, "ldif");

    g_autoptr(Answer) preview = resolver_preview(fixture->resolver, address);
    g_autofree char *previewed = answer_text(preview);
    g_assert_cmpstr(previewed, ==, roster);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *path = g_strconcat("/company/", cases[i].group, NULL);
        g_test_add(path, Fixture, GSIZE_TO_POINTER(i), fixture_set_up, test_group, fixture_tear_down);
    }
    return g_test_run();
}
