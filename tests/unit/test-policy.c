/* SPDX-License-Identifier: BSD-2-Clause
 * test-policy.c - who may use a group, and what the others are told
 */
#include "rollcall/policy.h"

#include "tests/unit/scripted-directory.h"

#include <string.h>

#define PEOPLE "OU=Secret people,O=x"
#define PROXY(address) "proxyAddresses=SMTP:" address "\n"

/* ann: a colleague with several addresses; bob: another; cat: a contact known by targetAddress alone. */
static const struct {
    const char *dn, *attributes;
} company[] = {
    {"O=x", "objectClass=organization"},
    {PEOPLE, "objectClass=organizationalUnit"},
    {"CN=ann," PEOPLE, "objectClass=user\nl=Oslo\nmail=ann.mail@example.com\ntargetAddress=SMTP:elsewhere@example.net\n"
                       "proxyAddresses=smtp:ann.second@example.com\n" PROXY("ann@example.com")},
    {"CN=bob," PEOPLE, "objectClass=user\nl=Bergen\n" PROXY("bob@example.com")},
    {"CN=cat," PEOPLE, "objectClass=contact\ntargetAddress=SMTP:cat@example.org"},
    {"CN=dan," PEOPLE, "objectClass=user\nmail=dan@example.com"},
    {"CN=mute," PEOPLE, "objectClass=user\nl=Oslo"},
    {"CN=club,O=x", "objectClass=group\nmember=CN=ann," PEOPLE "\n" PROXY("club@example.com")},
    {"CN=outer,O=x", "objectClass=group\nmember=CN=club,O=x\n" PROXY("outer@example.com")},
    {"CN=loop,O=x", "objectClass=group\nmember=CN=loop,O=x\nmember=CN=bob," PEOPLE "\n" PROXY("loop@example.com")},
    {"CN=closed,O=x",
     "objectClass=group\nmsExchRequireAuthToSendTo=TRUE\nmember=CN=ann," PEOPLE "\n" PROXY("closed@example.com")},
    {"CN=oslo,O=x", "objectClass=msExchDynamicDistributionList\nmsExchDynamicDLBaseDN=" PEOPLE
                    "\nmsExchDynamicDLFilter=(l=Oslo)\n" PROXY("oslo@example.com")},
    {"CN=broken,O=x", "objectClass=msExchDynamicDistributionList\nmsExchDynamicDLBaseDN=" PEOPLE
                      "\nmsExchDynamicDLFilter=(l=Oslo\n" PROXY("broken@example.com")},
    {"CN=cloud,O=x", "objectClass=group\nmsExchRecipientTypeDetails=8796093022208\n" PROXY("cloud@example.com")},
    {"CN=overcloud,O=x", "objectClass=group\nmember=CN=cloud,O=x\n" PROXY("overcloud@example.com")},
    {"CN=eve," PEOPLE, "objectClass=user\nmsExchRecipientTypeDetails=2147483648\n" PROXY("eve@example.com")},
    {"CN=mailboxes,O=x", "objectClass=msExchDynamicDistributionList\nmsExchDynamicDLBaseDN=" PEOPLE
                         "\nmsExchDynamicDLFilter=(homeMDB=*)\n" PROXY("mailboxes@example.com")},
    {"CN=nothing,O=x", "objectClass=group\n" PROXY("nothing@example.com")},
};

static Scripted *
company_directory(SchemaRules rules)
{
    Scripted *scripted = scripted_new(rules);
    for (gsize i = 0; i < G_N_ELEMENTS(company); i++)
        scripted_add(scripted, company[i].dn, company[i].attributes);
    return scripted;
}

static Group *
group_with(const char *proxy, const char *attributes)
{
    g_autofree char *text =
        g_strconcat("objectClass=msExchDynamicDistributionList\nmsExchDynamicDLFilter=(l=Oslo)\n"
                    "msExchDynamicDLBaseDN=O=x\n",
                    proxy != NULL ? "proxyAddresses=" : "", proxy != NULL ? proxy : "", "\n", attributes, NULL);
    g_autoptr(Directory) directory = (Directory *)scripted_new(SCHEMA_RULES_AD);

    scripted_add((Scripted *)directory, "CN=Secret name,O=x", text);
    Group *group = group_new(g_ptr_array_index(((Scripted *)directory)->entries, 0), NULL);
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
    g_assert_null(strstr(verdict->text, "O=x"));
    g_assert_null(strchr(verdict->text, '%'));
}

