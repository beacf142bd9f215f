/* SPDX-License-Identifier: BSD-2-Clause
 * image-links.c - who is linked to whom: back links, and chains of links (rule 1941)
 *
 * Owns:     the pairs of link attributes (member and memberOf, manager and directReports, ...).
 * Promises: a back link shows what the forward link says, as Active Directory keeps the two, and beyond that what the
 *           entry itself carries (a file of users alone has memberOf and no groups). Cycles are harmless.
 * Threads:  any.
 */
#include "image-private.h"

/* ---- pairs of the schema ---- */

typedef struct {
    Image      *image;
    GHashTable *by_id; /* link_id of the forward link to LinkPair */
} PairFinding;

static void
set_type(PairFinding *finding, int id, gboolean back, const AttributeType *type)
{
    LinkPair *pair = g_hash_table_lookup(finding->by_id, GINT_TO_POINTER(id));

    if (type->equality != RULE_DN)
        return;
    if (pair == NULL) {
        pair = g_new0(LinkPair, 1);
        g_ptr_array_add(finding->image->pairs, pair);
        g_hash_table_insert(finding->by_id, GINT_TO_POINTER(id), pair);
    }
    *(back ? &pair->back : &pair->forward) = type;
    g_hash_table_insert(finding->image->pair_of_key, (gpointer)type->key, pair);
}

/* A back link's linkID is that of its forward link plus one (MS-ADTS 3.1.1.1.6). */
static void
find_pair(const AttributeType *type, gpointer user_data)
{
    if ((type->flags & (ATTRIBUTE_LINK | ATTRIBUTE_BACK_LINK)) != 0 && type->link_id != 0)
        set_type(user_data, type->link_id & ~1, type->link_id & 1, type);
}

/* Other servers have no linkIDs, but most keep memberOf in step with member. */
void
image_find_pairs(Image *image)
{
    enum { NO_LINK_ID = -1 };
    g_autoptr(GHashTable) by_id = g_hash_table_new(NULL, NULL);
    PairFinding          finding = {.image = image, .by_id = by_id};
    const AttributeType *member = schema_attribute(image->schema, "member");
    const AttributeType *member_of = schema_attribute(image->schema, "memberOf");

    schema_foreach(image->schema, find_pair, &finding);
    if (member == NULL || member_of == NULL || g_hash_table_contains(image->pair_of_key, member->key))
        return;
    set_type(&finding, NO_LINK_ID, FALSE, member);
    set_type(&finding, NO_LINK_ID, TRUE, member_of);
}

static const LinkPair *
pair_of(const Image *image, const AttributeType *type)
{
    return g_hash_table_lookup(image->pair_of_key, type->key);
}

static gboolean
is_back(const LinkPair *pair, const AttributeType *type)
{
    return pair->back != NULL && pair->back->key == type->key;
}

const Column *
image_forward_of(const Image *image, const AttributeType *type)
{
    const LinkPair *pair = pair_of(image, type);
    return pair != NULL && is_back(pair, type) ? pair->forward_column : NULL;
}

/* ---- steps ---- */

void
image_append_sources(const Column *column, guint32 node, GArray *sources)
{
    guint32 value = column != NULL ? dictionary_find_node(&column->values, node) : ID_NONE;

    if (value != ID_NONE)
        postings_append(&column->postings, value, sources);
}

static void
append_targets(const Image *image, const Column *column, guint32 source, GArray *targets)
{
    const Record  *record = IMAGE_NODE(image, source)->record;
    const guint32 *values;
    guint32        node;

    if (column == NULL || record == NULL)
        return;
    guint32 n_values = record_values(record, column->index, &values);
    for (guint32 i = 0; i < n_values; i++)
        if (dictionary_node(&column->values, values[i], &node))
            g_array_append_val(targets, node);
}

/* Those from which one step along the type leads to `node`. */
static void
append_before(const Image *image, const LinkPair *pair, const AttributeType *type, guint32 node, GArray *nodes)
{
    if (!is_back(pair, type)) {
        image_append_sources(pair->forward_column, node, nodes);
        return;
    }
    append_targets(image, pair->forward_column, node, nodes);
    image_append_sources(pair->back_column, node, nodes);
}

static IdSet *
set_of(const GArray *nodes)
{
    return id_set_of((const guint32 *)(const void *)nodes->data, nodes->len);
}

IdSet *
image_bearers(const Image *image, const AttributeType *type, guint32 node)
{
    g_autoptr(GArray) nodes = g_array_new(FALSE, FALSE, sizeof(guint32));

    append_before(image, pair_of(image, type), type, node, nodes);
    return set_of(nodes);
}

IdSet *
image_with_back_link(const Image *image, const AttributeType *type)
{
    const Column *forward = image_forward_of(image, type), *own = image_column(image, type->key);
    g_autoptr(GArray) nodes = g_array_new(FALSE, FALSE, sizeof(guint32));
    const IdSet *sources;
    guint32      node, single;

    for (guint32 value = 0; value < forward->values.n_ids; value++)
        if (dictionary_is_live(&forward->values, value) && dictionary_node(&forward->values, value, &node) &&
            postings_get(&forward->postings, value, &single, &sources) > 0)
            g_array_append_val(nodes, node);
    IdSet *set = set_of(nodes);
    if (own != NULL && own->presence != NULL)
        id_set_or(set, own->presence);
    return set;
}

/* ---- chains ---- */

/* Walks from the target against the direction of the links, once for all entries. */
IdSet *
image_chain(const Image *image, const AttributeType *type, const char *target)
{
    const LinkPair *pair = pair_of(image, type);
    guint32         node = image_node_at(image, target);

    if (pair == NULL)
        return NULL;
    if (node == ID_NONE)
        return id_set_new();

    g_autoptr(GArray) reached = g_array_new(FALSE, FALSE, sizeof(guint32));
    g_autoptr(GArray) step = g_array_new(FALSE, FALSE, sizeof(guint32));
    g_autofree guint8 *seen = g_malloc0(image->n_nodes / 8 + 1);
    for (guint next = 0;; next++) {
        g_array_set_size(step, 0);
        append_before(image, pair, type, node, step);
        for (guint i = 0; i < step->len; i++) {
            guint32 at = g_array_index(step, guint32, i);
            if ((seen[at / 8] & 1 << at % 8) != 0)
                continue;
            seen[at / 8] |= (guint8)(1 << at % 8);
            g_array_append_val(reached, at);
        }
        if (next == reached->len)
            return set_of(reached);
        node = g_array_index(reached, guint32, next);
    }
}
