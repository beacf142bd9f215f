/* SPDX-License-Identifier: BSD-2-Clause
 * test-filter-property.c - what holds for every filter, tried on random ones
 *
 *   - a printed filter is read back as the same tree;
 *   - matching agrees with an evaluator written without any of the project's code, entry by entry, Undefined included;
 *   - a folded filter is TRUE exactly where the filter is, and Undefined nowhere.
 * The vocabulary is small, so that filters often hit; the evaluator knows it and nothing else. A failure prints the
 * seed (run again with --seed).
 */
#include "tests/unit/filter-entries.h"

#include "resolver/filter/filter-node.h"

#include <stdlib.h>

enum { N_ROUNDS = 3000, N_ENTRIES = 12, MAX_LEVELS = 5 };

/* ---- vocabulary ---- */

typedef enum { WORD_STRING, WORD_INTEGER, WORD_BOOLEAN, WORD_UNKNOWN } WordKind;

static const struct {
    const char *attribute;
    WordKind    kind;
} vocabulary[] = {
    {"department", WORD_STRING},
    {"company", WORD_STRING},
    {"delivContLength", WORD_INTEGER},
    {"groupType", WORD_INTEGER},
    {"msExchHideFromAddressLists", WORD_BOOLEAN},
    {"noSuchAttr", WORD_UNKNOWN},
    {"department;lang-en", WORD_UNKNOWN},
};

static const char *const strings[] = {"a", "ab", "AB", "abc", "b", "ba", "Bab", "c"};
static const char *const integers[] = {"-5", "0", "1", "6", "7", "2147483647", "-2147483648"};
static const char *const booleans[] = {"TRUE", "FALSE"};

static const char *
pick(const char *const *words, gsize n_words)
{
    return words[g_test_rand_int_range(0, (gint32)n_words)];
}

/* A value that fits the kind. */
static const char *
pick_value(WordKind kind)
{
    switch (kind) {
    case WORD_INTEGER:
        return pick(integers, G_N_ELEMENTS(integers));
    case WORD_BOOLEAN:
        return pick(booleans, G_N_ELEMENTS(booleans));
    default:
        return pick(strings, G_N_ELEMENTS(strings));
    }
}

/* ---- random filters ---- */

static Value
random_value(WordKind kind)
{
    /* Now and then one that does not fit. A single letter fits strings only. */
    const char *text = g_test_rand_int_range(0, 8) == 0 ? "a" : pick_value(kind);
    return filter_value_copy(text, strlen(text));
}

static void
make_substring(Filter *leaf)
{
    int shape = g_test_rand_int_range(1, 8);
    if ((shape & 1) != 0)
        leaf->initial = random_value(WORD_STRING);
    if ((shape & 2) != 0)
        leaf->final = random_value(WORD_STRING);
    if ((shape & 4) == 0)
        return;
    leaf->n_any = (guint)g_test_rand_int_range(1, 3);
    Value *any = g_new(Value, leaf->n_any);
    for (guint i = 0; i < leaf->n_any; i++)
        any[i] = random_value(WORD_STRING);
    leaf->any = any;
}

static const char *
random_rule(void)
{
    static const char *const rules[] = {"1.2.840.113556.1.4.803", "1.2.840.113556.1.4.804", "1.2.3.4", NULL};
    return rules[g_test_rand_int_range(0, G_N_ELEMENTS(rules))];
}

static const Filter *
random_leaf(void)
{
    gint32     word = g_test_rand_int_range(0, G_N_ELEMENTS(vocabulary));
    FilterKind kind = (FilterKind)g_test_rand_int_range(FILTER_PRESENT, FILTER_EXTENSIBLE + 1);
    Filter    *leaf = filter_node_new(kind, g_strdup(vocabulary[word].attribute));
    if (kind == FILTER_SUBSTRING)
        make_substring(leaf);
    else if (kind != FILTER_PRESENT)
        leaf->value = random_value(vocabulary[word].kind);
    if (kind == FILTER_EXTENSIBLE)
        leaf->rule = g_strdup(random_rule());
    return leaf;
}

