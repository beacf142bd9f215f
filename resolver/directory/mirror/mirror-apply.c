/* SPDX-License-Identifier: BSD-2-Clause
 * mirror-apply.c - takes what a stream reports into the image
 *
 * Owns:     nothing; the pass under way is its context's.
 * Promises: a batch is in the image as a whole before anybody reads it; what does not fit, or would remove too much at
 * once, is refused, and everything looked at anew. Threads:  those of the streams, one after the other.
 */
#include "resolver/directory/mirror/mirror-private.h"

#include "rollcall/dn.h"

/* ---- whose an entry is ---- */

/* What lies under no context comes along with one: with the first that brings it. */
static const MirrorContext *
bringer_of(const Mirror *mirror, const char *key)
{
    for (guint i = 0; i < mirror->contexts->len; i++) {
        const MirrorContext *context = g_ptr_array_index(mirror->contexts, i);
        if (context->top_key != NULL && dn_key_is_within(key, context->top_key))
            return context;
    }
    return NULL;
}

/* Of contexts that lie in each other the innermost. */
static const MirrorContext *
owner_of(const Mirror *mirror, const char *key)
{
    const MirrorContext *owner = NULL;

    for (guint i = 0; i < mirror->contexts->len; i++) {
        const MirrorContext *context = g_ptr_array_index(mirror->contexts, i);
        if (dn_key_is_within(key, context->key) && (owner == NULL || dn_key_is_within(context->key, owner->key)))
            owner = context;
    }
    return owner != NULL ? owner : bringer_of(mirror, key);
}

static gboolean
owns(const MirrorContext *context, const EntryId *id)
{
    const Mirror *mirror = context->mirror;

    if (mirror->contexts->len == 1)
        return TRUE;
    g_autofree char *dn = image_dn(mirror->image, id);
    g_autofree char *key = dn != NULL ? dn_key(dn) : NULL;
    return key != NULL && owner_of(mirror, key) == context;
}

/* ---- passes ---- */

void
mirror_context_forget_pass(MirrorContext *context)
{
    context->in_pass = FALSE;
    g_clear_pointer(&context->named, g_hash_table_unref);
    g_clear_pointer(&context->placed, g_hash_table_unref);
    context->n_removed = 0;
}

static void
begin_pass(MirrorContext *context, const StreamBatch *batch)
{
    StreamPass pass = batch->pass;

    mirror_context_forget_pass(context);
    context->in_pass = TRUE;
    context->pass = pass;
    g_free(context->top_key);
    context->top_key = batch->top != NULL ? dn_key(batch->top) : NULL;
    /* of a pass that fills an empty image nothing can be left over */
    if (pass == STREAM_PRESENCE || (pass == STREAM_FULL && image_size(context->mirror->image) > 0))
        context->named = mirror_id_set_new();
    mirror_places_begin(context, batch);
}

/* What the batch names; and what it says exists though the image does not have it. That may have come since, so it is
 * not held against the pass, but remembered. */
static void
take_names(MirrorContext *context, const StreamBatch *batch)
{
    for (guint i = 0; i < batch->changes->len; i++) {
        const StreamChange *change = g_ptr_array_index(batch->changes, i);
        if (context->named != NULL && change->kind != STREAM_REMOVE)
            mirror_id_set_add(context->named, &change->id);
        if (change->kind != STREAM_EXISTS || image_has(context->mirror->image, &change->id))
            continue;
        if (context->missing == NULL)
            context->missing = mirror_id_set_new();
        mirror_id_set_add(context->missing, &change->id);
    }
}

/* Whether something that was said to exist has still not been reported, by the end of the changes that followed. */
static gboolean
is_still_missing(MirrorContext *context)
{
    GHashTableIter iter;
    gpointer       id;
    gboolean       missing = FALSE;

    if (context->missing == NULL)
        return FALSE;
    g_hash_table_iter_init(&iter, context->missing);
    while (!missing && g_hash_table_iter_next(&iter, &id, NULL))
        missing = !image_has(context->mirror->image, id);
    g_clear_pointer(&context->missing, g_hash_table_unref);
    return missing;
}

typedef struct {
    const MirrorContext *context;
    GArray              *doomed; /* of EntryId */
} Search;

static void
doom_unless_named(const EntryId *id, gpointer user_data)
{
    const Search *search = user_data;

    if (!g_hash_table_contains(search->context->named, id) && owns(search->context, id))
        g_array_append_val(search->doomed, *id);
}

/* What a pass that names everything has not named. */
static GArray *
find_doomed(const MirrorContext *context, const StreamBatch *batch)
{
    GArray *doomed = g_array_new(FALSE, FALSE, sizeof(EntryId));
    Search  search = {context, doomed};

    if (batch->last && context->named != NULL)
        image_foreach_id(context->mirror->image, doom_unless_named, &search);
    return doomed;
}

/* ---- too much at once ---- */

