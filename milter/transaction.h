/* SPDX-License-Identifier: BSD-2-Clause
 * transaction.h - what is known about the message that is under way
 *
 * For one thread at a time, not always the same: libmilter's workers take turns.
 */
#pragma once

#include "milter/header-notes.h"
#include "milter/message-size.h"
#include "milter/notices.h"
#include "milter/recipient-list.h"
#include "milter/runtime.h"
#include "milter/split.h"

#include <glib.h>

/* What the milter's parts share, for the whole run. */
typedef struct {
    RuntimeStore *runtimes;
    Notices      *notices;
    _Atomic gsize members_held; /* by all messages under way, duplicates counted: what their rosters cost in memory */
} House;

/* What the MTA said about the message at MAIL. Borrowed; every pointer may be NULL. */
typedef struct {
    const char        *argument;     /* `<ann@example.com>` */
    const char *const *parameters;   /* SIZE=..., NULL-terminated */
    const char        *mail_address; /* {mail_addr}: completed by the MTA where the client left the domain out */
    const char        *queue_id;     /* i; Postfix knows none yet, but for mail of its own host */
    const char        *mta;          /* v */
    const char        *daemon_name;  /* {daemon_name} */
    const char        *client_port;  /* {client_port} */
    OriginFacts        origin;       /* `sendmail` and `submitted` are worked out from the others */
} MailFacts;

typedef struct {
    House        *house;
    Runtime      *runtime;     /* NULL: no message is under way */
    char         *sender_text; /* without brackets, as the client gave it: for the log */
    Address      *sender;      /* NULL for the empty sender and for one that cannot be read */
    gboolean      sender_empty;
    OriginCase   *origin;
    gboolean      headers_ended, origin_logged;
    guint64       size; /* SIZE=, 0 if not said */
    gboolean      sendmail;
    gboolean      submitted;   /* on Postfix's own host: there no recipient can be refused, only the whole message */
    gboolean      second_pass; /* one group that was split off, on the listener for them */
    gboolean      has_ticket;  /* second pass: the ticket was read, and is valid */
    SplitTicket   ticket;
    char         *queue_id; /* NULL as long as it is not known */
    RecipientList recipients;
    gsize         members_held; /* of the house's */
    HeaderNotes   headers;
    MessageSize   measured;
} Transaction;

void transaction_init(Transaction *transaction, House *house);
/* Ends the message that may be under way and begins another. */
void transaction_begin(Transaction *transaction, const MailFacts *facts);
/* Ends the message, whatever state it is in; any number of times. */
void transaction_reset(Transaction *transaction);
void transaction_destroy(Transaction *transaction);

gboolean transaction_is_under_way(const Transaction *transaction);
/* Takes a group's members into account; they are given back when the message ends. */
void transaction_hold_members(Transaction *transaction, gsize n_members);
/* Whether the end of the message has anything to decide about a recipient: a group to expand, or one to turn away. */
gboolean transaction_has_groups(const Transaction *transaction);
/* Remembers of the header field what the end of the message needs. */
void transaction_header(Transaction *transaction, const char *name, const char *value);
/* No header will follow; any number of times. */
void transaction_end_headers(Transaction *transaction);
/* Whether how long the body is decides about one of the groups. */
gboolean transaction_needs_size(const Transaction *transaction);
/* The octets that count for limits on size: the smaller of SIZE= and what was counted, as far as known; 0: not known.
 */
guint64 transaction_octets(const Transaction *transaction);
/* Who handed us the message, and whether it is one of us: from the case, or in the second pass from the ticket. */
Origin      transaction_origin(const Transaction *transaction);
SenderTrust transaction_trust(const Transaction *transaction);
/* What the policy is told of the sender. `final`: the headers were seen, and the body as far as it matters. */
Sender transaction_sender(const Transaction *transaction, gboolean final);
/* A sender whom we cannot read is not the empty sender. */
gboolean transaction_sender_is_unreadable(const Transaction *transaction);
/* `queue_id` may be NULL or "": nothing changes then. */
void transaction_set_queue_id(Transaction *transaction, const char *queue_id);
/* For log lines: escaped, "NOQUEUE" as long as there is none. */
const char *transaction_queue_id(const Transaction *transaction);

/* Whether nothing is to be changed but only logged. Never in the second pass: what was split off must arrive. */
gboolean              transaction_observes(const Transaction *transaction);
const MilterSettings *transaction_settings(const Transaction *transaction);
