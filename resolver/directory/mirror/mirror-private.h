/* SPDX-License-Identifier: BSD-2-Clause
 * mirror-private.h - what the files of a mirror share
 *
 * From the outside in: mirror.c is the directory, mirror-view.c what a view answers. mirror-apply.c takes the batches
 * of the streams into the image; mirror-keeper.c is the thread that starts and restarts streams, and mirror-load.c and
 * mirror-save.c what it does with the store. mirror-attributes.c knows what is mirrored.
 *
 * Three locks. The gate keeps readers and changes of the image apart. `writing` makes changes come one after the other:
 * who holds it may read the image without the gate. `lock` is for the rest, and innermost; for memory work of a few
 * lines.
 */
#pragma once

#include "resolver/directory/image/image.h"
#include "resolver/directory/ldap/ldap-private.h"
#include "resolver/directory/mirror/conveyor.h"
#include "resolver/directory/mirror/gate.h"
#include "resolver/directory/mirror/store.h"
#include "resolver/directory/mirror/stream.h"

typedef struct Mirror Mirror;

/* One naming context, or base, and its stream. */
typedef struct {
    Mirror *mirror;
    char   *dn, *key;
    char   *top_key; /* under `writing`: of what its stream brings, which may be more; NULL: not known yet */
    Conveyor   *queue; /* of the stream's thread, while it runs: the full pass under way; NULL: none */
    /* under `writing`: the pass under way */
    gboolean    in_pass;
    StreamPass  pass;
    GHashTable *named;     /* FULL, PRESENCE: set of EntryId */
    GHashTable *placed;    /* EntryId -> hash of the DN's key, as reported; NULL: they need not be looked at */
    GHashTable *missing;   /* set of EntryId: said to exist, and not in the image; NULL: none */
    guint       n_removed; /* CHANGES */
    gint        held_back; /* so many entries a pass would have removed, and was not let; atomic */
    gboolean    caught_up; /* a full pass has brought all attributes that are asked for */
    /* under the gate */
    gboolean complete; /* the image has all of it, and what it has is right */
    gboolean filled;   /* it was so once: good enough while no server answers */
    GBytes  *cookie;   /* NULL: none */
    /* under `lock` */
    Stream *stream; /* NULL: stopped */
    gint64  as_of;  /* as the last batch said */
} MirrorContext;

struct Mirror {
    Directory       directory;
    Directory      *live;
    LdapPool       *pool; /* the live directory's */
    LdapConfig     *ldap; /* its settings */
    char           *store_file, *method;
    char          **base_attributes, **omit;
    MirrorSettings  settings; /* numbers; pointers are to the above */
    char           *identity;
    GPtrArray      *contexts; /* of MirrorContext; fixed */
    Gate           *gate;
    pthread_mutex_t writing;
    /* under the gate; changed by the keeper, or under `writing` */
    Image             *image;         /* NULL: none yet */
    guint64            versions;      /* what its own version counts from: those of former images, and of what was thought of
                                       * it, are behind it; never 0 */
    GHashTable        *kept;          /* set of attribute keys (static): what every entry of the image has */
    GHashTable        *hidden;        /* set of attribute keys: not for the account to read; NULL: none is known */
    char              *gap;           /* why the image may lack what the servers have; NULL: it does not */
    const char *const *kept_lists[4]; /* those of settings.usual that are in it; NULL: not */
    /* under `lock` */
    pthread_mutex_t lock;
    pthread_cond_t  wake; /* the keeper */
    gboolean        stopping, woken, wants_rebuild;
    gboolean        loading;    /* from the store */
    GHashTable     *dirty;      /* set of EntryId: rows to be written */
    gboolean        everything; /* all are, or (no store) none: single ones need not be remembered */
    char           *store_error, *last_error;
    guint64         store_bytes;
    pthread_t       keeper;
    /* of the keeper */
    Store      *store;         /* NULL: there is none at present */
    GHashTable *pending;       /* set of EntryId: of `dirty`, taken to be written */
    GHashTable *asked;         /* set of attribute keys: what the streams ask for; `kept` once that has come */
    Schema     *schema;        /* as the pool has it; for comparing */
    GBytes     *schema_octets; /* of the image's schema */
    gboolean    schema_written, partly_written;
    gint64      store_retry, store_touch; /* monotonic: when to try or to write again */
    gboolean    store_busy;               /* a mirror that this one replaces has it still ... */
    gint64      store_patience;           /* ... which is waited for until then before everything is read anew */
    gint64      gap_due;                  /* monotonic: when to look for one again */
    gint64      rights_due;               /* ... and at rights */
    GHashTable *judged;                   /* `kept` when they were looked at; NULL: never */
};

