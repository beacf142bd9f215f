/* SPDX-License-Identifier: BSD-2-Clause
 * test-image-quick.c - a quick look never says anything else than the assertion
 */
#include "resolver/directory/image/image-quick.h"

#include <string.h>

/* Both answers must occur often, or the test says nothing. */
typedef struct {
    guint answers[3];
} Tally;

static void
compare(const Schema *schema, const char *text, const char *data, gsize length, Tally *tally)
{
    g_autoptr(FilterRef) filter = filter_parse(text, NULL, NULL);
    g_assert_nonnull(filter);
    const AttributeType *type = schema_attribute(schema, filter->attribute);
    g_autoptr(Assertion) assertion =
        filter->kind == FILTER_SUBSTRING
            ? assertion_new_substring(schema, type, filter->initial.data != NULL ? &filter->initial : NULL, filter->any,
                                      filter->n_any, filter->final.data != NULL ? &filter->final : NULL, NULL)
            : assertion_new(schema, type,
                            filter->kind == FILTER_LESS_OR_EQUAL ? MATCH_LESS_OR_EQUAL : MATCH_GREATER_OR_EQUAL,
                            &filter->value, NULL);
    Quick quick;

    if (assertion == NULL || !quick_init(&quick, filter, type))
        return;
    Value       value = {data, length};
    QuickAnswer answer = quick_look(&quick, data, length);
    gboolean    truth = assertion_matches(assertion, &value);
    if (answer != QUICK_PERHAPS && (answer == QUICK_YES) != truth)
        g_error("%s says %d of \"%s\", which %s", text, answer, data, truth ? "matches" : "does not match");
    tally->answers[answer]++;
}

/* Few letters, so that pieces are found; blanks, accents that stand alone or not, controls, and what is no UTF-8. */
static void
random_text(GString *text, gsize most, gboolean is_piece)
{
    static const char *const parts[] = {"a", "b", "A", "B", "a", "b",        "ab",       " ",    " ",  "  ",
                                        "1", "z", "-", "a", "b", "\xc3\xa4", "\xcc\x88", "\x7f", "\t", "\xff"};
    gsize                    n =
        is_piece ? 1 + (gsize)g_test_rand_int_range(0, (gint32)most) : (gsize)g_test_rand_int_range(0, (gint32)most);

    g_string_truncate(text, 0);
    for (gsize i = 0; i < n; i++)
        g_string_append(text, parts[g_test_rand_int_range(0, g_test_rand_bit() ? 15 : (gint32)G_N_ELEMENTS(parts))]);
}

static char *
random_filter(const char *attribute)
{
    g_autoptr(GString) filter = g_string_new("(");
    g_autoptr(GString) piece = g_string_new(NULL);
    guint n_pieces = (guint)g_test_rand_int_range(1, 4);

    g_string_append_printf(filter, "%s=", attribute);
    gboolean open = g_test_rand_bit();
    if (open)
        g_string_append_c(filter, '*');
    for (guint i = 0; i < n_pieces; i++) {
        random_text(piece, 12, TRUE);
        for (const char *at = piece->str; *at != '\0'; at++)
            g_string_append_printf(filter, "\\%02x", (guint8)*at);
        if (i + 1 < n_pieces || !open || g_test_rand_bit())
            g_string_append_c(filter, '*');
    }
    g_string_append_c(filter, ')');
    return g_string_free(g_steal_pointer(&filter), FALSE);
}

static void
test_pieces(gconstpointer data)
{
    const char *attribute = data;
    g_autoptr(Schema) ad = schema_new_ad();
    g_autoptr(Schema) rfc = schema_new_rfc();
    g_autoptr(GString) value = g_string_new(NULL);
    Tally tally = {{0}};

    for (guint i = 0; i < 3000; i++) {
        g_autofree char *filter = random_filter(attribute);
        for (guint v = 0; v < 30; v++) {
            random_text(value, 40, FALSE);
            compare(v % 2 ? ad : rfc, filter, value->str, value->len, &tally);
        }
    }
    g_assert_cmpuint(tally.answers[QUICK_NO], >, 10000);
    g_assert_cmpuint(tally.answers[QUICK_YES], >, 10);
}

/* Letters in front of a piece or behind it, among them its own first and last. */
static void
append_padding(GString *text)
{
    for (gint32 n = g_test_rand_int_range(0, 48); n > 0; n--)
        g_string_append_c(text, "xypGP@e"[g_test_rand_int_range(0, 7)]);
}

