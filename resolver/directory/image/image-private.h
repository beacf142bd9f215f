/* SPDX-License-Identifier: BSD-2-Clause
 * image-private.h - what the files of the image share
 */
#pragma once

#include "image.h"

#include "image-index.h"
#include "image-links.h"

struct Image {
    Schema     *schema;
    char      **address_attributes;
    GPtrArray  *entries;   /* of Entry, in the order of dn_key_compare(); the index is the entry's position */
    GHashTable *positions; /* DN key (the entry's own) to position + 1 */
    ImageLinks *links;
    ImageIndex *addresses;           /* hash of an address */
    gsize       malformed_addresses; /* how many could not be read */
    GHashTable *equality;            /* AttributeType.key to ImageIndex of schema_value_key() */
};

/* Whether an entry has this DN key; *position is set then. */
gboolean image_position(const Image *image, const char *key, guint32 *position);

/* Whether the attribute holds an entry's own DN: Active Directory's, or that of RFC 5020. Files often leave it out. */
gboolean image_is_own_dn(const Image *image, const AttributeType *type);

/* The values of an attribute as filters see them: back links and the DN itself included. `dn`: room for one value. */
guint image_values(const Image *image, guint32 position, const AttributeType *type, Value *dn, const Value **values);

/* image-address.c */
void image_index_addresses(Image *image);

/* image-equality.c: indexes of the attributes that stored filters compare for equality */
void image_index_values(Image *image);

/* Positions that a search has to look at: those from `start` up to but without `end`, or fewer. */
typedef struct {
    GArray *positions; /* of guint32, ascending; NULL: all of the range */
    guint32 start, end;
} ImageCandidates;
/* image-equality.c: no entry of the range for which `filter` is true is missing. Caller: image_candidates_clear(). */
void image_candidates_init(ImageCandidates *candidates, const Image *image, const Filter *filter, guint32 start,
                           guint32 end);
void image_candidates_clear(ImageCandidates *candidates);
