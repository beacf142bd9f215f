/* SPDX-License-Identifier: BSD-2-Clause
 * headers.h - names of header fields: which say something about the origin, and which are taken out
 */
#pragma once

#include <glib.h>

/* Whether both name the same field. RFC 5322 section 2.2: without regard to case; section 4.5.8: blanks before the
 * colon, which MTAs leave in the name, do not count. */
gboolean header_name_is(const char *given, const char *name);

/* The fields that say something about the origin. Those from HEADER_ADVICE on are advice, whatever they say. */
typedef enum {
    HEADER_FROM,
    HEADER_CROSS_TENANT_ID,
    HEADER_CROSS_PREMISES_AUTH_AS,
    HEADER_CROSS_TENANT_AUTH_AS,
    HEADER_DKIM_SIGNATURE,
    HEADER_ADVICE,
    N_HEADERS = HEADER_ADVICE + 11,
    HEADER_OTHER = N_HEADERS,
} HeaderKind;
HeaderKind  header_kind(const char *name);
const char *header_spelling(HeaderKind kind); /* as Microsoft spells it */

/* The value without blanks and line ends around it; `*length` is set. Borrowed from `value`. */
const char *header_trim(const char *value, gsize *length);

/* The domain of a DKIM-Signature (tag d=, RFC 6376 section 3.5); NULL if it cannot be told. Caller: g_free(). */
char *header_dkim_domain(const char *value) G_GNUC_WARN_UNUSED_RESULT;
