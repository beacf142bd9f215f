/* SPDX-License-Identifier: BSD-2-Clause
 * row-octets.h - the smallest parts of a row (image-row.h): octets, numbers, texts, ids
 *
 * Each returns FALSE, having read some of it, if the row does not hold one.
 */
#pragma once

#include "change.h"

#include <string.h>

typedef struct {
    const guint8 *at, *end;
} RowOctets;

static inline gboolean
row_octet(RowOctets *row, guint8 *octet)
{
    if (row->at == row->end)
        return FALSE;
    *octet = *row->at++;
    return TRUE;
}

static inline gboolean
row_number(RowOctets *row, gsize *number)
{
    guint8 octet;

    *number = 0;
    for (guint shift = 0; shift < 35; shift += 7) {
        if (!row_octet(row, &octet))
            return FALSE;
        *number |= (gsize)(octet & 0x7f) << shift;
        if ((octet & 0x80) == 0)
            return TRUE;
    }
    return FALSE;
}

static inline gboolean
row_text(RowOctets *row, const char **text, gsize *length)
{
    if (!row_number(row, length) || *length > (gsize)(row->end - row->at))
        return FALSE;
    *text = (const char *)row->at;
    row->at += *length;
    return TRUE;
}

static inline gboolean
row_id(RowOctets *row, EntryId *id)
{
    if ((gsize)(row->end - row->at) < sizeof id->octets)
        return FALSE;
    memcpy(id->octets, row->at, sizeof id->octets);
    row->at += sizeof id->octets;
    return TRUE;
}
