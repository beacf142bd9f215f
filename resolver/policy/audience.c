/* SPDX-License-Identifier: BSD-2-Clause
 * audience.c - the addresses of everybody on a list of people and groups
 *
 * Owns:     the keys of those addresses.
 * Promises: all of them or an error: somebody who ought to be on the list is never missing from it.
 * Threads:  one while it is made, then any.
 *
 * Exchange looks whether the sender is on the list itself, and only if not, in the listed groups, "fully expanded"
 * ["Recipient resolution in Exchange Server"]. Here both are one set, made before it is known which sender counts.
 */
#include "resolver/policy/audience.h"

#include "rollcall/dn.h"
#include "rollcall/policy.h"
#include "rollcall/roster.h"

#include <string.h>

/* One message holds such a set until it ends: some 50 MB at most; those of all members of a group together are twice
 * that. */
enum { MOST_ADDRESSES = 500000, MOST_TOGETHER = 2 * MOST_ADDRESSES };

struct Audience {
    int         reference_count;
    GHashTable *keys; /* set of address keys (owned) */
};

typedef struct {
    Directory            *directory;
    const AudienceSource *source;
    gint64                deadline;
    Audience             *audience;
    char                 *remote; /* DN of a group whose members live elsewhere, if one was met */
} Reading;

static void
reading_clear(Reading *reading)
{
    audience_unref(reading->audience);
    g_free(reading->remote);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Reading, reading_clear)

Audience *
audience_ref(Audience *audience)
{
    g_atomic_int_inc(&audience->reference_count);
    return audience;
}

void
audience_unref(Audience *audience)
{
    if (audience == NULL || !g_atomic_int_dec_and_test(&audience->reference_count))
        return;
    g_hash_table_unref(audience->keys);
    g_free(audience);
}

gboolean
audience_has(const Audience *audience, const Address *address)
{
    return g_hash_table_contains(audience->keys, address_key(address));
}

gsize
audience_size(const Audience *audience)
{
    return g_hash_table_size(audience->keys);
}

/* ---- one entry ---- */

static void
add_address(Reading *reading, const Address *address)
{
    if (g_hash_table_size(reading->audience->keys) <= MOST_ADDRESSES)
        g_hash_table_add(reading->audience->keys, g_strdup(address_key(address)));
}

/* A sender is found by proxyAddresses, as Exchange does; `mail` names those who have none. The external address of a
 * contact stands among its proxies, or, made by hand, in targetAddress alone. Where there are proxies targetAddress
 * does not count: it may be where somebody else reads this person's mail. */
static void
add_entry(Reading *reading, const Entry *entry)
{
    gboolean     has_primary;
    const Value *proxies;
    const char  *target = entry_text(entry, "targetaddress");
    g_autoptr(GPtrArray) addresses = entry_addresses(entry, &has_primary);

    for (guint i = 0; i < addresses->len; i++)
        add_address(reading, g_ptr_array_index(addresses, i));
    if (target == NULL || entry_all(entry, "proxyaddresses", &proxies) > 0)
        return;
    g_autoptr(Address) external = address_from_routing(target, NULL);
    if (external != NULL)
        add_address(reading, external);
}

/* ExpandVisitFunc */
static void
visit(const Entry *entry, gpointer user_data)
{
    Reading *reading = user_data;

    if (entry_is_remote_group(entry) && reading->remote == NULL)
        reading->remote = g_strdup(entry_dn(entry));
    add_entry(reading, entry);
}

/* ---- groups ---- */

/* The limits of delivery are no reason to bounce somebody else's mail: a list too large to be judged is for an
 * administrator to repair. */
static gboolean
check_complete(const Reading *reading, GError **error)
{
    if (reading->remote != NULL)
        g_set_error(error, POLICY_ERROR, POLICY_ERROR_LIST,
                    "%s is a Microsoft 365 group, whose members are not in the directory", reading->remote);
    else if (g_hash_table_size(reading->audience->keys) > MOST_ADDRESSES)
        g_set_error(error, POLICY_ERROR, POLICY_ERROR_LIST, "more than %d addresses", MOST_ADDRESSES);
    else
        return TRUE;
    return FALSE;
}

