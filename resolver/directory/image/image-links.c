/* SPDX-License-Identifier: BSD-2-Clause
 * image-links.c - who is linked to whom: back links, and chains of links
 *
 * Owns:     for each pair of link attributes (member and memberOf, manager and directReports, ...) that occurs: its
 *           links in both directions, and the values of the back link.
 * Promises: a back link shows what the forward link says, as Active Directory keeps the two, and beyond that what the
 *           entry itself carries (a file of users alone has memberOf and no groups).
 * Threads:  immutable: any.
 *
 * DNs are numbered: those of entries by their position, others that links name (strangers) behind these.
 */
#include "image-links.h"

#include "rollcall/dn.h"

#include <string.h>

/* The numbers at the other end of each number's links: those of i are ids[first[i]] up to ids[first[i + 1]]. */
typedef struct {
    guint32 *first;
    guint32 *ids;
} LinkTable;

typedef struct {
    const AttributeType *forward, *back; /* one may be NULL */
    GArray              *links;          /* building: of forward Link; then NULL */
    GArray              *back_links;     /* building: of Link that entries carry in `back` themselves */
    LinkTable            members;        /* forward: from an entry to those it lists */
    LinkTable            owners;         /* forward, turned round */
    LinkTable            bearers;        /* back, turned round: from an owner to entries that name it themselves */
    guint32             *first_value;    /* of the back link: values[first_value[position]]...; NULL: no forward link */
    Value               *values;
} LinkPair;

typedef struct {
    guint32 from, to;
} Link;

struct ImageLinks {
    guint32     n_entries;
    guint32     n_dns;
    GPtrArray  *pairs;     /* of LinkPair */
    GHashTable *by_type;   /* AttributeType.key to LinkPair, both of its types */
    GHashTable *strangers; /* DN key to number */
};

/* ---- pairs of the schema ---- */

static void
pair_free(gpointer data)
{
    LinkPair *pair = data;
    LinkTable tables[] = {pair->members, pair->owners, pair->bearers};

    for (gsize i = 0; i < G_N_ELEMENTS(tables); i++) {
        g_free(tables[i].first);
        g_free(tables[i].ids);
    }
    g_free(pair->first_value);
    g_free(pair->values);
    g_free(pair);
}

typedef struct {
    ImageLinks *links;
    GHashTable *by_id; /* link_id of the forward link to LinkPair */
} PairFinding;

static LinkPair *
add_pair(PairFinding *finding, int id)
{
    LinkPair *pair = g_new0(LinkPair, 1);

    pair->links = g_array_new(FALSE, FALSE, sizeof(Link));
    pair->back_links = g_array_new(FALSE, FALSE, sizeof(Link));
    g_ptr_array_add(finding->links->pairs, pair);
    g_hash_table_insert(finding->by_id, GINT_TO_POINTER(id), pair);
    return pair;
}

static void
set_type(PairFinding *finding, int id, gboolean back, const AttributeType *type)
{
    LinkPair *pair = g_hash_table_lookup(finding->by_id, GINT_TO_POINTER(id));

    if (pair == NULL)
        pair = add_pair(finding, id);
    *(back ? &pair->back : &pair->forward) = type;
    g_hash_table_insert(finding->links->by_type, (gpointer)type->key, pair);
}

/* A back link's linkID is that of its forward link plus one (MS-ADTS 3.1.1.1.6). */
static void
find_pair(const AttributeType *type, gpointer user_data)
{
    if ((type->flags & (ATTRIBUTE_LINK | ATTRIBUTE_BACK_LINK)) != 0 && type->link_id != 0)
        set_type(user_data, type->link_id & ~1, type->link_id & 1, type);
}

/* Other servers have no linkIDs, but most keep memberOf in step with member. */
static void
find_pairs(ImageLinks *links, const Schema *schema)
{
    enum { NO_LINK_ID = -1 };
    g_autoptr(GHashTable) by_id = g_hash_table_new(NULL, NULL);
    PairFinding          finding = {.links = links, .by_id = by_id};
    const AttributeType *member = schema_attribute(schema, "member");
    const AttributeType *member_of = schema_attribute(schema, "memberOf");

    schema_foreach(schema, find_pair, &finding);
    if (member == NULL || member_of == NULL || g_hash_table_contains(links->by_type, member->key))
        return;
    set_type(&finding, NO_LINK_ID, FALSE, member);
    set_type(&finding, NO_LINK_ID, TRUE, member_of);
}

/* ---- reading the entries' values ---- */

