/* SPDX-License-Identifier: BSD-2-Clause
 * orcpt.h - the address that a report names as the original recipient (RFC 3461 section 4.2)
 *
 * Pure functions; any thread.
 */
#pragma once

#include "milter/notify.h"
#include "rollcall/address.h"

#include <glib.h>

/* Of the parameters behind the address of a RCPT command, NULL-terminated: "rfc822;sales@example.com", as the client
 * gave it; borrowed. NULL: it gave none, or one that does not fit the syntax (a type, and xtext) and would not be taken
 * a second time. */
const char *orcpt_of_parameters(const char *const *parameters);
/* What of the client's ORCPT for a group its members get: it, if the client also said NOTIFY, and reports reach it:
 * then it needs the ORCPT to match them (RFC 3461 section 5.2.7.2). Else NULL: MTAs send an ORCPT with every recipient
 * by themselves, and passing each of them on would show the address of a Bcc to every member's MTA and double the
 * envelope. */
const char *orcpt_for_members(const char *orcpt, Notify notify, GroupReports reports);
/* For an address of ours: "rfc822;a+2Bb@example.com"; one whose local part is not ASCII as "utf-8;" with \x{...} for
 * what an ASCII session cannot carry (RFC 6533 section 3, utf-8-addr-xtext). NULL if it would be too long.
 * Caller: g_free(). */
char *orcpt_of_address(const Address *address) G_GNUC_WARN_UNUSED_RESULT;
