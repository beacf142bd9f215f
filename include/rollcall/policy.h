/* SPDX-License-Identifier: BSD-2-Clause
 * policy.h - may this sender use this group
 */
#pragma once

#include "rollcall/group.h"

#include <glib.h>

typedef struct {
    const Address *address;       /* NULL: the empty reverse-path */
    gboolean       authenticated; /* SASL, trusted network, keyed origin */
} Sender;

typedef struct {
    gboolean    allowed;
    int         code;     /* 550, ... */
    const char *enhanced; /* "5.7.133" */
    const char *reason;   /* fixed word for the log: "sender-not-authenticated" */
    char       *text;     /* for the SMTP reply, in Exchange's familiar words, one line, printable ASCII */
} Verdict;
void verdict_clear(Verdict *verdict);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Verdict, verdict_clear)

/* `verdict` is overwritten. Any restriction that this version does not honour refuses. Any thread. */
void policy_check(const Group *group, const Sender *sender, Verdict *verdict);
/* What of the sender its verdicts depend on, so that expansions can be shared: equal classes, equal rosters. */
guint policy_sender_class(const Sender *sender);
