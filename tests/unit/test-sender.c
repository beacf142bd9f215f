/* SPDX-License-Identifier: BSD-2-Clause
 * test-sender.c - what depends on who sends: groups and members below the first, reports, decisions at the end
 */
#include "rollcall/resolver.h"

#include "tests/unit/scripted-directory.h"

#include <string.h>

#define HOUR (3600 * G_TIME_SPAN_SECOND)
#define PROXY(address) "proxyAddresses=SMTP:" address "@example.com\n"
#define GROUP(name, more) "objectClass=group\n" PROXY(name) more
#define USER(name, more) "objectClass=user\n" PROXY(name) more
#define MEMBER(cn) "member=CN=" cn ",O=x\n"
#define DYNAMIC(name, tag, more)                                                                          \
    "objectClass=msExchDynamicDistributionList\nmsExchDynamicDLBaseDN=O=x\nmsExchDynamicDLFilter=(l=" tag \
    ")\n" PROXY(name) more

static const struct {
    const char *dn, *attributes;
} company[] = {
    {"O=x", "objectClass=organization"},
    {"CN=ann,O=x", USER("ann", "l=a\n")},
    {"CN=bob,O=x", USER("bob", "l=a\n")},
    {"CN=cat,O=x", USER("cat", "")},
    {"CN=dan,O=x", USER("dan", "")},
    {"CN=boss,O=x", USER("boss", "authOrig=CN=ann,O=x\nl=b\n")},
    {"CN=bossonline,O=x", USER("bossonline", "authOrig=CN=ann,O=x\nl=b\nmsExchRecipientTypeDetails=2147483648\n")},
    {"CN=shy,O=x", USER("shy", "msExchRequireAuthToSendTo=TRUE\nl=b\n")},
    {"CN=small,O=x", USER("small", "delivContLength=1\nl=s\n")},
    {"CN=plain,O=x", USER("plain", "msExchRequireAuthToSendTo=FALSE\nl=b\n")},
    {"CN=odd,O=x", USER("odd", "delivContLength=some\n")},
    /* below the first */
    {"CN=authonly,O=x", GROUP("authonly", MEMBER("bob") "msExchRequireAuthToSendTo=TRUE")},
    {"CN=listed,O=x", GROUP("listed", MEMBER("cat") "authOrig=CN=ann,O=x")},
    {"CN=limited,O=x", GROUP("limited", MEMBER("dan") "delivContLength=1")},
    {"CN=moderated,O=x", GROUP("moderated", MEMBER("dan") "msExchEnableModeration=TRUE\nmanagedBy=CN=ann,O=x")},
    {"CN=broken,O=x", GROUP("broken", MEMBER("dan") "authOrig=CN=gone,O=x")},
    {"CN=inner,O=x", GROUP("inner", MEMBER("listed") MEMBER("bob"))},
    {"CN=innerauth,O=x", GROUP("innerauth", MEMBER("limited") "msExchRequireAuthToSendTo=TRUE")},
    /* asked for */
    {"CN=overauth,O=x", GROUP("overauth", MEMBER("ann") MEMBER("authonly"))},
    {"CN=overlisted,O=x", GROUP("overlisted", MEMBER("ann") MEMBER("listed"))},
    {"CN=overinner,O=x", GROUP("overinner", MEMBER("ann") MEMBER("inner"))},
    {"CN=overlimited,O=x", GROUP("overlimited", MEMBER("ann") MEMBER("limited"))},
    {"CN=onlylimited,O=x", GROUP("onlylimited", MEMBER("limited"))},
    {"CN=overmoderated,O=x", GROUP("overmoderated", MEMBER("ann") MEMBER("moderated"))},
    {"CN=overbroken,O=x", GROUP("overbroken", MEMBER("ann") MEMBER("broken"))},
    {"CN=overmany,O=x", GROUP("overmany", MEMBER("ann") MEMBER("authonly") MEMBER("limited"))},
    {"CN=overinnerauth,O=x", GROUP("overinnerauth", MEMBER("ann") MEMBER("innerauth"))},
    {"CN=members,O=x", DYNAMIC("members", "b", "")},
    {"CN=smalls,O=x", DYNAMIC("smalls", "s", "")},
    {"CN=peer1,O=x", USER("peer1", "dLMemSubmitPerms=CN=overauth,O=x\nl=p\n")},
    {"CN=peer2,O=x", USER("peer2", "dLMemSubmitPerms=CN=overauth,O=x\nl=p\n")},
    {"CN=peer3,O=x", USER("peer3", "dLMemRejectPerms=CN=overauth,O=x\nl=p\n")},
    {"CN=peers,O=x", DYNAMIC("peers", "p", "")},
    {"CN=eve,O=x", USER("eve", "msExchRecipientTypeDetails=2147483648\n")},
    {"CN=mailboxes,O=x", "objectClass=msExchDynamicDistributionList\nmsExchDynamicDLBaseDN=O=x\n"
                         "msExchDynamicDLFilter=(homeMDB=*)\n" PROXY("mailboxes")},
    {"CN=noteve,O=x", GROUP("noteve", MEMBER("ann") "dLMemRejectPerms=CN=mailboxes,O=x\n")},
    {"CN=odds,O=x", GROUP("odds", MEMBER("odd") MEMBER("ann"))},
    {"CN=closed,O=x", GROUP("closed", MEMBER("ann") "msExchRequireAuthToSendTo=TRUE")},
    {"CN=sized,O=x", GROUP("sized", MEMBER("ann") "delivContLength=1")},
    {"CN=approved,O=x", GROUP("approved", MEMBER("ann") "msExchEnableModeration=TRUE\n")},
    {"CN=badlist,O=x", GROUP("badlist", MEMBER("ann") "unauthOrig=CN=gone,O=x\n")},
    {"CN=cloud,O=x", GROUP("cloud", "msExchRecipientTypeDetails=8796093022208\n")},
    {"CN=cloudlist,O=x", GROUP("cloudlist", MEMBER("ann") "dLMemSubmitPerms=CN=cloud,O=x\n")},
    /* reports */
    {"CN=manager,O=x", "objectClass=user\nproxyAddresses=SMTP:manager@example.com\ntargetAddress=SMTP:m@cloud.example"},
    {"CN=mute,O=x", "objectClass=user\n"},
    {"CN=originator,O=x", GROUP("originator", MEMBER("ann") "reportToOriginator=TRUE\noOFReplyToOriginator=TRUE\n")},
    {"CN=nobody,O=x", GROUP("nobody", MEMBER("ann") "reportToOriginator=FALSE\noOFReplyToOriginator=FALSE\n")},
    {"CN=both,O=x",
     GROUP("both", MEMBER("ann") "reportToOriginator=TRUE\nreportToOwner=TRUE\nmanagedBy=CN=manager,O=x\n")},
    {"CN=managed,O=x", GROUP("managed", MEMBER("ann") "reportToOwner=TRUE\nmanagedBy=CN=manager,O=x\n")},
    {"CN=ownerless,O=x", GROUP("ownerless", MEMBER("ann") "reportToOwner=TRUE\n")},
    {"CN=mutemanager,O=x", GROUP("mutemanager", MEMBER("ann") "reportToOwner=TRUE\nmanagedBy=CN=mute,O=x\n")},
    {"CN=groupmanager,O=x", GROUP("groupmanager", MEMBER("ann") "reportToOwner=TRUE\nmanagedBy=CN=inner,O=x\n")},
    {"CN=gonemanager,O=x", GROUP("gonemanager", MEMBER("ann") "reportToOwner=TRUE\nmanagedBy=CN=gone,O=x\n")},
    {"CN=ownmanager,O=x", GROUP("ownmanager", MEMBER("ann") "reportToOwner=TRUE\nmanagedBy=CN=double,O=x\n")},
    {"CN=double,O=x", USER("ownmanager", "")},
};

