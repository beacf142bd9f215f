/* SPDX-License-Identifier: BSD-2-Clause
 * mirror-load.c - a mirror's image as an earlier run has left it on disk
 *
 * Owns:     the store, with mirror-save.c.
 * Promises: an image is whole, with the schema, the attributes and the age that it had, or there is none.
 * Threads:  the keeper's.
 */
#include "resolver/directory/mirror/mirror-disk.h"

#include <string.h>

/* ---- how the disk is ---- */

void
mirror_set_store_error(Mirror *mirror, const char *why)
{
    pthread_mutex_lock(&mirror->lock);
    gboolean new = why != NULL && mirror->store_error == NULL;
    gboolean over = why == NULL && mirror->store_error != NULL;
    g_free(mirror->store_error);
    mirror->store_error = g_strdup(why);
    mirror->store_bytes = mirror->store != NULL ? store_bytes(mirror->store) : 0;
    pthread_mutex_unlock(&mirror->lock);
    if (new) {
        g_autofree char *reason = ldap_pool_quote("reason", why);
        mirror_report(mirror, DIRECTORY_EVENT_ERROR,
                      g_strdup_printf("mirror not stored: %s; it goes on in memory", reason));
    }
    if (over)
        mirror_report(mirror, DIRECTORY_EVENT_GOOD, g_strdup("mirror stored again"));
}

static void
report_unusable(Mirror *mirror, const char *why)
{
    g_autofree char *reason = ldap_pool_quote("reason", why);
    mirror_report(mirror, DIRECTORY_EVENT_BAD, g_strconcat("mirror store begun anew: ", reason, NULL));
}

void
mirror_open_store(Mirror *mirror)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *why = NULL;

    mirror->store = store_open(mirror->store_file, mirror->identity, &why, &error);
    if (why != NULL)
        report_unusable(mirror, why);
    mirror->store_busy = g_error_matches(error, STORE_ERROR, STORE_ERROR_BUSY);
    if (mirror->store != NULL)
        return;
    gint64 now = g_get_monotonic_time();
    mirror->store_retry = now + (mirror->store_busy && mirror->image == NULL ? STORE_BUSY_RETRY : STORE_RETRY);
    if (!mirror->store_busy || now >= mirror->store_patience)
        mirror_set_store_error(mirror, error->message);
}

void
mirror_forget_store(Mirror *mirror)
{
    g_autoptr(GError) error = NULL;

    if (mirror->store != NULL && !store_empty(mirror->store, &error)) {
        g_clear_pointer(&mirror->store, store_close);
        mirror->store_retry = g_get_monotonic_time() + STORE_RETRY;
        mirror_set_store_error(mirror, error->message);
    }
    g_hash_table_remove_all(mirror->pending);
    mirror->schema_written = mirror->partly_written = FALSE;
}

/* ---- reading ---- */

enum { BLOCK_OCTETS = 1 << 19 };

typedef struct {
    Image     *image;
    Conveyor  *conveyor; /* NULL: no thread for it */
    ImageRows *block;    /* being filled */
    GError    *error;    /* of the image; for the reader once the conveyor has ended */
} Import;

/* ConveyorFunc */
static gboolean
import_block(gpointer thing, gpointer user_data)
{
    Import *import = user_data;
    g_autoptr(ImageRows) block = thing;

    return image_import_rows(import->image, block, &import->error);
}

/* GDestroyNotify */
static void
drop_block(gpointer thing)
{
    image_rows_free(thing);
}

static gboolean
pass_on(Import *import)
{
    ImageRows *block = g_steal_pointer(&import->block);

    import->block = image_rows_new(image_schema(import->image), BLOCK_OCTETS + BLOCK_OCTETS / 16);
    while (import->conveyor != NULL && conveyor_is_full(import->conveyor) && image_import_ahead(import->image, block))
        continue;
    return import->conveyor != NULL ? conveyor_add(import->conveyor, block) : import_block(block, import);
}

/* StoreRowFunc */
static gboolean
take_row(const EntryId *id, const guint8 *row, gsize length, gpointer user_data, GError **error)
{
    Import *import = user_data;

    if (!image_rows_add(import->block, id, row, length, error))
        return FALSE;
    if (image_rows_octets(import->block) < BLOCK_OCTETS || pass_on(import))
        return TRUE;
    g_set_error_literal(error, STORE_ERROR, STORE_ERROR_DAMAGED, "a row cannot be read");
    return FALSE;
}

/* No row is shorter: a number that is not true must not cost more than the file. */
enum { LEAST_ROW = 32 };

/* The image takes rows on a thread of its own, while the next ones are read and checked. */
static gboolean
read_rows(Mirror *mirror, Image *image, GError **error)
{
    Import import = {.image = image, .block = image_rows_new(image_schema(image), BLOCK_OCTETS + BLOCK_OCTETS / 16)};

    image_import_begin(image, (guint32)MIN(store_count(mirror->store), store_bytes(mirror->store) / LEAST_ROW));
    import.conveyor = conveyor_new(import_block, drop_block, &import);
    gboolean read = store_read(mirror->store, take_row, &import, error);
    gboolean taken = !read || pass_on(&import);
    taken = conveyor_end(import.conveyor) && taken;
    image_rows_free(import.block);
    if (import.error != NULL && (error == NULL || *error == NULL))
        g_propagate_error(error, g_steal_pointer(&import.error));
    g_clear_error(&import.error);
    return read && taken;
}

