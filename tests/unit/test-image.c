/* SPDX-License-Identifier: BSD-2-Clause
 * test-image.c - the directory in memory: look-ups, searches, links, and that indexes never change an answer
 */
#include "resolver/directory/image/image.h"
#include "rollcall/directory.h"
#include "rollcall/dn.h"

#include <glib/gstdio.h>
#include <pthread.h>
#include <string.h>

static const char *const address_attributes[] = {"proxyAddresses", "mail", NULL};

/* ---- opening a text as a directory ---- */

static Directory *
open_rules(const char *text, SchemaRules rules, GError **error)
{
    g_autofree char *file = NULL;
    int              fd = g_file_open_tmp("rollcall-XXXXXX.ldif", &file, NULL);
    LdifSettings     settings = {.file = file, .rules = rules, .address_attributes = address_attributes};
    FILE            *stream = fdopen(fd, "w");

    g_assert_nonnull(stream);
    fputs(text, stream);
    g_assert_cmpint(fclose(stream), ==, 0);
    Directory *directory = directory_ldif_new(&settings, error);
    g_unlink(file);
    return directory;
}

static Directory *
open_text(const char *text)
{
    g_autoptr(GError) error = NULL;
    Directory *directory = open_rules(text, SCHEMA_RULES_AD, &error);

    g_assert_no_error(error);
    return directory;
}

static const char company[] =
    "version: 1\n\n"
    "dn: OU=Sales,DC=example,DC=com\nobjectClass: organizationalUnit\nou: Sales\n\n"
    "dn: CN=Ann,OU=Sales,DC=example,DC=com\nobjectClass: top\nobjectClass: person\nobjectClass: user\n"
    "cn: Ann\ndepartment: Sales\nmanager: CN=Eve,OU=Board,DC=example,DC=com\n"
    "proxyAddresses: SMTP:ann@example.com\nproxyAddresses: smtp:Ann.Old@Example.COM\n"
    "proxyAddresses: X400:c=us;a= ;p=example\nmail: ann@example.com\n\n"
    "dn: CN=Bob,OU=East,OU=Sales,DC=example,DC=com\nobjectClass: person\nobjectClass: user\ncn: Bob\n"
    "department: sales\nmanager: cn=ann, ou=sales, dc=example, dc=com\n"
    "proxyAddresses: Smtp:bob@example.com\nproxyAddresses: sip:sip-bob@example.com\nproxyAddresses: "
    "bare@example.com\n\n"
    "dn: OU=East,OU=Sales,DC=example,DC=com\nobjectClass: organizationalUnit\nou: East\n\n"
    "dn: CN=Eve,OU=Board,DC=example,DC=com\nobjectClass: person\nobjectClass: user\ncn: Eve\n"
    "department: Board\nmail: eve@example.com\nproxyAddresses: SMTP:shared@example.com\n"
    "proxyAddresses: smtp:not an address\nmemberOf: CN=Far,DC=elsewhere\nmemberOf: "
    "cn=all,ou=groups,dc=example,dc=com\n\n"
    "dn: CN=All,OU=Groups,DC=example,DC=com\nobjectClass: group\ncn: All\n"
    "member: CN=Eve,OU=Board,DC=example,DC=com\nmember: CN=Staff,OU=Groups,DC=example,DC=com\n"
    "member: CN=Nobody,DC=example,DC=com\nproxyAddresses: SMTP:all@example.com\n"
    "proxyAddresses: smtp:shared@example.com\n\n"
    "dn: CN=Staff,OU=Groups,DC=example,DC=com\nobjectClass: group\ncn: Staff\n"
    "member: cn=ANN, ou=Sales,dc=example,dc=com\nmember: CN=Ann,OU=Sales,DC=example,DC=com\n"
    "member: CN=Loop,OU=Groups,DC=example,DC=com\n\n"
    "dn: CN=Loop,OU=Groups,DC=example,DC=com\nobjectClass: group\ncn: Loop\n"
    "member: CN=Staff,OU=Groups,DC=example,DC=com\nmember: CN=Bob,OU=East,OU=Sales,DC=example,DC=com\n\n"
    "dn: CN=Dyn,OU=Groups,DC=example,DC=com\nobjectClass: msExchDynamicDistributionList\ncn: Dyn\n"
    "msExchDynamicDLFilter: (&(title=x)(cn=*))\nmail: dyn@example.com\n";

#define SALES "OU=Sales,DC=example,DC=com"
#define MEMBER_IN_CHAIN "member:1.2.840.113556.1.4.1941:="
#define MEMBER_OF_IN_CHAIN "memberOf:1.2.840.113556.1.4.1941:="
#define GROUPS ",OU=Groups,DC=example,DC=com"