static Scripted *
company_directory(SchemaRules rules)
{
    Scripted *scripted = scripted_new(rules);
    for (gsize i = 0; i < G_N_ELEMENTS(company); i++)
        scripted_add(scripted, company[i].dn, company[i].attributes);
    return scripted;
}

/* One is a group's own address, which stands for nobody's mail. */
static const char *const system_senders[] = {"journal@example.com", "odds@example.com", NULL};

static ResolverSettings
usual_settings(void)
{
    return (ResolverSettings){.max_members = 100, .max_depth = 5, .max_time = HOUR, .max_waiting = 8};
}

/* "ann@ bob@ -reason": local parts of the members, then why the others are skipped. NULL without a roster. */
static char *
roster_text(const Roster *roster)
{
    if (roster == NULL)
        return NULL;

    g_autoptr(GPtrArray) words = g_ptr_array_new_with_free_func(g_free);
    gsize               n_members, n_skips;
    const RosterMember *members = roster_members(roster, &n_members);
    const RosterSkip   *skips = roster_skips(roster, &n_skips);

    for (gsize i = 0; i < n_members; i++)
        g_ptr_array_add(words, g_strdup(address_local(members[i].route)));
    for (gsize i = 0; i < n_skips; i++)
        g_ptr_array_add(words, g_strconcat("-", skips[i].reason, NULL));
    g_ptr_array_add(words, NULL);
    return g_strjoinv(" ", (char **)words->pdata);
}

