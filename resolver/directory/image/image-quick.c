/* SPDX-License-Identifier: BSD-2-Clause
 * image-quick.c - a quick look at values
 *
 * Owns:     nothing.
 * Promises: NO and YES are what the assertion would say. In a value of printable ASCII nothing but case and runs of
 * blanks changes when it is folded, so that letters that follow each other in a piece do so in the value. Threads: any.
 */
#include "image-quick.h"

#include "octets.h"

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

/* A single blank between solid octets: where blanks in a row count as one it stands for any number of them. */
static gboolean
is_inner_blank(const char *text, gsize length, gsize at)
{
    return text[at] == ' ' && at > 0 && is_solid(text[at - 1]) && at + 1 < length && is_solid(text[at + 1]);
}

/* What can be compared octet by octet from the start of a text on. */
static gsize
start_length(const char *text, gsize length, gboolean blanks)
{
    gsize n = 0;
    while (n < length && (is_solid(text[n]) || (blanks && is_inner_blank(text, length, n))))
        n++;
    return n > 0 && text[n - 1] == ' ' ? n - 1 : n;
}

/* The same from the end back. */
static gsize
end_length(const char *text, gsize length, gboolean blanks)
{
    gsize n = 0;
    while (n < length && (is_solid(text[length - n - 1]) || (blanks && is_inner_blank(text, length, length - n - 1))))
        n++;
    return n > 0 && text[length - n] == ' ' ? n - 1 : n;
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

/* ---- numbers ---- */

/* Digits alone, without zeros in front: signs and what does not fit are left to others. */
static gboolean
is_usual_number(const Quick *quick, const char *text, gsize length)
{
    if (length == 0 || length > quick->most_digits || (length > 1 && *text == '0'))
        return FALSE;
    if (length >= sizeof(guint64))
        return are_digits(load(text)) && are_digits(load(text + length - sizeof(guint64))) &&
               (length < 2 * sizeof(guint64) || are_digits(load(text + sizeof(guint64))));
    for (gsize i = 0; i < length; i++)
        if (text[i] < '0' || text[i] > '9')
            return FALSE;
    return TRUE;
}

static gboolean
init_number(Quick *quick, const Filter *filter, Rule rule)
{
    const Value *value = &filter->value;

    quick->most_digits = rule == RULE_INTEGER ? 9 : 18; /* they fit into 32 and into 64 bits */
    quick->is_number = is_usual_number(quick, value->data, value->length);
    quick->is_at_least = filter->kind == FILTER_GREATER_OR_EQUAL;
    quick->is_at_most = filter->kind == FILTER_LESS_OR_EQUAL;
    if (quick->is_number)
        set_piece(quick, value->data, value->length);
    return quick->is_number;
}

static QuickAnswer
look_at_number(const Quick *quick, const char *data, gsize length)
{
    if (!is_usual_number(quick, data, length))
        return QUICK_PERHAPS;
    int order = length != quick->length ? (length > quick->length ? 1 : -1) : memcmp(data, quick->piece, length);
    return order == 0 || (order > 0 ? quick->is_at_least : quick->is_at_most) ? QUICK_YES : QUICK_NO;
}

/* ---- pieces ---- */

static gboolean
is_text(Rule rule)
{
    return rule == RULE_AD_STRING || rule == RULE_AD_TELETEX || rule == RULE_CASE_IGNORE || rule == RULE_CASE_EXACT;
}

/* The piece that says most, cut to what fits. */
static void
choose_piece(Quick *quick, const Filter *filter, gboolean blanks)
{
    const Value *initial = &filter->initial, *final = &filter->final;
    gsize        start = initial->data != NULL ? start_length(initial->data, initial->length, blanks) : 0;
    gsize        end = final->data != NULL ? end_length(final->data, final->length, blanks) : 0;

    quick->is_start = start > 0;
    quick->is_end = !quick->is_start && end > 0;
    if (quick->is_start) {
        set_piece(quick, initial->data, start);
    } else if (quick->is_end) {
        gsize kept = MIN(end, sizeof quick->piece);
        set_piece(quick, final->data + final->length - kept, kept);
    } else {
        for (guint i = 0; i < filter->n_any; i++)
            take_longest(quick, &filter->any[i]);
    }
    /* cut in the middle, it may begin or end with a blank: that says nothing by itself */
    while (quick->is_start && quick->length > 0 && quick->piece[quick->length - 1] == ' ')
        quick->length--;
    if (quick->is_end && quick->length > 0 && quick->piece[0] == ' ')
        memmove(quick->piece, quick->piece + 1, --quick->length);
}

static void
set_edges(Quick *quick)
{
    quick->has_edges = quick->length >= sizeof(guint64) && memchr(quick->piece, ' ', quick->length) == NULL;
    if (!quick->has_edges)
        return;
    memcpy(&quick->first, quick->piece, sizeof(guint64));
    memcpy(&quick->last, quick->piece + quick->length - sizeof(guint64), sizeof(guint64));
    quick->first |= EACH(0x20);
    quick->last |= EACH(0x20);
}

/* The only piece that the filter has; NULL: it has several. */
static const Value *
only_piece(const Filter *filter)
{
    if (filter->n_any + (filter->initial.data != NULL) + (filter->final.data != NULL) != 1)
        return NULL;
    if (filter->n_any == 1)
        return &filter->any[0];
    return filter->initial.data != NULL ? &filter->initial : &filter->final;
}

gboolean
quick_init(Quick *quick, const Filter *filter, const AttributeType *type)
{
    Rule     rule = type->substring;
    gboolean is_order = filter->kind == FILTER_GREATER_OR_EQUAL || filter->kind == FILTER_LESS_OR_EQUAL;
    gboolean blanks = rule == RULE_AD_STRING || rule == RULE_CASE_IGNORE;

    *quick = (Quick){0};
    if (is_order && type->ordering == RULE_TIME)
        return init_time(quick, filter);
    if (is_order && (type->ordering == RULE_INTEGER || type->ordering == RULE_INTEGER64))
        return init_number(quick, filter, type->ordering);
    if (filter->kind != FILTER_SUBSTRING || !is_text(rule))
        return FALSE;

    choose_piece(quick, filter, blanks);
    set_edges(quick);
    const Value *all = only_piece(filter);
    quick->is_all = all != NULL && rule != RULE_CASE_EXACT && all->length == quick->length;
    return quick->length > 0;
}

static guint8
lower(guint8 c)
{
    return c >= 'A' && c <= 'Z' ? (guint8)(c + ('a' - 'A')) : c;
}

/* The last octets are looked at twice rather than one by one. */
static gboolean
is_plain(const guint8 *value, gsize length)
{
    if (length >= sizeof(Octets)) {
        Octets odd = odd_ones(octets_at(value + length - sizeof(Octets)));
        for (gsize at = 0; at + sizeof(Octets) < length; at += sizeof(Octets))
            odd |= odd_ones(octets_at(value + at));
        return !any_in(odd);
    }
    if (length >= sizeof(guint64))
        return is_plain_eight(eight_at(value)) && is_plain_eight(eight_at(value + length - sizeof(guint64)));
    for (gsize i = 0; i < length; i++)
        if (value[i] < ' ' || value[i] > 0x7e)
            return FALSE;
    return TRUE;
}

/* The piece has been found: whether that is all. */
static QuickAnswer
conclude(const Quick *quick, const guint8 *value, gsize length)
{
    return quick->is_all && is_plain(value, length) ? QUICK_YES : QUICK_PERHAPS;
}

/* A blank that was not expected does not count at the edge of the value, and what is not ASCII may come to anything. */
static QuickAnswer
differs(guint8 octet)
{
    return octet < 0x21 || octet > 0x7e ? QUICK_PERHAPS : QUICK_NO;
}

/* Whether the octets from `at` on are solid and others than the piece's; FALSE says nothing. */
static inline gboolean
is_other(const Quick *quick, const guint8 *at)
{
    guint64 first, last;

    memcpy(&first, at, sizeof first);
    memcpy(&last, at + quick->length - sizeof last, sizeof last);
    if ((first | EACH(0x20)) == quick->first && (last | EACH(0x20)) == quick->last)
        return FALSE;
    return (beyond(first, ' ' + 1) | beyond(last, ' ' + 1)) == 0;
}

static QuickAnswer
look_at_start(const Quick *quick, const guint8 *value, gsize length)
{
    gsize at = 0;

    if (quick->has_edges && length >= quick->length && is_other(quick, value))
        return QUICK_NO;
    for (gsize i = 0; i < quick->length; i++, at++) {
        if (at == length)
            return QUICK_NO;
        if (lower(value[at]) != quick->piece[i])
            return differs(value[at]);
        while (value[at] == ' ' && at + 1 < length && value[at + 1] == ' ')
            at++;
    }
    return conclude(quick, value, length);
}

static QuickAnswer
look_at_end(const Quick *quick, const guint8 *value, gsize length)
{
    gsize at = length;

    if (quick->has_edges && length >= quick->length && is_other(quick, value + length - quick->length))
        return QUICK_NO;
    for (gsize i = quick->length; i > 0; i--, at--) {
        if (at == 0)
            return QUICK_NO;
        if (lower(value[at - 1]) != quick->piece[i - 1])
            return differs(value[at - 1]);
        while (value[at - 1] == ' ' && at > 1 && value[at - 2] == ' ')
            at--;
    }
    return conclude(quick, value, length);
}

/* Whether the piece stands at one of the next `n` places. */
static gboolean
is_at_one(const Quick *quick, const guint8 *at, gsize n)
{
    for (const guint8 *end = at + n; at < end; at++) {
        gsize same = 0;
        while (same < quick->length && lower(at[same]) == quick->piece[same])
            same++;
        if (same == quick->length)
            return TRUE;
    }
    return FALSE;
}

/* FALSE: at none of the next 16 places stands the first letter of the piece, and the last where it would be. 0x20 is
 * set in every lower case letter; comparing with it set finds at least what is the same but for case. */
static inline gboolean
may_be_in_16(const Quick *quick, const guint8 *at)
{
    gsize  behind = quick->length - 1u;
    Octets first = (Octets)((octets_at(at) | all_of(0x20)) == all_of(quick->piece[0] | 0x20));
    Octets last = (Octets)((octets_at(at + behind) | all_of(0x20)) == all_of(quick->piece[behind] | 0x20));

    return any_in(first & last);
}

/* The same of eight. */
static inline gboolean
may_be_in_8(const Quick *quick, const guint8 *at)
{
    gsize   behind = quick->length - 1u;
    guint64 first = (eight_at(at) | EACH(0x20)) ^ EACH((guint64)(quick->piece[0] | 0x20));
    guint64 last = (eight_at(at + behind) | EACH(0x20)) ^ EACH((guint64)(quick->piece[behind] | 0x20));

    return has_zero(first | last);
}

static gboolean
has_piece(const Quick *quick, const guint8 *value, gsize length)
{
    gsize places = length < quick->length ? 0 : length - quick->length + 1, at = 0;

    if (places < sizeof(guint64))
        return is_at_one(quick, value, places);
    if (places < sizeof(Octets))
        return (may_be_in_8(quick, value) || may_be_in_8(quick, value + places - sizeof(guint64))) &&
               is_at_one(quick, value, places);
    for (; at + sizeof(Octets) < places; at += sizeof(Octets))
        if (may_be_in_16(quick, value + at) && is_at_one(quick, value + at, sizeof(Octets)))
            return TRUE;
    at = places - sizeof(Octets);
    return may_be_in_16(quick, value + at) && is_at_one(quick, value + at, sizeof(Octets));
}

static QuickAnswer
look_anywhere(const Quick *quick, const guint8 *value, gsize length)
{
    if (!is_plain(value, length))
        return QUICK_PERHAPS;
    if (!has_piece(quick, value, length))
        return QUICK_NO;
    return quick->is_all ? QUICK_YES : QUICK_PERHAPS;
}

QuickAnswer
quick_look(const Quick *quick, const char *data, gsize length)
{
    if (quick->is_time)
        return look_at_time(quick, data, length);
    if (quick->is_number)
        return look_at_number(quick, data, length);
    if (quick->is_start)
        return look_at_start(quick, (const guint8 *)data, length);
    return (quick->is_end ? look_at_end : look_anywhere)(quick, (const guint8 *)data, length);
}
