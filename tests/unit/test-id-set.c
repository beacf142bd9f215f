/* SPDX-License-Identifier: BSD-2-Clause
 * test-id-set.c - sets of ids, tables of ids and postings, compared with GLib's tables on random work
 */
#include "resolver/directory/image/id-set.h"
#include "resolver/directory/image/id-table.h"
#include "resolver/directory/image/postings.h"

enum { N_ROUNDS = 200, N_STEPS = 2000 };

static guint32
random_id(guint32 range)
{
    return (guint32)g_test_rand_int_range(0, (gint32)range);
}

static void
assert_same(const IdSet *set, GHashTable *model)
{
    gsize               size = id_set_size(set);
    g_autofree guint32 *ids = g_new(guint32, size + 1);

    g_assert_cmpuint(size, ==, g_hash_table_size(model));
    id_set_to_array(set, ids);
    for (gsize i = 0; i < size; i++) {
        g_assert_true(g_hash_table_contains(model, GUINT_TO_POINTER(ids[i])));
        g_assert_true(id_set_contains(set, ids[i]));
        if (i > 0)
            g_assert_cmpuint(ids[i - 1], <, ids[i]);
    }
}

static void
add_range(IdSet *set, GHashTable *model, guint32 range)
{
    guint32 first = random_id(range), end = first + random_id(300);

    id_set_add_range(set, first, end);
    for (; first < end; first++)
        g_hash_table_add(model, GUINT_TO_POINTER(first));
}

static void
fill(IdSet *set, GHashTable *model, guint32 range)
{
    for (guint32 n = random_id(3); n > 0; n--)
        add_range(set, model, range);
    for (guint32 n = random_id(1000); n > 0; n--) {
        guint32 id = random_id(range);
        if (random_id(4) == 0)
            g_assert_true(id_set_remove(set, id) == g_hash_table_remove(model, GUINT_TO_POINTER(id)));
        else
            g_assert_true(id_set_add(set, id) == g_hash_table_add(model, GUINT_TO_POINTER(id)));
    }
}

static void
combine_models(GHashTable *model, GHashTable *other, guint operation)
{
    GHashTableIter iter;
    gpointer       id;

    g_hash_table_iter_init(&iter, operation == 2 ? other : model);
    while (g_hash_table_iter_next(&iter, &id, NULL)) {
        if (operation == 2)
            g_hash_table_add(model, id);
        else if (g_hash_table_contains(other, id) != (operation == 0))
            g_hash_table_iter_remove(&iter);
    }
}

static void
test_sets(void)
{
    void (*const operations[])(IdSet *, const IdSet *) = {id_set_and, id_set_and_not, id_set_or};

    for (int round = 0; round < N_ROUNDS; round++) {
        g_autoptr(IdSet) set = id_set_new();
        g_autoptr(IdSet) other = id_set_new();
        g_autoptr(GHashTable) model = g_hash_table_new(NULL, NULL);
        g_autoptr(GHashTable) other_model = g_hash_table_new(NULL, NULL);
        guint32 range = 1 + random_id(3000), operation = random_id(3);

        fill(set, model, range);
        fill(other, other_model, 1 + random_id(3000));
        id_set_trim(other);
        g_autoptr(IdSet) copy = id_set_copy(set);
        operations[operation](set, other);
        assert_same(copy, model);
        combine_models(model, other_model, operation);
        assert_same(set, model);
        assert_same(other, other_model);
        fill(set, model, range);
        id_set_trim(set);
        assert_same(set, model);
    }
}

/* Several ids have one hash, so that probes meet others. */
static guint64
hash_of(guint32 id, gconstpointer user_data)
{
    return id_hash_number(id / *(const guint32 *)user_data);
}

static gboolean
is_found(const IdTable *table, guint32 id, guint32 crowd)
{
    IdProbe probe = id_table_find(table, hash_of(id, &crowd));

    for (guint32 found = id_probe_next(&probe); found != ID_NONE; found = id_probe_next(&probe))
        if (found == id)
            return TRUE;
    return FALSE;
}

static void
test_tables(void)
{
    for (int round = 0; round < N_ROUNDS / 10; round++) {
        IdTable table = {0};
        g_autoptr(GHashTable) model = g_hash_table_new(NULL, NULL);
        guint32 crowd = 1 + random_id(4), range = 1 + random_id(100000);

        for (int i = 0; i < N_STEPS; i++) {
            guint32  id = random_id(range);
            gboolean there = g_hash_table_contains(model, GUINT_TO_POINTER(id));
            g_assert_true(is_found(&table, id, crowd) == there);
            if (there && random_id(2) == 0) {
                g_assert_true(id_table_remove(&table, hash_of(id, &crowd), id));
                g_hash_table_remove(model, GUINT_TO_POINTER(id));
            } else if (!there) {
                id_table_add(&table, hash_of(id, &crowd), id, hash_of, &crowd);
                g_hash_table_add(model, GUINT_TO_POINTER(id));
            }
            if (random_id(500) == 0)
                id_table_resize(&table, random_id(2) * N_STEPS, hash_of, &crowd);
        }
        g_assert_cmpuint(table.n, ==, g_hash_table_size(model));
        id_table_clear(&table);
    }
}

static void
test_postings(void)
{
    Postings postings;
    g_autoptr(GHashTable) model = g_hash_table_new(NULL, NULL); /* value * 1000 + node */
    enum { N_VALUES = 20, N_NODES = 1000 };

    postings_init(&postings);
    for (int i = 0; i < 20 * N_STEPS; i++) {
        guint32  value = random_id(N_VALUES), node = random_id(value % 3 == 0 ? 3 : N_NODES);
        gpointer key = GUINT_TO_POINTER(value * N_NODES + node);
        g_assert_true(postings_contain(&postings, value, node) == g_hash_table_contains(model, key));
        if (random_id(5) < 2) {
            postings_remove(&postings, value, node);
            g_hash_table_remove(model, key);
        } else {
            postings_add(&postings, value, node);
            g_hash_table_add(model, key);
        }
        if (random_id(1000) == 0)
            postings_trim(&postings, N_VALUES);
    }
    g_autoptr(GArray) nodes = g_array_new(FALSE, FALSE, sizeof(guint32));
    for (guint32 value = 0; value < N_VALUES; value++)
        postings_append(&postings, value, nodes);
    g_assert_cmpuint(nodes->len, ==, g_hash_table_size(model));
    postings_clear(&postings);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/id-set/sets", test_sets);
    g_test_add_func("/id-set/tables", test_tables);
    g_test_add_func("/id-set/postings", test_postings);
    return g_test_run();
}