#define EXT SENDER_EXTERNAL
#define OWN SENDER_AUTHENTICATED
#define MAYBE SENDER_UNDECIDED

/* How the message ends: the sender as it turned out. */
typedef struct {
    SenderTrust trust;
    guint64     size;
    const char *verdict; /* enhanced code, "allowed", "held"; NULL: no such ending */
    const char *roster;
} Ending;

typedef struct {
    const char  *name, *group, *from;
    SenderTrust  trust;
    const char  *roster;   /* or the enhanced code of a refusal or deferral */
    const char  *external; /* NULL: none */
    int          calls;    /* of the directory, for walks and lists; 0: not counted */
    guint64      size;
    gboolean     undecided, held, hold;
    CheckMembers check;
    Ending       endings[3];
    gboolean     accept_empty, needs_size;
    gboolean     remote; /* include_remote */
} Case;

static const Case cases[] = {
    {"nested-authentication/stranger", "overauth", "x", EXT, "ann -sender-not-authenticated", .calls = 2},
    {"nested-authentication/colleague", "overauth", "x", OWN, "ann bob", .calls = 3},
    {"nested-authentication/undecided", "overauth", "x", MAYBE, "ann bob", "ann -sender-not-authenticated", .calls = 5,
     .undecided = TRUE,
     .endings = {{OWN, 1, "allowed", "ann bob"},
                 {EXT, 1, "allowed", "ann -sender-not-authenticated"},
                 {MAYBE, 1, "allowed", "ann -sender-not-authenticated"}}},

    {"nested-list/listed", "overlisted", "ann", EXT, "ann cat", .calls = 6},
    {"nested-list/other", "overlisted", "bob", OWN, "ann -sender-not-accepted", .calls = 5},
    {"nested-list/deeper", "overinner", "ann", OWN, "ann bob cat"},
    {"nested-list/undecided-trust-is-nothing-to-it", "overlisted", "ann", MAYBE, "ann cat", .calls = 6},
    {"nested-list/broken", "overbroken", "ann", OWN, "4.4.3"},

    {"nested-size/fits", "overlimited", "x", EXT, "ann dan", .calls = 5, .size = 1024},
    {"nested-size/unknown", "overlimited", "x", EXT, "ann dan", "ann -undecided", .calls = 7, .needs_size = TRUE,
     .undecided = TRUE, .endings = {{EXT, 1024, "allowed", "ann dan"}, {EXT, 1025, "allowed", "ann -undecided"}}},
    {"nested-size/too-large-for-all", "onlylimited", "x", EXT, "dan", "-undecided", .size = 9999, .needs_size = TRUE,
     .undecided = TRUE, .endings = {{EXT, 1024, "allowed", "dan"}, {EXT, 9999, "5.2.4", "-undecided"}}},
    {"nested-size/too-large-for-all-accepted", "onlylimited", "x", EXT, "dan", "-undecided", .size = 9999,
     .needs_size = TRUE, .undecided = TRUE, .endings = {{EXT, 9999, "allowed", "-undecided"}}, .accept_empty = TRUE},
    {"nested-size/behind-authentication", "overinnerauth", "x", MAYBE, "ann dan", "ann -undecided", .needs_size = TRUE,
     .undecided = TRUE,
     .endings = {{OWN, 1024, "allowed", "ann dan"},
                 {OWN, 1025, "allowed", "ann -undecided"},
                 {EXT, 1024, "allowed", "ann -undecided"}}},
    {"nested-many/differ-at-the-end", "overmany", "x", MAYBE, "ann bob dan", "ann -undecided -undecided",
     .needs_size = TRUE, .undecided = TRUE,
     .endings = {{OWN, 1, "allowed", "ann bob dan"},
                 {EXT, 1, "allowed", "ann -undecided -undecided"},
                 {OWN, 9999, "allowed", "ann -undecided -undecided"}}},

    {"nested-moderation/refused", "overmoderated", "bob", OWN, "ann -moderated"},
    {"nested-moderation/owner", "overmoderated", "ann", OWN, "ann dan"},
    {"nested-moderation/held", "overmoderated", "bob", OWN, "ann dan", .hold = TRUE, .held = TRUE},
    {"nested-moderation/owner-is-not-held", "overmoderated", "ann", OWN, "ann dan", .hold = TRUE},

    {"system/authenticated-passes-all", "overmany", "journal", OWN, "ann bob dan", .calls = 4},
    {"system/nested-list", "overlisted", "journal", OWN, "ann cat", .calls = 3},
    {"system/forged", "overlisted", "journal", EXT, "ann -sender-not-accepted"},
    {"system/undecided", "overlisted", "journal", MAYBE, "ann cat", "ann -undecided", .undecided = TRUE,
     .endings = {{OWN, 1, "allowed", "ann cat"}, {EXT, 1, "allowed", "ann -undecided"}}},

    {"members/not-checked", "members", "x", EXT, "boss bossonline plain shy", .calls = 1},
    {"members/external-stranger", "members", "x", EXT, "bossonline plain -member-restricted -member-restricted",
     .check = CHECK_MEMBERS_EXTERNAL},
    {"members/external-listed", "members", "ann", OWN, "boss bossonline plain shy", .check = CHECK_MEMBERS_EXTERNAL},
    {"members/all-stranger", "members", "x", EXT, "plain -member-restricted -member-restricted -member-restricted",
     .check = CHECK_MEMBERS_ALL},
    {"members/all-undecided", "members", "ann", MAYBE, "boss bossonline plain shy",
     "boss bossonline plain -member-restricted", .undecided = TRUE, .check = CHECK_MEMBERS_ALL,
     .endings = {{OWN, 1, "allowed", "boss bossonline plain shy"},
                 {EXT, 1, "allowed", "boss bossonline plain -member-restricted"}}},
    {"members/size-unknown", "smalls", "x", EXT, "small", "-member-restricted", .needs_size = TRUE, .undecided = TRUE,
     .check = CHECK_MEMBERS_ALL,
     .endings = {{EXT, 1024, "allowed", "small"}, {EXT, 1025, "5.2.4", "-member-restricted"}}},
    {"members/unreadable", "odds", "x", OWN, "ann -member-restricted", .check = CHECK_MEMBERS_ALL, .calls = 1},
    {"members/system", "members", "journal", OWN, "boss bossonline plain shy", .check = CHECK_MEMBERS_ALL, .calls = 1},

    /* one walk for all, one for the sender, two lists of three groups' levels, and the sender's again */
    {"members/lists-in-common-are-read-once", "peers", "ann", OWN, "peer1 peer2 -member-restricted",
     .check = CHECK_MEMBERS_ALL, .calls = 11},

    {"top/list-as-delivered", "noteve", "eve", OWN, "5.7.1", .remote = TRUE},
    {"top/list-as-delivered-without-remote", "noteve", "eve", OWN, "ann"},
    {"top/undecided", "closed", "x", MAYBE, "ann", .undecided = TRUE,
     .endings = {{OWN, 1, "allowed", "ann"}, {EXT, 1, "5.7.133", "ann"}}},
    {"top/size-unknown", "sized", "x", EXT, "ann", .needs_size = TRUE, .undecided = TRUE,
     .endings = {{EXT, 1024, "allowed", "ann"}, {EXT, 1025, "5.2.3", "ann"}}},
    {"top/held", "approved", "x", OWN, "ann", .hold = TRUE, .held = TRUE},
    {"top/moderated", "approved", "x", OWN, "5.7.1"},
    {"top/list-unreadable", "badlist", "x", OWN, "4.4.3"},
    {"top/list-in-the-cloud", "cloudlist", "x", OWN, "4.3.5"},
};