static guint
count_removals(const MirrorContext *context, const StreamBatch *batch)
{
    guint n = 0;

    for (guint i = 0; i < batch->changes->len; i++) {
        const StreamChange *change = g_ptr_array_index(batch->changes, i);
        n += change->kind == STREAM_REMOVE && image_has(context->mirror->image, &change->id);
    }
    return n;
}

static char *
line_about(const MirrorContext *context, const char *what, const char *more)
{
    g_autofree char *name = ldap_pool_quote("context", context->dn);
    return g_strconcat("mirror ", what, ": ", name, more, NULL);
}

/* TRUE: `n` entries may go. A full pass that follows one which was held back confirms it. */
static gboolean
may_remove(MirrorContext *context, const StreamBatch *batch, guint n)
{
    Mirror  *mirror = context->mirror;
    guint64  size = image_size(mirror->image);
    gint     held = g_atomic_int_get(&context->held_back);
    gboolean confirms = batch->last && batch->pass == STREAM_FULL && held > 0;

    if (!context->filled || n < mirror->settings.max_shrink_entries ||
        (guint64)n * 100 <= size * mirror->settings.max_shrink)
        return TRUE;
    g_autofree char *more = g_strdup_printf(" entries=%u of=%" G_GUINT64_FORMAT, n, size);
    if (confirms && n <= (guint)held) {
        mirror_report(mirror, DIRECTORY_EVENT_GOOD, line_about(context, "removal confirmed", more));
        return TRUE;
    }
    mirror_report(mirror, DIRECTORY_EVENT_ERROR, line_about(context, "removal held back", more));
    g_atomic_int_set(&context->held_back, (gint)n);
    return FALSE;
}

/* ---- the image ---- */

static const EntryId *
parent_of(const StreamChange *change)
{
    return change->has_parent ? &change->parent : NULL;
}

static gboolean
put(Image *image, const StreamChange *change)
{
    return image_put_below(image, &change->id, parent_of(change), change->entry);
}

static gboolean
patch(Image *image, const StreamChange *change)
{
    g_autoptr(GArray) changes = g_array_new(FALSE, FALSE, sizeof(ImageChange));
    g_autoptr(GPtrArray) lists = g_ptr_array_new_with_free_func(g_free);

    for (guint i = 0; change->changes != NULL && i < change->changes->len; i++) {
        const StreamAttribute *attribute = g_ptr_array_index(change->changes, i);
        guint                  n = attribute->values != NULL ? attribute->values->len : 0;
        Value                 *values = g_new0(Value, n + 1);
        for (guint v = 0; v < n; v++)
            values[v].data = g_bytes_get_data(g_ptr_array_index(attribute->values, v), &values[v].length);
        g_ptr_array_add(lists, values);
        ImageChange one = {attribute->kind, attribute->attribute, values, n};
        g_array_append_val(changes, one);
    }
    if (change->entry != NULL && !change->stays &&
        !image_move(image, &change->id, parent_of(change), entry_dn(change->entry)))
        return FALSE;
    return image_patch(image, &change->id, NULL, (const ImageChange *)(gpointer)changes->data, changes->len);
}

static gboolean
apply_change(MirrorContext *context, const StreamChange *change)
{
    Image *image = context->mirror->image;

    switch (change->kind) {
    case STREAM_PUT:
    case STREAM_PATCH:
        if (change->kind == STREAM_PUT ? !put(image, change) : !patch(image, change))
            return FALSE;
        if (change->entry != NULL && !change->stays)
            mirror_name(context->mirror, &change->id, change->entry);
        return TRUE;
    case STREAM_REMOVE:
        /* it may have come into another context before it is gone from this one */
        if (image_has(image, &change->id) && owns(context, &change->id)) {
            image_unlink(image, &change->id);
            image_remove(image, &change->id);
        }
        return TRUE;
    case STREAM_EXISTS:
        break;
    }
    return TRUE;
}

static gboolean
apply_changes(MirrorContext *context, const StreamBatch *batch, const GArray *doomed)
{
    for (guint i = 0; i < batch->changes->len; i++)
        if (!apply_change(context, g_ptr_array_index(batch->changes, i)))
            return FALSE;
    for (guint i = 0; i < doomed->len; i++)
        image_remove(context->mirror->image, &g_array_index(doomed, EntryId, i));
    return !batch->last || (image_n_displaced(context->mirror->image) == 0 && mirror_places_are_right(context));
}

static void
take_dirty(Mirror *mirror)
{
    g_autoptr(GArray) ids = g_array_new(FALSE, FALSE, sizeof(EntryId));

    image_take_dirty(mirror->image, ids);
    pthread_mutex_lock(&mirror->lock);
    for (guint i = 0; i < ids->len && !mirror->everything; i++)
        mirror_id_set_add(mirror->dirty, &g_array_index(ids, EntryId, i));
    pthread_mutex_unlock(&mirror->lock);
}

