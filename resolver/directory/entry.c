/* SPDX-License-Identifier: BSD-2-Clause
 * entry.c - one object of the directory: a DN and its attributes
 *
 * Owns:     one block of memory an entry: attribute keys, value table and the bytes of DN, key and values behind it.
 *           A directory of a million entries is held in memory, so an entry costs little more than its text.
 * Promises: attributes and their values keep the order in which they were added; every value is followed by a NUL.
 * Threads:  an Entry is immutable: any. An EntryBuilder: one.
 */
#include "resolver/directory/entry-pack.h"

#include "rollcall/dn.h"

#include <string.h>

struct Entry {
    gint         reference_count;
    guint        n_attributes;
    const char  *dn;
    const char  *key;
    const Value *values;       /* of all attributes, one attribute after the other */
    guint32     *ends;         /* one an attribute: where its values end in `values` */
    const char  *attributes[]; /* their keys, interned */
};

typedef struct {
    const char *key;
    guint32     n_values;
} BuilderAttribute;

typedef struct {
    guint32 attribute; /* index of its BuilderAttribute */
    gsize   offset;    /* into the builder's text */
    gsize   length;
} BuilderValue;

struct EntryBuilder {
    char   *dn;
    char   *key;
    GArray *attributes; /* of BuilderAttribute, in order of first use; those of former entries may have no values */
    guint32 newest;     /* the attribute of the value that came last; G_MAXUINT32: none has */
    GArray *values;     /* of BuilderValue, in order of addition */
    GArray *text;       /* of char: the values, each with a NUL behind it */
};

EntryBuilder *
entry_builder_new(const char *dn)
{
    g_autofree char *key = dn_key(dn);
    if (key == NULL)
        return NULL;

    EntryBuilder *builder = g_new(EntryBuilder, 1);
    builder->dn = g_strdup(dn);
    builder->key = g_steal_pointer(&key);
    builder->attributes = g_array_sized_new(FALSE, FALSE, sizeof(BuilderAttribute), 32);
    builder->values = g_array_sized_new(FALSE, FALSE, sizeof(BuilderValue), 32);
    builder->text = g_array_sized_new(FALSE, FALSE, sizeof(char), 1024);
    builder->newest = G_MAXUINT32;
    return builder;
}

gboolean
entry_builder_reset(EntryBuilder *builder, const char *dn)
{
    g_autofree char *key = dn_key(dn);
    if (key == NULL)
        return FALSE;

    g_free(builder->dn);
    g_free(builder->key);
    builder->dn = g_strdup(dn);
    builder->key = g_steal_pointer(&key);
    for (guint i = 0; i < builder->attributes->len; i++)
        g_array_index(builder->attributes, BuilderAttribute, i).n_values = 0;
    g_array_set_size(builder->values, 0);
    g_array_set_size(builder->text, 0);
    builder->newest = G_MAXUINT32;
    return TRUE;
}

void
entry_builder_free(EntryBuilder *builder)
{
    if (builder == NULL)
        return;
    g_free(builder->dn);
    g_free(builder->key);
    g_array_unref(builder->attributes);
    g_array_unref(builder->values);
    g_array_unref(builder->text);
    g_free(builder);
}

/* As g_ascii_tolower(), but inlined: names are compared for every value of every entry. */
static inline char
to_lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

/* Whether `name`, in any case, is the attribute with this key. Keys are lower case, and so are most names. */
static gboolean
names_key(const char *name, const char *key)
{
    while (*key != '\0' && (*name == *key || to_lower(*name) == *key)) {
        name++;
        key++;
    }
    return *name == '\0' && *key == '\0';
}

static gboolean
is_attribute(const EntryBuilder *builder, guint32 index, const char *name)
{
    return index < builder->attributes->len &&
           names_key(name, g_array_index(builder->attributes, BuilderAttribute, index).key);
}

/* Values of one attribute mostly come one after the other, and the attributes in the order that they had before. */
static guint32
builder_attribute(EntryBuilder *builder, const char *name)
{
    if (is_attribute(builder, builder->newest, name))
        return builder->newest;
    if (is_attribute(builder, builder->newest + 1, name))
        return builder->newest + 1;
    for (guint i = builder->attributes->len; i > 0; i--)
        if (is_attribute(builder, i - 1, name))
            return i - 1;

    BuilderAttribute attribute = {.key = schema_attribute_key(name)};
    g_array_append_val(builder->attributes, attribute);
    return builder->attributes->len - 1;
}

