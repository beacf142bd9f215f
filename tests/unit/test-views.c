/* SPDX-License-Identifier: BSD-2-Clause
 * test-views.c - from which state an answer comes: what is kept, the server, or what is kept though it is old
 */
#include "rollcall/resolver.h"

#include "tests/unit/scripted-directory.h"

#include <string.h>

#define HOUR (3600 * G_TIME_SPAN_SECOND)
#define FAIL(code) (DIRECTORY_ERROR_##code + 1)
enum { GOOD = 0, NO_VIEW = -1 };

/* A directory with a view of each kind, each of which may fail on its own. */
typedef struct {
    Directory directory;
    Scripted *views[3];
    int       behaviour[3]; /* GOOD, NO_VIEW, or FAIL() */
    int       opened[3];
    int       open;
} Keeping;

static Directory *
keeping_view(Directory *directory, DirectoryViewKind kind, GError **error)
{
    Keeping *keeping = (Keeping *)directory;

    keeping->opened[kind]++;
    if (keeping->behaviour[kind] == NO_VIEW) {
        g_set_error(error, DIRECTORY_ERROR, DIRECTORY_ERROR_UNAVAILABLE, "no view %d", kind);
        return NULL;
    }
    g_assert_cmpint(keeping->open++, ==, 0);
    return &keeping->views[kind]->directory;
}

static void
keeping_view_end(Directory *directory, G_GNUC_UNUSED Directory *view)
{
    Keeping *keeping = (Keeping *)directory;
    g_assert_cmpint(--keeping->open, ==, 0);
}

static void
keeping_free(Directory *directory)
{
    Keeping *keeping = (Keeping *)directory;
    for (int kind = 0; kind < 3; kind++)
        directory_free(&keeping->views[kind]->directory);
    g_free(keeping);
}

static const DirectoryClass keeping_class = {
    .kind = "keeping",
    .view = keeping_view,
    .view_end = keeping_view_end,
    .free = keeping_free,
};

/* The members tell which view has answered. */
static Keeping *
keeping_new(const int *behaviour)
{
    static const char *const members[] = {"kept", "live", "old"};
    Keeping                 *keeping = g_new0(Keeping, 1);

    keeping->directory.class = &keeping_class;
    for (int kind = 0; kind < 3; kind++) {
        g_autofree char *proxy = g_strdup_printf("objectClass=user\nl=a\nproxyAddresses=SMTP:%s@e.org", members[kind]);
        keeping->views[kind] = scripted_new(SCHEMA_RULES_AD);
        scripted_add(keeping->views[kind], "O=x", "objectClass=organization");
        scripted_add(keeping->views[kind], "CN=one,O=x", proxy);
        scripted_add(keeping->views[kind], "CN=all,O=x",
                     "objectClass=msExchDynamicDistributionList\nmsExchDynamicDLBaseDN=O=x\n"
                     "msExchDynamicDLFilter=(l=a)\nproxyAddresses=SMTP:all@e.org");
        keeping->behaviour[kind] = behaviour[kind];
        if (behaviour[kind] > 0)
            scripted_fail(keeping->views[kind], CALL_SEARCH, DIRECTORY_ERROR, behaviour[kind] - 1, members[kind]);
    }
    return keeping;
}

static Resolver *
resolver_on(Keeping *keeping, gboolean refuse_unknown)
{
    static const char *const domains[] = {"e.org", NULL};
    ResolverSettings         settings = {
                .domains = domains, .max_members = 10, .max_depth = 3, .max_time = HOUR, .refuse_unknown = refuse_unknown};
    return resolver_new(&settings, &keeping->directory);
}

static Answer *
ask(Resolver *resolver, const char *text)
{
    g_autoptr(Address) address = address_new(text, NULL);
    g_autoptr(Address) from = address_new("from@e.net", NULL);
    Sender sender = {.address = from, .trust = SENDER_EXTERNAL, .final = TRUE};
    return resolver_resolve(resolver, address, &sender);
}

