/* SPDX-License-Identifier: BSD-2-Clause
 * relay.c - members whose mail goes on: contacts for other recipients of ours, and mailboxes that forward
 *
 * Owns:     those that wait to be followed, and where each that was followed leads.
 * Promises: what one level of the walk brings is asked for together; each entry leads on once, so that circles end; the
 *           order in which a directory answers does not matter.
 * Threads:  one a walk.
 *
 * A circle of entries that keep a copy is harmless: each has got it. One of entries that only pass the mail on leads to
 * nobody, and so does whoever leads into it ["Recipient resolution in Exchange Server": broken loops].
 */
#include "resolver/expand/walk.h"

#include "rollcall/dn.h"
#include "rollcall/lookup.h"

#include <string.h>

/* One that waits. Either `address` or `dn`. */
typedef struct {
    const Entry *entry;
    guint        group;
    RelayKind    kind;
    gboolean     keeps_copy;
    Address     *address;
    char        *dn;
} Relay;

typedef enum { END_UNKNOWN, END_SOUGHT, END_FOUND, END_NONE } End;

/* Where one that was followed leads. */
typedef struct {
    char     *dn;
    char     *next; /* key of the one entry that has its mail now; NULL: it is delivered */
    guint     group;
    RelayKind kind;
    End       end;
} Lead;

struct Relays {
    GArray     *waiting; /* of Relay */
    GHashTable *leads;   /* entry key (owned) -> Lead (owned) */
};

static void
relay_clear(Relay *relay)
{
    entry_unref(relay->entry);
    address_unref(relay->address);
    g_free(relay->dn);
}

static void
lead_free(gpointer data)
{
    Lead *lead = data;
    g_free(lead->dn);
    g_free(lead->next);
    g_free(lead);
}

static GArray *
new_waiting(void)
{
    GArray *waiting = g_array_new(FALSE, FALSE, sizeof(Relay));
    g_array_set_clear_func(waiting, (GDestroyNotify)relay_clear);
    return waiting;
}

static Relays *
relays_new(void)
{
    Relays *relays = g_new0(Relays, 1);
    relays->waiting = new_waiting();
    relays->leads = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, lead_free);
    return relays;
}

void
relays_free(Relays *relays)
{
    if (relays == NULL)
        return;
    g_array_unref(relays->waiting);
    g_hash_table_unref(relays->leads);
    g_free(relays);
}

/* ---- adding ---- */

enum { LIMIT_SLACK = 1024 };

/* Many may lead to few, so there may be more of them than members; but not without bounds. */
static gboolean
check_limit(const Walk *walk, GError **error)
{
    gsize max_members = walk->options->max_members;

    if (max_members == 0 || g_hash_table_size(walk->relays->leads) / 2 <= max_members + LIMIT_SLACK)
        return TRUE;
    g_set_error(error, EXPAND_ERROR, EXPAND_ERROR_TOO_MANY,
                "more contacts and forwarding than max-members = %" G_GSIZE_FORMAT " allows for", max_members);
    return FALSE;
}

gboolean
relays_add(Walk *walk, const Entry *entry, RelayKind kind, gboolean keeps_copy, const Address *address, const char *dn,
           GError **error)
{
    if (walk->relays == NULL)
        walk->relays = relays_new();
    if (g_hash_table_contains(walk->relays->leads, entry_key(entry)))
        return TRUE;

    Relay relay = {
        .entry = entry_ref(entry),
        .group = walk->current,
        .kind = kind,
        .keeps_copy = keeps_copy,
        .address = address == NULL ? NULL : address_ref((Address *)address),
        .dn = g_strdup(dn),
    };
    Lead *lead = g_new0(Lead, 1);
    *lead = (Lead){.dn = g_strdup(entry_dn(entry)), .group = walk->current, .kind = kind};
    g_array_append_val(walk->relays->waiting, relay);
    g_hash_table_insert(walk->relays->leads, g_strdup(entry_key(entry)), lead);
    return check_limit(walk, error);
}

/* ---- asking ---- */

/* What the relays of one round ask for, and what came of it. */
typedef struct {
    GArray     *relays;    /* of Relay */
    GHashTable *entries;   /* DN key -> Entry, both borrowed from `read` */
    GHashTable *addresses; /* Address (borrowed from `relays`) -> GPtrArray of Entry, borrowed from `found` */
    GPtrArray  *read;      /* of Entry */
    GPtrArray  *found;     /* of GPtrArray of Entry */
} Round;

