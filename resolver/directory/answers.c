/* SPDX-License-Identifier: BSD-2-Clause
 * answers.c - what a directory answered, remembered by question for a bounded time; each question is asked once at a
 * time
 *
 * Owns:     the answers kept, and the questions under way.
 * Promises: the lock is held for memory work only; no more entries than allowed are kept, whatever is asked.
 * Threads:  any.
 */
#include "resolver/directory/answers.h"

#include <pthread.h>
#include <time.h>

/* Under the table's lock, as all of it. */
typedef struct {
    gint64      began;
    guint       users;
    gboolean    done;
    KeptAnswer *answer; /* done: this, or ... */
    GError     *error;  /* ... this */
} Asking;

typedef struct {
    char       *question;
    KeptAnswer *answer;
    GList      *place; /* in `oldest_first` */
} Kept;

struct Answers {
    gint64          keep;
    gsize           most;
    guint           most_waiting, n_waiting; /* for what others ask */
    pthread_mutex_t lock;
    pthread_cond_t  answered;     /* some question has been */
    GHashTable     *kept;         /* question (borrowed from the value) -> Kept (owned) */
    GQueue          oldest_first; /* of Kept */
    GHashTable     *asking;       /* question (owned) -> Asking */
    gsize           n_entries;
};

/* ---- one answer ---- */

KeptAnswer *
kept_answer_new(GPtrArray *entries, gsize n_entries, gint64 asked)
{
    KeptAnswer *answer = g_new0(KeptAnswer, 1);

    answer->references = 1;
    answer->asked = asked;
    answer->entries = entries;
    answer->cost = MAX(n_entries, 1);
    return answer;
}

KeptAnswer *
kept_answer_ref(KeptAnswer *answer)
{
    g_atomic_int_inc(&answer->references);
    return answer;
}

void
kept_answer_unref(KeptAnswer *answer)
{
    if (answer == NULL || !g_atomic_int_dec_and_test(&answer->references))
        return;
    g_ptr_array_unref(answer->entries);
    g_free(answer);
}

/* ---- what is kept ---- */

static void
kept_free(gpointer data)
{
    Kept *kept = data;

    kept_answer_unref(kept->answer);
    g_free(kept->question);
    g_free(kept);
}

Answers *
answers_new(gint64 keep, gsize most, guint most_waiting)
{
    Answers           *answers = g_new0(Answers, 1);
    pthread_condattr_t attributes;

    answers->keep = keep;
    answers->most = most;
    answers->most_waiting = most_waiting;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&answers->answered, &attributes);
    pthread_condattr_destroy(&attributes);
    pthread_mutex_init(&answers->lock, NULL);
    answers->kept = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, kept_free);
    answers->asking = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    return answers;
}

void
answers_free(Answers *answers)
{
    if (answers == NULL)
        return;
    g_queue_clear(&answers->oldest_first);
    g_hash_table_unref(answers->kept);
    g_hash_table_unref(answers->asking);
    pthread_cond_destroy(&answers->answered);
    pthread_mutex_destroy(&answers->lock);
    g_free(answers);
}

static void
forget(Answers *answers, Kept *kept)
{
    answers->n_entries -= kept->answer->cost;
    g_queue_delete_link(&answers->oldest_first, kept->place);
    g_hash_table_remove(answers->kept, kept->question);
}

/* The places are in the order of keeping, which is nearly that of asking. */
static void
make_room(Answers *answers, gsize cost)
{
    gint64 now = g_get_monotonic_time();
    Kept  *oldest;

    while ((oldest = g_queue_peek_head(&answers->oldest_first)) != NULL &&
           (answers->n_entries + cost > answers->most || now - oldest->answer->asked > answers->keep))
        forget(answers, oldest);
}

static void
keep(Answers *answers, const char *question, KeptAnswer *answer)
{
    Kept *before = g_hash_table_lookup(answers->kept, question);

    if (before != NULL)
        forget(answers, before);
    if (answer->cost > answers->most)
        return;
    make_room(answers, answer->cost);
    Kept *kept = g_new0(Kept, 1);
    kept->question = g_strdup(question);
    kept->answer = kept_answer_ref(answer);
    g_queue_push_tail(&answers->oldest_first, kept);
    kept->place = answers->oldest_first.tail;
    g_hash_table_insert(answers->kept, kept->question, kept);
    answers->n_entries += answer->cost;
}

