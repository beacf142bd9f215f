/* SPDX-License-Identifier: BSD-2-Clause
 * expand.c - the walk from a group to everybody in it
 *
 * Owns:     the groups met, until the walk ends.
 * Promises: breadth first, each group once, so that cycles are harmless; all of it or an error: an entry that ought to
 * be there and cannot be read ends the walk. Threads:  one a walk; walks share nothing but the directory.
 */
#include "resolver/expand/walk.h"

#include "rollcall/dn.h"

#include <string.h>

typedef struct {
    Group *group;
    guint  selected_by;
} Admitted;

static void
admitted_clear(Admitted *admitted)
{
    group_unref(admitted->group);
}

static void
walk_clear(Walk *walk)
{
    roster_builder_free(walk->roster);
    address_arena_free(walk->arena);
    g_hash_table_unref(walk->met);
    g_hash_table_unref(walk->asked);
    g_ptr_array_unref(walk->kept);
    g_array_unref(walk->pending);
    relays_free(walk->relays);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Walk, walk_clear)

static void
walk_init(Walk *walk)
{
    walk->attributes = walk->options->follow_forwarding ? forwarding_attributes : member_attributes;
    walk->roster = roster_builder_new(walk->options);
    walk->arena = address_arena_new();
    walk->met = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    walk->asked = g_hash_table_new(g_str_hash, g_str_equal);
    walk->kept = g_ptr_array_new_with_free_func((GDestroyNotify)group_unref);
    walk->pending = g_array_new(FALSE, FALSE, sizeof(PendingGroup));
    g_array_set_clear_func(walk->pending, (GDestroyNotify)pending_group_clear);
}

/* ---- what a group lists ---- */

static gboolean
find_missing(Walk *walk, const GPtrArray *dns, const GPtrArray *entries, GError **error)
{
    g_autoptr(GHashTable) found = g_hash_table_new(g_str_hash, g_str_equal);

    for (guint i = 0; i < entries->len; i++)
        g_hash_table_add(found, (gpointer)entry_key(g_ptr_array_index(entries, i)));
    for (guint i = 0; i < dns->len; i++) {
        const char      *dn = g_ptr_array_index(dns, i);
        g_autofree char *key = dn_key(dn);
        if ((key == NULL || !g_hash_table_contains(found, key)) && !walk_meet_missing(walk, dn, error))
            return FALSE;
    }
    return TRUE;
}

/* The member DNs that this walk has not read yet. */
static GPtrArray *
unread_members(Walk *walk, const Group *group)
{
    gsize              n_members;
    const char *const *members = group_members(group, &n_members);
    GPtrArray         *unread = g_ptr_array_new();

    for (gsize i = 0; i < n_members; i++)
        if (g_hash_table_add(walk->asked, (gpointer)members[i]))
            g_ptr_array_add(unread, (gpointer)members[i]);
    return unread;
}

/* Exchange 2003 hid members by denying everybody to read `member`: no member to be seen is then no proof of none. */
static gboolean
check_not_hidden(const Group *group, gsize n_members, GError **error)
{
    if (n_members > 0 || !entry_boolean(group_entry(group), "hidedlmembership"))
        return TRUE;
    g_set_error(error, DIRECTORY_ERROR, DIRECTORY_ERROR_INCOMPLETE,
                "hideDLMembership is set and no member can be read");
    return FALSE;
}

static gboolean
read_listed(Walk *walk, const Group *group, GError **error)
{
    g_autoptr(GPtrArray) unread = unread_members(walk, group);
    g_autoptr(GPtrArray) entries = g_ptr_array_new_with_free_func((GDestroyNotify)entry_unref);

    if (unread->len == 0)
        return TRUE;
    if (!directory_read_many(walk->directory, (const char *const *)unread->pdata, unread->len, walk->attributes,
                             entries, walk->options->deadline, error))
        return FALSE;
    for (guint i = 0; i < entries->len; i++)
        if (!walk_meet(g_ptr_array_index(entries, i), walk, error))
            return FALSE;
    return entries->len == unread->len || find_missing(walk, unread, entries, error);
}

/* ---- what a group searches for ---- */

/* With include_remote as it was meant, else as it stands and with a word to the administrator. */
static const Filter *
filter_of(Walk *walk, const Group *group, const GroupQuery *query)
{
    const char *tested = filter_tests_mailbox_server(query->filter);

    if (tested == NULL)
        return filter_ref(query->filter);
    if (walk->options->include_remote)
        return filter_include_remote_mailboxes(query->filter);
    g_autofree char *note = g_strdup_printf("the filter tests %s, which no mailbox in Exchange Online has; "
                                            "mailboxes-include-remote = yes takes those for mailboxes too",
                                            tested);
    roster_builder_note(walk->roster, entry_dn(group_entry(group)), note);
    return filter_ref(query->filter);
}

static gboolean
run_queries(Walk *walk, const Group *group, GError **error)
{
    gsize             n_queries;
    const GroupQuery *queries = group_queries(group, &n_queries);

    for (gsize i = 0; i < n_queries; i++) {
        g_autoptr(FilterRef) filter = filter_of(walk, group, &queries[i]);
        DirectorySearch search = {
            .base = queries[i].base,
            .scope = queries[i].scope,
            .filter = filter,
            .attributes = walk->attributes,
        };
        if (!directory_search(walk->directory, &search, walk_meet, walk, walk->options->deadline, error))
            return FALSE;
    }
    return TRUE;
}

/* ---- levels ---- */