static const Filter *
random_filter(int levels)
{
    gint32 choice = g_test_rand_int_range(0, levels > 0 ? 5 : 2);
    if (choice < 2)
        return random_leaf();
    GPtrArray *parts = filter_parts_new();
    gint32     n_parts = choice == 2 ? 1 : g_test_rand_int_range(0, 5);
    for (gint32 i = 0; i < n_parts; i++)
        g_ptr_array_add(parts, (gpointer)random_filter(levels - 1));
    static const FilterKind kinds[] = {FILTER_NOT, FILTER_AND, FILTER_OR};
    return filter_node_composite(kinds[choice - 2], parts);
}

/* ---- the evaluator that the matcher is compared with ---- */

static WordKind
word_kind(const char *attribute)
{
    for (gsize i = 0; i < G_N_ELEMENTS(vocabulary); i++) {
        if (strcmp(vocabulary[i].attribute, attribute) == 0)
            return vocabulary[i].kind;
    }
    g_assert_not_reached();
}

static gboolean
fits(WordKind kind, const char *text)
{
    char *end = NULL;
    if (kind == WORD_INTEGER)
        return strtoll(text, &end, 10) <= G_MAXINT32 && *end == '\0';
    if (kind == WORD_BOOLEAN)
        return strcmp(text, "TRUE") == 0 || strcmp(text, "FALSE") == 0;
    return TRUE;
}

/* Whether `text`, from its start, has the pieces one behind the other, the last one at its end if `anchored`. */
static gboolean
has_pieces(const char *text, const char *const *pieces, gsize n_pieces, gboolean anchored)
{
    if (n_pieces == 0)
        return TRUE;
    gsize length = strlen(pieces[0]);
    for (const char *at = text; strlen(at) >= length; at++) {
        gboolean is_here = g_ascii_strncasecmp(at, pieces[0], length) == 0;
        if (is_here && n_pieces == 1 && anchored && at[length] != '\0')
            continue;
        if (is_here && has_pieces(at + length, pieces + 1, n_pieces - 1, anchored))
            return TRUE;
    }
    return FALSE;
}

static gboolean
substring_matches(const Filter *leaf, const char *stored)
{
    const char *pieces[4];
    gsize       n_pieces = 0;
    if (leaf->initial.data != NULL && g_ascii_strncasecmp(stored, leaf->initial.data, leaf->initial.length) != 0)
        return FALSE;
    if (leaf->initial.data != NULL && strlen(stored) < leaf->initial.length)
        return FALSE;
    for (guint i = 0; i < leaf->n_any; i++)
        pieces[n_pieces++] = leaf->any[i].data;
    if (leaf->final.data != NULL)
        pieces[n_pieces++] = leaf->final.data;
    return has_pieces(stored + leaf->initial.length, pieces, n_pieces, leaf->final.data != NULL);
}

static int
compare_words(WordKind kind, const char *a, const char *b)
{
    if (kind == WORD_INTEGER) {
        long long x = strtoll(a, NULL, 10), y = strtoll(b, NULL, 10);
        return (x > y) - (x < y);
    }
    return kind == WORD_BOOLEAN ? strcmp(a, b) : g_ascii_strcasecmp(a, b); /* FALSE before TRUE */
}

static gboolean
leaf_matches(const Filter *leaf, WordKind kind, const char *stored)
{
    const char *asserted = leaf->value.data;
    switch (leaf->kind) {
    case FILTER_PRESENT:
        return TRUE;
    case FILTER_SUBSTRING:
        return substring_matches(leaf, stored);
    case FILTER_GREATER_OR_EQUAL:
        return compare_words(kind, stored, asserted) >= 0;
    case FILTER_LESS_OR_EQUAL:
        return compare_words(kind, stored, asserted) <= 0;
    default:
        break;
    }
    if (leaf->rule == NULL)
        return compare_words(kind, stored, asserted) == 0;
    guint32 bits = (guint32)strtoll(asserted, NULL, 10), has = (guint32)strtoll(stored, NULL, 10);
    return g_str_has_suffix(leaf->rule, "803") ? (has & bits) == bits : (has & bits) != 0;
}