static Address *
local_address(const char *local)
{
    g_autofree char *text = g_strconcat(local, "@example.com", NULL);
    return address_new(text, NULL);
}

static void
check_ending(const Answer *answer, const Address *from, const Ending *ending)
{
    Sender sender = {.address = from, .trust = ending->trust, .size = ending->size, .final = TRUE};
    g_auto(Verdict) verdict = {.kind = VERDICT_REFUSED};
    const Roster    *roster = answer_decide(answer, &sender, &verdict);
    g_autofree char *text = roster_text(roster);
    gboolean         in_doubt = answer->stale && *ending->verdict == '5';

    g_assert_cmpstr(verdict.kind == VERDICT_ALLOWED ? "allowed"
                    : verdict.kind == VERDICT_HELD  ? "held"
                                                    : verdict.enhanced,
                    ==, in_doubt ? "4.4.3" : ending->verdict);
    g_assert_cmpstr(text, ==, ending->roster);
    g_assert_cmpint(verdict.text != NULL, ==, verdict.kind == VERDICT_REFUSED);
}

static void
test_case(gconstpointer data)
{
    const Case      *c = data;
    ResolverSettings settings = usual_settings();
    Scripted        *scripted = company_directory(SCHEMA_RULES_AD);
    g_autoptr(Address) group = local_address(c->group), from = local_address(c->from);
    Sender sender = {.address = from, .trust = c->trust, .size = c->size};

    settings.policy = (PolicySettings){.hold_moderated = c->hold, .system_senders = system_senders};
    settings.check_members = c->check;
    settings.accept_empty = c->accept_empty;
    settings.include_remote = c->remote;
    g_autoptr(Resolver) resolver = resolver_new(&settings, &scripted->directory);
    g_autoptr(Answer) answer = resolver_resolve(resolver, group, &sender);
    g_autofree char *roster = roster_text(answer->roster), *external = roster_text(answer->external_roster);

    g_assert_cmpstr(answer->kind == ANSWER_ROSTER ? roster : answer->enhanced, ==, c->roster);
    g_assert_cmpstr(external, ==, c->external);
    g_assert_cmpint(answer->undecided, ==, c->undecided);
    g_assert_cmpint(answer->held, ==, c->held);
    if (*c->roster == '4')
        g_assert_true(answer->repair && answer->code == 451);
    g_assert_cmpint(answer_needs_size(answer), ==, c->needs_size);
    g_autoptr(Answer) copy = answer_copy(answer);
    for (gsize i = 0; i < G_N_ELEMENTS(c->endings) && c->endings[i].verdict != NULL; i++) {
        check_ending(answer, from, &c->endings[i]);
        check_ending(copy, from, &c->endings[i]);
        copy->stale = TRUE;
        check_ending(copy, from, &c->endings[i]);
        copy->stale = FALSE;
    }
    if (c->calls > 0)
        g_assert_cmpint(scripted->calls[CALL_READ_MANY] + scripted->calls[CALL_SEARCH], ==, c->calls);
}

