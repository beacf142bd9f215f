/* SPDX-License-Identifier: BSD-2-Clause
 * image-equality.c - indexes of attributes that filters compare for equality, and what a filter gains by them
 *
 * Owns:     nothing; the indexes belong to the image.
 * Promises: candidates are a superset of what the filter is true of: an index holds the key of every value, and equal
 *           values have equal keys. Whoever asks matches each candidate, so an index never changes an answer.
 * Threads:  any, once the indexes are built.
 */
#include "image-private.h"

#include <string.h>

/* By these most groups are made: Exchange's precanned conditions, and the office. */
static const char *const always_indexed[] = {"company", "department", "l", "memberOf", "physicalDeliveryOfficeName",
                                             "st"};

/* ---- which attributes ---- */

/* Rules under which an equal assertion and stored value have one key whatever their spelling. objectClass and
 * objectCategory are about inheritance, and SIDs, GUIDs and times have several forms: not worth the risk. */
static gboolean
is_indexable(const AttributeType *type)
{
    switch (type->equality) {
    case RULE_AD_STRING:
    case RULE_AD_TELETEX:
    case RULE_CASE_IGNORE:
    case RULE_CASE_EXACT:
    case RULE_BOOLEAN:
    case RULE_INTEGER:
    case RULE_INTEGER64:
    case RULE_DN:
        return (type->flags & (ATTRIBUTE_CONSTRUCTED | ATTRIBUTE_ALWAYS)) == 0;
    default:
        return FALSE;
    }
}

static void
want_attribute(GHashTable *wanted, const Image *image, const char *name)
{
    const AttributeType *type = schema_attribute(image->schema, name);

    if (type != NULL && is_indexable(type) && !image_is_own_dn(image, type))
        g_hash_table_insert(wanted, (gpointer)type->key, (gpointer)type);
}

