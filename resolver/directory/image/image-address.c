/* SPDX-License-Identifier: BSD-2-Clause
 * image-address.c - which entries carry an address
 *
 * Owns:     nothing; the tables belong to the columns.
 * Promises: addresses are compared as addresses: a hit of a table is read again.
 * Threads:  reading: any.
 */
#include "image-private.h"

#include "resolver/address/mailbox.h"
#include "resolver/address/siphash.h"

#include <string.h>

/* ---- reading values ---- */

/* One value of an address attribute. In proxyAddresses a value without a type is no mail address; elsewhere
 * (mail, targetAddress) the type may be missing. NULL: no SMTP address; *malformed says whether it claims to be one. */
static Address *
read_address(const Column *column, const Value *value, gboolean *malformed)
{
    g_autoptr(GError) error = NULL;
    gboolean primary;

    *malformed = TRUE;
    if (strlen(value->data) != value->length)
        return NULL;
    Address *address = column->is_proxy ? address_from_proxy(value->data, &primary, &error)
                                        : address_from_routing(value->data, &error);
    *malformed = error != NULL;
    return address;
}

/* FALSE: not so plain that the key is known at once. */
static gboolean
plain_hash(const Column *column, const Value *value, guint *hash)
{
    char        key[MAILBOX_PLAIN];
    const char *text = value->data;
    gsize       length = value->length;

    if (length > 5 && g_ascii_strncasecmp(text, "smtp:", 5) == 0) {
        text += 5;
        length -= 5;
    } else if (column->is_proxy) {
        return FALSE;
    }
    if (mailbox_plain(text, length, key) == 0)
        return FALSE;
    *hash = (guint)siphash_of_process(key, length);
    return TRUE;
}

gboolean
image_address_hash(const Column *column, const Value *value, guint *hash, gboolean *malformed)
{
    *malformed = FALSE;
    if (plain_hash(column, value, hash))
        return TRUE;
    g_autoptr(Address) address = read_address(column, value, malformed);
    if (address == NULL)
        return FALSE;
    *hash = address_hash(address);
    return TRUE;
}

/* ---- looking up ---- */

static gboolean
value_is(const Column *column, guint32 value, const Address *wanted)
{
    Value    octets = dictionary_value(&column->values, value);
    gboolean malformed;
    g_autoptr(Address) address = read_address(column, &octets, &malformed);

    return address != NULL && address_equal(address, wanted);
}

static void
find_in_column(const Column *column, const Address *address, GArray *nodes)
{
    IdProbe probe = id_table_find(&column->addresses, id_hash_number(address_hash(address)));

    for (guint32 value = id_probe_next(&probe); value != ID_NONE; value = id_probe_next(&probe))
        if (value_is(column, value, address))
            postings_append(&column->postings, value, nodes);
}

/* Before there is an index. */
static void
find_by_looking(const Image *image, const Column *column, const Address *address, GArray *nodes)
{
    for (guint32 node = 0; node < image->n_nodes; node++) {
        const Record  *record = IMAGE_NODE(image, node)->record;
        const guint32 *values;
        guint32        n_values = record != NULL ? record_values(record, column->index, &values) : 0;
        for (guint32 i = 0; i < n_values; i++)
            if (value_is(column, values[i], address))
                g_array_append_val(nodes, node);
    }
}

static const Column *
address_column(const Image *image, const char *name)
{
    return image_column(image, schema_attribute_key(name));
}

void
image_find(const Image *image, const Address *address, const char *const *attributes, GPtrArray *entries)
{
    g_autoptr(GArray) nodes = g_array_new(FALSE, FALSE, sizeof(guint32));
    g_auto(ImageSuperiors) superiors = {0};
    g_auto(Room) room = {0};

    for (char **name = image->address_attributes; *name != NULL; name++) {
        const Column *column = address_column(image, *name);
        if (column != NULL && column->has_addresses)
            find_in_column(column, address, nodes);
        else if (column != NULL)
            find_by_looking(image, column, address, nodes);
    }
    if (nodes->len == 0)
        return;
    g_autoptr(IdSet) set = id_set_of((const guint32 *)(void *)nodes->data, nodes->len);
    id_set_and(set, image->entries);
    id_set_to_array(set, (guint32 *)(void *)nodes->data);
    g_autoptr(ImageSelection) selection = image_select_attributes(image, attributes);
    for (gsize i = 0; i < id_set_size(set); i++)
        g_ptr_array_add(entries,
                        (Entry *)image_hand_out(image, g_array_index(nodes, guint32, i), selection, &superiors, &room));
}

/* ---- counting ---- */

