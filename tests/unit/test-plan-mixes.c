/* SPDX-License-Identifier: BSD-2-Clause
 * test-plan-mixes.c - who shares a message: each mix of treatments and refusals, and what holds for any mix
 *
 * A mix is written `p g=a,b/o h=c/r`: a plain recipient, a group with the members a and b that wants no out-of-office
 * replies, a refused group. After the slash: m = reports to the manager, e = to nobody, o = no out-of-office replies,
 * h = held, r = refused, x = cannot be split off, 1 = shares its split address with others marked so.
 * A plan is written `-g +a ~h /o`: g is deleted, a added, h split off, the message gets a treatment.
 */
#include "milter/plan.h"
#include "milter/split.h"

#include <string.h>

enum { MOST = 12, MOST_MEMBERS = 8 };

typedef struct {
    gsize         n;
    PlanRecipient recipients[MOST];
    RosterMember  members[MOST][MOST_MEMBERS];
    Address      *boss;
    GPtrArray    *owned;
} Mix;

static Address *
address_of(Mix *mix, const char *name)
{
    g_autofree char *text = g_strconcat(name, "@e.org", NULL);
    Address         *address = address_new(text, NULL);
    g_assert_nonnull(address);
    g_ptr_array_add(mix->owned, address);
    return address;
}

static void
mix_init(Mix *mix)
{
    *mix = (Mix){.owned = g_ptr_array_new_with_free_func((GDestroyNotify)address_unref)};
    mix->boss = address_of(mix, "boss");
}

static void
mix_clear(Mix *mix)
{
    for (gsize i = 0; i < mix->n; i++)
        g_free((gpointer)mix->recipients[i].argument);
    g_ptr_array_unref(mix->owned);
}

static PlanRecipient *
give_recipient(Mix *mix, const char *name)
{
    PlanRecipient *recipient = &mix->recipients[mix->n++];
    recipient->argument = g_strdup_printf("<%s@e.org>", name);
    recipient->address = address_of(mix, name);
    recipient->notify = NOTIFY_DEFAULT;
    return recipient;
}

static void
give_treatment(Mix *mix, PlanRecipient *group, const char *marks)
{
    g_autofree char *key = g_strdup(strchr(marks, '1') != NULL ? "one@e.org" : address_text(group->address));
    g_autoptr(Address) identity = address_new(key, NULL);
    group->treatment.sender = strchr(marks, 'm') != NULL ? mix->boss : NULL;
    group->treatment.empty_sender = strchr(marks, 'e') != NULL;
    group->treatment.suppress_oof = strchr(marks, 'o') != NULL;
    group->treatment.hold = strchr(marks, 'h') != NULL;
    group->refused = strchr(marks, 'r') != NULL;
    if (strchr(marks, 'x') != NULL)
        return;
    group->split_address = split_address(identity, "split.invalid");
    g_ptr_array_add(mix->owned, (gpointer)group->split_address);
}

static void
give_group(Mix *mix, const char *name, const char *members, const char *marks)
{
    g_auto(GStrv) names = g_strsplit(members, ",", -1);
    RosterMember  *list = mix->members[mix->n];
    PlanRecipient *group = give_recipient(mix, name);
    group->expanded = TRUE;
    group->members = list;
    for (; *members != '\0' && names[group->n_members] != NULL; group->n_members++)
        list[group->n_members].route = address_of(mix, names[group->n_members]);
    give_treatment(mix, group, marks);
}

static void
give(Mix *mix, const char *text)
{
    g_auto(GStrv) words = g_strsplit(text, " ", -1);
    for (gsize i = 0; words[i] != NULL; i++) {
        char *marks = strchr(words[i], '/'), *members = strchr(words[i], '=');
        if (members == NULL) {
            give_recipient(mix, words[i]);
            continue;
        }
        if (marks != NULL)
            *marks++ = '\0';
        *members++ = '\0';
        give_group(mix, words[i], members, marks != NULL ? marks : "");
    }
}

/* ---- plans as text ---- */

static void
append_treatment(GString *text, const Treatment *treatment)
{
    if (treatment_is_none(treatment))
        return;
    g_string_append(text, " /");
    g_string_append(text, treatment->sender != NULL ? "m" : "");
    g_string_append(text, treatment->empty_sender ? "e" : "");
    g_string_append(text, treatment->suppress_oof ? "o" : "");
    g_string_append(text, treatment->hold ? "h" : "");
}

static char *
plan_text(const Plan *plan)
{
    GString *text = g_string_new(NULL);
    for (gsize i = 0; i < plan->n_deletions; i++)
        g_string_append_printf(text, " -%.*s", (int)strcspn(plan->deletions[i], "@") - 1, plan->deletions[i] + 1);
    for (gsize i = 0; i < plan->n_additions; i++) {
        const char *local = address_local(plan->additions[i].address);
        gboolean    split = i >= plan->n_additions - plan->n_split;
        g_string_append_printf(text, " %c%.*s", split ? '~' : '+', (int)strcspn(local, "="), local);
    }
    append_treatment(text, &plan->treatment);
    g_string_append(text, plan->nobody ? " nobody" : "");
    g_string_append(text, plan->refused ? " refused" : "");
    g_string_append(text, plan->conflict ? " conflict" : "");
    return g_strchug(g_string_free(text, FALSE));
}

