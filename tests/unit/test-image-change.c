/* SPDX-License-Identifier: BSD-2-Clause
 * test-image-change.c - single changes of an image: names that follow objects, places that are taken, links, indexes
 */
#include "resolver/directory/image/image.h"

#include <string.h>

static const char *const address_attributes[] = {"proxyAddresses", "mail", NULL};

#define BASE ",DC=example,DC=com"

static EntryId
id_of(guint8 n)
{
    return (EntryId){.octets = {n, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}};
}

/* `text`: lines of `attribute: value`, NULL for none. */
static void
put(Image *image, guint8 n, const char *dn, const char *text)
{
    EntryId id = id_of(n);
    g_auto(GStrv) lines = g_strsplit(text != NULL ? text : "", "\n", -1);
    EntryBuilder *builder = entry_builder_new(dn);

    for (char **line = lines; *line != NULL && **line != '\0'; line++) {
        const char      *colon = strchr(*line, ':');
        g_autofree char *attribute = g_strndup(*line, (gsize)(colon - *line));
        entry_builder_add(builder, attribute, colon + 2, strlen(colon + 2));
    }
    g_autoptr(EntryRef) entry = entry_builder_finish(builder);
    g_assert_true(image_put(image, &id, entry));
}

static void
remove_entry(Image *image, guint8 n)
{
    EntryId id = id_of(n);
    g_assert_true(image_remove(image, &id));
}

static char *
dn_of(const Image *image, guint8 n)
{
    EntryId id = id_of(n);
    return image_dn(image, &id);
}

static void
assert_dn(const Image *image, guint8 n, const char *expected)
{
    g_autofree char *dn = dn_of(image, n);
    g_assert_cmpstr(dn, ==, expected);
}

static gboolean
append_dn(const Entry *entry, gpointer user_data, G_GNUC_UNUSED GError **error)
{
    g_string_append_printf(user_data, "%s%s", ((GString *)user_data)->len > 0 ? " | " : "", entry_dn(entry));
    return TRUE;
}

static void
assert_found(const Image *image, const char *text, const char *expected)
{
    g_autoptr(FilterRef) filter = filter_parse(text, NULL, NULL);
    g_autoptr(GString) found = g_string_new(NULL);
    DirectorySearch asked = {.scope = SCOPE_SUBTREE, .filter = filter};

    g_assert_true(image_search(image, &asked, append_dn, found, G_MAXINT64, NULL));
    g_assert_cmpstr(found->str, ==, expected);
}

/* The values of one attribute, asked for by name. */
static void
assert_values(const Image *image, const char *dn, const char *attribute, const char *expected)
{
    const char *const attributes[] = {attribute, NULL};
    g_autoptr(EntryRef) entry = image_read(image, dn, attributes);
    g_autoptr(GString) text = g_string_new(NULL);
    const Value *values;

    g_assert_nonnull(entry);
    guint n_values = entry_all(entry, attribute, &values);
    for (guint i = 0; i < n_values; i++)
        g_string_append_printf(text, "%s%s", i > 0 ? " | " : "", values[i].data);
    g_assert_cmpstr(text->str, ==, expected);
}

static void
index_image(Image *image)
{
    image_install(image, image_prepare(image));
}

/* ---- Active Directory ---- */

static Image *
company(void)
{
    g_autoptr(Schema) schema = schema_new_ad();
    Image *image = image_new(schema, address_attributes);

    put(image, 1, "OU=Sales" BASE, "ou: Sales");
    put(image, 2, "CN=Ann,OU=Sales" BASE, "mail: ann@example.com\nmanager: CN=Eve" BASE);
    put(image, 3, "CN=All" BASE,
        "member: <GUID=02000000000000000000000000000001>;<SID=S-1-5-21-1>;CN=Wrong" BASE
        "\nmember: <GUID=00000004-0000-0000-0000-000000000001>;CN=Eve" BASE "\nmember: CN=Nobody" BASE);
    put(image, 4, "CN=Eve" BASE, NULL);
    return image;
}

