/* SPDX-License-Identifier: BSD-2-Clause
 * verify.c - whether what is kept gives every group the roster that the server gives it
 *
 * Owns:     nothing beyond one comparison.
 * Promises: a difference is one that stays: a change that has reached the server and not us yet is waited for.
 * Threads:  any; it waits for the network.
 */
#include "resolver/question.h"

#include <string.h>

enum { EXAMPLES = 5, ROUNDS = 4 };
#define PAUSE (2 * G_TIME_SPAN_SECOND)

void
resolver_difference_free(ResolverDifference *difference)
{
    if (difference == NULL)
        return;
    g_free(difference->group);
    g_free(difference->error);
    g_ptr_array_unref(difference->only_mirror);
    g_ptr_array_unref(difference->only_live);
    g_free(difference);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC(ResolverDifference, resolver_difference_free)

/* ---- which groups there are ---- */

typedef struct {
    const Resolver *resolver;
    GPtrArray      *groups; /* of Address */
    GHashTable     *seen;   /* set of their keys, borrowed */
} Collecting;

/* The first of its addresses that mail can come to here. */
static const Address *
address_of(const Resolver *resolver, const GPtrArray *addresses)
{
    for (guint i = 0; i < addresses->len; i++)
        if (resolver_is_ours(resolver, g_ptr_array_index(addresses, i)))
            return g_ptr_array_index(addresses, i);
    return NULL;
}

/* DirectoryEntryFunc */
static gboolean
collect(const Entry *entry, gpointer user_data, G_GNUC_UNUSED GError **error)
{
    Collecting *collecting = user_data;
    gboolean    has_primary;

    if (!entry_is_group(entry))
        return TRUE;
    g_autoptr(GPtrArray) addresses = entry_addresses(entry, &has_primary);
    const Address *address = address_of(collecting->resolver, addresses);
    if (address == NULL || g_hash_table_contains(collecting->seen, address_key(address)))
        return TRUE;
    g_hash_table_add(collecting->seen, (gpointer)address_key(address));
    g_ptr_array_add(collecting->groups, address_ref((Address *)address));
    return TRUE;
}

static const Filter *
group_classes(void)
{
    static const char *const classes[] = {"msExchDynamicDistributionList", "group", "groupOfNames",
                                          "groupOfUniqueNames", "groupOfURLs"};
    const Filter            *parts[G_N_ELEMENTS(classes)];

    for (gsize i = 0; i < G_N_ELEMENTS(classes); i++)
        parts[i] = filter_new_equal("objectClass", classes[i], -1);
    return filter_new_composite(FILTER_OR, parts, G_N_ELEMENTS(parts));
}

static gboolean
find_groups_in(Collecting *collecting, DirectoryViewKind kind, gint64 deadline, GError **error)
{
    g_autoptr(FilterRef) filter = group_classes();
    DirectorySearch search = {.scope = SCOPE_SUBTREE, .filter = filter, .attributes = group_lookup_attributes};
    Directory      *directory = collecting->resolver->directory;
    Directory      *view = directory_view(directory, kind, error);

    if (view == NULL)
        return FALSE;
    gboolean found = directory_search(view, &search, collect, collecting, deadline, error);
    directory_view_end(directory, view);
    return found;
}

/* Those that either knows: one that is not kept is the worst of differences. Of Address; NULL with an error. */
static GPtrArray *
find_groups(Resolver *resolver, gint64 deadline, GError **error)
{
    g_autoptr(GPtrArray) groups = g_ptr_array_new_with_free_func((GDestroyNotify)address_unref);
    g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);
    Collecting collecting = {resolver, groups, seen};

    if (!find_groups_in(&collecting, VIEW_CURRENT, deadline, error) ||
        !find_groups_in(&collecting, VIEW_LIVE, deadline, error))
        return NULL;
    return g_steal_pointer(&groups);
}

/* ---- two answers ---- */

static GHashTable *
routes_of(const Answer *answer)
{
    GHashTable         *routes = g_hash_table_new(g_str_hash, g_str_equal);
    gsize               n = 0;
    const RosterMember *members = answer->roster != NULL ? roster_members(answer->roster, &n) : NULL;

    for (gsize i = 0; i < n; i++)
        g_hash_table_insert(routes, (gpointer)address_key(members[i].route), members[i].route);
    return routes;
}

/* How many routes `other` lacks; some of them are appended to `examples`. */
static guint
count_missing(GHashTable *routes, GHashTable *other, GPtrArray *examples)
{
    GHashTableIter iter;
    gpointer       key, route;
    guint          n = 0;

    g_hash_table_iter_init(&iter, routes);
    while (g_hash_table_iter_next(&iter, &key, &route)) {
        if (g_hash_table_contains(other, key))
            continue;
        if (n++ < EXAMPLES)
            g_ptr_array_add(examples, g_strdup(address_text(route)));
    }
    return n;
}

