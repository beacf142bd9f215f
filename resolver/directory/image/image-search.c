/* SPDX-License-Identifier: BSD-2-Clause
 * image-search.c - searching an image
 *
 * Owns:     for one search: its prepared filter, and the chains of links (rule 1941) that it has walked.
 * Promises: exactly the entries in scope for which the filter is true, or an error.
 * Threads:  any; a search belongs to one.
 */
#include "image-private.h"

#include "rollcall/dn.h"

#include <string.h>

enum {
    CLOCK_INTERVAL = 64, /* entries between two looks at the clock: a filter may have 50,000 terms */
    MAX_CHAINS = 256,    /* kept at a time: a bit for each entry each */
};

/* All entries from which links of a type lead to a DN. */
typedef struct {
    const AttributeType *type;
    char                *target;
    guint8              *reaching; /* NULL: the type is no link */
} Chain;

typedef struct {
    const Image    *image;
    const Matcher  *matcher;
    MatchSource     source;
    GArray         *chains; /* of Chain, the oldest first */
    gint64          deadline;
    gboolean        late; /* time was over in the middle of a match, whose result says nothing then */
    DirectoryScope  scope;
    const char     *base; /* DN key; NULL: the tops of the image */
    ImageCandidates candidates;
} Search;

/* What the matcher calls an entry. */
typedef struct {
    const Image *image;
    guint32      position;
    Value        dn; /* room for image_values() */
} Subject;

/* ---- what the matcher asks ---- */

static guint
subject_values(gconstpointer entry, const AttributeType *type, const Value **values)
{
    Subject *subject = (Subject *)entry;
    return image_values(subject->image, subject->position, type, &subject->dn, values);
}

static void
clear_chain(gpointer data)
{
    Chain *chain = data;
    g_free(chain->target);
    g_free(chain->reaching);
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

    Chain chain = {
        .type = type,
        .target = g_strdup(target),
        .reaching = image_links_reaching(search->image->links, type, search->image->positions, target),
    };
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

    return chain != NULL && chain->reaching != NULL &&
           (chain->reaching[subject->position / 8] & 1 << subject->position % 8) != 0;
}

/* ---- scope ---- */

/* The first position of which the key does not come before `key` in the order of dn_key_compare(). */
static guint32
first_from(const Image *image, const char *key)
{
    guint32 low = 0, high = image_size(image);

    while (low < high) {
        guint32 middle = low + (high - low) / 2;
        if (dn_key_compare(entry_key(image_entry(image, middle)), key) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static gboolean
is_within(const Image *image, guint32 position, const char *base)
{
    return dn_key_is_within(entry_key(image_entry(image, position)), base);
}

/* Where the subtree that begins at `start` ends: it is one run of positions. */
static guint32
subtree_end(const Image *image, guint32 start, const char *base)
{
    guint32 low = start, high = image_size(image);

    while (low < high) {
        guint32 middle = low + (high - low) / 2;
        if (is_within(image, middle, base))
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static gboolean
set_range(Search *search, const char *base, guint32 *start, guint32 *end, GError **error)
{
    *start = 0;
    *end = image_size(search->image);
    if (search->base == NULL && base == NULL)
        return TRUE;

    if (search->base != NULL)
        *start = first_from(search->image, search->base);
    if (search->base == NULL || *start == *end || !is_within(search->image, *start, search->base)) {
        g_set_error(error, DIRECTORY_ERROR, DIRECTORY_ERROR_NO_BASE, "no entry %s, nor any below it", base);
        return FALSE;
    }
    *end = subtree_end(search->image, *start, search->base);
    return TRUE;
}

/* Whether nothing in the image is above the entry. */
static gboolean
is_top(const Image *image, const char *key)
{
    const char *parent = dn_key_parent(key);
    guint32     position;

    return parent == NULL || !image_position(image, parent, &position);
}

/* `key` is within the base already. */
static gboolean
in_scope(const Search *search, const char *key)
{
    if (search->scope == SCOPE_SUBTREE)
        return TRUE;
    if (search->scope == SCOPE_BASE)
        return search->base != NULL ? strcmp(key, search->base) == 0 : is_top(search->image, key);

    const char *parent = dn_key_parent(key);
    if (parent == NULL)
        return FALSE;
    return search->base != NULL ? strcmp(parent, search->base) == 0
                                : !is_top(search->image, key) && is_top(search->image, parent);
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

static gboolean
visit(Search *search, guint32 position, DirectoryEntryFunc func, gpointer user_data, GError **error)
{
    const Entry *entry = image_entry(search->image, position);
    Subject      subject = {.image = search->image, .position = position};

    if (!in_scope(search, entry_key(entry)))
        return TRUE;
    Truth truth = matcher_match(search->matcher, &search->source, &subject);
    if (search->late)
        return time_left(search, error);
    return truth != TRUTH_TRUE || func(entry, user_data, error);
}

static gboolean
visit_all(Search *search, DirectoryEntryFunc func, gpointer user_data, GError **error)
{
    const ImageCandidates *candidates = &search->candidates;
    const GArray          *positions = candidates->positions;
    guint32                n = positions != NULL ? positions->len : candidates->end - candidates->start;

    for (guint32 i = 0; i < n; i++) {
        guint32 position = positions != NULL ? g_array_index(positions, guint32, i) : candidates->start + i;
        if (i % CLOCK_INTERVAL == 0 && !time_left(search, error))
            return FALSE;
        if (!visit(search, position, func, user_data, error))
            return FALSE;
    }
    return TRUE;
}

gboolean
image_search(const Image *image, const DirectorySearch *search, DirectoryEntryFunc func, gpointer user_data,
             gint64 deadline, GError **error)
{
    g_autofree char *base = search->base != NULL ? dn_key(search->base) : NULL;
    Search           state = {.image = image, .scope = search->scope, .base = base, .deadline = deadline};
    guint32          start, end;

    if (!set_range(&state, search->base, &start, &end, error))
        return FALSE;

    g_autoptr(Matcher) matcher = matcher_new(search->filter, image->schema);
    g_autoptr(GArray) chains = g_array_new(FALSE, FALSE, sizeof(Chain));
    g_array_set_clear_func(chains, clear_chain);
    state.matcher = matcher;
    state.chains = chains;
    state.source = (MatchSource){.values = subject_values, .in_chain = subject_in_chain, .context = &state};

    image_candidates_init(&state.candidates, image, search->filter, start, end);
    gboolean good = visit_all(&state, func, user_data, error);
    image_candidates_clear(&state.candidates);
    return good;
}
