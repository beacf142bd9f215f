/* SPDX-License-Identifier: BSD-2-Clause
 * test-relay.c - members that lead on: contact chains, forwarding, circles; who is let in and who is seen
 *
 * Ours is x.org. Rosters are compared as text: one line a member "route < DN", one a skipped entry "- DN (reason)", one
 * a relay "DN > to". Every walk is made twice, the second time with the entries the other way round.
 */
#include "rollcall/roster.h"
#include "tests/unit/scripted-directory.h"

#include <string.h>

#define TOP "CN=top,O=x"
#define GROUP "objectClass=group\n"
#define USER "objectClass=user\n"
#define CONTACT(target) "objectClass=contact\ntargetAddress=SMTP:" target "\n"
#define MAIL(address) "proxyAddresses=SMTP:" address "\n"
#define ALIAS(address) "proxyAddresses=smtp:" address "\n"
#define MEMBER(name) "member=CN=" name ",O=x\n"
#define FORWARD(name) "altRecipient=CN=" name ",O=x\n"
#define KEEP "deliverAndRedirect=TRUE\n"

typedef enum {
    PLAIN,
    CHAINS = 1,  /* is_ours is set */
    FOLLOW = 2,  /* follow_forwarding */
    REMOTE = 4,  /* include_remote */
    REFUSE = 8,  /* admit_member refuses who has l=no */
    FOREIGN = 16 /* every domain is ours */
} How;

typedef struct {
    const char *name;
    How         how;
    const char *entries[9][2]; /* name and attributes; the first is the group that is expanded */
    const char *roster;
} Walk;

