/* SPDX-License-Identifier: BSD-2-Clause
 * header-table.c - how often each header field that may have to go occurs in a message
 *
 * Owns:     the names.
 * Promises: whatever a sender writes, memory and later removals are bounded; past the bounds the table says so.
 * Threads:  one at a time.
 */
#include "milter/header-table.h"

#include <string.h>

static void
header_count_clear(gpointer data)
{
    g_free(((HeaderCount *)data)->name);
}

/* RFC 5322 section 4.5.8: blanks before the colon, which some MTAs leave in the name, do not count. */
static gsize
name_length(const char *name)
{
    gsize length = strlen(name);
    while (length > 0 && g_ascii_isspace(name[length - 1]))
        length--;
    return length;
}

static HeaderCount *
find(const HeaderTable *table, const char *name)
{
    gsize length = name_length(name);
    for (guint i = 0; table->counts != NULL && i < table->counts->len; i++) {
        HeaderCount *count = &g_array_index(table->counts, HeaderCount, i);
        if (g_ascii_strncasecmp(count->name, name, length) == 0 && count->name[length] == '\0')
            return count;
    }
    return NULL;
}

static HeaderCount *
append(HeaderTable *table, const char *name)
{
    if (table->counts == NULL) {
        table->counts = g_array_new(FALSE, FALSE, sizeof(HeaderCount));
        g_array_set_clear_func(table->counts, header_count_clear);
    }
    if (table->counts->len >= HEADER_TABLE_MOST_NAMES || name_length(name) > HEADER_TABLE_LONGEST_NAME)
        return NULL;
    HeaderCount count = {.name = g_strndup(name, name_length(name))};
    g_array_append_val(table->counts, count);
    return &g_array_index(table->counts, HeaderCount, table->counts->len - 1);
}

void
header_table_count(HeaderTable *table, const char *name)
{
    if (table->overflow)
        return;
    HeaderCount *count = find(table, name);
    if (count == NULL)
        count = append(table, name);
    if (count == NULL || table->fields >= HEADER_TABLE_MOST_FIELDS) {
        table->overflow = TRUE;
        return;
    }
    count->occurrences++;
    table->fields++;
}

const HeaderCount *
header_table_items(const HeaderTable *table, gsize *n)
{
    *n = table->counts != NULL ? table->counts->len : 0;
    return table->counts != NULL ? (const HeaderCount *)table->counts->data : NULL;
}

void
header_table_clear(HeaderTable *table)
{
    g_clear_pointer(&table->counts, g_array_unref);
    *table = (HeaderTable){0};
}