typedef struct {
    ImageLinks *links;
    GHashTable *positions;
    GHashTable *spelled; /* DN as it is spelled (borrowed) to number: most are named many times, in one spelling */
    guint32     position;
} LinkReading;

static gboolean
number_of(LinkReading *reading, const Value *value, guint32 *number)
{
    gpointer found;

    if (g_hash_table_lookup_extended(reading->spelled, value->data, NULL, &found)) {
        *number = GPOINTER_TO_UINT(found);
        return TRUE;
    }
    g_autofree char *key = strlen(value->data) == value->length ? dn_key(value->data) : NULL;
    if (key == NULL)
        return FALSE;

    GHashTable *strangers = reading->links->strangers;
    guint       position = GPOINTER_TO_UINT(g_hash_table_lookup(reading->positions, key));
    if (position > 0) {
        *number = position - 1;
    } else if (g_hash_table_lookup_extended(strangers, key, NULL, &found)) {
        *number = GPOINTER_TO_UINT(found);
    } else {
        *number = reading->links->n_dns++;
        g_hash_table_insert(strangers, g_steal_pointer(&key), GUINT_TO_POINTER(*number));
    }
    g_hash_table_insert(reading->spelled, (gpointer)value->data, GUINT_TO_POINTER(*number));
    return TRUE;
}

static void
read_attribute(const char *key, const Value *values, guint n_values, gpointer user_data)
{
    LinkReading *reading = user_data;
    LinkPair    *pair = g_hash_table_lookup(reading->links->by_type, key);

    if (pair == NULL)
        return;
    GArray *links = pair->back != NULL && pair->back->key == key ? pair->back_links : pair->links;
    for (guint i = 0; i < n_values; i++) {
        Link link = {.from = reading->position};
        if (number_of(reading, &values[i], &link.to))
            g_array_append_val(links, link);
    }
}

static void
read_entries(ImageLinks *links, GPtrArray *entries, GHashTable *positions)
{
    g_autoptr(GHashTable) spelled = g_hash_table_new(g_str_hash, g_str_equal);
    LinkReading reading = {.links = links, .positions = positions, .spelled = spelled};

    for (; reading.position < entries->len; reading.position++)
        entry_foreach(g_ptr_array_index(entries, reading.position), read_attribute, &reading);
}

/* ---- tables ---- */

/* Sorts links by one end, stably. */
static LinkTable
table_new(const GArray *links, guint32 n_dns, gboolean turned)
{
    LinkTable table = {.first = g_new0(guint32, n_dns + 2), .ids = g_new(guint32, links->len)};

    /* first[i + 1] counts on from where the links of i begin to where they end */
    for (guint i = 0; i < links->len; i++) {
        const Link *link = &g_array_index(links, Link, i);
        table.first[(turned ? link->to : link->from) + 2]++;
    }
    for (guint32 i = 2; i < n_dns + 2; i++)
        table.first[i] += table.first[i - 1];
    for (guint i = 0; i < links->len; i++) {
        const Link *link = &g_array_index(links, Link, i);
        guint32     key = turned ? link->to : link->from;
        table.ids[table.first[key + 1]++] = turned ? link->from : link->to;
    }
    return table;
}

/* Whether the entry's own values already name `owner`: they count among `own` from `start`, sorted by entry. */
static gboolean
names_owner(const GArray *own, guint start, guint32 position, guint32 owner)
{
    for (guint i = start; i < own->len && g_array_index(own, Link, i).from == position; i++)
        if (g_array_index(own, Link, i).to == owner)
            return TRUE;
    return FALSE;
}

/* The back link of each entry: its own values, then a value for each further entry that lists it. */
static void
make_back_values(LinkPair *pair, GPtrArray *entries)
{
    GArray *values = g_array_new(FALSE, FALSE, sizeof(Value));
    guint   own = 0;

    pair->first_value = g_new(guint32, entries->len + 1);
    for (guint32 position = 0; position < entries->len; position++) {
        const Value   *carried;
        guint          n_carried = entry_values(g_ptr_array_index(entries, position), pair->back->key, &carried);
        const guint32 *first = pair->owners.first + position;

        pair->first_value[position] = values->len;
        g_array_append_vals(values, carried, n_carried);
        for (guint32 i = first[0]; i < first[1]; i++) {
            guint32 owner = pair->owners.ids[i];
            if ((i > first[0] && owner == pair->owners.ids[i - 1]) ||
                names_owner(pair->back_links, own, position, owner))
                continue;
            const char *dn = entry_dn(g_ptr_array_index(entries, owner));
            Value       value = {.data = dn, .length = strlen(dn)};
            g_array_append_val(values, value);
        }
        while (own < pair->back_links->len && g_array_index(pair->back_links, Link, own).from == position)
            own++;
    }
    pair->first_value[entries->len] = values->len;
    pair->values = (Value *)(void *)g_array_free(values, FALSE);
}

