/* SPDX-License-Identifier: BSD-2-Clause
 * image-links.h - who is linked to whom: back links, and chains of links (rule 1941)
 *
 * Immutable; any thread.
 */
#pragma once

#include "rollcall/entry.h"

#include <glib.h>

typedef struct ImageLinks ImageLinks;

/* `entries` by position; `positions`: DN key to position + 1. Both are borrowed, with what is in them. */
ImageLinks *image_links_new(const Schema *schema, GPtrArray *entries, GHashTable *positions);
void        image_links_free(ImageLinks *links);

/* For a back link: the entry's own values and one for each entry that lists it. FALSE: `type` is no back link, or
 * nobody lists anybody; the entry's own values are all. */
gboolean image_links_values(const ImageLinks *links, guint32 position, const AttributeType *type, const Value **values,
                            guint *n_values);

/* All entries from which one or more steps along `type` lead to `target` (a DN key, of an entry or not): a bit for
 * each position. Cycles are harmless. NULL: `type` is no link. Caller: g_free(). */
guint8 *image_links_reaching(const ImageLinks *links, const AttributeType *type, GHashTable *positions,
                             const char *target) G_GNUC_WARN_UNUSED_RESULT;
