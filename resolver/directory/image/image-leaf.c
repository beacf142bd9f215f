/* SPDX-License-Identifier: BSD-2-Clause
 * image-leaf.c - what the indexes say of a single assertion
 *
 * Owns:     nothing.
 * Promises: exactly the entries for which it is true (and nodes that are none), or an answer marked as rough.
 * Threads:  any; an answer belongs to one, which may have a second one help it.
 */
#include "image-term.h"

#include "image-quick.h"
#include "rollcall/dn.h"

#include <pthread.h>
#include <string.h>

enum {
    TURN = 4096,             /* values between two looks at the clock */
    AHEAD = 64,              /* values on their way from memory while one is looked at */
    WORTH_A_THREAD = 400000, /* values */
};

static void
add_value(const Column *column, guint32 value, Answer *answer, GArray *singles)
{
    const IdSet *set;
    guint32      node;
    gsize        n = postings_get(&column->postings, value, &node, &set);

    if (n == 1)
        g_array_append_val(singles, node);
    else if (n > 1)
        answer_add(answer, set);
}

static void
take_singles(Answer *answer, const GArray *singles)
{
    if (singles->len > 0)
        answer_take(answer, id_set_of((const guint32 *)(const void *)singles->data, singles->len));
}

static void
find_by_key(const Term *term, Answer *answer)
{
    const Column *column = term->column;
    g_autoptr(GArray) singles = g_array_new(FALSE, FALSE, sizeof(guint32));
    guint64 hash;

    if (!image_key_hash(term->leaf.type, &term->filter->value, &hash))
        return;
    IdProbe probe = id_table_find(&column->keys, hash);
    for (guint32 id = id_probe_next(&probe); id != ID_NONE; id = id_probe_next(&probe)) {
        Value value = dictionary_value(&column->values, id);
        if (assertion_matches(term->leaf.assertion, &value))
            add_value(column, id, answer, singles);
    }
    take_singles(answer, singles);
}

static gboolean
value_matches(const Term *term, const Quick *quick, const Value *value)
{
    QuickAnswer answer = quick != NULL ? quick_look(quick, value->data, value->length) : QUICK_PERHAPS;
    return answer == QUICK_PERHAPS ? assertion_matches(term->leaf.assertion, value) : answer == QUICK_YES;
}

/* The values of a column, looked at one by one, by whoever has nothing to do. */
typedef struct {
    const Term  *term;
    const Quick *quick; /* NULL: nothing quick can be said */
    gint64       deadline;
    int          next; /* atomic: the first value that nobody has taken yet */
} Scan;

typedef struct {
    Scan    *scan;
    Answer   answer;
    gboolean is_late;
} Looker;

static void
look_at(const Scan *scan, guint32 from, guint32 to, Answer *answer, GArray *singles)
{
    const Column     *column = scan->term->column;
    const Dictionary *values = &column->values;

    for (guint32 id = from; id < to; id++) {
        __builtin_prefetch(dictionary_place(values, id + AHEAD));
        if (!dictionary_is_live(values, id))
            continue;
        Value value = dictionary_value(values, id);
        if (value_matches(scan->term, scan->quick, &value))
            add_value(column, id, answer, singles);
    }
}

/* In turns: a thread that the system lets wait holds up no more than one. */
static void *
look_on(void *data)
{
    Looker *looker = data;
    Scan   *scan = looker->scan;
    guint32 n = scan->term->column->values.n_ids;
    g_autoptr(GArray) singles = g_array_new(FALSE, FALSE, sizeof(guint32));

    for (;;) {
        guint32 from = (guint32)g_atomic_int_add(&scan->next, TURN);
        if (from >= n)
            break;
        looker->is_late = g_get_monotonic_time() >= scan->deadline;
        if (looker->is_late)
            return NULL;
        look_at(scan, from, MIN(from + TURN, n), &looker->answer, singles);
    }
    take_singles(&looker->answer, singles);
    return NULL;
}

/* Two threads where there are many: whoever asks waits inside the image, and so does what changes it. */
gboolean
term_scan(const Term *term, guint32 many, gint64 deadline, Answer *answer)
{
    Quick     quick;
    gboolean  is_quick = quick_init(&quick, term->filter, term->leaf.type);
    Scan      scan = {.term = term, .quick = is_quick ? &quick : NULL, .deadline = deadline};
    Looker    first = {.scan = &scan}, second = first;
    pthread_t other;

    gboolean together = term->column->values.n_ids >= many && pthread_create(&other, NULL, look_on, &second) == 0;
    look_on(&first);
    if (together)
        pthread_join(other, NULL);
    answer_or(answer, &first.answer);
    answer_or(answer, &second.answer);
    return !first.is_late && !second.is_late;
}

/* A DN names a node; who names that is found in the postings. */
static void
find_dn(const Image *image, const Term *term, Answer *answer)
{
    const AttributeType *type = term->leaf.type;
    const char          *dn = term->filter->value.data;
    g_autofree char     *key = memchr(dn, '\0', term->filter->value.length) == NULL ? dn_key(dn) : NULL;
    guint32              node = key != NULL ? image_node_at(image, key) : ID_NONE;
    g_autoptr(GArray) nodes = g_array_new(FALSE, FALSE, sizeof(guint32));

    if (node == ID_NONE)
        return;
    if (image_forward_of(image, type) != NULL) {
        answer_take(answer, image_bearers(image, type, node));
        return;
    }
    guint32 value = term->column != NULL ? dictionary_find_node(&term->column->values, node) : ID_NONE;
    if (value != ID_NONE)
        add_value(term->column, value, answer, nodes);
    if (image_is_own_dn(image, type)) { /* those that carry another one are not meant */
        g_array_append_val(nodes, node);
        answer->is_rough = TRUE;
    }
    take_singles(answer, nodes);
}

static void
find_present(const Image *image, const Term *term, Answer *answer)
{
    if (image_is_own_dn(image, term->leaf.type))
        answer->complement = TRUE;
    else if (image_forward_of(image, term->leaf.type) != NULL)
        answer_take(answer, image_with_back_link(image, term->leaf.type));
    else if (term->column != NULL)
        answer_add(answer, term->column->presence);
}

gboolean
term_leaf_answer(const Image *image, const Term *term, gint64 deadline, Answer *answer)
{
    const Leaf *leaf = &term->leaf;
    IdSet      *chain;

    if (g_get_monotonic_time() >= deadline)
        return FALSE;
    switch (leaf->kind) {
    case LEAF_ALWAYS:
        answer->complement = TRUE;
        return TRUE;
    case LEAF_PRESENT:
        find_present(image, term, answer);
        return TRUE;
    case LEAF_CHAIN:
        chain = image_chain(image, leaf->type, leaf->target);
        if (chain != NULL)
            answer_take(answer, chain);
        return TRUE;
    default:
        break;
    }
    if (leaf->kind == LEAF_VALUE && leaf->match == MATCH_EQUAL && leaf->type->equality == RULE_DN) {
        find_dn(image, term, answer);
        return TRUE;
    }
    if (term->column == NULL)
        return TRUE;
    if (leaf->kind != LEAF_VALUE || leaf->match != MATCH_EQUAL || !term->column->has_keys)
        return term_scan(term, WORTH_A_THREAD, deadline, answer);
    find_by_key(term, answer);
    return TRUE;
}