void
entry_builder_add(EntryBuilder *builder, const char *attribute, const char *data, gsize length)
{
    BuilderValue value = {
        .attribute = builder_attribute(builder, attribute),
        .offset = builder->text->len,
        .length = length,
    };

    builder->newest = value.attribute;
    g_array_append_val(builder->values, value);
    g_array_index(builder->attributes, BuilderAttribute, value.attribute).n_values++;
    if (length > 0)
        g_array_append_vals(builder->text, data, length);
    g_array_append_vals(builder->text, "", 1);
}

/* Copies a string with its NUL to `*end` and moves that on. */
static const char *
place(char **end, const char *text)
{
    const char *placed = *end;
    *end = g_stpcpy(*end, text) + 1;
    return placed;
}

/* Sorts the values by attribute, stably: `table` has room for all, `entry->ends` is set. */
static void
place_values(const EntryBuilder *builder, Entry *entry, Value *table, const char *text)
{
    g_autofree guint32 *next = g_new(guint32, builder->attributes->len);
    guint32             total = 0, n = 0;

    for (guint i = 0; i < builder->attributes->len; i++) {
        const BuilderAttribute *attribute = &g_array_index(builder->attributes, BuilderAttribute, i);
        next[i] = total;
        total += attribute->n_values;
        if (attribute->n_values == 0)
            continue;
        entry->attributes[n] = attribute->key;
        entry->ends[n++] = total;
    }
    for (guint i = 0; i < builder->values->len; i++) {
        const BuilderValue *value = &g_array_index(builder->values, BuilderValue, i);
        table[next[value->attribute]++] = (Value){.data = text + value->offset, .length = value->length};
    }
}

static guint
count_attributes(const EntryBuilder *builder)
{
    guint n = 0;

    for (guint i = 0; i < builder->attributes->len; i++)
        n += g_array_index(builder->attributes, BuilderAttribute, i).n_values > 0;
    return n;
}

/* The block: Entry, keys, values, ends, then the text, in an order that needs no padding. */
Entry *
entry_builder_build(EntryBuilder *builder)
{
    gsize n_attributes = count_attributes(builder);
    gsize n_values = builder->values->len;
    gsize keys = n_attributes * sizeof(const char *);
    gsize table = n_values * sizeof(Value);
    gsize ends = n_attributes * sizeof(guint32);
    gsize names = strlen(builder->dn) + 1 + strlen(builder->key) + 1;

    Entry *entry = g_malloc(sizeof(Entry) + keys + table + ends + names + builder->text->len);
    char  *block = (char *)entry + sizeof(Entry) + keys;
    Value *values = (Value *)(void *)block;
    char  *end = block + table + ends;

    entry->reference_count = 1;
    entry->n_attributes = n_attributes;
    entry->values = values;
    entry->ends = (guint32 *)(void *)(block + table);
    entry->dn = place(&end, builder->dn);
    entry->key = place(&end, builder->key);
    if (builder->text->len > 0)
        memcpy(end, builder->text->data, builder->text->len);
    place_values(builder, entry, values, end);
    return entry;
}

Entry *
entry_builder_finish(EntryBuilder *builder)
{
    Entry *entry = entry_builder_build(builder);

    entry_builder_free(builder);
    return entry;
}

static gsize
name_size(const EntryName *name)
{
    return name->rdn.length + name->rest.length + 1;
}

static const char *
place_name(char **end, const EntryName *name)
{
    char *placed = *end;
    memcpy(placed, name->rdn.data, name->rdn.length);
    memcpy(placed + name->rdn.length, name->rest.data, name->rest.length + 1);
    *end += name_size(name);
    return placed;
}

const Entry *
entry_pack(const EntryPack *pack)
{
    gsize keys = pack->n_attributes * sizeof(const char *), table = pack->n_values * sizeof(Value);
    gsize ends = pack->n_attributes * sizeof(guint32), text = name_size(&pack->dn) + name_size(&pack->key);

    for (guint i = 0; i < pack->n_values; i++)
        text += pack->values[i].length + 1;
    Entry *entry = g_malloc(sizeof(Entry) + keys + table + ends + text);
    char  *block = (char *)entry + sizeof(Entry) + keys, *end = block + table + ends;
    Value *values = (Value *)(void *)block;

    entry->reference_count = 1;
    entry->n_attributes = pack->n_attributes;
    entry->values = values;
    entry->ends = (guint32 *)(void *)(block + table);
    entry->dn = place_name(&end, &pack->dn);
    entry->key = place_name(&end, &pack->key);
    for (guint i = 0, total = 0; i < pack->n_attributes; i++) {
        total += pack->attributes[i].n_values;
        entry->attributes[i] = pack->attributes[i].key;
        entry->ends[i] = total;
    }
    for (guint i = 0; i < pack->n_values; i++) {
        gsize length = pack->values[i].length;
        memcpy(end, pack->values[i].data, length + 1);
        values[i] = (Value){.data = end, .length = length};
        end += length + 1;
    }
    return entry;
}

