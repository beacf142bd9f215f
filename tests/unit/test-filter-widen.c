/* SPDX-License-Identifier: BSD-2-Clause
 * test-filter-widen.c - a presence test that is no longer the only way: cases, and the law on random filters
 *
 * The law: the widened filter is as true of an entry as the filter would be if each presence test of the attributes,
 * below an even number of NOTs, answered for `more` too; and never less true than the filter. It is worked out term by
 * term, without widening anything. A failure prints the seed (run again with --seed).
 */
#include "rollcall/group.h"
#include "tests/unit/filter-entries.h"

static const char *const widened_attributes[] = {"company", "department", NULL};

static const struct {
    const char *name, *filter, *tested, *widened;
} cases[] = {
    {"alone", "(company=*)", "company", "(|(company=*)(l=x))"},
    {"any-case", "(COMPANY=*)", "company", "(|(COMPANY=*)(l=x))"},
    {"below-not", "(!(company=*))", NULL, "(!(company=*))"},
    {"below-two-nots", "(!(|(!(company=*))(title=a)))", "company", "(!(|(!(|(company=*)(l=x)))(title=a)))"},
    {"wanted-and-not", "(|(company=*)(&(!(company=*))(l=x)))", "company",
     "(|(|(company=*)(l=x))(&(!(company=*))(l=x)))"},
    {"twice", "(&(company=*)(title=a)(|(department=*)(l=b)))", "company",
     "(&(|(company=*)(l=x))(title=a)(|(|(department=*)(l=x))(l=b)))"},
    {"other-tests-stay", "(&(company=a)(company=a*)(company>=a)(title=*))", NULL,
     "(&(company=a)(company=a*)(company>=a)(title=*))"},
    {"always", "(&)", NULL, "(&)"},
};

static void
test_widen(gconstpointer data)
{
    gsize i = GPOINTER_TO_SIZE(data);
    g_autoptr(FilterRef) filter = filter_parse(cases[i].filter, NULL, NULL);
    g_autoptr(FilterRef) more = filter_new_equal("l", "x", -1);
    g_autoptr(FilterRef) widened = filter_widen_presence(filter, widened_attributes, more);
    g_autofree char *text = filter_print(widened);
    g_autofree char *before = filter_print(filter);

    g_assert_cmpstr(text, ==, cases[i].widened);
    g_assert_cmpstr(before, ==, cases[i].filter);
    g_assert_cmpstr(filter_tests_presence(filter, widened_attributes), ==, cases[i].tested);
    g_assert_true((widened == filter) == (cases[i].tested == NULL));
}

/* ---- the law ---- */

enum { N_ROUNDS = 3000, N_ENTRIES = 12, MAX_LEVELS = 5 };

static const char *const leaves[] = {
    "(company=*)", "(department=*)", "(Department=*)", "(company=a)",  "(department=b)",
    "(title=*)",   "(title=a)",      "(noSuchAttr=*)", "(company=*a)", "(!(company=*))",
};

static const Filter *
random_filter(int levels)
{
    static const FilterKind kinds[] = {FILTER_NOT, FILTER_AND, FILTER_OR};
    gint32                  choice = g_test_rand_int_range(0, levels > 0 ? 5 : 2);

    if (choice < 2)
        return filter_parse(leaves[g_test_rand_int_range(0, G_N_ELEMENTS(leaves))], NULL, NULL);
    const Filter *parts[4];
    gint32        n_parts = choice == 2 ? 1 : g_test_rand_int_range(0, 5);
    for (gint32 i = 0; i < n_parts; i++)
        parts[i] = random_filter(levels - 1);
    return filter_new_composite(kinds[choice - 2], parts, (guint)n_parts);
}

/* Each attribute absent, "a" or "b". */
static TestWorld *
random_world(Schema *schema)
{
    static const char *const attributes[] = {"company", "department", "title", "l"};
    TestWorld               *world = test_world_new(schema_ref(schema));

    for (guint i = 0; i < N_ENTRIES; i++) {
        g_autofree char *dn = g_strdup_printf("CN=e%u,DC=example", i);
        TestEntry       *entry = test_world_add(world, "e", dn);
        for (gsize word = 0; word < G_N_ELEMENTS(attributes); word++)
            if (g_test_rand_bit())
                test_entry_add(world, entry, attributes[word], g_test_rand_bit() ? "a" : "b", 1);
    }
    return world;
}

static Truth
match(TestWorld *world, const TestEntry *entry, const Filter *filter)
{
    g_autoptr(Matcher) matcher = matcher_new(filter, world->schema);
    MatchSource source = test_world_source(world);
    return matcher_match(matcher, &source, entry);
}