/* Only terms that must be true can make use of an index. */
static void
want_filter(GHashTable *wanted, const Image *image, const Filter *filter)
{
    if (filter->kind == FILTER_EQUAL)
        want_attribute(wanted, image, filter->attribute);
    if (filter->kind == FILTER_AND || filter->kind == FILTER_OR)
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

static GHashTable *
wanted_attributes(const Image *image)
{
    GHashTable *wanted = g_hash_table_new(NULL, NULL);

    for (gsize i = 0; i < G_N_ELEMENTS(always_indexed); i++)
        want_attribute(wanted, image, always_indexed[i]);
    for (guint i = 0; i < image_size(image); i++) {
        const Entry *entry = image_entry(image, i);
        const char  *filter = entry_text(entry, "msExchDynamicDLFilter");
        const Value *urls;
        guint        n_urls = entry_all(entry, "memberURL", &urls);
        if (filter != NULL)
            want_text(wanted, image, filter);
        for (guint u = 0; u < n_urls; u++)
            want_url(wanted, image, urls[u].data);
    }
    return wanted;
}

/* ---- building ---- */

/* Most values stand in many entries, and a look into a table costs less than a key. */
typedef struct {
    const AttributeType *type;
    ImageIndexBuilder   *index;
    GHashTable          *hashes; /* Value as stored (borrowed) to the hash of its key */
} ValueIndexing;

static guint
hash_value(gconstpointer value)
{
    return image_index_hash(((const Value *)value)->data, ((const Value *)value)->length);
}

static gboolean
equal_values(gconstpointer a, gconstpointer b)
{
    const Value *x = a, *y = b;
    return x->length == y->length && memcmp(x->data, y->data, x->length) == 0;
}

static void
index_value(ValueIndexing *indexing, const Value *value, guint32 position)
{
    gpointer hash;

    if (!g_hash_table_lookup_extended(indexing->hashes, value, NULL, &hash)) {
        gsize            length;
        g_autofree char *key = schema_value_key(indexing->type, value, &length);
        if (key == NULL)
            return;
        hash = GUINT_TO_POINTER(image_index_hash(key, length));
        g_hash_table_insert(indexing->hashes, (gpointer)value, hash);
    }
    image_index_builder_add(indexing->index, GPOINTER_TO_UINT(hash), position);
}

static ImageIndex *
index_attribute(const Image *image, const AttributeType *type)
{
    ValueIndexing indexing = {
        .type = type,
        .index = image_index_builder_new(),
        .hashes = g_hash_table_new(hash_value, equal_values),
    };

    for (guint32 position = 0; position < image_size(image); position++) {
        Value        dn;
        const Value *values;
        guint        n_values = image_values(image, position, type, &dn, &values);
        for (guint i = 0; i < n_values; i++)
            index_value(&indexing, &values[i], position);
    }
    g_hash_table_unref(indexing.hashes);
    return image_index_builder_finish(indexing.index);
}

void
image_index_values(Image *image)
{
    g_autoptr(GHashTable) wanted = wanted_attributes(image);
    GHashTableIter iter;
    gpointer       key, type;

    image->equality = g_hash_table_new_full(NULL, NULL, NULL, (GDestroyNotify)image_index_free);
    g_hash_table_iter_init(&iter, wanted);
    while (g_hash_table_iter_next(&iter, &key, &type))
        g_hash_table_insert(image->equality, key, index_attribute(image, type));
}

/* ---- using ---- */

/* What a filter can be true of: the entries of some runs of the indexes; `known` FALSE: perhaps of any. */
typedef struct {
    gboolean known;
    GArray  *runs; /* of ImageRun; NULL: none */
    gsize    total;
} Bound;

static void
bound_clear(Bound *bound)
{
    if (bound->runs != NULL)
        g_array_unref(bound->runs);
    *bound = (Bound){0};
}

static Bound bound_of(const ImageCandidates *range, const Image *image, const Filter *filter);

static Bound
bound_of_equal(const ImageCandidates *range, const Image *image, const Filter *filter)
{
    const AttributeType *type = schema_attribute(image->schema, filter->attribute);
    const ImageIndex    *index = type != NULL ? g_hash_table_lookup(image->equality, type->key) : NULL;
    gsize                length;

    if (index == NULL)
        return (Bound){0};
    g_autofree char *key = schema_value_key(type, &filter->value, &length);
    if (key == NULL)
        return (Bound){0};

    ImageRun run = image_index_find(index, image_index_hash(key, length), range->start, range->end);
    Bound    bound = {.known = TRUE, .runs = g_array_new(FALSE, FALSE, sizeof run), .total = run.length};
    g_array_append_val(bound.runs, run);
    return bound;
}

/* AND: the smallest part will do. */
static Bound
bound_of_and(const ImageCandidates *range, const Image *image, const Filter *filter)
{
    Bound best = {0};

    for (guint i = 0; i < filter->n_parts; i++) {
        Bound bound = bound_of(range, image, filter->parts[i]);
        if (bound.known && (!best.known || bound.total < best.total)) {
            bound_clear(&best);
            best = bound;
        } else {
            bound_clear(&bound);
        }
    }
    return best;
}

/* OR: all parts together, if each is known. */
static Bound
bound_of_or(const ImageCandidates *range, const Image *image, const Filter *filter)
{
    Bound all = {.known = TRUE, .runs = g_array_new(FALSE, FALSE, sizeof(ImageRun))};

    for (guint i = 0; i < filter->n_parts; i++) {
        Bound bound = bound_of(range, image, filter->parts[i]);
        if (!bound.known) {
            bound_clear(&all);
            return all;
        }
        g_array_append_vals(all.runs, bound.runs->data, bound.runs->len);
        all.total += bound.total;
        bound_clear(&bound);
    }
    return all;
}

static Bound
bound_of(const ImageCandidates *range, const Image *image, const Filter *filter)
{
    switch (filter->kind) {
    case FILTER_EQUAL:
        return bound_of_equal(range, image, filter);
    case FILTER_AND:
        return bound_of_and(range, image, filter);
    case FILTER_OR:
        return bound_of_or(range, image, filter);
    default:
        return (Bound){0};
    }
}

static int
compare_positions(gconstpointer a, gconstpointer b)
{
    guint32 x = *(const guint32 *)a, y = *(const guint32 *)b;
    return (x > y) - (x < y);
}

static GArray *
positions_of(const Bound *bound)
{
    GArray *positions = g_array_sized_new(FALSE, FALSE, sizeof(guint32), bound->total);
    guint   kept = 0;

    for (guint r = 0; r < bound->runs->len; r++) {
        const ImageRun *run = &g_array_index(bound->runs, ImageRun, r);
        for (gsize i = 0; i < run->length; i++) {
            guint32 position = image_run_position(run, i);
            g_array_append_val(positions, position);
        }
    }
    if (bound->runs->len < 2)
        return positions;
    g_array_sort(positions, compare_positions);
    for (guint i = 0; i < positions->len; i++)
        if (i == 0 || g_array_index(positions, guint32, i) != g_array_index(positions, guint32, kept - 1))
            g_array_index(positions, guint32, kept++) = g_array_index(positions, guint32, i);
    return g_array_set_size(positions, kept);
}

void
image_candidates_init(ImageCandidates *candidates, const Image *image, const Filter *filter, guint32 start, guint32 end)
{
    *candidates = (ImageCandidates){.start = start, .end = end};
    Bound bound = bound_of(candidates, image, filter);
    if (bound.known && bound.total < end - start)
        candidates->positions = positions_of(&bound);
    bound_clear(&bound);
}

void
image_candidates_clear(ImageCandidates *candidates)
{
    if (candidates->positions != NULL)
        g_array_unref(candidates->positions);
    *candidates = (ImageCandidates){0};
}