#define AUTH "msExchRequireAuthToSendTo=TRUE\n"
#define ACCEPT(dn) "authOrig=" dn "\n"
#define ACCEPT_GROUP(dn) "dLMemSubmitPerms=" dn "\n"
#define REJECT(dn) "unauthOrig=" dn "\n"
#define REJECT_GROUP(dn) "dLMemRejectPerms=" dn "\n"
#define MODERATED "msExchEnableModeration=TRUE\n"
#define ANN "CN=ann," PEOPLE
#define BOB "CN=bob," PEOPLE

/* What is said of a verdict: the enhanced code and reason of a refusal, else "allowed", "held", "undecided". */
#define ALLOWED "allowed"
#define HELD "held moderated"
#define UNDECIDED "undecided"
#define NOT_AUTHENTICATED "5.7.133 sender-not-authenticated"
#define REJECTED "5.7.1 sender-rejected"
#define NOT_ACCEPTED "5.7.124 sender-not-accepted"
#define NO_AUTHOR "5.7.1 no-author"
#define TOO_LARGE "5.2.3 too-large"
#define MODERATED_REFUSED "5.7.1 moderated"
#define RESTRICTED "5.7.1 restricted"
#define EMPTY_SENDER "5.7.1 empty-sender"

typedef struct {
    const char    *name, *asked; /* attributes of the group */
    const char    *from;         /* envelope; NULL: empty */
    SenderTrust    trust;
    const char    *verdict;
    const char    *text;   /* a pattern, or NULL */
    const char    *author; /* From header; NULL: none */
    gboolean       final;
    guint64        size;
    SenderIdentity identity;
    gboolean       hold;
    gboolean       remote; /* mailboxes-include-remote */
} Case;

#define EXT SENDER_EXTERNAL
#define OWN SENDER_AUTHENTICATED
#define MAYBE SENDER_UNDECIDED

