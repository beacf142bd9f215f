/* SPDX-License-Identifier: BSD-2-Clause
 * image-selection.c - which columns the attributes are that a question asks for
 *
 * Owns:     the selections of the lists that were asked for last, under their lock.
 * Promises: a selection is what the names mean in the image as it is now: columns come and never go, and with each that
 *           comes those made before it are no longer given out.
 * Threads:  reading: any. A selection never changes.
 */
#include "image-private.h"

#include <string.h>

/* The resolver asks with a few lists that never change; others come from administrators. Longer ones are not kept. */
enum { MOST_NAMES = 256 };

struct ImageSelections {
    pthread_mutex_t lock;
    ImageSelection *kept[8]; /* NULL: none yet */
    guint           next;    /* the place of the one that was made first */
};

/* ---- making one ---- */

static void
select_attribute(ImageSelection *selection, const Image *image, const char *name)
{
    const AttributeType *type = schema_attribute(image->schema, name);
    gboolean             is_key = type != NULL && g_ascii_strcasecmp(name, type->key) == 0; /* it is interned already */
    const Column        *column = image_column(image, is_key ? type->key : schema_attribute_key(name));

    if (type != NULL && column == NULL) /* by OID */
        column = image_column(image, type->key);
    gboolean is_extra = type != NULL && (image_is_own_dn(image, type) || image_forward_of(image, type) != NULL);
    if (is_extra && !g_ptr_array_find(selection->extra, type, NULL))
        g_ptr_array_add(selection->extra, (gpointer)type);
    else if (!is_extra && column != NULL)
        selection->wanted[column->index] = TRUE;
}

static ImageSelection *
selection_new(const Image *image, const char *const *attributes)
{
    ImageSelection *selection = g_new0(ImageSelection, 1);

    selection->reference_count = 1;
    selection->n_columns = image->columns->len;
    selection->names = g_strdupv((char **)attributes);
    selection->n_names = attributes != NULL ? g_strv_length((char **)attributes) : 0;
    selection->wanted = attributes != NULL ? g_malloc0(image->columns->len + 1) : NULL;
    selection->extra = g_ptr_array_new();
    for (guint i = 0; i < selection->n_names; i++)
        select_attribute(selection, image, attributes[i]);
    return selection;
}

static ImageSelection *
selection_ref(ImageSelection *selection)
{
    g_atomic_int_inc(&selection->reference_count);
    return selection;
}

void
image_selection_unref(ImageSelection *selection)
{
    if (selection == NULL || !g_atomic_int_dec_and_test(&selection->reference_count))
        return;
    g_strfreev(selection->names);
    g_free(selection->wanted);
    g_ptr_array_unref(selection->extra);
    g_free(selection);
}

/* ---- keeping the last ones ---- */

ImageSelections *
image_selections_new(void)
{
    ImageSelections *selections = g_new0(ImageSelections, 1);
    pthread_mutex_init(&selections->lock, NULL);
    return selections;
}

void
image_selections_free(ImageSelections *selections)
{
    for (gsize i = 0; i < G_N_ELEMENTS(selections->kept); i++)
        image_selection_unref(selections->kept[i]);
    pthread_mutex_destroy(&selections->lock);
    g_free(selections);
}

/* The names themselves, not where they lie: a list may be made anew at the place of another. */
static gboolean
is_for(const ImageSelection *selection, const Image *image, const char *const *attributes, guint n_names)
{
    if (selection->n_columns != image->columns->len || selection->n_names != n_names)
        return FALSE;
    for (guint i = 0; i < n_names; i++)
        if (strcmp(selection->names[i], attributes[i]) != 0)
            return FALSE;
    return TRUE;
}

static ImageSelection *
find_kept(const Image *image, const char *const *attributes, guint n_names)
{
    ImageSelections *selections = image->selections;
    ImageSelection  *found = NULL;

    pthread_mutex_lock(&selections->lock);
    for (gsize i = 0; i < G_N_ELEMENTS(selections->kept) && found == NULL; i++)
        if (selections->kept[i] != NULL && is_for(selections->kept[i], image, attributes, n_names))
            found = selection_ref(selections->kept[i]);
    pthread_mutex_unlock(&selections->lock);
    return found;
}

static void
keep(ImageSelections *selections, ImageSelection *selection)
{
    pthread_mutex_lock(&selections->lock);
    ImageSelection **place = &selections->kept[selections->next++ % G_N_ELEMENTS(selections->kept)];
    ImageSelection  *previous = *place;
    *place = selection_ref(selection);
    pthread_mutex_unlock(&selections->lock);
    image_selection_unref(previous);
}

ImageSelection *
image_select_attributes(const Image *image, const char *const *attributes)
{
    guint n_names = attributes != NULL ? g_strv_length((char **)attributes) : 0;

    if (n_names == 0 || n_names > MOST_NAMES)
        return selection_new(image, attributes);
    ImageSelection *selection = find_kept(image, attributes, n_names);
    if (selection != NULL)
        return selection;
    selection = selection_new(image, attributes);
    keep(image->selections, selection);
    return selection;
}
