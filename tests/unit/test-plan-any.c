/* SPDX-License-Identifier: BSD-2-Clause
 * test-plan-any.c - what holds for any mix of groups, treatments, refusals and plain recipients
 */
#include "tests/unit/plan-mix.h"

#include <string.h>

static void
give_randomly(Mix *mix)
{
    static const char *const treatments[] = {"", "", "", "o", "m", "e", "h", "oe", "r", "r", "ro"};
    gsize                    n = (gsize)g_test_rand_int_range(1, MIX_MOST + 1);
    for (gsize i = 0; i < n; i++) {
        g_autoptr(GString) word = g_string_new(NULL);
        if (g_test_rand_int_range(0, 3) == 0) {
            g_string_printf(word, "%c", 'a' + g_test_rand_int_range(0, 10));
            mix_give(mix, word->str);
            continue;
        }
        g_string_printf(word, "g%d=", g_test_rand_int_range(0, 8));
        /* The members of one roster are distinct: every so-manieth letter. */
        int step = g_test_rand_int_range(1, 5), last = g_test_rand_int_range(0, 10);
        for (int member = 0; member < last && member / step < MIX_MOST_MEMBERS; member += step)
            g_string_append_printf(word, "%s%c", member > 0 ? "," : "", 'a' + member);
        g_string_append_printf(word, "/%s%s", treatments[g_test_rand_int_range(0, G_N_ELEMENTS(treatments))],
                               g_test_rand_int_range(0, 8) == 0 ? "x" : "");
        mix_give(mix, word->str);
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

/* Exactly those who would get two copies of what is not turned away. */
static void
check_shared(const Mix *mix, const Plan *plan, const PlanRecipient *group)
{
    for (gsize m = 0; !group->refused && m < group->n_members; m++) {
        const Address *route = group->members[m].route;
        gsize          noted = 0;
        for (guint i = 0; plan->shared != NULL && i < plan->shared->len; i++)
            noted += address_equal(g_ptr_array_index(plan->shared, i), route) ? 1 : 0;
        g_assert_cmpuint(noted, ==, is_named(mix, route) || is_shared(mix, plan, route) ? 1 : 0);
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
        check_shared(mix, plan, recipient);
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
    g_test_add_func("/plan-any/mix", test_any_mix);
    return g_test_run();
}
