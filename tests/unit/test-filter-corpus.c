/* SPDX-License-Identifier: BSD-2-Clause
 * test-filter-corpus.c - filters as Exchange and administrators wrote them
 *
 * The first table has what Exchange compiles from its own filter language, the second the forms of hand-written
 * filters that were in production although they break RFC 4515, the third what no reader could mend without guessing.
 * All names and addresses are made up; the shapes are from published filters.
 */
#include "tests/unit/filter-company.h"

#include "resolver/filter/filter-node.h"

/* What Exchange 2016 appends to the filter of every dynamic group; bare braces included. */
#define SUFFIX                                                                                      \
    "(!(name=SystemMailbox{*))(!(name=CAS_{*))(!(msExchRecipientTypeDetails=16777216))"             \
    "(!(msExchRecipientTypeDetails=536870912))(!(msExchRecipientTypeDetails=68719476736))"          \
    "(!(msExchRecipientTypeDetails=8388608))(!(msExchRecipientTypeDetails=4398046511104))"          \
    "(!(msExchRecipientTypeDetails=70368744177664))(!(msExchRecipientTypeDetails=140737488355328))" \
    "(!(msExchRecipientTypeDetails=35184372088832))"
#define MAILBOX_2010 "(objectClass=user)(objectCategory=person)(mailNickname=*)(msExchHomeServerName=*)"
#define MAILBOX_2013 "(!(!(objectClass=user)))(objectCategory=person)(mailNickname=*)(msExchHomeServerName=*)"
#define BIT_AND ":1.2.840.113556.1.4.803:="
#define BIT_OR ":1.2.840.113556.1.4.804:="

/* ---- read without a repair, and printed as they are ---- */

static const char *const compiled[] = {
    "(mailNickname=*)",
    "(&(mailNickname=*)(department=Sales))",
    "(&" MAILBOX_2010 ")",
    "(&" MAILBOX_2013 "(department=Sales))",
    "(&(objectClass=contact)(mailNickname=*))",
    "(&(objectCategory=group)(groupType" BIT_OR "8)(!(groupType" BIT_OR "2147483648))(mailNickname=*))",
    "(&(objectCategory=group)(groupType" BIT_AND "2147483656)(mailNickname=*))",
    "(&(objectCategory=group)(!(groupType" BIT_OR "8))(mailNickname=*))",
    "(&(objectCategory=msExchDynamicDistributionList)(mailNickname=*))",
    "(&(mailNickname=*)(|(msExchRecipientDisplayType=7)(msExchRecipientDisplayType=-2147481850)))",
    "(&(msExchVersion<=88218628259840)(!(msExchVersion=88218628259840)))",
    "(!(msExchHideFromAddressLists=TRUE))",
    "(memberOf=CN=Staff,OU=Groups,DC=example,DC=com)",
    "(&(!(userAccountControl" BIT_AND "2))(|(company=A & B)(company=C, D; E)))",
    "(&(|(extensionAttribute1=Berlin*)(extensionAttribute1=*M\xc3\xbcnchen))(mail=*))",
};

