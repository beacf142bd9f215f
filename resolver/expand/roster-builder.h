/* SPDX-License-Identifier: BSD-2-Clause
 * roster-builder.h - a roster while the walk fills it
 *
 * For one thread. What is handed over as text is copied.
 */
#pragma once

#include "rollcall/roster.h"

typedef struct RosterBuilder RosterBuilder;

/* `options`: borrowed. Caller: roster_builder_finish() or roster_builder_free(). */
RosterBuilder *roster_builder_new(const ExpandOptions *options);
void           roster_builder_free(RosterBuilder *builder);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(RosterBuilder, roster_builder_free)

/* The group is about to be expanded. Its index is how its members name it; `selected_by` is the index of the group that
 * selected it, its own for the top group. A member that routes to one of its addresses, if that is ours, will be
 * skipped. */
guint roster_builder_add_group(RosterBuilder *builder, const Group *group, guint selected_by);

/* Takes over `route`. An entry may come more than once; the group that was added first counts.
 * FALSE with EXPAND_ERROR_TOO_MANY. */
gboolean roster_builder_add_member(RosterBuilder *builder, guint group, const char *dn, Address *route,
                                   GError **error) G_GNUC_WARN_UNUSED_RESULT;
void     roster_builder_skip(RosterBuilder *builder, guint group, const char *dn, const char *reason);
/* The entry's mail goes on to `to`, a DN or an address. It may be said more than once. */
void roster_builder_relay(RosterBuilder *builder, guint group, const char *dn, const char *to);
void roster_builder_note(RosterBuilder *builder, const char *dn, const char *text);

/* Frees the builder in any case. NULL with EXPAND_ERROR_TOO_MANY. Caller: roster_unref(). */
Roster *roster_builder_finish(RosterBuilder *builder, GError **error) G_GNUC_WARN_UNUSED_RESULT;
