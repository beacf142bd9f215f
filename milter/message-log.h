/* SPDX-License-Identifier: BSD-2-Clause
 * message-log.h - the lines about a message: queue ID first, fixed words, then name=value
 *
 * In observe mode each fixed word says so: would-expand, would-split, would-hold, would-refuse, would-defer,
 * would-edit.
 */
#pragma once

#include "milter/plan.h"
#include "milter/reply.h"
#include "milter/transaction.h"

/* How a recipient is named: borrowed. */
const char *message_log_recipient(const Recipient *recipient);

/* Who handed us the message, by what, and what was said besides: once a message, twice if it was not decided yet. */
void message_log_origin(Transaction *transaction);
/* One group that was expanded: what it came to, who was skipped (the first 20), what was repaired in its filters (once
 * for each), and a warning if it is empty. `fresh`: how many of its members nobody had named before. */
void message_log_expanded(const Transaction *transaction, const Recipient *recipient, const Roster *roster,
                          gsize fresh);
/* One group that goes to the second pass; `reply`: why it is to be refused there, or unset. */
void message_log_split(const Transaction *transaction, const Recipient *recipient, const PlanRecipient *planned,
                       const Reply *reply);
/* One group whose members must wait for a moderator, or for whom the guard asks. */
void message_log_held(const Transaction *transaction, const Recipient *recipient, const char *reason);
/* What the guard has to say of one group, if it has: that it was stopped, or let through by an approval, or that it has
 * no history yet. */
void message_log_guard(const Transaction *transaction, const char *group, const GuardFinding *finding);
/* Somebody reached the split listener with what was not split off. */
void message_log_no_ticket(const Transaction *transaction, const Reply *reply);
/* One recipient that is turned away, with a 5xx or a 4xx. `kind`: "group" or "recipient". `detail` may be NULL. */
void message_log_turned_away(const Transaction *transaction, const char *kind, const char *address, const Reply *reply,
                             const char *reason, const char *detail);
/* The whole message that is turned away. `detail` may be NULL. */
void message_log_message_turned_away(const Transaction *transaction, const Reply *reply, const char *reason,
                                     const char *detail);
/* What an administrator must repair; once for each group (its own name, not the sender's spelling) and text. */
void message_log_repair(const Transaction *transaction, const char *group, const char *detail);
/* A group without any route, and who was skipped; `roster` may be NULL. */
void message_log_empty(const Transaction *transaction, const char *address, const Roster *roster);
/* What was done to the envelope. */
void message_log_envelope(const Transaction *transaction, const Plan *plan);