static gboolean
check_time(const Walk *walk, GError **error)
{
    if (g_get_monotonic_time() < walk->options->deadline)
        return TRUE;
    g_set_error(error, DIRECTORY_ERROR, DIRECTORY_ERROR_UNAVAILABLE, "the time for one expansion is over");
    return FALSE;
}

static gboolean
expand_one(Walk *walk, const Admitted *admitted, GError **error)
{
    Group *group = admitted->group;
    gsize  n_members;

    group_members(group, &n_members);
    g_ptr_array_add(walk->kept, group_ref(group));
    walk->current = roster_builder_add_group(walk->roster, group, admitted->selected_by);

    if (check_time(walk, error) && (group_kind(group) != GROUP_STATIC || check_not_hidden(group, n_members, error)) &&
        run_queries(walk, group, error) && read_listed(walk, group, error))
        return TRUE;
    g_prefix_error(error, "group %s: ", entry_dn(group_entry(group)));
    return FALSE;
}

static gboolean
fail_changed(GError **error)
{
    g_set_error(error, DIRECTORY_ERROR, DIRECTORY_ERROR_INCOMPLETE, "a nested group vanished while it was expanded");
    return FALSE;
}

/* An entry that was a group a moment ago, read again whole. */
static gboolean
admit_one(Walk *walk, const Entry *entry, guint selected_by, GArray *level, GError **error)
{
    walk->current = selected_by;
    if (!entry_is_group(entry))
        return fail_changed(error);

    g_autoptr(Group) group = group_new(entry, error);
    if (group == NULL)
        return FALSE;

    const char *refusal = NULL;
    if (walk->options->admit_group != NULL &&
        !walk->options->admit_group(group, &refusal, walk->options->user_data, error))
        return FALSE;
    if (refusal != NULL) {
        roster_builder_skip(walk->roster, selected_by, entry_dn(entry), refusal);
        return TRUE;
    }
    Admitted admitted = {.group = g_steal_pointer(&group), .selected_by = selected_by};
    g_array_append_val(level, admitted);
    return TRUE;
}

static int
compare_pending(gconstpointer a, gconstpointer b)
{
    return strcmp(((const PendingGroup *)a)->key, ((const PendingGroup *)b)->key);
}

/* Reads the groups met on the level above, in an order that does not depend on the directory's. */
static gboolean
read_pending(Walk *walk, GArray *level, GError **error)
{
    g_autoptr(GArray) pending = g_steal_pointer(&walk->pending);
    g_autoptr(GPtrArray) dns = g_ptr_array_new();
    g_autoptr(GPtrArray) entries = g_ptr_array_new_with_free_func((GDestroyNotify)entry_unref);

    walk->pending = g_array_new(FALSE, FALSE, sizeof(PendingGroup));
    g_array_set_clear_func(walk->pending, (GDestroyNotify)pending_group_clear);
    g_array_sort(pending, compare_pending);
    for (guint i = 0; i < pending->len; i++)
        g_ptr_array_add(dns, g_array_index(pending, PendingGroup, i).dn);

    if (!directory_read_many(walk->directory, (const char *const *)dns->pdata, dns->len, group_attributes, entries,
                             walk->options->deadline, error))
        return FALSE;
    if (entries->len != dns->len)
        return fail_changed(error);
    for (guint i = 0; i < entries->len; i++)
        if (!admit_one(walk, g_ptr_array_index(entries, i), g_array_index(pending, PendingGroup, i).selected_by, level,
                       error))
            return FALSE;
    return TRUE;
}

static GArray *
new_level(void)
{
    GArray *level = g_array_new(FALSE, FALSE, sizeof(Admitted));
    g_array_set_clear_func(level, (GDestroyNotify)admitted_clear);
    return level;
}

/* NULL with an error. An empty level ends the walk. */
static GArray *
next_level(Walk *walk, guint depth, GError **error)
{
    g_autoptr(GArray) level = new_level();

    if (walk->pending->len > 0 && !read_pending(walk, level, error))
        return NULL;
    if (level->len > 0 && walk->options->max_depth > 0 && depth > walk->options->max_depth) {
        const Admitted *first = &g_array_index(level, Admitted, 0);
        g_set_error(error, EXPAND_ERROR, EXPAND_ERROR_TOO_DEEP, "group %s lies deeper than max-depth = %u",
                    entry_dn(group_entry(first->group)), walk->options->max_depth);
        return NULL;
    }
    return g_steal_pointer(&level);
}

static gboolean
walk_levels(Walk *walk, const Group *top, GError **error)
{
    g_autoptr(GArray) level = new_level();
    Admitted first = {.group = group_ref((Group *)top), .selected_by = 0};

    g_array_append_val(level, first);
    g_hash_table_add(walk->met, g_strdup(entry_key(group_entry(top))));
    for (guint depth = 1; level->len > 0; depth++) {
        for (guint i = 0; i < level->len; i++)
            if (!expand_one(walk, &g_array_index(level, Admitted, i), error))
                return FALSE;
        if (!relays_follow(walk, error))
            return FALSE;

        GArray *next = next_level(walk, depth + 1, error);
        if (next == NULL)
            return FALSE;
        g_array_unref(level);
        level = next;
    }
    return TRUE;
}

Roster *
expand_group(Directory *directory, const Group *group, const ExpandOptions *options, GError **error)
{
    g_auto(Walk) walk = {.directory = directory, .options = options};

    walk_init(&walk);
    if (!walk_levels(&walk, group, error))
        return NULL;
    relays_skip_loops(&walk);
    return roster_builder_finish(g_steal_pointer(&walk.roster), error);
}