/* ---- names of what was found ---- */

static int
compare_texts(gconstpointer a, gconstpointer b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The first RDN's value of each, sorted, "Ann Bob". */
static char *
names_of(GPtrArray *entries)
{
    g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);

    for (guint i = 0; i < entries->len; i++) {
        const char *dn = entry_dn(g_ptr_array_index(entries, i));
        g_ptr_array_add(names, g_strndup(strchr(dn, '=') + 1, strcspn(strchr(dn, '=') + 1, ",")));
    }
    g_ptr_array_sort(names, compare_texts);
    g_ptr_array_add(names, NULL);
    return g_strjoinv(" ", (char **)names->pdata);
}

static void
unref_entry(gpointer entry)
{
    entry_unref(entry);
}

static gboolean
keep(const Entry *entry, gpointer user_data, G_GNUC_UNUSED GError **error)
{
    g_ptr_array_add(user_data, (Entry *)entry_ref(entry));
    return TRUE;
}

static char *
search(Directory *directory, const char *base, DirectoryScope scope, const char *text, GError **error)
{
    g_autoptr(FilterRef) filter = filter_parse(text, NULL, error);
    g_autoptr(GPtrArray) entries = g_ptr_array_new_with_free_func(unref_entry);
    DirectorySearch asked = {.base = base, .scope = scope, .filter = filter};

    g_assert_nonnull(filter);
    if (!directory_search(directory, &asked, keep, entries, G_MAXINT64, error))
        return NULL;
    return names_of(entries);
}

/* ---- look-ups ---- */

static const struct {
    const char *name, *address, *found;
} addresses[] = {
    {"primary", "ann@example.com", "Ann"},
    {"secondary", "ann.old@example.com", "Ann"},
    {"any-case", "BOB@EXAMPLE.COM", "Bob"},
    {"mail", "eve@example.com", "Eve"},
    {"mail-without-proxy", "dyn@example.com", "Dyn"},
    {"two-entries", "shared@example.com", "All Eve"},
    {"other-type", "sip-bob@example.com", ""},
    {"proxy-without-type", "bare@example.com", ""},
    {"nobody", "nobody@example.com", ""},
    {"other-domain", "ann@example.org", ""},
};

static void
test_find(gconstpointer data)
{
    gsize i = GPOINTER_TO_SIZE(data);
    g_autoptr(Directory) directory = open_text(company);
    g_autoptr(GError) error = NULL;
    g_autoptr(Address) address = address_new(addresses[i].address, &error);
    g_autoptr(GPtrArray) entries = g_ptr_array_new_with_free_func(unref_entry);

    g_assert_no_error(error);
    g_assert_true(directory_find(directory, address, NULL, entries, G_MAXINT64, &error));
    g_autofree char *found = names_of(entries);
    g_assert_cmpstr(found, ==, addresses[i].found);
}

static void
test_read(void)
{
    static const char *const dns[] = {"CN=Eve,OU=Board,DC=example,DC=com", "CN=Nobody,DC=example,DC=com", "no dn",
                                      "cn=ANN, ou=sales, dc=example, dc=com"};
    g_autoptr(Directory) directory = open_text(company);
    g_autoptr(GPtrArray) entries = g_ptr_array_new_with_free_func(unref_entry);
    g_autoptr(GError) error = NULL;
    g_autoptr(EntryRef) ann = NULL;
    const Entry *nobody = NULL;

    g_assert_true(directory_read(directory, dns[3], NULL, &ann, G_MAXINT64, &error));
    g_assert_cmpstr(entry_dn(ann), ==, "CN=Ann,OU=Sales,DC=example,DC=com");
    for (int i = 1; i < 3; i++) {
        g_assert_true(directory_read(directory, dns[i], NULL, &nobody, G_MAXINT64, &error));
        g_assert_null(nobody);
    }
    g_assert_true(directory_read_many(directory, dns, 4, NULL, entries, G_MAXINT64, &error));
    g_assert_cmpuint(entries->len, ==, 2);
    g_assert_cmpstr(entry_text(g_ptr_array_index(entries, 0), "cn"), ==, "Eve");
    g_assert_cmpstr(entry_text(g_ptr_array_index(entries, 1), "cn"), ==, "Ann");
    g_assert_cmpstr(directory_kind(directory), ==, "ldif");
}

/* ---- searches ---- */