static void
finish_pair(const ImageLinks *links, LinkPair *pair, GPtrArray *entries)
{
    if (pair->links->len > 0) {
        pair->members = table_new(pair->links, links->n_dns, FALSE);
        pair->owners = table_new(pair->links, links->n_dns, TRUE);
        if (pair->back != NULL)
            make_back_values(pair, entries);
    }
    if (pair->back_links->len > 0)
        pair->bearers = table_new(pair->back_links, links->n_dns, TRUE);
    g_clear_pointer(&pair->links, g_array_unref);
    g_clear_pointer(&pair->back_links, g_array_unref);
}

ImageLinks *
image_links_new(const Schema *schema, GPtrArray *entries, GHashTable *positions)
{
    ImageLinks *links = g_new0(ImageLinks, 1);

    links->n_entries = links->n_dns = entries->len;
    links->pairs = g_ptr_array_new_with_free_func(pair_free);
    links->by_type = g_hash_table_new(NULL, NULL);
    links->strangers = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    find_pairs(links, schema);
    read_entries(links, entries, positions);
    for (guint i = 0; i < links->pairs->len; i++)
        finish_pair(links, g_ptr_array_index(links->pairs, i), entries);
    return links;
}

void
image_links_free(ImageLinks *links)
{
    if (links == NULL)
        return;
    g_ptr_array_unref(links->pairs);
    g_hash_table_unref(links->by_type);
    g_hash_table_unref(links->strangers);
    g_free(links);
}

gboolean
image_links_values(const ImageLinks *links, guint32 position, const AttributeType *type, const Value **values,
                   guint *n_values)
{
    if (type->equality != RULE_DN)
        return FALSE;

    const LinkPair *pair = g_hash_table_lookup(links->by_type, type->key);
    if (pair == NULL || pair->first_value == NULL || pair->back->key != type->key)
        return FALSE;
    *values = pair->values + pair->first_value[position];
    *n_values = pair->first_value[position + 1] - pair->first_value[position];
    return TRUE;
}

/* ---- chains ---- */

typedef struct {
    guint8 *seen;  /* a bit for each DN */
    GArray *queue; /* of guint32 */
} Reaching;

static void
reach(Reaching *reaching, const LinkTable *table, guint32 from)
{
    for (guint32 i = table->first != NULL ? table->first[from] : 0; table->first != NULL && i < table->first[from + 1];
         i++) {
        guint32 to = table->ids[i];
        if (reaching->seen[to / 8] & 1 << to % 8)
            continue;
        reaching->seen[to / 8] |= (guint8)(1 << to % 8);
        g_array_append_val(reaching->queue, to);
    }
}

static gboolean
target_number(const ImageLinks *links, GHashTable *positions, const char *key, guint32 *number)
{
    gpointer found;
    guint    position = GPOINTER_TO_UINT(g_hash_table_lookup(positions, key));

    if (position > 0) {
        *number = position - 1;
        return TRUE;
    }
    if (!g_hash_table_lookup_extended(links->strangers, key, NULL, &found))
        return FALSE;
    *number = GPOINTER_TO_UINT(found);
    return TRUE;
}

/* Walks from the target against the direction of the links, once for all entries. */
guint8 *
image_links_reaching(const ImageLinks *links, const AttributeType *type, GHashTable *positions, const char *target)
{
    const LinkPair *pair = g_hash_table_lookup(links->by_type, type->key);
    guint32         number;

    if (pair == NULL)
        return NULL;
    Reaching reaching = {.seen = g_malloc0(links->n_dns / 8 + 1)};
    if (!target_number(links, positions, target, &number))
        return reaching.seen;

    reaching.queue = g_array_new(FALSE, FALSE, sizeof(guint32));
    g_array_append_val(reaching.queue, number);
    for (guint i = 0; i < reaching.queue->len; i++) {
        guint32 at = g_array_index(reaching.queue, guint32, i);
        if (pair->forward != NULL && pair->forward->key == type->key) {
            reach(&reaching, &pair->owners, at);
        } else {
            reach(&reaching, &pair->members, at);
            reach(&reaching, &pair->bearers, at);
        }
    }
    g_array_unref(reaching.queue);
    return reaching.seen;
}
