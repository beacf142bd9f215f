/* SPDX-License-Identifier: BSD-2-Clause
 * origin.h - what is known about who handed us the message
 */
#pragma once

#include <glib.h>

typedef enum {
    ORIGIN_ANONYMOUS, /* nothing speaks for the sender */
    ORIGIN_SASL,      /* logged in at the MTA */
    ORIGIN_NETWORK,   /* came from one of trusted-networks */
} Origin;

#define ORIGIN_ERROR origin_error_quark()
GQuark origin_error_quark(void);
typedef enum { ORIGIN_ERROR_NETWORK } OriginError;

/* A set of networks; immutable, any thread. */
typedef struct Networks Networks;
/* `texts`: NULL-terminated, or NULL for none; "192.0.2.0/24", "2001:db8::/32", "192.0.2.7". Caller: networks_free(). */
Networks *networks_new(const char *const *texts, GError **error) G_GNUC_WARN_UNUSED_RESULT;
void      networks_free(Networks *networks);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Networks, networks_free)
/* `address` as MTAs write it in {client_addr}: plain, or tagged "IPv6:". What is no address is in no network. */
gboolean networks_contain(const Networks *networks, const char *address);

/* `sasl_user` is {auth_authen}, `client_address` {client_addr}; NULL or "" where the MTA said nothing. */
Origin      origin_judge(const char *sasl_user, const char *client_address, const Networks *trusted);
gboolean    origin_is_authenticated(Origin origin);
const char *origin_word(Origin origin); /* for the log */