static const struct {
    const char    *name, *base;
    DirectoryScope scope;
    const char    *filter, *found; /* found NULL: NO_BASE */
} searches[] = {
    {"all", NULL, SCOPE_SUBTREE, "(&)", "All Ann Bob Dyn East Eve Loop Sales Staff"},
    {"none", NULL, SCOPE_SUBTREE, "(|)", ""},
    {"subtree", SALES, SCOPE_SUBTREE, "(&)", "Ann Bob East Sales"},
    {"subtree-any-spelling", "ou = SALES , dc=Example,dc=COM", SCOPE_SUBTREE, "(&)", "Ann Bob East Sales"},
    {"one", SALES, SCOPE_ONE, "(&)", "Ann East"},
    {"base", SALES, SCOPE_BASE, "(&)", "Sales"},
    {"base-no-match", SALES, SCOPE_BASE, "(cn=Ann)", ""},
    {"leaf", "CN=Ann," SALES, SCOPE_SUBTREE, "(&)", "Ann"},
    {"tops", NULL, SCOPE_BASE, "(&)", "All Dyn Eve Loop Sales Staff"},
    {"below-tops", NULL, SCOPE_ONE, "(&)", "Ann East"},
    {"base-above-the-file", "DC=com", SCOPE_SUBTREE, "(cn=Ann)", "Ann"},
    {"one-above-the-file", "DC=example,DC=com", SCOPE_ONE, "(&)", "Sales"},
    {"base-above-the-file-itself", "DC=example,DC=com", SCOPE_BASE, "(&)", ""},
    {"root", "", SCOPE_SUBTREE, "(cn=Ann)", "Ann"},
    {"no-base", "OU=West,DC=example,DC=com", SCOPE_SUBTREE, "(&)", NULL},
    {"no-base-like-an-entry", "OU=Sale,DC=example,DC=com", SCOPE_SUBTREE, "(&)", NULL},
    {"base-ends-like-an-entry", "OU=XSales,DC=example,DC=com", SCOPE_SUBTREE, "(&)", NULL},
    {"malformed-base", "Sales", SCOPE_SUBTREE, "(&)", NULL},
    {"indexed", NULL, SCOPE_SUBTREE, "(&(department=SALES)(objectClass=user))", "Ann Bob"},
    {"indexed-below", "OU=East," SALES, SCOPE_SUBTREE, "(&(department=SALES)(objectClass=user))", "Bob"},
    {"indexed-nested", NULL, SCOPE_SUBTREE, "(&(&(department=Sales)(cn=*))(|(cn=Bob)(cn=Eve)))", "Bob"},
    {"indexed-or", NULL, SCOPE_SUBTREE, "(|(department=Sales)(department=Board)(department=SALES))", "Ann Bob Eve"},
    {"indexed-absent", NULL, SCOPE_SUBTREE, "(department=none)", ""},
    {"or-half-indexed", NULL, SCOPE_SUBTREE, "(|(department=Board)(cn=Ann))", "Ann Eve"},
    {"not", NULL, SCOPE_SUBTREE, "(&(objectClass=user)(!(department=Sales)))", "Eve"},
    {"own-dn", NULL, SCOPE_SUBTREE, "(distinguishedName=cn=ann," SALES ")", "Ann"},
    {"not-own-dn", SALES, SCOPE_SUBTREE, "(!(distinguishedName=cn=ann," SALES "))", "Bob East Sales"},

    {"member-of", NULL, SCOPE_SUBTREE, "(memberOf=CN=Staff" GROUPS ")", "Ann Loop"},
    {"member-of-and", NULL, SCOPE_SUBTREE, "(&(memberOf=CN=Staff" GROUPS ")(objectClass=user))", "Ann"},
    {"member-of-carried-and-computed", NULL, SCOPE_SUBTREE, "(memberOf=CN=All" GROUPS ")", "Eve Staff"},
    {"member-of-carried", NULL, SCOPE_SUBTREE, "(memberOf=CN=Far,DC=elsewhere)", "Eve"},
    {"member-of-nobody", NULL, SCOPE_SUBTREE, "(memberOf=CN=None" GROUPS ")", ""},
    {"member-of-any", NULL, SCOPE_SUBTREE, "(memberOf=*)", "Ann Bob Eve Loop Staff"},
    {"member-of-none", SALES, SCOPE_SUBTREE, "(!(memberOf=*))", "East Sales"},
    {"member", NULL, SCOPE_SUBTREE, "(member=CN=Ann," SALES ")", "Staff"},
    {"member-stranger", NULL, SCOPE_SUBTREE, "(member=CN=Nobody,DC=example,DC=com)", "All"},
    {"direct-reports", NULL, SCOPE_SUBTREE, "(directReports=CN=Ann," SALES ")", "Eve"},
    {"chain-down", NULL, SCOPE_SUBTREE, "(" MEMBER_OF_IN_CHAIN "CN=All" GROUPS ")", "Ann Bob Eve Loop Staff"},
    {"chain-down-users", NULL, SCOPE_SUBTREE, "(&(objectClass=user)(" MEMBER_OF_IN_CHAIN "CN=Staff" GROUPS "))",
     "Ann Bob"},
    {"chain-through-carried", NULL, SCOPE_SUBTREE, "(" MEMBER_OF_IN_CHAIN "CN=Far,DC=elsewhere)", "Eve"},
    {"chain-cycle", NULL, SCOPE_SUBTREE, "(" MEMBER_OF_IN_CHAIN "CN=Loop" GROUPS ")", "Ann Bob Loop Staff"},
    {"chain-up", NULL, SCOPE_SUBTREE, "(" MEMBER_IN_CHAIN "CN=Bob,OU=East," SALES ")", "All Loop Staff"},
    {"chain-up-stranger", NULL, SCOPE_SUBTREE, "(" MEMBER_IN_CHAIN "CN=Nobody,DC=example,DC=com)", "All"},
    {"chain-unknown-target", NULL, SCOPE_SUBTREE, "(" MEMBER_IN_CHAIN "CN=None,DC=example,DC=com)", ""},
    {"chain-manager", NULL, SCOPE_SUBTREE, "(manager:1.2.840.113556.1.4.1941:=CN=Eve,OU=Board,DC=example,DC=com)",
     "Ann Bob"},
    {"chain-not", SALES, SCOPE_SUBTREE, "(!(" MEMBER_OF_IN_CHAIN "CN=All" GROUPS "))", "East Sales"},
};