static const Walk walks[] = {
    /* ---- contact chains ---- */
    {"contact-for-a-person",
     CHAINS,
     {{"top", GROUP MEMBER("c")}, {"c", CONTACT("a@x.org")}, {"a", USER MAIL("a@x.org")}},
     "a@x.org < CN=a,O=x\nCN=c,O=x > CN=a,O=x\n"},
    {"contact-for-a-secondary-address",
     CHAINS,
     {{"top", GROUP MEMBER("c")}, {"c", CONTACT("old@x.org")}, {"a", USER MAIL("a@x.org") ALIAS("old@x.org")}},
     "a@x.org < CN=a,O=x\nCN=c,O=x > CN=a,O=x\n"},
    {"contact-for-a-migrated-mailbox",
     CHAINS,
     {{"top", GROUP MEMBER("c")},
      {"c", CONTACT("a@x.org")},
      {"a", USER MAIL("a@x.org") "targetAddress=SMTP:a@x.mail.onmicrosoft.com\n"}},
     "a@x.mail.onmicrosoft.com < CN=a,O=x\nCN=c,O=x > CN=a,O=x\n"},
    {"contact-for-a-group",
     CHAINS,
     {{"top", GROUP MEMBER("c")},
      {"c", CONTACT("g@x.org")},
      {"g", GROUP MAIL("group@x.org") ALIAS("g@x.org") MEMBER("a")},
      {"a", USER MAIL("a@x.org")}},
     "a@x.org < CN=a,O=x\nCN=c,O=x > CN=g,O=x\n"},
    {"contact-for-a-group-that-is-a-member-too",
     CHAINS,
     {{"top", GROUP MEMBER("c") MEMBER("g")},
      {"c", CONTACT("g@x.org")},
      {"g", GROUP MAIL("g@x.org") MEMBER("a")},
      {"a", USER MAIL("a@x.org")}},
     "a@x.org < CN=a,O=x\n- CN=c,O=x (same-address)\n"},
    {"contact-for-the-group-itself",
     CHAINS,
     {{"top", GROUP MAIL("top@x.org") ALIAS("other@x.org") MEMBER("c") MEMBER("a")},
      {"c", CONTACT("other@x.org")},
      {"a", USER MAIL("a@x.org")}},
     "a@x.org < CN=a,O=x\n- CN=c,O=x (same-address)\n"},
    {"contact-for-a-contact-for-a-stranger",
     CHAINS,
     {{"top", GROUP MEMBER("c1")}, {"c1", CONTACT("c2@x.org")}, {"c2", CONTACT("s@example.net") MAIL("c2@x.org")}},
     "s@example.net < CN=c2,O=x\nCN=c1,O=x > CN=c2,O=x\n"},
    {"three-contacts-in-a-row-and-a-group",
     CHAINS,
     {{"top", GROUP MEMBER("c1")},
      {"c1", CONTACT("c2@x.org")},
      {"c2", CONTACT("c3@x.org") MAIL("c2@x.org")},
      {"c3", CONTACT("g@x.org") MAIL("c3@x.org")},
      {"g", GROUP MAIL("g@x.org") MEMBER("a") MEMBER("c1")},
      {"a", USER MAIL("a@x.org")}},
     "a@x.org < CN=a,O=x\nCN=c1,O=x > CN=c2,O=x\nCN=c2,O=x > CN=c3,O=x\nCN=c3,O=x > CN=g,O=x\n"},
    {"contact-for-an-address-that-no-entry-has",
     CHAINS,
     {{"top", GROUP MEMBER("c")}, {"c", CONTACT("elsewhere@x.org")}},
     "elsewhere@x.org < CN=c,O=x\n"},
    {"contact-for-an-ambiguous-address",
     CHAINS,
     {{"top", GROUP MEMBER("c")},
      {"c", CONTACT("a@x.org")},
      {"a1", USER MAIL("one@x.org") ALIAS("a@x.org")},
      {"a2", GROUP MAIL("two@x.org") ALIAS("a@x.org")}},
     "a@x.org < CN=c,O=x\n"},
    {"contact-whose-target-is-its-own-proxy",
     CHAINS,
     {{"top", GROUP MEMBER("c")}, {"c", CONTACT("c@x.org") MAIL("c@x.org")}, {"a", USER ALIAS("c@x.org")}},
     "c@x.org < CN=c,O=x\n"},
    {"contact-with-mail-only-for-a-group",
     CHAINS,
     {{"top", GROUP MEMBER("c")},
      {"c", "objectClass=contact\nmail=g@x.org\n"},
      {"g", GROUP MAIL("g@x.org") MEMBER("a")},
      {"a", USER MAIL("a@x.org")}},
     "a@x.org < CN=a,O=x\nCN=c,O=x > CN=g,O=x\n"},
    {"two-contacts-for-one-person-who-is-a-member-too",
     CHAINS,
     {{"top", GROUP MEMBER("c1") MEMBER("c2") MEMBER("a")},
      {"c1", CONTACT("a@x.org")},
      {"c2", CONTACT("A@X.org")},
      {"a", USER MAIL("a@x.org")}},
     "a@x.org < CN=a,O=x\nCN=c1,O=x > CN=a,O=x\nCN=c2,O=x > CN=a,O=x\n"},
    {"contacts-in-a-circle",
     CHAINS,
     {{"top", GROUP MEMBER("c1") MEMBER("a")},
      {"c1", CONTACT("c2@x.org") MAIL("c1@x.org")},
      {"c2", CONTACT("c1@x.org") MAIL("c2@x.org")},
      {"a", USER MAIL("a@x.org")}},
     "a@x.org < CN=a,O=x\n- CN=c1,O=x (contact-loop)\n- CN=c2,O=x (contact-loop)\n"
     "CN=c1,O=x > CN=c2,O=x\nCN=c2,O=x > CN=c1,O=x\n"},
    {"contact-leads-into-a-circle",
     CHAINS,
     {{"top", GROUP MEMBER("c0")},
      {"c0", CONTACT("c1@x.org")},
      {"c1", CONTACT("c2@x.org") MAIL("c1@x.org")},
      {"c2", CONTACT("c1@x.org") MAIL("c2@x.org")}},
     "- CN=c0,O=x (contact-loop)\n- CN=c1,O=x (contact-loop)\n- CN=c2,O=x (contact-loop)\n"
     "CN=c0,O=x > CN=c1,O=x\nCN=c1,O=x > CN=c2,O=x\nCN=c2,O=x > CN=c1,O=x\n"},
    {"not-ours-is-not-looked-up",
     CHAINS,
     {{"top", GROUP MEMBER("c")}, {"c", CONTACT("a@example.net")}, {"a", USER MAIL("a@x.org") ALIAS("a@example.net")}},
     "a@example.net < CN=c,O=x\n"},
    {"no-chains-without-ours",
     PLAIN,
     {{"top", GROUP MEMBER("c")}, {"c", CONTACT("a@x.org")}, {"a", USER MAIL("a@x.org")}},
     "a@x.org < CN=c,O=x\n"},
    {"by-exchange-address",
     CHAINS,
     {{"top", GROUP MEMBER("c")},
      {"c", CONTACT("IMCEAEX-_o=X_cn=a@x.org")},
      {"a", USER MAIL("a@x.org") "legacyExchangeDN=/o=X/cn=a\n"}},
     "a@x.org < CN=a,O=x\nCN=c,O=x > CN=a,O=x\n"},
    /* ---- what belongs to the cloud ---- */
    {"cloud-routed-contact-of-a-migrated-group",
     CHAINS,
     {{"top",
       "objectClass=msExchDynamicDistributionList\nmsExchDynamicDLBaseDN=O=x\nmsExchDynamicDLFilter=(l=c)\n" MAIL(
           "top@x.org") ALIAS("top@x.mail.onmicrosoft.com")},
      {"c", CONTACT("top@x.mail.onmicrosoft.com") "l=c\n"}},
     "top@x.mail.onmicrosoft.com < CN=c,O=x\n"},
    {"even-if-every-domain-is-ours",
     CHAINS | FOREIGN,
     {{"top", GROUP MAIL("top@x.org") ALIAS("top@x.mail.onmicrosoft.com") MEMBER("c")},
      {"c", CONTACT("top@x.mail.onmicrosoft.com")}},
     "top@x.mail.onmicrosoft.com < CN=c,O=x\n"},
    {"proxy-of-the-group-in-a-domain-that-is-not-ours",
     CHAINS,
     {{"top", GROUP MAIL("top@x.org") ALIAS("top@example.net") MEMBER("c")}, {"c", CONTACT("top@example.net")}},
     "top@example.net < CN=c,O=x\n"},
    {"written-back-group-with-target",
     CHAINS,
     {{"top", GROUP MEMBER("m")},
      {"m", GROUP MAIL("m@x.org") "targetAddress=SMTP:m@x.onmicrosoft.com\n"
                                  "msExchRecipientTypeDetails=8796093022208\n" MEMBER("a")},
      {"a", USER MAIL("a@x.org")}},
     "m@x.onmicrosoft.com < CN=m,O=x\n"},
    {"written-back-group-without-target",
     CHAINS,
     {{"top", GROUP MEMBER("m")},
      {"m", GROUP MAIL("m@x.org") "msExchRecipientTypeDetails=8796093022208\n" MEMBER("a")},
      {"a", USER MAIL("a@x.org")}},
     "m@x.org < CN=m,O=x\n"},
    {"contact-for-a-written-back-group",
     CHAINS,
     {{"top", GROUP MEMBER("c")},
      {"c", CONTACT("m@x.org")},
      {"m", GROUP MAIL("m@x.org") "targetAddress=SMTP:m@x.onmicrosoft.com\n"
                                  "msExchRecipientTypeDetails=8796093022208\n" MEMBER("a")},
      {"a", USER MAIL("a@x.org")}},
     "m@x.onmicrosoft.com < CN=m,O=x\nCN=c,O=x > CN=m,O=x\n"},
    {"on-premises-beside-migrated-and-mail-only",
     CHAINS | FOLLOW,
     {{"top", GROUP MEMBER("here") MEMBER("gone") MEMBER("ext") MEMBER("only")},
      {"here", USER MAIL("here@x.org") "homeMDB=CN=db\nmail=here@x.org\n"},
      {"gone",
       USER MAIL("gone@x.org") ALIAS("gone@x.mail.onmicrosoft.com") "mail=gone@x.org\n"
                                                                    "targetAddress=SMTP:gone@x.mail.onmicrosoft.com\n"},
      {"ext", CONTACT("ext@example.net")},
      {"only", "objectClass=contact\nmail=only@example.net\n"}},
     "ext@example.net < CN=ext,O=x\ngone@x.mail.onmicrosoft.com < CN=gone,O=x\nhere@x.org < CN=here,O=x\n"
     "only@example.net < CN=only,O=x\n"},
    /* ---- forwarding ---- */
    {"forwarding-is-left-alone",
     CHAINS,
     {{"top", GROUP MEMBER("a")}, {"a", USER MAIL("a@x.org") FORWARD("b")}, {"b", USER MAIL("b@x.org")}},
     "a@x.org < CN=a,O=x\n"},
    {"forward-to-an-object",
     FOLLOW,
     {{"top", GROUP MEMBER("a")}, {"a", USER MAIL("a@x.org") FORWARD("b")}, {"b", USER MAIL("b@x.org")}},
     "b@x.org < CN=b,O=x\nCN=a,O=x > CN=b,O=x\n"},
    {"forward-and-keep",
     FOLLOW,
     {{"top", GROUP MEMBER("a")}, {"a", USER MAIL("a@x.org") FORWARD("b") KEEP}, {"b", USER MAIL("b@x.org")}},
     "a@x.org < CN=a,O=x\nb@x.org < CN=b,O=x\nCN=a,O=x > CN=b,O=x\n"},
    {"keep-without-forwarding-means-nothing",
     FOLLOW,
     {{"top", GROUP MEMBER("a")}, {"a", USER MAIL("a@x.org") KEEP}},
     "a@x.org < CN=a,O=x\n"},
    {"object-wins-over-address",
     FOLLOW,
     {{"top", GROUP MEMBER("a")},
      {"a", USER MAIL("a@x.org") FORWARD("b") "msExchGenericForwardingAddress=smtp:s@example.net\n"},
      {"b", USER MAIL("b@x.org")}},
     "b@x.org < CN=b,O=x\nCN=a,O=x > CN=b,O=x\n"},
    {"forward-to-an-address",
     FOLLOW,
     {{"top", GROUP MEMBER("a")}, {"a", USER MAIL("a@x.org") "msExchGenericForwardingAddress=smtp:s@example.net\n"}},
     "s@example.net < CN=a,O=x\nCN=a,O=x > s@example.net\n"},
    {"forwards-in-two-groups",
     FOLLOW,
     {{"top", GROUP MEMBER("a") MEMBER("g")},
      {"g", "objectClass=msExchDynamicDistributionList\nmsExchDynamicDLBaseDN=O=x\nmsExchDynamicDLFilter=(l=m)\n" MAIL(
                "g@x.org")},
      {"a", USER MAIL("a@x.org") "l=m\nmsExchGenericForwardingAddress=smtp:s@example.net\n"}},
     "s@example.net < CN=a,O=x\nCN=a,O=x > s@example.net\n"},
    {"forward-to-an-address-and-keep",
     FOLLOW,
     {{"top", GROUP MEMBER("a")}, {"a", USER MAIL("a@x.org") KEEP "msExchGenericForwardingAddress=s@example.net\n"}},
     "a@x.org < CN=a,O=x\ns@example.net < CN=a,O=x\nCN=a,O=x > s@example.net\n"},
    {"forward-to-an-address-of-ours",
     CHAINS | FOLLOW,
     {{"top", GROUP MEMBER("a")},
      {"a", USER MAIL("a@x.org") "msExchGenericForwardingAddress=smtp:old-b@x.org\n"},
      {"b", USER MAIL("b@x.org") ALIAS("old-b@x.org")}},
     "b@x.org < CN=b,O=x\nCN=a,O=x > CN=b,O=x\n"},
    {"forward-to-an-address-of-ours-that-no-entry-has",
     CHAINS | FOLLOW,
     {{"top", GROUP MEMBER("a")}, {"a", USER MAIL("a@x.org") "msExchGenericForwardingAddress=smtp:nobody@x.org\n"}},
     "nobody@x.org < CN=a,O=x\nCN=a,O=x > nobody@x.org\n"},
    {"forward-to-a-group",
     FOLLOW,
     {{"top", GROUP MEMBER("a")},
      {"a", USER MAIL("a@x.org") FORWARD("g")},
      {"g", GROUP MAIL("g@x.org") MEMBER("b") MEMBER("a")},
      {"b", USER MAIL("b@x.org")}},
     "b@x.org < CN=b,O=x\nCN=a,O=x > CN=g,O=x\n"},
    {"forward-to-the-group-one-is-in",
     FOLLOW,
     {{"top", GROUP MAIL("top@x.org") MEMBER("a") MEMBER("b")},
      {"a", USER MAIL("a@x.org") FORWARD("top")},
      {"b", USER MAIL("b@x.org")}},
     "b@x.org < CN=b,O=x\n- CN=a,O=x (same-address)\n"},
    {"forward-to-a-contact-for-a-person",
     CHAINS | FOLLOW,
     {{"top", GROUP MEMBER("a")},
      {"a", USER MAIL("a@x.org") FORWARD("c")},
      {"c", CONTACT("b@x.org")},
      {"b", USER MAIL("b@x.org")}},
     "b@x.org < CN=b,O=x\nCN=a,O=x > CN=c,O=x\nCN=c,O=x > CN=b,O=x\n"},
    {"contact-for-a-mailbox-that-forwards",
     CHAINS | FOLLOW,
     {{"top", GROUP MEMBER("c")},
      {"c", CONTACT("a@x.org")},
      {"a", USER MAIL("a@x.org") FORWARD("b") KEEP},
      {"b", USER MAIL("b@x.org")}},
     "a@x.org < CN=a,O=x\nb@x.org < CN=b,O=x\nCN=a,O=x > CN=b,O=x\nCN=c,O=x > CN=a,O=x\n"},
    {"deliver-and-forward-both-ways",
     FOLLOW,
     {{"top", GROUP MEMBER("a")},
      {"a", USER MAIL("a@x.org") FORWARD("b") KEEP},
      {"b", USER MAIL("b@x.org") FORWARD("a") KEEP}},
     "a@x.org < CN=a,O=x\nb@x.org < CN=b,O=x\nCN=a,O=x > CN=b,O=x\nCN=b,O=x > CN=a,O=x\n"},
    {"forward-both-ways-one-keeps",
     FOLLOW,
     {{"top", GROUP MEMBER("a")},
      {"a", USER MAIL("a@x.org") FORWARD("b")},
      {"b", USER MAIL("b@x.org") FORWARD("a") KEEP}},
     "b@x.org < CN=b,O=x\nCN=a,O=x > CN=b,O=x\nCN=b,O=x > CN=a,O=x\n"},
    {"forward-only-both-ways",
     FOLLOW,
     {{"top", GROUP MEMBER("a") MEMBER("d")},
      {"a", USER MAIL("a@x.org") FORWARD("b")},
      {"b", USER MAIL("b@x.org") FORWARD("a")},
      {"d", USER MAIL("d@x.org")}},
     "d@x.org < CN=d,O=x\n- CN=a,O=x (forwarding-loop)\n- CN=b,O=x (forwarding-loop)\n"
     "CN=a,O=x > CN=b,O=x\nCN=b,O=x > CN=a,O=x\n"},
    {"forward-to-oneself",
     FOLLOW,
     {{"top", GROUP MEMBER("a")}, {"a", USER MAIL("a@x.org") FORWARD("a")}},
     "- CN=a,O=x (forwarding-loop)\nCN=a,O=x > CN=a,O=x\n"},
    {"forward-to-ones-own-address",
     CHAINS | FOLLOW,
     {{"top", GROUP MEMBER("a")},
      {"a", USER MAIL("a@x.org") ALIAS("own@x.org") "msExchGenericForwardingAddress=smtp:own@x.org\n"}},
     "own@x.org < CN=a,O=x\nCN=a,O=x > own@x.org\n"},
    {"two-forward-to-one",
     FOLLOW,
     {{"top", GROUP MEMBER("a") MEMBER("b")},
      {"a", USER MAIL("a@x.org") FORWARD("d")},
      {"b", USER MAIL("b@x.org") FORWARD("d")},
      {"d", USER MAIL("d@x.org")}},
     "d@x.org < CN=d,O=x\nCN=a,O=x > CN=d,O=x\nCN=b,O=x > CN=d,O=x\n"},
    {"forward-to-somebody-without-address",
     FOLLOW,
     {{"top", GROUP MEMBER("a")}, {"a", USER MAIL("a@x.org") FORWARD("b")}, {"b", USER}},
     "- CN=b,O=x (no-address)\nCN=a,O=x > CN=b,O=x\n"},
    {"forward-to-what-is-no-address",
     FOLLOW,
     {{"top", GROUP MEMBER("a") MEMBER("b")},
      {"a", USER MAIL("a@x.org") "msExchGenericForwardingAddress=smtp:b@\n"},
      {"b", USER MAIL("b@x.org") KEEP "msExchGenericForwardingAddress=X400:c=US\n"}},
     "b@x.org < CN=b,O=x\n- CN=a,O=x (malformed-address)\n"},
    {"a-remote-mailbox-forwards-in-the-cloud",
     FOLLOW,
     {{"top", GROUP MEMBER("a")},
      {"a", USER MAIL("a@x.org") "targetAddress=SMTP:a@x.mail.onmicrosoft.com\n" FORWARD("b")},
      {"b", USER MAIL("b@x.org")}},
     "a@x.mail.onmicrosoft.com < CN=a,O=x\n"},
    /* ---- who is let in ---- */
    {"contact-is-not-let-in",
     CHAINS | REFUSE,
     {{"top", GROUP MEMBER("c")}, {"c", CONTACT("a@x.org") "l=no\n"}, {"a", USER MAIL("a@x.org")}},
     "- CN=c,O=x (refused)\n"},
    {"whom-a-contact-leads-to-is-not-let-in",
     CHAINS | REFUSE,
     {{"top", GROUP MEMBER("c")}, {"c", CONTACT("a@x.org")}, {"a", USER MAIL("a@x.org") "l=no\n"}},
     "- CN=a,O=x (refused)\nCN=c,O=x > CN=a,O=x\n"},
    {"who-forwards-is-not-let-in",
     FOLLOW | REFUSE,
     {{"top", GROUP MEMBER("a")}, {"a", USER MAIL("a@x.org") "l=no\n" FORWARD("b")}, {"b", USER MAIL("b@x.org")}},
     "- CN=a,O=x (refused)\n"},
    {"who-has-no-route-is-not-asked-about",
     REFUSE,
     {{"top", GROUP MEMBER("a")}, {"a", USER "l=no\n"}},
     "- CN=a,O=x (no-address)\n"},
    /* ---- filters that mean mailboxes ---- */
    {"remote-mailboxes-are-missed",
     PLAIN,
     {{"top",
       "objectClass=msExchDynamicDistributionList\nmsExchDynamicDLBaseDN=O=x\nmsExchDynamicDLFilter=(homeMDB=*)\n"},
      {"a", USER MAIL("a@x.org") "homeMDB=CN=db\n"},
      {"b", USER MAIL("b@x.org") "msExchRecipientTypeDetails=2147483648\n"}},
     "a@x.org < CN=a,O=x\n"},
    {"remote-mailboxes-are-included",
     REMOTE,
     {{"top",
       "objectClass=msExchDynamicDistributionList\nmsExchDynamicDLBaseDN=O=x\nmsExchDynamicDLFilter=(homeMDB=*)\n"},
      {"a", USER MAIL("a@x.org") "homeMDB=CN=db\n"},
      {"b", USER MAIL("b@x.org") "msExchRecipientTypeDetails=2147483648\n"},
      {"c", USER MAIL("c@x.org") "msExchRecipientTypeDetails=34359738368\n"},
      {"d", USER MAIL("d@x.org") "msExchRecipientTypeDetails=128\n"}},
     "a@x.org < CN=a,O=x\nb@x.org < CN=b,O=x\nc@x.org < CN=c,O=x\n"},
};