const Entry *
entry_ref(const Entry *entry)
{
    g_atomic_int_inc(&((Entry *)entry)->reference_count);
    return entry;
}

void
entry_unref(const Entry *entry)
{
    if (entry != NULL && g_atomic_int_dec_and_test(&((Entry *)entry)->reference_count))
        g_free((Entry *)entry);
}

const char *
entry_dn(const Entry *entry)
{
    return entry->dn;
}

const char *
entry_key(const Entry *entry)
{
    return entry->key;
}

static guint
values_at(const Entry *entry, guint index, const Value **values)
{
    guint32 start = index == 0 ? 0 : entry->ends[index - 1];
    *values = entry->values + start;
    return entry->ends[index] - start;
}

/* An entry has some twenty attributes: walking their keys is cheaper than anything clever. */
guint
entry_values(const Entry *entry, const char *key, const Value **values)
{
    for (guint i = 0; i < entry->n_attributes; i++)
        if (entry->attributes[i] == key)
            return values_at(entry, i, values);
    *values = NULL;
    return 0;
}

/* Compares letters instead of interning the name: interning takes a lock that all threads share. Mostly the first
 * letter says enough. */
guint
entry_all(const Entry *entry, const char *attribute, const Value **values)
{
    char first = to_lower(*attribute);

    for (guint i = 0; i < entry->n_attributes; i++)
        if (*entry->attributes[i] == first && names_key(attribute, entry->attributes[i]))
            return values_at(entry, i, values);
    *values = NULL;
    return 0;
}

/* A value with a NUL inside is no text: whoever reads it as a string would take its beginning for the whole. */
const char *
entry_text(const Entry *entry, const char *attribute)
{
    const Value *values;

    if (entry_all(entry, attribute, &values) == 0 || memchr(values->data, '\0', values->length) != NULL)
        return NULL;
    return values->data;
}

/* One of 64 bits for a key, so that most attributes of an entry need no comparison. Multiplied by the golden ratio,
 * whose upper bits depend on all of the pointer (Knuth, The Art of Computer Programming, 6.4). */
static inline guint64
key_bit(const char *key)
{
    guint64 hash = (guint64)(guintptr)key * G_GUINT64_CONSTANT(0x9E3779B97F4A7C15);
    return G_GUINT64_CONSTANT(1) << (hash >> 58);
}

void
entry_keys_init(EntryKeys *keys, const char *const *names, guint n)
{
    g_return_if_fail(n <= G_N_ELEMENTS(keys->keys));

    *keys = (EntryKeys){.n = n};
    for (guint i = 0; i < n; i++) {
        keys->keys[i] = schema_attribute_key(names[i]);
        keys->mask |= key_bit(keys->keys[i]);
    }
}

static gboolean
is_among(const char *key, const EntryKeys *keys)
{
    for (guint i = 0; i < keys->n; i++)
        if (keys->keys[i] == key)
            return TRUE;
    return FALSE;
}

gboolean
entry_has_any(const Entry *entry, const EntryKeys *keys)
{
    for (guint i = 0; i < entry->n_attributes; i++)
        if ((keys->mask & key_bit(entry->attributes[i])) != 0 && is_among(entry->attributes[i], keys))
            return TRUE;
    return FALSE;
}

gboolean
entry_boolean(const Entry *entry, const char *attribute)
{
    return g_strcmp0(entry_text(entry, attribute), "TRUE") == 0;
}

gint64
entry_integer(const Entry *entry, const char *attribute, gint64 otherwise)
{
    const char *text = entry_text(entry, attribute);
    gint64      number;

    if (text == NULL || !g_ascii_string_to_signed(text, 10, G_MININT64, G_MAXINT64, &number, NULL))
        return otherwise;
    return number;
}

void
entry_foreach(const Entry *entry, EntryFunc func, gpointer user_data)
{
    for (guint i = 0; i < entry->n_attributes; i++) {
        const Value *values;
        guint        n_values = values_at(entry, i, &values);
        func(entry->attributes[i], values, n_values, user_data);
    }
}

gboolean
entry_has_class(const Entry *entry, const char *name)
{
    const Value *classes;
    guint        n_classes = entry_all(entry, "objectclass", &classes);
    gsize        length = strlen(name);

    for (guint i = 0; i < n_classes; i++)
        if (classes[i].length == length && g_ascii_strncasecmp(classes[i].data, name, length) == 0)
            return TRUE;
    return FALSE;
}