static void
test_search(gconstpointer data)
{
    gsize i = GPOINTER_TO_SIZE(data);
    g_autoptr(Directory) directory = open_text(company);
    g_autoptr(GError) error = NULL;
    g_autofree char *found = search(directory, searches[i].base, searches[i].scope, searches[i].filter, &error);

    g_assert_cmpstr(found, ==, searches[i].found);
    if (searches[i].found == NULL)
        g_assert_error(error, DIRECTORY_ERROR, DIRECTORY_ERROR_NO_BASE);
    else
        g_assert_no_error(error);
}

static void
test_rfc_member_of(void)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(Directory) directory = open_rules("dn: cn=g,dc=com\nobjectClass: groupOfNames\nmember: uid=a,dc=com\n\n"
                                                "dn: uid=a,dc=com\nobjectClass: inetOrgPerson\nuid: a\n",
                                                SCHEMA_RULES_RFC, &error);
    g_assert_no_error(error);

    g_autofree char *found = search(directory, NULL, SCOPE_SUBTREE, "(memberOf=cn=g,dc=com)", &error);
    g_assert_cmpstr(found, ==, "a");
    g_autoptr(Schema) schema = directory_schema(directory);
    g_assert_cmpint(schema_rules(schema), ==, SCHEMA_RULES_RFC);
}

/* ---- errors ---- */

static gboolean
refuse(G_GNUC_UNUSED const Entry *entry, gpointer user_data, GError **error)
{
    (*(int *)user_data)++;
    g_set_error_literal(error, G_FILE_ERROR, G_FILE_ERROR_PERM, "enough");
    return FALSE;
}

static void
test_refused_by_caller(void)
{
    g_autoptr(Directory) directory = open_text(company);
    g_autoptr(FilterRef) filter = filter_parse("(cn=*)", NULL, NULL);
    DirectorySearch asked = {.scope = SCOPE_SUBTREE, .filter = filter};
    g_autoptr(GError) error = NULL;
    int calls = 0;

    g_assert_false(directory_search(directory, &asked, refuse, &calls, G_MAXINT64, &error));
    g_assert_error(error, G_FILE_ERROR, G_FILE_ERROR_PERM);
    g_assert_cmpint(calls, ==, 1);
}

static void
test_time_over(void)
{
    static const char *const dns[] = {"CN=Ann," SALES};
    g_autoptr(Directory) directory = open_text(company);
    g_autoptr(FilterRef) filter = filter_parse("(cn=*)", NULL, NULL);
    g_autoptr(GPtrArray) entries = g_ptr_array_new_with_free_func(unref_entry);
    DirectorySearch asked = {.scope = SCOPE_SUBTREE, .filter = filter};
    g_autoptr(GError) error = NULL, again = NULL;

    g_assert_false(directory_search(directory, &asked, keep, entries, 0, &error));
    g_assert_error(error, DIRECTORY_ERROR, DIRECTORY_ERROR_UNAVAILABLE);
    g_assert_false(directory_read_many(directory, dns, 1, NULL, entries, 0, &again));
    g_assert_error(again, DIRECTORY_ERROR, DIRECTORY_ERROR_UNAVAILABLE);
    g_assert_cmpuint(entries->len, ==, 0);
}

