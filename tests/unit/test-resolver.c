/* SPDX-License-Identifier: BSD-2-Clause
 * test-resolver.c - an address in, an answer out; many threads at once
 */
#include "rollcall/resolver.h"

#include "resolver/flight.h"
#include "tests/unit/scripted-directory.h"

#include <pthread.h>
#include <sched.h>
#include <string.h>

#define HOUR (3600 * G_TIME_SPAN_SECOND)
#define DYNAMIC(tag)                                                                                                \
    "objectClass=msExchDynamicDistributionList\nmsExchDynamicDLBaseDN=OU=Secret,O=x\nmsExchDynamicDLFilter=(l=" tag \
    ")\n"
#define PROXY(address) "proxyAddresses=SMTP:" address "\n"

static const struct {
    const char *dn, *attributes;
} company[] = {
    {"O=x", "objectClass=organization"},
    {"OU=Secret,O=x", "objectClass=organizationalUnit"},
    {"CN=ann,OU=Secret,O=x", PROXY("ann@example.com") "l=a\nobjectClass=user"},
    {"CN=bob,OU=Secret,O=x", PROXY("bob@example.com") "l=a\nobjectClass=user"},
    {"CN=mute,OU=Secret,O=x", "l=mute\nobjectClass=user"},
    {"CN=all,O=x", DYNAMIC("a") PROXY("all@example.com") "proxyAddresses=smtp:everybody@example.com\n"
                                                         "legacyExchangeDN=/o=X/cn=all"},
    {"CN=auth,O=x", DYNAMIC("a") PROXY("auth@example.com") "msExchRequireAuthToSendTo=TRUE"},
    {"CN=listed,O=x", DYNAMIC("a") PROXY("listed@example.com") "authOrig=CN=ann,OU=Secret,O=x"},
    {"CN=none,O=x", DYNAMIC("nobody") PROXY("none@example.com")},
    {"CN=mutes,O=x", DYNAMIC("mute") PROXY("mutes@example.com")},
    {"CN=static,O=x",
     "objectClass=group\n" PROXY("static@example.com") "member=CN=ann,OU=Secret,O=x\nmember=CN=auth,O=x"},
    {"CN=odd,O=x", DYNAMIC("a") PROXY("odd@example.com") "mgrpModerator=mailto:ann@example.com"},
    {"CN=outer,O=x", "objectClass=group\n" PROXY("outer@example.com") "member=CN=auth,O=x\nmember=CN=odd,O=x\n"
                                                                      "member=CN=mute,OU=Secret,O=x"},
    {"CN=nofilter,O=x",
     "objectClass=msExchDynamicDistributionList\n" PROXY("nofilter@example.com") "msExchDynamicDLBaseDN=O=x"},
    {"CN=badfilter,O=x", DYNAMIC("a)(") PROXY("badfilter@example.com")},
    {"CN=badbase,O=x", "objectClass=msExchDynamicDistributionList\nmsExchDynamicDLFilter=(a=b)\n"
                       "msExchDynamicDLBaseDN=nowhere\n" PROXY("badbase@example.com")},
    {"CN=nobase,O=x", "objectClass=msExchDynamicDistributionList\nmsExchDynamicDLFilter=(a=b)\n"
                      "msExchDynamicDLBaseDN=OU=gone,O=x\n" PROXY("nobase@example.com")},
    {"CN=twin1,O=x", "objectClass=user\n" PROXY("twin@example.com")},
    {"CN=twin2,O=x", "objectClass=user\n" PROXY("twin@example.com")},
    {"CN=clash1,O=x", DYNAMIC("a") PROXY("clash@example.com")},
    {"CN=clash2,O=x", "objectClass=user\n" PROXY("clash@example.com")},
    {"CN=dangling,O=x", "objectClass=group\n" PROXY("dangling@example.com") "member=CN=gone,O=x"},
    {"CN=deep,O=x", "objectClass=group\n" PROXY("deep@example.com") "member=CN=static,O=x"},
    {"CN=small,O=x", DYNAMIC("a") PROXY("small@example.com") "proxyAddresses=smtp:tiny@example.com"},
    {"CN=masked,O=x", PROXY("masked@example.com") "msExchDynamicDLFilter=(l=a)\nmsExchDynamicDLBaseDN=O=x"},
    {"CN=maskedin,O=x", "objectClass=group\n" PROXY("maskedin@example.com") "member=CN=masked,O=x"},
    {"CN=foreign,O=x", DYNAMIC("a") PROXY("all@b\303\274cher.example")},
};

static Scripted *
company_directory(void)
{
    Scripted *scripted = scripted_new(SCHEMA_RULES_AD);
    for (gsize i = 0; i < G_N_ELEMENTS(company); i++)
        scripted_add(scripted, company[i].dn, company[i].attributes);
    return scripted;
}

