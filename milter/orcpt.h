/* SPDX-License-Identifier: BSD-2-Clause
 * orcpt.h - the address that a report names as the original recipient (RFC 3461 section 4.2)
 *
 * Pure functions; any thread.
 */
#pragma once

#include "rollcall/address.h"

#include <glib.h>

/* Of the parameters behind the address of a RCPT command, NULL-terminated: "rfc822;sales@example.com", as the client
 * gave it; borrowed. NULL: it gave none, or one that does not fit the syntax (a type, and xtext) and would not be taken
 * a second time. */
const char *orcpt_of_parameters(const char *const *parameters);
/* For an address of ours: "rfc822;a+2Bb@example.com"; one whose local part is not ASCII as "utf-8;" with \x{...} for
 * what an ASCII session cannot carry (RFC 6533 section 3, utf-8-addr-xtext). NULL if it would be too long.
 * Caller: g_free(). */
char *orcpt_of_address(const Address *address) G_GNUC_WARN_UNUSED_RESULT;
