/* SPDX-License-Identifier: BSD-2-Clause
 * test-lookup.c - a recipient's entries by address, and by what an address encapsulates
 *
 * Found entries are compared as the text of their common names.
 */
#include "rollcall/lookup.h"
#include "tests/unit/scripted-directory.h"

#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

static const struct {
    const char *dn, *attributes;
} company[] = {
    {"CN=ann,O=x", "proxyAddresses=SMTP:ann@x.org\nlegacyExchangeDN=/o=X/cn=Ann Berg"},
    {"CN=bob,O=x", "proxyAddresses=X500:/o=Old/cn=bob\nproxyAddresses=SMTP:bob@x.org\nlegacyExchangeDN=/o=X/cn=bob"},
    {"CN=heir,O=x", "proxyAddresses=x500:/o=X/cn=bob"},
    {"CN=lit,O=x", "proxyAddresses=smtp:IMCEAEX-_o=X_cn=bob@lit.org"},
    {"CN=jose,O=x", "legacyExchangeDN=/o=X/cn=jos\xc3\xa9"},
    {"CN=two,O=x", "proxyAddresses=X500:/o=Old/cn=both"},
    {"CN=too,O=x", "proxyAddresses=x500:/o=OLD/cn=BOTH"},
    {"CN=star,O=x", "legacyExchangeDN=/o=X/cn=*"},
};

static const struct {
    const char *name, *address, *found;
    int         searches;
} cases[] = {
    {"address", "Ann@x.org", "ann ", 0},
    {"nobody", "carl@x.org", "", 0},
    {"legacy-dn", "IMCEAEX-_o=X_cn=ann+20berg@x.org", "ann ", 1},
    {"former-legacy-dn", "IMCEAEX-_o=Old_cn=bob@x.org", "bob ", 1},
    {"legacy-dn-comes-before-proxy", "IMCEAEX-_o=X_cn=bob@x.org", "bob ", 1},
    {"address-comes-before-what-it-encapsulates", "IMCEAEX-_o=X_cn=bob@lit.org", "lit ", 0},
    {"ambiguous", "IMCEAEX-_o=Old_cn=both@x.org", "two too ", 1},
    {"accented", "IMCEAEX-_o=X_cn=JOS+C3+A9@x.org", "jose ", 1},
    {"star-is-no-wildcard", "IMCEAEX-_o=X_cn=+2A@x.org", "star ", 1},
    {"unknown-encapsulated", "IMCEAEX-_o=X_cn=carl@x.org", "", 1},
    {"malformed", "IMCEAEX-_o=X_cn=carl+@x.org", "", 0},
    {"not-decoded", "IMCEAX500-_o=X_cn=bob@x.org", "", 0},
};

static Scripted *
scripted_company(void)
{
    Scripted *scripted = scripted_new(SCHEMA_RULES_AD);

    for (gsize i = 0; i < G_N_ELEMENTS(company); i++)
        scripted_add(scripted, company[i].dn, company[i].attributes);
    return scripted;
}

static char *
names_of(const GPtrArray *entries)
{
    GString *text = g_string_new(NULL);

    for (guint i = 0; i < entries->len; i++) {
        const char *dn = entry_dn(g_ptr_array_index(entries, i));
        g_string_append_printf(text, "%.*s ", (int)(strchr(dn, ',') - dn - 3), dn + 3);
    }
    return g_string_free(text, FALSE);
}

static const char *const attributes[] = {"objectClass", NULL};

