/* SPDX-License-Identifier: BSD-2-Clause
 * image-index.h - which entries have a key: hash of the key to the sorted positions of entries
 *
 * An index promises a superset: every entry that was added with the key, and perhaps others whose keys have the same
 * hash. Whoever asks compares once more. This makes an index 8 octets a value. An ImageIndex is immutable; any thread.
 */
#pragma once

#include <glib.h>

typedef struct ImageIndex        ImageIndex;
typedef struct ImageIndexBuilder ImageIndexBuilder;

ImageIndexBuilder *image_index_builder_new(void);
void               image_index_builder_add(ImageIndexBuilder *builder, guint32 hash, guint32 position);
ImageIndex        *image_index_builder_finish(ImageIndexBuilder *builder); /* frees it. Caller: image_index_free() */

void  image_index_free(ImageIndex *index);
gsize image_index_length(const ImageIndex *index); /* pairs of hash and position */

guint32 image_index_hash(const char *key, gsize length);

/* Positions in ascending order, each once. */
typedef struct {
    const guint64 *first; /* the position is in the low 32 bits: image_run_position() */
    gsize          length;
} ImageRun;

static inline guint32
image_run_position(const ImageRun *run, gsize i)
{
    return (guint32)run->first[i];
}

/* Those with this hash among positions from `start` up to but without `end`. */
ImageRun image_index_find(const ImageIndex *index, guint32 hash, guint32 start, guint32 end);
/* All runs one after the other: begin with *cursor 0; FALSE at the end. */
gboolean image_index_next(const ImageIndex *index, gsize *cursor, ImageRun *run);
