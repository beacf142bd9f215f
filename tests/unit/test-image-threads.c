/* SPDX-License-Identifier: BSD-2-Clause
 * test-image-threads.c - an image that one thread changes while others read it, kept apart by a lock as its owner does
 *
 * Each reader must find an image that is whole: the group's members are those whose department says so, on every
 * version. And one that is made of rows by two threads. Meant for ThreadSanitizer above all.
 */
#include "resolver/directory/image/image.h"

#include <pthread.h>
#include <sched.h>
#include <string.h>

enum { N_READERS = 3, N_PEOPLE = 300, N_CHANGES = 150, N_READS = 150 };

static const char *const address_attributes[] = {"mail", NULL};

typedef struct {
    Image           *image;
    pthread_rwlock_t lock;
    int              n_ready; /* atomic */
} Shared;

static EntryId
id_of(guint i)
{
    return (EntryId){.octets = {(guint8)i, (guint8)(i >> 8), 1}};
}

static void
put(Image *image, guint i, const char *unit, const char *prefix, const char *attribute, const char *text)
{
    EntryId          id = id_of(i);
    g_autofree char *name = g_strdup_printf("%u", i);
    g_autofree char *dn = g_strconcat(prefix, name, unit, ",DC=example,DC=com", NULL);
    g_autofree char *mail = g_strdup_printf("p%u@example.com", i);
    EntryBuilder    *builder = entry_builder_new(dn);

    entry_builder_add(builder, "objectClass", "user", strlen("user"));
    entry_builder_add(builder, "mail", mail, strlen(mail));
    entry_builder_add(builder, attribute, text, strlen(text));
    g_autoptr(EntryRef) entry = entry_builder_finish(builder);
    g_assert_true(image_put(image, &id, entry));
}

static gboolean
count(G_GNUC_UNUSED const Entry *entry, gpointer user_data, G_GNUC_UNUSED GError **error)
{
    (*(guint *)user_data)++;
    return TRUE;
}

static guint
found(const Image *image, const char *base, const char *text)
{
    g_autoptr(FilterRef) filter = filter_parse(text, NULL, NULL);
    DirectorySearch asked = {.base = base, .scope = SCOPE_SUBTREE, .filter = filter};
    guint           n = 0;

    g_assert_true(image_search(image, &asked, count, &n, G_MAXINT64, NULL));
    return n;
}

static void
read_once(const Image *image, guint turn)
{
    g_autofree char *text = g_strdup_printf("p%u@example.com", turn % N_PEOPLE);
    g_autoptr(Address) address = address_new(text, NULL);
    g_autoptr(GPtrArray) entries = g_ptr_array_new_with_free_func((GDestroyNotify)entry_unref);

    guint a = found(image, NULL, "(department=a)"), b = found(image, "DC=example,DC=com", "(&(department=b)(cn=*))");
    g_assert_cmpuint(a + found(image, NULL, "(department=b)"), ==, N_PEOPLE);
    g_assert_cmpuint(b, ==, 0);
    g_assert_cmpuint(found(image, turn % 2 == 0 ? "OU=u,DC=example,DC=com" : "OU=v,DC=example,DC=com", "(&)"), >, 0);
    image_find(image, address, NULL, entries);
    g_assert_cmpuint(entries->len, ==, 1);
}

static void *
read_often(void *data)
{
    Shared *shared = data;

    g_atomic_int_inc(&shared->n_ready);
    for (guint turn = 0; turn < N_READS; turn++) {
        pthread_rwlock_rdlock(&shared->lock);
        read_once(shared->image, turn);
        pthread_rwlock_unlock(&shared->lock);
    }
    return NULL;
}

static void
change(Shared *shared, guint turn)
{
    guint i = turn * 7 % N_PEOPLE;

    pthread_rwlock_wrlock(&shared->lock);
    put(shared->image, i, turn % 3 == 0 ? ",OU=u" : ",OU=v", "CN=p", "department", turn % 2 == 0 ? "a" : "b");
    pthread_rwlock_unlock(&shared->lock);

    pthread_rwlock_rdlock(&shared->lock); /* others read at the same time */
    ImagePlan *plan = image_prepare(shared->image);
    pthread_rwlock_unlock(&shared->lock);
    pthread_rwlock_wrlock(&shared->lock);
    image_install(shared->image, plan);
    pthread_rwlock_unlock(&shared->lock);
}

