/* SPDX-License-Identifier: BSD-2-Clause
 * image-superiors.c - the names of the nodes above an entry, kept for the next one
 *
 * Owns:     the texts of one DN and its key, and where in them each RDN begins.
 * Promises: after image_superiors_set() they are those of the node it was given; only what differs from those before
 *           is written.
 * Threads:  an ImageSuperiors: one.
 */
#include "image-private.h"

#include <string.h>

enum { SMALL = 256 };

/* More octets in front. What is there already stays at the end, with its NUL. */
static void
grow(ImageTail *tail, gsize more)
{
    gsize room = MAX(SMALL, 2 * (tail->length + 1 + more));
    char *text = g_malloc(room), *end = text + room - 1;

    if (tail->length > 0)
        memcpy(end - tail->length, tail->end - tail->length, tail->length);
    *end = '\0';
    g_free(tail->text);
    *tail = (ImageTail){.text = text, .end = end, .length = tail->length};
}

/* Puts a comma and the RDN in front. */
static void
prepend(ImageTail *tail, const char *rdn, gsize length)
{
    if (tail->length + length + 1 > (gsize)(tail->end - tail->text))
        grow(tail, length + 1);
    tail->length += length + 1;
    char *start = tail->end - tail->length;
    *start = ',';
    memcpy(start + 1, rdn, length);
}

static guint
depth_of(const Image *image, guint32 node)
{
    guint depth = 0;

    for (; node != NODE_ROOT && node != ID_NONE; node = IMAGE_NODE(image, node)->parent)
        depth++;
    return depth;
}

/* Makes `parent` the lowest level. Returns how many levels are those that were there before. */
static guint
set_levels(GArray *levels, const Image *image, guint32 parent)
{
    guint depth = depth_of(image, parent), n_before = levels->len;

    g_array_set_size(levels, depth);
    for (guint32 at = parent; depth > 0; depth--, at = IMAGE_NODE(image, at)->parent) {
        ImageLevel *level = &g_array_index(levels, ImageLevel, depth - 1);
        if (depth <= n_before && level->node == at)
            break;
        level->node = at;
    }
    return depth;
}

void
image_superiors_set(ImageSuperiors *superiors, const Image *image, guint32 parent)
{
    if (superiors->levels == NULL) {
        superiors->levels = g_array_new(FALSE, FALSE, sizeof(ImageLevel));
        grow(&superiors->dn, 0);
        grow(&superiors->key, 0);
    }

    GArray *levels = superiors->levels;
    guint   n_kept = set_levels(levels, image, parent);
    superiors->dn.length = n_kept > 0 ? g_array_index(levels, ImageLevel, n_kept - 1).dn_length : 0;
    superiors->key.length = n_kept > 0 ? g_array_index(levels, ImageLevel, n_kept - 1).key_length : 0;
    for (guint i = n_kept; i < levels->len; i++) {
        ImageLevel *level = &g_array_index(levels, ImageLevel, i);
        const char *name = IMAGE_NODE(image, level->node)->name;
        gsize       length = strlen(name);
        prepend(&superiors->dn, name, length);
        prepend(&superiors->key, name + length + 1, strlen(name + length + 1));
        level->dn_length = superiors->dn.length;
        level->key_length = superiors->key.length;
    }
}

void
image_superiors_clear(ImageSuperiors *superiors)
{
    if (superiors->levels != NULL)
        g_array_unref(superiors->levels);
    g_free(superiors->dn.text);
    g_free(superiors->key.text);
    *superiors = (ImageSuperiors){0};
}
