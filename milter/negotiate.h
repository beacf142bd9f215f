/* SPDX-License-Identifier: BSD-2-Clause
 * negotiate.h - what is agreed on with the MTA at the start of a connection
 */
#pragma once

#include <glib.h>

/* Bits as in libmilter/mfdef.h. */
typedef struct {
    unsigned long actions; /* SMFIF_*: what we may do to a message */
    unsigned long steps;   /* SMFIP_*: what the MTA leaves out */
} Terms;

/* From what the MTA offers. `network`: the socket is a TCP one. FALSE: we cannot work with this MTA. */
gboolean negotiate(const Terms *offered, gboolean network, Terms *terms) G_GNUC_WARN_UNUSED_RESULT;

/* Whether a callback answers, or the MTA goes on without waiting. */
gboolean terms_mail_is_answered(const Terms *terms);
gboolean terms_headers_are_answered(const Terms *terms);
/* Whether the rest of a body can be declined. */
gboolean terms_body_can_be_skipped(const Terms *terms);

/* Macros for each stage that we hear of (smfi_setsymlist replaces the MTA's own list). */
#define MACROS_MAIL                                                                                         \
    "i v {auth_authen} {client_addr} {client_port} {daemon_name} {mail_addr} {tls_version} {cert_subject} " \
    "{cert_issuer} {cn_subject} {verify}"
#define MACROS_RECIPIENT "{rcpt_addr}"
#define MACROS_END "i"
