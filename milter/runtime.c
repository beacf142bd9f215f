/* SPDX-License-Identifier: BSD-2-Clause
 * runtime.c - one configuration in force: the settings and everything that was opened by them
 *
 * Owns:     the current runtime, and former ones until their last message has ended.
 * Promises: the lock is held for memory work only; a runtime is freed by runtime_store_collect() alone.
 * Threads:  any.
 */
#include "milter/runtime.h"

#include "milter/maillog.h"

#include <pthread.h>

struct RuntimeStore {
    pthread_mutex_t lock;
    Runtime        *current;
    GPtrArray      *former;
    guint           held; /* by messages, of all runtimes */
    void (*wake)(gpointer);
    gpointer wake_data;
};

static void
on_directory_event(DirectoryEventKind kind, const char *event, G_GNUC_UNUSED gpointer user_data)
{
    static const struct {
        MaillogLevel level;
        const char  *word;
    } kinds[] = {
        [DIRECTORY_EVENT_GOOD] = {MAILLOG_INFO, ""},
        [DIRECTORY_EVENT_BAD] = {MAILLOG_WARNING, "warning: "},
        [DIRECTORY_EVENT_ERROR] = {MAILLOG_ERROR, "error: "},
    };
    maillog(kinds[kind].level, "%sdirectory: %s", kinds[kind].word, event);
}

static void
on_endpoints_event(gboolean good, const char *event, G_GNUC_UNUSED gpointer user_data)
{
    maillog(good ? MAILLOG_INFO : MAILLOG_WARNING, "%sendpoints: %s", good ? "" : "warning: ", event);
}

/* StateObserver */
static void
on_state_event(gboolean good, const char *event, G_GNUC_UNUSED gpointer user_data)
{
    maillog(good ? MAILLOG_INFO : MAILLOG_ERROR, "%sstate: %s", good ? "" : "error: ", event);
}

/* One that has to go on in memory is left to the old runtime: perhaps the file is as it should be by now. */
static State *
open_state(const Settings *settings, const Runtime *before)
{
    const HistorySettings *history = settings_history(settings);
    StateSettings how = {.file = history->file, .history_days = history->history_days, .observer = on_state_event};
    if (before == NULL || before->state == NULL || g_strcmp0(state_file(before->state), history->file) != 0 ||
        !state_has_file(before->state))
        return state_open(&how);
    return state_ref(before->state);
}

static gboolean
open_origin(Runtime *runtime, gboolean check_only, GError **error)
{
    const EndpointsSettings *wanted = settings_endpoints(runtime->settings);
    if (wanted != NULL) {
        EndpointsSettings observed = *wanted;
        observed.observe = on_endpoints_event;
        observed.offline |= check_only;
        observed.offline = check_only;
        runtime->endpoints = endpoints_new(&observed, error);
        if (runtime->endpoints == NULL)
            return FALSE;
    }
    runtime->judge = origin_judge_new(settings_origin(runtime->settings), runtime->endpoints, error);
    return runtime->judge != NULL;
}

static gboolean
load_key(Runtime *runtime, const char *file, gboolean check_only, GError **error)
{
    if (check_only && !g_file_test(file, G_FILE_TEST_EXISTS))
        return TRUE;
    runtime->trace_key = trace_key_load(file, !check_only, error);
    return runtime->trace_key != NULL;
}

/* A check must not write to the files of a daemon that runs. */
static Resolver *
open_resolver(const Runtime *runtime, const Runtime *before, gboolean check_only, GError **error)
{
    ResolverSettings how = settings_resolver(runtime->settings);

    how.state = runtime->state;
    if (check_only)
        return settings_open_resolver(runtime->settings, &how, on_directory_event, NULL, error);
    return settings_open_daemon_resolver(runtime->settings, &how, before != NULL ? before->settings : NULL,
                                         before != NULL ? before->resolver : NULL, on_directory_event, NULL, error);
}