/* The same question asked as a preview: who gets it from somebody who passes whatever can be passed. */
static const struct {
    const char  *group, *roster, *detail; /* detail: a pattern; NULL: not restricted */
    CheckMembers check;
} previews[] = {
    {"overauth", "ann bob", NULL},
    {"overmany", "ann bob dan", NULL},
    {"overlisted", "ann cat", NULL},
    {"overmoderated", "ann dan", NULL},
    {"members", "boss bossonline plain shy", NULL, CHECK_MEMBERS_ALL},
    {"odds", "ann -member-restricted", NULL, CHECK_MEMBERS_ALL},
    {"closed", "ann", NULL},
    {"sized", "ann", "messages of at most 1 KB"},
    {"approved", "ann", "moderated"},
};

static void
test_preview(gconstpointer data)
{
    gsize            i = GPOINTER_TO_SIZE(data);
    ResolverSettings settings = usual_settings();
    settings.check_members = previews[i].check;
    settings.policy.system_senders = system_senders;
    g_autoptr(Resolver) resolver = resolver_new(&settings, &company_directory(SCHEMA_RULES_AD)->directory);
    g_autoptr(Address) group = local_address(previews[i].group);
    g_autoptr(Answer) answer = resolver_preview(resolver, group);
    g_autofree char *roster = roster_text(answer->roster);

    g_assert_cmpint(answer->kind, ==, ANSWER_ROSTER);
    g_assert_cmpstr(roster, ==, previews[i].roster);
    g_assert_cmpstr(answer->reason, ==, previews[i].detail != NULL ? "restricted" : NULL);
    if (previews[i].detail != NULL && !g_pattern_match_simple(previews[i].detail, answer->detail))
        g_error("detail is: %s", answer->detail);
    g_assert_false(answer->undecided);
    g_assert_false(answer->held);
    g_assert_null(answer->external_roster);
}

