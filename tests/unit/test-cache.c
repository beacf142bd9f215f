/* SPDX-License-Identifier: BSD-2-Clause
 * test-cache.c - what was asked a moment ago is not asked again, and is there when no server answers
 *
 * Threads:  several, in the test of questions asked at the same time.
 */
#include "tests/unit/scripted-directory.h"

#include <pthread.h>

static const char *const attributes[] = {"mail", NULL};

typedef struct {
    Scripted  *live;
    Directory *cache;
} Pair;

static Pair
pair_new(gint64 time, gint64 stale_limit, gsize max_entries)
{
    CacheSettings settings = {time, stale_limit, max_entries, 16};
    Scripted     *live = scripted_new(SCHEMA_RULES_AD);

    scripted_add(live, "CN=Ann,DC=x", "objectClass=user\nmail=ann@x\nproxyAddresses=SMTP:ann@x.test");
    scripted_add(live, "CN=Bob,DC=x", "objectClass=user\nmail=bob@x\nproxyAddresses=SMTP:bob@x.test");
    return (Pair){live, directory_cache_new(&live->directory, &settings)};
}

static gint64
soon(void)
{
    return g_get_monotonic_time() + 20 * G_TIME_SPAN_SECOND;
}

static gboolean
count(G_GNUC_UNUSED const Entry *entry, gpointer user_data, G_GNUC_UNUSED GError **error)
{
    (*(guint *)user_data)++;
    return TRUE;
}

/* How many the search finds; -1 with an error. */
static int
search(Directory *view, const char *class, GError **error)
{
    g_autoptr(FilterRef) filter = filter_new_equal("objectClass", class, -1);
    DirectorySearch search = {.scope = SCOPE_SUBTREE, .filter = filter, .attributes = attributes};
    guint           n = 0;

    return directory_search(view, &search, count, &n, soon(), error) ? (int)n : -1;
}

static int
find(Directory *view, const char *text, GError **error)
{
    g_autoptr(Address) address = address_new(text, NULL);
    g_autoptr(GPtrArray) entries = g_ptr_array_new_with_free_func((GDestroyNotify)entry_unref);

    return directory_find(view, address, attributes, entries, soon(), error) ? (int)entries->len : -1;
}

static Directory *
view_of(Directory *cache, DirectoryViewKind kind)
{
    Directory *view = directory_view(cache, kind, NULL);
    g_assert_nonnull(view);
    return view;
}

static void
test_remembers(void)
{
    Pair         pair = pair_new(G_TIME_SPAN_HOUR, G_TIME_SPAN_HOUR, 100);
    Entry const *entry = NULL;

    for (int round = 0; round < 3; round++) {
        Directory *view = view_of(pair.cache, VIEW_CURRENT);
        g_assert_cmpint(search(view, "user", NULL), ==, 2);
        g_assert_cmpint(search(view, "group", NULL), ==, 0);
        g_assert_cmpint(find(view, "ann@x.test", NULL), ==, 1);
        g_assert_cmpint(find(view, "nobody@x.test", NULL), ==, 0);
        g_assert_true(directory_read(view, "CN=Ann,DC=x", attributes, &entry, soon(), NULL));
        g_assert_cmpstr(entry_text(entry, "mail"), ==, "ann@x");
        entry_unref(entry);
        g_assert_true(directory_read(view, "CN=Zoe,DC=x", attributes, &entry, soon(), NULL));
        g_assert_null(entry);
        g_assert_true(round == 0 ? directory_view_age(view) == -1 : directory_view_age(view) >= 0);
        g_assert_cmpstr(directory_kind(view), ==, "cache");
        directory_view_end(pair.cache, view);
    }
    g_assert_cmpint(pair.live->calls[CALL_SEARCH], ==, 2);
    g_assert_cmpint(pair.live->calls[CALL_FIND], ==, 2);
    g_assert_cmpint(pair.live->calls[CALL_READ_MANY], ==, 2);

    g_autoptr(DirectoryStatus) status = directory_status(pair.cache);
    g_assert_cmpstr(status->kind, ==, "cache");
    g_assert_cmpuint(status->entries, >, 0);
    g_assert_null(directory_view(pair.cache, VIEW_LIVE, NULL));
    directory_free(pair.cache);
}

/* Answers that are too old are asked for again, and serve only while no server answers. */
static void
test_stale(void)
{
    Pair pair = pair_new(0, G_TIME_SPAN_HOUR, 100);
    g_autoptr(GError) error = NULL;
    Directory *view = view_of(pair.cache, VIEW_CURRENT);

    g_assert_cmpint(search(view, "user", NULL), ==, 2);
    g_usleep(10);
    g_assert_cmpint(search(view, "user", NULL), ==, 2);
    g_assert_cmpint(pair.live->calls[CALL_SEARCH], ==, 2);

    scripted_fail(pair.live, CALL_SEARCH, DIRECTORY_ERROR, DIRECTORY_ERROR_UNAVAILABLE, "gone");
    g_assert_cmpint(search(view, "user", &error), ==, -1);
    g_assert_error(error, DIRECTORY_ERROR, DIRECTORY_ERROR_UNAVAILABLE);
    directory_view_end(pair.cache, view);

    view = view_of(pair.cache, VIEW_STALE);
    g_assert_cmpint(search(view, "user", NULL), ==, 2);
    g_assert_cmpint(directory_view_age(view), >=, 0);
    g_clear_error(&error);
    g_assert_cmpint(search(view, "group", &error), ==, -1);
    g_assert_error(error, DIRECTORY_ERROR, DIRECTORY_ERROR_UNAVAILABLE);
    g_assert_cmpint(pair.live->calls[CALL_SEARCH], ==, 3);
    directory_view_end(pair.cache, view);
    directory_free(pair.cache);
}

