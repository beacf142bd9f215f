/* SPDX-License-Identifier: BSD-2-Clause
 * verdict.h - refusals and what is said of them
 */
#pragma once

#include "rollcall/policy.h"

typedef enum {
    REFUSAL_EMPTY_SENDER,
    REFUSAL_NOT_AUTHENTICATED,
    REFUSAL_UNSUPPORTED, /* detail: the attribute */
    REFUSAL_REJECTED,
    REFUSAL_NOT_ACCEPTED,
    REFUSAL_NO_AUTHOR, /* a list is to be judged by the From header, which names not exactly one */
    REFUSAL_TOO_LARGE, /* detail: the limit in KB */
    REFUSAL_MODERATED,
    REFUSAL_NO_MEMBERS, /* whom this sender reaches */
    REFUSAL_CHANGED,    /* the guard's: since the last message */
    REFUSAL_TOO_MANY,   /* the guard's: over max-members */
} Refusal;

/* `name`: the group's or member's own address, or NULL. `detail`: may be NULL. */
void verdict_refuse(Verdict *verdict, Refusal refusal, const Address *name, const char *detail);
/* Whether entries are skipped for this reason because of who sends. */
gboolean verdict_is_reason(const char *reason);
