/* SPDX-License-Identifier: BSD-2-Clause
 * test-group.c - what an entry says about a group
 */
#include "rollcall/directory.h"
#include "rollcall/group.h"

#include <string.h>

#define DDG "objectClass=msExchDynamicDistributionList\n"
#define BASE "msExchDynamicDLBaseDN=OU=Oslo,DC=example,DC=com\n"
#define FILTER "msExchDynamicDLFilter=(l=Oslo)\n"
#define DN_A "CN=a,DC=example,DC=com"
#define DN_B "CN=b,DC=example,DC=com"
#define URLS "objectClass=groupOfURLs\n"

/* "name=value" lines. */
static const Entry *
entry_from_lines(const char *text)
{
    EntryBuilder *builder = entry_builder_new("CN=Staff,OU=Groups,DC=example,DC=com");
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);

    for (char **line = lines; *line != NULL; line++) {
        char *value = strchr(*line, '=');
        if (value == NULL)
            continue;
        *value++ = '\0';
        entry_builder_add(builder, *line, value, strlen(value));
    }
    return entry_builder_finish(builder);
}

static const struct {
    const char *name, *attributes;
    gboolean    is_group;
    GroupKind   kind;
    gboolean    nested;
} classes[] = {
    {"dynamic", DDG "mailNickname=staff\nproxyAddresses=SMTP:a@example.com", TRUE, GROUP_DYNAMIC, TRUE},
    {"dynamic-with-alias-only", DDG "mailNickname=staff", TRUE, GROUP_DYNAMIC, FALSE},
    {"ad-group-with-alias-only", "objectClass=group\nmailNickname=staff", TRUE, GROUP_STATIC, TRUE},
    {"dynamic-any-case", "objectClass=MSEXCHDYNAMICDISTRIBUTIONLIST\nmail=a@example.com", TRUE, GROUP_DYNAMIC, TRUE},
    {"dynamic-without-address", DDG, TRUE, GROUP_DYNAMIC, FALSE},
    {"urls", URLS, TRUE, GROUP_URL, TRUE},
    {"urls-and-names", "objectClass=groupOfNames\n" URLS, TRUE, GROUP_URL, TRUE},
    {"ad-group", "objectClass=top\nobjectClass=group\nproxyAddresses=SMTP:a@example.com", TRUE, GROUP_STATIC, TRUE},
    {"ad-group-without-address", "objectClass=top\nobjectClass=group", TRUE, GROUP_STATIC, FALSE},
    {"names-without-address", "objectClass=groupOfNames", TRUE, GROUP_STATIC, TRUE},
    {"unique-names", "objectClass=groupOfUniqueNames", TRUE, GROUP_STATIC, TRUE},
    {"written-back", "objectClass=group\nmail=a@example.com\nmsExchRecipientTypeDetails=8796093022208", FALSE},
    {"other-details", "objectClass=group\nmail=a@example.com\nmsExchRecipientTypeDetails=256", TRUE, GROUP_STATIC,
     TRUE},
    {"user", "objectClass=top\nobjectClass=user\nmail=a@example.com", FALSE},
    {"no-class", "mail=a@example.com", FALSE},
};

static void
test_class(gconstpointer data)
{
    gsize i = GPOINTER_TO_SIZE(data);
    g_autoptr(EntryRef) entry = entry_from_lines(classes[i].attributes);

    g_assert_cmpint(entry_is_group(entry), ==, classes[i].is_group);
    g_autoptr(GError) error = NULL;
    g_assert_cmpint(entry_check_class(entry, &error), ==, strstr(classes[i].attributes, "objectClass") != NULL);
    if (error != NULL)
        g_assert_error(error, DIRECTORY_ERROR, DIRECTORY_ERROR_INCOMPLETE);
    if (!classes[i].is_group)
        return;
    g_assert_cmpint(entry_group_kind(entry), ==, classes[i].kind);
    g_assert_cmpint(entry_is_expanded_when_nested(entry), ==, classes[i].nested);
}

/* `lists`: how many values each of accept, accept_groups, reject, reject_groups, moderators, bypass, bypass_groups,
 * owner, owners has. */