static void
test_duplicate_dn(void)
{
    g_autoptr(GError) error = NULL;

    g_assert_null(open_rules("dn: CN=a\ncn: a\n\ndn: CN=b\ncn: b\n\ndn: cn = A\ncn: a\n", SCHEMA_RULES_AD, &error));
    g_assert_error(error, DIRECTORY_ERROR, DIRECTORY_ERROR_SETTINGS);
    g_assert_nonnull(strstr(error->message, ".ldif: line 7: "));
}

static void
test_no_file(void)
{
    LdifSettings settings = {.file = "/nonexistent/x.ldif", .address_attributes = address_attributes};
    g_autoptr(GError) error = NULL;

    g_assert_null(directory_ldif_new(&settings, &error));
    g_assert_error(error, DIRECTORY_ERROR, DIRECTORY_ERROR_SETTINGS);
    g_assert_true(g_str_has_prefix(error->message, "/nonexistent/x.ldif: "));
}

static void
test_empty_file(void)
{
    g_autoptr(Directory) directory = open_text("version: 1\n");
    g_autoptr(GError) error = NULL;
    g_autofree char *found = search(directory, NULL, SCOPE_SUBTREE, "(&)", &error);

    g_assert_cmpstr(found, ==, "");
    g_assert_null(search(directory, "DC=com", SCOPE_SUBTREE, "(&)", &error));
    g_assert_error(error, DIRECTORY_ERROR, DIRECTORY_ERROR_NO_BASE);
}

static void
test_check(void)
{
    g_autoptr(Directory) directory = open_text(company);
    g_autoptr(GPtrArray) findings = directory_check(directory, G_MAXINT64);
    g_autoptr(GString) text = g_string_new(NULL);

    for (guint i = 0; i < findings->len; i++) {
        const DirectoryFinding *finding = g_ptr_array_index(findings, i);
        const char             *line = i == 0 ? strstr(finding->text, ".ldif: ") : finding->text;
        g_string_append_printf(text, "%c %s\n", finding->good ? '+' : '-', line);
    }
    g_assert_cmpstr(text->str, ==,
                    "+ .ldif: 9 entries\n"
                    "+ groups: 1 dynamic, 3 static\n"
                    "+ addresses: 8\n"
                    "- addresses that are malformed: 2\n"
                    "- address shared@example.com is in 2 entries: CN=Eve,OU=Board,DC=example,DC=com"
                    " and CN=All,OU=Groups,DC=example,DC=com\n"
                    "- addresses in more than one entry: 1\n");
}

/* ---- many threads ---- */

static void *
search_often(void *directory)
{
    for (int i = 0; i < 200; i++) {
        gsize            which = (gsize)i % G_N_ELEMENTS(searches);
        g_autofree char *found =
            search(directory, searches[which].base, searches[which].scope, searches[which].filter, NULL);
        g_assert_cmpstr(found, ==, searches[which].found);
    }
    return NULL;
}

static void
test_threads(void)
{
    g_autoptr(Directory) directory = open_text(company);
    pthread_t threads[4];

    for (gsize i = 0; i < G_N_ELEMENTS(threads); i++)
        g_assert_cmpint(pthread_create(&threads[i], NULL, search_often, directory), ==, 0);
    for (gsize i = 0; i < G_N_ELEMENTS(threads); i++)
        pthread_join(threads[i], NULL);
}

/* ---- property: the same answer as looking at every entry ---- */

enum { N_PEOPLE = 60, N_GROUPS = 12, N_FILTERS = 600 };

static const char *const words[] = {"Sales",   "sales", "SALES ", " Sales", "S\xc3\xa1les", "Sale", "Board", "bo ard",
                                    "bo  ard", "TRUE",  "5",      ""};
static const char *const attributes[] = {"department",          "company",         "l",   "st", "title", "cn",
                                         "extensionAttribute1", "noSuchAttribute", "mail"};

static const char *
pick(const char *const *texts, gsize n)
{
    return texts[g_test_rand_int_range(0, (gint32)n)];
}
#define PICK(texts) pick(texts, G_N_ELEMENTS(texts))

/* DNs in two spellings; some of nobody. */
static char *
random_dn(void)
{
    int         i = g_test_rand_int_range(0, N_PEOPLE + 4);
    const char *unit = g_test_rand_bit() ? "OU=a," : "ou=A ,";

    if (g_test_rand_bit())
        return g_strdup_printf("CN=g%d,DC=x", g_test_rand_int_range(0, N_GROUPS + 1));
    return i % 2 == 0 ? g_strdup_printf("CN=p%d,%sDC=x", i, unit) : g_strdup_printf("cn=P%d, DC=x", i);
}

