/* SPDX-License-Identifier: BSD-2-Clause
 * members-remote.c - rollcall members: who is missed because a filter tests for a mailbox server
 *
 * Owns:     a second resolver, on a directory of its own, while it asks.
 * Promises: asks the same question with the one setting changed, so that the difference is what the setting makes.
 * Threads:  one.
 */
#include "admin/members.h"

#include <string.h>

/* The walk says so in its notes. */
static gboolean
is_about_servers(const char *note)
{
    return strstr(note, "mailboxes-include-remote") != NULL;
}

gboolean
members_tests_server(const Answer *answer)
{
    const GPtrArray *notes = answer->roster == NULL ? NULL : roster_notes(answer->roster);

    for (guint i = 0; notes != NULL && i < notes->len; i++)
        if (is_about_servers(g_ptr_array_index(notes, i)))
            return TRUE;
    return FALSE;
}

static int
compare_text(gconstpointer a, gconstpointer b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The routes of `wide` that `narrow` does not have. */
static GPtrArray *
difference(const Roster *narrow, const Roster *wide)
{
    g_autoptr(GHashTable) known = g_hash_table_new(g_str_hash, g_str_equal);
    GPtrArray          *added = g_ptr_array_new_with_free_func(g_free);
    gsize               n_members;
    const RosterMember *members = roster_members(narrow, &n_members);

    for (gsize i = 0; i < n_members; i++)
        g_hash_table_add(known, (gpointer)address_key(members[i].route));
    members = roster_members(wide, &n_members);
    for (gsize i = 0; i < n_members; i++)
        if (!g_hash_table_contains(known, address_key(members[i].route)))
            g_ptr_array_add(added, g_strdup(address_text(members[i].route)));
    g_ptr_array_sort(added, compare_text);
    return added;
}

GPtrArray *
members_remote(Source *source, const Address *address, const Answer *answer, GError **error)
{
    const Settings *settings = source_settings(source, error);
    if (settings == NULL)
        return NULL;
    ResolverSettings how = settings_resolver(settings);
    how.include_remote = TRUE;
    g_autoptr(Resolver) resolver = settings_open_resolver(settings, &how, NULL, NULL, error);
    if (resolver == NULL)
        return NULL;
    g_autoptr(Answer) wide = resolver_preview(resolver, address);
    if (wide->kind != ANSWER_DEFERRED && wide->roster != NULL)
        return difference(answer->roster, wide->roster);
    g_set_error(error, DIRECTORY_ERROR, DIRECTORY_ERROR_INCOMPLETE, "%d %s %s", wide->code, wide->enhanced, wide->text);
    return NULL;
}