static const struct {
    const char *name, *attributes;
    gboolean    authenticated, moderated, personal;
    guint64     max_size;
    const char *lists, *unsupported;
} restrictions[] = {
    {"none", ""},
    {"authenticated", "msExchRequireAuthToSendTo=TRUE", .authenticated = TRUE},
    {"authenticated-false", "msExchRequireAuthToSendTo=FALSE"},
    {"authenticated-unreadable-counts-as-set", "msExchRequireAuthToSendTo=yes", .authenticated = TRUE},
    {"accept", "authOrig=" DN_A "\nauthOrig=" DN_B, .personal = TRUE, .lists = "200000000"},
    {"accept-groups", "dLMemSubmitPerms=" DN_A, .personal = TRUE, .lists = "010000000"},
    {"reject", "unauthOrig=" DN_A, .personal = TRUE, .lists = "001000000"},
    {"reject-groups", "dLMemRejectPerms=" DN_A, .personal = TRUE, .lists = "000100000"},
    {"accept-no-dn", "authOrig=" DN_A "\nauthOrig=somebody", .personal = TRUE, .lists = "200000000",
     .unsupported = "authOrig"},
    {"reject-empty", "unauthOrig=", .personal = TRUE, .lists = "001000000", .unsupported = "unauthOrig"},
    {"moderation", "msExchEnableModeration=TRUE\nmsExchModeratedByLink=" DN_A, .moderated = TRUE, .personal = TRUE,
     .lists = "000010000"},
    {"moderation-off", "msExchEnableModeration=FALSE\nmsExchModeratedByLink=" DN_A, .lists = "000010000"},
    {"moderator-alone", "msExchModeratedByLink=" DN_A, .lists = "000010000"},
    {"moderation-unreadable-counts-as-set", "msExchEnableModeration=1", .moderated = TRUE, .personal = TRUE},
    {"bypass",
     "msExchEnableModeration=TRUE\nmsExchBypassModerationLink=" DN_A "\nmsExchBypassModerationFromDLMembersLink=" DN_B,
     .moderated = TRUE, .personal = TRUE, .lists = "000001100"},
    {"owners", "managedBy=" DN_A "\nmsExchCoManagedByLink=" DN_A "\nmsExchCoManagedByLink=" DN_B, .lists = "000000012"},
    {"size", "delivContLength=1024", .personal = TRUE, .max_size = 1024 * 1024},
    {"size-smallest", "delivContLength=1", .personal = TRUE, .max_size = 1024},
    {"size-largest", "delivContLength=2147483647", .personal = TRUE, .max_size = G_GUINT64_CONSTANT(2199023254528)},
    {"size-zero", "delivContLength=0", .unsupported = "delivContLength"},
    {"size-negative", "delivContLength=-1", .unsupported = "delivContLength"},
    {"size-in-words", "delivContLength=10 KB", .unsupported = "delivContLength"},
    {"size-empty", "delivContLength=", .unsupported = "delivContLength"},
    {"size-twice", "delivContLength=1\ndelivContLength=2", .unsupported = "delivContLength"},
    {"size-overflow", "delivContLength=18014398509481984", .unsupported = "delivContLength"},
    {"broadcaster", "mgrpAllowedBroadcaster=mailto:a@example.com", .unsupported = "mgrpAllowedBroadcaster"},
    {"more-recipients", "mgrpRFC822MailMember=a@example.com", .unsupported = "mgrpRFC822MailMember"},
    {"report-switches-are-none", "reportToOriginator=TRUE\noOFReplyToOriginator=TRUE\nreportToOwner=FALSE"},
    {"both", "msExchRequireAuthToSendTo=TRUE\ndelivContLength=1", .authenticated = TRUE, .personal = TRUE,
     .max_size = 1024},
};