static const Case cases[] = {
    {"open/stranger", "", "x@example.net", EXT, ALLOWED},
    {"open/colleague", "", "ann@example.com", OWN, ALLOWED},
    {"open/undecided", "", "x@example.net", MAYBE, ALLOWED},
    {"open/empty-sender", "", NULL, EXT, EMPTY_SENDER, "*<staff@example.com>*"},

    {"authenticated/stranger", AUTH, "x@example.net", EXT, NOT_AUTHENTICATED,
     "*not authenticated*group <staff@example.com>*authenticated session*"},
    {"authenticated/colleague", AUTH, "ann@example.com", OWN, ALLOWED},
    {"authenticated/undecided", AUTH, "x@example.net", MAYBE, UNDECIDED},
    {"authenticated/undecided-for-ever", AUTH, "x@example.net", MAYBE, NOT_AUTHENTICATED, .final = TRUE},
    {"authenticated/empty-sender", AUTH, NULL, EXT, EMPTY_SENDER},

    {"accept/listed", ACCEPT(ANN), "ann@example.com", EXT, ALLOWED},
    {"accept/listed-any-case", ACCEPT(ANN), "Ann@EXAMPLE.com", EXT, ALLOWED},
    {"accept/by-secondary-address", ACCEPT(ANN), "ann.second@example.com", EXT, ALLOWED},
    {"accept/by-mail", ACCEPT(ANN), "ann.mail@example.com", EXT, ALLOWED},
    {"accept/by-mail-alone", ACCEPT("CN=dan," PEOPLE), "dan@example.com", EXT, ALLOWED},
    {"accept/contact-by-target-address", ACCEPT("CN=cat," PEOPLE), "cat@example.org", EXT, ALLOWED},
    {"accept/not-by-target-beside-proxies", ACCEPT(ANN), "elsewhere@example.net", EXT, NOT_ACCEPTED},
    {"accept/other", ACCEPT(ANN), "bob@example.com", OWN, NOT_ACCEPTED,
     "*allowed-senders list of group <staff@example.com>*owner*"},
    {"accept/one-of-two", ACCEPT(ANN) ACCEPT(BOB), "bob@example.com", OWN, ALLOWED},
    {"accept/owner-is-not-implied", ACCEPT(ANN) "managedBy=" BOB, "bob@example.com", OWN, NOT_ACCEPTED},
    {"accept/undecided-trust-does-not-matter", ACCEPT(ANN), "bob@example.com", MAYBE, NOT_ACCEPTED},
    {"accept/member", ACCEPT_GROUP("CN=club,O=x"), "ann@example.com", OWN, ALLOWED},
    {"accept/member-of-nested", ACCEPT_GROUP("CN=outer,O=x"), "ann.second@example.com", OWN, ALLOWED},
    {"accept/member-of-dynamic", ACCEPT_GROUP("CN=oslo,O=x"), "ann@example.com", OWN, ALLOWED},
    {"accept/member-of-looping", ACCEPT_GROUP("CN=loop,O=x"), "bob@example.com", OWN, ALLOWED},
    {"accept/member-of-closed-group", ACCEPT_GROUP("CN=closed,O=x"), "ann@example.com", EXT, ALLOWED},
    {"accept/group-itself", ACCEPT_GROUP("CN=club,O=x"), "club@example.com", OWN, ALLOWED},
    {"accept/no-member", ACCEPT_GROUP("CN=oslo,O=x"), "bob@example.com", OWN, NOT_ACCEPTED},
    {"accept/person-or-member", ACCEPT(BOB) ACCEPT_GROUP("CN=club,O=x"), "ann@example.com", OWN, ALLOWED},
    {"accept/nobody-in-the-group", ACCEPT_GROUP("CN=nothing,O=x"), "ann@example.com", OWN, NOT_ACCEPTED},
    {"accept/group-among-the-people", ACCEPT("CN=club,O=x"), "ann@example.com", OWN, NOT_ACCEPTED},
    {"accept/malformed", ACCEPT(ANN) ACCEPT("nobody knows"), "ann@example.com", OWN, RESTRICTED, "*authOrig*"},

    {"reject/listed", REJECT(ANN), "ann.second@example.com", OWN, REJECTED, "*<staff@example.com>*owner*"},
    {"reject/other", REJECT(ANN), "bob@example.com", OWN, ALLOWED},
    {"reject/member", REJECT_GROUP("CN=outer,O=x"), "ann@example.com", OWN, REJECTED},
    {"reject/member-of-dynamic", REJECT_GROUP("CN=oslo,O=x"), "ann@example.com", OWN, REJECTED},
    {"reject/group-among-the-people", REJECT("CN=outer,O=x"), "ann@example.com", OWN, REJECTED},
    {"reject/wins-over-accept", ACCEPT(ANN) REJECT_GROUP("CN=club,O=x"), "ann@example.com", OWN, REJECTED},
    {"reject/neither-list", ACCEPT(ANN) REJECT(BOB), "dan@example.com", OWN, NOT_ACCEPTED},
    {"reject/remote-mailbox", REJECT_GROUP("CN=mailboxes,O=x"), "eve@example.com", OWN, REJECTED, .remote = TRUE},
    {"reject/remote-mailbox-left-out", REJECT_GROUP("CN=mailboxes,O=x"), "eve@example.com", OWN, ALLOWED},
    {"accept/remote-mailbox", ACCEPT_GROUP("CN=mailboxes,O=x"), "eve@example.com", OWN, ALLOWED, .remote = TRUE},
    {"reject/malformed", REJECT("nobody knows"), "ann@example.com", OWN, RESTRICTED, "*unauthOrig*"},

    {"order/authentication-first", AUTH REJECT(ANN), "ann@example.com", EXT, NOT_AUTHENTICATED},
    {"order/list-before-size", ACCEPT(ANN) "delivContLength=1", "x@example.net", EXT, NOT_ACCEPTED, .size = 9999},
    {"order/refused-either-way", AUTH REJECT(ANN), "ann@example.com", MAYBE, REJECTED},
    {"order/allowed-if-authenticated", AUTH ACCEPT(ANN), "ann@example.com", MAYBE, UNDECIDED},

    {"size/at-limit", "delivContLength=1", "x@example.net", EXT, ALLOWED, .size = 1024},
    {"size/over-limit-may-shrink", "delivContLength=1", "x@example.net", EXT, UNDECIDED, .size = 1025},
    {"size/over-limit", "delivContLength=1", "x@example.net", EXT, TOO_LARGE, "*<staff@example.com>*at most 1 KB*",
     .size = 1025, .final = TRUE},
    {"size/large-limit", "delivContLength=10240", "x@example.net", EXT, TOO_LARGE, "*at most 10240 KB*",
     .size = 10485761, .final = TRUE},
    {"size/not-known-yet", "delivContLength=1", "x@example.net", EXT, UNDECIDED},
    {"size/never-known", "delivContLength=1", "x@example.net", EXT, TOO_LARGE, .final = TRUE},
    {"size/unreadable", "delivContLength=many", "x@example.net", OWN, RESTRICTED, "*delivContLength*"},
    {"size/zero", "delivContLength=0", "x@example.net", OWN, RESTRICTED, "*delivContLength*"},

    {"moderated/refused", MODERATED, "ann@example.com", OWN, MODERATED_REFUSED,
     "*<staff@example.com>*moderated*owner*"},
    {"moderated/held", MODERATED, "ann@example.com", OWN, HELD, .hold = TRUE},
    {"moderated/moderator", MODERATED "msExchModeratedByLink=" ANN, "ann@example.com", OWN, ALLOWED},
    {"moderated/other-than-moderator", MODERATED "msExchModeratedByLink=" ANN, "bob@example.com", OWN,
     MODERATED_REFUSED},
    {"moderated/bypass", MODERATED "msExchBypassModerationLink=" ANN, "ann@example.com", OWN, ALLOWED},
    {"moderated/bypass-group", MODERATED "msExchBypassModerationFromDLMembersLink=CN=outer,O=x", "ann@example.com", OWN,
     ALLOWED},
    {"moderated/owner", MODERATED "managedBy=" BOB "\nmsExchModeratedByLink=" ANN, "bob@example.com", OWN, ALLOWED},
    {"moderated/further-owner", MODERATED "msExchCoManagedByLink=" BOB, "bob@example.com", OWN, ALLOWED},
    {"moderated/held-either-way", MODERATED, "ann@example.com", MAYBE, HELD, .hold = TRUE},
    {"moderated/refused-for-another-reason", MODERATED REJECT(ANN), "ann@example.com", OWN, REJECTED, .hold = TRUE},
    {"moderated/off", "msExchModeratedByLink=" ANN, "bob@example.com", OWN, ALLOWED},

    {"unsupported/any-sender", "mgrpModerator=mailto:a@example.com", "ann@example.com", OWN, RESTRICTED,
     "*mgrpModerator*owner*"},

    {"header/not-seen-yet", ACCEPT(ANN), "ann@example.com", OWN, UNDECIDED, .identity = IDENTITY_HEADER},
    {"header/listed", ACCEPT(ANN), "x@example.net", OWN, ALLOWED, .author = "ann@example.com", .final = TRUE,
     .identity = IDENTITY_HEADER},
    {"header/other", ACCEPT(ANN), "ann@example.com", OWN, NOT_ACCEPTED, .author = "x@example.net", .final = TRUE,
     .identity = IDENTITY_HEADER},
    {"header/none-accept", ACCEPT(ANN), "ann@example.com", OWN, NO_AUTHOR, "*From header*", .final = TRUE,
     .identity = IDENTITY_HEADER},
    {"header/none-reject", REJECT(ANN), "x@example.net", OWN, NO_AUTHOR, .final = TRUE, .identity = IDENTITY_HEADER},
    {"header/none-without-lists", AUTH, "x@example.net", OWN, ALLOWED, .final = TRUE, .identity = IDENTITY_HEADER},
    {"header/none-moderated", MODERATED "managedBy=" ANN, "ann@example.com", OWN, MODERATED_REFUSED, .final = TRUE,
     .identity = IDENTITY_HEADER},
    {"header/rejected", REJECT(ANN), "x@example.net", OWN, REJECTED, .author = "ann@example.com", .final = TRUE,
     .identity = IDENTITY_HEADER},
    {"header/moderator-not-seen-yet", MODERATED "managedBy=" ANN, "ann@example.com", OWN, UNDECIDED, .hold = TRUE,
     .identity = IDENTITY_HEADER},

    {"both/envelope-refused-at-once", ACCEPT(ANN), "x@example.net", OWN, NOT_ACCEPTED, .identity = IDENTITY_BOTH},
    {"both/not-seen-yet", ACCEPT(ANN), "ann@example.com", OWN, UNDECIDED, .identity = IDENTITY_BOTH},
    {"both/listed", ACCEPT(ANN), "ann@example.com", OWN, ALLOWED, .author = "ann.second@example.com", .final = TRUE,
     .identity = IDENTITY_BOTH},
    {"both/header-differs", ACCEPT(ANN), "ann@example.com", OWN, NOT_ACCEPTED, .author = "x@example.net", .final = TRUE,
     .identity = IDENTITY_BOTH},
    {"both/rejected-by-envelope", REJECT(ANN), "ann@example.com", OWN, REJECTED, .author = "x@example.net",
     .final = TRUE, .identity = IDENTITY_BOTH},
    {"both/rejected-by-header", REJECT(ANN), "x@example.net", OWN, REJECTED, .author = "ann@example.com", .final = TRUE,
     .identity = IDENTITY_BOTH},

    {"system/authenticated", AUTH REJECT(ANN) MODERATED "delivContLength=1", "Journal@example.com", OWN, ALLOWED,
     .size = 9999},
    {"system/unsupported", "mgrpModerator=x", "journal@example.com", OWN, ALLOWED},
    {"system/forged", ACCEPT(ANN), "journal@example.com", EXT, NOT_ACCEPTED},
    {"system/undecided", ACCEPT(ANN), "journal@example.com", MAYBE, UNDECIDED},
};

