/* SPDX-License-Identifier: BSD-2-Clause
 * value-time.c - generalized time and UTC time in all their forms
 *
 * Owns: nothing. Promises: two values are equal exactly if they name the same instant, to 100 ns. Threads: any.
 */
#include "resolver/schema/value.h"

typedef struct {
    const char *at, *end;
} Scanner;

/* Exactly `n` digits. */
static gboolean
digits(Scanner *scanner, guint n, gint64 *number)
{
    if (scanner->end - scanner->at < (gssize)n)
        return FALSE;
    *number = 0;
    for (; n > 0; n--, scanner->at++) {
        if (!g_ascii_isdigit(*scanner->at))
            return FALSE;
        *number = *number * 10 + (*scanner->at - '0');
    }
    return TRUE;
}

static gboolean
digits_within(Scanner *scanner, gint64 low, gint64 high, gint64 *number)
{
    return digits(scanner, 2, number) && *number >= low && *number <= high;
}

static gboolean
next_is_digit(const Scanner *scanner)
{
    return scanner->at < scanner->end && g_ascii_isdigit(*scanner->at);
}

/* Days from 1 January of the year 0 in the Gregorian calendar; FALSE for a day that the month does not have. */
static gboolean
days_of_date(gint64 year, gint64 month, gint64 day, gint64 *days)
{
    static const guint8 lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    gboolean            leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

    if (day > lengths[month - 1] + (month == 2 && leap))
        return FALSE;
    *days = year * 365 + (year + 3) / 4 - (year + 99) / 100 + (year + 399) / 400 + day - 1;
    for (gint64 m = 1; m < month; m++)
        *days += lengths[m - 1] + (m == 2 && leap);
    return TRUE;
}

/* `.5` of the smallest unit that was given. Digits beyond the eighth are read but too small to count. */
static gboolean
fraction(Scanner *scanner, gint64 unit, gint64 *ticks)
{
    if (scanner->at == scanner->end || (*scanner->at != '.' && *scanner->at != ','))
        return TRUE;
    scanner->at++;
    if (!next_is_digit(scanner))
        return FALSE;
    gint64 numerator = 0, denominator = 1;
    for (; next_is_digit(scanner); scanner->at++)
        if (denominator < 100000000) {
            numerator = numerator * 10 + (*scanner->at - '0');
            denominator *= 10;
        }
    *ticks += numerator * unit / denominator;
    return TRUE;
}

/* Z, +HH, +HHMM, -HH, -HHMM, and nothing behind it. */
static gboolean
zone(Scanner *scanner, gint64 *ticks)
{
    if (scanner->at == scanner->end)
        return FALSE;
    char sign = *scanner->at++;
    if (sign == 'Z')
        return scanner->at == scanner->end;

    gint64 hours, minutes = 0;
    if ((sign != '+' && sign != '-') || !digits_within(scanner, 0, 23, &hours))
        return FALSE;
    if (scanner->at < scanner->end && !digits_within(scanner, 0, 59, &minutes))
        return FALSE;
    gint64 offset = (hours * 60 + minutes) * 60 * TICKS_PER_SECOND;
    *ticks += sign == '+' ? -offset : offset;
    return scanner->at == scanner->end;
}

/* What both forms have in common once the year is read: MMDDHH[MM[SS]]. */
static gboolean
date_and_time(Scanner *scanner, gint64 year, gint64 *unit, gint64 *ticks)
{
    gint64 month, day, hour, minute = 0, second = 0, days;
    if (!digits_within(scanner, 1, 12, &month) || !digits_within(scanner, 1, 31, &day) ||
        !digits_within(scanner, 0, 23, &hour) || !days_of_date(year, month, day, &days))
        return FALSE;
    *unit = 3600;
    if (next_is_digit(scanner)) {
        if (!digits_within(scanner, 0, 59, &minute))
            return FALSE;
        *unit = 60;
    }
    if (*unit == 60 && next_is_digit(scanner)) {
        if (!digits_within(scanner, 0, 60, &second)) /* 60: a leap second */
            return FALSE;
        *unit = 1;
    }
    *unit *= TICKS_PER_SECOND;
    *ticks = (((days * 24 + hour) * 60 + minute) * 60 + second) * TICKS_PER_SECOND;
    return TRUE;
}

static gboolean
generalized_time(Scanner scanner, gint64 *ticks)
{
    gint64 year, unit;
    return digits(&scanner, 4, &year) && date_and_time(&scanner, year, &unit, ticks) &&
           fraction(&scanner, unit, ticks) && zone(&scanner, ticks);
}

/* Two digits of the year: 50 to 99 are of the last century (RFC 5280 section 4.1.2.5.1). The minutes must be there. */
static gboolean
utc_time(Scanner scanner, gint64 *ticks)
{
    gint64 year, unit;
    return digits(&scanner, 2, &year) && date_and_time(&scanner, year + (year < 50 ? 2000 : 1900), &unit, ticks) &&
           unit < (gint64)3600 * TICKS_PER_SECOND && zone(&scanner, ticks);
}

gboolean
value_to_time(const Value *value, gint64 *ticks)
{
    Scanner scanner = {value->data, value->data + value->length};
    return generalized_time(scanner, ticks) || utc_time(scanner, ticks);
}