/* Long pieces, and values that differ from them in one octet or none. */
static void
test_near_misses(void)
{
    static const char *const before[] = {"", "*", "*"}, *const behind[] = {"*", "", "*"};
    static const char octets[] = "aAzZ09@.`{[ \t\x7f\xc3";
    g_autoptr(Schema) ad = schema_new_ad();
    Tally tally = {{0}};

    for (guint i = 0; i < 30000; i++) {
        gsize            length = (gsize)g_test_rand_int_range(6, 24);
        g_autofree char *piece = g_strndup("person.99@example.testing", length);
        g_autofree char *filter = g_strdup_printf("(mail=%s%s%s)", before[i % 3], piece, behind[i % 3]);
        g_autoptr(GString) value = g_string_new(i % 3 == 1 ? "smtp:" : "");
        if (i % 3 == 2)
            append_padding(value);
        g_string_append(value, piece);
        if (g_test_rand_bit())
            g_string_overwrite_len(value, g_test_rand_int_range(0, (gint32)value->len),
                                   octets + g_test_rand_int_range(0, sizeof octets - 1), 1);
        if (i % 3 != 1)
            append_padding(value);
        compare(ad, filter, value->str, value->len, &tally);
    }
    g_assert_cmpuint(tally.answers[QUICK_NO], >, 3000);
    g_assert_cmpuint(tally.answers[QUICK_YES], >, 3000);
}

/* Each form that Exchange writes, and what tends to go wrong beside it. */
static void
test_forms(void)
{
    static const struct {
        const char *filter, *value;
        QuickAnswer answer;
    } forms[] = {
        {"(displayName=Number 77*)", "number  77, Person", QUICK_YES},
        {"(displayName=Number 77*)", "Number 78, Person", QUICK_NO},
        {"(displayName=Number 77*)", "Number77", QUICK_NO},
        {"(displayName=Number 77*)", " Number 77", QUICK_PERHAPS},
        {"(displayName=*77, Person)", "Number 77,   PERSON", QUICK_YES},
        {"(displayName=*77, Person)", "Number 78, Person", QUICK_NO},
        {"(displayName=*77, Person)", "Number 77, Person ", QUICK_PERHAPS},
        {"(displayName=*77, Person)", "N\xc3\xbcmber 77, Person", QUICK_PERHAPS},
        {"(displayName=*77, Person)", "Person", QUICK_NO},
        {"(name=SystemMailbox{*)", "SystemMailbox{1}", QUICK_YES},
        {"(name=SystemMailbox{*)", "System", QUICK_NO},
        {"(proxyAddresses=*99@example.test)", "smtp:person.99@EXAMPLE.test", QUICK_YES},
        {"(description=*77*)", "Badge 1277", QUICK_YES},
        {"(description=*77*)", "Badge 1267", QUICK_NO},
        {"(accountExpires>=100)", "100", QUICK_YES},
        {"(accountExpires>=100)", "0099", QUICK_PERHAPS},
        {"(accountExpires>=100)", "99", QUICK_NO},
        {"(accountExpires<=100)", "-5", QUICK_PERHAPS},
        {"(accountExpires<=100)", "9223372036854775807", QUICK_PERHAPS},
        {"(accountExpires<=100)", "", QUICK_PERHAPS},
    };
    g_autoptr(Schema) ad = schema_new_ad();

    for (gsize i = 0; i < G_N_ELEMENTS(forms); i++) {
        g_autoptr(FilterRef) filter = filter_parse(forms[i].filter, NULL, NULL);
        Tally tally = {{0}};
        Quick quick;
        g_test_message("%s of %s", forms[i].filter, forms[i].value);
        g_assert_true(quick_init(&quick, filter, schema_attribute(ad, filter->attribute)));
        g_assert_cmpint(quick_look(&quick, forms[i].value, strlen(forms[i].value)), ==, forms[i].answer);
        compare(ad, forms[i].filter, forms[i].value, strlen(forms[i].value), &tally);
    }
}

/* Of any length. */
static gint64
random_number(void)
{
    gint64 number = (gint64)((guint64)(guint32)g_test_rand_int() << 32 | (guint32)g_test_rand_int());
    return number >> g_test_rand_int_range(0, 63);
}

static void
test_numbers(void)
{
    static const char *const attributes[] = {"accountExpires", "groupType"}, *const signs[] = {">=", "<="};
    g_autoptr(Schema) ad = schema_new_ad();
    Tally tally = {{0}};

    for (guint i = 0; i < 20000; i++) {
        gint64           asserted = random_number(), stored = random_number();
        g_autofree char *filter =
            g_strdup_printf("(%s%s%" G_GINT64_FORMAT ")", attributes[i % 2], signs[i / 2 % 2], asserted);
        g_autofree char *value =
            g_strdup_printf("%s%" G_GINT64_FORMAT "%s", i % 7 == 0 ? "00" : "", stored, i % 11 == 0 ? "x" : "");
        compare(ad, filter, value, strlen(value), &tally);
    }
    g_assert_cmpuint(tally.answers[QUICK_NO], >, 1000);
    g_assert_cmpuint(tally.answers[QUICK_YES], >, 1000);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/image/quick/forms", test_forms);
    g_test_add_func("/image/quick/numbers", test_numbers);
    g_test_add_func("/image/quick/near-misses", test_near_misses);
    g_test_add_data_func("/image/quick/pieces/string", "displayName", test_pieces);
    g_test_add_data_func("/image/quick/pieces/teletex", "legacyExchangeDN", test_pieces);
    g_test_add_data_func("/image/quick/pieces/exact", "proxyAddresses", test_pieces);
    return g_test_run();
}