static char *
verdict_text(const Verdict *verdict)
{
    static const char *const kinds[] = {
        [VERDICT_ALLOWED] = "allowed", [VERDICT_HELD] = "held", [VERDICT_UNDECIDED] = "undecided"};

    return g_strconcat(verdict->kind == VERDICT_REFUSED ? verdict->enhanced : kinds[verdict->kind],
                       verdict->reason != NULL ? " " : NULL, verdict->reason, NULL);
}

static void
test_case(gconstpointer data)
{
    static const char *const system_senders[] = {"postmaster@example.com", "journal@example.com", NULL};
    const Case              *c = data;
    g_autoptr(Directory) directory = (Directory *)company_directory(SCHEMA_RULES_AD);
    g_autoptr(Group) group = group_with("SMTP:staff@example.com", c->asked);
    g_autoptr(Address) from = c->from != NULL ? address_new(c->from, NULL) : NULL;
    g_autoptr(Address) author = c->author != NULL ? address_new(c->author, NULL) : NULL;
    g_autoptr(GError) error = NULL;
    g_auto(Verdict) verdict = {.text = NULL};
    PolicySettings settings = {
        .identity = c->identity,
        .hold_moderated = c->hold,
        .include_remote = c->remote,
        .system_senders = system_senders,
    };
    Sender sender = {.address = from, .from = author, .trust = c->trust, .size = c->size, .final = c->final};

    g_autoptr(Policy) policy = policy_new(directory, group, &settings, G_MAXINT64, &error);
    g_assert_no_error(error);
    policy_check(policy, &sender, &verdict);
    g_autofree char *said = verdict_text(&verdict);
    g_assert_cmpstr(said, ==, c->verdict);
    if (verdict.kind == VERDICT_REFUSED)
        assert_reply_is_fit(&verdict);
    else
        g_assert_null(verdict.text);
    if (c->text != NULL && !g_pattern_match_simple(c->text, verdict.text))
        g_error("text is: %s", verdict.text);
}

