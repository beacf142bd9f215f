/* SPDX-License-Identifier: BSD-2-Clause
 * stream-private.h - what the files of a stream share
 *
 * From the outside in: stream.c has the thread, and chooses server and method; a StreamRun is what it does on one
 * connection. A method (stream-dirsync.c, stream-syncrepl.c, stream-poll.c) follows the server for as long as the
 * connection lives; stream-passes.c is what those have in common that ask again and again. What they find goes into the
 * pass under way (stream-batch.c), which hands it on.
 */
#pragma once

#include "stream.h"

#define STREAM_ERROR stream_error_quark()
GQuark stream_error_quark(void);
typedef enum {
    STREAM_ERROR_AGAIN,   /* what came before is no ground to build on: a full pass */
    STREAM_ERROR_ASKED,   /* somebody wants a full pass */
    STREAM_ERROR_STOPPED, /* nobody wants it any more */
} StreamError;

/* ---- stream-note.c: what is behind a stream's cookie ---- */

typedef struct {
    const char *method;
    char       *context;
    GBytes     *cookie;    /* the server's, or the method's own */
    GHashTable *marks;     /* server's identity -> how far it had got, as it counts */
    GHashTable *strangers; /* set of EntryId: what searches show and the method does not */
} StreamNote;
StreamNote *stream_note_new(const char *method, const char *context, GBytes *cookie);
void        stream_note_free(StreamNote *note);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(StreamNote, stream_note_free)
/* The first of another server's marks goes when there are too many. */
void    stream_note_mark(StreamNote *note, const char *identity, guint64 mark);
GBytes *stream_note_write(const StreamNote *note); /* caller: g_bytes_unref() */
/* NULL: not one of ours, or of another method or context. */
StreamNote *stream_note_read(GBytes *octets, const char *method, const char *context);
/* Whether the server has forgotten what it had: it counts less than it did. */
gboolean stream_note_is_ahead(const StreamNote *note, const char *identity, guint64 mark);

/* ---- stream.c, stream-thread.c ---- */

typedef struct {
    char    *identity; /* which server, and which life of it */
    char    *suffix;   /* the naming context that holds the base; NULL: not said */
    guint64  usn;      /* highestCommittedUSN; 0: it has none */
    gboolean dirsync, extended, syncrepl, samba;
} StreamServer;

typedef struct {
    Stream               *stream;
    const StreamSettings *settings; /* the stream's own copy */
    LdapConnection       *connection;
    StreamServer          server;
    const char           *context;      /* what is asked for: the base, or the naming context that holds it */
    StreamNote           *note;         /* where to go on; NULL: at the beginning */
    gboolean              blind;        /* deletions are not reported */
    gboolean              ids_from_dns; /* the server has none of its own */
    guint                 n_nameless;   /* entries that showed no id to the last presence search */
    gint64                presence_due; /* monotonic; G_MAXINT64: never */
    EntryBuilder         *builder;      /* of stream_whole_entry(); NULL: none yet */
    /* the pass under way */
    StreamBatch *batch;
    guint64      n_changes;
    gint64       kept;        /* when the receiver was given a note */
    gpointer     method_data; /* the method's own, while it follows */
    GHashTable  *born, *gone; /* of EntryId: what passes since a presence pass began have said; NULL: none has */
} StreamRun;

typedef struct {
    const char  *name;
    StreamMethod method;
    const char *(*context)(const StreamRun *run); /* what it will ask for */
    /* Until the connection fails, or the stream stops: always FALSE with an error. */
    gboolean (*follow)(StreamRun *run, GError **error);
} StreamMethodClass;
extern const StreamMethodClass stream_dirsync;  /* stream-dirsync.c */
extern const StreamMethodClass stream_syncrepl; /* stream-syncrepl.c */
extern const StreamMethodClass stream_poll;     /* stream-poll.c */

