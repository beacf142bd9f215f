/* SPDX-License-Identifier: BSD-2-Clause
 * test-roster.c - the walk from a group to its roster
 *
 * Rosters are compared as text: one line a member "route < DN < via", one a skipped entry "- DN (reason) < via".
 */
#include "rollcall/roster.h"
#include "tests/unit/scripted-directory.h"

#include <string.h>

#define TOP "CN=Top,O=x"

/* Shorthand for the fixtures below. */
#define DYNAMIC(tag) \
    "objectClass=msExchDynamicDistributionList\nmsExchDynamicDLBaseDN=O=x\nmsExchDynamicDLFilter=(l=" tag ")\n"
#define AD_GROUP "objectClass=group\n"
#define NAMES "objectClass=groupOfNames\n"
#define MAIL(address) "objectClass=top\nproxyAddresses=SMTP:" address "\n"
#define IN(tag) "l=" tag "\n"
#define MEMBER(dn) "member=" dn "\n"

typedef struct {
    const char *dn, *attributes;
} Fixture;

typedef struct {
    const char *name;
    Fixture     entries[10]; /* the first is the group that is expanded */
    const char *roster;
} Walk;

static const Walk walks[] = {
    {"dynamic",
     {{TOP, DYNAMIC("a") MAIL("top@x.org")},
      {"CN=b,O=x", IN("a") MAIL("b@x.org")},
      {"CN=a,O=x", IN("a") MAIL("A@x.org")},
      {"CN=c,O=x", IN("other") MAIL("c@x.org")}},
     "A@x.org < CN=a,O=x < " TOP "\nb@x.org < CN=b,O=x < " TOP "\n"},
    {"static-in-any-order",
     {{TOP, AD_GROUP MEMBER("CN=b,O=x") MEMBER("cn=A,o=X")},
      {"CN=a,O=x", MAIL("a@x.org")},
      {"CN=b,O=x", MAIL("b@x.org")}},
     "a@x.org < CN=a,O=x < " TOP "\nb@x.org < CN=b,O=x < " TOP "\n"},
    {"static-with-url",
     {{TOP, NAMES MEMBER("CN=a,O=x") "memberURL=ldap:///O=x??sub?(l=u)\n"},
      {"CN=a,O=x", MAIL("a@x.org") IN("u")},
      {"CN=b,O=x", MAIL("b@x.org") IN("u")}},
     "a@x.org < CN=a,O=x < " TOP "\nb@x.org < CN=b,O=x < " TOP "\n"},
    {"nested-three-deep",
     {{TOP, AD_GROUP MEMBER("CN=g1,O=x")},
      {"CN=g1,O=x", AD_GROUP MAIL("g1@x.org") MEMBER("CN=g2,O=x")},
      {"CN=g2,O=x", DYNAMIC("a") MAIL("g2@x.org")},
      {"CN=a,O=x", MAIL("a@x.org") IN("a")}},
     "a@x.org < CN=a,O=x < CN=g2,O=x\n"},
    {"dynamic-selects-groups",
     {{TOP, DYNAMIC("a") MAIL("top@x.org")},
      {"CN=g1,O=x", AD_GROUP IN("a") MAIL("g1@x.org") MEMBER("CN=b,O=x")},
      {"CN=g2,O=x", DYNAMIC("z") IN("a") MAIL("g2@x.org")},
      {"CN=b,O=x", MAIL("b@x.org")},
      {"CN=z,O=x", MAIL("z@x.org") IN("z")}},
     "b@x.org < CN=b,O=x < CN=g1,O=x\nz@x.org < CN=z,O=x < CN=g2,O=x\n"},
    {"cycle",
     {{TOP, AD_GROUP MAIL("top@x.org") MEMBER("CN=g1,O=x") MEMBER("CN=a,O=x")},
      {"CN=g1,O=x", AD_GROUP MAIL("g1@x.org") MEMBER(TOP) MEMBER("CN=b,O=x") MEMBER("CN=g1,O=x")},
      {"CN=a,O=x", MAIL("a@x.org")},
      {"CN=b,O=x", MAIL("b@x.org")}},
     "a@x.org < CN=a,O=x < " TOP "\nb@x.org < CN=b,O=x < CN=g1,O=x\n"},
    {"selects-itself", {{TOP, DYNAMIC("a") IN("a") MAIL("top@x.org")}}, ""},
    {"member-of-two-groups-once-through-the-nearer",
     {{TOP, AD_GROUP MEMBER("CN=g1,O=x") MEMBER("CN=a,O=x")},
      {"CN=g1,O=x", DYNAMIC("a") MAIL("g1@x.org")},
      {"CN=a,O=x", MAIL("a@x.org") IN("a")}},
     "a@x.org < CN=a,O=x < " TOP "\n"},
    {"skipped-in-two-groups-once",
     {{TOP, AD_GROUP MEMBER("CN=g1,O=x") MEMBER("CN=a,O=x")},
      {"CN=g1,O=x", DYNAMIC("a") MAIL("g1@x.org")},
      {"CN=a,O=x", "objectClass=user\n" IN("a")}},
     "- CN=a,O=x (no-address) < " TOP "\n"},
    {"same-address",
     {{TOP, AD_GROUP MEMBER("CN=b,O=x") MEMBER("CN=a,O=x")},
      {"CN=a,O=x", MAIL("one@x.org")},
      {"CN=b,O=x", MAIL("ONE@X.org")}},
     "one@x.org < CN=a,O=x < " TOP "\n- CN=b,O=x (same-address) < " TOP "\n"},
    {"address-of-a-group-on-the-way",
     {{TOP, AD_GROUP MAIL("top@x.org") "proxyAddresses=smtp:alias@x.org\n" MEMBER("CN=a,O=x") MEMBER("CN=b,O=x")
                MEMBER("CN=g1,O=x") MEMBER("CN=c,O=x")},
      {"CN=a,O=x", "objectClass=contact\ntargetAddress=SMTP:Alias@x.org\n"},
      {"CN=b,O=x", "objectClass=contact\ntargetAddress=SMTP:g1@x.org\n"},
      {"CN=c,O=x", MAIL("c@x.org")},
      {"CN=g1,O=x", AD_GROUP MAIL("g1@x.org") MEMBER("CN=c,O=x")}},
     "c@x.org < CN=c,O=x < " TOP "\n- CN=a,O=x (same-address) < " TOP "\n- CN=b,O=x (same-address) < " TOP "\n"},
    {"reasons",
     {{TOP, AD_GROUP MEMBER("CN=a,O=x") MEMBER("CN=b,O=x") MEMBER("CN=c,O=x") MEMBER("CN=d,O=x")},
      {"CN=a,O=x", "objectClass=user\n"},
      {"CN=b,O=x", "objectClass=user\nmail=nobody\n"},
      {"CN=c,O=x", "objectClass=foreignSecurityPrincipal\n"},
      {"CN=d,O=x", "objectClass=user\ntargetAddress=X400:c=US;s=d\n"}},
     "- CN=a,O=x (no-address) < " TOP "\n- CN=b,O=x (malformed-address) < " TOP
     "\n- CN=c,O=x (foreign-principal) < " TOP "\n- CN=d,O=x (unroutable-target-address) < " TOP "\n"},
    {"ad-group-without-address-is-no-recipient",
     {{TOP, AD_GROUP MEMBER("CN=g1,O=x") MEMBER("CN=g2,O=x")},
      {"CN=g1,O=x", AD_GROUP MEMBER("CN=a,O=x")},
      {"CN=g2,O=x", "objectClass=msExchDynamicDistributionList\n"},
      {"CN=a,O=x", MAIL("a@x.org")}},
     "- CN=g1,O=x (not-mail-enabled) < " TOP "\n- CN=g2,O=x (not-mail-enabled) < " TOP "\n"},
    {"group-of-names-without-address-is-expanded",
     {{TOP, NAMES MEMBER("CN=g1,O=x")}, {"CN=g1,O=x", NAMES MEMBER("CN=a,O=x")}, {"CN=a,O=x", MAIL("a@x.org")}},
     "a@x.org < CN=a,O=x < CN=g1,O=x\n"},
    {"written-back-group-is-a-member",
     {{TOP, AD_GROUP MEMBER("CN=m,O=x")},
      {"CN=m,O=x", AD_GROUP MAIL("team@x.org") "msExchRecipientTypeDetails=8796093022208\n" MEMBER("CN=a,O=x")},
      {"CN=a,O=x", MAIL("a@x.org")}},
     "team@x.org < CN=m,O=x < " TOP "\n"},
    {"refused-by-nested-group",
     {{TOP, AD_GROUP MEMBER("CN=g1,O=x") MEMBER("CN=a,O=x")},
      {"CN=g1,O=x", AD_GROUP MAIL("g1@x.org") "msExchRequireAuthToSendTo=TRUE\n" MEMBER("CN=b,O=x")},
      {"CN=a,O=x", MAIL("a@x.org")},
      {"CN=b,O=x", MAIL("b@x.org")}},
     "a@x.org < CN=a,O=x < " TOP "\n- CN=g1,O=x (wants-authentication) < " TOP "\n"},
    {"empty", {{TOP, AD_GROUP}}, ""},
};