/* What a policy can be asked for must not depend on the order of the questions, nor on threads: it never changes. */
static void
test_judges_many(void)
{
    g_autoptr(Directory) directory = (Directory *)company_directory(SCHEMA_RULES_AD);
    g_autoptr(Group) group = group_with("SMTP:staff@example.com", ACCEPT(ANN));
    g_autoptr(Policy) policy = policy_new(directory, group, NULL, G_MAXINT64, NULL);
    g_autoptr(Address) ann = address_new("ann@example.com", NULL), bob = address_new("bob@example.com", NULL);
    g_auto(Verdict) verdict = {.text = NULL};

    for (int i = 0; i < 3; i++) {
        Sender listed = {.address = ann}, other = {.address = bob};
        policy_check(policy, &listed, &verdict);
        g_assert_cmpint(verdict.kind, ==, VERDICT_ALLOWED);
        policy_check(policy, &other, &verdict);
        g_assert_cmpint(verdict.kind, ==, VERDICT_REFUSED);
        verdict_clear(&verdict);
    }
    g_assert_cmpint(((Scripted *)directory)->calls[CALL_READ_MANY], ==, 1);
}

/* ---- lists that cannot be worked out ---- */

static const struct {
    const char *name, *asked;
    SchemaRules rules;
    const char *domain; /* of the error; NULL: the policy is made */
    int         code;
    const char *message; /* a pattern */
} failures[] = {
    {"accept/gone-in-ad", ACCEPT("CN=gone,O=x"), SCHEMA_RULES_AD, "directory", DIRECTORY_ERROR_INCOMPLETE,
     "CN=Secret name,O=x: accept list: CN=gone,O=x cannot be read*"},
    {"accept/gone-elsewhere", ACCEPT("CN=gone,O=x"), SCHEMA_RULES_RFC, NULL, 0, NULL},
    {"reject/gone-elsewhere", REJECT("CN=gone,O=x"), SCHEMA_RULES_RFC, "directory", DIRECTORY_ERROR_INCOMPLETE,
     "*reject list: CN=gone,O=x cannot be read*"},
    {"accept/group-gone-in-ad", ACCEPT_GROUP("CN=gone,O=x"), SCHEMA_RULES_AD, "directory", DIRECTORY_ERROR_INCOMPLETE,
     "*"},
    {"accept/broken-filter", ACCEPT_GROUP("CN=broken,O=x"), SCHEMA_RULES_AD, "group", GROUP_ERROR_FILTER,
     "*accept list: CN=broken,O=x: msExchDynamicDLFilter: *"},
    {"reject/broken-filter", REJECT_GROUP("CN=broken,O=x"), SCHEMA_RULES_AD, "group", GROUP_ERROR_FILTER, "*"},
    {"accept/microsoft-365-group", ACCEPT_GROUP("CN=cloud,O=x"), SCHEMA_RULES_AD, "policy", POLICY_ERROR_LIST,
     "*accept list: CN=cloud,O=x is a Microsoft 365 group*"},
    {"reject/nested-microsoft-365-group", REJECT_GROUP("CN=overcloud,O=x"), SCHEMA_RULES_AD, "policy",
     POLICY_ERROR_LIST, "*reject list: CN=cloud,O=x is a Microsoft 365 group*"},
    {"moderator/gone-in-ad", MODERATED "msExchModeratedByLink=CN=gone,O=x", SCHEMA_RULES_AD, "directory",
     DIRECTORY_ERROR_INCOMPLETE, "*exempt from moderation: CN=gone,O=x*"},
    {"moderator/gone-but-not-moderated", "msExchModeratedByLink=CN=gone,O=x", SCHEMA_RULES_AD, NULL, 0, NULL},
};

