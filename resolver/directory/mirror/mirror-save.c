/* SPDX-License-Identifier: BSD-2-Clause
 * mirror-save.c - a mirror's image on disk, written after each batch
 *
 * Owns:     the store, with mirror-load.c.
 * Promises: what is on disk is one state of the image with the cookies that belong to it, or marked as none; the image
 * is read for it under the gate, in pieces. A disk that fails is reported once and tried again. Threads:  the keeper's.
 */
#include "resolver/directory/mirror/mirror-disk.h"

#include <string.h>

enum { ROWS_AT_ONCE = 20000 };
#define TOUCH (60 * G_TIME_SPAN_SECOND) /* how often the age is written while nothing changes */

/* ---- pieces ---- */

typedef struct {
    GArray     *rows;   /* of StoreRow; `row` is set in the end */
    GArray     *starts; /* of gsize; where each begins in `octets`, G_MAXSIZE: it goes */
    GByteArray *octets;
    GPtrArray  *names; /* of char *, then NULL */
    GPtrArray  *notes; /* of GBytes */
} Piece;

static void
piece_init(Piece *piece)
{
    piece->rows = g_array_new(FALSE, TRUE, sizeof(StoreRow));
    piece->starts = g_array_new(FALSE, FALSE, sizeof(gsize));
    piece->octets = g_byte_array_new();
    piece->names = g_ptr_array_new_with_free_func(g_free);
    piece->notes = g_ptr_array_new_with_free_func((GDestroyNotify)g_bytes_unref);
}

static void
piece_clear(Piece *piece)
{
    g_array_unref(piece->rows);
    g_array_unref(piece->starts);
    g_byte_array_unref(piece->octets);
    g_ptr_array_unref(piece->names);
    g_ptr_array_unref(piece->notes);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Piece, piece_clear)

static void
piece_note(Piece *piece, const char *name, GBytes *value)
{
    g_ptr_array_add(piece->names, g_strdup(name));
    g_ptr_array_add(piece->notes, value);
}

/* Under the gate. */
static void
piece_add(Piece *piece, const Image *image, const EntryId *id)
{
    StoreRow row = {.id = *id};
    gsize    start = piece->octets->len;

    if (image_export(image, id, piece->octets))
        row.length = piece->octets->len - start;
    else
        start = G_MAXSIZE;
    g_array_append_val(piece->rows, row);
    g_array_append_val(piece->starts, start);
}

static gboolean
piece_write(Piece *piece, Store *store, GError **error)
{
    for (guint i = 0; i < piece->rows->len; i++) {
        gsize start = g_array_index(piece->starts, gsize, i);
        if (start != G_MAXSIZE)
            g_array_index(piece->rows, StoreRow, i).row = piece->octets->data + start;
    }
    g_ptr_array_add(piece->names, NULL);
    return store_write(store, (const StoreRow *)(gpointer)piece->rows->data, piece->rows->len,
                       (const char *const *)piece->names->pdata, (GBytes *const *)piece->notes->pdata, error);
}

/* Under the gate: what has been changed since the last time is to be written, too. TRUE: and everything else. */
static gboolean
take_dirty(Mirror *mirror)
{
    GHashTableIter iter;
    gpointer       id;

    pthread_mutex_lock(&mirror->lock);
    g_hash_table_iter_init(&iter, mirror->dirty);
    while (g_hash_table_iter_next(&iter, &id, NULL)) {
        g_hash_table_iter_steal(&iter);
        g_hash_table_add(mirror->pending, id);
    }
    gboolean everything = mirror->everything;
    pthread_mutex_unlock(&mirror->lock);
    return everything;
}

static GBytes *
attributes_note(const Mirror *mirror)
{
    GString       *text = g_string_new(NULL);
    GHashTableIter iter;
    gpointer       key;

    g_hash_table_iter_init(&iter, mirror->kept);
    while (g_hash_table_iter_next(&iter, &key, NULL))
        g_string_append_printf(text, "%s\n", (const char *)key);
    return g_string_free_to_bytes(text);
}

