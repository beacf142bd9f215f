/* SPDX-License-Identifier: BSD-2-Clause
 * roster-builder.c - from entries as the walk meets them to a sorted roster without duplicates
 *
 * Owns:     the roster until it is finished.
 * Promises: one directory gives one roster, in whatever order its entries came; a member costs a copy of its DN and its
 *           share of one sort, no table; no more than about twice the members allowed are held at a time. Of those that
 *           were dropped their DNs stay until the end, and their routes while a neighbour's is kept.
 * Threads:  one.
 */
#include "resolver/expand/roster-builder.h"
#include "resolver/expand/roster-private.h"

#include <string.h>

typedef struct {
    guint64     prefix; /* the first octets of `key`, so that most comparisons touch no other memory */
    const char *key;    /* of `route` */
    Address    *route;
    const char *dn;
    guint       group;
} Candidate;

typedef struct {
    const char *dn;
    const char *reason;
    guint       group;
} Skip;

typedef struct {
    const char *dn, *to;
    guint       group;
} Relayed;

struct RosterBuilder {
    Roster              *roster;
    GArray              *candidates; /* of Candidate */
    GArray              *skips;      /* of Skip */
    GPtrArray           *own_keys;   /* of const char *: keys of the groups' own addresses */
    GPtrArray           *groups;     /* of Group: they own `own_keys` */
    GArray              *relays;     /* of Relayed */
    const ExpandOptions *options;
    gsize                settle_at; /* so many candidates are looked through for duplicates before more are taken */
};

enum { SETTLE_SLACK = 1024, FEW_CANDIDATES = 128 };

G_DEFINE_QUARK(rollcall_expand_error, expand_error)

static void
candidate_clear(Candidate *candidate)
{
    address_unref(candidate->route);
}

RosterBuilder *
roster_builder_new(const ExpandOptions *options)
{
    gsize          max_members = options->max_members;
    RosterBuilder *builder = g_new0(RosterBuilder, 1);
    Roster        *roster = g_new0(Roster, 1);

    roster->reference_count = 1;
    roster->texts = g_string_chunk_new(4096);
    roster->groups = g_array_new(FALSE, FALSE, sizeof(RosterGroup));
    roster->by_dn = g_hash_table_new(g_str_hash, g_str_equal);
    roster->notes = g_ptr_array_new_with_free_func(g_free);

    builder->roster = roster;
    builder->candidates = g_array_sized_new(FALSE, FALSE, sizeof(Candidate), FEW_CANDIDATES);
    g_array_set_clear_func(builder->candidates, (GDestroyNotify)candidate_clear);
    builder->skips = g_array_new(FALSE, FALSE, sizeof(Skip));
    builder->own_keys = g_ptr_array_new();
    builder->groups = g_ptr_array_new_with_free_func((GDestroyNotify)group_unref);
    builder->relays = g_array_new(FALSE, FALSE, sizeof(Relayed));
    builder->options = options;
    builder->settle_at = max_members == 0 || max_members > G_MAXSIZE / 4 ? G_MAXSIZE : 2 * max_members + SETTLE_SLACK;
    return builder;
}

void
roster_builder_free(RosterBuilder *builder)
{
    if (builder == NULL)
        return;
    roster_unref(builder->roster);
    g_array_unref(builder->candidates);
    g_array_unref(builder->skips);
    g_ptr_array_unref(builder->own_keys);
    g_ptr_array_unref(builder->groups);
    g_array_unref(builder->relays);
    g_free(builder);
}

/* ---- filling ---- */

static void
note_repairs(Roster *roster, const Group *group)
{
    gsize             n_queries;
    const GroupQuery *queries = group_queries(group, &n_queries);

    for (gsize i = 0; i < n_queries; i++) {
        for (guint j = 0; j < queries[i].repairs->len; j++) {
            const FilterRepair *repair = g_ptr_array_index(queries[i].repairs, j);
            g_ptr_array_add(roster->notes,
                            g_strdup_printf("%s: position %" G_GSIZE_FORMAT ": %s", entry_dn(group_entry(group)),
                                            repair->position, repair->text));
        }
    }
}

guint
roster_builder_add_group(RosterBuilder *builder, const Group *group, guint selected_by)
{
    Roster     *roster = builder->roster;
    guint       index = roster->groups->len;
    RosterGroup entry = {
        .dn = g_string_chunk_insert(roster->texts, entry_dn(group_entry(group))),
        .selected_by = selected_by,
    };

    g_array_append_val(roster->groups, entry);
    g_hash_table_insert(roster->by_dn, (gpointer)entry.dn, GUINT_TO_POINTER(index));
    note_repairs(roster, group);

    const GPtrArray *addresses = group_addresses(group);
    for (guint i = 0; i < addresses->len; i++)
        g_ptr_array_add(builder->own_keys, (gpointer)address_key(g_ptr_array_index(addresses, i)));
    g_ptr_array_add(builder->groups, group_ref((Group *)group));
    return index;
}

