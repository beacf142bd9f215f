/* SPDX-License-Identifier: BSD-2-Clause
 * dn-parts.h - a DN taken apart: each RDN as it is spelled, and its key
 */
#pragma once

#include <glib.h>

typedef struct {
    const char *text, *key; /* borrowed from the DnParts */
    gsize       text_length, key_length;
} DnPart;

typedef struct {
    char   *key;   /* dn_key() of the whole */
    GArray *parts; /* of DnPart, the first RDN first */
} DnParts;

/* FALSE: no DN, or one of more than 1000 RDNs. `dn` is borrowed as long as the parts are. Either way: dn_parts_clear().
 */
gboolean dn_parts_init(DnParts *parts, const char *dn) G_GNUC_WARN_UNUSED_RESULT;
void     dn_parts_clear(DnParts *parts);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(DnParts, dn_parts_clear)
