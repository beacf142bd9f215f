/* SPDX-License-Identifier: BSD-2-Clause
 * check-attributes.c - rollcall check: can the attributes that filters name be seen at all
 *
 * A server does not say that an account may not read an attribute: conditions with it are simply never true, and the
 * group silently lacks members. That no entry shows the attribute is the one sign of it.
 *
 * Owns:     nothing.
 * Promises: an attribute that no entry shows is named; one that could not be asked for is bad.
 * Threads:  one.
 */
#include "admin/check.h"
#include "admin/filter-notes.h"

enum { LONGEST_PROBE = 60 };

/* One entry is enough: the search is ended by an error of our own. */
static GQuark
seen_quark(void)
{
    return g_quark_from_static_string("rollcall-check-seen");
}

static gboolean
stop_at_first(G_GNUC_UNUSED const Entry *entry, G_GNUC_UNUSED gpointer user_data, GError **error)
{
    g_set_error_literal(error, seen_quark(), 0, "seen");
    return FALSE;
}

gboolean
check_any_entry(Directory *directory, const Filter *filter, gint64 deadline, gboolean *any, GError **error)
{
    static const char *const attributes[] = {"objectClass", NULL};
    g_autoptr(GError) stopped = NULL;
    DirectorySearch search = {.scope = SCOPE_SUBTREE, .filter = filter, .attributes = attributes};

    *any = !directory_search(directory, &search, stop_at_first, NULL, deadline, &stopped);
    if (!*any || stopped->domain == seen_quark())
        return TRUE;
    g_propagate_error(error, g_steal_pointer(&stopped));
    return FALSE;
}

static void
probe(CheckTally *tally, Directory *directory, const char *attribute)
{
    g_autoptr(FilterRef) filter = filter_new_present(attribute);
    g_autoptr(GError) error = NULL;
    gboolean any;

    if (!check_any_entry(directory, filter, deadline_in(LONGEST_PROBE), &any, &error))
        check_say(tally, CHECK_BAD, "attribute %s: %s", attribute, error->message);
    else if (!any)
        check_say(tally, CHECK_NOTE,
                  "attribute %s: no entry with it can be seen: absent everywhere or not readable by this account",
                  attribute);
}

/* Presence means nothing for what a server computes, has for every entry, or resolves itself. */
static gboolean
can_be_probed(const Schema *schema, const char *attribute)
{
    const AttributeType *type = schema_attribute(schema, attribute);

    return type != NULL && g_ascii_strcasecmp(attribute, "anr") != 0 &&
           (type->flags & (ATTRIBUTE_CONSTRUCTED | ATTRIBUTE_ALWAYS)) == 0;
}

static int
compare_names(gconstpointer a, gconstpointer b)
{
    return g_ascii_strcasecmp(a, b);
}

void
check_attributes(CheckTally *tally, Directory *directory, const Schema *schema, GHashTable *attributes)
{
    g_autoptr(GList) names = g_list_sort(g_hash_table_get_values(attributes), compare_names);
    guint n_notes = tally->n_notes, n_bad = tally->n_bad;

    for (const GList *name = names; name != NULL; name = name->next)
        if (can_be_probed(schema, name->data))
            probe(tally, directory, name->data);
    if (names != NULL && tally->n_notes == n_notes && tally->n_bad == n_bad)
        check_say(tally, CHECK_GOOD, "attributes: all that filters name and that can be asked for are to be seen");
}
