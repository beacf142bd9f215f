/* SPDX-License-Identifier: BSD-2-Clause
 * test-runtime.c - configurations: one a message, the old one until its last message, a bad one never
 */
#include "milter/daemon.h"
#include "milter/keeper.h"
#include "tests/unit/milter-help.h"

#include <glib/gstdio.h>

#include <pthread.h>
#include <string.h>

static void
count(gpointer data)
{
    (*(int *)data)++;
}

static void
test_old_one_stays_until_its_last_message(void)
{
    int woken = 0;
    g_autoptr(RuntimeStore) store = runtime_store_new(help_runtime("", NULL));
    runtime_store_set_wake(store, count, &woken);
    Runtime *first = runtime_store_acquire(store);
    Runtime *again = runtime_store_acquire(store);
    g_assert_true(first == again);

    runtime_store_publish(store, help_runtime("mode = observe\n", NULL));
    Runtime *second = runtime_store_acquire(store);
    g_assert_true(second != first);
    g_assert_cmpuint(second->generation, ==, 2);
    runtime_store_collect(store);
    g_assert_false(settings_milter(first->settings)->observe);
    g_assert_true(settings_milter(second->settings)->observe);

    runtime_store_release(store, first);
    g_assert_cmpint(woken, ==, 0);
    runtime_store_release(store, again);
    g_assert_cmpint(woken, ==, 1);
    runtime_store_release(store, second);
    g_assert_cmpint(woken, ==, 1);
    g_assert_false(runtime_store_is_held(store));
}

static void
test_message_keeps_its_own(void)
{
    Help help;
    help_setup(&help, "");
    help_mail(&help, "<s@n.org>");
    runtime_store_publish(help.house.runtimes, help_runtime("mode = observe\n", NULL));
    g_assert_false(transaction_settings(&help.transaction)->observe);
    help_take(&help, "<g1@e.org>");
    help_mail(&help, "<s@n.org>");
    g_assert_true(transaction_settings(&help.transaction)->observe);
    help_teardown(&help);
}

typedef struct {
    RuntimeStore *store;
    int           stop; /* atomic */
} Users;

static void *
use(void *data)
{
    Users *users = data;
    do {
        Runtime *runtime = runtime_store_acquire(users->store);
        g_assert_nonnull(settings_milter(runtime->settings)->socket);
        runtime_store_release(users->store, runtime);
    } while (!g_atomic_int_get(&users->stop));
    return NULL;
}

static void
test_many_threads(void)
{
    g_autoptr(RuntimeStore) store = runtime_store_new(help_runtime("", NULL));
    Users     users = {.store = store};
    pthread_t threads[4];
    for (gsize i = 0; i < G_N_ELEMENTS(threads); i++)
        g_assert_cmpint(pthread_create(&threads[i], NULL, use, &users), ==, 0);
    for (int i = 0; i < 50; i++) {
        runtime_store_publish(store, help_runtime("", NULL));
        runtime_store_collect(store);
    }
    g_atomic_int_set(&users.stop, 1);
    for (gsize i = 0; i < G_N_ELEMENTS(threads); i++)
        pthread_join(threads[i], NULL);
    g_assert_false(runtime_store_is_held(store));
}

/* ---- reload ---- */

typedef struct {
    Help  help;
    char *folder, *config, *ldif, *key;
} Reload;

static void
write_config(const Reload *reload, const char *keys)
{
    g_autofree char *text =
        g_strdup_printf("[milter]\ndomains = e.org\nkey-file = %s\n%s[directory]\nsource = ldif\nfile = %s\n",
                        reload->key, keys, reload->ldif);
    g_assert_true(g_file_set_contents(reload->config, text, -1, NULL));
}

static void
reload_setup(Reload *reload)
{
    help_setup(&reload->help, "");
    reload->folder = g_dir_make_tmp("reload-XXXXXX", NULL);
    reload->config = g_build_filename(reload->folder, "rollcall.conf", NULL);
    reload->ldif = g_build_filename(reload->folder, "company.ldif", NULL);
    reload->key = g_build_filename(reload->folder, "trace.key", NULL);
    g_assert_true(g_file_set_contents(reload->ldif, "version: 1\n\ndn: O=x\nobjectClass: organization\n", -1, NULL));
}

static void
reload_teardown(Reload *reload)
{
    char *files[] = {reload->config, reload->ldif, reload->key};
    for (gsize i = 0; i < G_N_ELEMENTS(files); i++) {
        g_unlink(files[i]);
        g_free(files[i]);
    }
    g_rmdir(reload->folder);
    g_free(reload->folder);
    help_teardown(&reload->help);
}