static void
test_stale_limit(void)
{
    Pair pair = pair_new(0, 0, 100);
    g_autoptr(GError) error = NULL;
    Directory *view = view_of(pair.cache, VIEW_CURRENT);

    g_assert_cmpint(search(view, "user", NULL), ==, 2);
    directory_view_end(pair.cache, view);
    g_usleep(10);
    view = view_of(pair.cache, VIEW_STALE);
    g_assert_cmpint(search(view, "user", &error), ==, -1);
    g_assert_error(error, DIRECTORY_ERROR, DIRECTORY_ERROR_UNAVAILABLE);
    directory_view_end(pair.cache, view);
    directory_free(pair.cache);
}

/* A search that fails after some entries is not remembered, and none of them is handed out. */
static void
test_failed(void)
{
    Pair       pair = pair_new(G_TIME_SPAN_HOUR, G_TIME_SPAN_HOUR, 100);
    Directory *view = view_of(pair.cache, VIEW_CURRENT);
    g_autoptr(FilterRef) filter = filter_new_equal("objectClass", "user", -1);
    DirectorySearch how = {.scope = SCOPE_SUBTREE, .filter = filter, .attributes = attributes};
    guint           n = 0;

    scripted_fail(pair.live, CALL_SEARCH, DIRECTORY_ERROR, DIRECTORY_ERROR_INCOMPLETE, "cut short");
    g_assert_false(directory_search(view, &how, count, &n, soon(), NULL));
    g_assert_cmpuint(n, ==, 0);
    g_clear_error(&pair.live->failures[CALL_SEARCH]);
    g_assert_cmpint(search(view, "user", NULL), ==, 2);
    directory_view_end(pair.cache, view);
    directory_free(pair.cache);
}

static void
test_bounded(void)
{
    Pair       pair = pair_new(G_TIME_SPAN_HOUR, G_TIME_SPAN_HOUR, 3);
    Directory *view = view_of(pair.cache, VIEW_CURRENT);

    for (int i = 0; i < 50; i++) {
        g_autofree char *class = g_strdup_printf("class%d", i);
        g_assert_cmpint(search(view, class, NULL), ==, 0);
    }
    g_autoptr(DirectoryStatus) status = directory_status(pair.cache);
    g_assert_cmpuint(status->entries, ==, 3);
    g_assert_cmpint(search(view, "class49", NULL), ==, 0);
    g_assert_cmpint(pair.live->calls[CALL_SEARCH], ==, 50);
    g_assert_cmpint(search(view, "class0", NULL), ==, 0);
    g_assert_cmpint(pair.live->calls[CALL_SEARCH], ==, 51);
    directory_view_end(pair.cache, view);
    directory_free(pair.cache);
}

/* ---- the same question by many at once ---- */

enum { THREADS = 8 };

typedef struct {
    Directory      *cache;
    pthread_mutex_t lock;
    pthread_cond_t  changed;
    int             started;
} Crowd;

/* The one who asks waits until all others have begun to. */
static void
wait_for_crowd(gpointer user_data)
{
    Crowd *crowd = user_data;

    pthread_mutex_lock(&crowd->lock);
    while (crowd->started < THREADS)
        pthread_cond_wait(&crowd->changed, &crowd->lock);
    pthread_mutex_unlock(&crowd->lock);
}

static void *
ask(void *data)
{
    Crowd     *crowd = data;
    Directory *view = view_of(crowd->cache, VIEW_CURRENT);

    pthread_mutex_lock(&crowd->lock);
    crowd->started++;
    pthread_cond_broadcast(&crowd->changed);
    pthread_mutex_unlock(&crowd->lock);
    g_assert_cmpint(search(view, "user", NULL), ==, 2);
    directory_view_end(crowd->cache, view);
    return NULL;
}

static void
test_together(void)
{
    Pair      pair = pair_new(G_TIME_SPAN_HOUR, G_TIME_SPAN_HOUR, 100);
    Crowd     crowd = {.cache = pair.cache};
    pthread_t threads[THREADS];

    pthread_mutex_init(&crowd.lock, NULL);
    pthread_cond_init(&crowd.changed, NULL);
    pair.live->on_search = wait_for_crowd;
    pair.live->on_search_data = &crowd;
    for (int i = 0; i < THREADS; i++)
        g_assert_cmpint(pthread_create(&threads[i], NULL, ask, &crowd), ==, 0);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    g_assert_cmpint(pair.live->calls[CALL_SEARCH], ==, 1);
    pthread_cond_destroy(&crowd.changed);
    pthread_mutex_destroy(&crowd.lock);
    directory_free(pair.cache);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/cache/remembers", test_remembers);
    g_test_add_func("/cache/stale", test_stale);
    g_test_add_func("/cache/stale-limit", test_stale_limit);
    g_test_add_func("/cache/failed", test_failed);
    g_test_add_func("/cache/bounded", test_bounded);
    g_test_add_func("/cache/together", test_together);
    return g_test_run();
}