struct Stream {
    gint            references; /* the caller's, and the thread's */
    StreamSettings  settings;   /* strings are copies */
    char           *context;
    char          **attributes;
    LdapConfig     *config, *patient;
    pthread_t       thread;
    LdapGuard       guard;
    pthread_mutex_t lock;
    pthread_cond_t  changed;
    /* under `lock` */
    gboolean     stopping, ended;
    gboolean     busy; /* the thread is inside the pool, or the receiver */
    gboolean     wants_full, wants_presence;
    StreamStatus status; /* strings are its own */
    /* of the thread */
    const StreamMethodClass *method;
    GBytes                  *note;   /* where to go on; NULL: at the beginning */
    gboolean                 polls;  /* what AUTO has chosen first was refused */
    gboolean                 failed; /* reported, and not well again since */
    gint64                   presence_due, pause;
    gint64                   anew, anew_pause; /* when it last had to begin anew, and how long it waited then */
    gint64                   lacking;          /* since when there has been no server; 0: there is one */
    char                    *said;             /* by stream_report_once() */
    LdapServer              *avoid;
};

/* Hands a batch to the receiver. FALSE with STREAM_ERROR: not taken, or the stream stops. Takes over `batch`. */
gboolean stream_deliver(Stream *stream, StreamBatch *batch, GError **error);
/* Before anything borrowed is touched, the pool or the receiver, and after. FALSE: the stream stops. */
gboolean stream_enter(Stream *stream);
void     stream_leave(Stream *stream);
gboolean stream_is_stopping(Stream *stream);
void     stream_unref(Stream *stream);
void    *stream_main(void *stream);
/* Takes over `text`. Silent once the stream stops. */
void stream_report(Stream *stream, DirectoryEventKind kind, char *text);
/* A bad line "WHAT: context= server= NAME=TEXT", if it is not the one that was said last. */
void stream_report_once(Stream *stream, const LdapServer *server, const char *what, const char *name, const char *text);
void stream_doing(Stream *stream, const char *what); /* static text, for the status */
/* Waits until `until`, or until somebody wants something. FALSE with STREAM_ERROR_STOPPED or _ASKED.
 */
gboolean stream_rest(StreamRun *run, gint64 until, GError **error);
void     stream_pause(Stream *stream, gint64 until);     /* likewise, but only for the end of the stream */
gboolean stream_goes_on(Stream *stream, GError **error); /* the same without waiting */
gboolean stream_takes_presence(Stream *stream);          /* whether somebody wants a presence pass; he gets it now */
/* While a server may have much to think about before it says anything. */
void stream_be_patient(StreamRun *run, gboolean patient);
/* The pass is complete, this is where to go on. Takes over `cookie`. Where nothing has
 * changed the receiver gets the note only now and then: an older one does as well. */
gboolean stream_arrive(StreamRun *run, GBytes *cookie, gint64 as_of, GError **error);

/* ---- stream-server.c: what a server says of itself ---- */

gboolean stream_server_read(StreamRun *run, GError **error);
void     stream_server_clear(StreamServer *server);
gboolean stream_server_usn(StreamRun *run, GError **error); /* reads only that again */
/* Sent along with every request that names no controls of its own, until it is NULL again. */
void stream_server_control(StreamRun *run, const char *oid, const struct berval *value);
/* All values of one attribute of one entry, joined by blanks. NULL without error: none. Caller: g_free(). */
gboolean stream_server_value(StreamRun *run, const char *dn, const char *attribute, char **value, GError **error);

/* ---- stream-batch.c: the pass under way ---- */