static ResolverSettings
usual_settings(void)
{
    static const char *const   domains[] = {"Example.COM", "b\303\274cher.example", NULL};
    static const GroupSettings groups[] = {{(char *)"Tiny@example.com", 1}};

    return (ResolverSettings){
        .domains = domains,
        .max_members = 100,
        .max_depth = 3,
        .max_time = HOUR,
        .max_waiting = 8,
        .groups = groups,
        .n_groups = G_N_ELEMENTS(groups),
    };
}

enum { NOBODY, STRANGER, COLLEAGUE, PREVIEW };

static Answer *
ask(Resolver *resolver, const char *recipient, int who)
{
    g_autoptr(Address) address = address_new(recipient, NULL);
    g_autoptr(Address) from = address_new("from@example.net", NULL);
    Sender sender = {.address = who == NOBODY ? NULL : from,
                     .trust = who == COLLEAGUE ? SENDER_AUTHENTICATED : SENDER_EXTERNAL};

    g_assert_nonnull(address);
    return who == PREVIEW ? resolver_preview(resolver, address) : resolver_resolve(resolver, address, &sender);
}

/* "ann@example.com bob@example.com", then " -reason" for each skipped entry. NULL without a roster. */
static char *
roster_text(const Roster *roster)
{
    if (roster == NULL)
        return NULL;

    GString            *text = g_string_new(NULL);
    gsize               n_members, n_skips;
    const RosterMember *members = roster_members(roster, &n_members);
    const RosterSkip   *skips = roster_skips(roster, &n_skips);

    for (gsize i = 0; i < n_members; i++)
        g_string_append_printf(text, "%s ", address_text(members[i].route));
    for (gsize i = 0; i < n_skips; i++)
        g_string_append_printf(text, "-%s ", skips[i].reason);
    if (text->len > 0)
        g_string_truncate(text, text->len - 1);
    return g_string_free(text, FALSE);
}

/* Outsiders read it. */
static void
assert_text_is_fit(const Answer *answer)
{
    static const char *const secrets[] = {"Secret", "secret", "CN=", "O=x", "(l=", "(a=", "dc1"};

    if (answer->text == NULL)
        return;
    g_assert_cmpuint(strlen(answer->text), <=, 400);
    for (const char *c = answer->text; *c != '\0'; c++)
        g_assert_true(g_ascii_isprint(*c));
    for (gsize i = 0; i < G_N_ELEMENTS(secrets); i++)
        g_assert_null(strstr(answer->text, secrets[i]));
}