static guint
generation(RuntimeStore *store)
{
    Runtime *runtime = runtime_store_acquire(store);
    guint    number = runtime->generation;
    runtime_store_release(store, runtime);
    return number;
}

static void
test_good_reload(void)
{
    Reload reload;
    reload_setup(&reload);
    RuntimeStore *store = reload.help.house.runtimes;
    write_config(&reload, "mode = observe\n");
    g_assert_true(keeper_reload(store, reload.config, NULL));
    g_assert_cmpuint(generation(store), ==, 2);
    help_mail(&reload.help, "<s@n.org>");
    g_assert_true(transaction_settings(&reload.help.transaction)->observe);
    g_autofree char *log = help_log(&reload.help);
    g_assert_nonnull(strstr(log, "configuration reloaded: "));
    reload_teardown(&reload);
}

static void
test_reload_names_what_needs_a_restart(void)
{
    Reload reload;
    reload_setup(&reload);
    write_config(&reload, "socket = unix:/elsewhere/milter.sock\n");
    g_assert_true(keeper_reload(reload.help.house.runtimes, reload.config, NULL));
    g_autofree char *log = help_log(&reload.help);
    g_assert_nonnull(strstr(log, "warning: [milter] socket: the new value needs a restart\n"));
    g_assert_null(strstr(log, "lock-file"));
    reload_teardown(&reload);
}

static void
test_bad_reload(void)
{
    Reload reload;
    reload_setup(&reload);
    RuntimeStore            *store = reload.help.house.runtimes;
    static const char *const bad[] = {"mode = expnad\n", "no-such-key = 1\n", "trusted-networks = 300.0.0.1\n"};
    for (gsize i = 0; i < G_N_ELEMENTS(bad); i++) {
        write_config(&reload, bad[i]);
        g_assert_false(keeper_reload(store, reload.config, NULL));
        g_autofree char *log = help_log(&reload.help);
        g_assert_true(g_str_has_prefix(log, "error: configuration not reloaded: "));
        g_assert_nonnull(strstr(log, "line 4"));
        g_assert_true(g_str_has_suffix(log, " (old one stays in force)\n"));
        g_assert_cmpuint(generation(store), ==, 1);
    }
    write_config(&reload, "");
    g_unlink(reload.ldif);
    g_assert_false(keeper_reload(store, reload.config, NULL));
    g_assert_true(g_file_set_contents(reload.key, "short", -1, NULL));
    g_assert_false(keeper_reload(store, reload.config, NULL));
    g_unlink(reload.config);
    g_assert_false(keeper_reload(store, reload.config, NULL));
    g_assert_cmpuint(generation(store), ==, 1);
    reload_teardown(&reload);
}

static void *
ask(void *data)
{
    g_assert_true(keeper_ask_reload(data, NULL));
    return NULL;
}

/* Whoever asks waits for a reload that begins after he asked. */
static void
test_asked_reload(void)
{
    Reload reload;
    g_autoptr(GError) error = NULL;
    pthread_t threads[4];
    daemon_block_signals();
    reload_setup(&reload);
    RuntimeStore *store = reload.help.house.runtimes;
    Keeper       *keeper = keeper_start(store, reload.config);

    write_config(&reload, "mode = expnad\n");
    g_assert_false(keeper_ask_reload(keeper, &error));
    g_assert_error(error, KEEPER_ERROR, KEEPER_ERROR_RELOAD);
    g_assert_nonnull(strstr(error->message, "line 4"));
    g_autofree char *why = keeper_reload_error(keeper);
    g_assert_cmpstr(why, ==, error->message);

    write_config(&reload, "mode = observe\n");
    for (gsize i = 0; i < G_N_ELEMENTS(threads); i++)
        g_assert_cmpint(pthread_create(&threads[i], NULL, ask, keeper), ==, 0);
    for (gsize i = 0; i < G_N_ELEMENTS(threads); i++)
        pthread_join(threads[i], NULL);
    g_assert_cmpuint(generation(store), >, 1);
    g_assert_null(keeper_reload_error(keeper));
    keeper_stop(keeper);
    reload_teardown(&reload);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/runtime/old-one-stays", test_old_one_stays_until_its_last_message);
    g_test_add_func("/runtime/message-keeps-its-own", test_message_keeps_its_own);
    g_test_add_func("/runtime/many-threads", test_many_threads);
    g_test_add_func("/runtime/good-reload", test_good_reload);
    g_test_add_func("/runtime/needs-a-restart", test_reload_names_what_needs_a_restart);
    g_test_add_func("/runtime/bad-reload", test_bad_reload);
    g_test_add_func("/runtime/asked-reload", test_asked_reload);
    return g_test_run();
}
