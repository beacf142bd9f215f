/* SPDX-License-Identifier: BSD-2-Clause
 * test-filter-parse.c - what is read as a filter, what is repaired, what is refused; the printed form
 */
#include "rollcall/filter.h"

#include "resolver/filter/filter-node.h"
#include "tests/unit/filter-sanitizer.h"

#include <pthread.h>
#include <string.h>

/* ---- accepted texts ---- */

/* `repairs`: "POSITION words; POSITION words". `printed` NULL: the same as `text`. */
typedef struct {
    const char *name, *text, *printed, *repairs;
} AcceptedCase;

#define BLANKS " blanks outside of values"
#define OUTER " outer parentheses missing"
#define REDUNDANT " redundant parentheses"
#define BARE_NOT " NOT without parentheses around its term"
#define MANY_NOT " NOT with several terms, read as NOT of AND"
#define BACKSLASH " backslash before anything but two hex digits, read as itself"
#define BRACE " bare { or } in a value, read as itself"

static const AcceptedCase accepted[] = {
    /* RFC 4515 section 4, its own examples */
    {"rfc/equality", "(cn=Babs Jensen)", NULL, ""},
    {"rfc/not", "(!(cn=Tim Howes))", NULL, ""},
    {"rfc/composite", "(&(objectClass=Person)(|(sn=Jensen)(cn=Babs J*)))", NULL, ""},
    {"rfc/substring", "(o=univ*of*mich*)", NULL, ""},
    {"rfc/empty-value", "(seeAlso=)", NULL, ""},
    {"rfc/rule", "(cn:caseExactMatch:=Fred Flintstone)", NULL, ""},
    {"rfc/no-rule", "(cn:=Betty Rubble)", NULL, ""},
    {"rfc/dn-rule-oid", "(sn:dn:2.4.6.8.10:=Barney Rubble)", NULL, ""},
    {"rfc/dn", "(o:dn:=Ace Industry)", NULL, ""},
    {"rfc/rule-only", "(:1.2.3:=Wilma Flintstone)", NULL, ""},
    {"rfc/dn-rule-only", "(:DN:2.4.6.8.10:=Dino)", "(:dn:2.4.6.8.10:=Dino)", ""},
    {"rfc/escaped-parens", "(o=Parens R Us \\28for all your parenthetical needs\\29)", NULL, ""},
    {"rfc/escaped-star", "(cn=*\\2A*)", "(cn=*\\2a*)", ""},
    {"rfc/escaped-backslash", "(filename=C:\\5cMyFile)", NULL, ""},
    {"rfc/nul", "(bin=\\00\\00\\00\\04)", "(bin=\\00\\00\\00\x04)", ""},
    {"rfc/utf8-escaped", "(sn=Lu\\c4\\8di\\c4\\87)", "(sn=Lu\xc4\x8di\xc4\x87)", ""},
    {"rfc/der", "(1.3.6.1.4.1.1466.0=\\04\\02\\48\\69)", "(1.3.6.1.4.1.1466.0=\x04\x02Hi)", ""},
    /* the rest of the grammar */
    {"true", "(&)", NULL, ""},
    {"false", "(|)", NULL, ""},
    {"presence", "(mail=*)", NULL, ""},
    {"escaped-star-is-no-presence", "(mail=\\2a)", NULL, ""},
    {"greater", "(n>=5)", NULL, ""},
    {"less", "(n<=-5)", NULL, ""},
    {"approx", "(n~=x)", NULL, ""},
    {"value-with-operators", "(n=a=b>=c~=d:=e<=f)", NULL, ""},
    {"anr-exact", "(anr==Ann)", NULL, ""},
    {"options", "(cn;lang-en;x-1=x)", NULL, ""},
    {"hyphen", "(msDS-Foo=x)", NULL, ""},
    {"initial", "(a=x*)", NULL, ""},
    {"final", "(a=*x)", NULL, ""},
    {"any", "(a=*x*)", NULL, ""},
    {"all-shapes", "(a=i*x*y*f)", NULL, ""},
    {"blanks-are-the-values", "(a= x  y )", NULL, ""},
    {"substring-of-blanks", "(a= * )", NULL, ""},
    {"bit-rule", "(userAccountControl:1.2.840.113556.1.4.803:=2)", NULL, ""},
    {"raw-utf8", "(cn=\xc3\x89ric)", NULL, ""},
    {"broken-utf8-escaped", "(cn=\\c3x\\ff)", NULL, ""},
    {"half-utf8-at-end", "(cn=x\\c3)", NULL, ""},
    {"newline-in-value", "(cn=a\nb)", NULL, ""},
    {"not-not", "(!(!(a=b)))", NULL, ""},
    {"and-of-one", "(&(a=b))", NULL, ""},
    {"upper-hex", "(a=\\AB)", "(a=\\ab)", ""},
    /* repairs */
    {"not/bare-item", "(!a=b)", "(!(a=b))", "2" BARE_NOT},
    {"not/bare-in-and", "(&(x=y)(!a=b))", "(&(x=y)(!(a=b)))", "9" BARE_NOT},
    {"not/bare-presence", "(!mail=*)", "(!(mail=*))", "2" BARE_NOT},
    {"not/bare-and", "(!&(a=b)(c=d))", "(!(&(a=b)(c=d)))", "2" BARE_NOT},
    {"not/bare-not", "(!!a=b)", "(!(!(a=b)))", "2" BARE_NOT "; 3" BARE_NOT},
    {"not/bare-blank", "(! a=b)", "(!(a=b))", "2" BLANKS "; 3" BARE_NOT},
    {"not/two", "(!(a=b)(c=d))", "(!(&(a=b)(c=d)))", "7" MANY_NOT},
    {"not/three", "(!(a=b)(c=d)(e=f))", "(!(&(a=b)(c=d)(e=f)))", "7" MANY_NOT},
    {"not/two-in-and", "(&(x=y)(!(a=b)(|(c=d))))", "(&(x=y)(!(&(a=b)(|(c=d)))))", "14" MANY_NOT},
    {"blanks/around", " (a=b)\n", "(a=b)", "0" BLANKS "; 6" BLANKS},
    {"blanks/between", "( & (a=b) \t(c=d) )", "(&(a=b)(c=d))", "1" BLANKS "; 3" BLANKS "; 9" BLANKS "; 16" BLANKS},
    {"blanks/after-not", "(! (a=b))", "(!(a=b))", "2" BLANKS},
    {"blanks/before-attribute", "( a=b)", "(a=b)", "1" BLANKS},
    {"blanks/after-attribute", "(a =b)", "(a=b)", "2" BLANKS},
    {"blanks/after-operator-are-the-values", "(a= b)", "(a= b)", ""},
    {"blanks/lines", "(&\r\n  (a=b)\r\n)", "(&(a=b))", "2" BLANKS "; 11" BLANKS},
    {"outer/item", "department=Sales", "(department=Sales)", "0" OUTER},
    {"outer/item-presence", "mail=*", "(mail=*)", "0" OUTER},
    {"outer/and", "&(a=b)(c=d)", "(&(a=b)(c=d))", "0" OUTER},
    {"outer/or", " |(a=b)(c=d) ", "(|(a=b)(c=d))", "0" BLANKS "; 1" OUTER "; 12" BLANKS},
    {"outer/not", "!(a=b)", "(!(a=b))", "0" OUTER},
    {"outer/bare-not", "!a=b", "(!(a=b))", "0" OUTER "; 1" BARE_NOT},
    {"redundant/item", "((a=b))", "(a=b)", "1" REDUNDANT},
    {"redundant/and", "((&(a=b)(c=d)))", "(&(a=b)(c=d))", "1" REDUNDANT},
    {"redundant/three", "(((a=b)))", "(a=b)", "1" REDUNDANT "; 2" REDUNDANT},
    {"redundant/inside", "(&((a=b))(c=d))", "(&(a=b)(c=d))", "3" REDUNDANT},
    {"redundant/blanks", "( (a=b) )", "(a=b)", "1" BLANKS "; 2" REDUNDANT "; 7" BLANKS},
    {"backslash/comma", "(member=CN=Doe\\, Ann,DC=x)", "(member=CN=Doe\\5c, Ann,DC=x)", "14" BACKSLASH},
    {"backslash/brace", "(cn=x\\{)", "(cn=x\\5c{)", "5" BACKSLASH "; 6" BRACE},
    {"backslash/one-digit", "(cn=x\\2)", "(cn=x\\5c2)", "5" BACKSLASH},
    {"backslash/at-end", "(cn=x\\)", "(cn=x\\5c)", "5" BACKSLASH},
    {"backslash/pair", "(cn=\\\\srv)", "(cn=\\5c\\5csrv)", "4" BACKSLASH "; 5" BACKSLASH},
    {"backslash/then-escape", "(cn=\\\\2c)", "(cn=\\5c,)", "4" BACKSLASH},
    {"backslash/end-of-text", "cn=x\\", "(cn=x\\5c)", "0" OUTER "; 4" BACKSLASH},
    {"brace/open", "(!(name=SystemMailbox{*))", NULL, "21" BRACE},
    {"brace/once", "(&(a={1})(b={2}))", NULL, "5" BRACE},
    {"brace/escaped", "(a=\\7b)", "(a={)", ""},
};