void          stream_change_free(StreamChange *change);
StreamChange *stream_change_new(StreamChangeKind kind, const EntryId *id);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(StreamChange, stream_change_free)
StreamAttribute *stream_attribute_new(ImageChangeKind kind, const char *attribute, const struct berval *values);
void             stream_pass_begin(StreamRun *run, StreamPass pass);
/* Takes over `change`. FALSE: it could not be delivered. */
gboolean stream_pass_add(StreamRun *run, StreamChange *change, GError **error);
/* Delivers the last batch. `note` may be NULL. */
gboolean stream_pass_end(StreamRun *run, GBytes *note, gint64 as_of, GError **error);
void     stream_pass_drop(StreamRun *run);
gboolean stream_id_read(const char *data, gsize length, EntryId *id);  /* 16 octets; FALSE: they are not */
gboolean stream_id_parse(const char *text, gsize length, EntryId *id); /* a UUID as text (RFC 4530) */

/* ---- stream-presence.c ---- */

/* From EntryId, freed with g_free(): a set; or to something else that is. */
GHashTable *stream_id_set_new(void);
GHashTable *stream_id_map_new(void);
/* From the attribute that holds it, as octets or text; NULL: from the DN. FALSE: the entry does not show it. */
gboolean stream_entry_id(const Entry *entry, const char *attribute, EntryId *id);
/* The ids of all that is there, gathered (of EntryId) while `born` and `gone` are kept; `between` is called now and
 * then, to look for changes. NULL with error. */
GArray *stream_presence_gather(StreamRun *run, const char                                   *attribute,
                               gboolean (*between)(StreamRun *run, GError **error), GError **error);
/* Begins to keep `born` and `gone`. */
void stream_presence_track(StreamRun *run);
/* Takes those out of `ids` that are not among `known`, and does not look at them again. */
void stream_presence_learn(StreamRun *run, GArray *ids, GHashTable *known);
/* Delivers them, with what has been born and without what has gone since. Takes over `ids`. */
gboolean stream_presence_deliver(StreamRun *run, GArray *ids, gint64 as_of, GError **error);
/* When the next one is due, the last having taken `took` microseconds. */
gboolean stream_presence_is_due(const StreamRun *run, gint64 now);
gint64   stream_presence_next(const StreamRun *run, gint64 now, gint64 took);

/* ---- stream-passes.c: methods that ask again and again ---- */

typedef struct {
    /* One pass from beginning to end, ended with stream_arrive(). */
    gboolean (*pass)(StreamRun *run, GError **error);
    const char *(*id_attribute)(const StreamRun *run); /* as for stream_entry_id() */
    gboolean is_choosy; /* a search may show what its passes do not: that is found out after a full pass */
} StreamPasses;
gboolean stream_passes_follow(StreamRun *run, const StreamPasses *passes, GError **error);

/* ---- stream-entry.c: messages as changes ---- */

/* What the settings ask for, and `more`: a NULL-terminated array. Caller: g_ptr_array_unref(). */
GPtrArray *stream_attribute_names(const StreamRun *run, const char *const *more);
/* The DN in `<GUID=...>;<SID=...>;DN`; borrowed from it. */
const char *stream_plain_dn(const char *dn);
/* An attribute description of DirSync: *name without options, caller g_free(). *partial: its values are the first of
 * more. FALSE: a range that cannot be read. */
gboolean stream_description_read(const char *description, gsize length, char **name, ImageChangeKind *kind,
                                 gboolean *partial);
/* What an entry of DirSync is: a change; or an object that must be read to be known, by `dn`; or nothing new. */
typedef struct {
    StreamChange *change; /* NULL: none */
    char         *dn;     /* NULL: none */
    EntryId       id;     /* with `dn` */
} StreamNews;
gboolean stream_dirsync_entry(const StreamRun *run, LDAPMessage *message, gboolean full, StreamNews *news,
                              GError **error);
/* An entry of other servers: whole. NULL with an error. Caller: entry_unref(). */
const Entry *stream_whole_entry(StreamRun *run, LDAPMessage *message, GError **error);
/* Without the attributes that nobody has asked for. Caller: entry_unref(). */
const Entry *stream_wanted_entry(const StreamRun *run, const Entry *entry);
/* If the entry says which one it is below. */
void stream_change_set_parent(StreamChange *change, const Entry *entry);