static void
test_failure(gconstpointer data)
{
    gsize i = GPOINTER_TO_SIZE(data);
    g_autoptr(Directory) directory = (Directory *)company_directory(failures[i].rules);
    g_autoptr(Group) group = group_with("SMTP:staff@example.com", failures[i].asked);
    g_autoptr(GError) error = NULL;
    g_autoptr(Policy) policy = policy_new(directory, group, NULL, G_MAXINT64, &error);

    g_assert_cmpint(policy != NULL, ==, failures[i].domain == NULL);
    if (policy != NULL)
        return;
    GQuark domain = *failures[i].domain == 'd'   ? DIRECTORY_ERROR
                    : *failures[i].domain == 'g' ? GROUP_ERROR
                                                 : POLICY_ERROR;
    g_assert_error(error, domain, failures[i].code);
    if (!g_pattern_match_simple(failures[i].message, error->message))
        g_error("message is: %s", error->message);
}

static void
test_directory_down(void)
{
    static const ScriptedCall calls[] = {CALL_READ_MANY, CALL_SEARCH};

    for (gsize i = 0; i < G_N_ELEMENTS(calls); i++) {
        g_autoptr(Directory) directory = (Directory *)company_directory(SCHEMA_RULES_AD);
        g_autoptr(Group) group = group_with("SMTP:staff@example.com", REJECT_GROUP("CN=oslo,O=x"));
        g_autoptr(GError) error = NULL;

        scripted_fail((Scripted *)directory, calls[i], DIRECTORY_ERROR, DIRECTORY_ERROR_UNAVAILABLE, "gone");
        g_assert_null(policy_new(directory, group, NULL, G_MAXINT64, &error));
        g_assert_error(error, DIRECTORY_ERROR, DIRECTORY_ERROR_UNAVAILABLE);
    }
}

