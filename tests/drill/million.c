/* SPDX-License-Identifier: BSD-2-Clause
 * million.c - an image of a million entries: how much memory it needs, how it answers, how fast it is stored and read
 *
 * usage: million [ENTRIES]. Entries have some twenty attributes; three values of five stand in one entry only.
 */
#include "resolver/directory/image/image.h"

#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
    PER_OFFICE = 500,
    BLOCK_OCTETS = 1 << 19, /* of rows that are read together */
    PER_DEPARTMENT = 150,
    PER_STATIC_GROUP = 1000,
    N_DYNAMIC = 100,
    LOOKUPS = 10000,
    REPEATS = 200
};

static const char *const address_attributes[] = {"proxyAddresses", "mail", NULL};
static const char *const routing[] = {"objectClass",
                                      "mail",
                                      "proxyAddresses",
                                      "displayName",
                                      "mailNickname",
                                      "targetAddress",
                                      "legacyExchangeDN",
                                      "msExchRecipientTypeDetails",
                                      NULL};

#define SUFFIX                                                                             \
    "(!(name=SystemMailbox{*))(!(name=CAS_{*))(!(msExchRecipientTypeDetails=16777216))"    \
    "(!(msExchRecipientTypeDetails=536870912))(!(msExchRecipientTypeDetails=8388608))"     \
    "(!(msExchRecipientTypeDetails=4294967296))(!(msExchRecipientTypeDetails=1073741824))" \
    "(!(msExchRecipientTypeDetails=2147483648))(!(msExchRecipientTypeDetails=8589934592))" \
    "(!(msExchRecipientTypeDetails=549755813888))"

/* Of processor, so that others on the machine do not matter. */
static gint64
now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return (gint64)time.tv_sec * G_USEC_PER_SEC + time.tv_nsec / 1000;
}

static double
seconds_since(gint64 start)
{
    return (double)(now() - start) / G_USEC_PER_SEC;
}

/* The resident set, and its peak, in MiB. */
static double
status_field(const char *name)
{
    g_autofree char *text = NULL;
    const char      *line = NULL;

    if (g_file_get_contents("/proc/self/status", &text, NULL, NULL))
        line = strstr(text, name);
    return line != NULL ? (double)strtol(line + strlen(name), NULL, 10) / 1024 : -1;
}

/* ---- entries ---- */

typedef struct {
    Image        *image;
    EntryBuilder *builder;
    guint64       n_values, octets;
} Writing;

static void G_GNUC_PRINTF(3, 4) add(Writing *writing, const char *attribute, const char *format, ...)
{
    char    text[256];
    va_list arguments;

    va_start(arguments, format);
    gsize length = (gsize)g_vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    entry_builder_add(writing->builder, attribute, text, length);
    writing->n_values++;
    writing->octets += length;
}

static EntryId
id_of(int kind, int i)
{
    EntryId  id = {{0}};
    guint64 *halves = (guint64 *)(void *)id.octets;

    halves[0] = ((guint64)kind << 40 | (guint64)i) * G_GUINT64_CONSTANT(0x9e3779b97f4a7c15);
    halves[1] = (guint64)i;
    return id;
}

static void
put(Writing *writing, int kind, int i)
{
    EntryId id = id_of(kind, i);
    g_autoptr(EntryRef) entry = entry_builder_finish(writing->builder);

    g_assert_true(image_put(writing->image, &id, entry));
}

static void
begin(Writing *writing, const char *dn)
{
    writing->builder = entry_builder_new(dn);
}