/* Big-endian, so that numbers order as strcmp() orders the octets. */
static guint64
prefix_of(const char *key)
{
    guint64 prefix = 0;

    memcpy(&prefix, key, strnlen(key, sizeof prefix));
    return GUINT64_FROM_BE(prefix);
}

static int
compare_numbers(guint64 a, guint64 b)
{
    return a < b ? -1 : a > b;
}

/* By address; of equal ones first the entry that the walk met first. */
static int
compare_candidates(gconstpointer left, gconstpointer right)
{
    const Candidate *a = left, *b = right;

    if (a->prefix != b->prefix)
        return a->prefix < b->prefix ? -1 : 1;

    int order = strcmp(a->key, b->key);
    if (order == 0)
        order = compare_numbers(a->group, b->group);
    return order != 0 ? order : strcmp(a->dn, b->dn);
}

static void
drop_candidate(RosterBuilder *builder, Candidate *candidate, const char *reason)
{
    if (reason != NULL) {
        Skip skip = {.dn = candidate->dn, .reason = reason, .group = candidate->group};
        g_array_append_val(builder->skips, skip);
    }
    candidate_clear(candidate);
}

/* Whether the sorted candidate repeats the one kept before it: an entry met again is left out without a word. */
static gboolean
repeats(const Candidate *kept, const Candidate *candidate)
{
    return kept != NULL && kept->prefix == candidate->prefix && strcmp(kept->key, candidate->key) == 0;
}

static void
drop_repeated(RosterBuilder *builder)
{
    GArray    *candidates = builder->candidates;
    Candidate *all = (Candidate *)(void *)candidates->data, *kept = NULL;
    guint      n_kept = 0;

    if (candidates->len > 0)
        qsort(all, candidates->len, sizeof *all, compare_candidates);
    for (guint i = 0; i < candidates->len; i++) {
        if (repeats(kept, &all[i])) {
            drop_candidate(builder, &all[i], strcmp(kept->dn, all[i].dn) == 0 ? NULL : "same-address");
            continue;
        }
        all[n_kept] = all[i];
        kept = &all[n_kept++];
    }
    /* what lies behind has been moved or cleared */
    g_array_set_clear_func(candidates, NULL);
    g_array_set_size(candidates, n_kept);
    g_array_set_clear_func(candidates, (GDestroyNotify)candidate_clear);
}