static char *
repairs_text(const GPtrArray *repairs)
{
    GString *text = g_string_new(NULL);
    for (guint i = 0; i < repairs->len; i++) {
        const FilterRepair *repair = g_ptr_array_index(repairs, i);
        g_string_append_printf(text, "%s%" G_GSIZE_FORMAT " %s", i > 0 ? "; " : "", repair->position, repair->text);
    }
    return g_string_free(text, FALSE);
}

static GPtrArray *
repairs_new(void)
{
    return g_ptr_array_new_with_free_func((GDestroyNotify)filter_repair_free);
}

/* The printed form is read back as the same tree, with nothing to repair. (A bare brace is named each time: it is
 * correct as it stands.) */
static void
assert_prints_itself(const Filter *filter)
{
    g_autofree char *text = filter_print(filter);
    g_autoptr(GPtrArray) repairs = repairs_new();
    g_autoptr(GError) error = NULL;
    g_autoptr(FilterRef) again = filter_parse(text, repairs, &error);
    g_assert_no_error(error);
    g_assert_true(filter_is_same(filter, again));
    for (guint i = 0; i < repairs->len; i++)
        g_assert_cmpstr(((FilterRepair *)g_ptr_array_index(repairs, i))->text, ==, &BRACE[1]);
}

static void
test_accepted(gconstpointer data)
{
    const AcceptedCase *c = data;
    g_autoptr(GPtrArray) repairs = repairs_new();
    g_autoptr(GError) error = NULL;
    g_autoptr(FilterRef) filter = filter_parse(c->text, repairs, &error);
    g_assert_no_error(error);
    g_assert_nonnull(filter);

    g_autofree char *printed = filter_print(filter);
    g_assert_cmpstr(printed, ==, c->printed != NULL ? c->printed : c->text);
    g_autofree char *noted = repairs_text(repairs);
    g_assert_cmpstr(noted, ==, c->repairs);
    assert_prints_itself(filter);

    g_autoptr(FilterRef) silent = filter_parse(c->text, NULL, NULL);
    g_assert_true(filter_is_same(filter, silent));
}

