/* SPDX-License-Identifier: BSD-2-Clause
 * test-gate.c - readers together, writers alone, nobody for ever
 *
 * Threads:  several.
 */
#include "resolver/directory/mirror/gate.h"

#include <pthread.h>

enum { THREADS = 4, ROUNDS = 3000 };

typedef struct {
    Gate *gate;
    int   first, second; /* equal for readers */
    gint  reading;       /* atomic */
} Shared;

static void *
read_often(void *data)
{
    Shared *shared = data;

    for (int i = 0; i < ROUNDS; i++) {
        gate_read(shared->gate);
        gate_read(shared->gate); /* once more, whoever waits */
        g_assert_cmpint(shared->first, ==, shared->second);
        gate_read_end(shared->gate);
        g_assert_cmpint(shared->first, ==, shared->second);
        gate_read_end(shared->gate);
    }
    return NULL;
}

static void *
write_often(void *data)
{
    Shared *shared = data;

    for (int i = 0; i < ROUNDS / 10; i++) {
        gate_write(shared->gate);
        shared->first++;
        shared->second++;
        gate_write_end(shared->gate);
    }
    return NULL;
}

static void
test_together(void)
{
    Shared    shared = {.gate = gate_new()};
    pthread_t threads[2 * THREADS];

    for (int i = 0; i < THREADS; i++) {
        g_assert_cmpint(pthread_create(&threads[2 * i], NULL, read_often, &shared), ==, 0);
        g_assert_cmpint(pthread_create(&threads[2 * i + 1], NULL, write_often, &shared), ==, 0);
    }
    for (int i = 0; i < 2 * THREADS; i++)
        pthread_join(threads[i], NULL);
    g_assert_cmpint(shared.first, ==, THREADS * (ROUNDS / 10));
    gate_free(shared.gate);
}

/* ---- readers that never leave all at once ---- */

static void *
read_on(void *data)
{
    Shared *shared = data;

    while (g_atomic_int_get(&shared->reading)) {
        gate_read(shared->gate);
        g_usleep(2000);
        gate_read_end(shared->gate);
    }
    return NULL;
}

static void
test_writer_gets_in(void)
{
    Shared    shared = {.gate = gate_new(), .reading = 1};
    pthread_t threads[THREADS];

    for (int i = 0; i < THREADS; i++)
        g_assert_cmpint(pthread_create(&threads[i], NULL, read_on, &shared), ==, 0);
    for (int i = 0; i < 3; i++) { /* would not return if readers always came first */
        gate_write(shared.gate);
        gate_write_end(shared.gate);
    }
    g_atomic_int_set(&shared.reading, 0);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    gate_free(shared.gate);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/gate/together", test_together);
    g_test_add_func("/gate/writer-gets-in", test_writer_gets_in);
    return g_test_run();
}
