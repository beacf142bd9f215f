/* SPDX-License-Identifier: BSD-2-Clause
 * question.h - one address, one sender, and what is found out about them; for the files of this folder
 */
#pragma once

#include "rollcall/resolver.h"

#include "resolver/flight.h"
#include "resolver/memo.h"

struct Resolver {
    int            reference_count;
    Directory     *directory;
    FlightTable   *flights;
    Memo          *known_groups;  /* address key -> Group */
    Memo          *known_rosters; /* class and group -> Roster, shared walks only */
    GHashTable    *domains;        /* set of domain keys (owned); NULL: every domain */
    GHashTable    *settings;       /* address key (owned) -> GroupSettings (owned) */
    char         **system_senders; /* `policy` borrows them */
    PolicySettings policy;
    CheckMembers   check_members;
    EntryKeys      member_keys;
    gboolean       refuse_unknown;
    gboolean       accept_empty;
    gboolean       follow_forwarding;
    gboolean       include_remote;
    gboolean       unset_reports_nobody;
    gboolean       unset_oof_suppress;
    GuardRules     guard; /* with max_members */
    State         *state; /* may be NULL */
    guint          max_depth;
    gint64         max_time;
};

typedef struct {
    Resolver         *resolver;
    const Address    *address;
    const Sender     *sender;
    gboolean          preview;
    gint64            deadline;
    gint64            patience; /* mail waits no longer than until then for others; a preview, until the deadline */
    DirectoryViewKind kind;
    Directory        *view;    /* which alone is asked, from the first look-up to the last */
    Answer           *answer;  /* `group` is set from question_find_rosters() on */
    int               failure; /* the DirectoryError that the answer comes of; NO_FAILURE: none */
} Question;
enum { NO_FAILURE = -1 };

/* Works question->answer out in question->view. */
void question_answer(Question *question);
/* Any error of directory, group, policy or expansion becomes the answer. */
void question_fail(Question *question, const GError *error);

/* As resolver_preview(), in views of this kind alone. UNAVAILABLE and the like are errors here: NULL. Caller:
 * answer_free(). */
Answer *resolver_preview_in(Resolver *resolver, const Address *address, DirectoryViewKind kind,
                            GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* What [group ADDRESS] says of the group, or else the common settings. */
GuardRules resolver_guard_rules(const Resolver *resolver, const Group *group);

gboolean resolver_is_ours(const Resolver *resolver, const Address *address);

/* Where reports and out-of-office replies go: sets answer->reports, report_to, suppress_oof. *manager (DN) and *route
 * are where a report to the group itself goes, NULL for nowhere; the caller frees them. FALSE with an error of
 * directory. */
gboolean question_find_reports(Question *question, char **manager, Address **route,
                               GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Who gets it: sets answer->roster, external_roster, doubtful, held_below. FALSE with an error of directory, group,
 * policy or expansion. */
gboolean question_find_rosters(Question *question, GError **error) G_GNUC_WARN_UNUSED_RESULT;
