/* SPDX-License-Identifier: BSD-2-Clause
 * plan-mix.h - mixes of recipients for tests of the plan
 *
 * A mix is written `p g=a,b/o h=c/r`: a plain recipient, a group with the members a and b that wants no out-of-office
 * replies, a refused group. After the slash: m = reports to the manager, e = to nobody, o = no out-of-office replies,
 * h = held, r = refused, x = cannot be split off, 1 = shares its split address with others marked so.
 */
#pragma once

#include "milter/plan.h"

enum { MIX_MOST = 12, MIX_MOST_MEMBERS = 8 };

typedef struct {
    gsize         n;
    PlanRecipient recipients[MIX_MOST];
    RosterMember  members[MIX_MOST][MIX_MOST_MEMBERS];
    Address      *boss;
    GPtrArray    *owned;
} Mix;

void mix_init(Mix *mix);
void mix_clear(Mix *mix);
/* Adds the recipients that the text names. */
void mix_give(Mix *mix, const char *text);