static void
test_restriction(gconstpointer data)
{
    gsize            i = GPOINTER_TO_SIZE(data);
    g_autofree char *text = g_strconcat(DDG BASE FILTER, restrictions[i].attributes, NULL);
    g_autoptr(EntryRef) entry = entry_from_lines(text);
    g_autoptr(GError) error = NULL;
    g_autoptr(Group) group = group_new(entry, &error);

    g_assert_no_error(error);
    const GroupRestrictions *got = group_restrictions(group);
    g_assert_cmpint(got->authenticated, ==, restrictions[i].authenticated);
    g_assert_cmpint(got->moderated, ==, restrictions[i].moderated);
    g_assert_cmpuint(got->max_size, ==, restrictions[i].max_size);
    g_assert_cmpint(restrictions_are_personal(got), ==, restrictions[i].personal);
    g_assert_cmpstr(got->unsupported, ==, restrictions[i].unsupported);
    g_autofree char *lists =
        g_strdup_printf("%u%u%u%u%u%u%u%u%u", got->accept.n, got->accept_groups.n, got->reject.n, got->reject_groups.n,
                        got->moderators.n, got->bypass.n, got->bypass_groups.n, got->owner.n, got->owners.n);
    g_assert_cmpstr(lists, ==, restrictions[i].lists != NULL ? restrictions[i].lists : "000000000");
}

/* Each attribute alone makes the quick look at a member stop, and what is read is asked for. */
static void
test_restrictions_of_members(void)
{
    static const char *const values[] = {
        "msExchRequireAuthToSendTo=FALSE", "authOrig=" DN_A,    "dLMemSubmitPerms=" DN_A,      "unauthOrig=" DN_A,
        "dLMemRejectPerms=" DN_A,          "delivContLength=1", "msExchEnableModeration=TRUE",
    };
    EntryKeys keys;

    restriction_keys_init(&keys);
    for (gsize i = 0; i < G_N_ELEMENTS(values); i++) {
        g_autofree char *text = g_strconcat("objectClass=user\nmail=a@example.com\n", values[i], NULL);
        g_autofree char *name = g_strndup(values[i], strcspn(values[i], "="));
        g_autoptr(EntryRef) entry = entry_from_lines(text);
        g_assert_true(entry_has_any(entry, &keys));
        g_assert_true(g_strv_contains(member_attributes, name));
        g_assert_true(g_strv_contains(group_attributes, name));
        g_assert_true(g_strv_contains(group_lookup_attributes, name));
    }
    g_autoptr(EntryRef) plain = entry_from_lines("objectClass=user\nmail=a@example.com\nmanagedBy=" DN_A);
    g_assert_false(entry_has_any(plain, &keys));
}

static const struct {
    const char  *name, *attributes;
    GroupReports reports;
    GroupOof     oof;
} reports[] = {
    {"unset", "", REPORTS_UNSET, OOF_UNSET},
    {"originator", "reportToOriginator=TRUE\nreportToOwner=FALSE", REPORTS_ORIGINATOR, OOF_UNSET},
    {"originator-alone", "reportToOriginator=TRUE", REPORTS_ORIGINATOR, OOF_UNSET},
    {"manager", "reportToOriginator=FALSE\nreportToOwner=TRUE", REPORTS_MANAGER, OOF_UNSET},
    {"manager-alone", "reportToOwner=TRUE", REPORTS_MANAGER, OOF_UNSET},
    {"nobody", "reportToOriginator=FALSE\nreportToOwner=FALSE", REPORTS_NOBODY, OOF_UNSET},
    {"nobody-originator-alone", "reportToOriginator=FALSE", REPORTS_NOBODY, OOF_UNSET},
    {"nobody-owner-alone", "reportToOwner=FALSE", REPORTS_NOBODY, OOF_UNSET},
    {"both-count-as-originator", "reportToOriginator=TRUE\nreportToOwner=TRUE", REPORTS_ORIGINATOR, OOF_UNSET},
    {"oof-reply", "oOFReplyToOriginator=TRUE", REPORTS_UNSET, OOF_REPLY},
    {"oof-suppress", "oOFReplyToOriginator=FALSE", REPORTS_UNSET, OOF_SUPPRESS},
};

static void
test_reports(gconstpointer data)
{
    gsize            i = GPOINTER_TO_SIZE(data);
    g_autofree char *text = g_strconcat(DDG BASE FILTER, reports[i].attributes, NULL);
    g_autoptr(EntryRef) entry = entry_from_lines(text);
    g_autoptr(Group) group = group_new(entry, NULL);

    g_assert_cmpint(group_reports(group), ==, reports[i].reports);
    g_assert_cmpint(group_oof(group), ==, reports[i].oof);
}