static Scripted *
scripted_with(const Fixture *fixtures, gsize n_fixtures, SchemaRules rules)
{
    Scripted *scripted = scripted_new(rules);

    scripted_add(scripted, "O=x", "objectClass=organization");
    for (gsize i = 0; i < n_fixtures && fixtures[i].dn != NULL; i++)
        scripted_add(scripted, fixtures[i].dn, fixtures[i].attributes);
    return scripted;
}

static Group *
top_group(Scripted *scripted)
{
    g_autoptr(GError) error = NULL;
    Group *group = group_new(g_ptr_array_index(scripted->entries, 1), &error);
    g_assert_no_error(error);
    return group;
}

static gboolean
admit(const Group *group, const char **reason, G_GNUC_UNUSED gpointer user_data, G_GNUC_UNUSED GError **error)
{
    *reason = group_restrictions(group)->authenticated ? "wants-authentication" : NULL;
    return TRUE;
}

static Roster *
expand(Scripted *scripted, gsize max_members, guint max_depth, GError **error)
{
    g_autoptr(Group) group = top_group(scripted);
    ExpandOptions options = {
        .max_members = max_members, .max_depth = max_depth, .deadline = G_MAXINT64, .admit_group = admit};
    return expand_group(&scripted->directory, group, &options, error);
}