Runtime *
runtime_open(Settings *settings, const Runtime *before, gboolean check_only, GError **error)
{
    const MilterSettings *milter = settings_milter(settings);
    g_autoptr(Runtime) runtime = g_new0(Runtime, 1);
    runtime->settings = settings_ref(settings);
    if (*milter->split_domain != '\0')
        runtime->split_domain = address_domain_to_key(milter->split_domain);
    if (!load_key(runtime, milter->key_file, check_only, error) || !open_origin(runtime, check_only, error))
        return NULL;
    if (!check_only)
        runtime->state = open_state(settings, before);
    runtime->resolver = open_resolver(runtime, before, check_only, error);
    if (runtime->resolver == NULL)
        return NULL;
    if (!check_only)
        state_keep_days(runtime->state, settings_history(settings)->history_days);
    return g_steal_pointer(&runtime);
}

void
runtime_free(Runtime *runtime)
{
    g_clear_pointer(&runtime->resolver, resolver_unref);
    g_clear_pointer(&runtime->state, state_unref);
    g_clear_pointer(&runtime->trace_key, trace_key_free);
    g_clear_pointer(&runtime->judge, origin_judge_free);
    g_clear_pointer(&runtime->endpoints, endpoints_free);
    g_clear_pointer(&runtime->split_domain, g_free);
    g_clear_pointer(&runtime->settings, settings_unref);
    g_free(runtime);
}

RuntimeStore *
runtime_store_new(Runtime *first)
{
    RuntimeStore *store = g_new0(RuntimeStore, 1);
    pthread_mutex_init(&store->lock, NULL);
    store->current = first;
    first->generation = 1;
    store->former = g_ptr_array_new();
    return store;
}

void
runtime_store_free(RuntimeStore *store)
{
    runtime_store_collect(store);
    g_ptr_array_unref(store->former);
    if (store->current->holders == 0)
        runtime_free(store->current);
    pthread_mutex_destroy(&store->lock);
    g_free(store);
}

Runtime *
runtime_store_acquire(RuntimeStore *store)
{
    pthread_mutex_lock(&store->lock);
    Runtime *runtime = store->current;
    runtime->holders++;
    store->held++;
    pthread_mutex_unlock(&store->lock);
    return runtime;
}

void
runtime_store_release(RuntimeStore *store, Runtime *runtime)
{
    pthread_mutex_lock(&store->lock);
    store->held--;
    if (--runtime->holders == 0 && runtime != store->current && store->wake != NULL)
        store->wake(store->wake_data);
    pthread_mutex_unlock(&store->lock);
}

void
runtime_store_publish(RuntimeStore *store, Runtime *next)
{
    pthread_mutex_lock(&store->lock);
    next->generation = store->current->generation + 1;
    g_ptr_array_add(store->former, store->current);
    store->current = next;
    pthread_mutex_unlock(&store->lock);
}

void
runtime_store_collect(RuntimeStore *store)
{
    g_autoptr(GPtrArray) free_now = g_ptr_array_new_with_free_func((GDestroyNotify)runtime_free);
    pthread_mutex_lock(&store->lock);
    for (guint i = store->former->len; i-- > 0;) {
        Runtime *runtime = g_ptr_array_index(store->former, i);
        if (runtime->holders == 0)
            g_ptr_array_add(free_now, g_ptr_array_remove_index_fast(store->former, i));
    }
    pthread_mutex_unlock(&store->lock);
}

void
runtime_store_set_wake(RuntimeStore *store, void (*wake)(gpointer), gpointer user_data)
{
    pthread_mutex_lock(&store->lock);
    store->wake = wake;
    store->wake_data = user_data;
    pthread_mutex_unlock(&store->lock);
}

gboolean
runtime_store_is_held(RuntimeStore *store)
{
    pthread_mutex_lock(&store->lock);
    gboolean held = store->held > 0;
    pthread_mutex_unlock(&store->lock);
    return held;
}
