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

/* `sales@example.com` as an address of the reserved domain: `sales=example.com@DOMAIN`. NULL if it would be too long.
 * Caller: address_unref(). */
Address *split_address(const Address *group, const char *split_domain) G_GNUC_WARN_UNUSED_RESULT;
/* And back; NULL if it is none. */
Address *split_original(const Address *address) G_GNUC_WARN_UNUSED_RESULT;
gboolean split_is_reserved(const Address *address, const char *split_domain_key);

/* What the first pass knew. */
typedef struct {
    Origin      origin;
    SenderTrust trust; /* EXTERNAL or AUTHENTICATED */
    guint64     size;  /* octets that count for size limits; 0: not known */
} SplitTicket;

/* The header's value, bound to the Message-ID, the envelope sender as given in MAIL, and the day. Caller: g_free(). */
char *split_ticket_value(const TraceKey *key, const SplitTicket *ticket, const char *message_id, const char *sender,
                         gint64 day) G_GNUC_WARN_UNUSED_RESULT;
/* TRUE: `value` was made with the key for this message on one of the last days (as trace_is_present()). Any other
 * value, and none, is no ticket. */
gboolean split_ticket_read(const TraceKey *key, const char *value, const char *message_id, const char *sender,
                           gint64 today, SplitTicket *ticket) G_GNUC_WARN_UNUSED_RESULT;