static char *
roster_text(const Roster *roster)
{
    GString            *text = g_string_new(NULL);
    gsize               n_members, n_skips;
    const RosterMember *members = roster_members(roster, &n_members);
    const RosterSkip   *skips = roster_skips(roster, &n_skips);

    for (gsize i = 0; i < n_members; i++)
        g_string_append_printf(text, "%s < %s < %s\n", address_text(members[i].route), members[i].dn, members[i].via);
    for (gsize i = 0; i < n_skips; i++)
        g_string_append_printf(text, "- %s (%s) < %s\n", skips[i].dn, skips[i].reason, skips[i].via);
    return g_string_free(text, FALSE);
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

/* Once with the entries as given, once in the opposite order: the roster must not show it. */
static void
test_walk(gconstpointer data)
{
    const Walk *walk = data;
    g_autoptr(GError) error = NULL;
    g_autoptr(Directory) directory = (Directory *)scripted_with(walk->entries, 10, SCHEMA_RULES_AD);
    Scripted *scripted = (Scripted *)directory;

    g_autoptr(Roster) roster = expand(scripted, 100, 10, &error);
    g_assert_no_error(error);
    g_autofree char *text = roster_text(roster);
    g_assert_cmpstr(text, ==, walk->roster);

    g_autoptr(Group) group = top_group(scripted);
    ExpandOptions options = {.max_members = 100, .max_depth = 10, .deadline = G_MAXINT64, .admit_group = admit};
    reverse(scripted->entries);
    g_autoptr(Roster) again = expand_group(directory, group, &options, &error);
    g_assert_no_error(error);
    g_autofree char *text_again = roster_text(again);
    g_assert_cmpstr(text_again, ==, walk->roster);
}

static const Fixture chain[] = {
    {TOP, AD_GROUP MEMBER("CN=g1,O=x") MEMBER("CN=a,O=x")},
    {"CN=g1,O=x", AD_GROUP MAIL("g1@x.org") MEMBER("CN=g2,O=x")},
    {"CN=g2,O=x", AD_GROUP MAIL("g2@x.org") MEMBER("CN=b,O=x") MEMBER("CN=c,O=x")},
    {"CN=a,O=x", MAIL("a@x.org")},
    {"CN=b,O=x", MAIL("b@x.org")},
    {"CN=c,O=x", MAIL("A@x.org")},
};

static void
test_path(void)
{
    g_autoptr(Directory) directory = (Directory *)scripted_with(chain, G_N_ELEMENTS(chain), SCHEMA_RULES_AD);
    g_autoptr(Roster) roster = expand((Scripted *)directory, 0, 0, NULL);
    gsize               n_members;
    const RosterMember *members = roster_members(roster, &n_members);

    g_assert_cmpuint(n_members, ==, 2);
    g_autofree const char **near = roster_path(roster, members[0].via), **far = roster_path(roster, members[1].via);
    g_autofree const char **unknown = roster_path(roster, "CN=other");
    g_assert_true(g_strv_equal(near, (const char *const[]){TOP, NULL}));
    g_assert_true(g_strv_equal(far, (const char *const[]){TOP, "CN=g1,O=x", "CN=g2,O=x", NULL}));
    g_assert_null(unknown[0]);
    g_assert_cmpuint(roster_octets(roster), ==, strlen("a@x.org") + strlen("b@x.org"));
}

static const struct {
    const char *name;
    gsize       max_members;
    guint       max_depth;
    int         code; /* -1: fits */
    const char *message;
} limits[] = {
    {"members-fit", 2, 3, -1, NULL}, /* three entries, two addresses */
    {"too-many", 1, 3, EXPAND_ERROR_TOO_MANY, "*max-members = 1"},
    {"too-deep", 2, 2, EXPAND_ERROR_TOO_DEEP, "*CN=g2,O=x*max-depth = 2"},
    {"no-limits", 0, 0, -1, NULL},
};

static void
test_limit(gconstpointer data)
{
    gsize i = GPOINTER_TO_SIZE(data);
    g_autoptr(GError) error = NULL;
    g_autoptr(Directory) directory = (Directory *)scripted_with(chain, G_N_ELEMENTS(chain), SCHEMA_RULES_AD);
    g_autoptr(Roster) roster = expand((Scripted *)directory, limits[i].max_members, limits[i].max_depth, &error);

    if (limits[i].code == -1) {
        g_assert_no_error(error);
        return;
    }
    g_assert_null(roster);
    g_assert_error(error, EXPAND_ERROR, limits[i].code);
    g_assert_true(g_pattern_match_simple(limits[i].message, error->message));
}

/* A search is stopped long before it has brought everybody. */
static void
test_search_stops_at_limit(void)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(Directory) directory = (Directory *)scripted_new(SCHEMA_RULES_AD);
    Scripted *scripted = (Scripted *)directory;

    scripted_add(scripted, "O=x", "objectClass=organization");
    scripted_add(scripted, TOP, DYNAMIC("a"));
    for (guint i = 0; i < 5000; i++) {
        g_autofree char *dn = g_strdup_printf("CN=%u,O=x", i);
        g_autofree char *attributes = g_strdup_printf(IN("a") MAIL("m%u@x.org"), i);
        scripted_add(scripted, dn, attributes);
    }
    scripted_fail(scripted, CALL_SEARCH, DIRECTORY_ERROR, DIRECTORY_ERROR_UNAVAILABLE, "the search went to its end");
    g_assert_null(expand(scripted, 10, 10, &error));
    g_assert_error(error, EXPAND_ERROR, EXPAND_ERROR_TOO_MANY);
}