/* Locked. */
static KeptAnswer *
recall(Answers *answers, const char *question, gint64 age)
{
    const Kept *kept = g_hash_table_lookup(answers->kept, question);

    if (kept == NULL || g_get_monotonic_time() - kept->answer->asked > age)
        return NULL;
    return kept_answer_ref(kept->answer);
}

KeptAnswer *
answers_get(Answers *answers, const char *question, gint64 age)
{
    pthread_mutex_lock(&answers->lock);
    KeptAnswer *answer = recall(answers, question, age);
    pthread_mutex_unlock(&answers->lock);
    return answer;
}

void
answers_count(Answers *answers, gsize *n_entries, gsize *n_answers)
{
    pthread_mutex_lock(&answers->lock);
    *n_entries = answers->n_entries;
    *n_answers = g_hash_table_size(answers->kept);
    pthread_mutex_unlock(&answers->lock);
}

/* ---- asking ---- */

static void
asking_leave(Asking *asking)
{
    if (--asking->users > 0)
        return;
    kept_answer_unref(asking->answer);
    g_clear_error(&asking->error);
    g_free(asking);
}

static KeptAnswer *
asking_result(const Asking *asking, GError **error)
{
    if (asking->answer != NULL)
        return kept_answer_ref(asking->answer);
    g_propagate_error(error, g_error_copy(asking->error));
    return NULL;
}

/* Called with the lock held, which is given back while `ask` works. */
static KeptAnswer *
ask_now(Answers *answers, const char *question, AnswersAskFunc ask, gpointer user_data, GError **error)
{
    Asking *asking = g_new0(Asking, 1);
    GError *failure = NULL;

    asking->users = 1;
    asking->began = g_get_monotonic_time();
    g_hash_table_insert(answers->asking, g_strdup(question), asking);
    pthread_mutex_unlock(&answers->lock);
    KeptAnswer *answer = ask(user_data, &failure);
    pthread_mutex_lock(&answers->lock);

    g_hash_table_remove(answers->asking, question);
    asking->answer = answer;
    asking->error = failure;
    asking->done = TRUE;
    pthread_cond_broadcast(&answers->answered);
    if (answer != NULL)
        keep(answers, question, answer);
    KeptAnswer *result = asking_result(asking, error);
    asking_leave(asking);
    return result;
}

/* A short wait does no harm, whoever waits. */
static gboolean
is_crowded(const Answers *answers, const Asking *asking, gint64 now)
{
    return answers->n_waiting > answers->most_waiting && now - asking->began >= G_USEC_PER_SEC;
}

static const char *
wait_until_answered(Answers *answers, Asking *asking, gint64 deadline)
{
    for (gint64 now = g_get_monotonic_time(); !asking->done; now = g_get_monotonic_time()) {
        if (is_crowded(answers, asking, now))
            return "too many requests are waiting";
        if (now >= deadline)
            return "the time is over, waiting for the same question's answer";
        gint64          soon = asking->began + G_USEC_PER_SEC;
        gint64          until = soon > now ? MIN(deadline, soon) : deadline;
        struct timespec time = {.tv_sec = until / G_USEC_PER_SEC, .tv_nsec = until % G_USEC_PER_SEC * 1000};
        pthread_cond_timedwait(&answers->answered, &answers->lock, &time);
    }
    return NULL;
}

static KeptAnswer *
wait_for(Answers *answers, Asking *asking, gint64 deadline, GError **error)
{
    KeptAnswer *result = NULL;

    asking->users++;
    answers->n_waiting++;
    const char *why = wait_until_answered(answers, asking, deadline);
    answers->n_waiting--;
    if (why == NULL)
        result = asking_result(asking, error);
    else
        g_set_error_literal(error, DIRECTORY_ERROR, DIRECTORY_ERROR_UNAVAILABLE, why);
    asking_leave(asking);
    return result;
}

KeptAnswer *
answers_get_or_ask(Answers *answers, const char *question, gint64 age, gint64 deadline, AnswersAskFunc ask,
                   gpointer user_data, GError **error)
{
    pthread_mutex_lock(&answers->lock);
    KeptAnswer *answer = recall(answers, question, age);
    Asking     *asking = g_hash_table_lookup(answers->asking, question);
    if (answer == NULL)
        answer = asking == NULL ? ask_now(answers, question, ask, user_data, error)
                                : wait_for(answers, asking, deadline, error);
    pthread_mutex_unlock(&answers->lock);
    return answer;
}