static const struct {
    const char *name, *mix, *plan;
} cases[] = {
    {"one-group-gets-its-treatment", "g=a,b/o", "-g +a +b /o"},
    {"all-of-it", "g=a/mo", "-g +a /mo"},
    {"one-that-cannot-be-split-too", "g=a/hx", "-g +a /h"},
    {"two-that-agree", "g=a,b/m h=b,c/m", "-g -h +a +b +c /m"},
    {"two-that-agree-and-cannot-be-split", "g=a/ex h=b/ex", "-g -h +a +b /e"},
    {"two-that-do-not", "g=a/m h=b/e", "-g -h ~g ~h"},
    {"one-with-and-one-without", "g=a/o h=b", "-g -h +b ~g"},
    {"a-person-beside-it", "g=a/h p", "-g ~g"},
    {"a-person-beside-one-without", "g=a p", "-g +a"},
    {"same-treatment-beside-a-person", "p g=a/o h=b/o", "-g -h ~g ~h"},
    {"three-ways", "p g=a/o h=b/o i=c", "-g -h -i +c ~g ~h"},
    {"beside-a-person-without-split", "p g=a/ox", "conflict"},
    {"one-of-two-without-split", "g=a/o h=b/ex", "conflict"},
    {"only-the-one-that-stays-cannot-be-split", "g=a/o h=b/x", "-g -h +b ~g"},
    {"refused-alone", "g=a/r", "refused"},
    {"refused-alone-without-split", "g=a/rx", "refused"},
    {"all-refused", "g=a/r h=b/ro", "refused"},
    {"refused-beside-a-person", "p g=a/r", "-g ~g"},
    {"refused-beside-a-group", "g=a/r h=b", "-g -h +b ~g"},
    {"refused-beside-one-with-a-treatment", "g=a/r h=b/m", "-g -h ~g ~h"},
    {"refused-beside-a-person-without-split", "p g=a/rx", "conflict"},
    {"refused-takes-no-members-along", "g=a,b/r h=b", "-g -h +b ~g"},
    {"member-of-both", "g=a,b/o h=b,c", "-g -h +b +c ~g"},
    {"member-named-beside-it", "a g=a,b/o", "-g ~g"},
    {"empty-needs-nothing", "p g=/o", "-g"},
    {"empty-beside-a-treatment", "g=/e h=a/o", "-g -h +a /o"},
    {"empty-and-refused", "p g=/r", "-g ~g"},
    {"empty-alone", "g=/o", "-g nobody"},
    {"two-empty-ones", "g=/o h=/e", "-g -h nobody"},
    {"one-group-by-two-addresses", "g=a/1o h=a/1o p", "-g -h ~one"},
    {"one-group-by-two-addresses-alone", "g=a/1o h=a/1o", "-g -h +a /o"},
    {"one-group-twice", "g=a/o g=a/o p", "-g ~g"},
    {"nobody-at-all", "", "nobody"},
};

static void
test_mix(gconstpointer data)
{
    gsize i = GPOINTER_TO_SIZE(data);
    Mix   mix;
    mix_init(&mix);
    if (*cases[i].mix != '\0')
        give(&mix, cases[i].mix);
    g_autoptr(Plan) plan = plan_new(mix.recipients, mix.n);
    g_autofree char *text = plan_text(plan);
    g_assert_cmpstr(text, ==, cases[i].plan);
    mix_clear(&mix);
}

/* ---- what holds for any mix ---- */

static void
give_randomly(Mix *mix)
{
    static const char *const treatments[] = {"", "", "", "o", "m", "e", "h", "oe", "r", "r", "ro"};
    gsize                    n = (gsize)g_test_rand_int_range(1, MOST + 1);
    for (gsize i = 0; i < n; i++) {
        g_autoptr(GString) word = g_string_new(NULL);
        if (g_test_rand_int_range(0, 3) == 0) {
            g_string_printf(word, "%c", 'a' + g_test_rand_int_range(0, 10));
            give(mix, word->str);
            continue;
        }
        g_string_printf(word, "g%d=", g_test_rand_int_range(0, 8));
        /* The members of one roster are distinct: every so-manieth letter. */
        int step = g_test_rand_int_range(1, 5), last = g_test_rand_int_range(0, 10);
        for (int member = 0; member < last && member / step < MOST_MEMBERS; member += step)
            g_string_append_printf(word, "%s%c", member > 0 ? "," : "", 'a' + member);
        g_string_append_printf(word, "/%s%s", treatments[g_test_rand_int_range(0, G_N_ELEMENTS(treatments))],
                               g_test_rand_int_range(0, 8) == 0 ? "x" : "");
        give(mix, word->str);
    }
}

static gsize
count_address(const Plan *plan, gsize from, gsize to, const Address *address)
{
    gsize n = 0;
    for (gsize i = from; i < to; i++)
        n += address_equal(plan->additions[i].address, address) ? 1 : 0;
    return n;
}