static const struct {
    const char *name, *recipient;
    int         who;
    AnswerKind  kind;
    int         code;
    const char *enhanced, *reason;
    gboolean    repair, empty;
    const char *roster;
    const char *detail; /* a pattern, or NULL: none */
} cases[] = {
    {"not-ours", "ann@elsewhere.example", STRANGER, ANSWER_NOT_OURS},
    {"unknown", "nobody@example.com", STRANGER, ANSWER_UNKNOWN},
    {"recipient", "ann@example.com", STRANGER, ANSWER_RECIPIENT},
    {"recipient-from-empty-sender", "ann@example.com", NOBODY, ANSWER_RECIPIENT},
    {"two-recipients-of-one-address", "twin@example.com", STRANGER, ANSWER_RECIPIENT},
    {"group", "all@example.com", STRANGER, ANSWER_ROSTER, .roster = "ann@example.com bob@example.com"},
    {"group-by-alias", "EveryBody@EXAMPLE.com", STRANGER, ANSWER_ROSTER, .roster = "ann@example.com bob@example.com"},
    {"group-by-exchange-address", "IMCEAEX-_o=X_cn=All@example.com", STRANGER, ANSWER_ROSTER,
     .roster = "ann@example.com bob@example.com"},
    {"unknown-exchange-address", "IMCEAEX-_o=X_cn=nobody@example.com", STRANGER, ANSWER_UNKNOWN},
    {"group-in-u-label-domain", "all@b\303\274cher.example", STRANGER, ANSWER_ROSTER,
     .roster = "ann@example.com bob@example.com"},
    {"group-in-a-label-domain", "all@xn--bcher-kva.example", STRANGER, ANSWER_ROSTER,
     .roster = "ann@example.com bob@example.com"},
    {"static-unauthenticated", "static@example.com", STRANGER, ANSWER_ROSTER,
     .roster = "ann@example.com -sender-not-authenticated"},
    {"static-authenticated", "static@example.com", COLLEAGUE, ANSWER_ROSTER,
     .roster = "ann@example.com bob@example.com"},
    {"empty-sender", "all@example.com", NOBODY, ANSWER_REFUSED, 550, "5.7.1", "empty-sender"},
    {"authenticated-stranger", "auth@example.com", STRANGER, ANSWER_REFUSED, 550, "5.7.133",
     "sender-not-authenticated"},
    {"authenticated-colleague", "auth@example.com", COLLEAGUE, ANSWER_ROSTER,
     .roster = "ann@example.com bob@example.com"},
    {"not-on-its-list", "listed@example.com", COLLEAGUE, ANSWER_REFUSED, 550, "5.7.124", "sender-not-accepted"},
    {"restricted", "odd@example.com", COLLEAGUE, ANSWER_REFUSED, 550, "5.7.1", "restricted"},
    {"empty", "none@example.com", STRANGER, ANSWER_REFUSED, 550, "5.2.4", "empty-group", FALSE, TRUE, "", "*no entry*"},
    {"all-skipped", "mutes@example.com", STRANGER, ANSWER_REFUSED, 550, "5.2.4", "empty-group", FALSE, TRUE,
     "-no-address", "*CN=mute,*no-address*"},
    {"all-skipped-for-strangers", "outer@example.com", STRANGER, ANSWER_REFUSED, 550, "5.2.4", "empty-group", FALSE,
     TRUE, "-sender-not-authenticated -no-address -restricted", "3 *"},
    {"no-filter", "nofilter@example.com", STRANGER, ANSWER_DEFERRED, 451, "4.3.5", "bad-filter", TRUE,
     .detail = "CN=nofilter,O=x: msExchDynamicDLFilter: missing"},
    {"bad-filter", "badfilter@example.com", STRANGER, ANSWER_DEFERRED, 451, "4.3.5", "bad-filter", TRUE,
     .detail = "CN=badfilter,O=x: msExchDynamicDLFilter: position *"},
    {"bad-base", "badbase@example.com", STRANGER, ANSWER_DEFERRED, 451, "4.3.5", "bad-base", TRUE,
     .detail = "CN=badbase,O=x: msExchDynamicDLBaseDN: *"},
    {"base-missing", "nobase@example.com", STRANGER, ANSWER_DEFERRED, 451, "4.3.5", "bad-base", TRUE,
     .detail = "group CN=nobase,O=x: *OU=gone,O=x"},
    {"ambiguous", "clash@example.com", STRANGER, ANSWER_DEFERRED, 451, "4.3.5", "ambiguous-address", TRUE,
     .detail = "*CN=clash1,O=x; CN=clash2,O=x"},
    {"member-unreadable", "dangling@example.com", STRANGER, ANSWER_DEFERRED, 451, "4.4.3", "directory", TRUE,
     .detail = "*CN=gone,O=x*"},
    {"class-unreadable", "masked@example.com", STRANGER, ANSWER_DEFERRED, 451, "4.4.3", "directory", TRUE,
     .detail = "objectClass of CN=masked,O=x cannot be read"},
    {"class-of-a-member-unreadable", "maskedin@example.com", STRANGER, ANSWER_DEFERRED, 451, "4.4.3", "directory", TRUE,
     .detail = "group CN=maskedin,O=x: objectClass of CN=masked,O=x cannot be read"},
    {"own-limit-by-an-alias", "small@example.com", STRANGER, ANSWER_REFUSED, 550, "5.5.3", "max-members",
     .detail = "*max-members = 1"},
    {"depth-fits", "deep@example.com", COLLEAGUE, ANSWER_ROSTER, .roster = "ann@example.com bob@example.com"},
    {"preview", "all@example.com", PREVIEW, ANSWER_ROSTER, .roster = "ann@example.com bob@example.com"},
    {"preview-authenticated", "auth@example.com", PREVIEW, ANSWER_ROSTER, .roster = "ann@example.com bob@example.com"},
    {"preview-listed", "listed@example.com", PREVIEW, ANSWER_ROSTER, .reason = "restricted",
     .roster = "ann@example.com bob@example.com", .detail = "accepts only <CN=ann,OU=Secret,O=x>"},
    {"preview-restricted", "odd@example.com", PREVIEW, ANSWER_ROSTER, .reason = "restricted",
     .roster = "ann@example.com bob@example.com", .detail = "*mgrpModerator*"},
    {"preview-nested", "outer@example.com", PREVIEW, ANSWER_ROSTER,
     .roster = "ann@example.com bob@example.com -no-address -restricted"},
    {"preview-broken", "badfilter@example.com", PREVIEW, ANSWER_DEFERRED, 451, "4.3.5", "bad-filter", TRUE,
     .detail = "*"},
    {"preview-not-ours", "all@elsewhere.example", PREVIEW, ANSWER_NOT_OURS},
};