/* ---- the fixture ---- */

static Scripted *
scripted_with(const char *const entries[9][2])
{
    Scripted *scripted = scripted_new(SCHEMA_RULES_AD);

    scripted_add(scripted, "O=x", "objectClass=organization");
    for (gsize i = 0; i < 9 && entries[i][0] != NULL; i++) {
        g_autofree char *dn = g_strdup_printf("CN=%s,O=x", entries[i][0]);
        scripted_add(scripted, dn, entries[i][1]);
    }
    return scripted;
}

static const Entry *
entry_named(const Scripted *scripted, const char *dn)
{
    for (guint i = 0; i < scripted->entries->len; i++)
        if (strcmp(entry_dn(g_ptr_array_index(scripted->entries, i)), dn) == 0)
            return g_ptr_array_index(scripted->entries, i);
    g_assert_not_reached();
}

static void
reverse(GPtrArray *array)
{
    for (guint i = 0; i < array->len / 2; i++) {
        gpointer kept = array->pdata[i];
        array->pdata[i] = array->pdata[array->len - 1 - i];
        array->pdata[array->len - 1 - i] = kept;
    }
}

/* ---- the walk ---- */

typedef struct {
    gboolean    every_domain;
    const char *failing; /* DN at which admit_member cannot find out */
    GPtrArray  *visited; /* DNs */
} Context;

