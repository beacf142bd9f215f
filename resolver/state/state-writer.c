/* SPDX-License-Identifier: BSD-2-Clause
 * state-writer.c - the thread that brings what is in memory to the file
 *
 * Owns:     the thread.
 * Promises: what cannot be written stays to be written, and is tried again; that is reported once, and so is its end.
 * Threads:  state_writer_start() and _stop() whoever opens and ends the state; the rest is the thread's own, or, of
 *           state_flush(), any.
 */
#include "resolver/state/state-private.h"

#include <errno.h>
#include <time.h>

enum { RETRY_SECONDS = 60, PRUNE_SECONDS = 86400 };

/* ---- one write ---- */

/* A copy of what is to be written, made under the lock. */
typedef struct {
    char          *group, *name;
    gint64         at, keep_from;
    gboolean       whole;
    Names         *last, *stored;
    gboolean       is_approval;
    StateApproval *approval; /* NULL: there is none */
} Task;

static void
task_clear(Task *task)
{
    g_free(task->group);
    g_free(task->name);
    names_unref(task->last);
    names_unref(task->stored);
    state_approval_free(task->approval);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Task, task_clear)

static char *
take_any(GHashTable *set)
{
    GHashTableIter iter;
    gpointer       key;

    g_hash_table_iter_init(&iter, set);
    if (!g_hash_table_iter_next(&iter, &key, NULL))
        return NULL;
    g_hash_table_iter_steal(&iter);
    return key;
}

/* Approvals first: somebody waits for those. */
static gboolean
take_task(State *state, Task *task)
{
    gint64 now = g_get_real_time();

    *task = (Task){.keep_from = state_keep_from(state, now)};
    task->group = take_any(state->unwritten_approvals);
    if (task->group != NULL) {
        const StateApproval *approval = approvals_get(state->approvals, task->group, now);
        task->is_approval = TRUE;
        task->approval = approval != NULL ? approval_copy(approval) : NULL;
        return TRUE;
    }
    task->group = take_any(state->unwritten);
    if (task->group == NULL)
        return FALSE;
    const Record *record = g_hash_table_lookup(state->records, task->group);
    task->name = g_strdup(record->name);
    task->at = record->at;
    task->whole = record->whole;
    task->last = record->last != NULL ? names_ref(record->last) : NULL;
    task->stored = record->stored != NULL ? names_ref(record->stored) : NULL;
    return TRUE;
}

static gboolean
write_roster(StateFile *file, const Task *task, GError **error)
{
    StateRoster roster = {task->group, task->name, task->at, task->whole, task->last};
    StateStep   step = {.at = task->at};

    if (task->stored == NULL)
        return state_file_write(file, &roster, &step, task->keep_from, error);
    g_autoptr(Names) joined = names_without(task->last, task->stored);
    g_autoptr(Names) left = names_without(task->stored, task->last);
    step.joined = joined;
    step.left = left;
    /* It may be as it was again: what was in between never reached the file. */
    gboolean is_step = names_count(joined) + names_count(left) > 0;
    return state_file_write(file, &roster, is_step ? &step : NULL, task->keep_from, error);
}

/* The file's lock is held. */
static gboolean
do_task(State *state, const Task *task, GError **error)
{
    if (task->is_approval)
        return state_file_write_approval(state->file, task->group, task->approval, error);
    return task->last == NULL || write_roster(state->file, task, error);
}

/* ---- what came of it ---- */

static void
set_failing(State *state, const GError *error)
{
    gboolean was = state->failing;

    state->failing = error != NULL;
    if (was == state->failing)
        return;
    pthread_mutex_unlock(&state->lock);
    if (error != NULL)
        state_report(state, FALSE, "%s; going on in memory", error->message);
    else
        state_report(state, TRUE, "%s is written again", state->file_name);
    pthread_mutex_lock(&state->lock);
}

