/* SPDX-License-Identifier: BSD-2-Clause
 * image-search.c - searching an image
 *
 * Owns:     for one search: its prepared filter, and the chains of links (rule 1941) that it has walked.
 * Promises: exactly the entries in scope for which the filter is true, or an error.
 * Threads:  any; a search belongs to one.
 */
#include "image-private.h"

#include <string.h>

enum {
    CLOCK_INTERVAL = 64, /* entries between two looks at the clock: a filter may have 50,000 terms */
    MAX_CHAINS = 256,    /* kept at a time: a set of entries each */
    FEW = 16384,         /* entries that are looked at one by one, whether they are in scope */
};

/* All nodes from which links of a type lead to a DN. */
typedef struct {
    const AttributeType *type;
    char                *target;
    IdSet               *reaching; /* NULL: the type is no link */
} Chain;

typedef struct {
    const Image    *image;
    ImageScope      scope;
    Matcher        *matcher; /* NULL: nothing is to be matched */
    MatchSource     source;
    GArray         *chains; /* of Chain, the oldest first */
    gint64          deadline;
    gboolean        late; /* time was over in the middle of a match, whose result says nothing then */
    ImageSelection *selection;
    ImageSuperiors  superiors; /* of the entry handed out last */
    Room            room;      /* of the entry in hand */
} Search;

/* What the matcher calls an entry. */
typedef struct {
    Search *search;
    guint32 node;
} Subject;

/* ---- what the matcher asks ---- */

static guint
subject_values(gconstpointer entry, const AttributeType *type, const Value **values)
{
    const Subject *subject = entry;
    return image_values(subject->search->image, subject->node, type, &subject->search->room, values);
}

static void
clear_chain(gpointer data)
{
    Chain *chain = data;
    g_free(chain->target);
    id_set_free(chain->reaching);
}

/* NULL: no time is left for it. */
static const Chain *
walk_chain(Search *search, const AttributeType *type, const char *target)
{
    for (guint i = 0; i < search->chains->len; i++) {
        const Chain *chain = &g_array_index(search->chains, Chain, i);
        if (chain->type == type && g_str_equal(chain->target, target))
            return chain;
    }
    search->late |= g_get_monotonic_time() >= search->deadline;
    if (search->late)
        return NULL;

    Chain chain = {.type = type, .target = g_strdup(target), .reaching = image_chain(search->image, type, target)};
    if (search->chains->len == MAX_CHAINS)
        g_array_remove_index(search->chains, 0);
    g_array_append_val(search->chains, chain);
    return &g_array_index(search->chains, Chain, search->chains->len - 1);
}

static gboolean
subject_in_chain(gconstpointer entry, const AttributeType *type, const char *target, gpointer context)
{
    const Subject *subject = entry;
    const Chain   *chain = walk_chain(context, type, target);

    return chain != NULL && chain->reaching != NULL && id_set_contains(chain->reaching, subject->node);
}

/* ---- the search ---- */

static gboolean
time_left(Search *search, GError **error)
{
    search->late |= g_get_monotonic_time() >= search->deadline;
    if (search->late)
        g_set_error_literal(error, DIRECTORY_ERROR, DIRECTORY_ERROR_UNAVAILABLE, "time over");
    return !search->late;
}

static void
search_begin(Search *search, const Image *image, const DirectorySearch *asked, const Filter *filter)
{
    search->image = image;
    search->chains = g_array_new(FALSE, FALSE, sizeof(Chain));
    g_array_set_clear_func(search->chains, clear_chain);
    search->source = (MatchSource){.values = subject_values, .in_chain = subject_in_chain, .context = search};
    search->matcher = filter != NULL ? matcher_new(filter, image->schema) : NULL;
    search->selection = image_select_attributes(image, asked->attributes);
}

static void
search_end(Search *search)
{
    matcher_free(search->matcher);
    g_array_unref(search->chains);
    image_selection_unref(search->selection);
    image_superiors_clear(&search->superiors);
    room_clear(&search->room);
}

