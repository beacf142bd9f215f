/* SPDX-License-Identifier: BSD-2-Clause
 * answer.h - from what was found, refused or failed to the answer that goes back
 *
 * All functions fill in an Answer that is otherwise empty. What stands in `text` is read by strangers: addresses and
 * fixed words. DNs, filters and servers stand in `detail`.
 */
#pragma once

#include "rollcall/resolver.h"

void answer_unknown(Answer *answer, const Address *address, gboolean refuse);
/* `entries`: of Entry, none of them a group. */
void answer_recipient(Answer *answer, const GPtrArray *entries);
/* `entries`: of Entry, more than one. */
void answer_ambiguous(Answer *answer, const Address *address, const GPtrArray *entries);
/* Takes the verdict's text. */
void answer_refused(Answer *answer, Verdict *verdict);
/* Any error of directory, group or expansion. */
void answer_failed(Answer *answer, const Address *address, const GError *error);
/* Takes over both; `external` may be NULL, and is never more than `roster`. */
void answer_roster(Answer *answer, const Address *address, Roster *roster, Roster *external, gboolean accept_empty);
