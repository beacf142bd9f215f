/* SPDX-License-Identifier: BSD-2-Clause
 * image-plan.c - indexes: which are wanted, building them beside the image, and taking them into it
 *
 * Owns:     a plan, until it is installed.
 * Promises: preparing only reads; installing moves pointers.
 * Threads:  image_prepare(): reading, with a thread of its own beside the caller's; image_install(): changing.
 */
#include "image-private.h"

#include <pthread.h>

#ifdef __GLIBC__
#include <malloc.h>
#endif

typedef struct {
    Column  *column;
    gboolean add_postings, add_keys, add_addresses;
    gboolean drop_postings, drop_keys;
    IdSet   *presence; /* NULL: not to be added */
    Postings postings;
    IdTable  keys, addresses;
} ColumnPlan;

struct ImagePlan {
    GPtrArray  *columns; /* by index of the column; NULL: nothing to do */
    GHashTable *wanted;
    guint32     filters_version;
};

static void
column_plan_free(gpointer data)
{
    ColumnPlan *plan = data;

    if (plan == NULL)
        return;
    id_set_free(plan->presence);
    postings_clear(&plan->postings);
    id_table_clear(&plan->keys);
    id_table_clear(&plan->addresses);
    g_free(plan);
}

/* NULL: the column is as it should be. */
static ColumnPlan *
column_plan_new(const Image *image, Column *column, guint wanted)
{
    gboolean   wants_postings = column->is_dn || column->is_address || (wanted & WANT_POSTINGS) != 0;
    gboolean   wants_keys = (wanted & WANT_KEYS) != 0;
    ColumnPlan plan = {
        .column = column,
        .add_postings = wants_postings && !column->has_postings,
        .add_keys = wants_keys && !column->has_keys,
        .add_addresses = column->is_address && !column->has_addresses,
        .drop_postings = !wants_postings && column->has_postings,
        .drop_keys = !wants_keys && column->has_keys,
    };

    if (!plan.add_postings && !plan.add_keys && !plan.add_addresses && !plan.drop_postings && !plan.drop_keys &&
        image->is_indexed)
        return NULL;
    if (!image->is_indexed)
        plan.presence = id_set_new();
    if (plan.add_postings)
        postings_init(&plan.postings);
    return g_memdup2(&plan, sizeof plan);
}

/* What is filled by walking the entries; the columns' values are walked meanwhile. */
typedef struct {
    const Image *image;
    GPtrArray   *columns;
} Filling;

static void *
fill(void *data)
{
    const Image *image = ((const Filling *)data)->image;
    GPtrArray   *columns = ((const Filling *)data)->columns;

    for (guint32 node = 0; node < image->n_nodes; node++) {
        const Record *record = IMAGE_NODE(image, node)->record;
        RecordWalk    walk;
        if (record == NULL)
            continue;
        record_walk_init(&walk, record);
        while (record_walk_next(&walk)) {
            ColumnPlan *plan = g_ptr_array_index(columns, walk.column);
            if (plan == NULL)
                continue;
            if (plan->presence != NULL)
                id_set_add(plan->presence, node);
            for (guint32 i = 0; plan->add_postings && i < walk.n_values; i++)
                postings_add(&plan->postings, walk.values[i], node);
        }
    }
    return NULL;
}

static void
fill_keys(ColumnPlan *plan)
{
    const Column     *column = plan->column;
    const Dictionary *values = &column->values;

    if (plan->add_keys)
        id_table_resize(&plan->keys, values->n_live, image_hash_for_keys, column);
    if (plan->add_addresses)
        id_table_resize(&plan->addresses, values->n_live, image_hash_for_addresses, column);
    for (guint32 id = 0; (plan->add_keys || plan->add_addresses) && id < values->n_ids; id++) {
        Value    value;
        guint64  hash;
        guint    address_hash;
        gboolean malformed;
        if (!dictionary_is_live(values, id))
            continue;
        value = dictionary_value(values, id);
        if (plan->add_keys && image_key_hash(column->type, &value, &hash))
            id_table_add(&plan->keys, hash, id, image_hash_for_keys, column);
        if (plan->add_addresses && image_address_hash(column, &value, &address_hash, &malformed))
            id_table_add(&plan->addresses, id_hash_number(address_hash), id, image_hash_for_addresses, column);
    }
}