/* Many entries with few addresses fit, although they are more than the limit while they come in. */
static void
test_many_entries_few_addresses(void)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(Directory) directory = (Directory *)scripted_new(SCHEMA_RULES_AD);
    Scripted *scripted = (Scripted *)directory;
    gsize     n_members, n_skips;

    scripted_add(scripted, "O=x", "objectClass=organization");
    scripted_add(scripted, TOP, DYNAMIC("a"));
    for (guint i = 0; i < 5000; i++) {
        g_autofree char *dn = g_strdup_printf("CN=%04u,O=x", i);
        g_autofree char *attributes = g_strdup_printf(IN("a") MAIL("shared-box-%u@x.org"), i % 10);
        scripted_add(scripted, dn, attributes);
    }
    g_autoptr(Roster) roster = expand(scripted, 10, 10, &error);
    g_assert_no_error(error);
    const RosterMember *members = roster_members(roster, &n_members);
    const RosterSkip   *skips = roster_skips(roster, &n_skips);
    g_assert_cmpuint(n_members, ==, 10);
    g_assert_cmpuint(n_skips, ==, 4990);
    g_assert_cmpstr(members[9].dn, ==, "CN=0009,O=x");
    g_assert_cmpstr(skips[0].dn, ==, "CN=0010,O=x");
}