static void
test_container_renamed(void)
{
    g_autoptr(Image) image = company();

    for (int indexed = 0; indexed < 2; indexed++) {
        put(image, 1, indexed ? "OU=New" BASE : "OU=Old" BASE, "ou: Sales");
        assert_dn(image, 2, indexed ? "CN=Ann,OU=New" BASE : "CN=Ann,OU=Old" BASE);
        assert_found(image, "(memberOf=CN=All" BASE ")",
                     indexed ? "CN=Ann,OU=New" BASE " | CN=Eve" BASE : "CN=Ann,OU=Old" BASE " | CN=Eve" BASE);
        index_image(image);
    }
    assert_values(image, "CN=All" BASE, "member", "CN=Ann,OU=New" BASE " | CN=Eve" BASE " | CN=Nobody" BASE);
    assert_found(image, "(member=CN=Ann,OU=New" BASE ")", "CN=All" BASE);
    assert_found(image, "(member=CN=Ann,OU=Sales" BASE ")", "");
    g_assert_null(image_read(image, "CN=Ann,OU=Old" BASE, NULL));
}

static void
test_guid_as_text(void)
{
    g_autoptr(Schema) schema = schema_new_ad();
    g_autoptr(Image) image = image_new(schema, address_attributes);
    EntryId id = {
        .octets = {0x44, 0x33, 0x22, 0x11, 0x66, 0x55, 0x88, 0x77, 0x99, 0xaa, 0xbb, 0xcc, 0xdd, 0xee, 0xff, 0}};
    g_autoptr(EntryRef) entry = entry_builder_finish(entry_builder_new("CN=Ann" BASE));

    put(image, 1, "CN=g" BASE, "member: <GUID=11223344-5566-7788-99aa-bbccddeeff00>;CN=Old" BASE);
    g_assert_true(image_put(image, &id, entry));
    assert_values(image, "CN=g" BASE, "member", "CN=Ann" BASE);
}

static void
test_object_category(void)
{
    g_autoptr(Schema) schema = schema_new_ad();
    g_autoptr(Image) image = image_new(schema, address_attributes);

    put(image, 1, "CN=a" BASE,
        "objectCategory: <GUID=02000000000000000000000000000001>;CN=Person,CN=Schema,CN=Configuration" BASE);
    assert_found(image, "(objectCategory=person)", "CN=a" BASE);
    index_image(image);
    assert_found(image, "(objectCategory=person)", "CN=a" BASE);
}

static void
test_places_exchanged(void)
{
    g_autoptr(Image) image = company();

    index_image(image);
    put(image, 4, "CN=Ann,OU=Sales" BASE, NULL);
    g_assert_cmpuint(image_n_displaced(image), ==, 1);
    g_assert_cmpuint(image_size(image), ==, 3);
    assert_found(image, "(mail=ann@example.com)", "");
    put(image, 2, "CN=Eve" BASE, "mail: ann@example.com");
    g_assert_cmpuint(image_n_displaced(image), ==, 0);
    assert_values(image, "CN=All" BASE, "member", "CN=Eve" BASE " | CN=Ann,OU=Sales" BASE " | CN=Nobody" BASE);
    assert_found(image, "(mail=ann@example.com)", "CN=Eve" BASE);
}

/* A container goes below one that was below it. */
static void
test_turned_inside_out(void)
{
    g_autoptr(Schema) schema = schema_new_ad();
    g_autoptr(Image) image = image_new(schema, address_attributes);

    put(image, 1, "OU=a" BASE, NULL);
    put(image, 2, "OU=b,OU=a" BASE, NULL);
    put(image, 3, "CN=c,OU=b,OU=a" BASE, NULL);
    put(image, 1, "OU=a,OU=b" BASE, NULL);
    put(image, 2, "OU=b" BASE, NULL);
    g_assert_cmpuint(image_n_displaced(image), ==, 0);
    assert_dn(image, 1, "OU=a,OU=b" BASE);
    assert_dn(image, 3, "CN=c,OU=b" BASE);
    assert_found(image, "(&)", "OU=a,OU=b" BASE " | OU=b" BASE " | CN=c,OU=b" BASE);
}