static gboolean
leaf_is_undefined(const Filter *leaf, WordKind kind)
{
    if (kind == WORD_UNKNOWN)
        return TRUE;
    if (leaf->kind == FILTER_PRESENT)
        return FALSE;
    if (leaf->kind == FILTER_SUBSTRING)
        return kind != WORD_STRING;
    if (leaf->rule != NULL && (kind != WORD_INTEGER || g_str_has_suffix(leaf->rule, "1.2.3.4")))
        return TRUE;
    return !fits(kind, leaf->value.data);
}

static Truth
evaluate_leaf(const TestWorld *world, const TestEntry *entry, const Filter *leaf)
{
    WordKind kind = word_kind(leaf->attribute);
    if (leaf_is_undefined(leaf, kind))
        return TRUTH_UNDEFINED;
    const Value *values = NULL;
    guint        n_values = test_entry_values(entry, schema_attribute(world->schema, leaf->attribute), &values);
    for (guint i = 0; i < n_values; i++) {
        if (leaf_matches(leaf, kind, values[i].data))
            return TRUTH_TRUE;
    }
    return TRUTH_FALSE;
}

/* Counts the answers of the parts instead of stopping at the first that decides. */
static Truth
evaluate(const TestWorld *world, const TestEntry *entry, const Filter *filter)
{
    guint count[3] = {0};
    if (filter->kind > FILTER_NOT)
        return evaluate_leaf(world, entry, filter);
    for (guint i = 0; i < filter->n_parts; i++)
        count[evaluate(world, entry, filter->parts[i])]++;
    if (filter->kind == FILTER_NOT)
        return count[TRUTH_UNDEFINED] > 0 ? TRUTH_UNDEFINED : count[TRUTH_TRUE] > 0 ? TRUTH_FALSE : TRUTH_TRUE;
    if (filter->kind == FILTER_AND && count[TRUTH_FALSE] > 0)
        return TRUTH_FALSE;
    if (filter->kind == FILTER_OR && count[TRUTH_TRUE] > 0)
        return TRUTH_TRUE;
    if (count[TRUTH_UNDEFINED] > 0)
        return TRUTH_UNDEFINED;
    return filter->kind == FILTER_AND ? TRUTH_TRUE : TRUTH_FALSE;
}

/* ---- properties ---- */

static TestWorld *
random_world(Schema *schema)
{
    TestWorld *world = test_world_new(schema_ref(schema));
    for (guint i = 0; i < N_ENTRIES; i++) {
        g_autofree char *dn = g_strdup_printf("CN=e%u,DC=example", i);
        TestEntry       *entry = test_world_add(world, "e", dn);
        for (gsize word = 0; word < G_N_ELEMENTS(vocabulary); word++) {
            if (vocabulary[word].kind == WORD_UNKNOWN || g_test_rand_bit())
                continue;
            const char *text = pick_value(vocabulary[word].kind);
            test_entry_add(world, entry, vocabulary[word].attribute, text, strlen(text));
        }
    }
    return world;
}

static void
assert_reads_back(const Filter *filter)
{
    g_autofree char *text = filter_print(filter);
    g_autoptr(GPtrArray) repairs = g_ptr_array_new_with_free_func((GDestroyNotify)filter_repair_free);
    g_autoptr(GError) error = NULL;
    g_autoptr(FilterRef) again = filter_parse(text, repairs, &error);
    g_assert_no_error(error);
    if (!filter_is_same(filter, again))
        g_error("read back as another filter: %s", text);
    g_assert_cmpuint(repairs->len, ==, 0);
}

