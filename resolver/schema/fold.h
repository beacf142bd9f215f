/* SPDX-License-Identifier: BSD-2-Clause
 * fold.h - brings a string into the form in which the strings of a matching rule are compared byte by byte
 *
 * Folded text is UTF-8 with no blank at either end and no two blanks in a row.
 */
#pragma once

#include <glib.h>

typedef enum {
    FOLD_AD_STRING,   /* case, non-spacing marks, width, kana type (MS-ADTS 3.1.1.2.2.4 and 6.5) */
    FOLD_TELETEX,     /* ASCII case; any octets */
    FOLD_CASE_IGNORE, /* RFC 4518 with case folding */
    FOLD_CASE_EXACT,  /* RFC 4518 without */
    FOLD_NUMERIC,     /* digits; blanks do not count at all */
    FOLD_TELEPHONE,   /* blanks and hyphens do not count at all, case does not matter */
} Fold;

/* What becomes of one octet: itself folded, or one of these. */
enum {
    FOLD_SKIP = -1, /* does not count */
    FOLD_SLOW = -2, /* not decided by this octet alone */
    FOLD_BAD = -3,  /* breaks the syntax */
};
typedef const gint16 FoldTable[256];

const gint16 *fold_table(Fold fold);
/* For text that is folded already: each octet is itself. */
const gint16 *fold_table_of_folded(void);

typedef enum {
    FOLD_KEEP_START = 1 << 0, /* one blank at the start stays: the middle or end of a value */
    FOLD_KEEP_END = 1 << 1,
} FoldEdges;

enum { FOLD_ROOM = 3072 };
/* Folded text, in place while it is short. No value of less than 256 octets outgrows it: the most that 3 octets
 * become is the 33 of U+FDFA. */
typedef struct {
    char *data;
    gsize length, room;
    char  own[FOLD_ROOM];
} Folded;

/* FALSE if the value breaks its syntax. Either way: folded_clear(). */
gboolean folded_init(Folded *folded, Fold fold, FoldEdges edges, const char *data,
                     gsize length) G_GNUC_WARN_UNUSED_RESULT;
void     folded_clear(Folded *folded);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Folded, folded_clear)

/* Compares a stored value with folded text, from the first octet that differs on no further: *order is less than, equal
 * to, or greater than 0 as the stored value is. FALSE if the value must be folded as a whole to know. */
gboolean fold_compare_plain(const gint16 *table, const char *stored, gsize stored_length, const char *folded,
                            gsize folded_length, int *order);
/* Whether fold_next() may walk over the value without folding it first. */
gboolean fold_is_plain(const gint16 *table, const char *data, gsize length);

/* A walk over the folded form of a plain value, from both ends, without making it. */
typedef struct {
    const guint8 *at, *end;
    const gint16 *table;
} FoldWalk;

void fold_walk_init(FoldWalk *walk, const gint16 *table, const char *data, gsize length);
/* Each consumes what it found; FALSE leaves the walk in no useful state. */
gboolean fold_walk_starts_with(FoldWalk *walk, const char *folded, gsize length);
gboolean fold_walk_ends_with(FoldWalk *walk, const char *folded, gsize length);
gboolean fold_walk_find(FoldWalk *walk, const char *folded, gsize length);