/* ---- refused texts ---- */

static const struct {
    const char *name, *text, *message;
} refused[] = {
    {"empty", "", "position 0: expected a filter"},
    {"blank", " \n", "position 2: expected a filter"},
    {"word", "Sales", "position 5: expected =, ~=, >=, <= or :="},
    {"no-attribute", "(=x)", "position 1: expected an attribute"},
    {"empty-parentheses", "()", "position 1: expected an attribute"},
    {"no-end", "(a=b", "position 4: expected )"},
    {"and-no-end", "(&(a=b)", "position 7: expected ( or )"},
    {"group-no-end", "((a=b)", "position 6: expected )"},
    {"group-of-two", "((a=b)(c=d))", "position 6: expected )"},
    {"two-terms", "(a=b)(c=d)", "position 5: expected the end of the filter"},
    {"one-end-too-many", "(a=b))", "position 5: expected the end of the filter"},
    {"outer-missing-one-end-too-many", "&(a=b)(c=d))", "position 11: expected the end of the filter"},
    {"text-behind", "(a=b) or so", "position 6: expected the end of the filter"},
    {"not-of-nothing", "(!)", "position 2: expected a term to negate"},
    {"not-at-end", "(!", "position 2: expected a term to negate"},
    {"bare-term-in-and", "(&a=b)", "position 2: expected ( or )"},
    {"bare-not-in-and", "(&(a=b)!(c=d))", "position 7: expected ( or )"},
    {"paren-in-value", "(cn=Foo (Bar))", "position 8: expected ), or \\28 for a parenthesis in a value"},
    {"paren-in-bare-not", "(!a=b(c=d))", "position 5: expected ), or \\28 for a parenthesis in a value"},
    {"two-stars", "(a=**)", "position 4: expected a value between two asterisks"},
    {"two-stars-inside", "(a=x**y)", "position 5: expected a value between two asterisks"},
    {"star-in-order", "(a>=5*)", "position 5: expected \\2a for an asterisk, which only = takes bare"},
    {"star-in-rule", "(a:1.2:=5*)", "position 9: expected \\2a for an asterisk, which only = takes bare"},
    {"greater-alone", "(a>5)", "position 2: expected =, ~=, >=, <= or :="},
    {"underscore", "(a_b=5)", "position 2: expected =, ~=, >=, <= or :="},
    {"option-empty", "(a;=5)", "position 2: expected =, ~=, >=, <= or :="},
    {"oid-ends-in-dot", "(1.2.=5)", "position 4: expected =, ~=, >=, <= or :="},
    {"rule-without-equals", "(a:1.2=5)", "position 6: expected :="},
    {"rule-empty", "(a::=5)", "position 3: expected = or a matching rule"},
    {"neither-attribute-nor-rule", "(:=x)", "position 1: expected a matching rule where there is no attribute"},
    {"dn-alone", "(:dn:=x)", "position 4: expected a matching rule where there is no attribute"},
    {"not-utf8", "(a=\xff)", "position 3: expected UTF-8, or \\xx for another octet"},
};

