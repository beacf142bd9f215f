/* SPDX-License-Identifier: BSD-2-Clause
 * origin.h - what is known about who handed us the message, from the connection alone
 */
#pragma once

#include "rollcall/origin.h"

/* `sasl_user` is {auth_authen}, `client_address` {client_addr}; NULL or "" where the MTA said nothing. */
Origin   origin_judge(const char *sasl_user, const char *client_address, const Networks *trusted);
gboolean origin_is_authenticated(Origin origin);