typedef struct {
    const Column *column;
    guint32       value, node;
    guint         hash;
} Carried;

typedef void (*CarriedFunc)(const Carried *carried, gpointer user_data);

/* Calls `func` with each address of each entry; one that stands in two attributes twice. Returns how many values are
 * malformed. */
static gsize
foreach_carried(const Image *image, CarriedFunc func, gpointer user_data)
{
    gsize n_malformed = 0;

    for (guint32 node = 0; node < image->n_nodes; node++) {
        for (char **name = image->address_attributes; id_set_contains(image->entries, node) && *name != NULL; name++) {
            const Column  *column = address_column(image, *name);
            const guint32 *values;
            guint32        n_values =
                column == NULL ? 0 : record_values(IMAGE_NODE(image, node)->record, column->index, &values);
            for (guint32 i = 0; i < n_values; i++) {
                Carried  carried = {.column = column, .value = values[i], .node = node};
                Value    octets = dictionary_value(&column->values, values[i]);
                gboolean malformed;
                if (image_address_hash(column, &octets, &carried.hash, &malformed))
                    func(&carried, user_data);
                n_malformed += malformed;
            }
        }
    }
    return n_malformed;
}

static void
ignore(G_GNUC_UNUSED const Carried *carried, G_GNUC_UNUSED gpointer user_data)
{
}

gsize
image_malformed_addresses(const Image *image)
{
    return foreach_carried(image, ignore, NULL);
}

static void
gather(const Carried *carried, gpointer all)
{
    g_array_append_val((GArray *)all, *carried);
}

static int
compare_carried(gconstpointer a, gconstpointer b)
{
    const Carried *x = a, *y = b;

    if (x->hash != y->hash)
        return x->hash < y->hash ? -1 : 1;
    return (x->node > y->node) - (x->node < y->node);
}

/* All addresses by hash, then by entry. Caller: g_array_unref(). */
static GArray *
sorted_addresses(const Image *image)
{
    GArray *all = g_array_new(FALSE, FALSE, sizeof(Carried));

    foreach_carried(image, gather, all);
    g_array_sort(all, compare_carried);
    return all;
}

gsize
image_count_addresses(const Image *image)
{
    g_autoptr(GArray) all = sorted_addresses(image);
    gsize n = 0;

    for (guint i = 0; i < all->len; i++)
        n += i == 0 || compare_carried(&g_array_index(all, Carried, i - 1), &g_array_index(all, Carried, i)) != 0;
    return n;
}

/* Entries whose addresses have one hash in common: those of each address. */
static void
report_run(const Image *image, const Carried *run, guint n, ImageDuplicateFunc func, gpointer user_data)
{
    g_autoptr(GHashTable) nodes_of =
        g_hash_table_new_full(g_str_hash, g_str_equal, g_free, (GDestroyNotify)g_array_unref);
    GHashTableIter iter;
    gpointer       key, value;
    g_auto(Room) room = {0};

    for (guint i = 0; i < n; i++) {
        Value    octets = dictionary_value(&run[i].column->values, run[i].value);
        gboolean malformed;
        g_autoptr(Address) address = read_address(run[i].column, &octets, &malformed);
        GArray *nodes = g_hash_table_lookup(nodes_of, address_key(address));
        if (nodes == NULL) {
            nodes = g_array_new(FALSE, FALSE, sizeof(guint32));
            g_hash_table_insert(nodes_of, g_strdup(address_key(address)), nodes);
        }
        if (nodes->len == 0 || g_array_index(nodes, guint32, nodes->len - 1) != run[i].node)
            g_array_append_val(nodes, run[i].node);
    }
    g_hash_table_iter_init(&iter, nodes_of);
    while (g_hash_table_iter_next(&iter, &key, &value)) {
        GArray                 *nodes = value;
        g_autofree const char **dns = g_new(const char *, nodes->len);
        for (guint i = 0; i < nodes->len; i++)
            dns[i] = image_compose(image, g_array_index(nodes, guint32, i), FALSE, &room).data;
        if (nodes->len > 1)
            func(key, dns, nodes->len, user_data);
    }
}

void
image_foreach_duplicate(const Image *image, ImageDuplicateFunc func, gpointer user_data)
{
    g_autoptr(GArray) all = sorted_addresses(image);

    for (guint start = 0, end; start < all->len; start = end) {
        const Carried *run = &g_array_index(all, Carried, start);
        for (end = start + 1; end < all->len && g_array_index(all, Carried, end).hash == run->hash; end++)
            ;
        if (end - start > 1 && run[end - start - 1].node != run->node)
            report_run(image, run, end - start, func, user_data);
    }
}