static const struct {
    const char *name;
    int         current, live, stale;
    const char *member; /* NULL: deferred */
    const char *detail; /* deferred: in it */
    int         opened; /* so many views */
} cases[] = {
    {"kept", GOOD, GOOD, GOOD, "kept@e.org", NULL, 1},
    {"too-old", NO_VIEW, GOOD, GOOD, "live@e.org", NULL, 2},
    {"not-kept", FAIL(NOT_KEPT), GOOD, GOOD, "live@e.org", NULL, 2},
    {"gone", NO_VIEW, FAIL(UNAVAILABLE), GOOD, "old@e.org", NULL, 3},
    {"lost", NO_VIEW, FAIL(INCOMPLETE), GOOD, "old@e.org", NULL, 3},
    {"not-kept-and-gone", FAIL(NOT_KEPT), FAIL(UNAVAILABLE), FAIL(NOT_KEPT), NULL, "live", 3},
    {"too-stale", NO_VIEW, FAIL(UNAVAILABLE), NO_VIEW, NULL, "live", 3},
    {"refused", NO_VIEW, FAIL(REFUSED), GOOD, NULL, "live", 2},
    {"bad-base-here", FAIL(NO_BASE), GOOD, GOOD, "live@e.org", NULL, 2},
    {"bad-base", FAIL(NO_BASE), FAIL(NO_BASE), GOOD, NULL, "live", 2},
    {"bad-base-of-the-server", FAIL(NO_BASE), NO_VIEW, GOOD, NULL, "kept", 2},
    {"unreadable-here", FAIL(INCOMPLETE), GOOD, GOOD, "live@e.org", NULL, 2},
    {"asked-and-gone", FAIL(UNAVAILABLE), NO_VIEW, GOOD, "old@e.org", NULL, 2},
    {"nothing", NO_VIEW, NO_VIEW, NO_VIEW, NULL, "no view 0", 3},
};

static void
test_order(gconstpointer data)
{
    gsize     i = GPOINTER_TO_SIZE(data);
    const int behaviour[] = {cases[i].current, cases[i].live, cases[i].stale};
    Keeping  *keeping = keeping_new(behaviour);
    g_autoptr(Resolver) resolver = resolver_on(keeping, FALSE);
    g_autoptr(Answer) answer = ask(resolver, "all@e.org");

    if (cases[i].member == NULL) {
        g_assert_cmpint(answer->kind, ==, ANSWER_DEFERRED);
        g_assert_nonnull(strstr(answer->detail, cases[i].detail));
    } else {
        gsize               n;
        const RosterMember *members = roster_members(answer->roster, &n);
        g_assert_cmpuint(n, ==, 1);
        g_assert_cmpstr(address_text(members[0].route), ==, cases[i].member);
        g_assert_cmpint(answer->stale, ==, g_str_has_prefix(cases[i].member, "old"));
        g_assert_cmpstr(answer->via, ==, "scripted");
        g_assert_cmpint(answer->age, ==, -1);
    }
    g_assert_cmpint(keeping->opened[0] + keeping->opened[1] + keeping->opened[2], ==, cases[i].opened);
}

/* Who is unknown to an old state may have come since. */
static void
test_unknown(void)
{
    const int gone[] = {NO_VIEW, GOOD, GOOD};
    Keeping  *keeping = keeping_new(gone);
    g_autoptr(Resolver) resolver = resolver_on(keeping, TRUE);

    g_autoptr(Answer) refused = ask(resolver, "new@e.org");
    g_assert_cmpint(refused->kind, ==, ANSWER_REFUSED);
    g_assert_cmpint(refused->code, ==, 550);
    scripted_fail(keeping->views[VIEW_LIVE], CALL_FIND, DIRECTORY_ERROR, DIRECTORY_ERROR_UNAVAILABLE, "gone");
    g_autoptr(Answer) deferred = ask(resolver, "new@e.org");
    g_assert_cmpint(deferred->kind, ==, ANSWER_DEFERRED);
    g_assert_cmpint(deferred->code, ==, 451);
    g_autoptr(Answer) known = ask(resolver, "old@e.org");
    g_assert_cmpint(known->kind, ==, ANSWER_RECIPIENT);
}

/* ... and since the last look at the server, which is therefore asked before anybody is refused. */
static void
test_newcomer(void)
{
    const int good[] = {GOOD, GOOD, GOOD};
    Keeping  *keeping = keeping_new(good);
    g_autoptr(Resolver) resolver = resolver_on(keeping, TRUE);

    g_autoptr(Answer) known = ask(resolver, "live@e.org");
    g_assert_cmpint(known->kind, ==, ANSWER_RECIPIENT);
    g_autoptr(Answer) refused = ask(resolver, "new@e.org");
    g_assert_cmpint(refused->kind, ==, ANSWER_REFUSED);
    g_assert_cmpint(keeping->opened[VIEW_LIVE], ==, 2);
    g_assert_cmpint(keeping->opened[VIEW_STALE], ==, 0);
    scripted_fail(keeping->views[VIEW_LIVE], CALL_FIND, DIRECTORY_ERROR, DIRECTORY_ERROR_UNAVAILABLE, "gone");
    g_autoptr(Answer) deferred = ask(resolver, "live@e.org");
    g_assert_cmpint(deferred->code, ==, 451);
}

