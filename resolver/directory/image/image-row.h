/* SPDX-License-Identifier: BSD-2-Clause
 * image-row.h - the form of a row: what image_export() writes and image_rows_add() reads
 *
 *   row       = version name attribute...
 *   name      = ROW_ROOT | ROW_ENTRY id | ROW_NAME name text | ROW_OUTSIDE id name text | ROW_NOWHERE id text
 *               (text: an RDN, below the name before it); of the entry itself: ROW_ROOT or ROW_NAME
 *   attribute = text number value...        (key, how many)
 *   value     = text                        (attributes that are no DNs)
 *             | name | ROW_TEXT text        (DNs)
 *   text      = number octets
 *   number    = groups of 7 bits, the lowest first, the last without bit 8
 */
#pragma once

enum { ROW_VERSION = 1, ROW_MOST_LEVELS = 1000 };

typedef enum {
    ROW_ROOT,
    ROW_ENTRY,   /* an object that has a row of its own */
    ROW_NAME,    /* a name, whatever has it */
    ROW_OUTSIDE, /* an object without a row, and where it was seen */
    ROW_NOWHERE, /* one of which only a name is known */
    ROW_TEXT,    /* no DN */
} RowKind;
