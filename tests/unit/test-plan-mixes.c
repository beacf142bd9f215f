/* SPDX-License-Identifier: BSD-2-Clause
 * test-plan-mixes.c - who shares a message: each mix of treatments and refusals
 *
 * Mixes are written as plan-mix.h says. A plan is written `-g +a ~h *b /o`: g is deleted, a added, h split off, whose
 * member b gets this message too, and the message gets a treatment.
 */
#include "tests/unit/plan-mix.h"

#include <string.h>

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
    for (guint i = 0; plan->shared != NULL && i < plan->shared->len; i++)
        g_string_append_printf(text, " *%s", address_local(g_ptr_array_index(plan->shared, i)));
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
    {"member-of-both", "g=a,b/o h=b,c", "-g -h +b +c ~g *b"},
    {"member-named-beside-it", "a g=a,b/o", "-g ~g *a"},
    {"member-of-two-that-are-split", "a g=a,b/o h=a,b/m", "-g -h ~g ~h *a"},
    {"member-of-a-refused-one", "a g=a,b/r", "-g ~g"},
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
        mix_give(&mix, cases[i].mix);
    g_autoptr(Plan) plan = plan_new(mix.recipients, mix.n);
    g_autofree char *text = plan_text(plan);
    g_assert_cmpstr(text, ==, cases[i].plan);
    mix_clear(&mix);
}

static gboolean
is_a(const Address *route, gconstpointer data)
{
    return strcmp(address_local(route), data) == 0;
}

/* The second pass: who got the first message is left out. */
static void
test_who_has_it(void)
{
    Mix mix;
    mix_init(&mix);
    mix_give(&mix, "g=a,b/o");
    mix.recipients[0].has_it = is_a;
    mix.recipients[0].has_it_data = "a";
    g_autoptr(Plan) plan = plan_new(mix.recipients, mix.n);
    g_autofree char *text = plan_text(plan);
    g_assert_cmpstr(text, ==, "-g +b /o");
    g_assert_cmpuint(plan->fresh[0], ==, 1);
    mix_clear(&mix);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *path = g_strconcat("/plan-mixes/", cases[i].name, NULL);
        g_test_add_data_func(path, GSIZE_TO_POINTER(i), test_mix);
    }
    g_test_add_func("/plan-mixes/who-has-it", test_who_has_it);
    return g_test_run();
}