static Schema *
stored_schema(Mirror *mirror)
{
    g_clear_pointer(&mirror->schema_octets, g_bytes_unref);
    mirror->schema_octets = store_note(mirror->store, NOTE_SCHEMA);
    return mirror->schema_octets != NULL ? schema_from_octets(mirror->schema_octets) : NULL;
}

static GHashTable *
stored_attributes(const Mirror *mirror)
{
    GHashTable *keys = g_hash_table_new(NULL, NULL);
    g_autoptr(GBytes) note = store_note(mirror->store, NOTE_ATTRIBUTES);
    g_autofree char *text = note != NULL ? g_strndup(g_bytes_get_data(note, NULL), g_bytes_get_size(note)) : NULL;
    g_auto(GStrv) names = text != NULL ? g_strsplit(text, "\n", -1) : NULL;

    for (char **name = names; name != NULL && *name != NULL; name++)
        if (**name != '\0')
            g_hash_table_add(keys, (gpointer)schema_attribute_key(*name));
    return keys;
}

/* The monotonic time at which the image was the servers' state; clocks that have been put back make it very old. */
static gint64
stored_as_of(const Mirror *mirror)
{
    gint64 seen = 0, now = g_get_monotonic_time();
    g_autoptr(GBytes) note = store_note(mirror->store, NOTE_SEEN);

    if (note != NULL && g_bytes_get_size(note) == sizeof seen)
        memcpy(&seen, g_bytes_get_data(note, NULL), sizeof seen);
    gint64 age = g_get_real_time() - GINT64_FROM_LE(seen);
    return age >= 0 ? now - age : now - mirror->settings.stale_limit - G_TIME_SPAN_SECOND;
}

static gboolean
is_whole(const Mirror *mirror)
{
    g_autoptr(GBytes) note = store_note(mirror->store, NOTE_PARTIAL);
    return note != NULL && g_bytes_get_size(note) == 2; /* "no" */
}

static Image *
read_image(Mirror *mirror, GError **error)
{
    g_autoptr(Schema) schema = stored_schema(mirror);

    if (schema == NULL) {
        g_set_error_literal(error, STORE_ERROR, STORE_ERROR_DAMAGED, "its schema cannot be read");
        return NULL;
    }
    g_autoptr(Image) image = image_new(schema, mirror->ldap->settings.address_attributes);
    if (!read_rows(mirror, image, error) || !image_import_end(image, error))
        return NULL;
    ImagePlan *plan = image_prepare(image);
    if (plan != NULL)
        image_install(image, plan);
    return g_steal_pointer(&image);
}

static void
publish(Mirror *mirror, Image *image)
{
    gint64 as_of = stored_as_of(mirror);

    mirror_set_image(mirror, image);
    mirror->asked = stored_attributes(mirror);
    gate_write(mirror->gate);
    for (guint i = 0; i < mirror->contexts->len; i++) {
        MirrorContext   *context = g_ptr_array_index(mirror->contexts, i);
        g_autofree char *name = g_strconcat(NOTE_COOKIE, context->key, NULL);
        context->cookie = store_note(mirror->store, name);
        context->complete = context->filled = context->caught_up = TRUE;
        pthread_mutex_lock(&mirror->lock);
        context->as_of = as_of;
        pthread_mutex_unlock(&mirror->lock);
    }
    mirror_set_kept(mirror, mirror->asked);
    gate_write_end(mirror->gate);
    pthread_mutex_lock(&mirror->lock);
    mirror->everything = FALSE;
    pthread_mutex_unlock(&mirror->lock);
    mirror->schema_written = TRUE;
}

static gboolean
load(Mirror *mirror)
{
    g_autoptr(GError) error = NULL;
    gint64 started = g_get_monotonic_time();

    mirror_open_store(mirror);
    if (mirror->store == NULL || store_time(mirror->store) == 0 || !is_whole(mirror))
        return FALSE;
    Image *image = read_image(mirror, &error);
    if (image == NULL) {
        report_unusable(mirror, error->message);
        return FALSE;
    }
    publish(mirror, image);
    gint64 now = g_get_monotonic_time();
    mirror_report(mirror, DIRECTORY_EVENT_GOOD,
                  g_strdup_printf("mirror loaded: entries=%u age=%" G_GINT64_FORMAT "s time=%.1fs", image_size(image),
                                  (now - stored_as_of(mirror)) / G_USEC_PER_SEC,
                                  (double)(now - started) / G_USEC_PER_SEC));
    return TRUE;
}

gboolean
mirror_load(Mirror *mirror)
{
    if (mirror->store_file == NULL)
        return FALSE;
    pthread_mutex_lock(&mirror->lock);
    mirror->loading = TRUE;
    pthread_mutex_unlock(&mirror->lock);
    gboolean loaded = load(mirror);
    if (!loaded && mirror->store != NULL)
        mirror_forget_store(mirror);
    pthread_mutex_lock(&mirror->lock);
    mirror->loading = FALSE;
    pthread_mutex_unlock(&mirror->lock);
    return loaded;
}
