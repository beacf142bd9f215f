/* SPDX-License-Identifier: BSD-2-Clause
 * fuzz-image-row.c - any rows: an image or an error, and an image can be searched, changed, and stored again
 *
 * The input is rows one after the other: the number that is their id, their length in two octets, their octets.
 */
#include "resolver/directory/image/image.h"

#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int __lsan_is_turned_off(void);

/* As in fuzz-ldif: GLib leaves its old table of interned strings behind, on purpose. */
int
__lsan_is_turned_off(void)
{
    return 1;
}

static const char *const address_attributes[] = {"proxyAddresses", "mail", NULL};

/* Takes over `rows`. */
static gboolean
import_some(Image *image, ImageRows *rows)
{
    g_autoptr(ImageRows) some = rows;
    g_autoptr(GError) error = NULL;

    image_import_ahead(image, some);
    gboolean good = image_import_rows(image, some, &error);
    g_assert_true(good == (error == NULL));
    return good;
}

static gboolean
import_rows(Image *image, const uint8_t *data, size_t size)
{
    g_autoptr(ImageRows) rows = image_rows_new(image_schema(image), 0);

    while (size >= 3) {
        EntryId id = {.octets = {data[0] % 16}};
        gsize   length = MIN((gsize)(data[1] << 8 | data[2]), size - 3);
        g_autoptr(GError) error = NULL;
        gboolean good = image_rows_add(rows, &id, data + 3, length, &error);
        g_assert_true(good == (error == NULL));
        if (!good)
            return FALSE;
        if (data[0] < 128) { /* together with the next ones otherwise */
            if (!import_some(image, g_steal_pointer(&rows)))
                return FALSE;
            rows = image_rows_new(image_schema(image), 0);
        }
        data += 3 + length;
        size -= 3 + length;
    }
    return import_some(image, g_steal_pointer(&rows)) && image_import_end(image, NULL);
}

static gboolean
count(const Entry *entry, gpointer user_data, G_GNUC_UNUSED GError **error)
{
    g_assert_nonnull(entry_dn(entry));
    (*(guint *)user_data)++;
    return TRUE;
}

static void
search(const Image *image, const char *text)
{
    g_autoptr(FilterRef) filter = filter_parse(text, NULL, NULL);
    DirectorySearch asked = {.scope = SCOPE_SUBTREE, .filter = filter};
    guint           found = 0, plain = 0;

    g_assert_true(image_search(image, &asked, count, &found, G_MAXINT64, NULL));
    g_assert_true(image_search_plain(image, &asked, count, &plain, G_MAXINT64, NULL));
    g_assert_cmpuint(found, ==, plain);
}

static void
export_row(const EntryId *id, gpointer user_data)
{
    g_autoptr(GByteArray) row = g_byte_array_new();
    g_assert_true(image_export(user_data, id, row));
    g_assert_cmpuint(row->len, >, 0);
}

static void
remove_all(Image *image)
{
    for (guint8 i = 0; i < 16; i++) {
        EntryId  id = {.octets = {i}};
        gboolean there = image_has(image, &id);
        g_assert_true(image_remove(image, &id) == there);
    }
    g_assert_cmpuint(image_size(image), ==, 0);
}

static void
try_rules(Schema *schema, const uint8_t *data, size_t size)
{
    g_autoptr(Image) image = image_new(schema, address_attributes);

    if (!import_rows(image, data, size))
        return;
    image_install(image, image_prepare(image));
    image_foreach_id(image, export_row, image);
    search(image, "(&)");
    search(image, "(memberOf=*)");
    search(image, "(member:1.2.840.113556.1.4.1941:=CN=a)");
    search(image, "(|(cn=a*)(!(cn=*b*))(mail=a@example.com))");
    remove_all(image);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static Schema *ad = NULL, *rfc = NULL;

    if (ad == NULL) {
        ad = schema_new_ad();
        rfc = schema_new_rfc();
    }
    try_rules(ad, data, size);
    try_rules(rfc, data, size);
    return 0;
}
