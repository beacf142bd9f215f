/* SPDX-License-Identifier: BSD-2-Clause
 * state-private.h - the inside of the state, for the files of this folder
 */
#pragma once

#include "rollcall/state.h"

#include "resolver/state/approvals.h"
#include "resolver/state/names.h"
#include "resolver/state/state-file.h"

#include <pthread.h>

/* One group. Never freed before the state is, but its texts and names change under the lock. */
typedef struct {
    char    *group, *name;
    gint64   at;     /* when a message first went to `last` */
    gboolean whole;  /* as in StateChange */
    Names   *last;   /* NULL: forgotten */
    Names   *stored; /* what the file has; NULL: nothing. The same object as `last` once that is written */
} Record;

struct State {
    int           reference_count;
    char         *file_name;
    gboolean      read_only;
    StateObserver observer;
    gpointer      observer_data;

    pthread_mutex_t lock;    /* what follows; held for memory work only */
    pthread_cond_t  wake;    /* the writer */
    pthread_cond_t  idle;    /* those who wait for the writer */
    GHashTable     *records; /* identity -> Record, which owns it */
    Approvals      *approvals;
    /* Sets of identities (owned) of what the file does not have yet: bounded by the groups there are, and each is
     * written as it is when its turn comes. */
    GHashTable *unwritten, *unwritten_approvals;
    guint       days;
    gboolean    prune, stopping, writing, failing; /* failing: the last write did, and was reported */

    pthread_mutex_t file_lock; /* what follows; may be held while the disk is waited for. Never taken under `lock` */
    StateFile      *file;      /* NULL: in memory only */

    pthread_t thread;
    gboolean  has_thread;
};

void state_report(const State *state, gboolean good, const char *format, ...) G_GNUC_PRINTF(3, 4);
/* The lock is held. The file has to be told of the group's roster, or approval. */
void state_note_unwritten(State *state, GHashTable *set, const char *group);
/* How far back differences are kept; the lock is held. */
gint64 state_keep_from(const State *state, gint64 now);

/* state-writer.c: starts and ends the thread. */
void state_writer_start(State *state);
void state_writer_stop(State *state);