/* Under the gate. */
static void
add_state(Mirror *mirror, Piece *piece)
{
    gint64 as_of = 0;

    for (guint i = 0; i < mirror->contexts->len; i++) {
        const MirrorContext *context = g_ptr_array_index(mirror->contexts, i);
        g_autofree char     *name = g_strconcat(NOTE_COOKIE, context->key, NULL);
        if (context->cookie != NULL)
            piece_note(piece, name, g_bytes_ref(context->cookie));
    }
    if (mirror_as_of(mirror, TRUE, &as_of)) {
        gint64 seen = GINT64_TO_LE(g_get_real_time() - (g_get_monotonic_time() - as_of));
        piece_note(piece, NOTE_SEEN, g_bytes_new(&seen, sizeof seen));
    }
    piece_note(piece, NOTE_ATTRIBUTES, attributes_note(mirror));
    piece_note(piece, NOTE_PARTIAL, g_bytes_new_static("no", 2));
    if (!mirror->schema_written)
        piece_note(piece, NOTE_SCHEMA, g_bytes_ref(mirror->schema_octets));
}

/* Under `writing`: whether the image is a state of the directory, as far as this is known, and all contexts have
 * theirs. */
static gboolean
is_settled(const Mirror *mirror)
{
    for (guint i = 0; i < mirror->contexts->len; i++) {
        const MirrorContext *context = g_ptr_array_index(mirror->contexts, i);
        if (!context->complete || !context->caught_up || context->in_pass)
            return FALSE;
    }
    return TRUE;
}

static int
compare_ids(gconstpointer a, gconstpointer b)
{
    return memcmp(a, b, sizeof(EntryId));
}

static void
append_id(const EntryId *id, gpointer ids)
{
    g_array_append_vals(ids, id, 1);
}

/* All that is to be written, in the order of the file, so that a piece touches each of its pages once. */
static GArray *
take_ids(Mirror *mirror)
{
    GArray        *ids = g_array_new(FALSE, FALSE, sizeof(EntryId));
    GHashTableIter iter;
    gpointer       id;

    pthread_mutex_lock(&mirror->writing);
    pthread_mutex_lock(&mirror->lock);
    gboolean everything = mirror->everything;
    mirror->everything = FALSE;
    pthread_mutex_unlock(&mirror->lock);
    if (everything)
        image_foreach_id(mirror->image, append_id, ids);
    pthread_mutex_unlock(&mirror->writing);
    g_hash_table_iter_init(&iter, mirror->pending);
    while (g_hash_table_iter_next(&iter, &id, NULL))
        g_array_append_vals(ids, id, 1);
    g_array_sort(ids, compare_ids);
    return ids;
}

/* One piece of more than can be written at once; what is on disk is no state meanwhile, and is marked so. */
static gboolean
write_some(Mirror *mirror, const GArray *ids, guint first, guint n, GError **error)
{
    g_auto(Piece) piece;

    piece_init(&piece);
    gate_read(mirror->gate);
    for (guint i = first; i < first + n; i++)
        piece_add(&piece, mirror->image, &g_array_index(ids, EntryId, i));
    gate_read_end(mirror->gate);
    piece_note(&piece, NOTE_PARTIAL, g_bytes_new_static("yes", 3));
    mirror->partly_written = TRUE;
    return piece_write(&piece, mirror->store, error);
}

static gboolean
write_pieces(Mirror *mirror, GError **error)
{
    g_autoptr(GArray) ids = take_ids(mirror);

    for (guint first = 0; first < ids->len; first += ROWS_AT_ONCE)
        if (!write_some(mirror, ids, first, MIN(ids->len - first, ROWS_AT_ONCE), error))
            return FALSE;
    g_hash_table_remove_all(mirror->pending);
    return TRUE;
}