static gboolean
is_ours(const Address *address, gpointer user_data)
{
    g_assert_false(address_is_tenant_routing(address));
    return ((const Context *)user_data)->every_domain || strcmp(address_domain_key(address), "x.org") == 0;
}

static gboolean
admit(const Entry *entry, const Address *route, const char **reason, gpointer user_data, GError **error)
{
    const Context *context = user_data;

    g_assert_nonnull(route);
    if (g_strcmp0(context->failing, entry_dn(entry)) == 0) {
        g_set_error(error, DIRECTORY_ERROR, DIRECTORY_ERROR_UNAVAILABLE, "not found out");
        return FALSE;
    }
    *reason = g_strcmp0(entry_text(entry, "l"), "no") == 0 ? "refused" : NULL;
    return TRUE;
}

static void
visit(const Entry *entry, gpointer user_data)
{
    g_ptr_array_add(((Context *)user_data)->visited, (gpointer)entry_dn(entry));
}

static ExpandOptions
options_for(How how, Context *context)
{
    context->every_domain = (how & FOREIGN) != 0;
    return (ExpandOptions){
        .max_members = 100,
        .max_depth = 10,
        .deadline = G_MAXINT64,
        .is_ours = (how & CHAINS) != 0 ? is_ours : NULL,
        .follow_forwarding = (how & FOLLOW) != 0,
        .include_remote = (how & REMOTE) != 0,
        .admit_member = (how & REFUSE) != 0 ? admit : NULL,
        .visit = context->visited != NULL ? visit : NULL,
        .user_data = context,
    };
}

