/* SPDX-License-Identifier: BSD-2-Clause
 * image.h - a directory held in memory, indexed, that answers filters itself
 *
 * An Image is immutable; any number of threads search it at once without a lock. An ImageBuilder is for one thread.
 */
#pragma once

#include "rollcall/directory.h"

#include <glib.h>

typedef struct Image        Image;
typedef struct ImageBuilder ImageBuilder;

/* `address_attributes` is NULL-terminated and copied. */
ImageBuilder *image_builder_new(Schema *schema, const char *const *address_attributes);
/* Takes over the reference. FALSE: there is an entry with this DN already; the builder can only be freed then. */
gboolean image_builder_add(ImageBuilder *builder, const Entry *entry) G_GNUC_WARN_UNUSED_RESULT;
Image   *image_builder_finish(ImageBuilder *builder); /* frees the builder. Caller: image_free() */
void     image_builder_free(ImageBuilder *builder);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(ImageBuilder, image_builder_free)

void image_free(Image *image);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Image, image_free)

Schema *image_schema(const Image *image); /* borrowed */
guint   image_size(const Image *image);
/* In the order of dn_key_compare(); borrowed. */
const Entry *image_entry(const Image *image, guint position);

/* By address, over the address attributes. Appends each entry once, with a reference. */
void image_find(const Image *image, const Address *address, GPtrArray *entries);
/* By DN; NULL if there is none or `dn` is no DN. Caller: entry_unref(). */
const Entry *image_read(const Image *image, const char *dn);

/* As directory_search(); the errors are UNAVAILABLE (time over), NO_BASE, and those of `func`. A base that is no entry
 * itself exists if an entry lies under it: files often begin below the top. Attributes are not selected: entries come
 * whole. memberOf and other back links are matched as if each entry that lists another stood in the other's list. */
gboolean image_search(const Image *image, const DirectorySearch *search, DirectoryEntryFunc func, gpointer user_data,
                      gint64 deadline, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Calls `func` with each address that more than one entry carries (its key, the positions of the entries). */
typedef void (*ImageDuplicateFunc)(const char *address, const guint32 *positions, guint n_positions,
                                   gpointer user_data);
void image_foreach_duplicate(const Image *image, ImageDuplicateFunc func, gpointer user_data);
/* How many addresses there are; one that an entry carries twice counts once. */
gsize image_count_addresses(const Image *image);
/* Values of address attributes that are no addresses, though they say so. */
gsize image_malformed_addresses(const Image *image);
