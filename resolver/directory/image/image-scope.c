/* SPDX-License-Identifier: BSD-2-Clause
 * image-scope.c - which nodes a search is about
 *
 * Owns:     the cache of subtrees, under its lock.
 * Promises: a base exists if it is an entry or one lies under it.
 * Threads:  reading: any. A cached set stays until the tree changes, which nobody does while others read.
 */
#include "image-private.h"

#include "rollcall/dn.h"

enum { MOST_SCOPES = 64 };

static gboolean
is_entry(const Image *image, guint32 node)
{
    return id_set_contains(image->entries, node);
}

/* Whether the node is an entry, or one lies under it. */
static gboolean
has_entries(const Image *image, guint32 node)
{
    g_autoptr(GArray) queue = g_array_new(FALSE, FALSE, sizeof(guint32));

    g_array_append_val(queue, node);
    while (queue->len > 0) {
        guint32 at = g_array_index(queue, guint32, queue->len - 1);
        if (is_entry(image, at))
            return TRUE;
        g_array_set_size(queue, queue->len - 1);
        g_autoptr(GArray) children = image_children(image, at);
        g_array_append_vals(queue, children->data, children->len);
    }
    return FALSE;
}

/* Whether the way from the root to the node has no fork and no other entry: then its subtree is everything. */
static gboolean
is_above_all(const Image *image, guint32 node)
{
    for (guint32 above = IMAGE_NODE(image, node)->parent; above != ID_NONE; above = IMAGE_NODE(image, above)->parent)
        if (is_entry(image, above) || id_set_size(IMAGE_NODE(image, above)->children) != 1)
            return FALSE;
    return TRUE;
}

gboolean
image_scope_init(ImageScope *scope, const Image *image, const DirectorySearch *search, GError **error)
{
    *scope = (ImageScope){.image = image, .scope = search->scope, .is_whole = search->base == NULL};
    if (search->base == NULL) {
        scope->is_all = search->scope == SCOPE_SUBTREE;
        return TRUE;
    }
    g_autofree char *key = dn_key(search->base);
    scope->base = key != NULL ? image_node_at(image, key) : ID_NONE;
    if (scope->base == ID_NONE || !has_entries(image, scope->base)) {
        g_set_error(error, DIRECTORY_ERROR, DIRECTORY_ERROR_NO_BASE, "no entry %s, nor any below it", search->base);
        return FALSE;
    }
    scope->is_all = search->scope == SCOPE_SUBTREE && image->n_displaced == 0 && is_above_all(image, scope->base);
    return TRUE;
}

/* Whether no entry is above this one. */
static gboolean
is_top(const Image *image, guint32 node)
{
    guint32 parent = IMAGE_NODE(image, node)->parent;
    return parent == ID_NONE || !is_entry(image, parent);
}

gboolean
image_in_scope(const ImageScope *scope, guint32 node)
{
    const Image *image = scope->image;
    guint32      parent = IMAGE_NODE(image, node)->parent;

    if (scope->scope == SCOPE_SUBTREE)
        return scope->is_whole || image_is_below(image, node, scope->base);
    if (scope->scope == SCOPE_BASE)
        return scope->is_whole ? is_top(image, node) : node == scope->base;
    if (parent == ID_NONE)
        return FALSE;
    return scope->is_whole ? !is_top(image, node) && is_top(image, parent) : parent == scope->base;
}

/* ---- sets ---- */

static IdSet *
walk_subtree(const Image *image, guint32 base)
{
    IdSet *set = id_set_new();
    g_autoptr(GArray) queue = g_array_new(FALSE, FALSE, sizeof(guint32));
    g_autoptr(GArray) nodes = g_array_new(FALSE, FALSE, sizeof(guint32));

    id_set_add(set, base);
    g_array_append_val(queue, base);
    for (guint next = 0; next < queue->len; next++) {
        guint32      at = g_array_index(queue, guint32, next);
        const IdSet *children = IMAGE_NODE(image, at)->children;
        id_set_or(set, children);
        g_array_set_size(nodes, (guint)id_set_size(children));
        id_set_to_array(children, (guint32 *)(void *)nodes->data);
        for (guint i = 0; i < nodes->len; i++)
            if (IMAGE_NODE(image, g_array_index(nodes, guint32, i))->children != NULL)
                g_array_append_val(queue, g_array_index(nodes, guint32, i));
    }
    return set;
}

static IdSet *
subtree(const Image *image, guint32 base)
{
    Image *cache = (Image *)image; /* only the cache is changed, under its lock */

    if (IMAGE_NODE(image, base)->children == NULL)
        return id_set_of(&base, 1);
    pthread_mutex_lock(&cache->scopes_lock);
    const IdSet *known = g_hash_table_lookup(image->scopes, GUINT_TO_POINTER(base));
    pthread_mutex_unlock(&cache->scopes_lock);
    if (known != NULL)
        return id_set_copy(known);

    IdSet *set = walk_subtree(image, base);
    pthread_mutex_lock(&cache->scopes_lock);
    if (g_hash_table_size(image->scopes) < MOST_SCOPES && !g_hash_table_contains(image->scopes, GUINT_TO_POINTER(base)))
        g_hash_table_insert(image->scopes, GUINT_TO_POINTER(base), id_set_copy(set));
    pthread_mutex_unlock(&cache->scopes_lock);
    return set;
}

IdSet *
image_scope_set(const ImageScope *scope)
{
    if (scope->is_all || scope->is_whole)
        return id_set_copy(scope->image->entries);
    if (scope->scope == SCOPE_BASE)
        return id_set_of(&scope->base, 1);
    if (scope->scope == SCOPE_SUBTREE)
        return subtree(scope->image, scope->base);
    const IdSet *children = IMAGE_NODE(scope->image, scope->base)->children;
    return children != NULL ? id_set_copy(children) : id_set_new();
}

void
image_scopes_forget(Image *image)
{
    if (g_hash_table_size(image->scopes) > 0)
        g_hash_table_remove_all(image->scopes);
}
