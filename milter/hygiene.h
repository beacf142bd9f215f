/* SPDX-License-Identifier: BSD-2-Clause
 * hygiene.h - which header fields of a message are taken out
 */
#pragma once

#include "milter/edit-list.h"
#include "milter/transaction.h"

#include <glib.h>

/* `expanded`: the message is one whose envelope is changed. In observe mode only the tenant's secret goes: it would
 * leave the house with the message, whoever expands it. The headers must have ended. */
gboolean hygiene_is_needed(const Transaction *transaction, gboolean expanded);
void     hygiene_fill(const Transaction *transaction, gboolean expanded, Edits *edits);
/* Whether fields that may have to go are more than can be counted: the message must be turned away. Never where nothing
 * would go, which is most mail of others. The headers must have ended. */
gboolean hygiene_is_beyond_counting(const Transaction *transaction);