static void
test_removed(void)
{
    g_autoptr(Image) image = company();
    EntryId id = id_of(1);

    index_image(image);
    remove_entry(image, 1);
    g_assert_false(image_has(image, &id));
    g_assert_false(image_remove(image, &id));
    assert_dn(image, 2, "CN=Ann,OU=Sales" BASE);
    remove_entry(image, 4);
    assert_found(image, "(memberOf=CN=All" BASE ")", "CN=Ann,OU=Sales" BASE);
    /* another object of the same name is not a member */
    put(image, 5, "CN=Eve" BASE, NULL);
    assert_found(image, "(memberOf=CN=All" BASE ")", "CN=Ann,OU=Sales" BASE);
    assert_found(image, "(directReports=*)", "");
}

/* A deleted object is in no group any more, and nobody reports to it; one that only is out of sight still is and does.
 */
static void
test_unlinked(void)
{
    g_autoptr(Image) image = company();
    g_autoptr(GArray) dirty = g_array_new(FALSE, FALSE, sizeof(EntryId));
    EntryId ann = id_of(2), eve = id_of(4), unknown = id_of(9);

    index_image(image);
    image_take_dirty(image, dirty);
    g_array_set_size(dirty, 0);
    image_unlink(image, &eve);
    remove_entry(image, 4);
    image_unlink(image, &unknown);
    assert_values(image, "CN=All" BASE, "member", "CN=Ann,OU=Sales" BASE " | CN=Nobody" BASE);
    assert_found(image, "(manager=*)", "");
    assert_found(image, "(mail=ann@example.com)", "CN=Ann,OU=Sales" BASE);
    image_take_dirty(image, dirty);
    g_assert_cmpuint(dirty->len, ==, 3);
    remove_entry(image, 2);
    assert_values(image, "CN=All" BASE, "member", "CN=Ann,OU=Sales" BASE " | CN=Nobody" BASE);
    image_unlink(image, &ann);
    assert_values(image, "CN=All" BASE, "member", "CN=Nobody" BASE);
}

/* ---- RFC ---- */

static void
test_names_stay(void)
{
    g_autoptr(Schema) schema = schema_new_rfc();
    g_autoptr(Image) image = image_new(schema, address_attributes);

    put(image, 1, "ou=a,dc=com", NULL);
    put(image, 2, "cn=x,ou=a,dc=com", NULL);
    put(image, 3, "cn=g,dc=com", "member: cn=x,ou=a,dc=com");
    put(image, 1, "ou=b,dc=com", NULL);
    index_image(image);
    assert_dn(image, 2, "cn=x,ou=b,dc=com");
    assert_values(image, "cn=g,dc=com", "member", "cn=x,ou=a,dc=com");
    assert_found(image, "(memberOf=*)", "");
    put(image, 1, "ou=a,dc=com", NULL);
    assert_found(image, "(memberOf=cn=g,dc=com)", "cn=x,ou=a,dc=com");
}

/* ---- patches, what is handed out ---- */

static void
patch(Image *image, guint8 n, ImageChangeKind kind, const char *attribute, const char *text)
{
    EntryId     id = id_of(n);
    Value       value = {.data = text, .length = text != NULL ? strlen(text) : 0};
    ImageChange change = {.kind = kind, .attribute = attribute, .values = &value, .n_values = text != NULL};

    g_assert_true(image_patch(image, &id, NULL, &change, 1));
}