static void
round_clear(Round *round)
{
    g_array_unref(round->relays);
    g_hash_table_unref(round->entries);
    g_hash_table_unref(round->addresses);
    g_ptr_array_unref(round->read);
    g_ptr_array_unref(round->found);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Round, round_clear)

static int
compare_relays(gconstpointer left, gconstpointer right)
{
    const Relay *a = left, *b = right;

    if (a->group != b->group)
        return a->group < b->group ? -1 : 1;
    return strcmp(entry_key(a->entry), entry_key(b->entry));
}

static void
round_init(Round *round, Relays *relays)
{
    round->relays = relays->waiting;
    relays->waiting = new_waiting();
    g_array_sort(round->relays, compare_relays);
    round->entries = g_hash_table_new(g_str_hash, g_str_equal);
    round->addresses = g_hash_table_new(address_hash, address_equal);
    round->read = g_ptr_array_new_with_free_func((GDestroyNotify)entry_unref);
    round->found = g_ptr_array_new_with_free_func((GDestroyNotify)g_ptr_array_unref);
}

static gboolean
read_objects(Walk *walk, Round *round, GError **error)
{
    g_autoptr(GPtrArray) dns = g_ptr_array_new();
    g_autoptr(GHashTable) asked = g_hash_table_new(g_str_hash, g_str_equal);

    for (guint i = 0; i < round->relays->len; i++) {
        char *dn = g_array_index(round->relays, Relay, i).dn;
        if (dn != NULL && g_hash_table_add(asked, dn))
            g_ptr_array_add(dns, dn);
    }
    if (dns->len > 0 && !directory_read_many(walk->directory, (const char *const *)dns->pdata, dns->len,
                                             walk->attributes, round->read, walk->options->deadline, error))
        return FALSE;
    for (guint i = 0; i < round->read->len; i++) {
        const Entry *entry = g_ptr_array_index(round->read, i);
        g_hash_table_insert(round->entries, (gpointer)entry_key(entry), (gpointer)entry);
    }
    return TRUE;
}

static gboolean
look_up_addresses(Walk *walk, Round *round, GError **error)
{
    g_autoptr(GPtrArray) wanted = g_ptr_array_new();

    for (guint i = 0; i < round->relays->len; i++) {
        Address *address = g_array_index(round->relays, Relay, i).address;
        if (address != NULL && g_hash_table_insert(round->addresses, address, NULL))
            g_ptr_array_add(wanted, address);
    }
    if (!lookup_many(walk->directory, (const Address *const *)wanted->pdata, wanted->len, walk->attributes,
                     round->found, walk->options->deadline, error))
        return FALSE;
    for (guint i = 0; i < wanted->len; i++)
        g_hash_table_insert(round->addresses, g_ptr_array_index(wanted, i), g_ptr_array_index(round->found, i));
    return TRUE;
}

/* ---- leading on ---- */

/* Another contact for the same address, or one that only repeats it. */
static gboolean
points_at(const Entry *entry, const Address *address)
{
    RouteSource source;
    const char *reason;

    if (entry_is_group(entry))
        return FALSE;
    g_autoptr(Address) route = entry_route_from(entry, NULL, &source, &reason);
    return route != NULL && address_equal(route, address) && entry_points_at(entry, route, source);
}

/* The one entry that has the address. NULL: nobody or several; then the address is delivered to as it stands. */
static const Entry *
owner_of(const Relay *relay, const GPtrArray *found)
{
    const Entry *owner = NULL;

    for (guint i = 0; i < found->len; i++) {
        const Entry *entry = g_ptr_array_index(found, i);
        if (strcmp(entry_key(entry), entry_key(relay->entry)) == 0 || points_at(entry, relay->address))
            continue;
        if (owner != NULL && strcmp(entry_key(entry), entry_key(owner)) != 0)
            return NULL;
        owner = entry;
    }
    return owner;
}

static gboolean
deliver_to_address(Walk *walk, const Relay *relay, GError **error)
{
    if (relay->kind == RELAY_FORWARDING)
        roster_builder_relay(walk->roster, relay->group, entry_dn(relay->entry), address_text(relay->address));
    return roster_builder_add_member(walk->roster, relay->group, entry_dn(relay->entry), address_ref(relay->address),
                                     error);
}

