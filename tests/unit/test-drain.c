/* SPDX-License-Identifier: BSD-2-Clause
 * test-drain.c - the end waits for callbacks that are under way, and not for ever
 */
#include "milter/drain.h"

#include <pthread.h>

enum { LONG = 600 * G_USEC_PER_SEC };

typedef struct {
    Drain *drain;
    int    entered, left; /* atomic */
} Visit;

static void *
visit(void *data)
{
    Visit *visit_ = data;
    g_assert_true(drain_enter(visit_->drain));
    g_atomic_int_inc(&visit_->entered);
    g_atomic_int_inc(&visit_->left);
    drain_leave(visit_->drain);
    return NULL;
}

/* Whatever the order in which the threads run, nobody is inside once it has closed. */
static void
test_waits(void)
{
    g_autoptr(Drain) drain = drain_new();
    Visit     seen = {.drain = drain};
    pthread_t threads[8];
    g_assert_true(drain_enter(drain));
    for (gsize i = 0; i < G_N_ELEMENTS(threads); i++)
        g_assert_cmpint(pthread_create(&threads[i], NULL, visit, &seen), ==, 0);
    for (gsize i = 0; i < G_N_ELEMENTS(threads); i++)
        pthread_join(threads[i], NULL);
    drain_leave(drain);
    g_assert_cmpuint(drain_close(drain, LONG), ==, 0);
    g_assert_cmpint(g_atomic_int_get(&seen.left), ==, G_N_ELEMENTS(threads));
    g_assert_false(drain_enter(drain));
}

static void *
leave_after_the_others(void *data)
{
    Visit *visit_ = data;
    g_atomic_int_inc(&visit_->left);
    drain_leave(visit_->drain);
    return NULL;
}

static void
test_is_woken_by_the_last(void)
{
    g_autoptr(Drain) drain = drain_new();
    Visit     seen = {.drain = drain};
    pthread_t thread;
    g_assert_true(drain_enter(drain));
    g_assert_cmpint(pthread_create(&thread, NULL, leave_after_the_others, &seen), ==, 0);
    g_assert_cmpuint(drain_close(drain, LONG), ==, 0);
    g_assert_cmpint(g_atomic_int_get(&seen.left), ==, 1);
    pthread_join(thread, NULL);
}

static void
test_gives_up(void)
{
    g_autoptr(Drain) drain = drain_new();
    g_assert_true(drain_enter(drain));
    g_assert_true(drain_enter(drain));
    g_assert_cmpuint(drain_close(drain, 0), ==, 2);
    g_assert_false(drain_enter(drain));
    drain_leave(drain);
    drain_leave(drain);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/drain/waits", test_waits);
    g_test_add_func("/drain/woken-by-the-last", test_is_woken_by_the_last);
    g_test_add_func("/drain/gives-up", test_gives_up);
    return g_test_run();
}
