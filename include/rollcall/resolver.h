/* SPDX-License-Identifier: BSD-2-Clause
 * resolver.h - the face of the library: an address in, an answer out
 *
 * Knows nothing of milters, writes no log, reads no configuration file. Any number of threads may call at once;
 * two expansions of one group at the same time do the work once.
 */
#pragma once

#include "rollcall/directory.h"
#include "rollcall/guard.h"
#include "rollcall/policy.h"
#include "rollcall/roster.h"

#include <glib.h>

typedef enum {
    ANSWER_NOT_OURS,  /* outside `domains`: no look-up was made */
    ANSWER_UNKNOWN,   /* in `domains`, in no entry */
    ANSWER_RECIPIENT, /* an entry that is no group we expand; several such, none of them a group, too */
    ANSWER_ROSTER,    /* a group, this sender may use it, and here is everybody */
    ANSWER_REFUSED,   /* 5xx, definite */
    ANSWER_DEFERRED,  /* 4xx, could not find out or must be repaired first */
} AnswerKind;

typedef struct {
    AnswerKind  kind;
    Roster     *roster; /* ROSTER; also when REFUSED as an empty group, or kept back by the guard: for looking at */
    /* undecided: who gets it if the sender turns out to be external, or one that not every group and member below lets
     * in; NULL: the same */
    Roster      *external_roster;
    GPtrArray   *doubtful;      /* with external_roster: of Policy, those below that are undecided; NULL: trust decides */
    Policy      *policy;        /* undecided: what decides, with the lists it may look into; else NULL */
    gboolean     undecided;     /* ROSTER: answer_decide() must be asked at the end of the message */
    gboolean     held;          /* ROSTER, not undecided: for a moderator to release */
    /* a group or member below is moderated, so the message is held whatever `policy` says: for each roster */
    gboolean     held_below, external_held_below;
    gboolean     accept_empty;  /* as in the settings */
    GuardFinding guard, external_guard; /* what the guard finds of each roster; not of a report's to the manager */
    GroupReports reports;       /* ROSTER: never UNSET */
    Address     *report_to;     /* REPORTS_MANAGER: the manager */
    gboolean     suppress_oof;  /* ROSTER */
    Group      *group;  /* set once the address was found to be a group's */
    Address    *route;  /* RECIPIENT: where that entry's mail goes as a member; NULL: nowhere, or several entries */
    int         code;     /* REFUSED, DEFERRED: 550, 451, ... */
    const char *enhanced; /* "5.7.133", static */
    const char *reason;   /* fixed word for the log, static: "empty-group", "directory", "bad-filter", ... */
    char       *text;     /* for the reply: printable ASCII, one line, at most 400 octets */
    char       *detail;   /* for the log: what to repair, or NULL */
    gboolean    repair;   /* an administrator must act: log as error */
    gboolean    empty;    /* a group with no routes: log a warning whatever empty_group says */
    gint64      elapsed;  /* microseconds spent */
    const char *via;      /* directory_kind() of the view that answered */
    gint64      age;      /* microseconds: directory_view_age(); -1: live, or a file */
    gboolean    stale;    /* no server answered: from a view that is older than it should be */
} Answer;
void answer_free(Answer *answer);
/* The same again, for another recipient of the message with that address: as if it had been asked for. Caller:
 * answer_free(). */
Answer *answer_copy(const Answer *answer);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Answer, answer_free)

/* Whether the size of the message will tell more about an undecided answer. */
gboolean answer_needs_size(const Answer *answer);
/* Decides an answer of ROSTER for a final sender, whom one that is not undecided has let in; the
 * guard says its part of the roster that counts. No I/O. `verdict` is overwritten; returns the roster that counts if
 * it allows or holds (borrowed from the answer). One that would be empty is refused as an empty group is. */
const Roster *answer_decide(const Answer *answer, const Sender *sender, Verdict *verdict);
/* What the guard found of that one of the answer's rosters. */
const GuardFinding *answer_guard(const Answer *answer, const Roster *roster);

/* Whose own restrictions count among the members: nobody's, theirs who are not delivered to Exchange Online (which
 * checks its own), everybody's. */
typedef enum { CHECK_MEMBERS_NO, CHECK_MEMBERS_EXTERNAL, CHECK_MEMBERS_ALL } CheckMembers;