static Roster *
expand(Scripted *scripted, const ExpandOptions *options, GError **error)
{
    g_autoptr(Group) group = group_new(entry_named(scripted, TOP), NULL);
    return expand_group(&scripted->directory, group, options, error);
}

static char *
roster_text(const Roster *roster)
{
    GString            *text = g_string_new(NULL);
    gsize               n_members, n_skips, n_relays;
    const RosterMember *members = roster_members(roster, &n_members);
    const RosterSkip   *skips = roster_skips(roster, &n_skips);
    const RosterRelay  *relays = roster_relays(roster, &n_relays);

    for (gsize i = 0; i < n_members; i++)
        g_string_append_printf(text, "%s < %s\n", address_text(members[i].route), members[i].dn);
    for (gsize i = 0; i < n_skips; i++)
        g_string_append_printf(text, "- %s (%s)\n", skips[i].dn, skips[i].reason);
    for (gsize i = 0; i < n_relays; i++)
        g_string_append_printf(text, "%s > %s\n", relays[i].dn, relays[i].to);
    return g_string_free(text, FALSE);
}

static void
test_walk(gconstpointer data)
{
    const Walk *walk = data;
    Context     context = {FALSE};
    g_autoptr(Directory) directory = (Directory *)scripted_with(walk->entries);
    ExpandOptions options = options_for(walk->how, &context);

    for (guint turn = 0; turn < 2; turn++) {
        g_autoptr(GError) error = NULL;
        g_autoptr(Roster) roster = expand((Scripted *)directory, &options, &error);
        g_assert_no_error(error);
        g_autofree char *text = roster_text(roster);
        g_assert_cmpstr(text, ==, walk->roster);
        reverse(((Scripted *)directory)->entries);
    }
}

