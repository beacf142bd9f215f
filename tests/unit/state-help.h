/* SPDX-License-Identifier: BSD-2-Clause
 * state-help.h - rosters of given addresses, and a state in a scratch folder
 */
#pragma once

#include "rollcall/state.h"

/* "a b c" becomes a@e.org, b@e.org, c@e.org, in a group that selects them. Caller: roster_unref(). */
Roster *help_roster(const char *locals);
/* `prefix`0@e.org to `prefix`(n-1)@e.org. */
Roster *help_crowd(const char *prefix, gsize n);

typedef struct {
    char      *folder, *file;
    GPtrArray *events; /* of char *, "good: ..." or "bad: ..."; what an observer was told */
    State     *state;
} StateHelp;
void state_help_setup(StateHelp *help);
/* Closes it if it is open, and opens it with `days`. */
void state_help_open(StateHelp *help, guint days);
void state_help_close(StateHelp *help);
void state_help_teardown(StateHelp *help);
/* Whether one event of the past begins so; all are forgotten. */
gboolean state_help_was_told(StateHelp *help, const char *beginning, const char *part);

/* The group's whole history in one line: "@100 +d -a; @200 +e" (times in microseconds, local parts), "none" without
 * one. */
char *help_history(State *state, const char *group);