static void
test_compiled(gconstpointer text)
{
    g_autoptr(GPtrArray) repairs = g_ptr_array_new_with_free_func((GDestroyNotify)filter_repair_free);
    g_autoptr(GError) error = NULL;
    g_autoptr(FilterRef) filter = filter_parse(text, repairs, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(repairs->len, ==, 0);
    g_autofree char *printed = filter_print(filter);
    g_assert_cmpstr(printed, ==, text);
}

/* ---- repaired ---- */

static const struct {
    const char *name, *text, *printed;
    guint       n_repairs;
} repaired[] = {
    {"suffix", "(&(mailNickname=*)" SUFFIX ")", "(&(mailNickname=*)" SUFFIX ")", 1},
    {"not-without-parentheses", "(&(mailNickname=*)(!department=Sales)(!cn=Test*))",
     "(&(mailNickname=*)(!(department=Sales))(!(cn=Test*)))", 2},
    {"not-bit", "(&(objectClass=user)(!userAccountControl" BIT_AND "2))",
     "(&(objectClass=user)(!(userAccountControl" BIT_AND "2)))", 1},
    {"blanks-between-terms", "(& (mailNickname=*) (| (department=Sales) (department=R&D) ) )",
     "(&(mailNickname=*)(|(department=Sales)(department=R&D)))", 6},
    {"lines", "(&\n  (mailNickname=*)\n  (department=Sales)\n)", "(&(mailNickname=*)(department=Sales))", 3},
    {"no-outer-parentheses", "&(mailNickname=*)(department=Sales)", "(&(mailNickname=*)(department=Sales))", 1},
    {"no-parentheses", "mailNickname=*", "(mailNickname=*)", 1},
    {"redundant-parentheses", "((mailNickname=*))", "(mailNickname=*)", 1},
    {"redundant-around-and", "((&(mailNickname=*)((department=Sales))))", "(&(mailNickname=*)(department=Sales))", 2},
    {"not-of-several", "(&(mailNickname=*)(!(department=Sales)(company=Example)))",
     "(&(mailNickname=*)(!(&(department=Sales)(company=Example))))", 1},
    {"dn-with-backslash-comma", "(manager=CN=Doe\\, Ann,OU=Staff,DC=example,DC=com)",
     "(manager=CN=Doe\\5c, Ann,OU=Staff,DC=example,DC=com)", 1},
    {"backslash-brace", "(!(name=SystemMailbox\\{*))", "(!(name=SystemMailbox\\5c{*))", 2},
};

static void
test_repaired(gconstpointer data)
{
    gsize i = GPOINTER_TO_SIZE(data);
    g_autoptr(GPtrArray) repairs = g_ptr_array_new_with_free_func((GDestroyNotify)filter_repair_free);
    g_autoptr(GError) error = NULL;
    g_autoptr(FilterRef) filter = filter_parse(repaired[i].text, repairs, &error);
    g_assert_no_error(error);
    g_autofree char *printed = filter_print(filter);
    g_assert_cmpstr(printed, ==, repaired[i].printed);
    g_assert_cmpuint(repairs->len, ==, repaired[i].n_repairs);
}

/* ---- refused: where the term ends is anybody's guess ---- */

static const struct {
    const char *name, *text, *position;
} refused[] = {
    {"bare-parentheses-in-value", "(department=Sales (North))", "position 18: "},
    {"two-top-level-terms", "(mailNickname=*)(department=Sales)", "position 16: "},
    {"trailing-term", "(&(mailNickname=*))(department=Sales)", "position 19: "},
    {"one-parenthesis-missing", "(&(mailNickname=*)(department=Sales)", "position 36: "},
    {"opath", "Department -eq 'Sales'", "position 11: "},
};

static void
test_refused(gconstpointer data)
{
    gsize i = GPOINTER_TO_SIZE(data);
    g_autoptr(GError) error = NULL;
    g_assert_null(filter_parse(refused[i].text, NULL, &error));
    g_assert_error(error, FILTER_ERROR, FILTER_ERROR_SYNTAX);
    g_assert_true(g_str_has_prefix(error->message, refused[i].position));
}

/* ---- the suffix, fed back to Exchange again and again by administrators who edit what they see ---- */

static char *
suffixes(guint n, gboolean is_nested)
{
    GString *text = g_string_new("(department=Sales)");
    for (guint i = 0; i < n; i++) {
        if (is_nested)
            g_string_prepend(text, "(&");
        g_string_append(text, is_nested ? SUFFIX ")" : SUFFIX);
    }
    if (!is_nested) {
        g_string_prepend(text, "(&");
        g_string_append_c(text, ')');
    }
    return g_string_free(text, FALSE);
}

static guint n_lookups;

static guint
count_values(gconstpointer entry, const AttributeType *type, const Value **values)
{
    n_lookups++;
    return test_entry_values(entry, type, values);
}

/* Asks each of the eleven literals once, however often the suffix is there. */
static void
assert_selected(TestWorld *world, const Filter *filter, const char *name, gboolean expected)
{
    g_autoptr(Matcher) matcher = matcher_new(filter, world->schema);
    MatchSource source = {.values = count_values};
    n_lookups = 0;
    for (guint i = 0; i < world->entries->len; i++) {
        const TestEntry *entry = g_ptr_array_index(world->entries, i);
        if (strcmp(entry->name, name) == 0)
            g_assert_true((matcher_match(matcher, &source, entry) == TRUTH_TRUE) == expected);
    }
    g_assert_cmpuint(n_lookups, >, 0);
    g_assert_cmpuint(n_lookups, <=, 11);
}

static void
test_suffix_repeated(gconstpointer is_nested)
{
    g_autofree char *text = suffixes(200, is_nested != NULL);
    g_autoptr(GPtrArray) repairs = g_ptr_array_new_with_free_func((GDestroyNotify)filter_repair_free);
    g_autoptr(GError) error = NULL;
    g_autoptr(FilterRef) filter = filter_parse(text, repairs, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(repairs->len, ==, 1); /* the first brace, and not each of 400 */
    g_autofree char *printed = filter_print(filter);
    g_assert_cmpstr(printed, ==, text);

    TestWorld *world = company_new(schema_new_ad());
    TestEntry *arbitration = test_world_add(world, "arbitration", "CN=SystemMailbox{1f05a927},DC=example,DC=test");
    company_add_text(world, arbitration, "name", "SystemMailbox{1f05a927}");
    company_add_text(world, arbitration, "department", "Sales");
    g_autoptr(FilterRef) folded = filter_fold(filter, world->schema, NULL);
    g_assert_cmpuint(folded->n_parts, ==, 1 + 10); /* each literal once */
    for (guint i = 0; i < 2; i++) {
        const Filter *either = i == 0 ? filter : folded;
        assert_selected(world, either, "t1", TRUE);
        assert_selected(world, either, "t4", FALSE);
        assert_selected(world, either, "arbitration", FALSE);
    }
    test_world_free(world);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS(compiled); i++) {
        g_autofree char *path = g_strdup_printf("/filter-corpus/compiled/%" G_GSIZE_FORMAT, i);
        g_test_add_data_func(path, compiled[i], test_compiled);
    }
    for (gsize i = 0; i < G_N_ELEMENTS(repaired); i++) {
        g_autofree char *path = g_strdup_printf("/filter-corpus/repaired/%s", repaired[i].name);
        g_test_add_data_func(path, GSIZE_TO_POINTER(i), test_repaired);
    }
    for (gsize i = 0; i < G_N_ELEMENTS(refused); i++) {
        g_autofree char *path = g_strdup_printf("/filter-corpus/refused/%s", refused[i].name);
        g_test_add_data_func(path, GSIZE_TO_POINTER(i), test_refused);
    }
    g_test_add_data_func("/filter-corpus/suffix/flat", NULL, test_suffix_repeated);
    g_test_add_data_func("/filter-corpus/suffix/nested", GUINT_TO_POINTER(1), test_suffix_repeated);
    return g_test_run();
}
