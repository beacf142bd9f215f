/* SPDX-License-Identifier: BSD-2-Clause
 * million.c - a directory of a million entries: how long it takes to load, how much memory it needs, how it answers
 *
 * usage: million [ENTRIES]. Writes an LDIF file of the shape of a large company into $TMPDIR and removes it again.
 */
#include "rollcall/directory.h"

#include <glib/gstdio.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { PER_OFFICE = 500, PER_DEPARTMENT = 250, PER_STATIC_GROUP = 1000, LOOKUPS = 10000 };

static double
seconds_since(gint64 start)
{
    return (double)(g_get_monotonic_time() - start) / G_USEC_PER_SEC;
}

/* The resident set, and its peak, in MiB. */
static long
status_field(const char *name)
{
    g_autofree char *text = NULL;
    const char      *line = NULL;

    if (g_file_get_contents("/proc/self/status", &text, NULL, NULL))
        line = strstr(text, name);
    return line != NULL ? strtol(line + strlen(name), NULL, 10) / 1024 : -1;
}

static void
write_person(FILE *out, int i)
{
    fprintf(out,
            "dn: CN=Person %d,OU=Office %d,OU=People,DC=example,DC=com\n"
            "objectClass: top\nobjectClass: person\nobjectClass: organizationalPerson\nobjectClass: user\n"
            "objectCategory: CN=Person,CN=Schema,CN=Configuration,DC=example,DC=com\n"
            "cn: Person %d\nname: Person %d\ngivenName: Person\nsn: Number %d\ndisplayName: Person Number %d\n"
            "sAMAccountName: p%d\nuserPrincipalName: p%d@example.com\nuserAccountControl: 512\n"
            "department: Department %d\ncompany: Company %d\nl: Town %d\nst: State %d\ntitle: Title %d\n"
            "physicalDeliveryOfficeName: Office %d\nmailNickname: p%d\nmail: p%d@example.com\n"
            "proxyAddresses: SMTP:p%d@example.com\nproxyAddresses: smtp:person.%d@corp.example.com\n"
            "proxyAddresses: X500:/o=Example/ou=People/cn=Recipients/cn=p%d\n"
            "manager: CN=Person %d,OU=Office %d,OU=People,DC=example,DC=com\n"
            "msExchRecipientDisplayType: 1073741824\nmsExchRecipientTypeDetails: 1\nextensionAttribute1: %s\n\n",
            i, i / PER_OFFICE, i, i, i, i, i, i, i / PER_DEPARTMENT, i % 7, i % 300, i % 50, i % 400, i / PER_OFFICE, i,
            i, i, i, i, i / 10, i / 10 / PER_OFFICE, i % 3 == 0 ? "staff" : "guest");
}

static void
write_group(FILE *out, int i)
{
    fprintf(out, "dn: CN=Group %d,OU=Groups,DC=example,DC=com\nobjectClass: top\nobjectClass: group\n", i);
    fprintf(out, "cn: Group %d\nmail: g%d@example.com\nproxyAddresses: SMTP:g%d@example.com\n", i, i, i);
    for (int member = i * PER_STATIC_GROUP; member < (i + 1) * PER_STATIC_GROUP; member += 2)
        fprintf(out, "member: CN=Person %d,OU=Office %d,OU=People,DC=example,DC=com\n", member, member / PER_OFFICE);
    fprintf(out, "member: CN=Group %d,OU=Groups,DC=example,DC=com\n\n", i + 1);
}

static void
write_dynamic_group(FILE *out, int i)
{
    fprintf(out,
            "dn: CN=Dynamic %d,OU=Groups,DC=example,DC=com\nobjectClass: msExchDynamicDistributionList\n"
            "cn: Dynamic %d\nproxyAddresses: SMTP:d%d@example.com\n"
            "msExchDynamicDLBaseDN: OU=People,DC=example,DC=com\n"
            "msExchDynamicDLFilter: (&(department=Department %d)(extensionAttribute1=staff))\n\n",
            i, i, i, i);
}