static void
test_case(gconstpointer data)
{
    gsize            i = GPOINTER_TO_SIZE(data);
    ResolverSettings settings = usual_settings();
    g_autoptr(Resolver) resolver = resolver_new(&settings, (Directory *)company_directory());
    g_autoptr(Answer) answer = ask(resolver, cases[i].recipient, cases[i].who);
    g_autofree char *roster = roster_text(answer->roster);

    g_assert_cmpint(answer->kind, ==, cases[i].kind);
    g_assert_cmpint(answer->code, ==, cases[i].code);
    g_assert_cmpstr(answer->enhanced, ==, cases[i].enhanced);
    g_assert_cmpstr(answer->reason, ==, cases[i].reason);
    g_assert_cmpint(answer->repair, ==, cases[i].repair);
    g_assert_cmpint(answer->empty, ==, cases[i].empty);
    g_assert_cmpstr(roster, ==, cases[i].roster);
    g_assert_cmpstr(answer->via, ==, "scripted");
    g_assert_cmpint(answer->text != NULL, ==, cases[i].code != 0);
    assert_text_is_fit(answer);
    if (cases[i].detail == NULL)
        g_assert_null(answer->detail);
    else if (!g_pattern_match_simple(cases[i].detail, answer->detail))
        g_error("detail is: %s", answer->detail);
}

/* Outside of AD a member that is not found may be gone or hidden from us. As long as others are left, it is passed
 * over; with nobody left "empty" would be a guess, and the mail would bounce, or be dropped, because of a missing
 * right. */
static void
test_no_member_found(void)
{
    for (gsize i = 0; i < 2; i++) {
        ResolverSettings settings = usual_settings();
        Scripted        *scripted = scripted_new(SCHEMA_RULES_RFC);
        settings.accept_empty = i == 1;
        scripted_add(scripted, "CN=hidden,O=x",
                     "objectClass=groupOfNames\n" PROXY("hidden@example.com") "member=CN=a,O=y\nmember=CN=b,O=y");
        scripted_add(scripted, "CN=ann,O=x", "objectClass=person\n" PROXY("ann@example.com"));
        scripted_add(scripted, "CN=partly,O=x",
                     "objectClass=groupOfNames\n" PROXY("partly@example.com") "member=CN=ann,O=x\nmember=CN=b,O=y");
        scripted_add(scripted, "CN=nobody,O=x", "objectClass=groupOfNames\n" PROXY("nobody@example.com") "member=");
        g_autoptr(Resolver) resolver = resolver_new(&settings, &scripted->directory);
        g_autoptr(Answer) nobody = ask(resolver, "nobody@example.com", STRANGER);
        g_autoptr(Answer) hidden = ask(resolver, "hidden@example.com", STRANGER);
        g_autoptr(Answer) partly = ask(resolver, "partly@example.com", STRANGER);

        g_assert_cmpint(hidden->kind, ==, ANSWER_DEFERRED);
        g_assert_cmpint(hidden->code, ==, 451);
        g_assert_true(hidden->repair);
        g_assert_null(hidden->roster);
        g_assert_nonnull(strstr(hidden->detail, "CN=a,O=y (not-found)"));
        assert_text_is_fit(hidden);
        g_assert_cmpint(partly->kind, ==, ANSWER_ROSTER);
        g_assert_true(nobody->empty);
        g_assert_cmpint(nobody->kind, ==, i == 1 ? ANSWER_ROSTER : ANSWER_REFUSED);
    }
}

/* ---- settings ---- */

static void
test_not_ours_is_not_looked_up(void)
{
    ResolverSettings settings = usual_settings();
    Scripted        *scripted = company_directory();
    g_autoptr(Resolver) resolver = resolver_new(&settings, &scripted->directory);
    g_autoptr(Answer) answer = ask(resolver, "all@elsewhere.example", STRANGER);

    g_assert_cmpint(answer->kind, ==, ANSWER_NOT_OURS);
    g_assert_cmpint(scripted->calls[CALL_FIND], ==, 0);
    g_assert_true(resolver_directory(resolver) == &scripted->directory);
}

static void
test_every_domain(void)
{
    ResolverSettings settings = usual_settings();
    settings.domains = NULL;
    g_autoptr(Resolver) resolver = resolver_new(&settings, (Directory *)company_directory());
    g_autoptr(Answer) answer = ask(resolver, "x@elsewhere.example", STRANGER);

    g_assert_cmpint(answer->kind, ==, ANSWER_UNKNOWN);
}

