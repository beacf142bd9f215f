/* SPDX-License-Identifier: BSD-2-Clause
 * secret.h - the tenant's secret: what a mail-flow rule of our own tenant puts in a header
 */
#pragma once

#include <glib.h>

/* One or two values, of which only hashes are kept. Immutable, any thread. */
typedef struct Secret Secret;
/* The file has one value a line, at most two, each of 16 to 256 printable ASCII characters without blanks: such a value
 * survives the folding of headers. It must be a regular file that not everybody may read and only its owner may write.
 * NULL with ORIGIN_ERROR_SECRET, which never quotes the contents. Caller: secret_free(). */
Secret *secret_load(const char *file, GError **error) G_GNUC_WARN_UNUSED_RESULT;
void    secret_free(Secret *secret);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Secret, secret_free)
/* Whether `value` is one of the values. The time it takes depends on its length alone. */
gboolean secret_matches(const Secret *secret, const char *value, gsize length);