/* ---- who is seen ---- */

static int
compare_texts(gconstpointer a, gconstpointer b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void
test_visit(void)
{
    static const char *const entries[9][2] = {
        {"top", GROUP MEMBER("a") MEMBER("c") MEMBER("g") MEMBER("n")},
        {"a", USER MAIL("a@x.org") FORWARD("b")},
        {"b", USER MAIL("b@x.org")},
        {"c", CONTACT("d@x.org")},
        {"d", USER MAIL("d@x.org")},
        {"g", GROUP MAIL("g@x.org") MEMBER("e")},
        {"e", USER MAIL("e@x.org")},
        {"n", USER},
    };
    g_autoptr(Directory) directory = (Directory *)scripted_with(entries);
    g_autoptr(GPtrArray) visited = g_ptr_array_new();
    Context       context = {.visited = visited};
    ExpandOptions options = options_for(CHAINS | FOLLOW, &context);
    g_autoptr(Roster) roster = expand((Scripted *)directory, &options, NULL);

    g_assert_nonnull(roster);
    g_ptr_array_sort(visited, compare_texts);
    g_ptr_array_add(visited, NULL);
    g_autofree char *dns = g_strjoinv(" ", (GStrv)visited->pdata);
    g_assert_cmpstr(dns, ==, "CN=a,O=x CN=b,O=x CN=c,O=x CN=d,O=x CN=e,O=x CN=n,O=x");
}

/* ---- complete or not at all ---- */

static const struct {
    const char *name;
    How         how;
    SchemaRules rules;
    const char *failing;    /* admit_member */
    int         fails_at;   /* call of the directory that fails; -1: none */
    const char *attributes; /* of the only member */
    const char *result;     /* a pattern of the message, or the roster */
    gboolean    is_error;
} broken[] = {
    {"look-up-fails", CHAINS, SCHEMA_RULES_AD, NULL, CALL_FIND, CONTACT("b@x.org"), "*made up*", TRUE},
    {"admission-fails", REFUSE, SCHEMA_RULES_AD, "CN=a,O=x", -1, USER MAIL("a@x.org"), "*not found out*", TRUE},
    {"dangling-in-ad", FOLLOW, SCHEMA_RULES_AD, NULL, -1, USER MAIL("a@x.org") FORWARD("gone"),
     "CN=a,O=x forwards: *CN=gone,O=x*", TRUE},
    {"dangling-elsewhere", FOLLOW, SCHEMA_RULES_RFC, NULL, -1, USER MAIL("a@x.org") FORWARD("gone"),
     "- CN=a,O=x (not-found)\n- CN=gone,O=x (not-found)\n", FALSE},
    {"dangling-elsewhere-and-kept", FOLLOW, SCHEMA_RULES_RFC, NULL, -1, USER MAIL("a@x.org") FORWARD("gone") KEEP,
     "a@x.org < CN=a,O=x\n- CN=gone,O=x (not-found)\n", FALSE},
    {"target-without-class", CHAINS, SCHEMA_RULES_AD, NULL, -1, CONTACT("classless@x.org"), "objectClass of CN=z,O=x*",
     TRUE},
};

static void
test_broken(gconstpointer data)
{
    gsize             i = GPOINTER_TO_SIZE(data);
    Context           context = {.failing = broken[i].failing};
    const char *const entries[9][2] = {
        {"top", GROUP MEMBER("a")}, {"a", broken[i].attributes}, {"z", MAIL("classless@x.org")}};
    g_autoptr(GError) error = NULL;
    g_autoptr(Directory) directory = (Directory *)scripted_with(entries);
    Scripted     *scripted = (Scripted *)directory;
    ExpandOptions options = options_for(broken[i].how, &context);

    schema_unref(scripted->schema);
    scripted->schema = schema_builder_finish(schema_builder_new(broken[i].rules));
    if (broken[i].fails_at >= 0)
        scripted_fail(scripted, (ScriptedCall)broken[i].fails_at, DIRECTORY_ERROR, DIRECTORY_ERROR_UNAVAILABLE,
                      "made up");
    g_autoptr(Roster) roster = expand(scripted, &options, &error);
    if (broken[i].is_error) {
        g_assert_null(roster);
        if (!g_pattern_match_simple(broken[i].result, error->message))
            g_error("message is: %s", error->message);
        return;
    }
    g_assert_no_error(error);
    g_autofree char *text = roster_text(roster);
    g_assert_cmpstr(text, ==, broken[i].result);
}

/* ---- bounds and economy ---- */

/* `n` contacts, each for the next, the last for a stranger; only the first is a member. */
static Scripted *
scripted_chain(guint n)
{
    Scripted *scripted = scripted_new(SCHEMA_RULES_AD);

    scripted_add(scripted, "O=x", "objectClass=organization");
    scripted_add(scripted, TOP, GROUP MEMBER("1"));
    for (guint i = 1; i <= n; i++) {
        g_autofree char *dn = g_strdup_printf("CN=%u,O=x", i);
        g_autofree char *attributes =
            g_strdup_printf(CONTACT("%u@%s") MAIL("%u@x.org"), i + 1, i < n ? "x.org" : "example.net", i);
        scripted_add(scripted, dn, attributes);
    }
    return scripted;
}

static void
test_long_chain(void)
{
    Context context = {FALSE};

    for (guint excess = 0; excess < 2; excess++) {
        g_autoptr(GError) error = NULL;
        g_autoptr(Directory) directory = (Directory *)scripted_chain(11 + excess);
        ExpandOptions options = options_for(CHAINS, &context);
        g_autoptr(Roster) roster = expand((Scripted *)directory, &options, &error);
        g_assert_true((roster != NULL) == (excess == 0));
        if (excess > 0)
            g_assert_error(error, EXPAND_ERROR, EXPAND_ERROR_TOO_DEEP);
    }
}

static void
test_time_over(void)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(Directory) directory = (Directory *)scripted_chain(2);
    Context       context = {FALSE};
    ExpandOptions options = options_for(CHAINS, &context);

    options.deadline = g_get_monotonic_time() - 1;
    g_assert_null(expand((Scripted *)directory, &options, &error));
    g_assert_error(error, DIRECTORY_ERROR, DIRECTORY_ERROR_UNAVAILABLE);
}

