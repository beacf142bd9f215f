/* SPDX-License-Identifier: BSD-2-Clause
 * stream.h - what a server reports of one naming context, batch by batch
 *
 * A stream asks one server at a time for everything below its context that changed, by whichever means the server has, and
 * hands it on. It knows nothing of images and stores: who receives the batches applies them.
 */
#pragma once

#include "resolver/directory/image/change.h"
#include "resolver/directory/ldap/ldap-private.h"

#include <glib.h>

typedef enum {
    STREAM_PUT,    /* `entry` is whole */
    STREAM_PATCH,  /* `entry` is the DN as it is now and nothing else; `changes` say what else changed */
    STREAM_REMOVE, /* it has been deleted, or has left the context; it may never have been known */
    STREAM_EXISTS, /* it is there, unchanged; of one that is not known: do not take the batch */
} StreamChangeKind;

/* Whatever is below an entry whose DN has changed has a new DN too, by PUT as by PATCH, and no change of its own says so.
 * Links to a deleted entry go with it, likewise. A full pass may come back to an entry with a PATCH (more of its links), or
 * a REMOVE. */

/* One attribute of a PATCH; as ImageChange, with values of its own. */
typedef struct {
    ImageChangeKind kind;
    char           *attribute;
    GPtrArray      *values; /* of GBytes, with a NUL behind each that does not count */
} StreamAttribute;

typedef struct {
    StreamChangeKind kind;
    EntryId          id;
    const Entry     *entry;   /* PUT, PATCH */
    EntryId          parent;  /* PUT, PATCH: which entry it is below; by its id, since its name may be changing, too */
    gboolean         has_parent; /* ... if the server says so */
    gboolean         stays;   /* PATCH: with the name and below the entry that it had */
    GPtrArray       *changes; /* PATCH: of StreamAttribute */
} StreamChange;

typedef enum {
    STREAM_CHANGES, /* what changed since the cookie */
    STREAM_FULL,    /* everything, anew: what no batch of this pass names is gone */
    STREAM_PRESENCE, /* the ids of everything there is: likewise, but most of them are only said to exist. Those that a PUT
                      * names exist too */
} StreamPass;

typedef struct {
    StreamPass pass;
    gboolean   first; /* of its pass */
    gboolean   last;  /* of its pass: only now is what it says a state of the directory */
    GPtrArray *changes; /* of StreamChange */
    gboolean   in_order; /* one after the other, as they were made; else all as they are now, in any order */
    char      *top;     /* under which all of it lies: the context, or the naming context that holds it */
    GBytes    *cookie;  /* last: where to go on after it; NULL: as before */
    gint64     as_of;   /* last: monotonic microseconds; all that the server had before is included */
} StreamBatch;

void stream_batch_free(StreamBatch *batch);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(StreamBatch, stream_batch_free)

typedef enum { STREAM_METHOD_AUTO, STREAM_METHOD_DIRSYNC, STREAM_METHOD_SYNCREPL, STREAM_METHOD_POLL } StreamMethod;

typedef struct {
    LdapPool          *pool;       /* whose servers, breakers and settings it uses; borrowed */
    const char        *context;    /* the base: a naming context, or for other methods than DirSync any DN */
    const char *const *attributes; /* what is asked for */
    StreamMethod       method;
    gint64             poll_interval;     /* microseconds */
    gint64             presence_interval; /* microseconds between two presence passes; 0: none */
    GBytes            *cookie;     /* of an earlier stream with the same context and attributes; NULL: begin with a full pass */
    /* All on the stream's own thread. `deliver` takes over the batch, applies it, and returns whether it took it: FALSE
     * (say, because it does not fit to what is there): the stream begins a full pass. */
    gboolean (*deliver)(StreamBatch *batch, gpointer user_data);
    /* A line of fixed words and name=value, escaped; good, or bad: somebody may have to act. */
    DirectoryObserver observe;
    gpointer          user_data;
} StreamSettings;

typedef struct Stream Stream;
/* Starts its thread and returns at once. A server that fails is tried again, and the next one if there is one: a cookie that
 * another server refuses costs a full pass. Settings are copied. NULL with DIRECTORY_ERROR_SETTINGS, or no thread. */
Stream *stream_start(const StreamSettings *settings, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Ends within a second whatever the server does; no `deliver` is called any more once it returns. */
void stream_stop(Stream *stream);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Stream, stream_stop)
/* Begins a full pass (or a presence pass) soon, whatever else is going on. Any thread. */
void stream_refresh(Stream *stream, StreamPass pass);

/* For the status. Any thread; caller: stream_status_clear(). */
typedef struct {
    StreamMethod method;  /* in use; AUTO: not known yet */
    char        *server;  /* NULL: none */
    const char  *doing;   /* "connecting", "full pass", "presence pass", "following", "waiting": static */
    char        *error;   /* the last; NULL: none since it last went well */
    gint64       as_of;   /* of the last complete pass; 0: none */
    guint64      changes; /* delivered since it started */
    guint64      full_passes, presence_passes;
} StreamStatus;
void stream_status(Stream *stream, StreamStatus *status);
void stream_status_clear(StreamStatus *status);