/* ---- complete or not at all ---- */

static const Fixture two_levels[] = {
    {TOP, NAMES MEMBER("CN=g1,O=x") "memberURL=ldap:///O=x??sub?(l=a)\n"},
    {"CN=g1,O=x", NAMES MEMBER("CN=b,O=x")},
    {"CN=a,O=x", MAIL("a@x.org") IN("a")},
    {"CN=b,O=x", MAIL("b@x.org")},
};

static void
test_directory_fails(void)
{
    static const ScriptedCall calls[] = {CALL_READ_MANY, CALL_SEARCH};

    for (gsize i = 0; i < G_N_ELEMENTS(calls); i++) {
        g_autoptr(GError) error = NULL;
        g_autoptr(Directory) directory = (Directory *)scripted_with(two_levels, 4, SCHEMA_RULES_RFC);

        scripted_fail((Scripted *)directory, calls[i], DIRECTORY_ERROR, DIRECTORY_ERROR_INCOMPLETE, "size limit");
        g_assert_null(expand((Scripted *)directory, 0, 0, &error));
        g_assert_error(error, DIRECTORY_ERROR, DIRECTORY_ERROR_INCOMPLETE);
        g_assert_cmpstr(error->message, ==, "group " TOP ": size limit");
    }
}

/* What ends a walk, on a server of which family. */
static const struct {
    const char *name;
    SchemaRules rules;
    Fixture     entries[3];
    GQuark (*domain)(void);
    int         code; /* -1: no error, but ... */
    const char *text; /* ... this roster, or a pattern of the message */
} broken[] = {
    {"dangling-ad",
     SCHEMA_RULES_AD,
     {{TOP, AD_GROUP MEMBER("CN=gone,O=x")}},
     directory_error_quark,
     DIRECTORY_ERROR_INCOMPLETE,
     "*" TOP "*CN=gone,O=x*"},
    {"dangling-rfc",
     SCHEMA_RULES_RFC,
     {{TOP, NAMES MEMBER("CN=gone,O=x")}},
     NULL,
     -1,
     "- CN=gone,O=x (not-found) < " TOP "\n"},
    {"not-even-a-dn-rfc", SCHEMA_RULES_RFC, {{TOP, NAMES MEMBER("gone")}}, NULL, -1, "- gone (not-found) < " TOP "\n"},
    {"hidden-members",
     SCHEMA_RULES_AD,
     {{TOP, AD_GROUP "hideDLMembership=TRUE\n"}},
     directory_error_quark,
     DIRECTORY_ERROR_INCOMPLETE,
     "*hideDLMembership*"},
    {"hidden-but-readable",
     SCHEMA_RULES_AD,
     {{TOP, AD_GROUP "hideDLMembership=TRUE\n" MEMBER("CN=a,O=x")}, {"CN=a,O=x", MAIL("a@x.org")}},
     NULL,
     -1,
     "a@x.org < CN=a,O=x < " TOP "\n"},
    {"base-missing",
     SCHEMA_RULES_AD,
     {{TOP, "objectClass=msExchDynamicDistributionList\nmsExchDynamicDLBaseDN=O=y\nmsExchDynamicDLFilter=(a=b)"}},
     directory_error_quark,
     DIRECTORY_ERROR_NO_BASE,
     "group " TOP ": *O=y"},
    {"nested-filter-broken",
     SCHEMA_RULES_AD,
     {{TOP, AD_GROUP MEMBER("CN=g1,O=x") MEMBER("CN=a,O=x")},
      {"CN=g1,O=x", "objectClass=msExchDynamicDistributionList\nmsExchDynamicDLBaseDN=O=x\nmail=g1@x.org\n"
                    "msExchDynamicDLFilter=(a=b"},
      {"CN=a,O=x", MAIL("a@x.org")}},
     group_error_quark,
     GROUP_ERROR_FILTER,
     "CN=g1,O=x: msExchDynamicDLFilter: position*"},
    {"nested-base-missing",
     SCHEMA_RULES_AD,
     {{TOP, AD_GROUP MEMBER("CN=g1,O=x")},
      {"CN=g1,O=x", "objectClass=msExchDynamicDistributionList\nmail=g1@x.org\nmsExchDynamicDLFilter=(a=b)"}},
     group_error_quark,
     GROUP_ERROR_BASE,
     "CN=g1,O=x: msExchDynamicDLBaseDN: missing"},
};