static void
test_lookup(gconstpointer data)
{
    gsize i = GPOINTER_TO_SIZE(data);
    g_autoptr(GError) error = NULL;
    g_autoptr(Directory) directory = (Directory *)scripted_company();
    g_autoptr(Address) address = address_new(cases[i].address, NULL);
    g_autoptr(GPtrArray) entries = g_ptr_array_new_with_free_func((GDestroyNotify)entry_unref);

    g_assert_true(lookup_entries(directory, address, attributes, entries, G_MAXINT64, &error));
    g_assert_no_error(error);
    g_autofree char *names = names_of(entries);
    g_assert_cmpstr(names, ==, cases[i].found);
    g_assert_cmpint(((Scripted *)directory)->calls[CALL_FIND], ==, 1);
    g_assert_cmpint(((Scripted *)directory)->calls[CALL_SEARCH], ==, cases[i].searches);
}

static gboolean
count_entry(G_GNUC_UNUSED const Entry *entry, gpointer n_entries, G_GNUC_UNUSED GError **error)
{
    ++*(guint *)n_entries;
    return TRUE;
}

/* AD's comparison takes jose for josé, a mail system must not. */
static void
test_accents_count(void)
{
    static const struct {
        const char *name;
        guint       n_searched, n_found;
    } rows[] = {{"/o=X/cn=jos\xc3\xa9", 1, 1}, {"/o=X/cn=jose", 1, 0}};
    static const char *const mail[] = {"mail", NULL};
    static const char        text[] = "dn: CN=jose,O=x\nobjectClass: user\nproxyAddresses:: eDUwMDovbz1YL2NuPWpvc8Op\n";
    g_autofree char         *file = NULL;
    int                      fd = g_file_open_tmp("rollcall-XXXXXX.ldif", &file, NULL);
    LdifSettings             settings = {.file = file, .rules = SCHEMA_RULES_AD, .address_attributes = mail};

    g_assert_cmpint(close(fd), ==, 0);
    g_assert_true(g_file_set_contents(file, text, -1, NULL));
    g_autoptr(Directory) directory = directory_ldif_new(&settings, NULL);
    g_assert_cmpint(g_unlink(file), ==, 0);
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *proxy = g_strconcat("x500:", rows[i].name, NULL);
        g_autoptr(FilterRef) filter = filter_new_equal("proxyAddresses", proxy, -1);
        DirectorySearch search = {.scope = SCOPE_SUBTREE, .filter = filter};
        g_autoptr(GPtrArray) found = g_ptr_array_new_with_free_func((GDestroyNotify)entry_unref);
        guint n_searched = 0;

        g_assert_true(directory_search(directory, &search, count_entry, &n_searched, G_MAXINT64, NULL));
        g_assert_true(lookup_legacy_dn(directory, rows[i].name, attributes, found, G_MAXINT64, NULL));
        g_assert_cmpuint(n_searched, ==, rows[i].n_searched);
        g_assert_cmpuint(found->len, ==, rows[i].n_found);
    }
}

/* Not found is an answer; not found out is none. */
static void
test_failures(void)
{
    static const ScriptedCall calls[] = {CALL_FIND, CALL_SEARCH};

    for (gsize i = 0; i < G_N_ELEMENTS(calls); i++) {
        g_autoptr(GError) error = NULL;
        g_autoptr(Directory) directory = (Directory *)scripted_company();
        g_autoptr(Address) address = address_new("IMCEAEX-_o=X_cn=carl@x.org", NULL);
        g_autoptr(GPtrArray) entries = g_ptr_array_new_with_free_func((GDestroyNotify)entry_unref);

        scripted_fail((Scripted *)directory, calls[i], DIRECTORY_ERROR, DIRECTORY_ERROR_UNAVAILABLE, "gone");
        g_assert_false(lookup_entries(directory, address, attributes, entries, G_MAXINT64, &error));
        g_assert_error(error, DIRECTORY_ERROR, DIRECTORY_ERROR_UNAVAILABLE);
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *path = g_strconcat("/lookup/", cases[i].name, NULL);
        g_test_add_data_func(path, GSIZE_TO_POINTER(i), test_lookup);
    }
    g_test_add_func("/lookup/accents-count", test_accents_count);
    g_test_add_func("/lookup/failures", test_failures);
    return g_test_run();
}
