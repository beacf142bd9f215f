/* SPDX-License-Identifier: BSD-2-Clause
 * recipient-address.h - who is meant by the argument of a RCPT command
 */
#pragma once

#include "rollcall/address.h"

#include <glib.h>

/* The address that the MTA will deliver to; NULL: none that we can read. Postfix repairs what RFC 5321 does not allow
 * (blanks, comments, a dot at the end), completes what lacks a domain and resolves percent signs, before it says
 * {rcpt_addr} (`resolved`; may be NULL or ""); a group must not be reached past its restrictions by such a spelling.
 * Sendmail's is what its mailer gets, which may be less than an address. Caller: address_unref(). */
Address *recipient_read(const char *argument, const char *resolved, gboolean sendmail) G_GNUC_WARN_UNUSED_RESULT;

/* What a deletion must name. Caller: g_free(). */
char *recipient_deletion_argument(const char *argument, gboolean sendmail) G_GNUC_WARN_UNUSED_RESULT;

/* Postfix says nothing about a deletion that names nobody, and its two readers of addresses differ about what is none
 * (`<;sales@example.com>`). Where we cannot be sure that the group goes, its members must not come. */
gboolean recipient_is_surely_deleted(const char *argument);
