/* SPDX-License-Identifier: BSD-2-Clause
 * filter-match.c - a filter prepared against a schema, and its answer for one entry
 *
 * Owns:     the prepared assertions.
 * Promises: everything that can be worked out once is worked out in matcher_new(); matching allocates nothing itself.
 * Threads:  any; a Matcher does not change.
 */
#include "rollcall/filter.h"

#include "rollcall/filter-leaf.h"

#include "resolver/filter/filter-literal.h"

typedef enum { STEP_AND, STEP_OR, STEP_NOT, STEP_PRESENT, STEP_ASSERTION, STEP_CHAIN, STEP_CONSTANT } StepKind;

/* The tree lies flat: the parts of a step follow it, the first at once, the next where the one before it ends. */
typedef struct {
    StepKind             kind;
    guint                end; /* index behind the step and its parts */
    Truth                truth;
    const AttributeType *type;
    Assertion           *assertion;
    char                *target;
} Step;

struct Matcher {
    const Filter *filter;
    Schema       *schema;
    GArray       *steps;
};

/* ---- preparing ---- */

static void
step_clear(gpointer data)
{
    Step *step = data;
    if (step->assertion != NULL)
        assertion_free(step->assertion);
    g_free(step->target);
}

/* Appends a step. The pointer is good until the next one. */
static Step *
add_step(Matcher *matcher, StepKind kind)
{
    GArray *steps = matcher->steps;
    g_array_set_size(steps, steps->len + 1);
    Step *step = &g_array_index(steps, Step, steps->len - 1);
    step->kind = kind;
    step->end = steps->len;
    return step;
}

static void
add_constant(Matcher *matcher, Truth truth)
{
    add_step(matcher, STEP_CONSTANT)->truth = truth;
}

static void
add_assertion(Matcher *matcher, Leaf *leaf)
{
    Step *step = add_step(matcher, leaf->kind == LEAF_PRESENT ? STEP_PRESENT
                                   : leaf->kind == LEAF_CHAIN ? STEP_CHAIN
                                                              : STEP_ASSERTION);
    step->type = leaf->type;
    step->assertion = g_steal_pointer(&leaf->assertion);
    step->target = g_steal_pointer(&leaf->target);
}

static void add_steps(Matcher *matcher, const Filter *filter);

/* Not inlined: its Leaf would take room in the frame of each level above it. */
static G_GNUC_NO_INLINE void
add_leaf(Matcher *matcher, const Filter *filter)
{
    g_auto(Leaf) leaf = {.kind = LEAF_ALWAYS};
    if (!leaf_prepare(filter, matcher->schema, &leaf, NULL))
        add_constant(matcher, TRUTH_UNDEFINED);
    else if (leaf.kind == LEAF_ALWAYS)
        add_constant(matcher, TRUTH_TRUE);
    else if (leaf.kind == LEAF_ANR)
        add_steps(matcher, leaf.expansion);
    else
        add_assertion(matcher, &leaf);
}

/* The parts of an AND or OR, with those of the same kind inside them run together and repetitions left out: neither
 * changes the answer, in three-valued logic too. */
static void
add_parts(Matcher *matcher, const Filter *filter, GHashTable *literals)
{
    for (guint i = 0; i < filter->n_parts; i++) {
        const Filter *part = filter->parts[i];
        if (part->kind == filter->kind)
            add_parts(matcher, part, literals);
        else if (literal_set_add(literals, part))
            add_steps(matcher, part);
    }
}

static void
add_composite(Matcher *matcher, const Filter *filter, StepKind kind)
{
    g_autoptr(GHashTable) literals = literal_set_new();
    guint index = matcher->steps->len;
    add_step(matcher, kind);
    add_parts(matcher, filter, literals);
    g_array_index(matcher->steps, Step, index).end = matcher->steps->len;
}

static void
add_not(Matcher *matcher, const Filter *filter)
{
    guint index = matcher->steps->len;
    add_step(matcher, STEP_NOT);
    add_steps(matcher, filter->parts[0]);
    g_array_index(matcher->steps, Step, index).end = matcher->steps->len;
}