/* `queries`: "scope base filter" lines; `members` lines. */
static const struct {
    const char *name, *attributes, *queries, *members;
} selections[] = {
    {"dynamic", DDG BASE FILTER, "2 OU=Oslo,DC=example,DC=com (l=Oslo)\n", ""},
    {"dynamic-ignores-members", DDG BASE FILTER "member=CN=a,DC=example,DC=com",
     "2 OU=Oslo,DC=example,DC=com (l=Oslo)\n", ""},
    {"static", "objectClass=group\nmember=CN=b,DC=example,DC=com\nmember=CN=a,DC=example,DC=com", "",
     "CN=b,DC=example,DC=com\nCN=a,DC=example,DC=com\n"},
    {"static-empty", "objectClass=group", "", ""},
    {"unique-member-with-uid",
     "objectClass=groupOfUniqueNames\nuniqueMember=cn=a,dc=example#'0101'B\nuniqueMember=cn=b#'2'B,dc=example", "",
     "cn=a,dc=example\ncn=b#'2'B,dc=example\n"},
    {"url", URLS "memberURL=ldap:///ou=People,dc=example??sub?(l=Oslo)", "2 ou=People,dc=example (l=Oslo)\n", ""},
    {"url-escaped", URLS "memberURL=ldap:///ou=Big%20People,dc=example??one?(cn=a%20b)",
     "1 ou=Big People,dc=example (cn=a b)\n", ""},
    {"url-defaults", URLS "memberURL=ldap:///cn=Ann,dc=example", "0 cn=Ann,dc=example (objectClass=*)\n", ""},
    {"url-several", URLS "memberURL=ldap:///o=a??sub?(l=A)\nmemberURL=ldap:///o=b??sub?(l=B)",
     "2 o=a (l=A)\n2 o=b (l=B)\n", ""},
    {"url-mail-attribute", URLS "memberURL=ldap:///o=a?mail?sub?(l=A)", "2 o=a (l=A)\n", ""},
    {"url-and-members", URLS "memberURL=ldap:///o=a??sub?(l=A)\nmember=cn=x,o=a\nuniqueMember=cn=y,o=a",
     "2 o=a (l=A)\n", "cn=x,o=a\ncn=y,o=a\n"},
    {"static-with-url", "objectClass=groupOfNames\nmember=cn=x,o=a\nmemberURL=ldap:///o=a??sub?(l=A)", "2 o=a (l=A)\n",
     "cn=x,o=a\n"},
};

static void
test_selection(gconstpointer data)
{
    gsize i = GPOINTER_TO_SIZE(data);
    g_autoptr(EntryRef) entry = entry_from_lines(selections[i].attributes);
    g_autoptr(GError) error = NULL;
    g_autoptr(Group) group = group_new(entry, &error);
    g_autoptr(GString) queries_text = g_string_new(NULL), members_text = g_string_new(NULL);
    gsize n_queries, n_members;

    g_assert_no_error(error);
    const GroupQuery *queries = group_queries(group, &n_queries);
    for (gsize q = 0; q < n_queries; q++) {
        g_autofree char *filter = filter_print(queries[q].filter);
        g_string_append_printf(queries_text, "%d %s %s\n", queries[q].scope, queries[q].base, filter);
    }
    const char *const *members = group_members(group, &n_members);
    for (gsize m = 0; m < n_members; m++)
        g_string_append_printf(members_text, "%s\n", members[m]);
    g_assert_null(members[n_members]);
    g_assert_cmpstr(queries_text->str, ==, selections[i].queries);
    g_assert_cmpstr(members_text->str, ==, selections[i].members);
}