static void
test_refuse_unknown(void)
{
    ResolverSettings settings = usual_settings();
    settings.refuse_unknown = TRUE;
    g_autoptr(Resolver) resolver = resolver_new(&settings, (Directory *)company_directory());
    g_autoptr(Answer) unknown = ask(resolver, "nobody@example.com", STRANGER);
    g_autoptr(Answer) known = ask(resolver, "ann@example.com", STRANGER);

    g_assert_cmpint(unknown->kind, ==, ANSWER_REFUSED);
    g_assert_cmpint(unknown->code, ==, 550);
    g_assert_cmpstr(unknown->enhanced, ==, "5.1.10");
    g_assert_cmpint(known->kind, ==, ANSWER_RECIPIENT);
}

static void
test_accept_empty(void)
{
    ResolverSettings settings = usual_settings();
    settings.accept_empty = TRUE;
    g_autoptr(Resolver) resolver = resolver_new(&settings, (Directory *)company_directory());
    g_autoptr(Answer) answer = ask(resolver, "mutes@example.com", STRANGER);
    g_autofree char *roster = roster_text(answer->roster);

    g_assert_cmpint(answer->kind, ==, ANSWER_ROSTER);
    g_assert_cmpint(answer->code, ==, 0);
    g_assert_true(answer->empty);
    g_assert_cmpstr(roster, ==, "-no-address");
}

static void
test_too_deep(void)
{
    ResolverSettings settings = usual_settings();
    settings.max_depth = 2;
    g_autoptr(Resolver) resolver = resolver_new(&settings, (Directory *)company_directory());
    g_autoptr(Answer) answer = ask(resolver, "deep@example.com", COLLEAGUE);

    g_assert_cmpint(answer->kind, ==, ANSWER_REFUSED);
    g_assert_cmpstr(answer->enhanced, ==, "5.5.3");
    g_assert_nonnull(strstr(answer->text, "max-depth"));
    g_assert_null(answer->roster);
}

static void
test_own_limit_replaces_common_one(void)
{
    GroupSettings    own = {(char *)"all@example.com", 2};
    ResolverSettings settings = usual_settings();

    settings.max_members = 1;
    settings.groups = &own;
    g_autoptr(Resolver) resolver = resolver_new(&settings, (Directory *)company_directory());
    g_autoptr(Answer) larger = ask(resolver, "everybody@example.com", STRANGER);
    g_autoptr(Answer) common = ask(resolver, "small@example.com", STRANGER);

    g_assert_cmpint(larger->kind, ==, ANSWER_ROSTER);
    g_assert_cmpstr(common->enhanced, ==, "5.5.3");
    g_assert_nonnull(strstr(common->text, "max-members"));
}

static void
test_time_over(void)
{
    ResolverSettings settings = usual_settings();
    settings.max_time = 0;
    g_autoptr(Resolver) resolver = resolver_new(&settings, (Directory *)company_directory());
    g_autoptr(Answer) answer = ask(resolver, "all@example.com", STRANGER);

    g_assert_cmpint(answer->kind, ==, ANSWER_DEFERRED);
    g_assert_cmpstr(answer->enhanced, ==, "4.4.3");
    g_assert_cmpstr(answer->reason, ==, "directory");
}

/* ---- failures of the directory ---- */

static const struct {
    const char    *name;
    ScriptedCall   call;
    DirectoryError error;
    const char    *enhanced, *reason;
    gboolean       repair;
} failures[] = {
    {"find-unavailable", CALL_FIND, DIRECTORY_ERROR_UNAVAILABLE, "4.4.3", "directory", FALSE},
    {"find-incomplete", CALL_FIND, DIRECTORY_ERROR_INCOMPLETE, "4.4.3", "directory", TRUE},
    {"find-refused", CALL_FIND, DIRECTORY_ERROR_REFUSED, "4.3.5", "directory-refused", TRUE},
    {"find-no-base", CALL_FIND, DIRECTORY_ERROR_NO_BASE, "4.3.5", "bad-base", TRUE},
    {"find-settings", CALL_FIND, DIRECTORY_ERROR_SETTINGS, "4.3.5", "directory-settings", TRUE},
    {"read-unavailable", CALL_READ, DIRECTORY_ERROR_UNAVAILABLE, "4.4.3", "directory", FALSE},
    {"members-incomplete", CALL_READ_MANY, DIRECTORY_ERROR_INCOMPLETE, "4.4.3", "directory", TRUE},
    {"search-unavailable", CALL_SEARCH, DIRECTORY_ERROR_UNAVAILABLE, "4.4.3", "directory", FALSE},
    {"search-incomplete", CALL_SEARCH, DIRECTORY_ERROR_INCOMPLETE, "4.4.3", "directory", TRUE},
};