static const char *
word_for(const Answer *answer)
{
    if (answer->reason != NULL)
        return answer->reason;
    return answer->kind == ANSWER_UNKNOWN ? "unknown" : answer->kind == ANSWER_RECIPIENT ? "no group" : "good";
}

/* NULL: none. */
static ResolverDifference *
compare(const Address *group, const Answer *kept, const Answer *live)
{
    g_autoptr(GHashTable) kept_routes = routes_of(kept);
    g_autoptr(GHashTable) live_routes = routes_of(live);
    g_autoptr(ResolverDifference) difference = g_new0(ResolverDifference, 1);

    difference->group = g_strdup(address_text(group));
    difference->only_mirror = g_ptr_array_new_with_free_func(g_free);
    difference->only_live = g_ptr_array_new_with_free_func(g_free);
    difference->n_mirror = count_missing(kept_routes, live_routes, difference->only_mirror);
    difference->n_live = count_missing(live_routes, kept_routes, difference->only_live);
    if (kept->kind != live->kind || g_strcmp0(kept->reason, live->reason) != 0)
        difference->error = g_strdup_printf("mirror: %s; live: %s", word_for(kept), word_for(live));
    if (difference->n_mirror == 0 && difference->n_live == 0 && difference->error == NULL)
        return NULL;
    return g_steal_pointer(&difference);
}

/* Why a view has no answer; it is no difference if the other has none for the same reason. */
static ResolverDifference *
compare_failures(const Address *group, const Answer *kept, const GError *kept_error, const GError *live_error)
{
    ResolverDifference *difference = g_new0(ResolverDifference, 1);

    difference->group = g_strdup(address_text(group));
    difference->only_mirror = g_ptr_array_new_with_free_func(g_free);
    difference->only_live = g_ptr_array_new_with_free_func(g_free);
    difference->error = g_strdup_printf("mirror: %s; live: %s", kept != NULL ? "good" : kept_error->message,
                                        live_error != NULL ? live_error->message : "good");
    return difference;
}

/* FALSE with an error: there is no more to compare with. *difference NULL: none. */
static gboolean
verify_one(Resolver *resolver, const Address *group, ResolverDifference **difference, GError **error)
{
    g_autoptr(GError) kept_error = NULL;
    g_autoptr(GError) live_error = NULL;
    g_autoptr(Answer) kept = resolver_preview_in(resolver, group, VIEW_CURRENT, &kept_error);

    *difference = NULL;
    if (g_error_matches(kept_error, DIRECTORY_ERROR, DIRECTORY_ERROR_NOT_KEPT))
        return TRUE; /* mail is answered live, too */
    g_autoptr(Answer) live = resolver_preview_in(resolver, group, VIEW_LIVE, &live_error);
    if (g_error_matches(live_error, DIRECTORY_ERROR, DIRECTORY_ERROR_UNAVAILABLE)) {
        g_propagate_error(error, g_steal_pointer(&live_error));
        return FALSE;
    }
    if (kept != NULL && live != NULL)
        *difference = compare(group, kept, live);
    else if (kept_error == NULL || live_error == NULL || kept_error->code != live_error->code)
        *difference = compare_failures(group, kept, kept_error, live_error);
    return TRUE;
}

static gboolean
verify_all(Resolver *resolver, const GPtrArray *groups, GPtrArray *doubtful, GPtrArray *differences, gint64 deadline,
           GError **error)
{
    for (guint i = 0; i < groups->len; i++) {
        g_autoptr(ResolverDifference) difference = NULL;
        Address *group = g_ptr_array_index(groups, i);
        if (g_get_monotonic_time() > deadline) {
            g_set_error(error, DIRECTORY_ERROR, DIRECTORY_ERROR_UNAVAILABLE, "no time left after %u of %u groups", i,
                        groups->len);
            return FALSE;
        }
        if (!verify_one(resolver, group, &difference, error))
            return FALSE;
        if (difference == NULL)
            continue;
        g_ptr_array_add(doubtful, address_ref(group));
        g_ptr_array_add(differences, g_steal_pointer(&difference));
    }
    return TRUE;
}

GPtrArray *
resolver_verify(Resolver *resolver, guint *n_groups, gint64 deadline, GError **error)
{
    g_autoptr(GPtrArray) groups = find_groups(resolver, deadline, error);
    g_autoptr(GPtrArray) differences = NULL;

    if (groups == NULL)
        return NULL;
    *n_groups = groups->len;
    for (int round = 0; round < ROUNDS; round++) {
        g_autoptr(GPtrArray) doubtful = g_ptr_array_new_with_free_func((GDestroyNotify)address_unref);
        g_clear_pointer(&differences, g_ptr_array_unref);
        differences = g_ptr_array_new_with_free_func((GDestroyNotify)resolver_difference_free);
        if (!verify_all(resolver, groups, doubtful, differences, deadline, error))
            return NULL;
        if (doubtful->len == 0 || round + 1 == ROUNDS)
            break;
        g_ptr_array_unref(groups);
        groups = g_steal_pointer(&doubtful);
        g_usleep(PAUSE);
    }
    return g_steal_pointer(&differences);
}