static Scripted *
scripted_many(guint n, const char *format)
{
    Scripted *scripted = scripted_new(SCHEMA_RULES_AD);

    scripted_add(scripted, "O=x", "objectClass=organization");
    scripted_add(scripted, TOP,
                 "objectClass=msExchDynamicDistributionList\nmsExchDynamicDLBaseDN=O=x\nmsExchDynamicDLFilter=(l=m)\n");
    for (guint i = 0; i < n; i++) {
        g_autofree char *dn = g_strdup_printf("CN=%u,O=x", i);
        g_autofree char *target = g_strdup_printf("t%u@x.org", i);
        g_auto(GStrv) parts = g_strsplit(format, "TARGET", -1);
        g_autofree char *attributes = g_strjoinv(target, parts);
        scripted_add(scripted, dn, attributes);
    }
    return scripted;
}

static void
test_too_many(void)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(Directory) directory = (Directory *)scripted_many(5000, CONTACT("TARGET") "l=m\n");
    Context       context = {FALSE};
    ExpandOptions options = options_for(CHAINS, &context);

    options.max_members = 10;
    scripted_fail((Scripted *)directory, CALL_SEARCH, DIRECTORY_ERROR, DIRECTORY_ERROR_UNAVAILABLE,
                  "the search went to its end");
    g_assert_null(expand((Scripted *)directory, &options, &error));
    g_assert_error(error, EXPAND_ERROR, EXPAND_ERROR_TOO_MANY);
}

