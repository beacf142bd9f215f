/* SPDX-License-Identifier: BSD-2-Clause
 * test-ldap-thread.c - the first use of libldap, by several threads at once
 *
 * A process has one first use, so each attempt is a process of its own. What goes wrong is ThreadSanitizer's to see.
 */
#include "resolver/directory/ldap/ldap-private.h"

#include <ldap.h>

enum { N_THREADS = 2, N_ATTEMPTS = 20 };

static void *
first_use(void *data)
{
    int      *n_ready = data;
    LDAP     *ld = NULL;
    const int client = 0;

    ldap_thread_initialize_library();
    g_assert_cmpint(ldap_initialize(&ld, "ldaps://127.0.0.1"), ==, LDAP_SUCCESS);
    g_atomic_int_inc(n_ready);
    while (g_atomic_int_get(n_ready) < N_THREADS) /* a barrier that wakes them one by one would hide it */
        continue;
    g_assert_cmpint(ldap_set_option(ld, LDAP_OPT_X_TLS_NEWCTX, &client), ==, LDAP_OPT_SUCCESS);
    ldap_unbind_ext(ld, NULL, NULL);
    return NULL;
}

static void
use_at_once(void)
{
    pthread_t threads[N_THREADS];
    int       n_ready = 0;

    g_setenv("LDAPNOINIT", "1", TRUE); /* no ldap.conf: nothing to read that may be missing */
    for (int i = 0; i < N_THREADS; i++)
        g_assert_cmpint(pthread_create(&threads[i], NULL, first_use, &n_ready), ==, 0);
    for (int i = 0; i < N_THREADS; i++)
        pthread_join(threads[i], NULL);
}

static void
test_first_use(void)
{
    if (g_test_subprocess()) {
        use_at_once();
        return;
    }
    for (int i = 0; i < N_ATTEMPTS; i++) {
        g_test_trap_subprocess(NULL, 0, G_TEST_SUBPROCESS_INHERIT_STDERR);
        g_test_trap_assert_passed();
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/ldap/thread/first-use", test_first_use);
    return g_test_run();
}