static const struct {
    const char *name, *attributes;
    GroupError  code;
    const char *message; /* a pattern */
} failures[] = {
    {"no-filter", DDG BASE, GROUP_ERROR_FILTER, "CN=Staff,*: msExchDynamicDLFilter: missing"},
    {"empty-filter", DDG BASE "msExchDynamicDLFilter=", GROUP_ERROR_FILTER, "*missing"},
    {"broken-filter", DDG BASE "msExchDynamicDLFilter=(&(a=b)(c=d)", GROUP_ERROR_FILTER,
     "CN=Staff,*: msExchDynamicDLFilter: position *: *"},
    {"no-base", DDG FILTER, GROUP_ERROR_BASE, "*msExchDynamicDLBaseDN: missing"},
    {"empty-base", DDG FILTER "msExchDynamicDLBaseDN=", GROUP_ERROR_BASE, "*msExchDynamicDLBaseDN: not a DN"},
    {"malformed-base", DDG FILTER "msExchDynamicDLBaseDN=Oslo", GROUP_ERROR_BASE, "*msExchDynamicDLBaseDN: not a DN"},
    {"no-url", URLS, GROUP_ERROR_FILTER, "*memberURL: missing"},
    {"no-url-at-all", URLS "memberURL=http://example.com/", GROUP_ERROR_FILTER, "*memberURL: is no LDAP URL"},
    {"url-host", URLS "memberURL=ldap://other.example.com/o=a??sub?(l=A)", GROUP_ERROR_BASE, "*names another server"},
    {"url-no-base", URLS "memberURL=ldap:///??sub?(l=A)", GROUP_ERROR_BASE, "*the base is missing*"},
    {"url-bad-base", URLS "memberURL=ldap:///Oslo??sub?(l=A)", GROUP_ERROR_BASE, "*no DN"},
    {"url-bad-filter", URLS "memberURL=ldap:///o=a??sub?(l=A)(", GROUP_ERROR_FILTER, "*memberURL: position *"},
    {"url-owner-attribute", URLS "memberURL=ldap:///o=a?owner?sub?(l=A)", GROUP_ERROR_FILTER, "*selects attributes*"},
    {"url-children", URLS "memberURL=ldap:///o=a??subordinate?(l=A)", GROUP_ERROR_BASE, "*scope*"},
    {"url-critical-extension", URLS "memberURL=ldap:///o=a??sub?(l=A)?!x-foo=1", GROUP_ERROR_FILTER, "*extension"},
    {"url-nul-in-filter", URLS "memberURL=ldap:///o=a??sub?(l=A)%00(m=B)", GROUP_ERROR_FILTER, "*has a NUL"},
    {"url-nul-in-base", URLS "memberURL=ldap:///o=a%00,o=b??sub?(l=A)", GROUP_ERROR_FILTER, "*has a NUL"},
    {"second-url-broken", URLS "memberURL=ldap:///o=a??sub?(l=A)\nmemberURL=x", GROUP_ERROR_FILTER, "*no LDAP URL"},
};

static void
test_failure(gconstpointer data)
{
    gsize i = GPOINTER_TO_SIZE(data);
    g_autoptr(EntryRef) entry = entry_from_lines(failures[i].attributes);
    g_autoptr(GError) error = NULL;

    g_assert_null(group_new(entry, &error));
    g_assert_error(error, GROUP_ERROR, (int)failures[i].code);
    if (!g_pattern_match_simple(failures[i].message, error->message))
        g_error("message is: %s", error->message);
}

static void
test_names(void)
{
    g_autoptr(EntryRef) entry =
        entry_from_lines(DDG BASE FILTER "proxyAddresses=smtp:b@example.com\n"
                                         "proxyAddresses=SMTP:Staff@example.com\nproxyAddresses=X500:/o=O\n"
                                         "proxyAddresses=smtp:a@example.com\nproxyAddresses=smtp:STAFF@EXAMPLE.com\n"
                                         "mail=c@example.com");
    g_autoptr(Group) group = group_new(entry, NULL);
    g_autoptr(GString) all = g_string_new(NULL);
    const GPtrArray *addresses = group_addresses(group);

    for (guint i = 0; i < addresses->len; i++)
        g_string_append_printf(all, "%s ", address_text(g_ptr_array_index(addresses, i)));
    g_assert_cmpstr(all->str, ==, "Staff@example.com a@example.com b@example.com c@example.com ");
    g_assert_cmpstr(group_name(group), ==, "Staff@example.com");
    g_assert_cmpstr(address_text(group_primary(group)), ==, "Staff@example.com");
}

