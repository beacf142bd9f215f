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
    IdSet   *presence;     /* NULL: not to be added */
    guint32  run, run_end; /* nodes from `run` on that are not in it yet; equal: none */
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
    gint         next; /* column whose values nobody walks yet */
} Filling;

/* Most attributes stand in nearly all entries. */
static void
add_run(ColumnPlan *plan, guint32 next)
{
    if (plan->presence != NULL)
        id_set_add_range(plan->presence, plan->run, plan->run_end);
    plan->run = plan->run_end = next;
}

static void
fill_sets(const Image *image, GPtrArray *columns)
{
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
            if (plan->run_end != node)
                add_run(plan, node);
            plan->run_end = node + 1;
            for (guint32 i = 0; plan->add_postings && i < walk.n_values; i++)
                postings_add(&plan->postings, walk.values[i], node);
        }
    }
    for (guint i = 0; i < columns->len; i++)
        if (g_ptr_array_index(columns, i) != NULL)
            add_run(g_ptr_array_index(columns, i), 0);
}

static void
fill_equality_keys(ColumnPlan *plan)
{
    const Column *column = plan->column;
    IdBatch       batch = {.n = 0};
    guint64       hash;

    id_table_resize(&plan->keys, column->values.n_live, image_hash_for_keys, column);
    for (guint32 id = 0; id < column->values.n_ids; id++) {
        if (!dictionary_is_live(&column->values, id))
            continue;
        Value value = dictionary_value(&column->values, id);
        if (image_key_hash(column->type, &value, &hash))
            id_table_add_later(&plan->keys, &batch, hash, id, image_hash_for_keys, column);
    }
    id_table_add_batch(&plan->keys, &batch, image_hash_for_keys, column);
}

static void
fill_addresses(ColumnPlan *plan)
{
    const Column *column = plan->column;
    IdBatch       batch = {.n = 0};
    guint         hash;
    gboolean      malformed;

    id_table_resize(&plan->addresses, column->values.n_live, image_hash_for_addresses, column);
    for (guint32 id = 0; id < column->values.n_ids; id++) {
        if (!dictionary_is_live(&column->values, id))
            continue;
        Value value = dictionary_value(&column->values, id);
        if (image_address_hash(column, &value, &hash, &malformed))
            id_table_add_later(&plan->addresses, &batch, id_hash_number(hash), id, image_hash_for_addresses, column);
    }
    id_table_add_batch(&plan->addresses, &batch, image_hash_for_addresses, column);
}

static void
fill_keys(ColumnPlan *plan)
{
    if (plan->add_keys)
        fill_equality_keys(plan);
    if (plan->add_addresses)
        fill_addresses(plan);
}

/* By both threads: whoever has time takes the next. */
static void
fill_all_keys(Filling *filling)
{
    guint i;

    while ((i = (guint)g_atomic_int_add(&filling->next, 1)) < filling->columns->len)
        if (g_ptr_array_index(filling->columns, i) != NULL)
            fill_keys(g_ptr_array_index(filling->columns, i));
}

static void *
fill(void *data)
{
    Filling *filling = data;

    fill_sets(filling->image, filling->columns);
    fill_all_keys(filling);
    return NULL;
}

enum { WORTH_A_THREAD = 10000 }; /* nodes */

/* Both walks read the image and write different parts of the plans. */
static void
fill_both(Filling *filling)
{
    pthread_t other;
    gboolean  together = filling->image->n_nodes >= WORTH_A_THREAD && pthread_create(&other, NULL, fill, filling) == 0;

    fill_all_keys(filling);
    if (together)
        pthread_join(other, NULL);
    else
        fill(filling);
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
    Filling filling = {image, columns, 0};
    if (any_fill)
        fill_both(&filling);
    else
        fill_all_keys(&filling);

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
