/* SPDX-License-Identifier: BSD-2-Clause
 * split.h - handing one group of a message back to the MTA as a message of its own
 *
 * The group is re-addressed into a reserved domain, which the MTA routes, one recipient a transaction, to a listener of
 * its own that asks us again. What was known about the sender travels in a keyed header. Values are immutable; all
 * functions: any thread.
 */
#pragma once

#include "milter/trace.h"
#include "rollcall/address.h"
#include "rollcall/origin.h"

#include <glib.h>

#define SPLIT_HEADER "X-Rollcall-Split"
/* {daemon_name} of the second listener. */
#define SPLIT_DAEMON "rollcall-split"

/* `sales@example.com` as an address of the reserved domain: `sales=example.com@DOMAIN`. The local part is quoted where
 * it must be, the group's domain is given in A-labels. NULL if it would be too long. Caller: address_unref(). */
Address *split_address(const Address *group, const char *split_domain) G_GNUC_WARN_UNUSED_RESULT;
/* And back, for an address of the reserved domain; NULL if no group's address is in it. Caller: address_unref(). */
Address *split_original(const Address *address) G_GNUC_WARN_UNUSED_RESULT;
/* Whether the address lies in the reserved domain; in none if that is "". */
gboolean split_is_reserved(const Address *address, const char *split_domain_key);
/* For a message that has none: a ticket is bound to it, and MTAs add one on the way if we do not. Caller: g_free(). */
char *split_message_id(const char *domain) G_GNUC_WARN_UNUSED_RESULT;

/* Whoever gets the message by the first pass is known to the second by a keyed hash over its address. So many fit into
 * a line of 998 octets; who comes after them gets two copies. */
enum { SPLIT_MOST_OTHERS = 60, SPLIT_OTHER_LENGTH = 12 /* base64 of 9 octets */ };

/* What the first pass knew. A value: nothing in it is owned. */
typedef struct {
    Origin      origin;
    SenderTrust trust; /* EXTERNAL or AUTHENTICATED */
    guint64     size;  /* octets that count for size limits; 0: not known */
    gsize       n_others;
    char        others[SPLIT_MOST_OTHERS][SPLIT_OTHER_LENGTH + 1];
} SplitTicket;

/* What is asked about others. Borrowed. */
typedef struct {
    const SplitTicket *ticket;
    const TraceKey    *key;
    const char        *message_id;
} SplitHolder;

/* `addresses`: of const Address * (Plan.shared); NULL: none. */
void split_ticket_add_others(SplitTicket *ticket, const TraceKey *key, const char *message_id,
                             const GPtrArray *addresses);
/* Fit for PlanRecipient.has_it; `holder`: SplitHolder. */
gboolean split_ticket_has_other(const Address *address, gconstpointer holder);

/* The header's value: what the ticket says, and a keyed hash over it, the Message-ID (NULL: none), the envelope sender
 * as given in MAIL ("": empty; compared as addresses are) and the day (trace_day()). Everybody who gets a copy of the
 * message can read it, and nobody can make one. Caller: g_free(). */
char *split_ticket_value(const TraceKey *key, const SplitTicket *ticket, const char *message_id, const char *sender,
                         gint64 day) G_GNUC_WARN_UNUSED_RESULT;
/* TRUE: `value` was made with the key for this message on one of the last days (as trace_is_present()). Any other
 * value, and NULL, is no ticket; `ticket` is not touched then. A message with several is one without: ask not. */
gboolean split_ticket_read(const TraceKey *key, const char *value, const char *message_id, const char *sender,
                           gint64 today, SplitTicket *ticket) G_GNUC_WARN_UNUSED_RESULT;
