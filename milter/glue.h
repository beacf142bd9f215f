/* SPDX-License-Identifier: BSD-2-Clause
 * glue.h - rollcalld seen from libmilter: the callbacks
 */
#pragma once

#include "milter/drain.h"
#include "milter/transaction.h"

#include <glib.h>

#include <stdatomic.h>

/* What the callbacks work with; the caller's, and to stay as it is until drain_close() has returned 0. */
typedef struct {
    House    house;
    Drain   *drain;
    gboolean network; /* the socket is a TCP one */
    /* What was agreed on last, for a connection that an MTA passes on to its next client (SMFIC_QUIT_NC): libmilter
     * closes the session then, and negotiates no other. All connections of one MTA offer the same. */
    atomic_ulong last_actions, last_steps;
} Milter;

/* Registers with libmilter; once in a process, before the socket is opened. */
gboolean glue_register(Milter *milter) G_GNUC_WARN_UNUSED_RESULT;