static gboolean
visit(Search *search, guint32 node, DirectoryEntryFunc func, gpointer user_data, GError **error)
{
    Subject subject = {.search = search, .node = node};

    if (search->matcher != NULL) {
        room_reset(&search->room);
        Truth truth = matcher_match(search->matcher, &search->source, &subject);
        if (search->late)
            return time_left(search, error);
        if (truth != TRUTH_TRUE)
            return TRUE;
    }
    g_autoptr(EntryRef) entry =
        image_hand_out(search->image, node, search->selection, &search->superiors, &search->room);
    return func(entry, user_data, error);
}

/* Sets of indexes hold glue and displaced nodes, too. The same as to look among the image's entries, without doing so.
 */
static gboolean
is_entry(const Image *image, guint32 id)
{
    const Node *node = IMAGE_NODE(image, id);
    return node->record != NULL && (node->flags & NODE_DISPLACED) == 0;
}

/* Of the entries among `set`. `in_scope`: no need to look. */
static gboolean
visit_all(Search *search, const IdSet *set, gboolean in_scope, DirectoryEntryFunc func, gpointer user_data,
          GError **error)
{
    gsize               n = id_set_size(set);
    g_autofree guint32 *nodes = g_new(guint32, n + 1);

    if (!time_left(search, error))
        return FALSE;
    id_set_to_array(set, nodes);
    for (gsize i = 0; i < n; i++) {
        if (i % CLOCK_INTERVAL == CLOCK_INTERVAL - 1 && !time_left(search, error))
            return FALSE;
        if (!is_entry(search->image, nodes[i]) || (!in_scope && !image_in_scope(&search->scope, nodes[i])))
            continue;
        if (!visit(search, nodes[i], func, user_data, error))
            return FALSE;
    }
    return TRUE;
}

gboolean
image_search_plain(const Image *image, const DirectorySearch *search, DirectoryEntryFunc func, gpointer user_data,
                   gint64 deadline, GError **error)
{
    Search state = {.deadline = deadline};

    if (!image_scope_init(&state.scope, image, search, error))
        return FALSE;
    search_begin(&state, image, search, search->filter);
    gboolean good = visit_all(&state, image->entries, FALSE, func, user_data, error);
    search_end(&state);
    return good;
}

/* Brings what the indexes found and the scope together. Takes over the set. *in_scope: all entries among them are. */
static IdSet *
candidates(const ImageScope *scope, ImageSelected *selected, gboolean *in_scope)
{
    IdSet *set = g_steal_pointer(&selected->set);

    *in_scope = scope->is_all;
    if (selected->complement) {
        IdSet *all = image_scope_set(scope);
        *in_scope |= !scope->is_whole;
        id_set_and_not(all, set);
        id_set_free(set);
        set = all;
    } else if (!scope->is_all && !scope->is_whole && id_set_size(set) > FEW) {
        g_autoptr(IdSet) all = image_scope_set(scope);
        *in_scope = TRUE;
        id_set_and(set, all);
    }
    return set;
}

gboolean
image_search(const Image *image, const DirectorySearch *search, DirectoryEntryFunc func, gpointer user_data,
             gint64 deadline, GError **error)
{
    Search        state = {.deadline = deadline};
    ImageSelected selected = {0};
    gboolean      in_scope;

    if (!image->is_indexed)
        return image_search_plain(image, search, func, user_data, deadline, error);
    if (!image_scope_init(&state.scope, image, search, error) || !time_left(&state, error))
        return FALSE;
    g_autoptr(FilterRef) folded = filter_fold(search->filter, image->schema, NULL);
    if (!image_select(image, folded, deadline, &selected)) {
        g_set_error_literal(error, DIRECTORY_ERROR, DIRECTORY_ERROR_UNAVAILABLE, "time over");
        return FALSE;
    }
    g_autoptr(IdSet) set = candidates(&state.scope, &selected, &in_scope);
    search_begin(&state, image, search, selected.rest);
    gboolean good = visit_all(&state, set, in_scope, func, user_data, error);
    search_end(&state);
    image_selected_clear(&selected);
    return good;
}
