/* SPDX-License-Identifier: BSD-2-Clause
 * transaction.h - what is known about the message that is under way
 *
 * For one thread at a time, not always the same: libmilter's workers take turns.
 */
#pragma once

#include "milter/notices.h"
#include "milter/recipient-list.h"
#include "milter/runtime.h"

#include <glib.h>

/* What the milter's parts share, for the whole run. */
typedef struct {
    RuntimeStore *runtimes;
    Notices      *notices;
    _Atomic gsize members_held; /* by all messages under way, duplicates counted: what their rosters cost in memory */
} House;

/* What the MTA said about the message at MAIL. Borrowed; every pointer may be NULL. */
typedef struct {
    const char        *argument;       /* `<ann@example.com>` */
    const char *const *parameters;     /* SIZE=..., NULL-terminated */
    const char        *mail_address;   /* {mail_addr}: completed by the MTA where the client left the domain out */
    const char        *sasl_user;      /* {auth_authen} */
    const char        *client_address; /* {client_addr} */
    const char        *queue_id;       /* i; Postfix knows none yet */
    const char        *mta;            /* v */
} MailFacts;

typedef struct {
    House        *house;
    Runtime      *runtime;     /* NULL: no message is under way */
    char         *sender_text; /* without brackets, as the client gave it: for the log */
    Address      *sender;      /* NULL for the empty sender and for one that cannot be read */
    gboolean      sender_empty;
    OriginCase   *origin;
    guint64       size; /* SIZE=, 0 if not said */
    gboolean      sendmail;
    char         *queue_id; /* NULL as long as it is not known */
    RecipientList recipients;
    gsize         members_held; /* of the house's */
    char         *message_id; /* as in the header, NULL if none was seen */
    GPtrArray    *traces;     /* NULL-terminated once it is not NULL; our trace headers */
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
/* Whether one of the recipients is a group. */
gboolean transaction_has_groups(const Transaction *transaction);
/* Remembers the header field if it is one that the end of the message needs. */
void transaction_header(Transaction *transaction, const char *name, const char *value);
/* `queue_id` may be NULL or "": nothing changes then. */
void transaction_set_queue_id(Transaction *transaction, const char *queue_id);
/* For log lines: escaped, "NOQUEUE" as long as there is none. */
const char *transaction_queue_id(const Transaction *transaction);

const MilterSettings *transaction_settings(const Transaction *transaction);