static void
test_refused(gconstpointer data)
{
    gsize i = GPOINTER_TO_SIZE(data);
    g_autoptr(GPtrArray) repairs = repairs_new();
    g_autoptr(GError) error = NULL;
    g_autoptr(FilterRef) filter = filter_parse(refused[i].text, repairs, &error);
    g_assert_null(filter);
    g_assert_error(error, FILTER_ERROR, FILTER_ERROR_SYNTAX);
    g_assert_cmpstr(error->message, ==, refused[i].message);
}

/* ---- limits ---- */

static char *
repeat(const char *before, const char *middle, const char *after, guint times)
{
    GString *text = g_string_new(NULL);
    for (guint i = 0; i < times; i++)
        g_string_append(text, before);
    g_string_append(text, middle);
    for (guint i = 0; i < times; i++)
        g_string_append(text, after);
    return g_string_free(text, FALSE);
}

static const struct {
    const char *name, *before, *middle, *after;
    guint       times; /* as many as are read; once more is over the limit */
    const char *limit; /* in the message */
} limits[] = {
    {"depth/and", "(&", "(a=b)", ")", FILTER_MAX_DEPTH - 1, "more than 512 levels of nesting"},
    {"depth/not", "(!", "(a=b)", ")", FILTER_MAX_DEPTH - 1, "more than 512 levels of nesting"},
    {"depth/empty-or", "(|", "(&)", ")", FILTER_MAX_DEPTH - 1, "more than 512 levels of nesting"},
    {"depth/redundant", "(", "(a=b)", ")", FILTER_MAX_DEPTH - 1, "more than 512 levels of nesting"},
    {"depth/bare-not", "!", "a=b", "", FILTER_MAX_DEPTH - 1, "more than 512 levels of nesting"},
    {"depth/not-of-two", "(!(x=y)", "(a=b)", ")", FILTER_MAX_DEPTH / 2 - 1, "more than 512 levels of nesting"},
    {"terms", "(a=b)", "", "", FILTER_MAX_TERMS - 1, "more than 50000 terms"},
    {"length", "x", "", "", FILTER_MAX_LENGTH - 5, "longer than 1048576 octets"},
};

