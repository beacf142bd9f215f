/* SPDX-License-Identifier: BSD-2-Clause
 * image-answer.h - a set of nodes in the making: the algebra of filters
 *
 * For one thread. Borrowed sets are those of indexes, so that a large one costs nothing until it must be changed.
 */
#pragma once

#include "id-set.h"

enum { ANSWER_MOST_BORROWED = 8 };

typedef struct {
    IdSet       *own; /* NULL: nothing beside what is borrowed */
    const IdSet *borrowed[ANSWER_MOST_BORROWED];
    guint        n_borrowed;
    gboolean     complement; /* all but the union of these */
    gboolean     is_rough;   /* others may be among them: whoever uses it matches each */
} Answer;

void answer_clear(Answer *answer);
void answer_add(Answer *answer, const IdSet *set); /* borrows it */
void answer_take(Answer *answer, IdSet *set);      /* owns it */
/* How many are in the union, repetitions counted. */
gsize answer_size(const Answer *answer);
/* `answer` becomes what both say, or either; `other` is cleared. */
void answer_and(Answer *answer, Answer *other);
void answer_or(Answer *answer, Answer *other);
/* The union as a set of its own. */
IdSet *answer_steal(Answer *answer);