static void
fill_all_keys(GPtrArray *columns)
{
    for (guint i = 0; i < columns->len; i++)
        if (g_ptr_array_index(columns, i) != NULL)
            fill_keys(g_ptr_array_index(columns, i));
}

enum { WORTH_A_THREAD = 10000 }; /* nodes */

/* Both walks read the image and write different parts of the plans. */
static void
fill_both(const Image *image, GPtrArray *columns)
{
    Filling   filling = {image, columns};
    pthread_t other;
    gboolean  together = image->n_nodes >= WORTH_A_THREAD && pthread_create(&other, NULL, fill, &filling) == 0;

    fill_all_keys(columns);
    if (together)
        pthread_join(other, NULL);
    else
        fill(&filling);
}

ImagePlan *
image_prepare(const Image *image)
{
    guint32  version = image_filters_version(image);
    gboolean current = image->is_indexed && version == image->filters_version;
    g_autoptr(GHashTable) wanted = current ? g_hash_table_ref(image->wanted) : image_wanted(image);
    g_autoptr(GPtrArray) columns = g_ptr_array_new_with_free_func(column_plan_free);
    gboolean any = FALSE, any_fill = FALSE;

    for (guint i = 0; i < image->columns->len; i++) {
        Column     *column = g_ptr_array_index(image->columns, i);
        guint       what = GPOINTER_TO_UINT(g_hash_table_lookup(wanted, column->type));
        ColumnPlan *plan = column_plan_new(image, column, column->type != NULL ? what : 0);
        g_ptr_array_add(columns, plan);
        any |= plan != NULL;
        any_fill |= plan != NULL && (plan->presence != NULL || plan->add_postings);
    }
    if (!any && current)
        return NULL;
    if (any_fill)
        fill_both(image, columns);
    else
        fill_all_keys(columns);

    ImagePlan *plan = g_new(ImagePlan, 1);
    plan->columns = g_steal_pointer(&columns);
    plan->wanted = g_steal_pointer(&wanted);
    plan->filters_version = version;
    return plan;
}

/* ---- installing ---- */

static void
install_column(ColumnPlan *plan)
{
    Column *column = plan->column;

    if (plan->presence != NULL) {
        id_set_free(column->presence);
        column->presence = g_steal_pointer(&plan->presence);
    }
    if (plan->add_postings || plan->drop_postings) {
        postings_clear(&column->postings);
        column->postings = plan->postings;
        plan->postings = (Postings){0};
        if (plan->drop_postings)
            postings_init(&column->postings);
        column->has_postings = plan->add_postings;
    }
    if (plan->add_keys || plan->drop_keys) {
        id_table_clear(&column->keys);
        column->keys = plan->keys;
        plan->keys = (IdTable){0};
        column->has_keys = plan->add_keys;
    }
    if (plan->add_addresses) {
        column->addresses = plan->addresses;
        plan->addresses = (IdTable){0};
        column->has_addresses = TRUE;
    }
}

/* What was loaded at one go has grown its arrays by leaps. */
static void
trim(Image *image)
{
    image_nodes_trim(image);
    for (guint i = 0; i < image->columns->len; i++) {
        Column *column = g_ptr_array_index(image->columns, i);
        dictionary_trim(&column->values);
        postings_trim(&column->postings, column->values.n_ids);
        if (column->presence != NULL)
            id_set_trim(column->presence);
    }
#ifdef __GLIBC__
    malloc_trim(0); /* the holes that growing arrays left */
#endif
}

void
image_install(Image *image, ImagePlan *plan)
{
    if (plan == NULL)
        return;
    for (guint i = 0; i < plan->columns->len; i++)
        if (g_ptr_array_index(plan->columns, i) != NULL)
            install_column(g_ptr_array_index(plan->columns, i));
    g_hash_table_unref(image->wanted);
    image->wanted = plan->wanted;
    image->filters_version = plan->filters_version;
    if (!image->is_indexed)
        trim(image);
    image->is_indexed = TRUE;
    g_ptr_array_unref(plan->columns);
    g_free(plan);
}
