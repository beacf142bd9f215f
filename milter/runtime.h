/* SPDX-License-Identifier: BSD-2-Clause
 * runtime.h - one configuration in force: the settings and everything that was opened by them
 *
 * A Runtime is immutable. A message holds one from its first to its last callback, so it never sees two.
 */
#pragma once

#include "milter/trace.h"
#include "rollcall/origin.h"
#include "rollcall/resolver.h"
#include "rollcall/settings.h"

#include <glib.h>

typedef struct {
    Settings    *settings;
    Resolver    *resolver;
    Endpoints   *endpoints; /* NULL: published addresses are not asked for */
    OriginJudge *judge;
    TraceKey    *trace_key;
    State       *state; /* shared over reloads while its file is the same; NULL: the configuration is only checked */
    char        *split_domain; /* as a key; NULL: nothing is split off */
    guint        generation;   /* 1 at the start, one more with each reload */
    guint        holders;      /* the store's */
} Runtime;

/* Opens what the settings name, reporting what happens in the directory and to the published addresses to the mail log.
 * May take long and starts
 * threads: never in a callback. `check_only`: makes no files, and opens no state. `before`: the runtime in force, NULL at the
 * start; what both have in common (mirror, state) they share. Caller: runtime_free(), or hands it to a store. */
Runtime *runtime_open(Settings *settings, const Runtime *before, gboolean check_only,
                      GError **error) G_GNUC_WARN_UNUSED_RESULT;
void     runtime_free(Runtime *runtime);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Runtime, runtime_free)

/* The one in force. Any thread. */
typedef struct RuntimeStore RuntimeStore;
/* Takes over `first`. */
RuntimeStore *runtime_store_new(Runtime *first);
/* Nobody may hold a runtime any more, or only such callers as never release it. */
void runtime_store_free(RuntimeStore *store);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(RuntimeStore, runtime_store_free)

Runtime *runtime_store_acquire(RuntimeStore *store) G_GNUC_WARN_UNUSED_RESULT;
/* Frees nothing: freeing joins threads of the directory, and callbacks must not wait for that. The last holder of a
 * runtime that is no longer in force calls `wake`. */
void runtime_store_release(RuntimeStore *store, Runtime *runtime);
/* Takes over `next` and numbers it. */
void runtime_store_publish(RuntimeStore *store, Runtime *next);
/* Frees those that nobody holds any more; for the thread that reloads. */
void runtime_store_collect(RuntimeStore *store);
/* Whom to tell that there is something to collect; NULL for nobody. Called under the store's lock, so that nobody
 * is called any more once this has returned. */
void runtime_store_set_wake(RuntimeStore *store, void (*wake)(gpointer), gpointer user_data);
/* Whether a message holds one. */
gboolean runtime_store_is_held(RuntimeStore *store);
