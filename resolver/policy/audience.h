/* SPDX-License-Identifier: BSD-2-Clause
 * audience.h - the addresses of everybody on a list of people and groups
 *
 * An Audience is immutable; any thread.
 */
#pragma once

#include "rollcall/directory.h"
#include "rollcall/group.h"

typedef struct Audience Audience;

/* Of one list that a group keeps: its attributes for people, and for groups whose members are meant. */
typedef struct {
    const char *name; /* for messages: "accept list" */
    GroupList   people[4];
    GroupList   groups[1];
    /* For what keeps people out: a value that names no entry is an error under any schema, and a group among the people
     * stands for its members too. */
    gboolean strict;
    gboolean include_remote; /* as in ExpandOptions */
} AudienceSource;

/* Groups are expanded as for delivery, nested and dynamic ones too, but whatever they ask of senders. NULL with an
 * error of directory, group or policy. Caller: audience_unref(). */
Audience *audience_new(Directory *directory, const AudienceSource *source, gint64 deadline,
                       GError **error) G_GNUC_WARN_UNUSED_RESULT;
Audience *audience_ref(Audience *audience);
void      audience_unref(Audience *audience);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Audience, audience_unref)

/* Whether the source names anybody at all. No I/O. */
gboolean audience_source_is_empty(const AudienceSource *source);
gboolean audience_has(const Audience *audience, const Address *address);
/* The same for sources that mean the same audience. Caller: g_free(). */
char *audience_source_key(const AudienceSource *source);
/* Whether all of `lists`, a table whose values are audiences, may be kept at once; FALSE with POLICY_ERROR_LIST. */
gboolean audience_check_all(GHashTable *lists, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* How many addresses it holds. */
gsize audience_size(const Audience *audience);