static void
add_steps(Matcher *matcher, const Filter *filter)
{
    switch (filter->kind) {
    case FILTER_AND:
        add_composite(matcher, filter, STEP_AND);
        return;
    case FILTER_OR:
        add_composite(matcher, filter, STEP_OR);
        return;
    case FILTER_NOT:
        add_not(matcher, filter);
        return;
    default:
        add_leaf(matcher, filter);
    }
}

Matcher *
matcher_new(const Filter *filter, Schema *schema)
{
    Matcher *matcher = g_new0(Matcher, 1);
    matcher->filter = filter_ref(filter);
    matcher->schema = schema_ref(schema);
    matcher->steps = g_array_new(FALSE, TRUE, sizeof(Step));
    g_array_set_clear_func(matcher->steps, step_clear);
    add_steps(matcher, filter);
    return matcher;
}

void
matcher_free(Matcher *matcher)
{
    if (matcher == NULL)
        return;
    /* The assertions borrow from the schema. */
    g_array_unref(matcher->steps);
    filter_unref(matcher->filter);
    schema_unref(matcher->schema);
    g_free(matcher);
}

/* ---- matching ---- */

/* What is matched: the same for all steps. */
typedef struct {
    const Step        *steps;
    const MatchSource *source;
    gconstpointer      entry;
} Candidate;

static Truth match_step(const Candidate *candidate, guint index);

static Truth
truth_not(Truth truth)
{
    if (truth == TRUTH_UNDEFINED)
        return TRUTH_UNDEFINED;
    return truth == TRUTH_TRUE ? TRUTH_FALSE : TRUTH_TRUE;
}

/* AND and OR (RFC 4511 section 4.5.1.7): one part that is `decisive` decides, else one that is Undefined. */
static Truth
match_parts(const Candidate *candidate, guint index, Truth decisive)
{
    Truth result = truth_not(decisive);
    guint end = candidate->steps[index].end;
    for (guint i = index + 1; i < end; i = candidate->steps[i].end) {
        Truth truth = match_step(candidate, i);
        if (truth == decisive)
            return decisive;
        if (truth == TRUTH_UNDEFINED)
            result = TRUTH_UNDEFINED;
    }
    return result;
}

static Truth
match_assertion(const Candidate *candidate, const Step *step)
{
    const Value *values = NULL;
    guint        n_values = candidate->source->values(candidate->entry, step->type, &values);
    for (guint i = 0; i < n_values; i++) {
        if (assertion_matches(step->assertion, &values[i]))
            return TRUTH_TRUE;
    }
    return TRUTH_FALSE;
}

static Truth
match_present(const Candidate *candidate, const Step *step)
{
    const Value *values = NULL;
    return candidate->source->values(candidate->entry, step->type, &values) > 0 ? TRUTH_TRUE : TRUTH_FALSE;
}

static Truth
match_chain(const Candidate *candidate, const Step *step)
{
    const MatchSource *source = candidate->source;
    if (source->in_chain == NULL)
        return TRUTH_UNDEFINED;
    return source->in_chain(candidate->entry, step->type, step->target, source->context) ? TRUTH_TRUE : TRUTH_FALSE;
}

static Truth
match_step(const Candidate *candidate, guint index)
{
    const Step *step = &candidate->steps[index];
    switch (step->kind) {
    case STEP_AND:
        return match_parts(candidate, index, TRUTH_FALSE);
    case STEP_OR:
        return match_parts(candidate, index, TRUTH_TRUE);
    case STEP_NOT:
        return truth_not(match_step(candidate, index + 1));
    case STEP_PRESENT:
        return match_present(candidate, step);
    case STEP_ASSERTION:
        return match_assertion(candidate, step);
    case STEP_CHAIN:
        return match_chain(candidate, step);
    default:
        return step->truth;
    }
}

Truth
matcher_match(const Matcher *matcher, const MatchSource *source, gconstpointer entry)
{
    Candidate candidate = {(const Step *)(gpointer)matcher->steps->data, source, entry};
    return match_step(&candidate, 0);
}
