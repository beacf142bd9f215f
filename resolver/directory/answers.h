/* SPDX-License-Identifier: BSD-2-Clause
 * answers.h - what a directory answered, remembered by question for a bounded time; each question is asked once at a
 * time
 *
 * Any number of threads may call at once.
 */
#pragma once

#include "rollcall/directory.h"

/* Entries of an answer, immutable, with the time when it was asked for. */
typedef struct {
    int        references;
    gint64     asked;   /* monotonic microseconds */
    GPtrArray *entries; /* of Entry, or (of find_many) of GPtrArray of Entry */
    gsize      cost;    /* in entries; at least 1 */
} KeptAnswer;
KeptAnswer *kept_answer_new(GPtrArray *entries, gsize n_entries, gint64 asked); /* takes over `entries` */
KeptAnswer *kept_answer_ref(KeptAnswer *answer);
void        kept_answer_unref(KeptAnswer *answer);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(KeptAnswer, kept_answer_unref)

typedef struct Answers Answers;
/* Answers older than `keep` (microseconds) and the oldest beyond `most` entries go. Where an answer takes longer than a
 * second, only `most_waiting` callers go on waiting for those of others. */
Answers *answers_new(gint64 keep, gsize most, guint most_waiting);
void     answers_free(Answers *answers);
/* One that was asked for not longer ago than `age`; NULL: none. Caller: kept_answer_unref(). */
KeptAnswer *answers_get(Answers *answers, const char *question, gint64 age);
/* The same, or else what `ask` brings, without any lock; who asks the same meanwhile waits for that answer until
 * `deadline` (UNAVAILABLE then), or gets the same error. */
typedef KeptAnswer *(*AnswersAskFunc)(gpointer user_data, GError **error);
KeptAnswer *answers_get_or_ask(Answers *answers, const char *question, gint64 age, gint64 deadline, AnswersAskFunc ask,
                               gpointer user_data, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* How many entries are kept, in how many answers. */
void answers_count(Answers *answers, gsize *n_entries, gsize *n_answers);