/* The three truths ordered: AND is the least of its parts, OR the greatest (Kleene). */
static int
rank(Truth truth)
{
    return truth == TRUTH_FALSE ? 0 : truth == TRUTH_UNDEFINED ? 1 : 2;
}

static const Truth truths[] = {TRUTH_FALSE, TRUTH_UNDEFINED, TRUTH_TRUE};

static Truth
evaluate(TestWorld *world, const TestEntry *entry, const Filter *filter, const Filter *more, gboolean wanted)
{
    int least = 2, greatest = 0;

    for (guint i = 0; i < filter->n_parts; i++) {
        int part = rank(evaluate(world, entry, filter->parts[i], more, wanted != (filter->kind == FILTER_NOT)));
        least = MIN(least, part);
        greatest = MAX(greatest, part);
    }
    if (filter->kind == FILTER_NOT)
        return truths[2 - greatest];
    if (filter->kind == FILTER_AND || filter->kind == FILTER_OR)
        return truths[filter->kind == FILTER_AND ? least : greatest];

    Truth plain = match(world, entry, filter);
    if (!wanted || filter->kind != FILTER_PRESENT ||
        (g_ascii_strcasecmp(filter->attribute, "company") != 0 &&
         g_ascii_strcasecmp(filter->attribute, "department") != 0))
        return plain;
    return truths[MAX(rank(plain), rank(match(world, entry, more)))];
}

static void
test_law(void)
{
    static const char *const mores[] = {"(l=a)", "(|(l=a)(l=b))", "(noSuchAttr=a)", "(|)", "(&)"};
    g_autoptr(Schema) schema = schema_new_ad();
    guint changed = 0;

    for (guint round = 0; round < N_ROUNDS; round++) {
        TestWorld *world = random_world(schema);
        g_autoptr(FilterRef) filter = random_filter(MAX_LEVELS);
        g_autoptr(FilterRef) more = filter_parse(mores[round % G_N_ELEMENTS(mores)], NULL, NULL);
        g_autoptr(FilterRef) widened = filter_widen_presence(filter, widened_attributes, more);
        for (guint i = 0; i < world->entries->len; i++) {
            const TestEntry *entry = g_ptr_array_index(world->entries, i);
            Truth            truth = match(world, entry, widened);
            g_autofree char *text = filter_print(filter);
            Truth            plain = match(world, entry, filter);
            if (truth != evaluate(world, entry, filter, more, TRUE) || rank(truth) < rank(plain))
                g_error("%s, or %s", text, mores[round % G_N_ELEMENTS(mores)]);
            changed += truth != plain;
        }
        test_world_free(world);
    }
    g_assert_cmpuint(changed, >, N_ROUNDS / 10); /* or the law has not been tried */
}

/* ---- what it is for ---- */

/* Exchange's own text for "mailboxes". */
static const char mailboxes[] =
    "(&(!(!(objectClass=user)))(objectCategory=person)(mailNickname=*)(msExchHomeServerName=*))";

static void
test_remote_mailboxes(void)
{
    static const struct {
        const char *filter, *tested;
    } rows[] = {
        {mailboxes, "msExchHomeServerName"},
        {"(homemdb=*)", "homeMDB"},
        {"(&(mailNickname=*)(homeMDB=CN=db))", NULL},
        {"(&(mailNickname=*)(!(msExchHomeServerName=*))(msExchRecipientTypeDetails=2147483648))", NULL},
    };

    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(FilterRef) filter = filter_parse(rows[i].filter, NULL, NULL);
        g_assert_cmpstr(filter_tests_mailbox_server(filter), ==, rows[i].tested);
    }
    g_autoptr(FilterRef) filter = filter_parse(mailboxes, NULL, NULL);
    g_autoptr(FilterRef) widened = filter_include_remote_mailboxes(filter);
    g_autofree char *text = filter_print(widened);
    g_assert_cmpstr(text, ==,
                    "(&(!(!(objectClass=user)))(objectCategory=person)(mailNickname=*)(|(msExchHomeServerName=*)"
                    "(|(msExchRecipientTypeDetails=2147483648)(msExchRecipientTypeDetails=8589934592)"
                    "(msExchRecipientTypeDetails=17179869184)(msExchRecipientTypeDetails=34359738368))))");
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *path = g_strconcat("/filter-widen/", cases[i].name, NULL);
        g_test_add_data_func(path, GSIZE_TO_POINTER(i), test_widen);
    }
    g_test_add_func("/filter-widen/law", test_law);
    g_test_add_func("/filter-widen/remote-mailboxes", test_remote_mailboxes);
    return g_test_run();
}
