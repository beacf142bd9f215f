/* SPDX-License-Identifier: BSD-2-Clause
 * filter-reader.h - the text of a filter while it is read, shared by filter-parse.c and filter-item.c
 *
 * Owns:     nothing; the text, the list of repairs and the error belong to the caller of filter_parse(), the room for
 *           values to filter_parse() itself: one for all of them.
 * Promises: every repair is noted where it is made; only the first error counts, reading ends there.
 * Threads:  one.
 */
#pragma once

#include "rollcall/filter.h"

typedef struct {
    const char *text;
    gsize       length;
    gsize       position; /* of the next octet; never beyond `length` */
    GPtrArray  *repairs;  /* may be NULL */
    guint       n_repairs;
    gboolean    brace_noted;
    GString    *octets; /* of the value being read: its pieces, one behind the other */
    GArray     *pieces; /* of gsize: where each begins among them */
    GError    **error;
} FilterReader;

/* The octet at the position, '\0' at the end of the text (which holds no NUL of its own). */
static inline char
filter_reader_peek(const FilterReader *reader)
{
    return reader->text[reader->position];
}

/* Notes a repair at `position`. */
void filter_reader_repair(FilterReader *reader, gsize position, const char *text);
/* Passes over blanks, and notes them as a repair. */
void filter_reader_skip_blanks(FilterReader *reader);
/* Sets the error "position N: expected ..."; returns FALSE, for the caller to return. */
gboolean filter_reader_expected(FilterReader *reader, gsize position, const char *what);

/* Reads `attribute OPERATOR value` (RFC 4515 item) up to the parenthesis or the end behind it. NULL with the
 * reader's error set. Caller: filter_unref(). */
const Filter *filter_reader_item(FilterReader *reader) G_GNUC_WARN_UNUSED_RESULT;