static void
test_patch(void)
{
    g_autoptr(Image) image = company();
    EntryId nobody = id_of(77);

    index_image(image);
    patch(image, 3, IMAGE_DELETE, "member", "<GUID=02000000000000000000000000000001>;CN=Whatever");
    patch(image, 3, IMAGE_DELETE, "member", "CN=never" BASE);
    patch(image, 3, IMAGE_ADD, "MEMBER", "CN=All" BASE);
    patch(image, 3, IMAGE_ADD, "member", "cn=eve" BASE);
    assert_values(image, "CN=All" BASE, "member", "CN=Eve" BASE " | CN=Nobody" BASE " | CN=All" BASE);
    assert_values(image, "CN=All" BASE, "memberOf", "CN=All" BASE);
    patch(image, 3, IMAGE_SET, "member", NULL);
    assert_values(image, "CN=All" BASE, "member", "");
    assert_found(image, "(memberOf=*)", "");
    g_assert_false(image_patch(image, &nobody, NULL, NULL, 0));
    patch(image, 2, IMAGE_SET, "mail", "new@example.com");
    assert_found(image, "(mail=new@example.com)", "CN=Ann,OU=Sales" BASE);
    assert_found(image, "(mail=ann@example.com)", "");
}

static void
test_attributes(void)
{
    static const char *const some[] = {"MAIL", "memberOf", "distinguishedName", "noSuch", NULL};
    g_autoptr(Image) image = company();
    g_autoptr(EntryRef) all = image_read(image, "CN=Ann,OU=Sales" BASE, NULL);
    g_autoptr(EntryRef) selected = image_read(image, "CN=Ann,OU=Sales" BASE, some);

    g_assert_cmpstr(entry_text(all, "manager"), ==, "CN=Eve" BASE);
    g_assert_null(entry_text(selected, "manager"));
    g_assert_cmpstr(entry_text(selected, "mail"), ==, "ann@example.com");
    g_assert_cmpstr(entry_text(selected, "memberof"), ==, "CN=All" BASE);
    g_assert_cmpstr(entry_text(selected, "distinguishedname"), ==, "CN=Ann,OU=Sales" BASE);
}

static gboolean
has_name(GPtrArray *names, const char *name)
{
    for (guint i = 0; i < names->len; i++)
        if (g_str_equal(g_ptr_array_index(names, i), name))
            return TRUE;
    return FALSE;
}

/* Indexes come and go with the filters of groups. */
static void
test_wanted(void)
{
    g_autoptr(Image) image = company();

    index_image(image);
    g_assert_null(image_prepare(image));
    put(image, 9, "CN=Dyn" BASE, "msExchDynamicDLFilter: (&(title=x)(!(cn=y*))(mail=*))");
    put(image, 2, "CN=Ann,OU=Sales" BASE, "title: X\ncn: y");
    index_image(image);
    g_autoptr(GPtrArray) indexed = image_indexed(image), named = image_filter_attributes(image);
    g_assert_true(has_name(indexed, "title"));
    g_assert_false(has_name(indexed, "cn"));
    g_assert_cmpuint(named->len, ==, 3);
    g_assert_true(has_name(named, "title") && has_name(named, "cn") && has_name(named, "mail"));
    assert_found(image, "(title= x )", "CN=Ann,OU=Sales" BASE);
    remove_entry(image, 9);
    index_image(image);
    g_autoptr(GPtrArray) again = image_indexed(image);
    g_assert_false(has_name(again, "title"));
    assert_found(image, "(title=x)", "CN=Ann,OU=Sales" BASE);
}

/* ---- rows ---- */

static gboolean
import_one(Image *image, const EntryId *id, const GByteArray *row, gsize length, GError **error)
{
    g_autoptr(ImageRows) rows = image_rows_new(image_schema(image), 0);
    return image_rows_add(rows, id, row->data, length, error) && image_import_rows(image, rows, error);
}

static void
test_row_missing(void)
{
    g_autoptr(Image) image = company();
    g_autoptr(Image) again = image_new(image_schema(image), address_attributes);
    g_autoptr(GByteArray) row = g_byte_array_new();
    g_autoptr(GError) error = NULL;
    EntryId id = id_of(3);

    g_assert_true(image_export(image, &id, row));
    g_assert_true(import_one(again, &id, row, row->len, &error));
    g_assert_false(image_import_end(again, &error));
    g_assert_error(error, DIRECTORY_ERROR, DIRECTORY_ERROR_INCOMPLETE);
}

