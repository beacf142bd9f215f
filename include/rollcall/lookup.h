/* SPDX-License-Identifier: BSD-2-Clause
 * lookup.h - from what names a recipient to the entries that it means ["Recipient resolution in Exchange Server"]
 *
 * Any thread. `entries`, `deadline` and errors are those of directory.h: none found is an answer.
 */
#pragma once

#include "rollcall/directory.h"

/* The entries that carry the address. If none does and the address encapsulates an Exchange address (IMCEAEX-...), the
 * entries that have that one. */
gboolean lookup_entries(Directory *directory, const Address *address, const char *const *attributes,
                        GPtrArray *entries, gint64 deadline, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* The same for many: appends to `found` one GPtrArray of Entry for each of the addresses, in their order. Far fewer round
 * trips than one by one where the directory can. */
gboolean lookup_many(Directory *directory, const Address *const *addresses, gsize n_addresses,
                     const char *const *attributes, GPtrArray *found, gint64 deadline,
                     GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* The entries of which this is the legacyExchangeDN; if there are none, those that have it as an X500: proxy, which is
 * what becomes of an old legacyExchangeDN. Compared without regard to case. */
gboolean lookup_legacy_dn(Directory *directory, const char *legacy_dn, const char *const *attributes,
                          GPtrArray *entries, gint64 deadline, GError **error) G_GNUC_WARN_UNUSED_RESULT;
