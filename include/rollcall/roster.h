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
                         * AD without address), or what ExpandAdmitFunc said */
} RosterSkip;

typedef struct Roster Roster;
Roster *roster_ref(Roster *roster);
void    roster_unref(Roster *roster);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Roster, roster_unref)

/* Sorted by address key: the same directory gives the same order. Routes are distinct. */
const RosterMember *roster_members(const Roster *roster, gsize *n_members);
/* Sorted by DN, each entry once. */
const RosterSkip   *roster_skips(const Roster *roster, gsize *n_skips);
/* The chain of group DNs that led to `via`, outermost first, NULL-terminated. Caller: g_free() (the strings are borrowed). */
const char **roster_path(const Roster *roster, const char *via);
/* Repairs of the filters met: GPtrArray of char * "DN: position N: what". */
const GPtrArray *roster_notes(const Roster *roster);
/* Octets of all routes together, for foreseeing the queue file's size. */
gsize roster_octets(const Roster *roster);

typedef struct {
    gsize  max_members; /* 0: no limit */
    guint  max_depth;   /* nesting of groups; the top group is depth 1; 0: no limit */
    gint64 deadline;    /* monotonic microseconds */
} ExpandLimits;

#define EXPAND_ERROR expand_error_quark()
GQuark expand_error_quark(void);
typedef enum {
    EXPAND_ERROR_TOO_MANY, /* max-members; message names the limit and its value */
    EXPAND_ERROR_TOO_DEEP, /* max-depth */
} ExpandError;

/* Asked about each nested group: NULL = go on, else the reason (static or owned by user_data) why it is skipped. */
typedef const char *(*ExpandAdmitFunc)(const Group *group, gpointer user_data);

/* Walks from the group down: breadth first, each entry once (by DN), cycles harmless. A nested group whose filter or base cannot be
 * read fails the whole (GROUP_ERROR), like any DIRECTORY_ERROR: complete or not at all. Caller: roster_unref(). */
Roster *expand_group(Directory *directory, const Group *group, const ExpandLimits *limits, ExpandAdmitFunc admit,
                     gpointer user_data, GError **error) G_GNUC_WARN_UNUSED_RESULT;