static void
test_broken(gconstpointer data)
{
    gsize i = GPOINTER_TO_SIZE(data);
    g_autoptr(GError) error = NULL;
    g_autoptr(Directory) directory = (Directory *)scripted_with(broken[i].entries, 3, broken[i].rules);
    g_autoptr(Roster) roster = expand((Scripted *)directory, 0, 0, &error);

    if (broken[i].code == -1) {
        g_assert_no_error(error);
        g_autofree char *text = roster_text(roster);
        g_assert_cmpstr(text, ==, broken[i].text);
        return;
    }
    g_assert_null(roster);
    g_assert_error(error, broken[i].domain(), broken[i].code);
    if (!g_pattern_match_simple(broken[i].text, error->message))
        g_error("message is: %s", error->message);
}

/* While a server's schema is not known, a dangling member might be one of AD's. */
static void
test_dangling_of_unknown_family(void)
{
    static const Fixture fixture[] = {{TOP, NAMES MEMBER("CN=gone,O=x")}};
    g_autoptr(GError) error = NULL;
    g_autoptr(Directory) directory = (Directory *)scripted_with(fixture, 1, SCHEMA_RULES_RFC);

    g_clear_pointer(&((Scripted *)directory)->schema, schema_unref);
    g_assert_null(expand((Scripted *)directory, 0, 0, &error));
    g_assert_error(error, DIRECTORY_ERROR, DIRECTORY_ERROR_INCOMPLETE);
}