static void
test_row_damaged(void)
{
    g_autoptr(Image) image = company();
    g_autoptr(GByteArray) row = g_byte_array_new();
    EntryId id = id_of(3);
    guint   n_read = 0;

    g_assert_true(image_export(image, &id, row));
    for (guint length = 0; length < row->len; length++) {
        g_autoptr(Image) again = image_new(image_schema(image), address_attributes);
        g_autoptr(GError) error = NULL;
        gboolean good = import_one(again, &id, row, length, &error);
        g_assert_true(good == (error == NULL));
        n_read += good;
    }
    g_assert_cmpuint(n_read, ==,
                     1); /* without its only attribute it is a row, too: the store checks that it is whole */
}

/* A list of names is asked with again after attributes have come, and after other names have taken their places. */
static void
test_attributes_asked_again(void)
{
    g_autoptr(Image) image = company();
    const char *names[] = {"title", "manager", NULL};
    g_autoptr(EntryRef) first = image_read(image, "CN=Ann,OU=Sales" BASE, names);

    g_assert_null(entry_text(first, "title"));
    g_assert_cmpstr(entry_text(first, "manager"), ==, "CN=Eve" BASE);

    put(image, 2, "CN=Ann,OU=Sales" BASE, "mail: ann@example.com\ntitle: Dr");
    g_autoptr(EntryRef) second = image_read(image, "CN=Ann,OU=Sales" BASE, names);
    g_assert_cmpstr(entry_text(second, "title"), ==, "Dr");
    g_assert_null(entry_text(second, "manager"));
    g_assert_null(entry_text(second, "mail"));

    names[1] = "mail";
    g_autoptr(EntryRef) third = image_read(image, "CN=Ann,OU=Sales" BASE, names);
    g_assert_cmpstr(entry_text(third, "mail"), ==, "ann@example.com");
}

/* The back link of a list that was asked with while nobody linked. */
static void
test_back_link_asked_again(void)
{
    g_autoptr(Schema) schema = schema_new_ad();
    g_autoptr(Image) image = image_new(schema, address_attributes);

    put(image, 1, "CN=Ann" BASE, "mail: ann@example.com");
    assert_values(image, "CN=Ann" BASE, "memberOf", "");
    put(image, 2, "CN=All" BASE, "member: CN=Ann" BASE);
    assert_values(image, "CN=Ann" BASE, "memberOf", "CN=All" BASE);
}

/* More lists than an image remembers, in turn. */
static void
test_many_lists(void)
{
    static const char *const others[] = {"cn", "sn", "l", "st", "title", "company", "department", "info", "ou", "uid"};
    g_autoptr(Image) image = company();

    for (guint round = 0; round < 3; round++) {
        for (gsize i = 0; i < G_N_ELEMENTS(others); i++) {
            assert_values(image, "CN=Ann,OU=Sales" BASE, others[i], "");
            assert_values(image, "CN=Ann,OU=Sales" BASE, i % 2 == 0 ? "mail" : "MAIL", "ann@example.com");
        }
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/image/change/container-renamed", test_container_renamed);
    g_test_add_func("/image/change/guid-as-text", test_guid_as_text);
    g_test_add_func("/image/change/object-category", test_object_category);
    g_test_add_func("/image/change/places-exchanged", test_places_exchanged);
    g_test_add_func("/image/change/turned-inside-out", test_turned_inside_out);
    g_test_add_func("/image/change/removed", test_removed);
    g_test_add_func("/image/change/unlinked", test_unlinked);
    g_test_add_func("/image/change/names-stay", test_names_stay);
    g_test_add_func("/image/change/patch", test_patch);
    g_test_add_func("/image/change/attributes", test_attributes);
    g_test_add_func("/image/change/attributes-asked-again", test_attributes_asked_again);
    g_test_add_func("/image/change/back-link-asked-again", test_back_link_asked_again);
    g_test_add_func("/image/change/many-lists", test_many_lists);
    g_test_add_func("/image/change/wanted", test_wanted);
    g_test_add_func("/image/change/row-missing", test_row_missing);
    g_test_add_func("/image/change/row-damaged", test_row_damaged);
    return g_test_run();
}
