/* SPDX-License-Identifier: BSD-2-Clause
 * test-filter-match.c - the matcher itself: under RFC rules, at full depth on a small stack, without allocating
 */
#include "tests/unit/filter-company.h"
#include "tests/unit/filter-sanitizer.h"

#include <pthread.h>
#include <stdlib.h>

/* ---- counting allocations ---- */

/* How often the calling thread allocated. Thread-local, so that the threads of a sanitizer do not count. */
static _Thread_local guint n_allocations;

#ifdef HAS_SANITIZER
/* <sanitizer/allocator_interface.h>: the sanitizer's own malloc cannot be replaced, but calls us. */
int __sanitizer_install_malloc_and_free_hooks(void (*on_malloc)(const volatile void *, size_t),
                                              void (*on_free)(const volatile void *));

static void
count_malloc(G_GNUC_UNUSED const volatile void *memory, G_GNUC_UNUSED size_t size)
{
    n_allocations++;
}

static void
count_nothing(G_GNUC_UNUSED const volatile void *memory)
{
}

static void
start_counting(void)
{
    g_assert_cmpint(__sanitizer_install_malloc_and_free_hooks(count_malloc, count_nothing), !=, 0);
}
#else
/* glibc lets a program define malloc and keeps its own under these names. Visible, so that GLib finds ours. */
#define VISIBLE __attribute__((visibility("default")))
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *memory, size_t size);

VISIBLE void *
malloc(size_t size)
{
    n_allocations++;
    return __libc_malloc(size);
}

VISIBLE void *
calloc(size_t count, size_t size)
{
    n_allocations++;
    return __libc_calloc(count, size);
}

VISIBLE void *
realloc(void *memory, size_t size)
{
    n_allocations++;
    return __libc_realloc(memory, size);
}

static void
start_counting(void)
{
}
#endif

static void
test_counter_counts(void)
{
    n_allocations = 0;
    g_autofree char *memory = g_malloc(10);
    memory[0] = 'x';
    g_assert_cmpuint(n_allocations, ==, 1);
}

/* ---- matching allocates nothing ---- */

static const char *const busy_filters[] = {
    "(&(mail=*)(|(department=sal*)(department=R&D))(!(displayName=*x*y*z))(extensionAttribute1=ALPHA  beta))",
    "(&(objectClass=user)(objectCategory=person)(!(msExchRecipientTypeDetails=16777216)))",
    "(|(userAccountControl:1.2.840.113556.1.4.803:=2)(groupType:1.2.840.113556.1.4.804:=2147483648))",
    "(|(manager=CN=T1, OU=T, DC=example,DC=test)(memberOf=CN=g1,OU=T,DC=example,DC=test)(authOrig=CN=x,DC=y))",
    "(|(msExchWhenMailboxCreated>=20260101000000Z)(msExchHideFromAddressLists=TRUE)(delivContLength<=-6))",
    "(|(objectSid=S-1-5-32-544)(objectGUID=\\00\\11*)(legacyExchangeDN=/o=x)(displayNamePrintable=x))",
    "(anr=nobody here)",
    "(proxyAddresses=smtp:*@example.test)",
};

static void
test_no_allocation(gconstpointer data)
{
    TestWorld *world = company_new(schema_new_ad());
    g_autoptr(FilterRef) filter = filter_parse(data, NULL, NULL);
    g_autoptr(Matcher) matcher = matcher_new(filter, world->schema);
    MatchSource source = test_world_source(world);

    for (guint i = 0; i < world->entries->len; i++) {
        const TestEntry *entry = g_ptr_array_index(world->entries, i);
        n_allocations = 0;
        Truth truth = matcher_match(matcher, &source, entry);
        g_assert_cmpuint(n_allocations, ==, 0);
        g_assert_cmpint(truth, !=, TRUTH_UNDEFINED);
    }
    test_world_free(world);
}

/* ---- RFC rules ---- */

static const struct {
    const char *name, *filter;
    Truth       truth;
} rfc_rows[] = {
    {"equal", "(cn=BABS  JENSEN)", TRUTH_TRUE},
    {"equal/no", "(cn=Babs)", TRUTH_FALSE},
    {"accents-count", "(sn=Jose)", TRUTH_FALSE},
    {"approx-is-equal", "(cn~=babs jensen)", TRUTH_TRUE},
    {"substring", "(cn=b*s j*n)", TRUTH_TRUE},
    {"rule/caseExactMatch", "(cn:caseExactMatch:=Babs Jensen)", TRUTH_TRUE},
    {"rule/caseExactMatch-no", "(cn:2.5.13.5:=babs jensen)", TRUTH_FALSE},
    {"rule/unknown", "(cn:1.2.3:=x)", TRUTH_UNDEFINED},
    {"rule/chain-is-not-known", "(member:1.2.840.113556.1.4.1941:=CN=t1)", TRUTH_UNDEFINED},
    {"rule/none", "(cn:=babs jensen)", TRUTH_TRUE},
    {"rule/no-attribute", "(:caseExactMatch:=Babs Jensen)", TRUTH_UNDEFINED},
    {"dn-attributes", "(cn:dn:=Babs Jensen)", TRUTH_UNDEFINED},
    {"unknown-attribute", "(noSuchAttr=*)", TRUTH_UNDEFINED},
    {"anr-is-not-known", "(anr=babs)", TRUTH_UNDEFINED},
    {"class", "(objectClass=inetOrgPerson)", TRUTH_TRUE},
    {"absent", "(!(mail=x@example.com))", TRUTH_TRUE},
};

