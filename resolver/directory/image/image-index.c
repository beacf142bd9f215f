/* SPDX-License-Identifier: BSD-2-Clause
 * image-index.c - which entries have a key
 *
 * Owns:     one sorted array of hash and position in a 64-bit number.
 * Threads:  an ImageIndex is immutable: any. An ImageIndexBuilder: one.
 */
#include "image-index.h"

struct ImageIndexBuilder {
    GArray *pairs;
    guint64 bits; /* all pairs or-ed, so that sorting passes over octets that are always 0 */
};

struct ImageIndex {
    gsize   length;
    guint64 pairs[];
};

ImageIndexBuilder *
image_index_builder_new(void)
{
    ImageIndexBuilder *builder = g_new0(ImageIndexBuilder, 1);
    builder->pairs = g_array_new(FALSE, FALSE, sizeof(guint64));
    return builder;
}

void
image_index_builder_add(ImageIndexBuilder *builder, guint32 hash, guint32 position)
{
    guint64 pair = (guint64)hash << 32 | position;
    g_array_append_val(builder->pairs, pair);
    builder->bits |= pair;
}

/* One pass of a radix sort: stable, by one octet. */
static void
sort_by_octet(const guint64 *from, guint64 *to, gsize length, guint shift)
{
    gsize next[256] = {0}, total = 0;

    for (gsize i = 0; i < length; i++)
        next[from[i] >> shift & 0xff]++;
    for (guint octet = 0; octet < 256; octet++) {
        gsize count = next[octet];
        next[octet] = total;
        total += count;
    }
    for (gsize i = 0; i < length; i++)
        to[next[from[i] >> shift & 0xff]++] = from[i];
}

static void
sort_pairs(guint64 *pairs, gsize length, guint64 bits)
{
    g_autofree guint64 *room = g_new(guint64, length);
    guint64            *from = pairs, *to = room;

    for (guint shift = 0; shift < 64; shift += 8) {
        if ((bits >> shift & 0xff) == 0)
            continue;
        sort_by_octet(from, to, length, shift);
        guint64 *sorted = to;
        to = from;
        from = sorted;
    }
    for (gsize i = 0; from != pairs && i < length; i++)
        pairs[i] = from[i];
}

ImageIndex *
image_index_builder_finish(ImageIndexBuilder *builder)
{
    guint64    *pairs = (guint64 *)(void *)builder->pairs->data;
    gsize       length = builder->pairs->len;
    ImageIndex *index = g_malloc(sizeof(ImageIndex) + length * sizeof(guint64));

    sort_pairs(pairs, length, builder->bits);
    index->length = 0;
    for (gsize i = 0; i < length; i++)
        if (i == 0 || pairs[i] != pairs[i - 1])
            index->pairs[index->length++] = pairs[i];
    g_array_unref(builder->pairs);
    g_free(builder);
    return g_realloc(index, sizeof(ImageIndex) + index->length * sizeof(guint64));
}

void
image_index_free(ImageIndex *index)
{
    g_free(index);
}

gsize
image_index_length(const ImageIndex *index)
{
    return index->length;
}

/* FNV-1a. Keys come from the directory, and a crowd of equal hashes costs time only. */
guint32
image_index_hash(const char *key, gsize length)
{
    guint32 hash = 2166136261u;
    for (gsize i = 0; i < length; i++)
        hash = (hash ^ (guint8)key[i]) * 16777619u;
    return hash;
}

/* The first pair that is not below `pair`. */
static gsize
lower_bound(const ImageIndex *index, guint64 pair)
{
    gsize low = 0, high = index->length;

    while (low < high) {
        gsize middle = low + (high - low) / 2;
        if (index->pairs[middle] < pair)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

ImageRun
image_index_find(const ImageIndex *index, guint32 hash, guint32 start, guint32 end)
{
    gsize first = lower_bound(index, (guint64)hash << 32 | start);
    gsize last = lower_bound(index, (guint64)hash << 32 | end);
    return (ImageRun){.first = index->pairs + first, .length = last - first};
}

gboolean
image_index_next(const ImageIndex *index, gsize *cursor, ImageRun *run)
{
    gsize first = *cursor;

    while (*cursor < index->length && index->pairs[*cursor] >> 32 == index->pairs[first] >> 32)
        (*cursor)++;
    *run = (ImageRun){.first = index->pairs + first, .length = *cursor - first};
    return run->length > 0;
}