static int
compare_texts(gconstpointer a, gconstpointer b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Whether mail to the address comes to us. What Microsoft gave to a tenant does not, even if a group has it for a
 * proxy: a group whose one member is a contact for the group of that name in Exchange Online is how migrated groups are
 * left behind. */
static gboolean
is_ours(const ExpandOptions *options, const Address *address)
{
    if (address_is_tenant_routing(address))
        return FALSE;
    return options->is_ours == NULL || options->is_ours(address, options->user_data);
}

/* A member that routes to the address of a group on this walk would bring the message back to us, for people who have
 * it already: Exchange's harmless loop, which is delivered once and stopped ["Recipient resolution in Exchange
 * Server"]. Both lists are sorted. */
static void
drop_own_addresses(RosterBuilder *builder)
{
    GPtrArray *own = builder->own_keys;
    Candidate *all = (Candidate *)(void *)builder->candidates->data;
    guint      n_kept = 0, next = 0;

    if (own->len > 0)
        qsort(own->pdata, own->len, sizeof(gpointer), compare_texts);
    for (guint i = 0; i < builder->candidates->len; i++) {
        while (next < own->len && strcmp(g_ptr_array_index(own, next), all[i].key) < 0)
            next++;
        if (next < own->len && strcmp(g_ptr_array_index(own, next), all[i].key) == 0 &&
            is_ours(builder->options, all[i].route))
            drop_candidate(builder, &all[i], "same-address");
        else
            all[n_kept++] = all[i];
    }
    g_array_set_clear_func(builder->candidates, NULL);
    g_array_set_size(builder->candidates, n_kept);
    g_array_set_clear_func(builder->candidates, (GDestroyNotify)candidate_clear);
}

/* Sorted, each address once. */
static void
settle(RosterBuilder *builder)
{
    drop_repeated(builder);
    drop_own_addresses(builder);
}

static gboolean
check_limit(const RosterBuilder *builder, GError **error)
{
    gsize max_members = builder->options->max_members;

    if (max_members == 0 || builder->candidates->len <= max_members)
        return TRUE;
    g_set_error(error, EXPAND_ERROR, EXPAND_ERROR_TOO_MANY, "more members than max-members = %" G_GSIZE_FORMAT,
                max_members);
    return FALSE;
}

gboolean
roster_builder_add_member(RosterBuilder *builder, guint group, const char *dn, Address *route, GError **error)
{
    const char *key = address_key(route);
    Candidate   candidate = {
          .prefix = prefix_of(key),
          .key = key,
          .route = route,
          .dn = g_string_chunk_insert(builder->roster->texts, dn),
          .group = group,
    };

    g_array_append_val(builder->candidates, candidate);
    if (builder->candidates->len < builder->settle_at)
        return TRUE;
    settle(builder);
    return check_limit(builder, error);
}

void
roster_builder_skip(RosterBuilder *builder, guint group, const char *dn, const char *reason)
{
    Skip skip = {
        .dn = g_string_chunk_insert(builder->roster->texts, dn),
        .reason = g_string_chunk_insert_const(builder->roster->texts, reason),
        .group = group,
    };
    g_array_append_val(builder->skips, skip);
}

void
roster_builder_relay(RosterBuilder *builder, guint group, const char *dn, const char *to)
{
    Relayed relayed = {
        .dn = g_string_chunk_insert(builder->roster->texts, dn),
        .to = g_string_chunk_insert(builder->roster->texts, to),
        .group = group,
    };
    g_array_append_val(builder->relays, relayed);
}

void
roster_builder_note(RosterBuilder *builder, const char *dn, const char *text)
{
    g_ptr_array_add(builder->roster->notes, g_strdup_printf("%s: %s", dn, text));
}

/* ---- finishing ---- */

static const char *
group_dn(const Roster *roster, guint group)
{
    return g_array_index(roster->groups, RosterGroup, group).dn;
}

static void
hand_over_members(RosterBuilder *builder)
{
    Roster          *roster = builder->roster;
    const Candidate *all = (const Candidate *)(const void *)builder->candidates->data;

    roster->n_members = builder->candidates->len;
    roster->members = g_new(RosterMember, roster->n_members);
    for (gsize i = 0; i < roster->n_members; i++) {
        roster->members[i] = (RosterMember){
            .route = all[i].route,
            .dn = (char *)all[i].dn,
            .via = group_dn(roster, all[i].group),
        };
        roster->octets += strlen(address_text(all[i].route));
    }
    g_array_set_clear_func(builder->candidates, NULL);
}

static int
compare_skips(gconstpointer left, gconstpointer right)
{
    const Skip *a = left, *b = right;
    int         order = strcmp(a->dn, b->dn);

    return order != 0 ? order : compare_numbers(a->group, b->group);
}

/* Sorted by DN, each entry once. */
static void
hand_over_skips(RosterBuilder *builder)
{
    Roster *roster = builder->roster;
    Skip   *all = (Skip *)(void *)builder->skips->data;

    if (builder->skips->len > 0)
        qsort(all, builder->skips->len, sizeof *all, compare_skips);
    roster->skips = g_new(RosterSkip, builder->skips->len);
    for (guint i = 0; i < builder->skips->len; i++) {
        if (i > 0 && strcmp(all[i - 1].dn, all[i].dn) == 0)
            continue;
        roster->skips[roster->n_skips++] = (RosterSkip){
            .dn = (char *)all[i].dn,
            .via = group_dn(roster, all[i].group),
            .reason = (char *)g_string_chunk_insert_const(roster->texts, all[i].reason),
        };
    }
}

static int
compare_relays(gconstpointer left, gconstpointer right)
{
    const Relayed *a = left, *b = right;
    int            order = strcmp(a->dn, b->dn);

    if (order == 0)
        order = strcmp(a->to, b->to);
    return order != 0 ? order : compare_numbers(a->group, b->group);
}

/* Sorted; an entry that several groups selected once. */
static void
hand_over_relays(RosterBuilder *builder)
{
    Roster        *roster = builder->roster;
    const Relayed *all = (const Relayed *)(const void *)builder->relays->data;

    g_array_sort(builder->relays, compare_relays);
    roster->relays = g_new(RosterRelay, builder->relays->len);
    for (guint i = 0; i < builder->relays->len; i++)
        if (i == 0 || strcmp(all[i - 1].dn, all[i].dn) != 0 || strcmp(all[i - 1].to, all[i].to) != 0)
            roster->relays[roster->n_relays++] = (RosterRelay){all[i].dn, all[i].to, group_dn(roster, all[i].group)};
}

Roster *
roster_builder_finish(RosterBuilder *taken, GError **error)
{
    g_autoptr(RosterBuilder) builder = taken;

    settle(builder);
    if (!check_limit(builder, error))
        return NULL;
    hand_over_members(builder);
    hand_over_skips(builder);
    hand_over_relays(builder);
    return g_steal_pointer(&builder->roster);
}