static void
test_rfc_row(gconstpointer data)
{
    gsize      i = GPOINTER_TO_SIZE(data);
    TestWorld *world = test_world_new(schema_new_rfc());
    TestEntry *entry = test_world_add(world, "babs", "cn=Babs Jensen,dc=example");
    company_add_text(world, entry, "objectClass", "inetOrgPerson");
    company_add_text(world, entry, "cn", "Babs Jensen");
    company_add_text(world, entry, "sn", "Jos\xc3\xa9");

    g_autoptr(FilterRef) filter = filter_parse(rfc_rows[i].filter, NULL, NULL);
    g_autoptr(Matcher) matcher = matcher_new(filter, world->schema);
    MatchSource source = test_world_source(world);
    g_assert_cmpint(matcher_match(matcher, &source, entry), ==, rfc_rows[i].truth);
    test_world_free(world);
}

/* ---- the source ---- */

static void
test_chain_without_source(void)
{
    TestWorld *world = company_new(schema_new_ad());
    g_autoptr(FilterRef) filter =
        filter_parse("(member:1.2.840.113556.1.4.1941:=CN=t1,OU=T,DC=example,DC=test)", NULL, NULL);
    g_autoptr(Matcher) matcher = matcher_new(filter, world->schema);
    MatchSource source = {.values = test_entry_values};
    g_assert_cmpint(matcher_match(matcher, &source, g_ptr_array_index(world->entries, 0)), ==, TRUTH_UNDEFINED);
    test_world_free(world);
}

/* A matcher keeps what it needs. */
static void
test_matcher_holds_references(void)
{
    TestWorld    *world = company_new(schema_new_ad());
    Schema       *schema = schema_new_ad();
    const Filter *filter = filter_parse("(name=t1)", NULL, NULL);
    g_autoptr(Matcher) matcher = matcher_new(filter, schema);
    filter_unref(filter);
    schema_unref(schema);
    MatchSource source = test_world_source(world);
    g_assert_cmpint(matcher_match(matcher, &source, g_ptr_array_index(world->entries, 0)), ==, TRUTH_TRUE);
    test_world_free(world);
}

/* ---- depth ---- */

typedef struct {
    const char *before;
    TestWorld  *world;
} DeepCase;

static void *
match_at_full_depth(void *data)
{
    const DeepCase *deep = data;
    GString        *text = g_string_new("(department=Sales)");
    for (guint level = 1; level + 2 <= FILTER_MAX_DEPTH; level += 2) {
        g_string_prepend(text, deep->before);
        g_string_append(text, "))");
    }
    g_autoptr(FilterRef) filter = filter_parse(text->str, NULL, NULL);
    g_string_free(text, TRUE);
    g_assert_nonnull(filter);

    g_autoptr(FilterRef) folded = filter_fold(filter, deep->world->schema, NULL);
    g_autoptr(Matcher) matcher = matcher_new(filter, deep->world->schema);
    g_autoptr(Matcher) folded_matcher = matcher_new(folded, deep->world->schema);
    MatchSource   source = test_world_source(deep->world);
    gconstpointer entry = g_ptr_array_index(deep->world->entries, 0);
    g_assert_cmpint(matcher_match(matcher, &source, entry), ==, matcher_match(folded_matcher, &source, entry));
    return NULL;
}

static void
test_small_stack(gconstpointer before)
{
    DeepCase       deep = {before, company_new(schema_new_ad())};
    pthread_attr_t attributes;
    pthread_t      thread;
    g_assert_cmpint(pthread_attr_init(&attributes), ==, 0);
    g_assert_cmpint(pthread_attr_setstacksize(&attributes, SMALL_STACK), ==, 0);
    g_assert_cmpint(pthread_create(&thread, &attributes, match_at_full_depth, &deep), ==, 0);
    g_assert_cmpint(pthread_join(thread, NULL), ==, 0);
    pthread_attr_destroy(&attributes);
    test_world_free(deep.world);
}

int
main(int argc, char **argv)
{
    start_counting();
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/filter-match/counter", test_counter_counts);
    for (gsize i = 0; i < G_N_ELEMENTS(busy_filters); i++) {
        g_autofree char *path = g_strdup_printf("/filter-match/no-allocation/%" G_GSIZE_FORMAT, i);
        g_test_add_data_func(path, busy_filters[i], test_no_allocation);
    }
    for (gsize i = 0; i < G_N_ELEMENTS(rfc_rows); i++) {
        g_autofree char *path = g_strdup_printf("/filter-match/rfc/%s", rfc_rows[i].name);
        g_test_add_data_func(path, GSIZE_TO_POINTER(i), test_rfc_row);
    }
    g_test_add_func("/filter-match/chain-without-source", test_chain_without_source);
    g_test_add_func("/filter-match/references", test_matcher_holds_references);
    g_test_add_data_func("/filter-match/small-stack/and-or", "(&(name=*)(|(mail=*)", test_small_stack);
    g_test_add_data_func("/filter-match/small-stack/not-and", "(!(&(mail=*)", test_small_stack);
    g_test_add_data_func("/filter-match/small-stack/not-not", "(!(!", test_small_stack);
    return g_test_run();
}