static void
put_person(Writing *writing, int i)
{
    char    dn[128];
    guint32 scattered = (guint32)i * 2654435761u;

    g_snprintf(dn, sizeof dn, "CN=Person %d,OU=Office %d,OU=People,DC=example,DC=com", i, i / PER_OFFICE);
    begin(writing, dn);
    add(writing, "objectClass", "top");
    add(writing, "objectClass", "person");
    add(writing, "objectClass", "organizationalPerson");
    add(writing, "objectClass", "user");
    add(writing, "objectCategory", "CN=Person,CN=Schema,CN=Configuration,DC=example,DC=com");
    add(writing, "cn", "Person %d", i);
    add(writing, "name", "Person %d", i);
    add(writing, "displayName", "Person Number %d", i);
    add(writing, "sAMAccountName", "p%d", i);
    add(writing, "userPrincipalName", "p%d@example.com", i);
    add(writing, "mailNickname", "p%d", i);
    add(writing, "mail", "p%d@example.com", i);
    add(writing, "proxyAddresses", "SMTP:p%d@example.com", i);
    add(writing, "proxyAddresses", "smtp:person.%d@corp.example.com", i);
    add(writing, "proxyAddresses", "X500:/o=Example/ou=People/cn=Recipients/cn=p%d", i);
    add(writing, "legacyExchangeDN", "/o=Example/ou=Exchange Administrative Group/cn=Recipients/cn=%08x-p%d", scattered,
        i);
    add(writing, "employeeID", "E%08u", scattered % 100000000);
    add(writing, "telephoneNumber", "+49 30 %09d", i);
    add(writing, "mobile", "+49 171 %08d", i);
    add(writing, "extensionAttribute2", "%08x-%04x-%08x", scattered, i % 65536, ~scattered);
    add(writing, "whenChanged", "2026%02d%02d%02d%02d%02d.0Z", 1 + i / 28 % 12, 1 + i % 28, i / 336 % 24, i / 8064 % 60,
        i / 483840 % 60);
    add(writing, "department", "Department %d", i / PER_DEPARTMENT);
    add(writing, "company", "Company %d", i % 7);
    add(writing, "l", "Town %d", i % 300);
    add(writing, "title", "Title %d", i % 400);
    add(writing, "extensionAttribute1", i % 10 == 0 ? "staff" : "guest");
    add(writing, "msExchRecipientTypeDetails", i % 3 == 2 ? "16777216" : "1");
    add(writing, "manager", "CN=Person %d,OU=Office %d,OU=People,DC=example,DC=com", i / 10, i / 10 / PER_OFFICE);
    put(writing, 1, i);
}

static void
put_group(Writing *writing, int i)
{
    char dn[128];

    g_snprintf(dn, sizeof dn, "CN=Group %d,OU=Groups,DC=example,DC=com", i);
    begin(writing, dn);
    add(writing, "objectClass", "top");
    add(writing, "objectClass", "group");
    add(writing, "cn", "Group %d", i);
    add(writing, "proxyAddresses", "SMTP:g%d@example.com", i);
    for (int member = i * PER_STATIC_GROUP; member < (i + 1) * PER_STATIC_GROUP; member += 2)
        add(writing, "member", "CN=Person %d,OU=Office %d,OU=People,DC=example,DC=com", member, member / PER_OFFICE);
    add(writing, "member", "CN=Group %d,OU=Groups,DC=example,DC=com", i + 1);
    put(writing, 2, i);
}

static void
put_dynamic_group(Writing *writing, int i)
{
    char dn[128];

    g_snprintf(dn, sizeof dn, "CN=Dynamic %d,OU=Groups,DC=example,DC=com", i);
    begin(writing, dn);
    add(writing, "objectClass", "msExchDynamicDistributionList");
    add(writing, "cn", "Dynamic %d", i);
    add(writing, "proxyAddresses", "SMTP:d%d@example.com", i);
    if (i % 2 == 0)
        add(writing, "msExchDynamicDLFilter",
            "(&(objectClass=user)(mailNickname=*)(department=Department %d)"
            "(!(name=SystemMailbox{*)))",
            i);
    else
        add(writing, "msExchDynamicDLFilter",
            "(&(displayName=*%d*)(extensionAttribute1=staff)(title=Title %d)"
            "(!(msExchRecipientTypeDetails=16777216))(!(whenChanged>=20270101000000.0Z))(!(telephoneNumber=*x*)))",
            i, i);
    put(writing, 3, i);
}

