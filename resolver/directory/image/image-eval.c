/* SPDX-License-Identifier: BSD-2-Clause
 * image-eval.c - a filter as set algebra
 *
 * Owns:     nothing.
 * Promises: what is selected, less what the rest is not true of, is what the filter is true of. What costs more than to
 *           match the entries that are left is left to the rest.
 * Threads:  any; an evaluation belongs to one.
 */
#include "image-term.h"

enum {
    COST_MATCH = 60,   /* one leaf of one entry, in nanoseconds */
    COST_CHEAP = 3000, /* evaluated without asking whether it helps */
};

typedef struct {
    const Image *image;
    gint64       deadline;
} Evaluation;

static gboolean evaluate(const Evaluation *evaluation, const Term *term, Answer *answer);

static void
clear_answer(gpointer answer)
{
    answer_clear(answer);
}

static int
compare_costs(gconstpointer a, gconstpointer b)
{
    const Term *x = *(Term *const *)a, *y = *(Term *const *)b;
    return (x->cost > y->cost) - (x->cost < y->cost);
}

/* Sets before complements, small before large. */
static int
compare_answers(gconstpointer a, gconstpointer b)
{
    const Answer *x = a, *y = b;
    gsize         x_size = answer_size(x), y_size = answer_size(y);

    if (x->complement != y->complement)
        return x->complement ? 1 : -1;
    return (x_size > y_size) - (x_size < y_size);
}

/* Cheap parts first, all of them, and then together: the smallest decides how much there is to do. Returns how many of
 * `terms`, sorted by cost, have had their turn; G_MAXUINT: time is over. */
static guint
evaluate_cheap(const Evaluation *evaluation, GPtrArray *terms, Answer *answer, GPtrArray *rest)
{
    g_autoptr(GArray) answers = g_array_new(FALSE, TRUE, sizeof(Answer));
    guint next = 0;

    g_array_set_clear_func(answers, clear_answer);
    for (; next < terms->len; next++) {
        const Term *term = g_ptr_array_index(terms, next);
        Answer      part = {0};
        if (term->cost > COST_CHEAP)
            break;
        if (!evaluate(evaluation, term, &part)) {
            answer_clear(&part);
            return G_MAXUINT;
        }
        if (part.is_rough)
            g_ptr_array_add(rest, (gpointer)term);
        g_array_append_val(answers, part);
    }
    g_array_sort(answers, compare_answers);
    for (guint i = 0; i < answers->len; i++)
        answer_and(answer, &g_array_index(answers, Answer, i));
    return next;
}

static gboolean
is_worth_it(const Evaluation *evaluation, const Term *term, const Answer *answer)
{
    gsize n = answer->complement ? image_size(evaluation->image) : answer_size(answer);
    return term->cost <= (guint64)n * term->n_leaves * COST_MATCH;
}

/* `rest`: of Term, those that are still to be matched. */
static gboolean
evaluate_and(const Evaluation *evaluation, const GPtrArray *parts, Answer *answer, GPtrArray *rest)
{
    g_autoptr(GPtrArray) terms = g_ptr_array_new();

    answer->complement = TRUE; /* everything */
    for (guint i = 0; i < parts->len; i++) {
        Term *term = g_ptr_array_index(parts, i);
        g_ptr_array_add(term->is_known ? terms : rest, term);
    }
    g_ptr_array_sort(terms, compare_costs);
    guint next = evaluate_cheap(evaluation, terms, answer, rest);
    for (; next < terms->len; next++) {
        const Term *term = g_ptr_array_index(terms, next);
        Answer      part = {0};
        if (!is_worth_it(evaluation, term, answer)) {
            g_ptr_array_add(rest, (gpointer)term);
            continue;
        }
        if (!evaluate(evaluation, term, &part)) {
            answer_clear(&part);
            return FALSE;
        }
        if (part.is_rough)
            g_ptr_array_add(rest, (gpointer)term);
        answer_and(answer, &part);
    }
    return next != G_MAXUINT;
}

static gboolean
evaluate_or(const Evaluation *evaluation, const GPtrArray *parts, Answer *answer)
{
    for (guint i = 0; i < parts->len; i++) {
        Answer part = {0};
        if (!evaluate(evaluation, g_ptr_array_index(parts, i), &part)) {
            answer_clear(&part);
            return FALSE;
        }
        if (i == 0)
            *answer = part;
        else
            answer_or(answer, &part);
    }
    return TRUE;
}

static gboolean
evaluate_not(const Evaluation *evaluation, const Term *term, Answer *answer)
{
    if (!evaluate(evaluation, g_ptr_array_index(term->parts, 0), answer))
        return FALSE;
    if (!answer->is_rough) {
        answer->complement = !answer->complement;
        return TRUE;
    }
    answer_clear(answer);
    answer->complement = answer->is_rough = TRUE;
    return TRUE;
}

static gboolean
evaluate(const Evaluation *evaluation, const Term *term, Answer *answer)
{
    if (!term->is_known) {
        answer->complement = answer->is_rough = TRUE;
        return TRUE;
    }
    if (term->kind == FILTER_AND) {
        g_autoptr(GPtrArray) rest = g_ptr_array_new();
        gboolean in_time = evaluate_and(evaluation, term->parts, answer, rest);
        answer->is_rough |= rest->len > 0;
        return in_time;
    }
    if (term->kind == FILTER_OR)
        return evaluate_or(evaluation, term->parts, answer);
    if (term->kind == FILTER_NOT)
        return evaluate_not(evaluation, term, answer);
    if (term->parts != NULL)
        return evaluate(evaluation, g_ptr_array_index(term->parts, 0), answer);
    return term_leaf_answer(evaluation->image, term, evaluation->deadline, answer);
}

static const Filter *
filter_of(const GPtrArray *terms)
{
    g_autofree const Filter **parts = g_new(const Filter *, terms->len);

    if (terms->len == 0)
        return NULL;
    for (guint i = 0; i < terms->len; i++)
        parts[i] = filter_ref(((const Term *)g_ptr_array_index(terms, i))->filter);
    return filter_new_composite(FILTER_AND, parts, terms->len);
}

gboolean
image_select(const Image *image, const Filter *folded, gint64 deadline, ImageSelected *selected)
{
    Evaluation evaluation = {.image = image, .deadline = deadline};
    g_autoptr(GPtrArray) parts = g_ptr_array_new_with_free_func(term_free);
    g_autoptr(GPtrArray) rest = g_ptr_array_new();
    Answer answer = {0};

    if (folded->kind == FILTER_AND)
        for (guint i = 0; i < folded->n_parts; i++)
            g_ptr_array_add(parts, term_new(image, folded->parts[i]));
    else
        g_ptr_array_add(parts, term_new(image, folded));
    gboolean in_time = evaluate_and(&evaluation, parts, &answer, rest);
    if (in_time) {
        selected->complement = answer.complement;
        selected->set = answer_steal(&answer);
        selected->rest = filter_of(rest);
    }
    answer_clear(&answer);
    return in_time;
}

void
image_selected_clear(ImageSelected *selected)
{
    g_clear_pointer(&selected->set, id_set_free);
    g_clear_pointer(&selected->rest, filter_unref);
}
