/* SPDX-License-Identifier: BSD-2-Clause
 * image-quick.c - a quick look at values
 *
 * Owns:     nothing.
 * Promises: NO and YES are what the assertion would say. In a value of printable ASCII nothing but case and runs of
 * blanks changes when it is folded, so that letters that follow each other in a piece do so in the value. Threads: any.
 */
#include "image-quick.h"

#include <string.h>

static gboolean
is_solid(char c)
{
    return c > ' ' && c < 0x7f;
}

static gsize
solid_length(const char *text, gsize length)
{
    gsize n = 0;
    while (n < length && is_solid(text[n]))
        n++;
    return n;
}

static void
set_piece(Quick *quick, const char *text, gsize length)
{
    quick->length = (guint8)MIN(length, sizeof quick->piece);
    for (gsize i = 0; i < quick->length; i++)
        quick->piece[i] = (guint8)g_ascii_tolower(text[i]);
}

/* The longest run of solid octets of a piece, if it is longer than the one so far. */
static void
take_longest(Quick *quick, const Value *piece)
{
    for (gsize at = 0; at < piece->length;) {
        gsize length = solid_length(piece->data + at, piece->length - at);
        if (MIN(length, sizeof quick->piece) > quick->length)
            set_piece(quick, piece->data + at, length);
        at += length + 1;
    }
}

/* ---- times ---- */

enum { TIME_LENGTH = 17, TIME_DIGITS = 14 };

static guint64
load(const char *text)
{
    guint64 octets;
    memcpy(&octets, text, sizeof octets);
    return GUINT64_FROM_BE(octets); /* as numbers they sort as the text does */
}

static gboolean
are_digits(guint64 octets)
{
    const guint64 high = G_GUINT64_CONSTANT(0xf0f0f0f0f0f0f0f0), zeros = G_GUINT64_CONSTANT(0x3030303030303030);
    return (octets & high) == zeros && ((octets + G_GUINT64_CONSTANT(0x0606060606060606)) & high) == zeros;
}

static guint
two_digits(const char *text)
{
    return (guint)(text[0] - '0') * 10 + (guint)(text[1] - '0');
}

/* Days that every month has, and no leap seconds: all else is left to others. */
static gboolean
is_usual_time(const char *text, gsize length)
{
    if (length != TIME_LENGTH || memcmp(text + TIME_DIGITS, ".0Z", 3) != 0 || !are_digits(load(text)) ||
        !are_digits(load(text + TIME_DIGITS - sizeof(guint64))))
        return FALSE;
    guint month = two_digits(text + 4), day = two_digits(text + 6);
    return month >= 1 && month <= 12 && day >= 1 && day <= 28 && two_digits(text + 8) < 24 &&
           two_digits(text + 10) < 60 && two_digits(text + 12) < 60;
}

static gboolean
init_time(Quick *quick, const Filter *filter)
{
    if (!is_usual_time(filter->value.data, filter->value.length))
        return FALSE;
    quick->is_time = TRUE;
    quick->is_at_least = filter->kind == FILTER_GREATER_OR_EQUAL;
    quick->is_at_most = filter->kind == FILTER_LESS_OR_EQUAL;
    memcpy(quick->piece, filter->value.data, TIME_LENGTH);
    return TRUE;
}

static QuickAnswer
look_at_time(const Quick *quick, const char *data, gsize length)
{
    if (!is_usual_time(data, length))
        return QUICK_PERHAPS;
    int order = memcmp(data, quick->piece, TIME_DIGITS);
    return order == 0 || (order > 0 ? quick->is_at_least : quick->is_at_most) ? QUICK_YES : QUICK_NO;
}

/* ---- pieces ---- */

