/* SPDX-License-Identifier: BSD-2-Clause
 * guard.h - whether a group has changed so much since its last message that somebody should look first
 *
 * A filter that was mistyped, or a directory that lost a part of its entries, makes a roster that is right by every
 * rule and wrong all the same. What gives it away is that many more people would get a message than got the last one,
 * or many fewer. No I/O; any thread.
 */
#pragma once

#include "rollcall/policy.h"
#include "rollcall/state.h"

#include <glib.h>

typedef enum { GUARD_DEFER, GUARD_REFUSE, GUARD_HOLD } GuardAction;

/* Whom the guard stops: of the last roster more than `percent` joined, or left, and that are more than `count`. */
typedef struct {
    guint       percent; /* 0: never */
    gsize       count;
    GuardAction action;
    gsize       max_members; /* 0: no limit */
} GuardRules;

typedef enum {
    GUARD_PASS,
    GUARD_CHANGE,  /* too many joined or left */
    GUARD_MEMBERS, /* over max-members, which only an approval lets get so far */
} GuardCause;

/* What the guard finds of one roster. Nothing in it is owned. */
typedef struct {
    GuardCause  cause;
    gboolean    approved;    /* it is let through all the same, if the approval can be claimed at the end */
    GuardAction action;      /* what happens if it is not */
    gboolean    is_on;       /* it looks at changes */
    gboolean    has_history; /* the group has a last roster; FALSE: only max-members guards it */
    gsize       members;
    gsize       last, joined, left; /* with has_history */
    gsize       limit;              /* what was exceeded, or would have been */
} GuardFinding;

/* No roster is larger, whatever was approved, unless max-members says so. */
enum { GUARD_MOST_MEMBERS = 1000000 };

/* How many members may be looked for: max-members, or, for a group that is approved, as many as can be served. `state`
 * may be NULL. */
gsize guard_max_members(State *state, const GuardRules *rules, const char *group);
/* `state` NULL: no history, and no approval. Joined and left are those that this sender can reach: who is missing
 * because of who sends has not left. */
void guard_check(State *state, const GuardRules *rules, const char *group, const Roster *roster, GuardFinding *finding);
/* Whether the finding keeps the message back. */
gboolean guard_stops(const GuardFinding *finding);
/* A verdict that lets the message pass becomes what the guard says of it. `name`: the group's, or NULL. */
void guard_judge(const GuardFinding *finding, const Address *name, Verdict *verdict);
/* "members=90 last=30 joined=60 left=0 limit=10", for a log or an administrator. Caller: g_free(). */
char       *guard_describe(const GuardFinding *finding) G_GNUC_WARN_UNUSED_RESULT;
const char *guard_action_word(GuardAction action); /* "defer", ... */

/* Whether nobody is missing for reasons that lie in the sender: what group or member below let in whom. */
gboolean guard_is_whole(const Roster *roster);
