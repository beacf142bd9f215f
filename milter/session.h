/* SPDX-License-Identifier: BSD-2-Clause
 * session.h - one connection of the MTA: what was agreed on with it, and the message that is under way
 *
 * For one thread at a time.
 */
#pragma once

#include "milter/negotiate.h"
#include "milter/transaction.h"

typedef struct {
    Terms       terms;
    Transaction transaction;
} Session;

Session *session_new(House *house, const Terms *terms);
void     session_free(Session *session); /* also in the middle of a message */