/* Nobody is looked up who has an address of his own or one elsewhere. */
static void
test_ordinary_members_cost_nothing(void)
{
    static const char *const ordinary[] = {
        USER MAIL("TARGET") "l=m\n",
        USER "mail=TARGET\nl=m\n",
        USER MAIL("TARGET") "targetAddress=SMTP:a@x.mail.onmicrosoft.com\nl=m\n",
        CONTACT("TARGET.example.net") "l=m\n",
        CONTACT("TARGET") MAIL("TARGET") "l=m\n",
    };
    Context context = {FALSE};

    for (gsize i = 0; i < G_N_ELEMENTS(ordinary); i++) {
        g_autoptr(Directory) directory = (Directory *)scripted_many(20, ordinary[i]);
        ExpandOptions options = options_for(CHAINS | FOLLOW, &context);
        g_autoptr(Roster) roster = expand((Scripted *)directory, &options, NULL);
        g_assert_nonnull(roster);
        g_assert_cmpint(((Scripted *)directory)->calls[CALL_SEARCH], ==, 1);
        g_assert_cmpint(((Scripted *)directory)->calls[CALL_FIND], ==, 0);
        g_assert_cmpint(((Scripted *)directory)->calls[CALL_READ_MANY], ==, 0);
    }
}

/* Whoever forwards to objects on one level is followed by one read. */
static void
test_objects_are_read_together(void)
{
    g_autoptr(Directory) directory = (Directory *)scripted_many(20, USER MAIL("TARGET") FORWARD("boss") "l=m\n");
    Context       context = {FALSE};
    ExpandOptions options = options_for(FOLLOW, &context);

    scripted_add((Scripted *)directory, "CN=boss,O=x", USER MAIL("boss@x.org"));
    g_autoptr(Roster) roster = expand((Scripted *)directory, &options, NULL);
    g_assert_nonnull(roster);
    g_assert_cmpint(((Scripted *)directory)->calls[CALL_READ_MANY], ==, 1);
}

/* ---- what is said ---- */

static void
test_notes(void)
{
    static const char *const entries[9][2] = {
        {"top",
         "objectClass=msExchDynamicDistributionList\nmsExchDynamicDLBaseDN=O=x\nmsExchDynamicDLFilter=(homeMDB=*)\n"},
        {"a", USER MAIL("a@x.org") KEEP "homeMDB=CN=db\nmsExchGenericForwardingAddress=nobody\n"},
    };
    static const struct {
        How         how;
        const char *notes[3];
    } rows[] = {
        {PLAIN, {TOP ": *homeMDB*mailboxes-include-remote = yes*"}},
        {REMOTE, {NULL}},
        {FOLLOW | REMOTE, {"CN=a,O=x: forwarding: malformed-address"}},
    };

    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(Directory) directory = (Directory *)scripted_with(entries);
        Context       context = {FALSE};
        ExpandOptions options = options_for(rows[i].how, &context);
        g_autoptr(Roster) roster = expand((Scripted *)directory, &options, NULL);
        const GPtrArray *notes = roster_notes(roster);

        g_assert_cmpuint(notes->len, ==, g_strv_length((GStrv)rows[i].notes));
        for (guint n = 0; n < notes->len; n++)
            if (!g_pattern_match_simple(rows[i].notes[n], g_ptr_array_index(notes, n)))
                g_error("note is: %s", (const char *)g_ptr_array_index(notes, n));
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS(walks); i++) {
        g_autofree char *path = g_strconcat("/relay/walk/", walks[i].name, NULL);
        g_test_add_data_func(path, &walks[i], test_walk);
    }
    for (gsize i = 0; i < G_N_ELEMENTS(broken); i++) {
        g_autofree char *path = g_strconcat("/relay/broken/", broken[i].name, NULL);
        g_test_add_data_func(path, GSIZE_TO_POINTER(i), test_broken);
    }
    g_test_add_func("/relay/visit", test_visit);
    g_test_add_func("/relay/long-chain", test_long_chain);
    g_test_add_func("/relay/time-over", test_time_over);
    g_test_add_func("/relay/too-many", test_too_many);
    g_test_add_func("/relay/ordinary-members-cost-nothing", test_ordinary_members_cost_nothing);
    g_test_add_func("/relay/objects-are-read-together", test_objects_are_read_together);
    g_test_add_func("/relay/notes", test_notes);
    return g_test_run();
}