static char *
limit_text(gsize i, guint times)
{
    g_autofree char *inner = repeat(limits[i].before, limits[i].middle, limits[i].after, times);
    if (g_str_equal(limits[i].name, "terms"))
        return g_strdup_printf("(&%s)", inner);
    if (g_str_equal(limits[i].name, "length"))
        return g_strdup_printf("(a=*%s)", inner);
    return g_steal_pointer(&inner);
}

static void
test_limit(gconstpointer data)
{
    gsize            i = GPOINTER_TO_SIZE(data);
    g_autofree char *within = limit_text(i, limits[i].times);
    g_autofree char *beyond = limit_text(i, limits[i].times + 1);
    g_autoptr(GError) error = NULL;
    g_autoptr(FilterRef) filter = filter_parse(within, NULL, &error);
    g_assert_no_error(error);
    assert_prints_itself(filter);

    g_assert_null(filter_parse(beyond, NULL, &error));
    g_assert_error(error, FILTER_ERROR, FILTER_ERROR_LIMIT);
    g_assert_nonnull(strstr(error->message, limits[i].limit));
}

static void
test_repairs_are_bounded(void)
{
    g_autofree char *backslashes = repeat("\\", "", "", FILTER_MAX_LENGTH - 10);
    g_autofree char *text = g_strdup_printf("(a=%s)", backslashes);
    g_autoptr(GPtrArray) repairs = repairs_new();
    g_autoptr(FilterRef) filter = filter_parse(text, repairs, NULL);
    g_assert_nonnull(filter);
    g_assert_cmpuint(repairs->len, ==, 1001);
    g_assert_cmpstr(((FilterRepair *)repairs->pdata[1000])->text, ==, "more repairs from here on, not listed");
}

static void
count_attribute(G_GNUC_UNUSED const char *attribute, gpointer user_data)
{
    ++*(guint *)user_data;
}

static void *
work_at_full_depth(void *kind)
{
    const char      *before = kind;
    g_autofree char *text = repeat(before, "(a=b)", ")", FILTER_MAX_DEPTH - 1);
    g_autoptr(FilterRef) filter = filter_parse(text, NULL, NULL);
    g_assert_nonnull(filter);
    assert_prints_itself(filter);
    guint n_attributes = 0;
    filter_foreach_attribute(filter, count_attribute, &n_attributes);
    g_assert_cmpuint(n_attributes, ==, 1);
    return NULL;
}

/* libmilter's and libldap's threads may have little stack. */
static void
test_small_stack(gconstpointer before)
{
    pthread_attr_t attributes;
    pthread_t      thread;
    g_assert_cmpint(pthread_attr_init(&attributes), ==, 0);
    g_assert_cmpint(pthread_attr_setstacksize(&attributes, SMALL_STACK), ==, 0);
    g_assert_cmpint(pthread_create(&thread, &attributes, work_at_full_depth, (void *)before), ==, 0);
    g_assert_cmpint(pthread_join(thread, NULL), ==, 0);
    pthread_attr_destroy(&attributes);
}

/* ---- building, attributes ---- */

static void
test_build(void)
{
    const Filter *parts[] = {
        filter_new_equal("cn", "a*b", -1),
        filter_new_equal("bin", "\0x", 2),
        filter_new_present("mail"),
    };
    const Filter *both = filter_new_composite(FILTER_AND, parts, G_N_ELEMENTS(parts));
    g_autoptr(FilterRef) filter = filter_new_composite(FILTER_NOT, &both, 1);
    g_autofree char *text = filter_print(filter);
    g_assert_cmpstr(text, ==, "(!(&(cn=a\\2ab)(bin=\\00x)(mail=*)))");
    assert_prints_itself(filter);
}