static void
test_names_without_primary(void)
{
    g_autoptr(EntryRef) entry = entry_from_lines(DDG BASE FILTER "proxyAddresses=smtp:b@example.com");
    g_autoptr(Group) group = group_new(entry, NULL);

    g_assert_null(group_primary(group));
    g_assert_cmpstr(group_name(group), ==, "CN=Staff,OU=Groups,DC=example,DC=com");
    g_assert_cmpuint(group_addresses(group)->len, ==, 1);
}

/* The beginning of such a value is no address of the group: members who have it would be left out as "same-address". */
static void
test_names_with_nul(void)
{
    static const char proxies[][28] = {"SMTP:ann@example.com\0.net", "smtp:bob@example.com\0.net"};
    EntryBuilder     *builder = entry_builder_new("CN=Staff,DC=example,DC=com");

    entry_builder_add(builder, "objectClass", "group", 5);
    for (gsize i = 0; i < G_N_ELEMENTS(proxies); i++)
        entry_builder_add(builder, "proxyAddresses", proxies[i], 25);
    g_autoptr(EntryRef) entry = entry_builder_finish(builder);
    g_autoptr(Group) group = group_new(entry, NULL);

    g_assert_cmpuint(group_addresses(group)->len, ==, 0);
    g_assert_null(group_primary(group));
}

static char *
identity_with(const char *attribute, const char *data, gsize length)
{
    EntryBuilder *builder = entry_builder_new("CN=Staff,DC=example,DC=com");

    entry_builder_add(builder, "objectClass", "group", 5);
    entry_builder_add(builder, attribute, data, length);
    g_autoptr(EntryRef) entry = entry_builder_finish(builder);
    g_autoptr(Group) group = group_new(entry, NULL);
    return g_strdup(group_identity(group));
}

static void
test_identity(void)
{
    static const char guid[] = "\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c\x0d\xe0\x7f\xff";
    g_autofree char  *by_guid = identity_with("objectGUID", guid, 16);
    g_autofree char  *by_uuid = identity_with("entryUUID", "C2C2A2F0-0000-1030-8000-000000000001", 36);
    g_autofree char  *by_dn = identity_with("cn", "Staff", 5);

    g_assert_cmpstr(by_guid, ==, "04030201-0605-0807-090a-0b0c0de07fff");
    g_assert_cmpstr(by_uuid, ==, "c2c2a2f0-0000-1030-8000-000000000001");
    g_assert_cmpstr(by_dn, ==, "cn=staff,dc=example,dc=com");
}

static void
test_repairs(void)
{
    g_autoptr(EntryRef) entry = entry_from_lines(DDG BASE "msExchDynamicDLFilter=(&(l=Oslo)(!c=NO))");
    g_autoptr(Group) group = group_new(entry, NULL);
    gsize             n_queries;
    const GroupQuery *queries = group_queries(group, &n_queries);
    g_autofree char  *filter = filter_print(queries[0].filter);

    g_assert_cmpstr(filter, ==, "(&(l=Oslo)(!(c=NO)))");
    g_assert_cmpuint(queries[0].repairs->len, ==, 1);
}

#define ADD_TABLE(prefix, table, function)                                \
    for (gsize i = 0; i < G_N_ELEMENTS(table); i++) {                     \
        g_autofree char *path = g_strconcat(prefix, table[i].name, NULL); \
        g_test_add_data_func(path, GSIZE_TO_POINTER(i), function);        \
    }

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    ADD_TABLE("/group/class/", classes, test_class)
    ADD_TABLE("/group/restriction/", restrictions, test_restriction)
    ADD_TABLE("/group/reports/", reports, test_reports)
    g_test_add_func("/group/restriction/of-members", test_restrictions_of_members);
    ADD_TABLE("/group/selection/", selections, test_selection)
    ADD_TABLE("/group/failure/", failures, test_failure)
    g_test_add_func("/group/names", test_names);
    g_test_add_func("/group/names/without-primary", test_names_without_primary);
    g_test_add_func("/group/names/with-nul", test_names_with_nul);
    g_test_add_func("/group/identity", test_identity);
    g_test_add_func("/group/repairs", test_repairs);
    return g_test_run();
}
