/* SPDX-License-Identifier: BSD-2-Clause
 * image-keys.c - the hashes under which the values of a column are found: equality keys and addresses
 *
 * Owns:     nothing; the tables belong to the columns.
 * Promises: equal values have equal hashes. A hit says nothing else: whoever looks up compares.
 * Threads:  reading: any; changing: one, while nobody reads.
 */
#include "image-private.h"

gboolean
image_key_hash(const AttributeType *type, const Value *value, guint64 *hash)
{
    gsize            length;
    g_autofree char *key = schema_value_key(type, value, &length);

    if (key == NULL)
        return FALSE;
    *hash = id_hash_octets(key, length);
    return TRUE;
}

guint64
image_hash_for_keys(guint32 value, gconstpointer data)
{
    const Column *column = data;
    Value         octets = dictionary_value(&column->values, value);
    guint64       hash = 0;

    return image_key_hash(column->type, &octets, &hash) ? hash : 0;
}

guint64
image_hash_for_addresses(guint32 value, gconstpointer data)
{
    const Column *column = data;
    Value         octets = dictionary_value(&column->values, value);
    guint         hash = 0;
    gboolean      malformed;

    return image_address_hash(column, &octets, &hash, &malformed) ? id_hash_number(hash) : 0;
}

void
image_column_add_keys(Column *column, guint32 value)
{
    Value    octets = dictionary_value(&column->values, value);
    guint64  hash;
    guint    address_hash;
    gboolean malformed;

    if (column->has_keys && image_key_hash(column->type, &octets, &hash))
        id_table_add(&column->keys, hash, value, image_hash_for_keys, column);
    if (column->has_addresses && image_address_hash(column, &octets, &address_hash, &malformed))
        id_table_add(&column->addresses, id_hash_number(address_hash), value, image_hash_for_addresses, column);
}

void
image_column_remove_keys(Column *column, guint32 value)
{
    Value    octets = dictionary_value(&column->values, value);
    guint64  hash;
    guint    address_hash;
    gboolean malformed;

    if (column->has_keys && image_key_hash(column->type, &octets, &hash))
        id_table_remove(&column->keys, hash, value);
    if (column->has_addresses && image_address_hash(column, &octets, &address_hash, &malformed))
        id_table_remove(&column->addresses, id_hash_number(address_hash), value);
}