static void
test_failure(gconstpointer data)
{
    gsize            i = GPOINTER_TO_SIZE(data);
    ResolverSettings settings = usual_settings();
    Scripted        *scripted = company_directory();
    g_autoptr(Resolver) resolver = resolver_new(&settings, &scripted->directory);

    scripted_fail(scripted, failures[i].call, DIRECTORY_ERROR, failures[i].error, "dc1.secret.example: no answer");
    g_autoptr(Answer) answer = ask(resolver, "static@example.com", COLLEAGUE);
    g_assert_cmpint(answer->kind, ==, ANSWER_DEFERRED);
    g_assert_cmpint(answer->code, ==, 451);
    g_assert_cmpstr(answer->enhanced, ==, failures[i].enhanced);
    g_assert_cmpstr(answer->reason, ==, failures[i].reason);
    g_assert_cmpint(answer->repair, ==, failures[i].repair);
    g_assert_null(answer->roster);
    g_assert_nonnull(strstr(answer->detail, "dc1.secret.example: no answer"));
    assert_text_is_fit(answer);
}

/* An error that nobody foresaw must not bounce either. */
static void
test_unforeseen_failure(void)
{
    ResolverSettings settings = usual_settings();
    Scripted        *scripted = company_directory();
    g_autoptr(Resolver) resolver = resolver_new(&settings, &scripted->directory);

    scripted_fail(scripted, CALL_SEARCH, g_quark_from_static_string("something-else"), 1, "what?");
    g_autoptr(Answer) answer = ask(resolver, "all@example.com", COLLEAGUE);
    g_assert_cmpint(answer->kind, ==, ANSWER_DEFERRED);
    g_assert_cmpint(answer->code, ==, 451);
    g_assert_true(answer->repair);
}

/* ---- many at once ---- */

enum { N_THREADS = 16 };

/* The search waits until `open`; every find counts in `arrived`. */
typedef struct {
    pthread_mutex_t lock;
    pthread_cond_t  changed;
    gboolean        searching, open;
    Resolver       *resolver;
    Scripted       *scripted;
    int             who;
    int             good; /* threads that got what was expected; atomic */
    const char     *expected;
} Gate;

static void
wait_at_gate(gpointer user_data)
{
    Gate *gate = user_data;

    pthread_mutex_lock(&gate->lock);
    gate->searching = TRUE;
    pthread_cond_broadcast(&gate->changed);
    while (!gate->open)
        pthread_cond_wait(&gate->changed, &gate->lock);
    pthread_mutex_unlock(&gate->lock);
}

static void *
ask_at_once(void *user_data)
{
    Gate *gate = user_data;
    g_autoptr(Answer) answer = ask(gate->resolver, "all@example.com", gate->who);
    g_autofree char *roster = roster_text(answer->roster);

    if (g_strcmp0(roster, gate->expected) == 0 && (roster != NULL || g_strcmp0(answer->enhanced, "4.4.3") == 0))
        g_atomic_int_inc(&gate->good);
    return NULL;
}

static void
gate_init(Gate *gate, const char *expected)
{
    ResolverSettings settings = usual_settings();

    *gate = (Gate){.who = STRANGER, .expected = expected};
    pthread_mutex_init(&gate->lock, NULL);
    pthread_cond_init(&gate->changed, NULL);
    gate->scripted = company_directory();
    gate->scripted->on_search = wait_at_gate;
    gate->scripted->on_search_data = gate;
    gate->resolver = resolver_new(&settings, &gate->scripted->directory);
}

static void
gate_clear(Gate *gate)
{
    resolver_unref(gate->resolver);
    pthread_cond_destroy(&gate->changed);
    pthread_mutex_destroy(&gate->lock);
}

static void
open_gate(Gate *gate)
{
    pthread_mutex_lock(&gate->lock);
    gate->open = TRUE;
    pthread_cond_broadcast(&gate->changed);
    pthread_mutex_unlock(&gate->lock);
}

static void
await_search(Gate *gate)
{
    pthread_mutex_lock(&gate->lock);
    while (!gate->searching)
        pthread_cond_wait(&gate->changed, &gate->lock);
    pthread_mutex_unlock(&gate->lock);
}

/* Sixteen threads ask for one group; the gate opens once every one of them waits for the flight or flies it. */
static void
run_together(Gate *gate)
{
    pthread_t threads[N_THREADS];

    for (guint i = 0; i < N_THREADS; i++)
        g_assert_cmpint(pthread_create(&threads[i], NULL, ask_at_once, gate), ==, 0);
    await_search(gate);
    while (resolver_waiting(gate->resolver) < N_THREADS)
        sched_yield();
    open_gate(gate);
    for (guint i = 0; i < N_THREADS; i++)
        pthread_join(threads[i], NULL);
    g_assert_cmpint(gate->scripted->calls[CALL_FIND], ==, N_THREADS);
    g_assert_cmpint(gate->scripted->calls[CALL_SEARCH], ==, 1);
    g_assert_cmpint(gate->good, ==, N_THREADS);
}

