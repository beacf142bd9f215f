/* SPDX-License-Identifier: BSD-2-Clause
 * ldap-job.c - one request of a caller, shared by the caller and the worker that runs it
 *
 * Owns:     the request, the entries not handed over yet, the result.
 * Promises: a caller that stops waiting leaves at once; the worker notices and ends the operation.
 * Threads:  the two sides, each through its own functions.
 */
#include "ldap-private.h"

#include <time.h>

LdapJob *
ldap_job_new(LdapJobKind kind, gint64 deadline)
{
    LdapJob           *job = g_new0(LdapJob, 1);
    pthread_condattr_t monotonic;

    job->references = 1;
    job->kind = kind;
    job->deadline = deadline;
    job->entries = g_ptr_array_new_with_free_func((GDestroyNotify)entry_unref);
    pthread_mutex_init(&job->lock, NULL);
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&job->changed, &monotonic);
    pthread_condattr_destroy(&monotonic);
    return job;
}

LdapJob *
ldap_job_ref(LdapJob *job)
{
    g_atomic_int_inc(&job->references);
    return job;
}

void
ldap_job_unref(LdapJob *job)
{
    if (!g_atomic_int_dec_and_test(&job->references))
        return;
    g_strfreev(job->bases);
    g_strfreev(job->dns);
    g_strfreev(job->attributes);
    g_clear_pointer(&job->filter, filter_unref);
    g_clear_pointer(&job->addresses, g_ptr_array_unref);
    g_ptr_array_unref(job->entries);
    g_clear_error(&job->error);
    g_free(job->label);
    pthread_cond_destroy(&job->changed);
    pthread_mutex_destroy(&job->lock);
    g_free(job);
}

void
ldap_job_start(LdapJob *job, const char *label)
{
    pthread_mutex_lock(&job->lock);
    job->state = JOB_RUNNING;
    job->progress = g_get_monotonic_time();
    g_free(job->label);
    job->label = g_strdup(label);
    pthread_mutex_unlock(&job->lock);
}

void
ldap_job_deliver(LdapJob *job, GPtrArray *batch)
{
    if (batch->len == 0)
        return;
    pthread_mutex_lock(&job->lock);
    g_ptr_array_extend_and_steal(job->entries, g_ptr_array_ref(batch));
    if (!job->whole)
        pthread_cond_signal(&job->changed);
    pthread_mutex_unlock(&job->lock);
}

void
ldap_job_finish(LdapJob *job, GError *error)
{
    pthread_mutex_lock(&job->lock);
    job->state = JOB_DONE;
    job->error = error;
    pthread_cond_signal(&job->changed);
    pthread_mutex_unlock(&job->lock);
}

gboolean
ldap_job_forget_entries(LdapJob *job)
{
    pthread_mutex_lock(&job->lock);
    gboolean unseen = !job->handed;
    g_ptr_array_set_size(job->entries, 0);
    pthread_mutex_unlock(&job->lock);
    return unseen;
}

static gboolean
wait_until(LdapJob *job, gint64 until)
{
    struct timespec time = {.tv_sec = until / G_USEC_PER_SEC, .tv_nsec = until % G_USEC_PER_SEC * 1000};

    return pthread_cond_timedwait(&job->changed, &job->lock, &time) == 0;
}

/* What ended an answer of which a part was already used makes it incomplete, not absent. */
static void
hand_out_error(const LdapJob *job, GError **error)
{
    if (job->error == NULL)
        return;
    g_propagate_error(error, g_error_copy(job->error));
    if (job->handed && g_error_matches(job->error, DIRECTORY_ERROR, DIRECTORY_ERROR_UNAVAILABLE) && error != NULL)
        (*error)->code = DIRECTORY_ERROR_INCOMPLETE;
}

GPtrArray *
ldap_job_take(LdapJob *job, gint64 until, gboolean *done, GError **error)
{
    GPtrArray *taken = NULL;

    pthread_mutex_lock(&job->lock);
    while (job->state != JOB_DONE && (job->whole || job->entries->len == 0) && wait_until(job, until))
        ;
    *done = job->state == JOB_DONE;
    gboolean failed = *done && job->error != NULL;
    if (!failed && job->entries->len > 0 && (*done || !job->whole)) {
        taken = job->entries;
        job->entries = g_ptr_array_new_with_free_func((GDestroyNotify)entry_unref);
        job->handed = TRUE;
    }
    if (failed)
        hand_out_error(job, error);
    pthread_mutex_unlock(&job->lock);
    return taken;
}

gint64
ldap_job_patience(LdapJob *job, gint64 pool_progress, gint64 answer_timeout)
{
    pthread_mutex_lock(&job->lock);
    gint64 heard = job->progress;
    if (job->state == JOB_QUEUED) /* whoever waits in line is served as long as the line moves */
        heard = MAX(heard, pool_progress);
    pthread_mutex_unlock(&job->lock);
    return MIN(job->deadline, heard + answer_timeout);
}

char *
ldap_job_label(LdapJob *job)
{
    pthread_mutex_lock(&job->lock);
    char *label = g_strdup(job->label);
    pthread_mutex_unlock(&job->lock);
    return label;
}
