/* SPDX-License-Identifier: BSD-2-Clause
 * image-filters.c - what the filters of the groups in the image ask of attributes
 *
 * Owns:     nothing.
 * Promises: an attribute that a filter compares gets postings; one that it compares for equality, keys.
 * Threads:  reading: any.
 */
#include "image-private.h"

#include "rollcall/filter-leaf.h"

#include <string.h>

/* By these most groups are made: Exchange's precanned conditions, and the office. */
static const char *const always_keys[] = {"company", "department", "l", "physicalDeliveryOfficeName", "st"};
/* These stand in every filter that Exchange writes. */
static const char *const always_postings[] = {"objectClass", "objectCategory"};

static const char *const filter_columns[] = {"msexchdynamicdlfilter", "memberurl"};

/* Rules under which an equal assertion and stored value have one key whatever their spelling. objectClass and
 * objectCategory are about inheritance, and SIDs, GUIDs and times have several forms: not worth the risk. A DN is
 * looked up as a node. */
static gboolean
has_keys(const AttributeType *type)
{
    switch (type->equality) {
    case RULE_AD_STRING:
    case RULE_AD_TELETEX:
    case RULE_CASE_IGNORE:
    case RULE_CASE_EXACT:
    case RULE_BOOLEAN:
    case RULE_INTEGER:
    case RULE_INTEGER64:
        return (type->flags & (ATTRIBUTE_CONSTRUCTED | ATTRIBUTE_ALWAYS)) == 0;
    default:
        return FALSE;
    }
}

static void
want(GHashTable *wanted, const AttributeType *type, guint what)
{
    if ((what & WANT_KEYS) != 0 && !has_keys(type))
        what &= ~(guint)WANT_KEYS;
    what |= GPOINTER_TO_UINT(g_hash_table_lookup(wanted, type));
    g_hash_table_insert(wanted, (gpointer)type, GUINT_TO_POINTER(what));
}

static void
want_anr(const AttributeType *type, gpointer wanted)
{
    if ((type->flags & ATTRIBUTE_ANR) != 0)
        want(wanted, type, WANT_NAMED | WANT_POSTINGS | WANT_KEYS);
}

static void
want_leaf(GHashTable *wanted, const Image *image, const Filter *filter)
{
    const AttributeType *type = filter->attribute != NULL ? schema_attribute(image->schema, filter->attribute) : NULL;

    if (anr_is_meant(filter, image->schema))
        schema_foreach(image->schema, want_anr, wanted);
    else if (type != NULL && filter->kind == FILTER_PRESENT)
        want(wanted, type, WANT_NAMED);
    else if (type != NULL)
        want(wanted, type, WANT_NAMED | WANT_POSTINGS | (filter->kind == FILTER_EQUAL ? WANT_KEYS : 0));
}

static void
want_filter(GHashTable *wanted, const Image *image, const Filter *filter)
{
    if (filter->kind != FILTER_AND && filter->kind != FILTER_OR && filter->kind != FILTER_NOT) {
        want_leaf(wanted, image, filter);
        return;
    }
    for (guint i = 0; i < filter->n_parts; i++)
        want_filter(wanted, image, filter->parts[i]);
}

static void
want_text(GHashTable *wanted, const Image *image, const char *text)
{
    g_autoptr(FilterRef) filter = filter_parse(text, NULL, NULL);
    if (filter != NULL)
        want_filter(wanted, image, filter);
}

/* The fourth part of `ldap:///base?attributes?scope?filter` (RFC 4516). */
static void
want_url(GHashTable *wanted, const Image *image, const char *url)
{
    g_auto(GStrv) parts = g_strsplit(url, "?", 5);
    if (g_strv_length(parts) < 4)
        return;
    g_autofree char *text = g_uri_unescape_string(parts[3], NULL);
    if (text != NULL)
        want_text(wanted, image, text);
}

static const Column *
filter_column(const Image *image, gsize i)
{
    return image_column(image, schema_attribute_key(filter_columns[i]));
}

GHashTable *
image_wanted(const Image *image)
{
    GHashTable *wanted = g_hash_table_new(NULL, NULL);

    for (gsize i = 0; i < G_N_ELEMENTS(always_keys); i++)
        if (schema_attribute(image->schema, always_keys[i]) != NULL)
            want(wanted, schema_attribute(image->schema, always_keys[i]), WANT_POSTINGS | WANT_KEYS);
    for (gsize i = 0; i < G_N_ELEMENTS(always_postings); i++)
        if (schema_attribute(image->schema, always_postings[i]) != NULL)
            want(wanted, schema_attribute(image->schema, always_postings[i]), WANT_POSTINGS);
    for (gsize i = 0; i < G_N_ELEMENTS(filter_columns); i++) {
        const Column *column = filter_column(image, i);
        for (guint32 value = 0; column != NULL && value < column->values.n_ids; value++)
            if (dictionary_is_live(&column->values, value))
                (i == 0 ? want_text : want_url)(wanted, image, dictionary_value(&column->values, value).data);
    }
    return wanted;
}

guint32
image_filters_version(const Image *image)
{
    guint32 version = 0;

    for (gsize i = 0; i < G_N_ELEMENTS(filter_columns); i++) {
        const Column *column = filter_column(image, i);
        version += column != NULL ? column->values.version : 0;
    }
    return version;
}

static int
compare_texts(gconstpointer a, gconstpointer b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

GPtrArray *
image_filter_attributes(const Image *image)
{
    gboolean current = image->is_indexed && image->filters_version == image_filters_version(image);
    g_autoptr(GHashTable) wanted = current ? g_hash_table_ref(image->wanted) : image_wanted(image);
    GPtrArray     *names = g_ptr_array_new_with_free_func(g_free);
    GHashTableIter iter;
    gpointer       type, what;

    g_hash_table_iter_init(&iter, wanted);
    while (g_hash_table_iter_next(&iter, &type, &what))
        if ((GPOINTER_TO_UINT(what) & WANT_NAMED) != 0)
            g_ptr_array_add(names, g_strdup(((const AttributeType *)type)->key));
    g_ptr_array_sort(names, compare_texts);
    return names;
}

GPtrArray *
image_indexed(const Image *image)
{
    GPtrArray *names = g_ptr_array_new_with_free_func(g_free);

    for (guint i = 0; i < image->columns->len; i++) {
        const Column *column = g_ptr_array_index(image->columns, i);
        if (column->has_keys || (column->is_dn && column->has_postings))
            g_ptr_array_add(names, g_strdup(column->key));
    }
    g_ptr_array_sort(names, compare_texts);
    return names;
}