static void
put_units(Writing *writing, int n)
{
    static const char *const tops[] = {"DC=example,DC=com", "OU=People,DC=example,DC=com",
                                       "OU=Groups,DC=example,DC=com"};

    for (int i = 0; i < (int)G_N_ELEMENTS(tops); i++) {
        begin(writing, tops[i]);
        add(writing, "objectClass", "organizationalUnit");
        put(writing, 4, i);
    }
    for (int i = 0; i < n / PER_OFFICE; i++) {
        char dn[128];
        g_snprintf(dn, sizeof dn, "OU=Office %d,OU=People,DC=example,DC=com", i);
        begin(writing, dn);
        add(writing, "objectClass", "organizationalUnit");
        put(writing, 5, i);
    }
}

static void
put_all(Writing *writing, int n)
{
    put_units(writing, n);
    for (int i = 0; i < n; i++)
        put_person(writing, i);
    for (int i = 0; i < n / PER_STATIC_GROUP; i++)
        put_group(writing, i);
    for (int i = 0; i < N_DYNAMIC; i++)
        put_dynamic_group(writing, i);
}

/* ---- measuring ---- */

static gboolean
count(G_GNUC_UNUSED const Entry *entry, gpointer user_data, G_GNUC_UNUSED GError **error)
{
    (*(guint *)user_data)++;
    return TRUE;
}

/* The first time, and the mean of many if that is short. */
static void
measure_search(const Image *image, const char *base, const char *text)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(FilterRef) filter = filter_parse(text, NULL, &error);
    DirectorySearch search = {.base = base, .scope = SCOPE_SUBTREE, .filter = filter, .attributes = routing};
    guint           found = 0, n = 1;
    gint64          start = now();

    g_assert_no_error(error);
    g_assert_true(image_search(image, &search, count, &found, G_MAXINT64, &error));
    double first = seconds_since(start), mean = first;
    if (first < 0.005) {
        guint again = 0;
        start = now();
        for (n = 0; n < REPEATS; n++)
            g_assert_true(image_search(image, &search, count, &again, G_MAXINT64, &error));
        mean = seconds_since(start) / n;
    }
    printf("%10.3f ms first, %10.3f ms mean  %8u entries  %s\n", first * 1000, mean * 1000, found, text);
}

static void
measure_lookups(const Image *image, int n)
{
    gint64 start = now();

    for (int i = 0; i < LOOKUPS; i++) {
        g_autoptr(GPtrArray) entries = g_ptr_array_new_with_free_func((GDestroyNotify)entry_unref);
        g_autofree char *text = g_strdup_printf("Person.%d@corp.example.com", (int)((gint64)i * 7919 % n));
        g_autoptr(Address) address = address_new(text, NULL);
        image_find(image, address, routing, entries);
        g_assert_cmpuint(entries->len, ==, 1);
    }
    printf("%10.3f us a look-up by address\n", seconds_since(start) * 1e6 / LOOKUPS);
}

static void
measure_searches(const Image *image)
{
    static const char *const filters[] = {
        "(&(objectClass=user)(mailNickname=*)(department=Department 7)" SUFFIX ")",
        "(&(objectClass=user)(mailNickname=*)(extensionAttribute1=staff)" SUFFIX ")",
        "(&(objectClass=user)(extensionAttribute1=staff))",
        "(&(department=nobody)(!(name=SystemMailbox{*)))",
        "(&(!(name=Person*))(!(objectClass=group)))",
        "(name=SystemMailbox{*)",
        "(displayName=*zz*)",
        "(displayName=*999999*)",
        "(displayName=*0 000 0*)",
        "(!(mailNickname=*))",
        "(&(objectCategory=person)(!(objectClass=user)))",
        "(msExchRecipientTypeDetails:1.2.840.113556.1.4.803:=33554432)",
        "(msExchRecipientTypeDetails>=16777217)",
        "(&(objectClass=user)(|(title=Title 1)(l=Town 2))(department=Department 1*))",
        "(&(objectClass=user)(memberOf=CN=Group 3,OU=Groups,DC=example,DC=com))",
        "(&(objectClass=group)(memberOf:1.2.840.113556.1.4.1941:=CN=Group 1,OU=Groups,DC=example,DC=com))",
        "(&(!(memberOf=*))(department=Department 9))",
        "(whenChanged>=20261228235959.0Z)",
        "(telephoneNumber=*99999*)",
    };

    for (gsize i = 0; i < G_N_ELEMENTS(filters); i++)
        measure_search(image, NULL, filters[i]);
    measure_search(image, "OU=Office 1,OU=People,DC=example,DC=com", "(mail=*)");
    measure_search(image, "OU=People,DC=example,DC=com", filters[0]);
}

