/* SPDX-License-Identifier: BSD-2-Clause
 * image-term.h - a part of a filter prepared against an image: what indexes can say of it, and at what cost
 */
#pragma once

#include "image-answer.h"
#include "image-private.h"

#include "rollcall/filter-leaf.h"

typedef struct Term Term;
struct Term {
    const Filter *filter; /* borrowed */
    FilterKind    kind;   /* AND, OR, NOT; any other: a leaf */
    GPtrArray    *parts;  /* of Term; also what an anr stands for */
    Leaf          leaf;
    const Column *column;   /* of the leaf; NULL: no entry has the attribute */
    gboolean      is_known; /* indexes can say something */
    guint64       cost;     /* in nanoseconds, roughly */
    guint         n_leaves;
};

Term *term_new(const Image *image, const Filter *filter);
void  term_free(gpointer term);
/* A leaf that is known. FALSE: time is over. `answer` begins as zero. */
gboolean term_leaf_answer(const Image *image, const Term *term, gint64 deadline, Answer *answer);
/* A leaf whose column has postings, each value looked at; by two threads if there are `many`. FALSE: time is over. */
gboolean term_scan(const Term *term, guint32 many, gint64 deadline, Answer *answer);