/* A list below that cannot be worked out shows in the preview as it would in mail. */
static void
test_preview_of_a_broken_list(void)
{
    ResolverSettings settings = usual_settings();
    g_autoptr(Resolver) resolver = resolver_new(&settings, &company_directory(SCHEMA_RULES_AD)->directory);
    g_autoptr(Address) group = local_address("overbroken");
    g_autoptr(Answer) answer = resolver_preview(resolver, group);

    g_assert_cmpint(answer->kind, ==, ANSWER_DEFERRED);
    g_assert_nonnull(strstr(answer->detail, "CN=gone,O=x"));
}

/* ---- reports ---- */

static const struct {
    const char  *group;
    SchemaRules  rules;
    gboolean     unset_nobody, unset_suppress;
    GroupReports reports; /* UNSET: deferred */
    const char  *report_to;
    gboolean     suppress_oof;
    const char  *report_roster; /* of the empty sender: the manager's route; NULL: refused */
} reports[] = {
    {"originator", SCHEMA_RULES_AD, TRUE, TRUE, REPORTS_ORIGINATOR, NULL, FALSE, NULL},
    {"nobody", SCHEMA_RULES_AD, FALSE, FALSE, REPORTS_NOBODY, NULL, TRUE, NULL},
    {"both", SCHEMA_RULES_AD, FALSE, FALSE, REPORTS_ORIGINATOR, NULL, FALSE, NULL},
    {"managed", SCHEMA_RULES_AD, FALSE, FALSE, REPORTS_MANAGER, "manager@example.com", FALSE, "m@cloud.example"},
    {"managed", SCHEMA_RULES_AD, TRUE, TRUE, REPORTS_MANAGER, "manager@example.com", TRUE, "m@cloud.example"},
    {"ownerless", SCHEMA_RULES_AD, FALSE, FALSE, REPORTS_NOBODY, NULL, FALSE, NULL},
    {"mutemanager", SCHEMA_RULES_AD, FALSE, FALSE, REPORTS_NOBODY, NULL, FALSE, NULL},
    {"groupmanager", SCHEMA_RULES_AD, FALSE, FALSE, REPORTS_NOBODY, NULL, FALSE, NULL},
    {"gonemanager", SCHEMA_RULES_AD, FALSE, FALSE, REPORTS_UNSET, NULL, FALSE, NULL},
    {"gonemanager", SCHEMA_RULES_RFC, FALSE, FALSE, REPORTS_NOBODY, NULL, FALSE, NULL},
    {"overauth", SCHEMA_RULES_AD, FALSE, FALSE, REPORTS_ORIGINATOR, NULL, FALSE, NULL},
    {"overauth", SCHEMA_RULES_AD, TRUE, TRUE, REPORTS_NOBODY, NULL, TRUE, NULL},
};

static void
check_report(Resolver *resolver, const Address *group, gsize i)
{
    Sender nobody = {.address = NULL, .trust = SENDER_AUTHENTICATED};
    g_autoptr(Answer) answer = resolver_resolve(resolver, group, &nobody);
    gsize n_members;

    if (reports[i].report_roster == NULL) {
        g_assert_cmpint(answer->kind, ==, ANSWER_REFUSED);
        g_assert_cmpstr(answer->reason, ==, "empty-sender");
        return;
    }
    g_assert_cmpint(answer->kind, ==, ANSWER_ROSTER);
    g_assert_cmpint(answer->reports, ==, REPORTS_MANAGER);
    g_assert_false(answer->undecided);
    const RosterMember *members = roster_members(answer->roster, &n_members);
    g_assert_cmpuint(n_members, ==, 1);
    g_assert_cmpstr(address_text(members[0].route), ==, reports[i].report_roster);
    Ending ending = {SENDER_AUTHENTICATED, 1, "allowed", "m"};
    check_ending(answer, NULL, &ending);
}

