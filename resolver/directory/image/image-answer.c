/* SPDX-License-Identifier: BSD-2-Clause
 * image-answer.c - the algebra of filters
 *
 * Owns:     the sets it made.
 * Promises: NOT costs nothing: complements are kept as such.
 * Threads:  one.
 */
#include "image-answer.h"

enum { FEW = 4096 }; /* looked at one by one rather than as bitmaps */

void
answer_clear(Answer *answer)
{
    id_set_free(answer->own);
    *answer = (Answer){0};
}

void
answer_take(Answer *answer, IdSet *set)
{
    if (answer->own == NULL) {
        answer->own = set;
        return;
    }
    id_set_or(answer->own, set);
    id_set_free(set);
}

void
answer_add(Answer *answer, const IdSet *set)
{
    if (answer->n_borrowed < ANSWER_MOST_BORROWED) {
        answer->borrowed[answer->n_borrowed++] = set;
        return;
    }
    if (answer->own == NULL)
        answer->own = id_set_new();
    id_set_or(answer->own, set);
}

gsize
answer_size(const Answer *answer)
{
    gsize size = answer->own != NULL ? id_set_size(answer->own) : 0;

    for (guint i = 0; i < answer->n_borrowed; i++)
        size += id_set_size(answer->borrowed[i]);
    return size;
}

static gboolean
contains(const Answer *answer, guint32 id)
{
    if (answer->own != NULL && id_set_contains(answer->own, id))
        return TRUE;
    for (guint i = 0; i < answer->n_borrowed; i++)
        if (id_set_contains(answer->borrowed[i], id))
            return TRUE;
    return FALSE;
}

/* All in one set of its own. */
static void
gather(Answer *answer)
{
    for (guint i = 0; i < answer->n_borrowed; i++) {
        if (answer->own == NULL)
            answer->own = id_set_copy(answer->borrowed[i]);
        else
            id_set_or(answer->own, answer->borrowed[i]);
    }
    answer->n_borrowed = 0;
    if (answer->own == NULL)
        answer->own = id_set_new();
}

/* Keeps those that are in `other`, or those that are not. */
static void
keep(Answer *answer, Answer *other, gboolean present)
{
    gsize n_kept = 0;

    if (!present && answer_size(other) == 0)
        return;
    gather(answer);
    gsize size = id_set_size(answer->own);
    if (size > FEW) {
        gather(other);
        (present ? id_set_and : id_set_and_not)(answer->own, other->own);
        return;
    }
    g_autofree guint32 *ids = g_new(guint32, size + 1);
    id_set_to_array(answer->own, ids);
    for (gsize i = 0; i < size; i++)
        if (contains(other, ids[i]) == present)
            ids[n_kept++] = ids[i];
    if (n_kept == size)
        return;
    id_set_free(answer->own);
    answer->own = id_set_of(ids, n_kept);
}

/* The smaller of two unions, where it does not matter which is kept. */
static gboolean
is_better_kept(const Answer *answer, const Answer *other)
{
    return answer_size(answer) <= answer_size(other);
}

void
answer_and(Answer *answer, Answer *other)
{
    gboolean is_rough = answer->is_rough || other->is_rough;
    gboolean swap = answer->complement == other->complement ? is_better_kept(other, answer) && !answer->complement
                                                            : answer->complement;

    if (swap) {
        Answer kept = *other;
        *other = *answer;
        *answer = kept;
    }
    if (!answer->complement) {
        keep(answer, other, !other->complement);
    } else { /* neither this nor that */
        gather(other);
        gather(answer);
        id_set_or(answer->own, other->own);
    }
    answer->is_rough = is_rough;
    answer_clear(other);
}

void
answer_or(Answer *answer, Answer *other)
{
    answer->complement = !answer->complement;
    other->complement = !other->complement;
    answer_and(answer, other);
    answer->complement = !answer->complement;
}

IdSet *
answer_steal(Answer *answer)
{
    gather(answer);
    return g_steal_pointer(&answer->own);
}
