/* SPDX-License-Identifier: BSD-2-Clause
 * header-notes.h - what the end of a message must know of its headers, beside what tells its origin
 *
 * For one thread at a time. Starts zeroed, and allocates nothing before the first header that matters.
 */
#pragma once

#include "milter/header-table.h"

#include <glib.h>

typedef struct {
    char       *message_id;      /* as in the first such header; NULL: none */
    GPtrArray  *traces;          /* values of our trace headers, NULL-terminated; NULL: none */
    GPtrArray  *suppress;        /* of X-Auto-Response-Suppress, in their order, NULL-terminated; NULL: none */
    char       *ticket;          /* value of the first split header; NULL: none */
    guint       tickets;         /* how many there are */
    gboolean    delivery_report; /* Content-Type: multipart/report; report-type=delivery-status (RFC 6522 section 3) */
    guint       types;           /* how many Content-Type headers there are */
    HeaderTable watched;         /* those that may have to go */
} HeaderNotes;

/* One that may have to be removed. */
void header_notes_watch(HeaderNotes *notes, const char *name);
/* Takes a note of the field if it matters to a message with groups. */
void header_notes_read(HeaderNotes *notes, const char *name, const char *value);
void header_notes_clear(HeaderNotes *notes);
