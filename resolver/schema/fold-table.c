/* SPDX-License-Identifier: BSD-2-Clause
 * fold-table.c - folding by single octets, and the walks that need no more than that
 *
 * Owns:     nothing.
 * Promises: allocates nothing; stops at the first octet that decides.
 * Threads:  any.
 */
#include "resolver/schema/fold.h"

#define ROW(first)                                                                                                   \
    (first), (first) + 1, (first) + 2, (first) + 3, (first) + 4, (first) + 5, (first) + 6, (first) + 7, (first) + 8, \
        (first) + 9, (first) + 10, (first) + 11, (first) + 12, (first) + 13, (first) + 14, (first) + 15
#define LOWER_CASE                                                                                                     \
    '@', 'a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j', 'k', 'l', 'm', 'n', 'o', 'p', 'q', 'r', 's', 't', 'u', 'v', \
        'w', 'x', 'y', 'z', '[', '\\', ']', '^', '_'
#define PRINTABLE_EXACT ROW(0x20), ROW(0x30), ROW(0x40), ROW(0x50), ROW(0x60), ROW(0x70)
#define PRINTABLE_LOWER ROW(0x20), ROW(0x30), LOWER_CASE, ROW(0x60), ROW(0x70)
#define HIGH ROW(0x80), ROW(0x90), ROW(0xa0), ROW(0xb0), ROW(0xc0), ROW(0xd0), ROW(0xe0), ROW(0xf0)

/* Control characters stay themselves on AD: nothing says that they fold. */
static FoldTable ad_string = {ROW(0), ROW(0x10), PRINTABLE_LOWER, [0x80 ... 0xff] = FOLD_SLOW};
static FoldTable teletex = {ROW(0), ROW(0x10), PRINTABLE_LOWER, HIGH};
static FoldTable folded = {ROW(0), ROW(0x10), PRINTABLE_EXACT, HIGH};

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Woverride-init"
/* RFC 4518 section 2.2 maps control characters to nothing or to a blank: fold.c does. */
static FoldTable case_ignore = {ROW(0), ROW(0x10), PRINTABLE_LOWER, [0 ... 0x1f] = FOLD_SLOW,
                                [0x7f ... 0xff] = FOLD_SLOW};
static FoldTable case_exact = {ROW(0), ROW(0x10), PRINTABLE_EXACT, [0 ... 0x1f] = FOLD_SLOW,
                               [0x7f ... 0xff] = FOLD_SLOW};
/* RFC 4517 section 3.3.23: digits and blanks are all there is. */
static FoldTable numeric = {ROW(0),
                            ROW(0x10),
                            ROW(0x20),
                            ROW(0x30),
                            [0 ... 0x1f] = FOLD_BAD,
                            [' '] = FOLD_SKIP,
                            [0x21 ... 0x2f] = FOLD_BAD,
                            [0x3a ... 0xff] = FOLD_BAD};
/* RFC 4517 section 3.3.31 wants a PrintableString; real numbers have more signs, so only what is not printable
 * ASCII breaks the syntax. RFC 4518 section 2.6.3: blanks and hyphens do not count. */
static FoldTable       telephone = {ROW(0),
                                    ROW(0x10),
                                    PRINTABLE_LOWER,
                                    [0 ... 0x1f] = FOLD_BAD,
                                    [' '] = FOLD_SKIP,
                                    ['-'] = FOLD_SKIP,
                                    [0x7f ... 0xff] = FOLD_BAD};
#pragma GCC diagnostic pop

const gint16 *
fold_table(Fold fold)
{
    static const gint16 *const tables[] = {
        [FOLD_AD_STRING] = ad_string,   [FOLD_TELETEX] = teletex, [FOLD_CASE_IGNORE] = case_ignore,
        [FOLD_CASE_EXACT] = case_exact, [FOLD_NUMERIC] = numeric, [FOLD_TELEPHONE] = telephone,
    };
    return tables[fold];
}

const gint16 *
fold_table_of_folded(void)
{
    return folded;
}

void
fold_walk_init(FoldWalk *walk, const gint16 *table, const char *data, gsize length)
{
    const guint8 *at = (const guint8 *)data, *end = at + length;
    while (at < end && *at == ' ')
        at++;
    while (at < end && end[-1] == ' ')
        end--;
    *walk = (FoldWalk){at, end, table};
}

gboolean
fold_compare_plain(const gint16 *table, const char *stored, gsize stored_length, const char *folded_text,
                   gsize folded_length, int *order)
{
    FoldWalk      walk;
    const guint8 *text = (const guint8 *)folded_text, *text_end = text + folded_length;

    fold_walk_init(&walk, table, stored, stored_length);
    while (walk.at < walk.end) {
        int octet = table[*walk.at++];
        if (octet == ' ') {
            while (*walk.at == ' ') /* a walk never ends with a blank */
                walk.at++;
            if (table[*walk.at] < 0) /* may come to nothing, and the blank with it */
                return FALSE;
        }
        if (octet < FOLD_SKIP)
            return FALSE;
        if (octet == FOLD_SKIP)
            continue;
        *order = text == text_end ? 1 : octet - *text;
        if (*order != 0)
            return TRUE;
        text++;
    }
    *order = text == text_end ? 0 : -1;
    return TRUE;
}

gboolean
fold_is_plain(const gint16 *table, const char *data, gsize length)
{
    for (gsize i = 0; i < length; i++)
        if (table[(guint8)data[i]] < FOLD_SKIP)
            return FALSE;
    return TRUE;
}

/* The next folded octet, -1 at the end. */
static inline int
walk_next(FoldWalk *walk)
{
    while (walk->at < walk->end) {
        int octet = walk->table[*walk->at++];
        if (octet == ' ')
            while (walk->at < walk->end && *walk->at == ' ')
                walk->at++;
        if (octet != FOLD_SKIP)
            return octet;
    }
    return -1;
}

static inline int
walk_previous(FoldWalk *walk)
{
    while (walk->at < walk->end) {
        int octet = walk->table[*--walk->end];
        if (octet == ' ')
            while (walk->at < walk->end && walk->end[-1] == ' ')
                walk->end--;
        if (octet != FOLD_SKIP)
            return octet;
    }
    return -1;
}

gboolean
fold_walk_starts_with(FoldWalk *walk, const char *text, gsize length)
{
    for (gsize i = 0; i < length; i++)
        if (walk_next(walk) != (guint8)text[i])
            return FALSE;
    return TRUE;
}

gboolean
fold_walk_ends_with(FoldWalk *walk, const char *text, gsize length)
{
    for (gsize i = length; i > 0; i--)
        if (walk_previous(walk) != (guint8)text[i - 1])
            return FALSE;
    return TRUE;
}

gboolean
fold_walk_find(FoldWalk *walk, const char *text, gsize length)
{
    for (int octet = walk_next(walk); octet >= 0; octet = walk_next(walk)) {
        if (octet != (guint8)*text)
            continue;
        FoldWalk attempt = *walk;
        if (fold_walk_starts_with(&attempt, text + 1, length - 1)) {
            *walk = attempt;
            return TRUE;
        }
    }
    return FALSE;
}