static gboolean
all_caught_up(const Mirror *mirror)
{
    for (guint i = 0; i < mirror->contexts->len; i++)
        if (!((const MirrorContext *)g_ptr_array_index(mirror->contexts, i))->caught_up)
            return FALSE;
    return TRUE;
}

/* The pass is complete. */
static void
arrive(MirrorContext *context, const StreamBatch *batch)
{
    Mirror  *mirror = context->mirror;
    gboolean first = !context->filled;

    gate_write(mirror->gate);
    context->complete = TRUE;
    context->filled = TRUE;
    if (batch->cookie != NULL) {
        g_clear_pointer(&context->cookie, g_bytes_unref);
        context->cookie = g_bytes_ref(batch->cookie);
    }
    if (batch->pass == STREAM_FULL && !context->caught_up) {
        context->caught_up = TRUE;
        if (all_caught_up(mirror))
            mirror_set_kept(mirror, mirror->asked);
    }
    pthread_mutex_lock(&mirror->lock);
    context->as_of = first ? batch->as_of : MAX(context->as_of, batch->as_of);
    pthread_mutex_unlock(&mirror->lock);
    gate_write_end(mirror->gate);
}

void
mirror_plan(Mirror *mirror)
{
    ImagePlan *plan = image_prepare(mirror->image);

    if (plan == NULL)
        return;
    gate_write(mirror->gate);
    image_install(mirror->image, plan);
    gate_write_end(mirror->gate);
}

/* Nobody reads the image while it is filled, so that it needs no indexes before the end. */
static gboolean
needs_plan(const MirrorContext *context, const StreamBatch *batch)
{
    return batch->last || (context->filled && batch->pass == STREAM_CHANGES);
}

static gboolean
refuse(MirrorContext *context, const char *why)
{
    g_autofree char *reason = ldap_pool_quote(" reason", why);

    mirror_report(context->mirror, DIRECTORY_EVENT_BAD, line_about(context, "reads everything anew", reason));
    mirror_context_forget_pass(context);
    g_clear_pointer(&context->missing, g_hash_table_unref);
    return FALSE;
}

static gboolean
apply(MirrorContext *context, const StreamBatch *batch)
{
    Mirror *mirror = context->mirror;
    g_autoptr(GArray) doomed = find_doomed(context, batch);

    context->n_removed += count_removals(context, batch) + doomed->len;
    if (!may_remove(context, batch, context->n_removed)) {
        mirror_context_forget_pass(context);
        return FALSE;
    }
    gate_write(mirror->gate);
    gboolean good = apply_changes(context, batch, doomed);
    if (!good)
        context->complete = FALSE;
    take_dirty(mirror);
    gate_write_end(mirror->gate);
    return good || refuse(context, "what was reported does not fit to what is there");
}

static gboolean
deliver(MirrorContext *context, StreamBatch *batch)
{
    Mirror  *mirror = context->mirror;
    gboolean first = !context->filled;

    if (batch->first)
        begin_pass(context, batch);
    if (!context->in_pass)
        return FALSE;
    take_names(context, batch);
    mirror_places_note(context, batch);
    if (!apply(context, batch))
        return FALSE;
    if (needs_plan(context, batch))
        mirror_plan(mirror);
    if (!batch->last)
        return TRUE;
    arrive(context, batch);
    g_atomic_int_set(&context->held_back, 0);
    mirror_context_forget_pass(context);
    if (batch->pass == STREAM_CHANGES && is_still_missing(context))
        return refuse(context, "an entry that exists has never been reported");
    if (first) {
        g_autofree char *more = g_strdup_printf(" entries=%u", image_size(mirror->image));
        mirror_report(mirror, DIRECTORY_EVENT_GOOD, line_about(context, "filled", more));
    }
    return TRUE;
}

/* ConveyorFunc */
static gboolean
take(gpointer thing, gpointer user_data)
{
    StreamBatch   *batch = thing;
    MirrorContext *context = user_data;
    gboolean       last = batch->last;

    pthread_mutex_lock(&context->mirror->writing);
    gboolean taken = deliver(context, batch);
    pthread_mutex_unlock(&context->mirror->writing);
    stream_batch_free(batch);
    if (last || !taken)
        mirror_wake(context->mirror);
    return taken;
}

/* A full pass is applied while it is read, all but its end. */
gboolean
mirror_deliver(StreamBatch *batch, gpointer user_data)
{
    MirrorContext *context = user_data;

    if (batch->first)
        mirror_context_drop_queue(context); /* a pass that has not come to its end */
    if (batch->first && batch->pass == STREAM_FULL && !batch->last)
        context->queue = conveyor_new(take, (GDestroyNotify)stream_batch_free, context);
    if (context->queue != NULL && !batch->last)
        return conveyor_add(context->queue, batch);
    if (conveyor_end(g_steal_pointer(&context->queue)))
        return take(batch, context);
    stream_batch_free(batch);
    return FALSE;
}

void
mirror_context_drop_queue(MirrorContext *context)
{
    conveyor_end(g_steal_pointer(&context->queue));
}
