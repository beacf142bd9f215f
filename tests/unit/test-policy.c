/* SPDX-License-Identifier: BSD-2-Clause
 * test-policy.c - who may use a group, and what the others are told
 */
#include "rollcall/policy.h"

#include <string.h>

enum { NOBODY, STRANGER, COLLEAGUE };

static const struct {
    const char *name;
    const char *attribute, *value; /* of the group, beside its filter; NULL: none */
    int         sender;
    const char *enhanced, *reason, *text; /* enhanced NULL: allowed */
} cases[] = {
    {"open-stranger", NULL, NULL, STRANGER, NULL, NULL, NULL},
    {"open-colleague", NULL, NULL, COLLEAGUE, NULL, NULL, NULL},
    {"open-empty-sender", NULL, NULL, NOBODY, "5.7.1", "empty-sender", "*<staff@example.com>*"},
    {"authenticated-stranger", "msExchRequireAuthToSendTo", "TRUE", STRANGER, "5.7.133", "sender-not-authenticated",
     "*not authenticated*group <staff@example.com>*"},
    {"authenticated-colleague", "msExchRequireAuthToSendTo", "TRUE", COLLEAGUE, NULL, NULL, NULL},
    {"authenticated-empty-sender", "msExchRequireAuthToSendTo", "TRUE", NOBODY, "5.7.1", "empty-sender", "*"},
    {"accept-list-colleague", "authOrig", "CN=Ann,DC=example,DC=com", COLLEAGUE, "5.7.1", "restricted", "*authOrig*"},
    {"moderated-colleague", "msExchEnableModeration", "TRUE", COLLEAGUE, "5.7.1", "restricted",
     "*msExchEnableModeration*"},
    {"size-stranger", "delivContLength", "100", STRANGER, "5.7.1", "restricted", "*delivContLength*"},
};

static Group *
group_with(const char *proxy, const char *attribute, const char *value)
{
    static const char *const common[][2] = {
        {"objectClass", "msExchDynamicDistributionList"},
        {"msExchDynamicDLFilter", "(l=Oslo)"},
        {"msExchDynamicDLBaseDN", "DC=example,DC=com"},
    };
    EntryBuilder *builder = entry_builder_new("CN=Secret name,DC=example,DC=com");

    for (gsize i = 0; i < G_N_ELEMENTS(common); i++)
        entry_builder_add(builder, common[i][0], common[i][1], strlen(common[i][1]));
    if (proxy != NULL)
        entry_builder_add(builder, "proxyAddresses", proxy, strlen(proxy));
    if (attribute != NULL)
        entry_builder_add(builder, attribute, value, strlen(value));
    g_autoptr(EntryRef) entry = entry_builder_finish(builder);
    Group *group = group_new(entry, NULL);
    g_assert_nonnull(group);
    return group;
}

static void
assert_reply_is_fit(const Verdict *verdict)
{
    g_assert_cmpint(verdict->code, ==, 550);
    g_assert_cmpuint(strlen(verdict->text), <=, 400);
    for (const char *c = verdict->text; *c != '\0'; c++)
        g_assert_true(g_ascii_isprint(*c));
    g_assert_null(strstr(verdict->text, "Secret"));
}

static void
test_case(gconstpointer data)
{
    gsize i = GPOINTER_TO_SIZE(data);
    g_autoptr(Group) group = group_with("SMTP:staff@example.com", cases[i].attribute, cases[i].value);
    g_autoptr(Address) ann = address_new("ann@example.net", NULL);
    g_auto(Verdict) verdict = {.text = NULL};
    Sender sender = {
        .address = cases[i].sender == NOBODY ? NULL : ann,
        .trust = cases[i].sender == COLLEAGUE ? SENDER_AUTHENTICATED : SENDER_EXTERNAL,
    };

    g_autoptr(Policy) policy = policy_new(NULL, group, NULL, G_MAXINT64, NULL);
    policy_check(policy, &sender, &verdict);
    g_assert_cmpint(verdict.kind == VERDICT_ALLOWED, ==, cases[i].enhanced == NULL);
    g_assert_cmpstr(verdict.enhanced, ==, cases[i].enhanced);
    g_assert_cmpstr(verdict.reason, ==, cases[i].reason);
    if (verdict.kind == VERDICT_ALLOWED)
        return;
    assert_reply_is_fit(&verdict);
    if (!g_pattern_match_simple(cases[i].text, verdict.text))
        g_error("text is: %s", verdict.text);
}

/* Names that cannot or must not stand in a reply. */
static void
test_unprintable_names(void)
{
    static const char *const proxies[] = {NULL, "SMTP:st\303\244ff@example.com"};
    Sender                   nobody = {.address = NULL};

    for (gsize i = 0; i < G_N_ELEMENTS(proxies); i++) {
        g_autoptr(Group) group = group_with(proxies[i], NULL, NULL);
        g_auto(Verdict) verdict = {.text = NULL};

        g_autoptr(Policy) policy = policy_new(NULL, group, NULL, G_MAXINT64, NULL);
        policy_check(policy, &nobody, &verdict);
        assert_reply_is_fit(&verdict);
        g_assert_nonnull(strstr(verdict.text, "this group"));
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *path = g_strconcat("/policy/", cases[i].name, NULL);
        g_test_add_data_func(path, GSIZE_TO_POINTER(i), test_case);
    }
    g_test_add_func("/policy/unprintable-names", test_unprintable_names);
    return g_test_run();
}