gboolean
quick_init(Quick *quick, const Filter *filter, const AttributeType *type)
{
    Rule     rule = type->substring;
    gboolean is_order = filter->kind == FILTER_GREATER_OR_EQUAL || filter->kind == FILTER_LESS_OR_EQUAL;

    *quick = (Quick){0};
    if (is_order && type->ordering == RULE_TIME)
        return init_time(quick, filter);
    if (filter->kind != FILTER_SUBSTRING ||
        (rule != RULE_AD_STRING && rule != RULE_AD_TELETEX && rule != RULE_CASE_IGNORE && rule != RULE_CASE_EXACT))
        return FALSE;

    const Value *initial = &filter->initial;
    gsize        start = initial->data != NULL ? solid_length(initial->data, initial->length) : 0;
    gboolean     only_initial = filter->n_any == 0 && filter->final.data == NULL;
    gboolean     only_any = filter->n_any == 1 && initial->data == NULL && filter->final.data == NULL;
    if (start > 0) {
        quick->is_start = TRUE;
        set_piece(quick, initial->data, start);
    } else {
        for (guint i = 0; i < filter->n_any; i++)
            take_longest(quick, &filter->any[i]);
        if (filter->final.data != NULL)
            take_longest(quick, &filter->final);
    }
    const Value *all = only_initial ? initial : only_any ? &filter->any[0] : NULL;
    quick->is_all = all != NULL && rule != RULE_CASE_EXACT && all->length == quick->length &&
                    solid_length(all->data, all->length) == all->length;
    return quick->length > 0;
}

static guint8
lower(guint8 c)
{
    return c >= 'A' && c <= 'Z' ? (guint8)(c + ('a' - 'A')) : c;
}

static QuickAnswer
look_at_start(const Quick *quick, const guint8 *value, gsize length)
{
    for (gsize i = 0; i < quick->length; i++) {
        if (i == length)
            return QUICK_NO;
        if (lower(value[i]) == quick->piece[i])
            continue;
        /* a blank at the start does not count, and what is not ASCII may come to anything */
        return value[i] < 0x21 || value[i] > 0x7e ? QUICK_PERHAPS : QUICK_NO;
    }
    for (gsize i = quick->length; quick->is_all && i < length; i++)
        if (value[i] < ' ' || value[i] > 0x7e)
            return QUICK_PERHAPS;
    return quick->is_all ? QUICK_YES : QUICK_PERHAPS;
}

static gboolean
is_here(const Quick *quick, const guint8 *value)
{
    for (gsize i = 0; i < quick->length; i++)
        if (lower(value[i]) != quick->piece[i])
            return FALSE;
    return TRUE;
}

/* 16 octets at a time, by the vector types of GCC and clang. */
typedef guint8  Octets __attribute__((vector_size(16)));
typedef guint64 Halves __attribute__((vector_size(16)));

static inline Octets
all_of(guint8 octet)
{
    return (Octets){octet, octet, octet, octet, octet, octet, octet, octet,
                    octet, octet, octet, octet, octet, octet, octet, octet};
}

static inline gboolean
any_in(Octets octets)
{
    Halves halves = (Halves)octets;
    return (halves[0] | halves[1]) != 0;
}

static QuickAnswer
look_one_by_one(const Quick *quick, const guint8 *value, gsize length, gsize at, gboolean found)
{
    for (gsize i = at; i < length; i++)
        if (value[i] < ' ' || value[i] > 0x7e)
            return QUICK_PERHAPS;
    for (gsize i = at; !found && i + quick->length <= length; i++)
        found = is_here(quick, value + i);
    if (!found)
        return QUICK_NO;
    return quick->is_all ? QUICK_YES : QUICK_PERHAPS;
}

static QuickAnswer
look_anywhere(const Quick *quick, const guint8 *value, gsize length)
{
    /* 0x20 is set in every lower case letter, and comparing with it set finds at least what is the same but for case */
    Octets   first = all_of(quick->piece[0] | 0x20), bit = all_of(0x20), lowest = all_of(0x20), highest = all_of(0x7e);
    gboolean found = FALSE;
    gsize    at = 0;

    for (; at + sizeof(Octets) <= length; at += sizeof(Octets)) {
        Octets octets;
        memcpy(&octets, value + at, sizeof octets);
        if (any_in((Octets)((octets < lowest) | (octets > highest))))
            return QUICK_PERHAPS;
        if (found || !any_in((Octets)((octets | bit) == first)))
            continue;
        for (gsize i = at; !found && i < at + sizeof(Octets) && i + quick->length <= length; i++)
            found = is_here(quick, value + i);
    }
    return look_one_by_one(quick, value, length, at, found);
}

QuickAnswer
quick_look(const Quick *quick, const char *data, gsize length)
{
    if (quick->is_time)
        return look_at_time(quick, data, length);
    return (quick->is_start ? look_at_start : look_anywhere)(quick, (const guint8 *)data, length);
}