static void
test_one_search_for_all(void)
{
    Gate gate;

    gate_init(&gate, "ann@example.com bob@example.com");
    run_together(&gate);
    gate_clear(&gate);
}

static void
test_one_failure_for_all(void)
{
    Gate gate;

    gate_init(&gate, NULL);
    scripted_fail(gate.scripted, CALL_SEARCH, DIRECTORY_ERROR, DIRECTORY_ERROR_UNAVAILABLE, "gone");
    run_together(&gate);
    gate_clear(&gate);
}

/* Nothing is remembered: who asks later gets what the directory says then. */
static void
test_later_is_worked_out_anew(void)
{
    ResolverSettings settings = usual_settings();
    Scripted        *scripted = company_directory();
    g_autoptr(Resolver) resolver = resolver_new(&settings, &scripted->directory);

    for (int i = 1; i <= 3; i++) {
        g_autoptr(Answer) answer = ask(resolver, "all@example.com", STRANGER);
        g_assert_cmpint(answer->kind, ==, ANSWER_ROSTER);
        g_assert_cmpint(scripted->calls[CALL_SEARCH], ==, i);
        g_assert_cmpuint(resolver_waiting(resolver), ==, 0);
    }
}

/* What does not change is not asked again; what may have changed is, and a failure is never remembered. */
static void
test_one_version_is_asked_once(void)
{
    const struct {
        guint64 version;
        int     finds, searches;
    } steps[] = {{7, 1, 1}, {7, 1, 1}, {8, 2, 2}, {8, 2, 2}, {0, 3, 3}, {0, 4, 4}, {8, 4, 4}};
    ResolverSettings settings = usual_settings();
    Scripted        *scripted = company_directory();
    g_autoptr(Resolver) resolver = resolver_new(&settings, &scripted->directory);

    for (gsize i = 0; i < G_N_ELEMENTS(steps); i++) {
        scripted->version = steps[i].version;
        g_autoptr(Answer) answer = ask(resolver, "all@example.com", STRANGER);
        g_assert_cmpint(answer->kind, ==, ANSWER_ROSTER);
        g_assert_cmpint(scripted->calls[CALL_FIND], ==, steps[i].finds);
        g_assert_cmpint(scripted->calls[CALL_SEARCH], ==, steps[i].searches);
    }
}

static void
test_failures_are_not_remembered(void)
{
    ResolverSettings settings = usual_settings();
    Scripted        *scripted = company_directory();
    g_autoptr(Resolver) resolver = resolver_new(&settings, &scripted->directory);

    scripted->version = 7;
    scripted_fail(scripted, CALL_SEARCH, DIRECTORY_ERROR, DIRECTORY_ERROR_UNAVAILABLE, "gone");
    g_autoptr(Answer) failed = ask(resolver, "all@example.com", STRANGER);
    g_assert_cmpint(failed->kind, ==, ANSWER_DEFERRED);
    g_clear_error(&scripted->failures[CALL_SEARCH]);
    g_autoptr(Answer) answer = ask(resolver, "all@example.com", STRANGER);
    g_assert_cmpint(answer->kind, ==, ANSWER_ROSTER);
}

static void *
ask_as_colleague(void *user_data)
{
    Gate *gate = user_data;
    g_autoptr(Answer) answer = ask(gate->resolver, "all@example.com", COLLEAGUE);

    if (answer->kind == ANSWER_ROSTER)
        g_atomic_int_inc(&gate->good);
    return NULL;
}

/* Nested groups may let one of them in and not the other. */
static void
test_sender_classes_are_kept_apart(void)
{
    Gate      gate;
    pthread_t stranger, colleague;

    gate_init(&gate, "ann@example.com bob@example.com");
    g_assert_cmpint(pthread_create(&stranger, NULL, ask_at_once, &gate), ==, 0);
    g_assert_cmpint(pthread_create(&colleague, NULL, ask_as_colleague, &gate), ==, 0);
    while (resolver_waiting(gate.resolver) < 2)
        sched_yield();
    open_gate(&gate);
    pthread_join(stranger, NULL);
    pthread_join(colleague, NULL);
    g_assert_cmpint(gate.scripted->calls[CALL_SEARCH], ==, 2);
    g_assert_cmpint(gate.good, ==, 2);
    gate_clear(&gate);
}

/* ---- flights alone ---- */

typedef struct {
    Gate         gate;
    FlightTable *table;
    GError      *error;
} Flying;

static Roster *
fly_through_gate(gpointer user_data, GError **error)
{
    Flying *flying = user_data;

    wait_at_gate(&flying->gate);
    g_set_error(error, DIRECTORY_ERROR, DIRECTORY_ERROR_REFUSED, "landed");
    return NULL;
}