static gboolean
add_members(Reading *reading, const Entry *entry, GError **error)
{
    g_autoptr(GError) reason = NULL;
    g_autoptr(Group) group = group_new(entry, error);
    ExpandOptions options = {
        .max_members = MOST_ADDRESSES,
        .deadline = reading->deadline,
        .include_remote = reading->source->include_remote,
        .visit = visit,
        .user_data = reading,
    };

    if (group == NULL)
        return FALSE;
    g_autoptr(Roster) roster = expand_group(reading->directory, group, &options, &reason);
    if (roster != NULL)
        return TRUE;
    if (reason->domain == EXPAND_ERROR)
        g_set_error_literal(error, POLICY_ERROR, POLICY_ERROR_LIST, reason->message);
    else
        g_propagate_error(error, g_steal_pointer(&reason));
    return FALSE;
}

/* Mail that a listed group is the sender of counts as from the list too: it is "named directly". What is no group has
 * no members. */
static gboolean
add_with_members(Reading *reading, const Entry *entry, GError **error)
{
    if (!entry_check_class(entry, error))
        return FALSE;
    visit(entry, reading);
    return !entry_is_group(entry) || add_members(reading, entry, error);
}

/* ---- lists ---- */

/* A value with a NUL inside is no DN, and its beginning may be another one's. GroupRestrictions lets such values pass
 * in lists only that exempt somebody, where leaving them out exempts nobody. */
static GPtrArray *
collect_dns(const GroupList *lists, gsize n_lists)
{
    GPtrArray *dns = g_ptr_array_new();

    for (gsize i = 0; i < n_lists; i++)
        for (guint v = 0; v < lists[i].n; v++)
            if (memchr(lists[i].values[v].data, '\0', lists[i].values[v].length) == NULL)
                g_ptr_array_add(dns, (gpointer)lists[i].values[v].data);
    return dns;
}

/* In AD a link cannot dangle (MS-ADTS 3.1.1.1.6), so an entry that cannot be read is hidden from us, or outside the
 * bases: it may be this very sender. Elsewhere it may as well have been deleted long ago; somebody who is gone sends
 * nothing, and may be missing from a list that lets people in, but not from one that keeps them out. */
static gboolean
meet_missing(const Reading *reading, const char *dn, GError **error)
{
    g_autoptr(Schema) schema = directory_schema(reading->directory);

    if (!reading->source->strict && schema != NULL && schema_rules(schema) == SCHEMA_RULES_RFC)
        return TRUE;
    g_set_error(error, DIRECTORY_ERROR, DIRECTORY_ERROR_INCOMPLETE,
                "%s cannot be read: no right to, or outside the bases", dn);
    return FALSE;
}

static gboolean
check_all_found(const Reading *reading, const GPtrArray *dns, const GPtrArray *entries, GError **error)
{
    g_autoptr(GHashTable) found = g_hash_table_new(g_str_hash, g_str_equal);

    if (entries->len == dns->len)
        return TRUE;
    for (guint i = 0; i < entries->len; i++)
        g_hash_table_add(found, (gpointer)entry_key(g_ptr_array_index(entries, i)));
    for (guint i = 0; i < dns->len; i++) {
        g_autofree char *key = dn_key(g_ptr_array_index(dns, i));
        if ((key == NULL || !g_hash_table_contains(found, key)) &&
            !meet_missing(reading, g_ptr_array_index(dns, i), error))
            return FALSE;
    }
    return TRUE;
}

