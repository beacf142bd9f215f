/* SPDX-License-Identifier: BSD-2-Clause
 * image-term.c - filters prepared against an image
 *
 * Owns:     prepared assertions.
 * Promises: a cost is an estimate and changes no answer.
 * Threads:  one a term.
 */
#include "image-term.h"

#include "image-quick.h"

/* Nanoseconds, measured on common machines. */
enum { COST_LOOKUP = 500, COST_CHAIN = 20000, COST_QUICK = 8, COST_NUMBER = 20, COST_TEXT = 50, COST_TURNED = 12 };

void
term_free(gpointer data)
{
    Term *term = data;

    if (term->parts != NULL)
        g_ptr_array_unref(term->parts);
    leaf_clear(&term->leaf);
    g_free(term);
}

static guint64
scan_cost(const Term *term)
{
    Quick quick;
    guint unit = term->leaf.kind == LEAF_VALUE && term->leaf.match != MATCH_EQUAL ? COST_NUMBER : COST_TEXT;

    if (quick_init(&quick, term->filter, term->leaf.type))
        unit = COST_QUICK;
    return COST_LOOKUP + (guint64)unit * term->column->values.n_live;
}

static gboolean
is_dn_equality(const Term *term)
{
    return term->leaf.kind == LEAF_VALUE && term->leaf.match == MATCH_EQUAL && term->leaf.type->equality == RULE_DN;
}

/* What indexes say of a leaf whose attribute has values of its own. */
static void
rate_values(Term *term)
{
    const Column *column = term->column;

    term->is_known = column == NULL || (column->has_postings && !column->is_dn);
    if (column == NULL || !term->is_known)
        return;
    gboolean by_key = column->has_keys && term->leaf.kind == LEAF_VALUE && term->leaf.match == MATCH_EQUAL;
    term->cost = by_key ? COST_LOOKUP : scan_cost(term);
}

static void
rate_leaf(const Image *image, Term *term)
{
    const Leaf   *leaf = &term->leaf;
    const Column *forward = leaf->type != NULL ? image_forward_of(image, leaf->type) : NULL;

    term->n_leaves = 1;
    if (leaf->kind == LEAF_ALWAYS)
        term->is_known = TRUE;
    if (leaf->type == NULL)
        return;
    term->column = image_column(image, leaf->type->key);
    if (leaf->kind == LEAF_CHAIN || is_dn_equality(term)) {
        term->is_known = TRUE;
        term->cost = leaf->kind == LEAF_CHAIN ? COST_CHAIN : COST_LOOKUP;
    } else if (leaf->kind == LEAF_PRESENT) {
        term->is_known = TRUE;
        term->cost = forward != NULL ? COST_LOOKUP + (guint64)COST_TURNED * forward->values.n_live : 0;
    } else if (forward == NULL && !image_is_own_dn(image, leaf->type)) {
        rate_values(term);
    }
}

/* AND says something if one part does, OR if each does. */
static void
add_part(Term *term, Term *part)
{
    gboolean is_first = term->parts->len == 0;

    g_ptr_array_add(term->parts, part);
    term->n_leaves += part->n_leaves;
    if (part->is_known)
        term->cost += part->cost;
    if (term->kind == FILTER_AND)
        term->is_known = is_first ? part->is_known : term->is_known || part->is_known;
    else
        term->is_known = is_first ? part->is_known : term->is_known && part->is_known;
}

Term *
term_new(const Image *image, const Filter *filter)
{
    Term *term = g_new0(Term, 1);

    term->filter = filter;
    term->kind = filter->kind;
    term->leaf.kind = LEAF_ALWAYS;
    if (filter->kind == FILTER_AND || filter->kind == FILTER_OR || filter->kind == FILTER_NOT) {
        term->parts = g_ptr_array_new_with_free_func(term_free);
        term->is_known = filter->n_parts == 0;
        for (guint i = 0; i < filter->n_parts; i++)
            add_part(term, term_new(image, filter->parts[i]));
        return term;
    }
    if (!leaf_prepare(filter, image->schema, &term->leaf, NULL)) {
        term->n_leaves = 1;
        return term;
    }
    rate_leaf(image, term);
    if (term->leaf.kind == LEAF_ANR) {
        term->parts = g_ptr_array_new_with_free_func(term_free);
        term->n_leaves = 0;
        add_part(term, term_new(image, term->leaf.expansion));
    }
    return term;
}
