/* SPDX-License-Identifier: BSD-2-Clause
 * image-quick.h - a quick look at values, before the assertion takes its time over them
 *
 * Immutable once made; any thread.
 */
#pragma once

#include "rollcall/filter.h"

typedef enum { QUICK_NO, QUICK_YES, QUICK_PERHAPS } QuickAnswer;

typedef struct {
    gboolean is_time;   /* a time of the form that directories write, 20260131235959.0Z, in `piece` */
    gboolean is_number; /* digits, in `piece` */
    gboolean is_at_least, is_at_most;
    guint8   most_digits;
    gboolean is_start, is_end; /* the piece stands at the start, or the end, of the value */
    gboolean has_edges;        /* the first and the last eight octets of a piece without blanks, all with 0x20 set: */
    guint64  first, last;
    gboolean is_all; /* it is all that the filter says: the answer is never PERHAPS for a plain value */
    guint8   length;
    guint8   piece[32]; /* in lower case; a blank stands for any number of them */
} Quick;

/* FALSE: nothing quick can be said of this filter. */
gboolean quick_init(Quick *quick, const Filter *filter, const AttributeType *type);
/* PERHAPS for values that are not plain: with octets beyond ASCII, control characters, or blanks that may not count;
 * times and numbers of another form. */
QuickAnswer quick_look(const Quick *quick, const char *data, gsize length);