static void
test_time_over(void)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(Directory) directory = (Directory *)scripted_with(chain, G_N_ELEMENTS(chain), SCHEMA_RULES_AD);
    g_autoptr(Group) group = top_group((Scripted *)directory);
    ExpandOptions over = {.deadline = 0};

    g_assert_null(expand_group(directory, group, &over, &error));
    g_assert_error(error, DIRECTORY_ERROR, DIRECTORY_ERROR_UNAVAILABLE);
    g_assert_cmpint(((Scripted *)directory)->calls[CALL_READ_MANY], ==, 0);
}

/* ---- economy ---- */

/* Two levels cost two reads for the members and one for the groups between, however many they are; nobody is read
 * twice. */
static void
test_round_trips(void)
{
    g_autoptr(Directory) directory = (Directory *)scripted_new(SCHEMA_RULES_AD);
    Scripted *scripted = (Scripted *)directory;
    g_autoptr(GString) groups = g_string_new(AD_GROUP);

    scripted_add(scripted, "O=x", "objectClass=organization");
    for (guint i = 0; i < 20; i++)
        g_string_append_printf(groups, MEMBER("CN=g%u,O=x"), i);
    scripted_add(scripted, TOP, groups->str);
    for (guint i = 0; i < 20; i++) {
        g_autofree char *dn = g_strdup_printf("CN=g%u,O=x", i);
        g_autofree char *attributes = g_strdup_printf(AD_GROUP MAIL("g%u@x.org") MEMBER("CN=a,O=x"), i);
        scripted_add(scripted, dn, attributes);
    }
    scripted_add(scripted, "CN=a,O=x", MAIL("a@x.org"));
    g_autoptr(Roster) roster = expand(scripted, 0, 0, NULL);
    g_assert_nonnull(roster);
    g_assert_cmpint(scripted->calls[CALL_READ_MANY], ==, 3);
    g_assert_cmpint(scripted->calls[CALL_READ], ==, 0);
}

static void
test_notes(void)
{
    static const Fixture fixture[] = {
        {TOP, AD_GROUP MEMBER("CN=g1,O=x")},
        {"CN=g1,O=x", "objectClass=msExchDynamicDistributionList\nmail=g1@x.org\nmsExchDynamicDLBaseDN=O=x\n"
                      "msExchDynamicDLFilter=((l=a))"},
    };
    g_autoptr(Directory) directory = (Directory *)scripted_with(fixture, 2, SCHEMA_RULES_AD);
    g_autoptr(Roster) roster = expand((Scripted *)directory, 0, 0, NULL);
    const GPtrArray *notes = roster_notes(roster);

    g_assert_cmpuint(notes->len, ==, 1);
    g_assert_true(g_pattern_match_simple("CN=g1,O=x: position *: *", g_ptr_array_index(notes, 0)));
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS(walks); i++) {
        g_autofree char *path = g_strconcat("/roster/walk/", walks[i].name, NULL);
        g_test_add_data_func(path, &walks[i], test_walk);
    }
    for (gsize i = 0; i < G_N_ELEMENTS(limits); i++) {
        g_autofree char *path = g_strconcat("/roster/limit/", limits[i].name, NULL);
        g_test_add_data_func(path, GSIZE_TO_POINTER(i), test_limit);
    }
    for (gsize i = 0; i < G_N_ELEMENTS(broken); i++) {
        g_autofree char *path = g_strconcat("/roster/broken/", broken[i].name, NULL);
        g_test_add_data_func(path, GSIZE_TO_POINTER(i), test_broken);
    }
    g_test_add_func("/roster/path", test_path);
    g_test_add_func("/roster/search-stops-at-limit", test_search_stops_at_limit);
    g_test_add_func("/roster/many-entries-few-addresses", test_many_entries_few_addresses);
    g_test_add_func("/roster/directory-fails", test_directory_fails);
    g_test_add_func("/roster/dangling-of-unknown-family", test_dangling_of_unknown_family);
    g_test_add_func("/roster/time-over", test_time_over);
    g_test_add_func("/roster/round-trips", test_round_trips);
    g_test_add_func("/roster/notes", test_notes);
    return g_test_run();
}
