/* SPDX-License-Identifier: BSD-2-Clause
 * mirror-places.c - where entries stand that are known by names
 *
 * Under RFC rules a name is all that a server says of an entry's place. Told in any order, an entry may be placed under
 * a name that still is another's, and then go along with that one. So containers come first, and at the end of a pass
 * it is looked where everybody is.
 *
 * Owns:     the places of the pass under way.
 * Promises: at the end of a good pass everybody whom it named stands where it said.
 * Threads:  those of the streams, under `writing`.
 */
#include "resolver/directory/mirror/mirror-private.h"

#include "rollcall/dn.h"

static gboolean
is_by_name(const Mirror *mirror, const StreamBatch *batch)
{
    return !batch->in_order && schema_rules(image_schema(mirror->image)) == SCHEMA_RULES_RFC;
}

static guint
depth_of(const StreamChange *change)
{
    guint depth = 0;

    if (change->entry == NULL)
        return 0; /* what goes makes room */
    for (const char *at = entry_key(change->entry); at != NULL; at = dn_key_parent(at))
        depth++;
    return depth;
}

static int
compare_depths(gconstpointer a, gconstpointer b)
{
    guint x = depth_of(*(StreamChange *const *)a), y = depth_of(*(StreamChange *const *)b);
    return (x > y) - (x < y);
}

void
mirror_places_begin(MirrorContext *context, const StreamBatch *batch)
{
    if (is_by_name(context->mirror, batch) && image_size(context->mirror->image) > 0)
        context->placed = g_hash_table_new_full(mirror_id_hash, mirror_id_equal, g_free, NULL);
}

void
mirror_places_note(MirrorContext *context, StreamBatch *batch)
{
    if (is_by_name(context->mirror, batch))
        g_ptr_array_sort(batch->changes, compare_depths);
    for (guint i = 0; context->placed != NULL && i < batch->changes->len; i++) {
        const StreamChange *change = g_ptr_array_index(batch->changes, i);
        if (change->entry != NULL)
            g_hash_table_replace(context->placed, g_memdup2(&change->id, sizeof change->id),
                                 GUINT_TO_POINTER(g_str_hash(entry_key(change->entry))));
    }
}

gboolean
mirror_places_are_right(const MirrorContext *context)
{
    GHashTableIter iter;
    gpointer       id, place;

    if (context->placed == NULL)
        return TRUE;
    g_hash_table_iter_init(&iter, context->placed);
    while (g_hash_table_iter_next(&iter, &id, &place)) {
        g_autofree char *dn = image_dn(context->mirror->image, id);
        g_autofree char *key = dn != NULL ? dn_key(dn) : NULL;
        if (key != NULL && g_str_hash(key) != GPOINTER_TO_UINT(place))
            return FALSE;
    }
    return TRUE;
}
