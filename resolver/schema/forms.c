/* SPDX-License-Identifier: BSD-2-Clause
 * forms.c - other forms of a value: the key for indexes, and the spelling that every server reads alike
 *
 * Owns: nothing. Promises: equal values have one key; a spelling changes nothing but the spelling. Threads: any.
 */
#include "resolver/schema/assertion.h"
#include "resolver/schema/dn-match.h"
#include "resolver/schema/value.h"

#include <string.h>

static char *
copy(gconstpointer data, gsize n, gsize *length)
{
    char *copied = g_malloc(n + 1);
    if (n > 0)
        memcpy(copied, data, n);
    copied[n] = '\0';
    *length = n;
    return copied;
}

static char *
text_key(const AttributeType *type, const Value *value, gsize *length)
{
    if (!value_is_in_alphabet(type, value))
        return NULL;
    g_auto(Folded) folded;
    if (!folded_init(&folded, rule_fold(type->equality), 0, value->data, value->length))
        return NULL;
    return copy(folded.data, folded.length, length);
}

/* Big-endian with the sign turned, so that keys also sort as the numbers do. */
static char *
number_key(const AttributeType *type, const Value *value, gsize *length)
{
    gint64 number;
    if (!rule_number(type->equality, FALSE, value, &number))
        return NULL;
    guint64 sortable = GUINT64_TO_BE((guint64)number ^ G_GUINT64_CONSTANT(1) << 63);
    return copy(&sortable, sizeof sortable, length);
}

static char *
octets_key(const AttributeType *type, const Value *value, gsize *length)
{
    guint8        room[OCTETS_ROOM];
    const guint8 *octets;
    gsize         n;
    if (!rule_octets(type->equality, value, room, &octets, &n))
        return NULL;
    return copy(octets, n, length);
}

char *
schema_value_key(const AttributeType *type, const Value *value, gsize *length)
{
    if (type->equality == RULE_NONE || type->equality == RULE_OID || type->equality == RULE_CATEGORY)
        return NULL;
    switch (rule_comparison(type->equality)) {
    case COMPARE_NUMBER:
        return number_key(type, value, length);
    case COMPARE_OCTETS:
        return octets_key(type, value, length);
    case COMPARE_DN: {
        char *key = dn_key_of_value(value);
        *length = key != NULL ? strlen(key) : 0;
        return key;
    }
    default:
        return text_key(type, value, length);
    }
}

/* YYYYMMDDHHMMSS.0Z in UTC: a server was seen to read every other form as the year 1. NULL for a time before the year 0
 * or after 9999, which an offset can make. */
static char *
time_text(gint64 ticks)
{
    gint64 seconds = ticks / TICKS_PER_SECOND, rest = ticks % TICKS_PER_SECOND;
    gint64 days = seconds / 86400, year = days / 366;
    seconds %= 86400;
    if (ticks < 0)
        return NULL;
    /* days before 1 January: walk up from the guess, a few thousandths of the years off at most */
    while ((year + 1) * 365 + (year + 4) / 4 - (year + 100) / 100 + (year + 400) / 400 <= days)
        year++;
    gint64 day = days - (year * 365 + (year + 3) / 4 - (year + 99) / 100 + (year + 399) / 400);
    if (year > 9999)
        return NULL;

    static const guint8 lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    gboolean            leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    guint               month = 0;
    for (; day >= lengths[month] + (month == 1 && leap); month++)
        day -= lengths[month] + (month == 1 && leap);

    g_autofree char *fraction = g_strdup_printf("%07" G_GINT64_FORMAT, rest);
    for (gsize n = strlen(fraction); n > 1 && fraction[n - 1] == '0'; n--)
        fraction[n - 1] = '\0';
    return g_strdup_printf("%04d%02u%02d%02d%02d%02d.%sZ", (int)year, month + 1, (int)day + 1, (int)(seconds / 3600),
                           (int)(seconds / 60 % 60), (int)(seconds % 60), fraction);
}

static char *
wire_text(const AttributeType *type, MatchKind kind, const Value *value)
{
    gboolean bits = kind == MATCH_BIT_AND || kind == MATCH_BIT_OR;
    gint64   number;
    if (bits && (type->equality == RULE_INTEGER || type->equality == RULE_INTEGER64))
        return rule_number(type->equality, TRUE, value, &number) ? g_strdup_printf("%" G_GINT64_FORMAT, number) : NULL;
    if (!bits && type->equality == RULE_TIME)
        return value_to_time(value, &number) ? time_text(number) : NULL;
    return NULL;
}

char *
schema_wire_value(const Schema *schema, const AttributeType *type, MatchKind kind, const Value *value, gsize *length)
{
    guint8 guid[GUID_LENGTH];
    if (schema_rules(schema) != SCHEMA_RULES_AD)
        return NULL;
    if (type->equality == RULE_GUID && value->length != GUID_LENGTH)
        return value_to_guid(value, guid) ? copy(guid, sizeof guid, length) : NULL;
    g_autofree char *text = wire_text(type, kind, value);
    if (text == NULL || (strlen(text) == value->length && memcmp(text, value->data, value->length) == 0))
        return NULL;
    *length = strlen(text);
    return g_steal_pointer(&text);
}
