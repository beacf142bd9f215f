/* SPDX-License-Identifier: BSD-2-Clause
 * filter-fold.c - the same selection written so that every server reads it the same way
 *
 * Owns:     nothing.
 * Promises: linear: each node of the filter is visited once; notes name every Undefined assertion, each once.
 * Threads:  any.
 *
 * Three-valued logic in two rails. T(x) "x is TRUE" and F(x) "x is FALSE" are two-valued statements about an entry:
 *   T(not x) = F(x)      T(x and y) = T(x) and T(y)     T(x or y) = T(x) or T(y)
 *   F(not x) = T(x)      F(x and y) = F(x) or F(y)      F(x or y) = F(x) and F(y)
 * and for a single assertion: T = itself, F = (!(itself)), both never if it is Undefined. What a search selects is T of
 * the whole; going down, each node is needed on one rail only, so nothing is copied.
 */
#include "rollcall/filter-leaf.h"

#include "resolver/filter/filter-literal.h"
#include "resolver/filter/filter-node.h"

#include <string.h>

typedef struct {
    const Schema *schema;
    GPtrArray    *notes; /* may be NULL */
    GHashTable   *noted; /* the texts of `notes`, owned */
} Fold;

/* An AND or OR of the result under construction. */
typedef struct {
    FilterKind  kind;
    GPtrArray  *parts;
    GHashTable *literals;   /* those among `parts` */
    gboolean    is_decided; /* an AND has met never, an OR always: its other parts do not matter */
} Group;

static const Filter *
constant(gboolean value)
{
    return filter_new_composite(value ? FILTER_AND : FILTER_OR, NULL, 0);
}

static gboolean
is_constant(const Filter *filter)
{
    return filter_is_always(filter) || filter_is_never(filter);
}

static void
note_undefined(Fold *fold, const Filter *leaf, const GError *error)
{
    if (fold->notes == NULL)
        return;
    char *text = leaf->attribute != NULL ? g_strdup_printf("%s: %s", leaf->attribute, error->message)
                                         : g_strdup_printf("(:%s): %s", leaf->rule, error->message);
    if (g_hash_table_contains(fold->noted, text)) {
        g_free(text);
        return;
    }
    g_ptr_array_add(fold->notes, g_strdup(text));
    g_hash_table_add(fold->noted, text);
}

/* ---- single assertions ---- */

static FilterKind
kind_for_server(const Filter *filter, const Schema *schema)
{
    gboolean is_ad = schema_rules(schema) == SCHEMA_RULES_AD;
    /* Samba fails a search that has `~=`; AD takes it for `=`. */
    if (filter->kind == FILTER_APPROX && is_ad)
        return FILTER_EQUAL;
    if (filter->kind == FILTER_EXTENSIBLE && filter->rule == NULL)
        return FILTER_EQUAL;
    return filter->kind;
}

static Filter *
copy_leaf(const Filter *filter)
{
    Filter *copy = filter_node_new(filter->kind, g_strdup(filter->attribute));
    copy->rule = g_strdup(filter->rule);
    copy->value =
        filter->value.data != NULL ? filter_value_copy(filter->value.data, filter->value.length) : filter->value;
    copy->initial = filter->initial.data != NULL ? filter_value_copy(filter->initial.data, filter->initial.length)
                                                 : filter->initial;
    copy->final =
        filter->final.data != NULL ? filter_value_copy(filter->final.data, filter->final.length) : filter->final;
    Value *any = filter->n_any > 0 ? g_new(Value, filter->n_any) : NULL;
    for (guint i = 0; i < filter->n_any; i++)
        any[i] = filter_value_copy(filter->any[i].data, filter->any[i].length);
    copy->any = any;
    copy->n_any = filter->n_any;
    return copy;
}

/* The assertion as every server of the family understands it: without the `:dn` that AD ignores, attributes by name
 * (Samba does not find them by OID), values in one spelling. */
static const Filter *
leaf_for_server(const Fold *fold, const Filter *filter, const Leaf *leaf)
{
    if (leaf->kind == LEAF_ANR)
        return filter_ref(filter);

    FilterKind kind = kind_for_server(filter, fold->schema);
    gboolean   is_by_oid = g_ascii_isdigit(filter->attribute[0]);
    gsize      length = 0;
    char      *wire = leaf->kind == LEAF_VALUE
                          ? schema_wire_value(fold->schema, leaf->type, leaf->match, &filter->value, &length)
                          : NULL;
    if (kind == filter->kind && !is_by_oid && wire == NULL && !filter->dn_attributes)
        return filter_ref(filter);

    Filter *copy = copy_leaf(filter);
    copy->kind = kind;
    if (is_by_oid) {
        g_free((gpointer)copy->attribute);
        copy->attribute = g_strdup(leaf->type->name);
    }
    if (wire != NULL) {
        g_free((gpointer)copy->value.data);
        copy->value = (Value){wire, length};
    }
    return copy;
}