static void
end_task(State *state, Task *task, const GError *error)
{
    Record *record = task->is_approval ? NULL : g_hash_table_lookup(state->records, task->group);

    if (error != NULL)
        g_hash_table_add(task->is_approval ? state->unwritten_approvals : state->unwritten,
                         g_steal_pointer(&task->group));
    else if (record != NULL && record->stored == task->stored && task->last != NULL) {
        names_unref(record->stored);
        record->stored = names_ref(task->last);
    }
}

static void
prune(State *state)
{
    g_autoptr(GError) error = NULL;
    gint64 now = g_get_real_time(), keep_from = state_keep_from(state, now);

    state->prune = FALSE;
    pthread_mutex_unlock(&state->lock);
    pthread_mutex_lock(&state->file_lock);
    gboolean pruned = state_file_prune(state->file, keep_from, now, &error);
    pthread_mutex_unlock(&state->file_lock);
    pthread_mutex_lock(&state->lock);
    set_failing(state, pruned ? NULL : error);
}

/* ---- the thread ---- */

static gboolean
is_idle(const State *state)
{
    return g_hash_table_size(state->unwritten) == 0 && g_hash_table_size(state->unwritten_approvals) == 0;
}

/* The file's lock comes first, so that whoever has it can be sure that nothing is on its way. */
static gboolean
work_once(State *state)
{
    g_auto(Task) task = {0};
    g_autoptr(GError) error = NULL;

    pthread_mutex_unlock(&state->lock);
    pthread_mutex_lock(&state->file_lock);
    pthread_mutex_lock(&state->lock);
    gboolean has_task = take_task(state, &task);
    pthread_mutex_unlock(&state->lock);
    if (has_task)
        do_task(state, &task, &error);
    pthread_mutex_lock(&state->lock);
    if (has_task)
        end_task(state, &task, error);
    pthread_mutex_unlock(&state->file_lock);
    if (has_task)
        set_failing(state, error);
    return has_task && error == NULL;
}

/* The lock is held, and let go while the disk is waited for. */
static void
work(State *state)
{
    state->writing = TRUE;
    while (work_once(state))
        continue;
    state->writing = FALSE;
    pthread_cond_broadcast(&state->idle);
}

/* Until there is something to do, or it is time to try again. */
static void
wait_for_work(State *state)
{
    struct timespec until;

    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += state->failing ? RETRY_SECONDS : PRUNE_SECONDS;
    int result = pthread_cond_timedwait(&state->wake, &state->lock, &until);
    state->prune |= result == ETIMEDOUT;
}

static void *
run(void *data)
{
    State *state = data;

    pthread_mutex_lock(&state->lock);
    while (!state->stopping) {
        if (state->prune)
            prune(state);
        if (!is_idle(state))
            work(state);
        if (!state->stopping && !state->prune && (is_idle(state) || state->failing))
            wait_for_work(state);
    }
    if (!is_idle(state))
        work(state);
    pthread_mutex_unlock(&state->lock);
    return NULL;
}

void
state_writer_start(State *state)
{
    if (pthread_create(&state->thread, NULL, run, state) != 0)
        g_error("no thread for the state");
    pthread_mutex_lock(&state->lock);
    state->has_thread = TRUE;
    pthread_mutex_unlock(&state->lock);
}

void
state_writer_stop(State *state)
{
    if (!state->has_thread)
        return;
    pthread_mutex_lock(&state->lock);
    state->stopping = TRUE;
    pthread_cond_signal(&state->wake);
    pthread_mutex_unlock(&state->lock);
    pthread_join(state->thread, NULL);
}

gboolean
state_flush(State *state)
{
    pthread_mutex_lock(&state->lock);
    pthread_cond_signal(&state->wake);
    while (state->has_thread && (!is_idle(state) || state->writing) && !state->failing)
        pthread_cond_wait(&state->idle, &state->lock);
    gboolean written = is_idle(state);
    pthread_mutex_unlock(&state->lock);
    return written;
}