static void
test_constants(void)
{
    g_autoptr(FilterRef) never = filter_new_composite(FILTER_OR, NULL, 0);
    g_autoptr(FilterRef) always = filter_new_composite(FILTER_AND, NULL, 0);
    g_autoptr(FilterRef) some = filter_new_present("mail");
    g_assert_true(filter_is_never(never) && !filter_is_always(never));
    g_assert_true(filter_is_always(always) && !filter_is_never(always));
    g_assert_false(filter_is_always(some) || filter_is_never(some));
}

static void
test_references(void)
{
    const Filter *first = filter_new_present("mail");
    g_autoptr(FilterRef) second = filter_ref(first);
    filter_unref(first);
    g_assert_cmpstr(second->attribute, ==, "mail");
    filter_unref(NULL);
}

static void
collect_attribute(const char *attribute, gpointer user_data)
{
    g_ptr_array_add(user_data, (gpointer)attribute);
}

static int
compare_names(gconstpointer a, gconstpointer b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void
test_attributes(void)
{
    g_autoptr(FilterRef) filter =
        filter_parse("(&(b=1)(!(a=*))(|(b=2)(c>=3))(:1.2:=4)(d:1.2:=5)(anr=x)(B=7)(&))", NULL, NULL);
    g_autoptr(GPtrArray) names = g_ptr_array_new();
    filter_foreach_attribute(filter, collect_attribute, names);
    g_ptr_array_sort(names, compare_names);
    g_ptr_array_add(names, NULL);
    g_autofree char *text = g_strjoinv(" ", (char **)names->pdata);
    g_assert_cmpstr(text, ==, "B a anr b c d");
}

/* Fields of what was read, which printing alone would not show. */
static void
test_fields(void)
{
    g_autoptr(FilterRef) filter = filter_parse("(a=i*x*y\\00*)", NULL, NULL);
    g_assert_cmpint(filter->kind, ==, FILTER_SUBSTRING);
    g_assert_cmpmem(filter->initial.data, filter->initial.length, "i", 1);
    g_assert_cmpuint(filter->n_any, ==, 2);
    g_assert_cmpmem(filter->any[1].data, filter->any[1].length + 1, "y\0", 3);
    g_assert_null(filter->final.data);

    g_autoptr(FilterRef) rule = filter_parse("(a:dn:1.2:=v)", NULL, NULL);
    g_assert_cmpint(rule->kind, ==, FILTER_EXTENSIBLE);
    g_assert_true(rule->dn_attributes);
    g_assert_cmpstr(rule->rule, ==, "1.2");
    g_assert_cmpmem(rule->value.data, rule->value.length, "v", 1);
}

static void
add_tables(void)
{
    for (gsize i = 0; i < G_N_ELEMENTS(accepted); i++) {
        g_autofree char *path = g_strdup_printf("/filter/accepted/%s", accepted[i].name);
        g_test_add_data_func(path, &accepted[i], test_accepted);
    }
    for (gsize i = 0; i < G_N_ELEMENTS(refused); i++) {
        g_autofree char *path = g_strdup_printf("/filter/refused/%s", refused[i].name);
        g_test_add_data_func(path, GSIZE_TO_POINTER(i), test_refused);
    }
    for (gsize i = 0; i < G_N_ELEMENTS(limits); i++) {
        g_autofree char *path = g_strdup_printf("/filter/limit/%s", limits[i].name);
        g_test_add_data_func(path, GSIZE_TO_POINTER(i), test_limit);
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    add_tables();
    g_test_add_func("/filter/limit/repairs", test_repairs_are_bounded);
    g_test_add_data_func("/filter/small-stack/and", "(&", test_small_stack);
    g_test_add_data_func("/filter/small-stack/not", "(!", test_small_stack);
    g_test_add_func("/filter/build", test_build);
    g_test_add_func("/filter/constants", test_constants);
    g_test_add_func("/filter/references", test_references);
    g_test_add_func("/filter/attributes", test_attributes);
    g_test_add_func("/filter/fields", test_fields);
    return g_test_run();
}
