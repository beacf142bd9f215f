/* SPDX-License-Identifier: BSD-2-Clause
 * filter-notes.c - what is to be said of a filter that an administrator typed
 *
 * Owns:     nothing.
 * Promises: repairs and Undefined assertions are all named.
 * Threads:  one.
 */
#include "admin/filter-notes.h"
#include "admin/output.h"

/* For the first answer of a server that is being connected to. */
enum { FIRST_ANSWER = 30 };

gint64
deadline_in(guint seconds)
{
    return g_get_monotonic_time() + seconds * G_TIME_SPAN_SECOND;
}

static void
free_repair(gpointer repair)
{
    filter_repair_free(repair);
}

const Filter *
parse_and_report(const char *text, GError **error)
{
    g_autoptr(GPtrArray) repairs = g_ptr_array_new_with_free_func(free_repair);
    const Filter *filter = filter_parse(text, repairs, error);

    for (guint i = 0; i < repairs->len; i++) {
        const FilterRepair *repair = g_ptr_array_index(repairs, i);
        output_note("position %" G_GSIZE_FORMAT ": %s", repair->position, repair->text);
    }
    return filter;
}

static gboolean
ignore_entry(G_GNUC_UNUSED const Entry *entry, G_GNUC_UNUSED gpointer user_data, G_GNUC_UNUSED GError **error)
{
    return TRUE;
}

Schema *
schema_of(Directory *directory, GError **error)
{
    static const char *const attributes[] = {"objectClass", NULL};
    Schema                  *schema = directory_schema(directory);

    if (schema != NULL)
        return schema;
    /* Any answer will do: a server that answers has shown its schema first. */
    g_autoptr(FilterRef) filter = filter_new_present("objectClass");
    DirectorySearch search = {.scope = SCOPE_BASE, .filter = filter, .attributes = attributes};
    if (!directory_search(directory, &search, ignore_entry, NULL, deadline_in(FIRST_ANSWER), error))
        return NULL;
    schema = directory_schema(directory);
    if (schema == NULL)
        g_set_error(error, DIRECTORY_ERROR, DIRECTORY_ERROR_UNAVAILABLE, "the server's schema could not be found out");
    return schema;
}

gboolean
report_undefined(const Filter *filter, Directory *directory, GError **error)
{
    g_autoptr(Schema) schema = schema_of(directory, error);
    if (schema == NULL)
        return FALSE;

    g_autoptr(GPtrArray) notes = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(FilterRef) folded = filter_fold(filter, schema, notes);
    for (guint i = 0; i < notes->len; i++)
        output_note("undefined: %s", (const char *)g_ptr_array_index(notes, i));
    if (filter_is_never(folded))
        output_note("no entry can match");
    return TRUE;
}
