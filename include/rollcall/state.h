/* SPDX-License-Identifier: BSD-2-Clause
 * state.h - what outlives a restart and is not the mirror: the roster each group's last message went to, how it came to
 * be so, and what an administrator approved
 *
 * Answers come from memory and cost no disk. What is recorded is in memory when the call returns, and reaches the file
 * on a thread of the state's own: nobody waits for that. Each record stands for itself under its group's identity
 * (group_identity()), and writing it again changes nothing, so that relays could share a server in place of the file.
 *
 * A file that is damaged, somebody else's or cannot be written never stops anybody: an observer is told, and the state
 * goes on in memory.
 *
 * Times are microseconds since 1970. Any thread may call anything.
 */
#pragma once

#include "rollcall/roster.h"

#include <glib.h>

#define STATE_ERROR state_error_quark()
GQuark state_error_quark(void);
typedef enum {
    STATE_ERROR_FILE,    /* cannot be had, read or written now */
    STATE_ERROR_FOREIGN, /* is not ours, and is left alone */
    STATE_ERROR_DAMAGED, /* ours, and of no use */
} StateError;

typedef void (*StateObserver)(gboolean good, const char *event, gpointer user_data);

typedef struct {
    const char *file;         /* NULL: in memory only */
    guint       history_days; /* how long differences are kept; 0: not at all */
    gboolean    read_only;  /* for looking: nothing is written, made or moved; a file that is missing is an empty one */
    StateObserver observer; /* may be NULL; called on whichever thread, without a lock */
    gpointer      observer_data;
} StateSettings;

typedef struct State State;

/* Reads the file, or makes it (mode 0600). Never fails: see above. Starts a thread, unless read_only. Caller:
 * state_unref(). */
State *state_open(const StateSettings *settings);
State *state_ref(State *state);
void   state_unref(State *state); /* the last one waits until what was recorded is written, or cannot be */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(State, state_unref)

const char *state_file(const State *state); /* NULL: in memory only by its settings */
gboolean    state_has_file(State *state);   /* it could be opened, and is in use */
/* From now on; what is older goes with the next write, at the latest within a day. */
void state_keep_days(State *state, guint days);
/* Waits until all that was recorded is written. FALSE: some of it could not be. */
gboolean state_flush(State *state);

/* ---- rosters ---- */

/* How a roster differs from the one that the group's last message went to. */
typedef struct {
    gsize    last;         /* how many there were */
    gsize    joined, left; /* exactly, by address */
    gint64   since;        /* when a message first went to them */
    gboolean whole;        /* all members are known: one message at least was sent by somebody who reached them all */
} StateChange;

/* FALSE: the group has no history. */
gboolean state_compare(State *state, const char *group, const Roster *roster, StateChange *change);

/* A message went to this roster. `name`: for people to read. `whole`: nobody is missing for reasons that lie in this
 * message's sender; else those who are missing count as members still. The same roster again is noticed and costs next
 * to nothing. An empty one is not recorded: nothing was delivered. */
void state_delivered(State *state, const char *group, const char *name, const Roster *roster, gboolean whole,
                     gint64 now);

/* The identity of the group whose last message was recorded under this name; NULL: none. Caller: g_free(). */
char *state_find(State *state, const Address *name) G_GNUC_WARN_UNUSED_RESULT;

/* ---- history ---- */

/* One difference. Addresses are those of the roster, in the form in which they are compared, sorted. */
typedef struct {
    gint64 at;
    char **joined, **left; /* NULL-terminated */
} StateDifference;
void state_difference_free(StateDifference *difference);

typedef struct {
    gint64     since;       /* nothing is known of what was before */
    gint64     at;          /* when the last roster was recorded first */
    GPtrArray *differences; /* of StateDifference, the oldest first; only those after what was asked for */
    char     **members;     /* of the last roster */
} StateHistory;
void state_history_free(StateHistory *history);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(StateHistory, state_history_free)

/* All that is known since `since` (0: ever). Waits for what is under way to be written, and reads the file. *history
 * stays NULL if the group has none. FALSE with STATE_ERROR_FILE or _DAMAGED. Caller: state_history_free(). */
gboolean state_history(State *state, const char *group, gint64 since, StateHistory **history,
                       GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* The roster as it was at `when`, worked out backwards from the last one; *members stays NULL if that is not known.
 * Caller: g_strfreev(). */
gboolean state_roster_at(State *state, const char *group, gint64 when, char ***members,
                         GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Forgets a group, with its history. FALSE with STATE_ERROR_FILE: the file has it still, memory has not. */
gboolean state_forget_group(State *state, const char *group, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Takes an address out of every difference and every roster, of the file too; *n_records: out of how many. Who is a
 * member still is recorded as joined with the next message. */
gboolean state_forget_address(State *state, const Address *address, guint *n_records,
                              GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* ---- approvals ---- */

/* What an administrator said: the group's mail passes the guard. One a group; a new one replaces it. */
typedef struct {
    char  *group; /* identity */
    char  *name;  /* as it was given */
    char  *by;    /* who said so */
    gint64 at;
    gint64 until; /* 0: for one message */
} StateApproval;
void state_approval_free(StateApproval *approval);

/* Takes over `approval`; in force at once. */
void state_approve(State *state, StateApproval *approval);
/* FALSE: there was none. */
gboolean state_revoke(State *state, const char *group);
/* Of StateApproval, copies, sorted by name; none that has run out. Caller: g_ptr_array_unref(). */
GPtrArray *state_approvals(State *state, gint64 now);
gboolean   state_is_approved(State *state, const char *group, gint64 now);

/* The right of one message to pass: an approval for one message can be claimed once only. */
typedef struct StateClaim StateClaim;
/* NULL: there is no approval, or another message has claimed it. Caller: state_claim_use() if the message passed, or
 * else state_claim_return(). */
StateClaim *state_claim(State *state, const char *group, gint64 now) G_GNUC_WARN_UNUSED_RESULT;
void        state_claim_use(StateClaim *claim);    /* NULL is allowed */
void        state_claim_return(StateClaim *claim); /* another message may claim it; NULL is allowed */