/* What is left, with the state that it completes. */
static gboolean
write_state(Mirror *mirror, Piece *piece, GError **error)
{
    GHashTableIter iter;
    gpointer       id;

    g_hash_table_iter_init(&iter, mirror->pending);
    while (g_hash_table_iter_next(&iter, &id, NULL))
        piece_add(piece, mirror->image, id);
    add_state(mirror, piece);
    gate_read_end(mirror->gate);
    pthread_mutex_unlock(&mirror->writing);
    if (!piece_write(piece, mirror->store, error))
        return FALSE;
    g_hash_table_remove_all(mirror->pending);
    mirror->schema_written = TRUE;
    mirror->partly_written = FALSE;
    mirror->store_touch = g_get_monotonic_time() + TOUCH;
    return TRUE;
}

/* Takes `writing` and the gate, if there is a state to be written at once, for write_state() to give back. Else *large:
 * it is too large for that. */
static gboolean
begin_state(Mirror *mirror, gboolean *large)
{
    *large = FALSE;
    pthread_mutex_lock(&mirror->writing);
    if (is_settled(mirror)) {
        gate_read(mirror->gate);
        *large = take_dirty(mirror) || g_hash_table_size(mirror->pending) > ROWS_AT_ONCE;
        if (!*large)
            return TRUE;
        gate_read_end(mirror->gate);
    }
    pthread_mutex_unlock(&mirror->writing);
    return FALSE;
}

static gboolean
has_something(Mirror *mirror, gboolean last)
{
    pthread_mutex_lock(&mirror->lock);
    gboolean dirty = g_hash_table_size(mirror->dirty) > 0 || mirror->everything;
    pthread_mutex_unlock(&mirror->lock);
    return dirty || last || mirror->partly_written || !mirror->schema_written ||
           g_hash_table_size(mirror->pending) > 0 || g_get_monotonic_time() >= mirror->store_touch;
}

static gboolean
save(Mirror *mirror, GError **error)
{
    g_auto(Piece) piece;
    gboolean large;

    piece_init(&piece);
    if (begin_state(mirror, &large))
        return write_state(mirror, &piece, error);
    if (!large)
        return TRUE;
    return write_pieces(mirror, error) && (!begin_state(mirror, &large) || write_state(mirror, &piece, error));
}

static void
write_everything_later(Mirror *mirror)
{
    pthread_mutex_lock(&mirror->lock);
    mirror->everything = TRUE;
    pthread_mutex_unlock(&mirror->lock);
    g_hash_table_remove_all(mirror->pending);
    mirror->schema_written = FALSE;
}

/* A store that could not be had until now. */
static void
reopen(Mirror *mirror)
{
    g_autoptr(GError) error = NULL;

    mirror_open_store(mirror);
    if (mirror->store == NULL)
        return;
    write_everything_later(mirror);
    if (store_empty(mirror->store, &error))
        return;
    g_clear_pointer(&mirror->store, store_close);
    mirror->store_retry = g_get_monotonic_time() + STORE_RETRY;
    mirror_set_store_error(mirror, error->message);
}

/* After a large change of which a part is on disk, all of it is written anew. */
static void
fail(Mirror *mirror, const GError *error)
{
    mirror->store_retry = g_get_monotonic_time() + STORE_RETRY;
    mirror_set_store_error(mirror, error->message);
    if (mirror->partly_written)
        write_everything_later(mirror);
    if (error->code == STORE_ERROR_DAMAGED)
        g_clear_pointer(&mirror->store, store_close);
}

void
mirror_save(Mirror *mirror, gboolean last)
{
    g_autoptr(GError) error = NULL;

    if (mirror->store_file == NULL || mirror->image == NULL || (g_get_monotonic_time() < mirror->store_retry && !last))
        return;
    if (mirror->store == NULL)
        reopen(mirror);
    if (mirror->store == NULL || !has_something(mirror, last))
        return;
    if (save(mirror, &error))
        mirror_set_store_error(mirror, NULL);
    else
        fail(mirror, error);
}