static Roster *
must_not_fly(G_GNUC_UNUSED gpointer user_data, G_GNUC_UNUSED GError **error)
{
    g_assert_not_reached();
}

static void *
fly_first(void *user_data)
{
    Flying *flying = user_data;
    g_assert_null(flight_join(flying->table, "k", G_MAXINT64, fly_through_gate, flying, &flying->error));
    return NULL;
}

/* A waiter gives up at its own time; the flight goes on. */
static void
test_waiter_obeys_its_deadline(void)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(FlightTable) table = flight_table_new(8);
    Flying    flying = {.table = table};
    pthread_t first;

    pthread_mutex_init(&flying.gate.lock, NULL);
    pthread_cond_init(&flying.gate.changed, NULL);
    g_assert_cmpint(pthread_create(&first, NULL, fly_first, &flying), ==, 0);
    await_search(&flying.gate);

    g_assert_null(flight_join(table, "k", 0, must_not_fly, NULL, &error));
    g_assert_error(error, DIRECTORY_ERROR, DIRECTORY_ERROR_UNAVAILABLE);
    g_assert_cmpuint(flight_table_waiting(table), ==, 1);

    open_gate(&flying.gate);
    pthread_join(first, NULL);
    g_assert_error(flying.error, DIRECTORY_ERROR, DIRECTORY_ERROR_REFUSED);
    g_clear_error(&flying.error);
    pthread_cond_destroy(&flying.gate.changed);
    pthread_mutex_destroy(&flying.gate.lock);
}

/* Where a flight takes long only few may wait; here, nobody. */
static void
test_a_long_flight_has_few_passengers(void)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(FlightTable) table = flight_table_new(0);
    Flying    flying = {.table = table};
    pthread_t first;

    pthread_mutex_init(&flying.gate.lock, NULL);
    pthread_cond_init(&flying.gate.changed, NULL);
    g_assert_cmpint(pthread_create(&first, NULL, fly_first, &flying), ==, 0);
    await_search(&flying.gate);

    g_assert_null(flight_join(table, "k", G_MAXINT64, must_not_fly, NULL, &error));
    g_assert_error(error, DIRECTORY_ERROR, DIRECTORY_ERROR_UNAVAILABLE);
    g_assert_cmpstr(error->message, ==, "too many requests are waiting");

    open_gate(&flying.gate);
    pthread_join(first, NULL);
    g_clear_error(&flying.error);
    pthread_cond_destroy(&flying.gate.changed);
    pthread_mutex_destroy(&flying.gate.lock);
}

static void
add_tables(void)
{
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *path = g_strconcat("/resolver/answer/", cases[i].name, NULL);
        g_test_add_data_func(path, GSIZE_TO_POINTER(i), test_case);
    }
    for (gsize i = 0; i < G_N_ELEMENTS(failures); i++) {
        g_autofree char *path = g_strconcat("/resolver/failure/", failures[i].name, NULL);
        g_test_add_data_func(path, GSIZE_TO_POINTER(i), test_failure);
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    add_tables();
    g_test_add_func("/resolver/no-member-found", test_no_member_found);
    g_test_add_func("/resolver/failure/unforeseen", test_unforeseen_failure);
    g_test_add_func("/resolver/settings/not-ours-is-not-looked-up", test_not_ours_is_not_looked_up);
    g_test_add_func("/resolver/settings/every-domain", test_every_domain);
    g_test_add_func("/resolver/settings/refuse-unknown", test_refuse_unknown);
    g_test_add_func("/resolver/settings/accept-empty", test_accept_empty);
    g_test_add_func("/resolver/settings/too-deep", test_too_deep);
    g_test_add_func("/resolver/settings/own-limit-replaces-common-one", test_own_limit_replaces_common_one);
    g_test_add_func("/resolver/settings/time-over", test_time_over);
    g_test_add_func("/resolver/together/one-search-for-all", test_one_search_for_all);
    g_test_add_func("/resolver/together/one-failure-for-all", test_one_failure_for_all);
    g_test_add_func("/resolver/together/later-is-worked-out-anew", test_later_is_worked_out_anew);
    g_test_add_func("/resolver/together/one-version-is-asked-once", test_one_version_is_asked_once);
    g_test_add_func("/resolver/together/failures-are-not-remembered", test_failures_are_not_remembered);
    g_test_add_func("/resolver/together/sender-classes-are-kept-apart", test_sender_classes_are_kept_apart);
    g_test_add_func("/resolver/together/waiter-obeys-its-deadline", test_waiter_obeys_its_deadline);
    g_test_add_func("/resolver/together/long-flights-have-few-passengers", test_a_long_flight_has_few_passengers);
    return g_test_run();
}
