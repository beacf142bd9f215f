/* SPDX-License-Identifier: BSD-2-Clause
 * client-name.h - the name in the certificate that a TLS client showed
 */
#pragma once

#include "rollcall/origin.h"

/* The common name of the client's certificate, NULL if there is none or it cannot be told. `doubt` is a fixed text if
 * the name (or the lack of one) is not to be believed, else NULL: only a name without a doubt proves anything.
 *
 * Postfix says the common name and nothing else, and only if it trusts the chain for client use and there is exactly
 * one (smtpd_milter.c, tls_verify.c). Sendmail says the whole subject whether or not it verified, in the form of
 * X509_NAME_oneline(): {verify} must be OK (sendmail/tls.c). Caller: g_free(). */
char *client_name(const OriginFacts *facts, const char **doubt) G_GNUC_WARN_UNUSED_RESULT;

/* Compared without regard to case and as a whole. An entry "*.example.com" stands for one label before example.com
 * (RFC 6125 section 6.4.3); `names` is NULL-terminated. */
gboolean client_name_is_listed(const char *name, const char *const *names);
