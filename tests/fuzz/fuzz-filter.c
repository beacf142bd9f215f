/* SPDX-License-Identifier: BSD-2-Clause
 * fuzz-filter.c - libFuzzer target: any text is refused, or read, printed and read again as the same filter
 *
 * Owns:     the two built-in schemas, made once.
 * Promises: a broken promise of filter.h aborts.
 * Threads:  one.
 */
#include "resolver/filter/filter-node.h"

#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static guint
no_values(G_GNUC_UNUSED gconstpointer entry, G_GNUC_UNUSED const AttributeType *type, const Value **values)
{
    *values = NULL;
    return 0;
}

static void
check_reads_back(const Filter *filter)
{
    g_autofree char *text = filter_print(filter);
    /* Escaping may make a text too long to be read, and folding a filter too large. */
    g_autoptr(GError) error = NULL;
    g_autoptr(FilterRef) again = filter_parse(text, NULL, &error);
    if (again == NULL)
        g_assert_error(error, FILTER_ERROR, FILTER_ERROR_LIMIT);
    else
        g_assert_true(filter_is_same(filter, again));
}

/* Folding changes nothing but Undefined, for an entry without attributes too. */
static void
check_fold(const Filter *filter, Schema *schema)
{
    static const MatchSource source = {.values = no_values};
    g_autoptr(GPtrArray) notes = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(FilterRef) folded = filter_fold(filter, schema, notes);
    g_autoptr(FilterRef) again = filter_fold(folded, schema, NULL);
    g_assert_true(filter_is_same(folded, again));
    check_reads_back(folded);

    g_autoptr(Matcher) matcher = matcher_new(filter, schema);
    g_autoptr(Matcher) folded_matcher = matcher_new(folded, schema);
    gboolean selects = matcher_match(matcher, &source, NULL) == TRUTH_TRUE;
    g_assert_true(selects == (matcher_match(folded_matcher, &source, NULL) == TRUTH_TRUE));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static Schema *ad, *rfc;
    if (ad == NULL) {
        ad = schema_new_ad();
        rfc = schema_new_rfc();
    }
    g_autofree char *text = g_strndup((const char *)data, size);
    g_autoptr(GPtrArray) repairs = g_ptr_array_new_with_free_func((GDestroyNotify)filter_repair_free);
    g_autoptr(GError) error = NULL;
    g_autoptr(FilterRef) filter = filter_parse(text, repairs, &error);
    g_assert_true((filter == NULL) == (error != NULL));
    if (filter == NULL)
        return 0;
    for (guint i = 0; i < repairs->len; i++)
        g_assert_cmpuint(((FilterRepair *)g_ptr_array_index(repairs, i))->position, <=, strlen(text));
    check_reads_back(filter);
    check_fold(filter, ad);
    check_fold(filter, rfc);
    return 0;
}