/* Takes over `assertion`, which stands for `filter`. `negation`: the NOT right above that, NULL if there is none. */
static const Filter *
negate(const Filter *assertion, const Filter *filter, const Filter *negation)
{
    if (assertion != filter || negation == NULL)
        return filter_new_composite(FILTER_NOT, &assertion, 1);
    filter_unref(assertion);
    return filter_ref(negation);
}

/* Not inlined: its Leaf would take room in the frame of each level above it. */
static G_GNUC_NO_INLINE const Filter *
fold_leaf(Fold *fold, const Filter *filter, const Filter *negation, gboolean rail)
{
    g_auto(Leaf) leaf = {.kind = LEAF_ALWAYS};
    g_autoptr(GError) error = NULL;
    if (!leaf_prepare(filter, fold->schema, &leaf, &error)) {
        note_undefined(fold, filter, error);
        return constant(FALSE);
    }
    if (leaf.kind == LEAF_ALWAYS)
        return constant(rail);
    const Filter *assertion = leaf_for_server(fold, filter, &leaf);
    return rail ? assertion : negate(assertion, filter, negation);
}

/* ---- AND and OR ---- */

static Group
group_begin(FilterKind kind)
{
    return (Group){.kind = kind, .parts = filter_parts_new(), .literals = literal_set_new()};
}

/* Takes over `part`, which is neither constant nor of the group's kind. */
static void
group_add_part(Group *group, const Filter *part)
{
    if (literal_set_add(group->literals, part))
        g_ptr_array_add(group->parts, (gpointer)part);
    else
        filter_unref(part);
}

/* Takes over `part`. */
static void
group_add(Group *group, const Filter *part)
{
    if (is_constant(part)) {
        if (filter_is_always(part) == (group->kind == FILTER_OR))
            group->is_decided = TRUE;
        filter_unref(part);
        return;
    }
    if (part->kind == group->kind) {
        for (guint i = 0; i < part->n_parts; i++)
            group_add_part(group, filter_ref(part->parts[i]));
        filter_unref(part);
        return;
    }
    group_add_part(group, part);
}

/* The group's filter. Frees what the group holds. */
static const Filter *
group_finish(Group *group)
{
    g_hash_table_unref(group->literals);
    g_autoptr(GPtrArray) parts = group->parts;
    if (group->is_decided)
        return constant(group->kind == FILTER_OR);
    if (parts->len == 1)
        return filter_ref(g_ptr_array_index(parts, 0));
    return filter_node_composite(group->kind, g_steal_pointer(&parts));
}

static void fold_parts(Fold *fold, const Filter *filter, gboolean rail, Group *group);

/* Adds T(filter) or F(filter) to `group`: nested groups of the same kind run into it at once, without a group
 * of their own between them. */
static void
fold_into(Fold *fold, const Filter *filter, gboolean rail, Group *group)
{
    const Filter *negation = NULL;

    while (filter->kind == FILTER_NOT) {
        negation = filter;
        filter = filter->parts[0];
        rail = !rail;
    }
    if (filter->kind != FILTER_AND && filter->kind != FILTER_OR) {
        group_add(group, fold_leaf(fold, filter, negation, rail));
        return;
    }
    FilterKind kind = (filter->kind == FILTER_AND) == rail ? FILTER_AND : FILTER_OR;
    if (kind == group->kind) {
        fold_parts(fold, filter, rail, group);
        return;
    }
    Group inner = group_begin(kind);
    fold_parts(fold, filter, rail, &inner);
    group_add(group, group_finish(&inner));
}

static void
fold_parts(Fold *fold, const Filter *filter, gboolean rail, Group *group)
{
    for (guint i = 0; i < filter->n_parts; i++)
        fold_into(fold, filter->parts[i], rail, group);
}

const Filter *
filter_fold(const Filter *filter, const Schema *schema, GPtrArray *notes)
{
    g_autoptr(GHashTable) noted = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    Fold  fold = {.schema = schema, .notes = notes, .noted = noted};
    Group top = group_begin(FILTER_AND);
    fold_into(&fold, filter, TRUE, &top);
    return group_finish(&top);
}