/* Ends the test, naming what it takes to see the fault. */
static void
fail_with(const TestWorld *world, const TestEntry *entry, const Filter *filter, const char *what)
{
    g_autofree char *text = filter_print(filter);
    for (gsize word = 0; word < G_N_ELEMENTS(vocabulary); word++) {
        const AttributeType *type = schema_attribute(world->schema, vocabulary[word].attribute);
        const Value         *values = NULL;
        if (type != NULL && test_entry_values(entry, type, &values) > 0)
            g_test_message("%s: %s", vocabulary[word].attribute, values[0].data);
    }
    g_error("%s: %s", what, text);
}

/* `seen` counts the answers, so that the test can tell that its filters were not all alike. */
static void
assert_matches_as_evaluated(TestWorld *world, const Filter *filter, guint seen[3])
{
    g_autoptr(FilterRef) folded = filter_fold(filter, world->schema, NULL);
    g_autoptr(Matcher) matcher = matcher_new(filter, world->schema);
    g_autoptr(Matcher) folded_matcher = matcher_new(folded, world->schema);
    MatchSource source = test_world_source(world);
    assert_reads_back(folded);
    for (guint i = 0; i < world->entries->len; i++) {
        const TestEntry *entry = g_ptr_array_index(world->entries, i);
        Truth            expected = evaluate(world, entry, filter);
        seen[expected]++;
        Truth selected = expected == TRUTH_TRUE ? TRUTH_TRUE : TRUTH_FALSE;
        if (matcher_match(matcher, &source, entry) != expected)
            fail_with(world, entry, filter, "matched unlike the evaluator");
        if (matcher_match(folded_matcher, &source, entry) != selected)
            fail_with(world, entry, filter, "folded to another selection");
    }
}

static void
test_match(void)
{
    g_autoptr(Schema) schema = schema_new_ad();
    guint seen[3] = {0};
    for (guint i = 0; i < N_ROUNDS; i++) {
        TestWorld *world = random_world(schema);
        g_autoptr(FilterRef) filter = random_filter(MAX_LEVELS);
        assert_reads_back(filter);
        assert_matches_as_evaluated(world, filter, seen);
        test_world_free(world);
    }
    g_test_message("true %u, false %u, undefined %u", seen[TRUTH_TRUE], seen[TRUTH_FALSE], seen[TRUTH_UNDEFINED]);
    for (guint truth = 0; truth < G_N_ELEMENTS(seen); truth++)
        g_assert_cmpuint(seen[truth], >, N_ROUNDS);
}

/* Values of any octets, which need not be text. Braces are left out: they are named each time they are read. */
static Value
random_octets(void)
{
    GString *octets = g_string_new(NULL);
    for (gint32 left = g_test_rand_int_range(1, 6); left > 0; left--) {
        char c = (char)g_test_rand_int_range(0, 256);
        g_string_append_c(octets, c == '{' || c == '}' ? '(' : c);
    }
    gsize length = octets->len;
    return (Value){g_string_free(octets, FALSE), length};
}

static void
test_print_octets(void)
{
    for (guint i = 0; i < N_ROUNDS; i++) {
        Filter *leaf = filter_node_new(FILTER_SUBSTRING, g_strdup("a"));
        leaf->final = random_octets();
        leaf->initial = random_octets();
        Value *any = g_new(Value, 1);
        any[0] = random_octets();
        leaf->any = any;
        leaf->n_any = 1;
        const Filter *parts[] = {leaf, filter_new_equal("b", leaf->final.data, (gssize)leaf->final.length)};
        g_autoptr(FilterRef) filter = filter_new_composite(FILTER_AND, parts, G_N_ELEMENTS(parts));
        assert_reads_back(filter);
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/filter-property/print-octets", test_print_octets);
    g_test_add_func("/filter-property/match", test_match);
    return g_test_run();
}