static void
add_random_values(GString *text)
{
    for (int n = g_test_rand_int_range(0, 6); n > 0; n--) {
        g_autofree char *base64 = NULL;
        const char      *word = PICK(words);
        base64 = g_base64_encode((const guchar *)word, strlen(word));
        g_string_append_printf(text, "%s:: %s\n", PICK(attributes), base64);
    }
}

static void
add_random_links(GString *text, const char *attribute, int most)
{
    for (int n = g_test_rand_int_range(0, most); n > 0; n--) {
        g_autofree char *dn = random_dn();
        g_string_append_printf(text, "%s: %s\n", attribute, dn);
    }
}

static char *
random_company(void)
{
    GString *text = g_string_new("dn: OU=a,DC=x\nou: a\n\n");

    for (int i = 0; i < N_PEOPLE; i++) {
        g_string_append_printf(text, "dn: CN=p%d,%sDC=x\nobjectClass: %s\n", i, i % 2 == 0 ? "OU=a," : "",
                               g_test_rand_bit() ? "user" : "contact");
        add_random_values(text);
        add_random_links(text, "manager", 2);
        if (i % 10 == 0)
            add_random_links(text, "memberOf", 3);
        g_string_append(text, "\n");
    }
    for (int i = 0; i < N_GROUPS; i++) {
        g_string_append_printf(text, "dn: CN=g%d,DC=x\nobjectClass: group\n", i);
        add_random_links(text, "member", 12);
        g_string_append(text, "\n");
    }
    /* so that title is indexed, too */
    g_string_append(text, "dn: CN=d,DC=x\nobjectClass: msExchDynamicDistributionList\n"
                          "msExchDynamicDLFilter: (&(title=x)(extensionAttribute1=y)(manager=CN=p1,DC=x))\n");
    return g_string_free(text, FALSE);
}

static void
append_random_term(GString *text)
{
    static const char *const operators[] = {"=", "=", "=", "=", ">=", "~="};
    static const char *const links[] = {"memberOf",         "manager",       "member",           MEMBER_IN_CHAIN,
                                        MEMBER_OF_IN_CHAIN, "directReports", "distinguishedName"};

    switch (g_test_rand_int_range(0, 6)) {
    case 0:
        g_string_append_printf(text, "(%s=*)", PICK(attributes));
        return;
    case 1: {
        const char      *link = PICK(links);
        g_autofree char *dn = random_dn();
        g_string_append_printf(text, g_str_has_suffix(link, "=") ? "(%s%s)" : "(%s=%s)", link, dn);
        return;
    }
    case 2:
        g_string_append(text, g_test_rand_bit() ? "(objectClass=user)" : "(objectClass=person)");
        return;
    default:
        g_string_append_printf(text, "(%s%s%s)", PICK(attributes), PICK(operators), PICK(words));
    }
}

static void
append_random_filter(GString *text, int depth)
{
    int kind = depth == 0 ? 0 : g_test_rand_int_range(0, 7);

    if (kind < 2) {
        append_random_term(text);
        return;
    }
    g_string_append_printf(text, "(%c", kind == 2 ? '!' : kind == 3 ? '|' : '&');
    for (int n = kind == 2 ? 1 : g_test_rand_int_range(1, 4); n > 0; n--)
        append_random_filter(text, depth - 1);
    g_string_append_c(text, ')');
}

/* The slow way: nothing of the image but its list of entries. */
typedef struct {
    GPtrArray *all;
    GArray    *room; /* of Value */
} Scan;

typedef struct {
    Scan        *scan;
    const Entry *entry; /* NULL: a DN that only links name */
    const char  *key;
} ScanSubject;

static gboolean
value_is(const Value *value, const char *key)
{
    g_autofree char *own = dn_key(value->data);
    return g_strcmp0(own, key) == 0;
}

static gboolean
lists(const Entry *entry, const char *attribute, const char *key)
{
    const Value *values;
    guint        n_values = entry_all(entry, attribute, &values);

    for (guint i = 0; i < n_values; i++)
        if (value_is(&values[i], key))
            return TRUE;
    return FALSE;
}

static const char *
forward_of(const char *key)
{
    return g_str_equal(key, "memberof") ? "member" : g_str_equal(key, "directreports") ? "manager" : NULL;
}

