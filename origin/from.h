/* SPDX-License-Identifier: BSD-2-Clause
 * from.h - the mailbox of a From header
 */
#pragma once

#include "rollcall/address.h"

/* The value of a From header field, unfolded or not. The address if there is exactly one mailbox (RFC 5322 sections 3.4
 * and 3.6.2) and it cannot be read in two ways; NULL for a list, a group, obsolete forms with blanks, comments or a
 * route inside the address, a display name with unquoted specials such as `@` or `,`, and whatever is malformed.
 * Caller: address_unref(). */
Address *from_mailbox(const char *value) G_GNUC_WARN_UNUSED_RESULT;