static void
test_readers_and_changer(void)
{
    g_autoptr(Schema) schema = schema_new_ad();
    Shared    shared = {.image = image_new(schema, address_attributes), .lock = PTHREAD_RWLOCK_INITIALIZER};
    pthread_t readers[N_READERS];

    for (guint i = 0; i < N_PEOPLE; i++)
        put(shared.image, i, i % 2 == 0 ? ",OU=u" : ",OU=v", "CN=p", "department", "a");
    for (gsize i = 0; i < N_READERS; i++)
        g_assert_cmpint(pthread_create(&readers[i], NULL, read_often, &shared), ==, 0);
    while (g_atomic_int_get(&shared.n_ready) < N_READERS)
        sched_yield();
    for (guint turn = 0; turn < N_CHANGES; turn++)
        change(&shared, turn);
    for (gsize i = 0; i < N_READERS; i++)
        pthread_join(readers[i], NULL);
    pthread_rwlock_destroy(&shared.lock);
    image_free(shared.image);
}

/* ---- rows ---- */

enum { BLOCK = 20 };

typedef struct {
    const Image *from;
    Image       *into;
    GPtrArray   *blocks; /* of ImageRows */
    guint        ahead;  /* the block of which the second thread takes what it can */
} Moving;

static void
add_row(const EntryId *id, gpointer user_data)
{
    Moving *moving = user_data;
    g_autoptr(GByteArray) row = g_byte_array_new();

    if (id->octets[0] % BLOCK == 0)
        g_ptr_array_add(moving->blocks, image_rows_new(image_schema(moving->into), 0));
    g_assert_true(image_export(moving->from, id, row));
    g_assert_true(
        image_rows_add(g_ptr_array_index(moving->blocks, moving->blocks->len - 1), id, row->data, row->len, NULL));
}

static void *
take_ahead(void *data)
{
    const Moving *moving = data;

    while (moving->ahead < moving->blocks->len &&
           image_import_ahead(moving->into, g_ptr_array_index(moving->blocks, moving->ahead)))
        continue;
    return NULL;
}

static void
test_rows_by_two(void)
{
    g_autoptr(Schema) schema = schema_new_ad();
    g_autoptr(Image) from = image_new(schema, address_attributes);
    g_autoptr(Image) into = image_new(schema, address_attributes);
    g_autoptr(GPtrArray) blocks = g_ptr_array_new_with_free_func((GDestroyNotify)image_rows_free);
    Moving    moving = {.from = from, .into = into, .blocks = blocks};
    pthread_t other;

    for (guint i = 0; i < N_PEOPLE; i++)
        put(from, i, ",OU=u", "CN=p", i < N_PEOPLE / 2 ? "department" : "title", i % 2 == 0 ? "a" : "b");
    image_foreach_id(from, add_row, &moving);
    image_import_begin(into, N_PEOPLE);
    for (guint i = 0; i < blocks->len; i++) {
        moving.ahead = i + 1;
        g_assert_cmpint(pthread_create(&other, NULL, take_ahead, &moving), ==, 0);
        g_assert_true(image_import_rows(into, g_ptr_array_index(blocks, i), NULL));
        pthread_join(other, NULL);
    }
    g_assert_true(image_import_end(into, NULL));
    image_install(into, image_prepare(into));
    g_assert_cmpuint(found(into, NULL, "(mail=*)"), ==, N_PEOPLE);
    g_assert_cmpuint(found(into, NULL, "(department=a)"), ==, N_PEOPLE / 4);
    g_assert_cmpuint(found(into, NULL, "(title=b)"), ==, N_PEOPLE / 4);
    g_assert_cmpuint(found(into, NULL, "(mail=p7@example.com)"), ==, 1);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/image/threads/readers-and-changer", test_readers_and_changer);
    g_test_add_func("/image/threads/rows-by-two", test_rows_by_two);
    return g_test_run();
}