/* NULL with an error. */
static GPtrArray *
read_entries(const Reading *reading, const GPtrArray *dns, const char *const *attributes, GError **error)
{
    g_autoptr(GPtrArray) entries = g_ptr_array_new_with_free_func((GDestroyNotify)entry_unref);

    if (dns->len > 0 && !directory_read_many(reading->directory, (const char *const *)dns->pdata, dns->len, attributes,
                                             entries, reading->deadline, error))
        return NULL;
    return check_all_found(reading, dns, entries, error) ? g_steal_pointer(&entries) : NULL;
}

static gboolean
read_people(Reading *reading, GError **error)
{
    g_autoptr(GPtrArray) dns = collect_dns(reading->source->people, G_N_ELEMENTS(reading->source->people));
    const char *const *attributes = reading->source->strict ? group_attributes : member_attributes;
    g_autoptr(GPtrArray) entries = read_entries(reading, dns, attributes, error);

    for (guint i = 0; entries != NULL && i < entries->len; i++) {
        const Entry *entry = g_ptr_array_index(entries, i);
        if (!reading->source->strict)
            add_entry(reading, entry);
        else if (!add_with_members(reading, entry, error))
            return FALSE;
    }
    return entries != NULL;
}

static gboolean
read_groups(Reading *reading, GError **error)
{
    g_autoptr(GPtrArray) dns = collect_dns(reading->source->groups, G_N_ELEMENTS(reading->source->groups));
    g_autoptr(GPtrArray) entries = read_entries(reading, dns, group_attributes, error);

    for (guint i = 0; entries != NULL && i < entries->len; i++)
        if (!add_with_members(reading, g_ptr_array_index(entries, i), error))
            return FALSE;
    return entries != NULL;
}

Audience *
audience_new(Directory *directory, const AudienceSource *source, gint64 deadline, GError **error)
{
    g_auto(Reading) reading = {.directory = directory, .source = source, .deadline = deadline};

    reading.audience = g_new0(Audience, 1);
    reading.audience->reference_count = 1;
    reading.audience->keys = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    if (read_people(&reading, error) && read_groups(&reading, error) && check_complete(&reading, error))
        return g_steal_pointer(&reading.audience);
    g_prefix_error(error, "%s: ", source->name);
    return NULL;
}

gboolean
audience_source_is_empty(const AudienceSource *source)
{
    guint n = 0;

    for (gsize i = 0; i < G_N_ELEMENTS(source->people); i++)
        n += source->people[i].n;
    for (gsize i = 0; i < G_N_ELEMENTS(source->groups); i++)
        n += source->groups[i].n;
    return n == 0;
}

/* ---- audiences that several have in common ---- */

/* Each value with its length, so that no two lists of values look alike. */
static void
append_lists(GString *key, const GroupList *lists, gsize n_lists)
{
    for (gsize i = 0; i < n_lists; i++)
        for (guint v = 0; v < lists[i].n; v++) {
            g_string_append_printf(key, "%" G_GSIZE_FORMAT ":", lists[i].values[v].length);
            for (gsize k = 0; k < lists[i].values[v].length; k++)
                g_string_append_c(key, lists[i].values[v].data[k] != '\0' ? lists[i].values[v].data[k] : '\n');
        }
    g_string_append_c(key, '|');
}

char *
audience_source_key(const AudienceSource *source)
{
    GString *key = g_string_new(source->strict ? "strict|" : "|");

    append_lists(key, source->people, G_N_ELEMENTS(source->people));
    append_lists(key, source->groups, G_N_ELEMENTS(source->groups));
    return g_string_free(key, FALSE);
}

gboolean
audience_check_all(GHashTable *lists, GError **error)
{
    GHashTableIter iter;
    gpointer       audience;
    gsize          n = 0;

    g_hash_table_iter_init(&iter, lists);
    while (g_hash_table_iter_next(&iter, NULL, &audience))
        n += g_hash_table_size(((const Audience *)audience)->keys);
    if (n <= MOST_TOGETHER)
        return TRUE;
    g_set_error(error, POLICY_ERROR, POLICY_ERROR_LIST, "more than %d addresses on the lists of all members",
                MOST_TOGETHER);
    return FALSE;
}