/* ---- mirror.c ---- */

/* A line of fixed words and name=value; takes over `event`. A bad one is the status's last error. */
void mirror_report(Mirror *mirror, DirectoryEventKind kind, char *event);
/* When the server said last that this is its state, of the context that is furthest behind; under the gate. FALSE:
 * there is no such time for one of them, or an entry has no place at present. `stale`: whether a state that has been overtaken counts. */
gboolean mirror_as_of(Mirror *mirror, gboolean stale, gint64 *as_of);
void     mirror_wake(Mirror *mirror);
guint    mirror_id_hash(gconstpointer id);
gboolean mirror_id_equal(gconstpointer a, gconstpointer b);
/* Set of EntryId, freed with the set. */
GHashTable *mirror_id_set_new(void);
void        mirror_id_set_add(GHashTable *set, const EntryId *id);

/* ---- mirror-attributes.c ---- */

/* Set of the keys of all attributes that are to be mirrored: those of the settings, and of the filters of all groups in
 * `image` (NULL: none). Caller: g_hash_table_unref(). */
GHashTable *mirror_wanted(const Mirror *mirror, const Schema *schema, const Image *image);
/* Inside the gate as a writer; there is an image. */
void mirror_set_kept(Mirror *mirror, GHashTable *kept);
/* Under the gate. FALSE with NOT_KEPT. */
gboolean mirror_keeps_attributes(const Mirror *mirror, const char *const *attributes, GError **error);
gboolean mirror_keeps_filter(const Mirror *mirror, const Filter *filter, GError **error);
gboolean mirror_keeps_dn(const Mirror *mirror, const char *dn, GError **error);
/* Whether the DN of this key lies under one of the bases: a stream may bring more. */
gboolean mirror_has_key(const Mirror *mirror, const char *key);

/* Whether a context lies in another. */
gboolean mirror_is_inner(const Mirror *mirror, const MirrorContext *inner);

/* ---- mirror-places.c: under `writing` ---- */

void mirror_places_begin(MirrorContext *context, const StreamBatch *batch);
/* Puts the changes into an order in which they can be applied; before they are. */
void mirror_places_note(MirrorContext *context, StreamBatch *batch);
/* At the end of a pass. FALSE: somebody has gone along with another. */
gboolean mirror_places_are_right(const MirrorContext *context);

/* ---- mirror-rights.c ---- */

/* If it is time for it. There is an image. The keeper's. */
void mirror_look_at_rights(Mirror *mirror);

/* ---- mirror-naming.c ---- */

/* Inside the gate as a writer: the image has the entry by now; `entry` is what was reported of it. */
void mirror_name(Mirror *mirror, const EntryId *id, const Entry *entry);

/* ---- mirror-apply.c ---- */

gboolean mirror_deliver(StreamBatch *batch, gpointer context);
/* The index plan for the image as it is. Under `writing`. */
void mirror_plan(Mirror *mirror);
void mirror_context_forget_pass(MirrorContext *context);
/* Its stream has ended, or begins anew. */
void mirror_context_drop_queue(MirrorContext *context);

/* ---- mirror-keeper.c, mirror-load.c, mirror-save.c: the keeper's thread ---- */

void *mirror_keeper(void *mirror);
/* Puts an image in the old one's place, with nothing known of any context. Streams are stopped. Takes over `image`. */
void mirror_set_image(Mirror *mirror, Image *image);
/* The store as it was left; TRUE: it has given an image. */
gboolean mirror_load(Mirror *mirror);
/* Writes what has gathered, if it is time for it. `last`: the daemon ends. */
void mirror_save(Mirror *mirror, gboolean last);
void mirror_forget_store(Mirror *mirror);

/* ---- mirror-view.c ---- */

Directory *mirror_view_new(Mirror *mirror, gint64 as_of);

/* ---- mirror-status.c ---- */

DirectoryStatus *mirror_status(Mirror *mirror);
