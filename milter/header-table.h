/* SPDX-License-Identifier: BSD-2-Clause
 * header-table.h - how often each header field that may have to go occurs in a message
 *
 * MTAs are told to remove a field by its name and its number among those of that name. For one thread at a time.
 */
#pragma once

#include <glib.h>

/* A message of Exchange Online has some fifty such fields. Each removal costs the MTA a walk through all headers.
 * Names: what fits into a line (RFC 5322 section 2.1.1). */
enum { HEADER_TABLE_MOST_NAMES = 256, HEADER_TABLE_MOST_FIELDS = 1024, HEADER_TABLE_LONGEST_NAME = 998 };

typedef struct {
    char *name; /* as the first one was spelled; compared without regard to case */
    guint occurrences;
} HeaderCount;

/* Starts zeroed, and allocates nothing before the first field. */
typedef struct {
    GArray  *counts; /* of HeaderCount, in the order of the first occurrences; NULL: none */
    guint    fields;
    gboolean overflow; /* there were more than can be counted: what would have to go is not known */
} HeaderTable;

void               header_table_count(HeaderTable *table, const char *name);
const HeaderCount *header_table_items(const HeaderTable *table, gsize *n);
/* Empty again; any number of times. */
void header_table_clear(HeaderTable *table);