/* Most groups have no lists, and then nothing is asked. */
static void
test_no_lists_no_calls(void)
{
    g_autoptr(Directory) directory = (Directory *)company_directory(SCHEMA_RULES_AD);
    g_autoptr(Group) group = group_with("SMTP:staff@example.com", AUTH "managedBy=" ANN "\ndelivContLength=100");
    g_autoptr(Policy) policy = policy_new(directory, group, NULL, G_MAXINT64, NULL);

    g_assert_nonnull(policy);
    for (int i = 0; i < N_CALLS; i++)
        g_assert_cmpint(((Scripted *)directory)->calls[i], ==, 0);
}

/* Names that cannot or must not stand in a reply. */
static void
test_unprintable_names(void)
{
    static const char *const proxies[] = {NULL, "SMTP:st\303\244ff@example.com"};
    Sender                   nobody = {.address = NULL};

    for (gsize i = 0; i < G_N_ELEMENTS(proxies); i++) {
        g_autoptr(Group) group = group_with(proxies[i], "");
        g_auto(Verdict) verdict = {.text = NULL};

        g_autoptr(Policy) policy = policy_new(NULL, group, NULL, G_MAXINT64, NULL);
        policy_check(policy, &nobody, &verdict);
        assert_reply_is_fit(&verdict);
        g_assert_nonnull(strstr(verdict.text, "this group"));
    }
}

/* ---- members ---- */

static void
test_member(void)
{
    g_autoptr(Directory) directory = (Directory *)company_directory(SCHEMA_RULES_AD);
    g_autoptr(Address) ann = address_new("ann@example.com", NULL), bob = address_new("bob@example.com", NULL);
    Sender listed = {.address = ann}, other = {.address = bob};
    g_auto(Verdict) verdict = {.text = NULL};

    scripted_add((Scripted *)directory, "CN=boss,O=x", "objectClass=user\n" ACCEPT(ANN) PROXY("boss@example.com"));
    GPtrArray   *entries = ((Scripted *)directory)->entries;
    const Entry *boss = g_ptr_array_index(entries, entries->len - 1);
    g_autoptr(Policy) policy = policy_new_for_member(directory, boss, NULL, G_MAXINT64, NULL);
    policy_check(policy, &listed, &verdict);
    g_assert_cmpint(verdict.kind, ==, VERDICT_ALLOWED);
    policy_check(policy, &other, &verdict);
    g_assert_cmpint(verdict.kind, ==, VERDICT_REFUSED);
}

