/* SPDX-License-Identifier: BSD-2-Clause
 * ldif.c - a directory that is an LDIF file, read whole when it is opened
 *
 * Owns:     the image of the file.
 * Promises: the file is read once; what happens to it later does not matter.
 * Threads:  any: the image never changes.
 */
#include "resolver/directory/directory-class.h"
#include "resolver/directory/image/image.h"
#include "ldif-reader.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

typedef struct {
    Directory directory; /* first, so that one pointer serves as both */
    char     *file;
    Image    *image;
} LdifDirectory;

static const Image *
image_of(Directory *directory)
{
    return ((LdifDirectory *)directory)->image;
}

static gboolean
ldif_find(Directory *directory, const Address *address, const char *const *attributes, GPtrArray *entries,
          G_GNUC_UNUSED gint64 deadline, G_GNUC_UNUSED GError **error)
{
    image_find(image_of(directory), address, attributes, entries);
    return TRUE;
}

static gboolean
ldif_read(Directory *directory, const char *dn, const char *const *attributes, const Entry **entry,
          G_GNUC_UNUSED gint64 deadline, G_GNUC_UNUSED GError **error)
{
    *entry = image_read(image_of(directory), dn, attributes);
    return TRUE;
}

static gboolean
ldif_read_many(Directory *directory, const char *const *dns, gsize n_dns, const char *const *attributes,
               GPtrArray *entries, gint64 deadline, GError **error)
{
    for (gsize i = 0; i < n_dns; i++) {
        if (i % 1024 == 0 && g_get_monotonic_time() >= deadline) {
            g_set_error_literal(error, DIRECTORY_ERROR, DIRECTORY_ERROR_UNAVAILABLE, "time over");
            return FALSE;
        }
        const Entry *entry = image_read(image_of(directory), dns[i], attributes);
        if (entry != NULL)
            g_ptr_array_add(entries, (Entry *)entry);
    }
    return TRUE;
}

static gboolean
ldif_search(Directory *directory, const DirectorySearch *search, DirectoryEntryFunc func, gpointer user_data,
            gint64 deadline, GError **error)
{
    return image_search(image_of(directory), search, func, user_data, deadline, error);
}

static Schema *
ldif_schema(Directory *directory)
{
    return schema_ref(image_schema(image_of(directory)));
}

/* ---- check ---- */

enum { MAX_NAMED = 20 }; /* duplicated addresses that are named one by one */

static void G_GNUC_PRINTF(3, 4) add_finding(GPtrArray *findings, gboolean good, const char *format, ...)
{
    DirectoryFinding *finding = g_new0(DirectoryFinding, 1);
    va_list           arguments;

    va_start(arguments, format);
    finding->good = good;
    finding->server = g_strdup("");
    finding->text = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    g_ptr_array_add(findings, finding);
}

static gboolean
has_any_class(const Entry *entry, const char *const *classes)
{
    for (; *classes != NULL; classes++)
        if (entry_has_class(entry, *classes))
            return TRUE;
    return FALSE;
}

typedef struct {
    guint n_dynamic, n_static;
} GroupCount;

static gboolean
count_group(const Entry *entry, gpointer user_data, G_GNUC_UNUSED GError **error)
{
    static const char *const dynamic_classes[] = {"msExchDynamicDistributionList", "groupOfURLs", NULL};
    static const char *const static_classes[] = {"group", "groupOfNames", "groupOfUniqueNames", NULL};
    GroupCount              *count = user_data;

    if (has_any_class(entry, dynamic_classes))
        count->n_dynamic++;
    else if (has_any_class(entry, static_classes))
        count->n_static++;
    return TRUE;
}

static void
count_groups(const Image *image, GPtrArray *findings)
{
    static const char *const attributes[] = {"objectClass", NULL};
    g_autoptr(FilterRef) all = filter_new_composite(FILTER_AND, NULL, 0);
    DirectorySearch search = {.scope = SCOPE_SUBTREE, .filter = all, .attributes = attributes};
    GroupCount      count = {0};

    if (image_search(image, &search, count_group, &count, G_MAXINT64, NULL))
        add_finding(findings, TRUE, "groups: %u dynamic, %u static", count.n_dynamic, count.n_static);
}