static guint
scan_values(gconstpointer data, const AttributeType *type, const Value **values)
{
    const ScanSubject *subject = data;
    const char        *forward = forward_of(type->key);
    GArray            *room = subject->scan->room;
    guint              n_values = 0;

    g_array_set_size(room, 0);
    if (subject->entry != NULL)
        n_values = entry_all(subject->entry, type->name, values);
    if (n_values > 0)
        g_array_append_vals(room, *values, n_values);
    for (guint i = 0; forward != NULL && i < subject->scan->all->len; i++) {
        const Entry *other = g_ptr_array_index(subject->scan->all, i);
        Value        value = {.data = entry_dn(other), .length = strlen(entry_dn(other))};
        if (lists(other, forward, subject->key))
            g_array_append_val(room, value);
    }
    if (g_str_equal(type->key, "distinguishedname")) {
        Value value = {.data = entry_dn(subject->entry), .length = strlen(entry_dn(subject->entry))};
        g_array_append_val(room, value);
    }
    *values = (const Value *)(void *)room->data;
    return room->len;
}

static const Entry *
scan_read(const Scan *scan, const char *key)
{
    for (guint i = 0; i < scan->all->len; i++)
        if (g_str_equal(entry_key(g_ptr_array_index(scan->all, i)), key))
            return g_ptr_array_index(scan->all, i);
    return NULL;
}

/* Step by step from the entry, until nothing new is reached. */
static gboolean
scan_in_chain(gconstpointer data, const AttributeType *type, const char *target, G_GNUC_UNUSED gpointer context)
{
    ScanSubject at = *(const ScanSubject *)data;
    g_autoptr(GHashTable) reached = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    g_autoptr(GPtrArray) queue = g_ptr_array_new(); /* of keys */

    for (guint next = 0;; next++) {
        const Value *values;
        guint        n_values = scan_values(&at, type, &values);
        for (guint i = 0; i < n_values; i++) {
            g_autofree char *key = dn_key(values[i].data);
            if (g_hash_table_contains(reached, key))
                continue;
            g_ptr_array_add(queue, key);
            g_hash_table_add(reached, g_steal_pointer(&key));
        }
        if (next == queue->len)
            return g_hash_table_contains(reached, target);
        at.key = g_ptr_array_index(queue, next);
        at.entry = scan_read(at.scan, at.key);
    }
}

static char *
scan_all(Scan *scan, Schema *schema, const char *base, const char *text)
{
    static const MatchSource source = {.values = scan_values, .in_chain = scan_in_chain};
    g_autoptr(FilterRef) filter = filter_parse(text, NULL, NULL);
    g_autoptr(Matcher) matcher = matcher_new(filter, schema);
    g_autoptr(GPtrArray) found = g_ptr_array_new();

    for (guint i = 0; i < scan->all->len; i++) {
        const Entry *entry = g_ptr_array_index(scan->all, i);
        ScanSubject  subject = {.scan = scan, .entry = entry, .key = entry_key(entry)};
        if (base != NULL && !g_str_has_suffix(subject.key, base))
            continue;
        if (matcher_match(matcher, &source, &subject) == TRUTH_TRUE)
            g_ptr_array_add(found, (Entry *)entry);
    }
    return names_of(found);
}

static void
test_same_as_scan(void)
{
    g_autofree char *text = random_company();
    g_autoptr(Directory) directory = open_text(text);
    g_autoptr(Schema) schema = directory_schema(directory);
    g_autoptr(FilterRef) always = filter_parse("(&)", NULL, NULL);
    DirectorySearch everything = {.scope = SCOPE_SUBTREE, .filter = always};
    g_autoptr(GPtrArray) all = g_ptr_array_new_with_free_func(unref_entry);
    g_autoptr(GArray) room = g_array_new(FALSE, FALSE, sizeof(Value));
    Scan scan = {.all = all, .room = room};
    int  n_hits = 0;

    g_assert_true(directory_search(directory, &everything, keep, all, G_MAXINT64, NULL));
    g_assert_cmpuint(all->len, ==, N_PEOPLE + N_GROUPS + 2);
    for (int i = 0; i < N_FILTERS; i++) {
        g_autoptr(GString) filter = g_string_new(NULL);
        const char *base = g_test_rand_bit() ? "ou=a,dc=x" : NULL;
        append_random_filter(filter, 3);
        g_autofree char *expected = scan_all(&scan, schema, base, filter->str);
        g_autofree char *found = search(directory, base, SCOPE_SUBTREE, filter->str, NULL);
        if (g_strcmp0(expected, found) != 0)
            g_error("%s below %s: expected %s, found %s", filter->str, base, expected, found);
        n_hits += *found != '\0';
    }
    g_assert_cmpint(n_hits, >, N_FILTERS / 10); /* or the filters say nothing */
}

/* ---- names ---- */

/* Names that differ where a separator might be taken for a letter: a blank and `!` come before the comma. */
static char *
random_name(void)
{
    static const char *const letters[] = {"a", "b", " ", "!", "-", "\\,"};
    GString                 *dn = g_string_new(NULL);

    for (int depth = g_test_rand_int_range(1, 4); depth > 0; depth--) {
        g_string_append(dn, dn->len > 0 ? ",cn=x" : "cn=x");
        for (int n = g_test_rand_int_range(0, 4); n > 0; n--)
            g_string_append(dn, PICK(letters));
        g_string_append(dn, "a");
    }
    return g_string_free(dn, FALSE);
}

