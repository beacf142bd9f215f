/* SPDX-License-Identifier: BSD-2-Clause
 * treatment.h - what a group asks of the message that its members get
 */
#pragma once

#include "milter/plan.h"
#include "milter/transaction.h"

/* Reports that go elsewhere want another envelope sender ["Recipient resolution": report redirection]; one that the
 * message has already is none. A message without sender keeps none: what comes back of a report goes nowhere. */
Treatment treatment_of(const Transaction *transaction, const Answer *answer, gboolean held);

/* Whether a recipient (NULL: no group) could share the message with those that were taken, as far as is known at RCPT.
 */
gboolean treatment_is_shared(const Transaction *transaction, const Answer *answer);