typedef struct {
    GPtrArray *findings;
    gsize      n_duplicates;
} Checking;

static void
add_duplicate(const char *address, const char *const *dns, guint n_dns, gpointer user_data)
{
    Checking *checking = user_data;

    if (++checking->n_duplicates > MAX_NAMED)
        return;
    add_finding(checking->findings, FALSE, "address %s is in %u entries: %s and %s%s", address, n_dns, dns[0], dns[1],
                n_dns > 2 ? " among them" : "");
}

static GPtrArray *
ldif_check(Directory *directory, G_GNUC_UNUSED gint64 deadline)
{
    GPtrArray   *findings = g_ptr_array_new_with_free_func((GDestroyNotify)directory_finding_free);
    const Image *image = image_of(directory);
    Checking     checking = {.findings = findings};
    gsize        n_malformed = image_malformed_addresses(image);

    add_finding(findings, TRUE, "%s: %u entries", ((LdifDirectory *)directory)->file, image_size(image));
    count_groups(image, findings);
    add_finding(findings, TRUE, "addresses: %" G_GSIZE_FORMAT, image_count_addresses(image));
    if (n_malformed > 0)
        add_finding(findings, FALSE, "addresses that are malformed: %" G_GSIZE_FORMAT, n_malformed);
    image_foreach_duplicate(image, add_duplicate, &checking);
    if (checking.n_duplicates > 0)
        add_finding(findings, FALSE, "addresses in more than one entry: %" G_GSIZE_FORMAT, checking.n_duplicates);
    return findings;
}

/* ---- opening ---- */

static void
ldif_free(Directory *directory)
{
    LdifDirectory *ldif = (LdifDirectory *)directory;
    g_free(ldif->file);
    image_free(ldif->image);
    g_free(ldif);
}

/* The file is read once. */
static guint64
ldif_view_version(G_GNUC_UNUSED Directory *view)
{
    return 1;
}

static const DirectoryClass ldif_class = {
    .kind = "ldif",
    .find = ldif_find,
    .read = ldif_read,
    .read_many = ldif_read_many,
    .search = ldif_search,
    .schema = ldif_schema,
    .check = ldif_check,
    .view_version = ldif_view_version,
    .free = ldif_free,
};

static gboolean
read_entries(FILE *stream, const char *file, Image *image, GError **error)
{
    g_autoptr(LdifReader) reader = ldif_reader_new(stream, file);

    for (;;) {
        g_autoptr(EntryRef) entry = NULL;
        if (!ldif_reader_next(reader, &entry, error))
            return FALSE;
        if (entry == NULL)
            return TRUE;
        if (!image_put(image, NULL, entry))
            return ldif_reader_fail(reader, error, "there is an entry with this DN already");
    }
}

Directory *
directory_ldif_new(const LdifSettings *settings, GError **error)
{
    FILE *stream = fopen(settings->file, "re");
    if (stream == NULL) {
        g_set_error(error, DIRECTORY_ERROR, DIRECTORY_ERROR_SETTINGS, "%s: %s", settings->file, g_strerror(errno));
        return NULL;
    }
    g_autoptr(Schema) schema = settings->rules == SCHEMA_RULES_AD ? schema_new_ad() : schema_new_rfc();
    g_autoptr(Image) image = image_new(schema, settings->address_attributes);
    gboolean good = read_entries(stream, settings->file, image, error);
    fclose(stream);
    if (!good)
        return NULL;

    LdifDirectory *ldif = g_new0(LdifDirectory, 1);
    ldif->directory.class = &ldif_class;
    ldif->file = g_strdup(settings->file);
    image_install(image, image_prepare(image));
    ldif->image = g_steal_pointer(&image);
    return &ldif->directory;
}
