/* SPDX-License-Identifier: BSD-2-Clause
 * header-notes.c - what the end of a message must know of its headers, beside what tells its origin
 *
 * Owns:     copies of the few values that matter.
 * Promises: what a sender can make us keep is bounded.
 * Threads:  one at a time.
 */
#include "milter/header-notes.h"

#include "milter/edit-list.h"
#include "milter/split.h"
#include "milter/trace.h"

#include <string.h>

/* A message that hopped so often is given up by every MTA before. */
enum { MOST_VALUES = 100, LONGEST_VALUE = 2000 };

static const char *
without_blanks(const char *value)
{
    return value + strspn(value, " \t\r\n");
}

/* FALSE: there are too many. */
static gboolean
remember(GPtrArray **values, const char *value, gsize longest)
{
    if (*values == NULL) {
        *values = g_ptr_array_new_with_free_func(g_free);
        g_ptr_array_add(*values, NULL);
    }
    if ((*values)->len > MOST_VALUES)
        return FALSE;
    g_ptr_array_insert(*values, (int)(*values)->len - 1, g_strndup(without_blanks(value), longest));
    return TRUE;
}

static void
remember_ticket(HeaderNotes *notes, const char *value)
{
    if (notes->ticket == NULL)
        notes->ticket = g_strndup(without_blanks(value), LONGEST_VALUE);
    notes->tickets++;
}

/* The value of one parameter of a Content-Type (RFC 2045 section 5.1). */
static gboolean
has_parameter(const char *value, const char *name, const char *wanted)
{
    g_auto(GStrv) parts = g_strsplit(value, ";", 20);
    for (gsize i = 1; parts[0] != NULL && parts[i] != NULL; i++) {
        g_auto(GStrv) pair = g_strsplit(parts[i], "=", 2);
        if (pair[0] == NULL || pair[1] == NULL || g_ascii_strcasecmp(g_strstrip(pair[0]), name) != 0)
            continue;
        char *text = g_strstrip(pair[1]);
        gsize length = strlen(text);
        if (length >= 2 && text[0] == '"' && text[length - 1] == '"') {
            text[length - 1] = '\0';
            text++;
        }
        return g_ascii_strcasecmp(text, wanted) == 0;
    }
    return FALSE;
}

/* A comment in it (RFC 2045 section 5.1 allows them) makes it none: no MTA writes one. */
static gboolean
is_delivery_report(const char *value)
{
    static const char type[] = "multipart/report";
    g_autofree char  *bounded = g_strndup(without_blanks(value), LONGEST_VALUE);
    const char       *behind = bounded + strlen(type);
    return g_ascii_strncasecmp(bounded, type, strlen(type)) == 0 && *without_blanks(behind) == ';' &&
           has_parameter(bounded, "report-type", "delivery-status");
}

/* Two types make none: readers differ about which counts. */
static void
read_type(HeaderNotes *notes, const char *value)
{
    notes->delivery_report = notes->types == 0 && is_delivery_report(value);
    notes->types++;
}

void
header_notes_watch(HeaderNotes *notes, const char *name)
{
    header_table_count(&notes->watched, name);
}

void
header_notes_read(HeaderNotes *notes, const char *name, const char *value)
{
    if (notes->message_id == NULL && g_ascii_strcasecmp(name, "Message-ID") == 0)
        notes->message_id = g_strndup(value, LONGEST_VALUE);
    else if (g_ascii_strcasecmp(name, TRACE_HEADER) == 0)
        remember(&notes->traces, value, TRACE_VALUE_LENGTH + 1);
    else if (g_ascii_strcasecmp(name, SPLIT_HEADER) == 0)
        remember_ticket(notes, value);
    else if (g_ascii_strcasecmp(name, OOF_HEADER) == 0)
        notes->watched.overflow |= !remember(&notes->suppress, value, LONGEST_VALUE);
    else if (g_ascii_strcasecmp(name, "Content-Type") == 0)
        read_type(notes, value);
}

void
header_notes_clear(HeaderNotes *notes)
{
    g_clear_pointer(&notes->message_id, g_free);
    g_clear_pointer(&notes->traces, g_ptr_array_unref);
    g_clear_pointer(&notes->ticket, g_free);
    g_clear_pointer(&notes->suppress, g_ptr_array_unref);
    header_table_clear(&notes->watched);
    *notes = (HeaderNotes){0};
}