static void
test_reports(gconstpointer data)
{
    gsize            i = GPOINTER_TO_SIZE(data);
    ResolverSettings settings = usual_settings();
    settings.unset_reports_nobody = reports[i].unset_nobody;
    settings.unset_oof_suppress = reports[i].unset_suppress;
    g_autoptr(Resolver) resolver = resolver_new(&settings, &company_directory(reports[i].rules)->directory);
    g_autoptr(Address) group = local_address(reports[i].group), from = local_address("x");
    Sender sender = {.address = from, .trust = SENDER_EXTERNAL};
    g_autoptr(Answer) answer = resolver_resolve(resolver, group, &sender);

    if (reports[i].reports == REPORTS_UNSET) {
        g_assert_cmpint(answer->kind, ==, ANSWER_DEFERRED);
        g_assert_true(answer->repair);
        return;
    }
    g_assert_cmpint(answer->kind, ==, ANSWER_ROSTER);
    g_assert_cmpint(answer->reports, ==, reports[i].reports);
    g_assert_cmpstr(answer->report_to != NULL ? address_text(answer->report_to) : NULL, ==, reports[i].report_to);
    g_assert_cmpint(answer->suppress_oof, ==, reports[i].suppress_oof);
    check_report(resolver, group, i);
}

/* A manager whose address is the group's own would send the report round for ever. */
static void
test_manager_with_the_groups_address(void)
{
    Scripted        *scripted = scripted_new(SCHEMA_RULES_AD);
    ResolverSettings settings = usual_settings();
    Sender           nobody = {.address = NULL};

    scripted_add(scripted, "CN=g,O=x", GROUP("round", MEMBER("ann") "reportToOwner=TRUE\nmanagedBy=CN=m,O=x\n"));
    scripted_add(scripted, "CN=m,O=x", "objectClass=user\nmail=round@example.com\n");
    g_autoptr(Resolver) resolver = resolver_new(&settings, &scripted->directory);
    g_autoptr(Address) group = local_address("round");
    g_autoptr(Answer) answer = resolver_resolve(resolver, group, &nobody);

    g_assert_cmpint(answer->kind, ==, ANSWER_REFUSED);
    g_assert_cmpstr(answer->reason, ==, "empty-sender");
}

static void
test_unknown_legacy_address(void)
{
    ResolverSettings settings = usual_settings();
    settings.refuse_unknown = TRUE;
    g_autoptr(Resolver) resolver = resolver_new(&settings, &company_directory(SCHEMA_RULES_AD)->directory);
    g_autoptr(Address) legacy = local_address("imceaex-_o=gone"), plain = local_address("gone");
    Sender sender = {.address = plain};
    g_autoptr(Answer) unknown = resolver_resolve(resolver, legacy, &sender);
    g_autoptr(Answer) other = resolver_resolve(resolver, plain, &sender);

    g_assert_cmpstr(unknown->enhanced, ==, "5.1.11");
    g_assert_cmpstr(other->enhanced, ==, "5.1.10");
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *path = g_strconcat("/sender/", cases[i].name, NULL);
        g_test_add_data_func(path, &cases[i], test_case);
    }
    for (gsize i = 0; i < G_N_ELEMENTS(previews); i++) {
        g_autofree char *path = g_strconcat("/sender/preview/", previews[i].group, NULL);
        g_test_add_data_func(path, GSIZE_TO_POINTER(i), test_preview);
    }
    for (gsize i = 0; i < G_N_ELEMENTS(reports); i++) {
        g_autofree char *path = g_strdup_printf("/sender/reports/%s-%d%d%d", reports[i].group, reports[i].rules,
                                                reports[i].unset_nobody, reports[i].unset_suppress);
        g_test_add_data_func(path, GSIZE_TO_POINTER(i), test_reports);
    }
    g_test_add_func("/sender/preview/broken-list", test_preview_of_a_broken_list);
    g_test_add_func("/sender/reports/manager-with-the-groups-address", test_manager_with_the_groups_address);
    g_test_add_func("/sender/unknown-legacy-address", test_unknown_legacy_address);
    return g_test_run();
}
