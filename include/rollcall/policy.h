/* SPDX-License-Identifier: BSD-2-Clause
 * policy.h - may this sender use this group
 *
 * A Policy is immutable and reference-counted; any thread. Working it out asks the directory, judging by it does not:
 * what only the end of a message tells is judged there, where no network may be waited for.
 */
#pragma once

#include "rollcall/directory.h"
#include "rollcall/group.h"

#include <glib.h>

/* What is known about whether the sender is one of us. UNDECIDED: headers will tell (Exchange Online's AuthAs). */
typedef enum { SENDER_EXTERNAL, SENDER_AUTHENTICATED, SENDER_UNDECIDED } SenderTrust;

typedef struct {
    const Address *address; /* of the envelope; NULL: the empty reverse-path */
    const Address *from;    /* of the From header; NULL: none, several, or not known yet */
    SenderTrust    trust;
    guint64        size;  /* octets: SIZE= at RCPT, at the end the smaller of it and the real size; 0: not known, which
                           * for a final sender is over every limit */
    gboolean       final; /* headers and size have been seen: nothing more will be known */
} Sender;

/* Whom the accept and reject lists mean. */
typedef enum {
    IDENTITY_ENVELOPE, /* MAIL FROM, as "Recipient resolution in Exchange Server" has it */
    IDENTITY_HEADER,   /* the From header */
    IDENTITY_BOTH,     /* each must pass */
} SenderIdentity;

typedef struct {
    SenderIdentity     identity;
    gboolean           hold_moderated; /* moderated = hold, else they are refused */
    gboolean           include_remote; /* groups on lists are expanded with it, as for delivery (roster.h) */
    const char *const *system_senders; /* addresses whose authenticated mail passes every restriction; NULL: none */
    GHashTable        *lists;          /* of policy_lists_new(), or NULL */
} PolicySettings;

/* What was read of lists, for the policies that one thread makes one after the other: a list that many members have in
 * common is read once, and what they all keep in memory together has a limit (POLICY_ERROR_LIST). Caller:
 * g_hash_table_unref(). */
GHashTable *policy_lists_new(void);

typedef enum {
    VERDICT_REFUSED,
    VERDICT_ALLOWED,
    VERDICT_HELD,      /* allowed, once a moderator has released it */
    VERDICT_UNDECIDED, /* not before the end of the message; never for a final sender */
} VerdictKind;

typedef struct {
    VerdictKind kind;
    int         code;     /* REFUSED: 550, ... */
    const char *enhanced; /* "5.7.133" */
    const char *reason;   /* fixed word for the log: "sender-not-authenticated"; HELD: "moderated" */
    char       *text;     /* for the SMTP reply, in Exchange's familiar words, one line, printable ASCII */
} Verdict;
void verdict_clear(Verdict *verdict);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Verdict, verdict_clear)

#define POLICY_ERROR policy_error_quark()
GQuark policy_error_quark(void);
typedef enum {
    POLICY_ERROR_LIST, /* a list that is too large, or names a group whose members cannot be known; says which */
} PolicyError;

typedef struct Policy Policy;
/* What the group asks of its senders, with its lists of people and groups read and expanded: whoever is on one is known
 * by any of its addresses. NULL with an error of directory, group or policy: no sender can be judged now.
 * `settings` may be NULL: all of them 0. A group without lists costs no call of the directory. Caller: policy_unref(). */
Policy *policy_new(Directory *directory, const Group *group, const PolicySettings *settings, gint64 deadline,
                   GError **error) G_GNUC_WARN_UNUSED_RESULT;
Policy *policy_ref(Policy *policy);
void    policy_unref(Policy *policy);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Policy, policy_unref)

/* The same for a member that is no group: its own restrictions. */
Policy *policy_new_for_member(Directory *directory, const Entry *entry, const PolicySettings *settings, gint64 deadline,
                              GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Judges in this order; the first refusal counts:
 *   the empty sender, whose reports no group delivers (5.7.1);
 *   a system sender (by the envelope, whatever settings->identity is), if authenticated: passes all that follows;
 *   authentication (5.7.133), what cannot be judged (5.7.1), reject lists (5.7.1), accept lists (5.7.124), size (5.2.3);
 *   moderation: owners, moderators and the exempt pass, the rest is held, or refused (5.7.1).
 * `verdict` is overwritten. Any restriction that cannot be judged refuses. No I/O. */
void policy_check(const Policy *policy, const Sender *sender, Verdict *verdict);
/* How many addresses its lists keep in memory, but for those in `counted`, a set of lists (g_direct_hash), where they
 * are entered: policies may share them. */
gsize policy_addresses_held(const Policy *policy, GHashTable *counted);
/* Whether its verdict may depend on the size of the message. */
gboolean policy_has_max_size(const Policy *policy);
/* Whether every restriction is waived for this sender: it is in settings->system_senders, and authenticated. */
gboolean policy_is_system_sender(const PolicySettings *settings, const Sender *sender);
/* Whether the group's verdicts depend on more than the sender's trust: lists, size, moderation. */
gboolean policy_is_personal(const Group *group);
/* Whether a member with this route is delivered to Exchange Online, which checks its own restrictions. */
gboolean member_is_online(const Entry *entry, const Address *route);