static gsize
count_deletions(const Plan *plan, const char *argument)
{
    gsize n = 0;
    for (gsize i = 0; i < plan->n_deletions; i++)
        n += strcmp(plan->deletions[i], argument) == 0 ? 1 : 0;
    return n;
}

static gboolean
is_named(const Mix *mix, const Address *address)
{
    for (gsize i = 0; i < mix->n; i++) {
        if (!mix->recipients[i].expanded && address_equal(mix->recipients[i].address, address))
            return TRUE;
    }
    return FALSE;
}

/* Whether a group that shares the message has the member. */
static gboolean
is_shared(const Mix *mix, const Plan *plan, const Address *address)
{
    for (gsize i = 0; i < mix->n; i++) {
        for (gsize m = 0; !plan->split[i] && m < mix->recipients[i].n_members; m++) {
            if (address_equal(mix->recipients[i].members[m].route, address))
                return TRUE;
        }
    }
    return FALSE;
}

static void
check_sharing_group(const Mix *mix, const Plan *plan, const PlanRecipient *group)
{
    gsize members = plan->n_additions - plan->n_split;
    g_assert_false(group->refused);
    if (group->n_members > 0)
        g_assert_true(treatment_equal(&group->treatment, &plan->treatment));
    for (gsize m = 0; m < group->n_members; m++) {
        const Address *route = group->members[m].route;
        g_assert_cmpuint(count_address(plan, 0, members, route), ==, is_named(mix, route) ? 0 : 1);
    }
}

static void
check_recipient(const Mix *mix, const Plan *plan, gsize i)
{
    const PlanRecipient *recipient = &mix->recipients[i];
    gsize                members = plan->n_additions - plan->n_split;
    g_assert_cmpuint(count_deletions(plan, recipient->argument), ==, recipient->expanded ? 1 : 0);
    if (plan->split[i]) {
        g_assert_true(recipient->expanded);
        g_assert_cmpuint(count_address(plan, members, plan->n_additions, recipient->split_address), ==, 1);
        g_assert_cmpuint(plan->fresh[i], ==, 0);
    } else if (recipient->expanded) {
        check_sharing_group(mix, plan, recipient);
    } else {
        /* It is in the message as it was. */
        g_assert_true(treatment_equal(&recipient->treatment, &plan->treatment));
        g_assert_cmpuint(count_address(plan, 0, plan->n_additions, recipient->address), ==, 0);
    }
}

/* Nothing that the MTA would do to the split addresses too, and nobody who belongs elsewhere. */
static void
check_additions(const Mix *mix, const Plan *plan)
{
    gsize members = plan->n_additions - plan->n_split, fresh = 0;
    if (plan->n_split > 0)
        g_assert_true(treatment_is_none(&plan->treatment));
    for (gsize i = 0; i < members; i++) {
        const Address *address = plan->additions[i].address;
        g_assert_true(is_shared(mix, plan, address));
        g_assert_false(is_named(mix, address));
    }
    for (gsize i = 0; i < mix->n; i++)
        fresh += plan->fresh[i];
    g_assert_cmpuint(fresh, ==, members);
}

/* A refusal or a deferral of all has its reason, and leaves no edit. */
static void
check_no_edits(const Mix *mix, const Plan *plan)
{
    gsize refused = 0, stuck = 0;
    for (gsize i = 0; i < mix->n; i++) {
        refused += mix->recipients[i].refused ? 1 : 0;
        stuck += mix->recipients[i].expanded && mix->recipients[i].split_address == NULL ? 1 : 0;
    }
    g_assert_cmpuint(plan->n_deletions + plan->n_additions, ==, 0);
    g_assert_true(plan->refused != plan->conflict);
    g_assert_false(plan->nobody);
    if (plan->refused)
        g_assert_cmpuint(refused, ==, mix->n);
    else
        g_assert_cmpuint(stuck, >, 0);
}

static void
test_any_mix(void)
{
    gsize seen[4] = {0};
    for (guint round = 0; round < 20000; round++) {
        Mix mix;
        mix_init(&mix);
        give_randomly(&mix);
        g_autoptr(Plan) plan = plan_new(mix.recipients, mix.n);
        seen[plan->refused ? 0 : plan->conflict ? 1 : plan->n_split > 0 ? 2 : 3]++;
        if (plan->refused || plan->conflict) {
            check_no_edits(&mix, plan);
        } else {
            for (gsize i = 0; i < mix.n; i++)
                check_recipient(&mix, plan, i);
            check_additions(&mix, plan);
        }
        mix_clear(&mix);
    }
    for (gsize i = 0; i < G_N_ELEMENTS(seen); i++)
        g_assert_cmpuint(seen[i], >, 100);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *path = g_strconcat("/plan-mixes/", cases[i].name, NULL);
        g_test_add_data_func(path, GSIZE_TO_POINTER(i), test_mix);
    }
    g_test_add_func("/plan-mixes/any-mix", test_any_mix);
    return g_test_run();
}
