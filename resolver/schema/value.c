/* SPDX-License-Identifier: BSD-2-Clause
 * value.c - integers, booleans, SIDs and GUIDs as text and octets
 *
 * Owns: nothing. Promises: reads no octet beyond the value's length. Threads: any.
 */
#include "resolver/schema/value.h"

#include <string.h>

gboolean
value_to_integer(const Value *value, guint bits, gboolean or_unsigned, gint64 *number)
{
    gboolean    negative = value->length > 0 && value->data[0] == '-';
    const char *at = value->data + negative, *end = value->data + value->length;
    guint64     limit = G_GUINT64_CONSTANT(1) << (bits - 1), magnitude = 0;

    if (at == end || (*at == '0' && (end - at > 1 || negative)))
        return FALSE;
    for (; at < end; at++) {
        if (!g_ascii_isdigit(*at) || __builtin_mul_overflow(magnitude, (guint64)10, &magnitude) ||
            __builtin_add_overflow(magnitude, (guint64)(*at - '0'), &magnitude))
            return FALSE;
    }
    if (or_unsigned && !negative && (bits == 64 || magnitude >> bits == 0)) {
        *number = bits == 64 ? (gint64)magnitude : (gint64)(gint32)(guint32)magnitude;
        return TRUE;
    }
    if (magnitude > limit - !negative)
        return FALSE;
    *number = negative ? (gint64)(0 - magnitude) : (gint64)magnitude;
    return TRUE;
}

gboolean
value_to_boolean(const Value *value, gboolean *truth)
{
    *truth = value->length == 4 && memcmp(value->data, "TRUE", 4) == 0;
    return *truth || (value->length == 5 && memcmp(value->data, "FALSE", 5) == 0);
}

/* One number of a SID's text, up to `limit`; moves *at behind it. */
static gboolean
sid_number(const char **at, const char *end, guint64 limit, guint64 *number)
{
    gboolean hexadecimal = end - *at > 2 && (*at)[0] == '0' && ((*at)[1] == 'x' || (*at)[1] == 'X');
    guint    base = hexadecimal ? 16 : 10;
    *at += hexadecimal ? 2 : 0;

    const char *start = *at;
    for (*number = 0; *at < end && **at != '-'; (*at)++) {
        int digit = g_ascii_xdigit_value(**at);
        if (digit < 0 || (guint)digit >= base)
            return FALSE;
        *number = *number * base + (guint)digit;
        if (*number > limit)
            return FALSE;
    }
    return *at > start;
}

static gboolean
sid_from_text(const char *at, const char *end, guint8 sid[SID_MAX], gsize *length)
{
    guint64 number;
    guint   subauthorities = 0;

    if (!sid_number(&at, end, G_GUINT64_CONSTANT(0xffffffffffff), &number))
        return FALSE;
    sid[0] = 1;
    for (guint i = 0; i < 6; i++)
        sid[2 + i] = (guint8)(number >> (8 * (5 - i)));
    for (; at < end; subauthorities++) {
        at++; /* the hyphen */
        if (subauthorities == 15 || !sid_number(&at, end, G_MAXUINT32, &number))
            return FALSE;
        guint32 little = GUINT32_TO_LE((guint32)number);
        memcpy(sid + 8 + 4 * subauthorities, &little, sizeof little);
    }
    sid[1] = (guint8)subauthorities;
    *length = 8 + 4 * subauthorities;
    return subauthorities > 0;
}

gboolean
value_to_sid(const Value *value, guint8 sid[SID_MAX], gsize *length)
{
    const guint8 *octets = (const guint8 *)value->data;
    if (value->length > 4 && g_ascii_strncasecmp(value->data, "S-1-", 4) == 0)
        return sid_from_text(value->data + 4, value->data + value->length, sid, length);
    if (value->length < 8 || value->length > SID_MAX || octets[0] != 1 || value->length != 8 + 4 * (gsize)octets[1])
        return FALSE;
    memcpy(sid, octets, value->length);
    *length = value->length;
    return TRUE;
}

/* 8-4-4-4-12 hexadecimal digits. */
static gboolean
uuid_from_text(const char *text, guint8 uuid[GUID_LENGTH])
{
    for (guint i = 0, at = 0; i < GUID_LENGTH; i++) {
        if (i == 4 || i == 6 || i == 8 || i == 10)
            if (text[at++] != '-')
                return FALSE;
        int high = g_ascii_xdigit_value(text[at]), low = g_ascii_xdigit_value(text[at + 1]);
        if (high < 0 || low < 0)
            return FALSE;
        uuid[i] = (guint8)(high << 4 | low);
        at += 2;
    }
    return TRUE;
}

static void
reverse(guint8 *octets, guint n)
{
    for (guint i = 0; i < n / 2; i++) {
        guint8 kept = octets[i];
        octets[i] = octets[n - 1 - i];
        octets[n - 1 - i] = kept;
    }
}

gboolean
value_to_guid(const Value *value, guint8 guid[GUID_LENGTH])
{
    if (value->length == GUID_LENGTH) {
        memcpy(guid, value->data, GUID_LENGTH);
        return TRUE;
    }
    gboolean braces = value->length == 38 && value->data[0] == '{' && value->data[37] == '}';
    if ((!braces && value->length != 36) || !uuid_from_text(value->data + braces, guid))
        return FALSE;
    reverse(guid, 4);
    reverse(guid + 4, 2);
    reverse(guid + 6, 2);
    return TRUE;
}

gboolean
value_to_uuid(const Value *value, guint8 uuid[GUID_LENGTH])
{
    return value->length == 36 && uuid_from_text(value->data, uuid);
}
