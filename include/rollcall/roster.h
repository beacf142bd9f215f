/* SPDX-License-Identifier: BSD-2-Clause
 * roster.h - what a group expands to, and the walk that finds out
 *
 * A Roster is immutable and reference-counted; any thread.
 */
#pragma once

#include "rollcall/directory.h"
#include "rollcall/group.h"

#include <glib.h>

/* One member with a route. */
typedef struct {
    Address    *route;
    char       *dn;
    const char *via; /* DN of the group that selected it, the first on the walk; borrowed from the roster */
} RosterMember;

/* One entry that gets nothing, and why. */
typedef struct {
    char       *dn;
    const char *via;    /* DN of the group that selected it */
    char       *reason; /* one of those of entry_route(), "same-address" (as another member's, or as that
                         * of a group on the way), "not-found", "foreign-principal", "not-mail-enabled" (a group of
                         * AD without address), "contact-loop" and "forwarding-loop" (it leads in a circle, and to
                         * nobody), or what an admit function said */
} RosterSkip;

/* One entry whose mail goes on to another: a contact for one of our recipients, or a mailbox that forwards. The roster
 * has whom it leads to; the entry itself only if it keeps a copy. */
typedef struct {
    const char *dn;
    const char *to;  /* a DN, or an address that no entry has */
    const char *via; /* DN of the group that selected it */
} RosterRelay;

typedef struct Roster Roster;
Roster *roster_ref(Roster *roster);
void    roster_unref(Roster *roster);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Roster, roster_unref)

/* Sorted by address key: the same directory gives the same order. Routes are distinct. */
const RosterMember *roster_members(const Roster *roster, gsize *n_members);
gboolean            roster_is_empty(const Roster *roster); /* no members */
/* Sorted by DN, each entry once. */
const RosterSkip   *roster_skips(const Roster *roster, gsize *n_skips);
/* Sorted by DN, then by target. */
const RosterRelay  *roster_relays(const Roster *roster, gsize *n_relays);
/* The chain of group DNs that led to `via`, outermost first, NULL-terminated. Caller: g_free() (the strings are borrowed). */
const char **roster_path(const Roster *roster, const char *via);
/* What an administrator should know: GPtrArray of char *. Repairs of the filters met, "DN: position N: what"; filters
 * that test for a mailbox server while include_remote is off, "DN: ... mailboxes-include-remote ..."; forwarding that
 * cannot be followed while the mailbox keeps a copy, "DN: forwarding: why". */
const GPtrArray *roster_notes(const Roster *roster);
/* Octets of all routes together, for foreseeing the queue file's size. */
gsize roster_octets(const Roster *roster);

/* Called for each nested group, and for each member that has a route and is none: *reason stays NULL = go on, else why it
 * is skipped (static or owned by user_data). `route` is where its own mail goes, before chains and forwarding. An entry
 * may come twice. FALSE with `error`: it could not be found out, and the walk fails. */
typedef gboolean (*ExpandAdmitGroupFunc)(const Group *group, const char **reason, gpointer user_data, GError **error);
typedef gboolean (*ExpandAdmitMemberFunc)(const Entry *entry, const Address *route, const char **reason,
                                          gpointer user_data, GError **error);
/* Called for each entry that is no group and that the walk came upon, with or without a route, maybe more than once. */
typedef void (*ExpandVisitFunc)(const Entry *entry, gpointer user_data);

typedef struct {
    gsize  max_members; /* 0: no limit */
    guint  max_depth;   /* nesting of groups; the top group is depth 1. Also how many contacts or mailboxes that
                         * forward may follow each other. 0: no limit */
    gint64 deadline;    /* monotonic microseconds */
    /* Whether an address's entry is to be looked for here: then a contact for it is resolved again (contact chains: a
     * group is expanded, anybody else routed). An address that no entry has, or several, is delivered to as it is. Never
     * asked of the routing domains of tenants (address_is_tenant_routing()). NULL: no chain is followed. */
    gboolean (*is_ours)(const Address *address, gpointer user_data);
    /* altRecipient, msExchGenericForwardingAddress, of members without a targetAddress: whatever has one is not delivered
     * here, and forwards there. */
    gboolean               follow_forwarding;
    gboolean               include_remote;    /* tests for a mailbox server accept remote mailboxes */
    ExpandAdmitGroupFunc   admit_group;       /* each of the three may be NULL */
    ExpandAdmitMemberFunc  admit_member;
    ExpandVisitFunc        visit;
    gpointer               user_data; /* for all of them */
} ExpandOptions;

#define EXPAND_ERROR expand_error_quark()
GQuark expand_error_quark(void);
typedef enum {
    EXPAND_ERROR_TOO_MANY, /* max-members; message names the limit and its value */
    EXPAND_ERROR_TOO_DEEP, /* max-depth */
} ExpandError;

/* Walks from the group down: breadth first, each entry once (by DN), cycles harmless. A nested group whose filter or base cannot be
 * read fails the whole (GROUP_ERROR), like any DIRECTORY_ERROR: complete or not at all. Caller: roster_unref(). */
Roster *expand_group(Directory *directory, const Group *group, const ExpandOptions *options,
                     GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* A roster of one that the group does not select, such as its manager. Caller: roster_unref(). */
Roster *roster_new_single(const Group *group, const char *dn, const Address *route,
                          GError **error) G_GNUC_WARN_UNUSED_RESULT;
