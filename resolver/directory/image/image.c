/* SPDX-License-Identifier: BSD-2-Clause
 * image.c - a directory held in memory: building it, and looking entries up by DN
 *
 * Owns:     a reference to each entry; the order of entries; the indexes.
 * Promises: an image never changes once it is built.
 * Threads:  an Image: any. An ImageBuilder: one.
 */
#include "image-private.h"

#include "rollcall/dn.h"

#include <string.h>

struct ImageBuilder {
    Schema     *schema;
    char      **address_attributes;
    GPtrArray  *entries;
    GHashTable *positions;
};

static void
free_entry(gpointer entry)
{
    entry_unref(entry);
}

ImageBuilder *
image_builder_new(Schema *schema, const char *const *address_attributes)
{
    ImageBuilder *builder = g_new0(ImageBuilder, 1);
    builder->schema = schema_ref(schema);
    builder->address_attributes = g_strdupv((char **)address_attributes);
    builder->entries = g_ptr_array_new_with_free_func(free_entry);
    builder->positions = g_hash_table_new(g_str_hash, g_str_equal);
    return builder;
}

gboolean
image_builder_add(ImageBuilder *builder, const Entry *entry)
{
    g_ptr_array_add(builder->entries, (Entry *)entry);
    return g_hash_table_insert(builder->positions, (char *)entry_key(entry), GUINT_TO_POINTER(builder->entries->len));
}

void
image_builder_free(ImageBuilder *builder)
{
    if (builder == NULL)
        return;
    schema_unref(builder->schema);
    g_strfreev(builder->address_attributes);
    g_hash_table_unref(builder->positions);
    g_ptr_array_unref(builder->entries);
    g_free(builder);
}

/* What sorting looks at, close together: entries lie all over the memory. */
typedef struct {
    const char  *key;
    const char  *parent; /* the parent's key in it */
    const Entry *entry;
    guint32      index; /* in the order of addition */
} SortRecord;

/* dn_key_compare(), with a short way for the usual case: two entries below the same one differ in their first RDN. */
static int
compare_records(gconstpointer a, gconstpointer b)
{
    const SortRecord *x = a, *y = b;

    if (strcmp(x->parent, y->parent) != 0)
        return dn_key_compare(x->key, y->key);
    gsize comma = *x->parent != '\0' ? 1 : 0; /* between an RDN and its parent: no part of either */
    gsize x_length = (gsize)(x->parent - x->key) - comma, y_length = (gsize)(y->parent - y->key) - comma;
    int   order = memcmp(x->key, y->key, MIN(x_length, y_length));
    return order != 0 ? order : (x_length > y_length) - (x_length < y_length);
}

static GArray *
sorted_records(const GPtrArray *entries)
{
    GArray *records = g_array_sized_new(FALSE, FALSE, sizeof(SortRecord), entries->len);

    for (guint32 i = 0; i < entries->len; i++) {
        const Entry *entry = g_ptr_array_index(entries, i);
        const char  *key = entry_key(entry);
        const char  *parent = dn_key_parent(key);
        SortRecord   record = {.key = key, .parent = parent != NULL ? parent : key, .entry = entry, .index = i};
        g_array_append_val(records, record);
    }
    g_array_sort(records, compare_records);
    return records;
}

/* Puts the entries in order. The table of positions is corrected in place, which hashes no key anew. */
static void
sort_entries(Image *image)
{
    g_autoptr(GArray) records = sorted_records(image->entries);
    g_autofree guint32 *position_of = g_new(guint32, records->len);
    GHashTableIter      iter;
    gpointer            added;

    for (guint32 i = 0; i < records->len; i++) {
        const SortRecord *record = &g_array_index(records, SortRecord, i);
        g_ptr_array_index(image->entries, i) = (Entry *)record->entry;
        position_of[record->index] = i;
    }
    g_hash_table_iter_init(&iter, image->positions);
    while (g_hash_table_iter_next(&iter, NULL, &added))
        g_hash_table_iter_replace(&iter, GUINT_TO_POINTER(position_of[GPOINTER_TO_UINT(added) - 1] + 1));
}

Image *
image_builder_finish(ImageBuilder *builder)
{
    Image *image = g_new0(Image, 1);

    image->schema = schema_ref(builder->schema);
    image->address_attributes = g_steal_pointer(&builder->address_attributes);
    image->entries = g_ptr_array_ref(builder->entries);
    image->positions = g_hash_table_ref(builder->positions);
    image_builder_free(builder);

    sort_entries(image);
    image->links = image_links_new(image->schema, image->entries, image->positions);
    image_index_addresses(image);
    image_index_values(image);
    return image;
}

void
image_free(Image *image)
{
    if (image == NULL)
        return;
    g_hash_table_unref(image->equality);
    image_index_free(image->addresses);
    image_links_free(image->links);
    g_hash_table_unref(image->positions);
    g_ptr_array_unref(image->entries);
    g_strfreev(image->address_attributes);
    schema_unref(image->schema);
    g_free(image);
}

Schema *
image_schema(const Image *image)
{
    return image->schema;
}

guint
image_size(const Image *image)
{
    return image->entries->len;
}

const Entry *
image_entry(const Image *image, guint position)
{
    return g_ptr_array_index(image->entries, position);
}

gboolean
image_position(const Image *image, const char *key, guint32 *position)
{
    guint found = GPOINTER_TO_UINT(g_hash_table_lookup(image->positions, key));

    if (found == 0)
        return FALSE;
    *position = found - 1;
    return TRUE;
}

const Entry *
image_read(const Image *image, const char *dn)
{
    g_autofree char *key = dn_key(dn);
    guint32          position;

    if (key == NULL || !image_position(image, key, &position))
        return NULL;
    return entry_ref(image_entry(image, position));
}

gboolean
image_is_own_dn(const Image *image, const AttributeType *type)
{
    return g_str_equal(type->key, schema_rules(image->schema) == SCHEMA_RULES_AD ? "distinguishedname" : "entrydn");
}

guint
image_values(const Image *image, guint32 position, const AttributeType *type, Value *dn, const Value **values)
{
    const Entry *entry = image_entry(image, position);
    guint        n_values;

    if (image_links_values(image->links, position, type, values, &n_values))
        return n_values;
    n_values = entry_values(entry, type->key, values);
    if (n_values > 0 || type->equality != RULE_DN || !image_is_own_dn(image, type))
        return n_values;
    *dn = (Value){.data = entry_dn(entry), .length = strlen(entry_dn(entry))};
    *values = dn;
    return 1;
}