/* ---- rows ---- */

typedef struct {
    const Image *image;
    GByteArray  *row;
    FILE        *out;
    guint64      octets;
} Storing;

static void
store(const EntryId *id, gpointer user_data)
{
    Storing *storing = user_data;

    g_byte_array_set_size(storing->row, 0);
    g_assert_true(image_export(storing->image, id, storing->row));
    guint32 length = storing->row->len;
    fwrite(id->octets, sizeof id->octets, 1, storing->out);
    fwrite(&length, sizeof length, 1, storing->out);
    fwrite(storing->row->data, length, 1, storing->out);
    storing->octets += length;
}

static FILE *
export_all(const Image *image)
{
    Storing storing = {.image = image, .row = g_byte_array_new(), .out = tmpfile()};
    gint64  start = now();

    image_foreach_id(image, store, &storing);
    rewind(storing.out);
    printf("exported %u rows, %.0f MiB, in %.2f s\n", image_size(image), (double)storing.octets / (1 << 20),
           seconds_since(start));
    g_byte_array_unref(storing.row);
    return storing.out;
}

static Image *
import_all(FILE *in, Schema *schema, guint n_rows)
{
    Image  *image = image_new(schema, address_attributes);
    EntryId id;
    guint32 length;
    g_autoptr(ImageRows) rows = image_rows_new(schema, BLOCK_OCTETS);
    g_autoptr(GByteArray) row = g_byte_array_new();
    gint64 start = now();

    image_import_begin(image, n_rows);
    while (fread(id.octets, sizeof id.octets, 1, in) == 1 && fread(&length, sizeof length, 1, in) == 1) {
        g_byte_array_set_size(row, length);
        g_assert_cmpuint(fread(row->data, length, 1, in), ==, 1);
        g_assert_true(image_rows_add(rows, &id, row->data, length, NULL));
        if (image_rows_octets(rows) < BLOCK_OCTETS)
            continue;
        g_assert_true(image_import_rows(image, rows, NULL));
        image_rows_free(rows);
        rows = image_rows_new(schema, BLOCK_OCTETS);
    }
    g_assert_true(image_import_rows(image, rows, NULL));
    g_assert_true(image_import_end(image, NULL));
    printf("imported in %.2f s", seconds_since(start));
    start = now();
    image_install(image, image_prepare(image));
    printf(", indexed in %.2f s\n", seconds_since(start));
    return image;
}

static void
print_memory(const Image *image, const Writing *writing, double before)
{
    double resident = status_field("VmRSS:") - before, octets = (double)writing->octets / (1 << 20);

    printf(
        "%u entries, %.1f values each, %.0f MiB of values: resident %+.0f MiB, %.2f of the values; counted %.0f MiB\n",
        image_size(image), (double)writing->n_values / image_size(image), octets, resident, resident / octets,
        (double)image_bytes(image) / (1 << 20));
}

int
main(int argc, char **argv)
{
    int n = argc > 1 ? atoi(argv[1]) : 1000000;
    g_autoptr(Schema) schema = schema_new_ad();
    Image  *image = image_new(schema, address_attributes);
    Writing writing = {.image = image};
    double  before = status_field("VmRSS:");
    gint64  start = now();

    put_all(&writing, n);
    printf("put in %.2f s", seconds_since(start));
    start = now();
    image_install(image, image_prepare(image));
    printf(", indexed in %.2f s\n", seconds_since(start));
    g_autoptr(GArray) dirty = g_array_new(FALSE, FALSE, sizeof(EntryId));
    image_take_dirty(image, dirty);
    g_array_set_size(dirty, 0);
    print_memory(image, &writing, before);
    measure_lookups(image, n);
    measure_searches(image);

    FILE *file = export_all(image);
    guint n_rows = image_size(image);
    image_free(image);
    malloc_trim(0);
    before = status_field("VmRSS:");
    image = import_all(file, schema, n_rows);
    print_memory(image, &writing, before);
    fclose(file);
    image_free(image);
    return 0;
}
