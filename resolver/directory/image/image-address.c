/* SPDX-License-Identifier: BSD-2-Clause
 * image-address.c - which entries carry an address
 *
 * Owns:     nothing; the index belongs to the image.
 * Promises: addresses are compared as addresses: a hit of the index is read again from its entry.
 * Threads:  any, once the index is built.
 */
#include "image-private.h"

#include <string.h>

/* One value of an address attribute. In proxyAddresses a value without a type is no mail address; elsewhere
 * (mail, targetAddress) the type may be missing. NULL: no SMTP address; *malformed says whether it claims to be one. */
static Address *
read_address(const char *attribute, const Value *value, gboolean *malformed)
{
    g_autoptr(GError) error = NULL;
    gboolean primary;
    gboolean proxy = g_ascii_strcasecmp(attribute, "proxyAddresses") == 0;

    *malformed = TRUE;
    if (strlen(value->data) != value->length)
        return NULL;
    Address *address =
        proxy ? address_from_proxy(value->data, &primary, &error) : address_from_routing(value->data, &error);
    *malformed = error != NULL;
    return address;
}

/* Calls `func` with each address of the entry; one that stands in two attributes twice. */
typedef void (*AddressFunc)(const Address *address, gpointer user_data);

static gsize
foreach_address(const Image *image, const Entry *entry, AddressFunc func, gpointer user_data)
{
    gsize n_malformed = 0;

    for (char **attribute = image->address_attributes; *attribute != NULL; attribute++) {
        const Value *values;
        guint        n_values = entry_all(entry, *attribute, &values);
        for (guint i = 0; i < n_values; i++) {
            gboolean malformed;
            g_autoptr(Address) address = read_address(*attribute, &values[i], &malformed);
            if (address != NULL)
                func(address, user_data);
            n_malformed += malformed;
        }
    }
    return n_malformed;
}

typedef struct {
    ImageIndexBuilder *index;
    guint32            position;
} Indexing;

static void
index_address(const Address *address, gpointer user_data)
{
    Indexing *indexing = user_data;
    image_index_builder_add(indexing->index, address_hash(address), indexing->position);
}

void
image_index_addresses(Image *image)
{
    Indexing indexing = {.index = image_index_builder_new()};

    for (; indexing.position < image_size(image); indexing.position++)
        image->malformed_addresses +=
            foreach_address(image, image_entry(image, indexing.position), index_address, &indexing);
    image->addresses = image_index_builder_finish(indexing.index);
}

gsize
image_count_addresses(const Image *image)
{
    return image_index_length(image->addresses);
}

gsize
image_malformed_addresses(const Image *image)
{
    return image->malformed_addresses;
}

typedef struct {
    const Address *wanted;
    gboolean       found;
} Comparing;

static void
compare_address(const Address *address, gpointer user_data)
{
    Comparing *comparing = user_data;
    comparing->found |= address_equal(comparing->wanted, address);
}

void
image_find(const Image *image, const Address *address, GPtrArray *entries)
{
    ImageRun run = image_index_find(image->addresses, address_hash(address), 0, image_size(image));

    for (gsize i = 0; i < run.length; i++) {
        const Entry *entry = image_entry(image, image_run_position(&run, i));
        Comparing    comparing = {.wanted = address};
        foreach_address(image, entry, compare_address, &comparing);
        if (comparing.found)
            g_ptr_array_add(entries, (Entry *)entry_ref(entry));
    }
}

/* ---- duplicates ---- */

typedef struct {
    GHashTable *positions; /* address key to GArray of guint32 */
    guint32     position;
} Gathering;

static void
gather_address(const Address *address, gpointer user_data)
{
    Gathering *gathering = user_data;
    GArray    *positions = g_hash_table_lookup(gathering->positions, address_key(address));

    if (positions == NULL) {
        positions = g_array_new(FALSE, FALSE, sizeof(guint32));
        g_hash_table_insert(gathering->positions, g_strdup(address_key(address)), positions);
    }
    if (positions->len == 0 || g_array_index(positions, guint32, positions->len - 1) != gathering->position)
        g_array_append_val(positions, gathering->position);
}

/* Entries whose addresses have one hash in common; what else they have in common is found again at its own hash. */
static void
report_run(const Image *image, const ImageRun *run, guint32 hash, ImageDuplicateFunc func, gpointer user_data)
{
    Gathering gathering = {
        .positions = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, (GDestroyNotify)g_array_unref),
    };
    GHashTableIter iter;
    gpointer       key, value;

    for (gsize i = 0; i < run->length; i++) {
        gathering.position = image_run_position(run, i);
        foreach_address(image, image_entry(image, gathering.position), gather_address, &gathering);
    }
    g_hash_table_iter_init(&iter, gathering.positions);
    while (g_hash_table_iter_next(&iter, &key, &value)) {
        GArray *positions = value;
        g_autoptr(Address) address = positions->len > 1 ? address_new(key, NULL) : NULL;
        if (address != NULL && address_hash(address) == hash)
            func(key, (const guint32 *)(void *)positions->data, positions->len, user_data);
    }
    g_hash_table_unref(gathering.positions);
}

void
image_foreach_duplicate(const Image *image, ImageDuplicateFunc func, gpointer user_data)
{
    gsize    cursor = 0;
    ImageRun run;

    while (image_index_next(image->addresses, &cursor, &run))
        if (run.length > 1)
            report_run(image, &run, (guint32)(run.first[0] >> 32), func, user_data);
}