/* A group that has nobody, or lets nobody from outside in, as an old state has it and as the server has it. */
static void
test_refusals(void)
{
    static const char *const groups[] = {"none@e.org", "closed@e.org"};
    const int                gone[] = {NO_VIEW, GOOD, GOOD};
    Keeping                 *keeping = keeping_new(gone);
    g_autoptr(Resolver) resolver = resolver_on(keeping, FALSE);

    for (int kind = VIEW_LIVE; kind <= VIEW_STALE; kind++) {
        scripted_add(keeping->views[kind], "CN=none,O=x",
                     "objectClass=msExchDynamicDistributionList\nmsExchDynamicDLBaseDN=O=x\n"
                     "msExchDynamicDLFilter=(l=z)\nproxyAddresses=SMTP:none@e.org");
        scripted_add(keeping->views[kind], "CN=closed,O=x",
                     "objectClass=msExchDynamicDistributionList\nmsExchDynamicDLBaseDN=O=x\n"
                     "msExchRequireAuthToSendTo=TRUE\nmsExchDynamicDLFilter=(l=a)\nproxyAddresses=SMTP:closed@e.org");
    }
    for (gsize i = 0; i < G_N_ELEMENTS(groups); i++) {
        g_autoptr(Answer) answer = ask(resolver, groups[i]);
        g_assert_cmpint(answer->code, ==, 550);
    }
    scripted_fail(keeping->views[VIEW_LIVE], CALL_FIND, DIRECTORY_ERROR, DIRECTORY_ERROR_UNAVAILABLE, "gone");
    for (gsize i = 0; i < G_N_ELEMENTS(groups); i++) {
        g_autoptr(Answer) answer = ask(resolver, groups[i]);
        g_assert_cmpint(answer->kind, ==, ANSWER_DEFERRED);
        g_assert_cmpint(answer->code, ==, 451);
    }
}

static void
test_verify(void)
{
    const int good[] = {GOOD, GOOD, GOOD}, gone[] = {GOOD, FAIL(UNAVAILABLE), GOOD};
    Keeping  *keeping = keeping_new(good);
    g_autoptr(Resolver) resolver = resolver_on(keeping, FALSE);
    g_autoptr(GError) error = NULL;
    guint n_groups = 0;

    /* a group that only the server knows */
    scripted_add(keeping->views[VIEW_LIVE], "CN=late,O=x",
                 "objectClass=msExchDynamicDistributionList\nmsExchDynamicDLBaseDN=O=x\n"
                 "msExchDynamicDLFilter=(l=a)\nproxyAddresses=SMTP:late@e.org");
    g_autoptr(GPtrArray) found = resolver_verify(resolver, &n_groups, g_get_monotonic_time() + HOUR, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(n_groups, ==, 2);
    g_assert_cmpuint(found->len, ==, 2);
    const ResolverDifference *difference = g_ptr_array_index(found, 0);
    g_assert_cmpstr(difference->group, ==, "all@e.org");
    g_assert_cmpuint(difference->n_mirror, ==, 1);
    g_assert_cmpuint(difference->n_live, ==, 1);
    g_assert_cmpstr(g_ptr_array_index(difference->only_mirror, 0), ==, "kept@e.org");
    g_assert_cmpstr(g_ptr_array_index(difference->only_live, 0), ==, "live@e.org");
    g_assert_null(difference->error);
    difference = g_ptr_array_index(found, 1);
    g_assert_cmpstr(difference->group, ==, "late@e.org");
    g_assert_cmpstr(difference->error, ==, "mirror: unknown; live: good");

    g_autoptr(Resolver) lonely = resolver_on(keeping_new(gone), FALSE);
    g_assert_null(resolver_verify(lonely, &n_groups, g_get_monotonic_time() + HOUR, &error));
    g_assert_error(error, DIRECTORY_ERROR, DIRECTORY_ERROR_UNAVAILABLE);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *path = g_strdup_printf("/views/order/%s", cases[i].name);
        g_test_add_data_func(path, GSIZE_TO_POINTER(i), test_order);
    }
    g_test_add_func("/views/unknown", test_unknown);
    g_test_add_func("/views/newcomer", test_newcomer);
    g_test_add_func("/views/refusals", test_refusals);
    g_test_add_func("/views/verify", test_verify);
    return g_test_run();
}