static gboolean
lead_to(Walk *walk, const Relay *relay, const Entry *target, GError **error)
{
    const char *dn = entry_dn(relay->entry);

    if (!entry_check_class(target, error))
        return FALSE;
    /* its members are on the roster already, or will be */
    if (entry_is_group(target) && g_hash_table_contains(walk->met, entry_key(target))) {
        if (!relay->keeps_copy)
            roster_builder_skip(walk->roster, relay->group, dn, "same-address");
        return TRUE;
    }
    roster_builder_relay(walk->roster, relay->group, dn, entry_dn(target));
    if (!relay->keeps_copy) {
        Lead *lead = g_hash_table_lookup(walk->relays->leads, entry_key(relay->entry));
        lead->next = g_strdup(entry_key(target));
    }
    return walk_meet(target, walk, error);
}

static gboolean
lead_nowhere(Walk *walk, const Relay *relay, GError **error)
{
    if (!walk_meet_missing(walk, relay->dn, error)) {
        g_prefix_error(error, "%s forwards: ", entry_dn(relay->entry));
        return FALSE;
    }
    if (!relay->keeps_copy)
        roster_builder_skip(walk->roster, relay->group, entry_dn(relay->entry), "not-found");
    return TRUE;
}

static gboolean
follow(Walk *walk, const Round *round, const Relay *relay, GError **error)
{
    walk->current = relay->group;
    if (relay->address == NULL) {
        g_autofree char *key = dn_key(relay->dn);
        const Entry     *target = key == NULL ? NULL : g_hash_table_lookup(round->entries, key);
        return target != NULL ? lead_to(walk, relay, target, error) : lead_nowhere(walk, relay, error);
    }
    const Entry *owner = owner_of(relay, g_hash_table_lookup(round->addresses, relay->address));
    return owner != NULL ? lead_to(walk, relay, owner, error) : deliver_to_address(walk, relay, error);
}

static gboolean
follow_round(Walk *walk, GError **error)
{
    g_auto(Round) round = {NULL};

    round_init(&round, walk->relays);
    if (!read_objects(walk, &round, error) || !look_up_addresses(walk, &round, error))
        return FALSE;
    for (guint i = 0; i < round.relays->len; i++)
        if (!follow(walk, &round, &g_array_index(round.relays, Relay, i), error))
            return FALSE;
    return TRUE;
}

static gboolean
check_round(const Walk *walk, guint n_rounds, GError **error)
{
    const Relay *first = &g_array_index(walk->relays->waiting, Relay, 0);
    guint        max_depth = walk->options->max_depth;

    if (g_get_monotonic_time() >= walk->options->deadline) {
        g_set_error(error, DIRECTORY_ERROR, DIRECTORY_ERROR_UNAVAILABLE, "the time for one expansion is over");
        return FALSE;
    }
    if (max_depth == 0 || n_rounds <= max_depth)
        return TRUE;
    g_set_error(error, EXPAND_ERROR, EXPAND_ERROR_TOO_DEEP,
                "more contacts or forwarding in a row than max-depth = %u at %s", max_depth, entry_dn(first->entry));
    return FALSE;
}

gboolean
relays_follow(Walk *walk, GError **error)
{
    for (guint n_rounds = 1; walk->relays != NULL && walk->relays->waiting->len > 0; n_rounds++)
        if (!check_round(walk, n_rounds, error) || !follow_round(walk, error))
            return FALSE;
    return TRUE;
}

/* ---- circles ---- */

/* All on the way from `lead` have the same end. */
static void
find_end(const Relays *relays, Lead *lead)
{
    g_autoptr(GPtrArray) way = g_ptr_array_new();

    while (lead != NULL && lead->next != NULL && lead->end == END_UNKNOWN) {
        lead->end = END_SOUGHT;
        g_ptr_array_add(way, lead);
        lead = g_hash_table_lookup(relays->leads, lead->next);
    }
    gboolean circle = lead != NULL && (lead->end == END_SOUGHT || lead->end == END_NONE);
    for (guint i = 0; i < way->len; i++)
        ((Lead *)g_ptr_array_index(way, i))->end = circle ? END_NONE : END_FOUND;
}

void
relays_skip_loops(Walk *walk)
{
    GHashTableIter iter;
    gpointer       value;

    if (walk->relays == NULL)
        return;
    g_hash_table_iter_init(&iter, walk->relays->leads);
    while (g_hash_table_iter_next(&iter, NULL, &value)) {
        Lead *lead = value;
        find_end(walk->relays, lead);
        if (lead->end == END_NONE)
            roster_builder_skip(walk->roster, lead->group, lead->dn,
                                lead->kind == RELAY_CONTACT ? "contact-loop" : "forwarding-loop");
    }
}