static const struct {
    const char *name, *route, *details;
    gboolean    online;
} places[] = {
    {"mailbox", "a@example.com", "1", FALSE},
    {"no-details", "a@example.com", NULL, FALSE},
    {"remote-mailbox", "a@example.com", "2147483648", TRUE},
    {"remote-shared", "a@example.com", "34359738368", TRUE},
    {"remote-room", "a@example.com", "8589934592", TRUE},
    {"remote-equipment", "a@example.com", "17179869184", TRUE},
    {"written-back-group", "a@example.com", "8796093022208", TRUE},
    {"mail-user-in-the-cloud", "a@Contoso.mail.OnMicrosoft.com", "128", TRUE},
    {"government", "a@contoso.onmicrosoft.us", "128", TRUE},
    {"china", "a@contoso.partner.onmschina.cn", "128", TRUE},
    {"look-alike", "a@notonmicrosoft.com", "128", FALSE},
    {"suffix-in-the-middle", "a@contoso.onmicrosoft.com.example.net", "128", FALSE},
};

static void
test_place(gconstpointer data)
{
    gsize         i = GPOINTER_TO_SIZE(data);
    EntryBuilder *builder = entry_builder_new("CN=a,O=x");
    g_autoptr(Address) route = address_new(places[i].route, NULL);

    if (places[i].details != NULL)
        entry_builder_add(builder, "msExchRecipientTypeDetails", places[i].details, strlen(places[i].details));
    g_autoptr(EntryRef) entry = entry_builder_finish(builder);
    g_assert_cmpint(member_is_online(entry, route), ==, places[i].online);
}

/* ---- for the administrator ---- */

static void
test_described(void)
{
    g_autoptr(Group) open = group_with("SMTP:staff@example.com", "managedBy=" ANN);
    g_autoptr(Group) closed = group_with(
        "SMTP:staff@example.com", AUTH ACCEPT("CN=a,O=x") ACCEPT_GROUP("CN=g,O=x") REJECT_GROUP("CN=r,O=x") MODERATED
        "managedBy=CN=o,O=x\nmsExchModeratedByLink=CN=m,O=x\ndelivContLength=10\nmgrpModerator=x");
    g_autoptr(GPtrArray) nothing = group_describe_restrictions(open), lines = group_describe_restrictions(closed);

    g_assert_cmpuint(nothing->len, ==, 0);
    g_ptr_array_add(lines, NULL);
    g_autofree char *text = g_strjoinv("\n", (char **)lines->pdata);
    g_assert_cmpstr(text, ==,
                    "mgrpModerator cannot be honoured: all mail is refused\n"
                    "authenticated senders only\n"
                    "rejects members of <CN=r,O=x>\n"
                    "accepts only <CN=a,O=x> and members of <CN=g,O=x>\n"
                    "messages of at most 10 KB\n"
                    "moderated, moderators <CN=m,O=x>, owner <CN=o,O=x>");
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *path = g_strconcat("/policy/", cases[i].name, NULL);
        g_test_add_data_func(path, &cases[i], test_case);
    }
    for (gsize i = 0; i < G_N_ELEMENTS(failures); i++) {
        g_autofree char *path = g_strconcat("/policy/failure/", failures[i].name, NULL);
        g_test_add_data_func(path, GSIZE_TO_POINTER(i), test_failure);
    }
    for (gsize i = 0; i < G_N_ELEMENTS(places); i++) {
        g_autofree char *path = g_strconcat("/policy/online/", places[i].name, NULL);
        g_test_add_data_func(path, GSIZE_TO_POINTER(i), test_place);
    }
    g_test_add_func("/policy/judges-many", test_judges_many);
    g_test_add_func("/policy/failure/directory-down", test_directory_down);
    g_test_add_func("/policy/no-lists-no-calls", test_no_lists_no_calls);
    g_test_add_func("/policy/unprintable-names", test_unprintable_names);
    g_test_add_func("/policy/member", test_member);
    g_test_add_func("/policy/described", test_described);
    return g_test_run();
}