static char *
write_company(int n)
{
    char *file = NULL;
    int   fd = g_file_open_tmp("million-XXXXXX.ldif", &file, NULL);
    FILE *out = fdopen(fd, "w");

    fputs("version: 1\n\ndn: DC=example,DC=com\nobjectClass: domainDNS\ndc: example\n\n"
          "dn: OU=People,DC=example,DC=com\nobjectClass: organizationalUnit\nou: People\n\n"
          "dn: OU=Groups,DC=example,DC=com\nobjectClass: organizationalUnit\nou: Groups\n\n",
          out);
    for (int i = 0; i < n; i += PER_OFFICE)
        fprintf(out, "dn: OU=Office %d,OU=People,DC=example,DC=com\nobjectClass: organizationalUnit\nou: Office\n\n",
                i / PER_OFFICE);
    for (int i = 0; i < n; i++)
        write_person(out, i);
    for (int i = 0; i < n / PER_STATIC_GROUP; i++)
        write_group(out, i);
    for (int i = 0; i < 100; i++)
        write_dynamic_group(out, i);
    g_assert_cmpint(fclose(out), ==, 0);
    return file;
}

static gboolean
count(G_GNUC_UNUSED const Entry *entry, gpointer user_data, G_GNUC_UNUSED GError **error)
{
    (*(guint *)user_data)++;
    return TRUE;
}

static void
measure_search(Directory *directory, const char *base, const char *text)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(FilterRef) filter = filter_parse(text, NULL, &error);
    DirectorySearch search = {.base = base, .scope = SCOPE_SUBTREE, .filter = filter};
    guint           found = 0;
    gint64          start = g_get_monotonic_time();

    g_assert_no_error(error);
    if (!directory_search(directory, &search, count, &found, G_MAXINT64, &error))
        g_error("%s: %s", text, error->message);
    printf("%10.3f ms  %8u entries  %s\n", seconds_since(start) * 1000, found, text);
}

static void
measure_lookups(Directory *directory, int n)
{
    gint64 start = g_get_monotonic_time();

    for (int i = 0; i < LOOKUPS; i++) {
        g_autoptr(GPtrArray) entries = g_ptr_array_new_with_free_func((GDestroyNotify)entry_unref);
        g_autofree char *text = g_strdup_printf("Person.%d@corp.example.com", (int)((gint64)i * 7919 % n));
        g_autoptr(Address) address = address_new(text, NULL);
        g_assert_true(directory_find(directory, address, NULL, entries, G_MAXINT64, NULL));
        g_assert_cmpuint(entries->len, ==, 1);
    }
    printf("%10.3f ms  a look-up by address\n", seconds_since(start) * 1000 / LOOKUPS);
}

int
main(int argc, char **argv)
{
    static const char *const address_attributes[] = {"proxyAddresses", "mail", NULL};
    int                      n = argc > 1 ? atoi(argv[1]) : 1000000;
    g_autofree char         *file = write_company(n);
    LdifSettings             settings = {.file = file, .address_attributes = address_attributes};
    g_autoptr(GError) error = NULL;
    GStatBuf status;

    g_stat(file, &status);
    clock_t processor = clock();
    gint64  start = g_get_monotonic_time();
    g_autoptr(Directory) directory = directory_ldif_new(&settings, &error);
    if (directory == NULL)
        g_error("%s", error->message);
    printf("%d people, %.0f MiB of LDIF: loaded in %.1f s (%.1f s of processor), %ld MiB resident, %ld at most\n", n,
           (double)status.st_size / (1 << 20), seconds_since(start), (double)(clock() - processor) / CLOCKS_PER_SEC,
           status_field("VmRSS:"), status_field("VmHWM:"));
    g_unlink(file);

    measure_lookups(directory, n);
    measure_search(directory, "OU=People,DC=example,DC=com", "(&(department=Department 7)(extensionAttribute1=staff))");
    measure_search(directory, NULL, "(&(objectClass=user)(|(l=Town 1)(l=Town 2))(!(title=Title 1)))");
    measure_search(directory, NULL, "(&(objectClass=user)(memberOf=CN=Group 3,OU=Groups,DC=example,DC=com))");
    measure_search(directory, "OU=Office 3,OU=People,DC=example,DC=com", "(mail=*)");
    measure_search(directory, NULL, "(&(objectCategory=person)(title=Title 1))");
    measure_search(directory, NULL, "(displayName=*7*)");
    measure_search(directory, NULL, "(memberOf:1.2.840.113556.1.4.1941:=CN=Group 900,OU=Groups,DC=example,DC=com)");
    return 0;
}