/* Each name is found again, below its own parent only, whatever separators are in it. */
static void
test_names(void)
{
    g_autoptr(Schema) schema = schema_new_ad();
    g_autoptr(Image) image = image_new(schema, address_attributes);
    g_autoptr(GHashTable) added = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    GHashTableIter iter;
    gpointer       key;

    for (int i = 0; i < 3000; i++) {
        g_autofree char *dn = random_name();
        g_autoptr(EntryRef) entry = entry_builder_finish(entry_builder_new(dn));
        g_assert_true(image_put(image, NULL, entry) == g_hash_table_add(added, dn_key(dn)));
    }
    g_assert_cmpuint(image_size(image), ==, g_hash_table_size(added));
    g_hash_table_iter_init(&iter, added);
    while (g_hash_table_iter_next(&iter, &key, NULL)) {
        g_autoptr(EntryRef) entry = image_read(image, key, NULL);
        g_assert_cmpstr(entry_key(entry), ==, key);
        g_autofree char *again = dn_key(entry_dn(entry));
        g_assert_cmpstr(again, ==, key);
    }
}

/* Few names on each level, so that entries found one after the other share some of it; a long one now and then. */
static char *
random_deep_name(const char *long_name)
{
    const char *const names[] = {"CN=A", "CN=Bb", "OU=Ccc", long_name};
    GString          *dn = g_string_new(NULL);

    for (int depth = g_test_rand_int_range(1, 9); depth > 0; depth--)
        g_string_append_printf(dn, "%s%s", dn->len > 0 ? "," : "", PICK(names));
    return g_string_free(dn, FALSE);
}

static gboolean
take_expected(const Entry *entry, gpointer user_data, G_GNUC_UNUSED GError **error)
{
    GHashTable *expected = user_data;

    g_assert_cmpstr(entry_dn(entry), ==, g_hash_table_lookup(expected, entry_key(entry)));
    g_assert_true(g_hash_table_remove(expected, entry_key(entry)));
    return TRUE;
}

/* Each entry comes with its own whole DN, whatever was found before it. */
static void
test_names_found(void)
{
    g_autoptr(Schema) schema = schema_new_ad();
    g_autoptr(Image) image = image_new(schema, address_attributes);
    g_autoptr(GHashTable) expected = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    g_autoptr(FilterRef) always = filter_parse("(&)", NULL, NULL);
    DirectorySearch  everything = {.scope = SCOPE_SUBTREE, .filter = always};
    g_autofree char *x = g_strnfill(300, 'X'), *long_name = g_strconcat("CN=", x, NULL);

    for (int i = 0; i < 2000; i++) {
        g_autofree char *dn = random_deep_name(long_name);
        g_autoptr(EntryRef) entry = entry_builder_finish(entry_builder_new(dn));
        if (image_put(image, NULL, entry))
            g_hash_table_insert(expected, g_strdup(entry_key(entry)), g_steal_pointer(&dn));
    }
    g_assert_cmpuint(image_size(image), ==, g_hash_table_size(expected));
    g_assert_true(image_search_plain(image, &everything, take_expected, expected, G_MAXINT64, NULL));
    g_assert_cmpuint(g_hash_table_size(expected), ==, 0);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS(addresses); i++) {
        g_autofree char *path = g_strdup_printf("/image/find/%s", addresses[i].name);
        g_test_add_data_func(path, GSIZE_TO_POINTER(i), test_find);
    }
    g_test_add_func("/image/read", test_read);
    for (gsize i = 0; i < G_N_ELEMENTS(searches); i++) {
        g_autofree char *path = g_strdup_printf("/image/search/%s", searches[i].name);
        g_test_add_data_func(path, GSIZE_TO_POINTER(i), test_search);
    }
    g_test_add_func("/image/names", test_names);
    g_test_add_func("/image/names-found", test_names_found);
    g_test_add_func("/image/rfc-member-of", test_rfc_member_of);
    g_test_add_func("/image/refused-by-caller", test_refused_by_caller);
    g_test_add_func("/image/time-over", test_time_over);
    g_test_add_func("/image/duplicate-dn", test_duplicate_dn);
    g_test_add_func("/image/no-file", test_no_file);
    g_test_add_func("/image/empty-file", test_empty_file);
    g_test_add_func("/image/check", test_check);
    g_test_add_func("/image/threads", test_threads);
    g_test_add_func("/image/same-as-scan", test_same_as_scan);
    return g_test_run();
}