typedef struct {
    char       *address;     /* as written in [group ADDRESS] */
    gsize       max_members; /* 0: the common one */
    gboolean    has_percent, has_count, has_action; /* in place of the guard's common ones: */
    guint       change_percent;
    gsize       change_count;
    GuardAction guard_action;
} GroupSettings;

typedef struct {
    const char *const *domains; /* NULL-terminated; compared as A-labels. NULL: every domain is ours (embedded directory) */
    gboolean refuse_unknown;    /* unknown-recipients = refuse: UNKNOWN comes as REFUSED 550 5.1.10 */
    gboolean accept_empty;      /* empty-group = accept */
    gsize    max_members;
    guint    max_depth;
    gint64   max_time;          /* microseconds for one address, look-up and expansion */
    guint    max_waiting;       /* how many wait at once for a slow expansion of somebody else's */
    PolicySettings policy;
    CheckMembers   check_members;
    gboolean       follow_forwarding;
    gboolean       include_remote;     /* mailboxes-include-remote */
    gboolean       unset_reports_nobody; /* reports-unset = nobody */
    gboolean       unset_oof_suppress;   /* oof-unset = suppress */
    guint       change_percent; /* max-change-percent and the others of [guard] */
    gsize       change_count;
    GuardAction guard_action;
    State      *state; /* what the guard compares with; the resolver takes a reference. NULL: nothing */
    const GroupSettings *groups;
    gsize    n_groups;
} ResolverSettings;

typedef struct Resolver Resolver;
/* Takes over `directory`; settings are copied. Caller: resolver_unref(). */
Resolver *resolver_new(const ResolverSettings *settings, Directory *directory);
Resolver *resolver_ref(Resolver *resolver);
void      resolver_unref(Resolver *resolver);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Resolver, resolver_unref)

Directory *resolver_directory(Resolver *resolver); /* borrowed */
/* What the guard finds of a roster of that group now. No I/O. */
void resolver_guard(Resolver *resolver, const Group *group, const Roster *roster, GuardFinding *finding);
/* How many callers wait for an expansion now, for the status: those whose own it is and those who share another's. */
guint resolver_waiting(Resolver *resolver);

/* Everything that can be said about mail from `sender` to `address`. Never NULL. Order of the checks for a group: empty
 * sender, restrictions, then expansion. The empty sender's mail to a group whose reports go to its manager has a roster
 * of one, the manager; only reports of delivery may be sent there, which is for the end of the message to see.
 *
 * What groups and members below the first ask of senders counts too. Whom they refuse is skipped, with the verdict's
 * reason (groups) or "member-restricted". If one of them cannot be judged yet, there are two rosters: all of those that are
 * undecided in, or all of them out. At the end the first is taken only if each lets the sender in: with several that
 * differ, somebody is left out who need not be, and nobody gets what he must not. Caller: answer_free(). */
Answer *resolver_resolve(Resolver *resolver, const Address *address, const Sender *sender);
/* For previews: as if from an authenticated sender who passes every restriction. If there are any beside authentication,
 * `reason` is "restricted" and `detail` says what is asked of senders, with the roster set all the same. Otherwise
 * exactly what mail would get, groups and members below that refuse everybody left out of it. */
Answer *resolver_preview(Resolver *resolver, const Address *address);

/* What one group's roster from what is kept and its live roster do not have in common. */
typedef struct {
    char      *group;                   /* its primary address, or its DN */
    guint      n_mirror, n_live;        /* how many are in one and not in the other */
    GPtrArray *only_mirror, *only_live; /* of char *: some of their addresses */
    char      *error; /* one of the two could not be worked out: which, and why; NULL: both were */
} ResolverDifference;
void resolver_difference_free(ResolverDifference *difference);
/* Compares every group that is kept (a mirror's), and tells in *n_groups how many there are. A group that differs is worked
 * out once more a little later: a change of the directory on its way is no difference. Takes long, and waits for the
 * network. Of ResolverDifference; NULL with an error of directory if there is nothing to compare, or no time left. Caller:
 * g_ptr_array_unref(). */
GPtrArray *resolver_verify(Resolver *resolver, guint *n_groups, gint64 deadline,
                           GError **error) G_GNUC_WARN_UNUSED_RESULT;
