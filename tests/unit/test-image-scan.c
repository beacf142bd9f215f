/* SPDX-License-Identifier: BSD-2-Clause
 * test-image-scan.c - values looked at one by one, by one thread or by two, select what matching every entry selects
 */
#include "resolver/directory/image/image-term.h"

#include <string.h>

enum { N_PEOPLE = 6000, N_BOXES = 500 }; /* values enough for both threads to have several turns */

static const char *const address_attributes[] = {"proxyAddresses", NULL};

/* Exchange's forms and their neighbours. */
static const char *const filters[] = {
    "(proxyAddresses=*99@example.test)",
    "(proxyAddresses=smtp:person.99*)",
    "(proxyAddresses=SMTP:PERSON.1*)",
    "(proxyAddresses=*box 7@*)",
    "(proxyAddresses=*4712*)",
    "(proxyAddresses=*e*)",
    "(proxyAddresses=smtp:*99@example.test)",
    "(proxyAddresses=smtp:*7*@example.test)",
    "(proxyAddresses=*\\c3\\a4@example.test)",
    "(proxyAddresses=*absent*)",
    "(displayName=Number 77*)",
    "(displayName=*77, Person)",
    "(displayName=*r 5*)",
    "(displayName=*n)",
    "(accountExpires>=133000003000000000)",
    "(accountExpires<=133000003000000000)",
};

static EntryId
id_of(guint i)
{
    return (EntryId){.octets = {(guint8)i, (guint8)(i >> 8), 1}};
}

static void G_GNUC_PRINTF(3, 4) add(EntryBuilder *builder, const char *attribute, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    g_autofree char *text = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    entry_builder_add(builder, attribute, text, strlen(text));
}

static void
put(Image *image, guint i, EntryBuilder *builder)
{
    EntryId id = id_of(i);
    g_autoptr(EntryRef) entry = entry_builder_finish(builder);
    g_assert_true(image_put(image, &id, entry));
}

/* Values that one entry has and values that several have; plain ones, and ones that must be folded. */
static void
put_person(Image *image, guint i, guint number)
{
    static const char *const odd[] = {"", " ", "\xc3\x84", "a\xcc\x88", "\x7f", "\xff"};
    g_autofree char         *dn = g_strdup_printf("CN=Person %u,DC=example,DC=test", i);
    EntryBuilder            *builder = entry_builder_new(dn);

    add(builder, "cn", "%u", i);
    add(builder, "objectClass", "user");
    add(builder, "displayName", "%sNumber  %u, Person%s", i % 13 == 0 ? " " : "", number, odd[i % 50 == 1 ? i % 6 : 0]);
    add(builder, "proxyAddresses", "SMTP:p%05u%s@example.test", number, odd[i % 30 == 0 ? i / 30 % 6 : 0]);
    add(builder, "proxyAddresses", "%s:person.%u@%s", i % 2 == 0 ? "smtp" : "SmTp", number,
        i % 3 == 0 ? "EXAMPLE.test" : "example.test");
    add(builder, "proxyAddresses", "smtp:Box%s %u@example.test", i % 40 == 0 ? " " : "", number % N_BOXES);
    add(builder, "accountExpires", "%" G_GUINT64_FORMAT, G_GUINT64_CONSTANT(133000000000000000) + number * 1000000000);
    put(image, i, builder);
}

/* An index of all that filters ask for follows from a group for each. */
static void
put_group(Image *image, guint i, const char *filter)
{
    g_autofree char *dn = g_strdup_printf("CN=Group %u,DC=example,DC=test", i);
    EntryBuilder    *builder = entry_builder_new(dn);

    add(builder, "objectClass", "msExchDynamicDistributionList");
    add(builder, "msExchDynamicDLFilter", "%s", filter);
    put(image, i, builder);
}

/* With values that are gone, and numbers given out again. */
static Image *
make_image(Schema *schema)
{
    Image *image = image_new(schema, address_attributes);

    for (guint i = 0; i < N_PEOPLE; i++)
        put_person(image, i, i);
    for (gsize i = 0; i < G_N_ELEMENTS(filters); i++)
        put_group(image, N_PEOPLE + (guint)i, filters[i]);
    image_install(image, image_prepare(image));
    for (guint i = 0; i < N_PEOPLE; i += 7) {
        EntryId id = id_of(i);
        g_assert_true(image_remove(image, &id));
    }
    for (guint i = 0; i < N_PEOPLE; i += 21)
        put_person(image, i, N_PEOPLE + i);
    return image;
}

static gboolean
take_id(const Entry *entry, gpointer user_data, G_GNUC_UNUSED GError **error)
{
    const char *number = entry_text(entry, "cn");

    g_assert_nonnull(number);
    ((gboolean *)user_data)[g_ascii_strtoull(number, NULL, 10)] = TRUE;
    return TRUE;
}

static void
compare(const Image *image, const Filter *filter, guint32 many)
{
    g_autofree gboolean *expected = g_new0(gboolean, N_PEOPLE);
    DirectorySearch      asked = {.scope = SCOPE_SUBTREE, .filter = filter};
    Term                *term = term_new(image, filter);
    Answer               answer = {0};
    guint                n = 0;

    g_assert_true(image_search_plain(image, &asked, take_id, expected, G_MAXINT64, NULL));
    g_assert_true(term->is_known && term->column != NULL);
    g_assert_true(term_scan(term, many, G_MAXINT64, &answer));
    g_assert_false(answer.complement || answer.is_rough);
    g_autoptr(IdSet) found = answer_steal(&answer);
    for (guint i = 0; i < N_PEOPLE; i++) {
        EntryId id = id_of(i);
        guint32 node = image_node_of_id(image, &id);
        if (node != ID_NONE && id_set_contains(found, node) != expected[i])
            g_error("entry %u is %s", i, expected[i] ? "left out" : "not meant");
        n += (guint)expected[i];
    }
    g_assert_cmpuint(id_set_size(found), ==, n);
    answer_clear(&answer);
    term_free(term);
}

static void
test_threads(gconstpointer many)
{
    g_autoptr(Schema) schema = schema_new_ad();
    Image *image = make_image(schema);

    for (gsize i = 0; i < G_N_ELEMENTS(filters); i++) {
        g_autoptr(FilterRef) filter = filter_parse(filters[i], NULL, NULL);
        g_test_message("%s", filters[i]);
        compare(image, filter, GPOINTER_TO_UINT(many));
    }
    image_free(image);
}

static void
test_time_is_over(gconstpointer many)
{
    g_autoptr(Schema) schema = schema_new_ad();
    g_autoptr(FilterRef) filter = filter_parse(filters[0], NULL, NULL);
    Image *image = make_image(schema);
    Term  *term = term_new(image, filter);
    Answer answer = {0};

    g_assert_false(term_scan(term, GPOINTER_TO_UINT(many), 0, &answer));
    answer_clear(&answer);
    term_free(term);
    image_free(image);
}

int
main(int argc, char **argv)
{
    const gpointer one = GUINT_TO_POINTER(G_MAXUINT32), two = GUINT_TO_POINTER(1);

    g_test_init(&argc, &argv, NULL);
    g_test_add_data_func("/image/scan/one-thread", one, test_threads);
    g_test_add_data_func("/image/scan/two-threads", two, test_threads);
    g_test_add_data_func("/image/scan/one-thread/time-is-over", one, test_time_is_over);
    g_test_add_data_func("/image/scan/two-threads/time-is-over", two, test_time_is_over);
    return g_test_run();
}
