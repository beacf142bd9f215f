/* SPDX-License-Identifier: BSD-2-Clause
 * stream-sync.h - the inside of content synchronization, for its own files: stream-syncrepl.c, stream-sync-take.c,
 * stream-sync-info.c
 */
#pragma once

#include "stream-private.h"

/* ---- stream-sync-info.c: the messages of RFC 4533 ---- */

typedef struct {
    int     state; /* LDAP_SYNC_PRESENT, _ADD, _MODIFY, _DELETE */
    EntryId id;
    GBytes *cookie; /* NULL: none */
} SyncState;
gboolean sync_state_read(const struct berval *value, SyncState *state);

typedef struct {
    enum { SYNC_INFO_COOKIE, SYNC_INFO_DELETE, SYNC_INFO_PRESENT, SYNC_INFO_IDS } kind;
    GBytes  *cookie; /* NULL: none */
    gboolean flag;   /* DELETE, PRESENT: the refresh is done; IDS: these have been deleted */
    GArray  *ids;    /* IDS: of EntryId */
} SyncInfo;
gboolean sync_info_read(const struct berval *value, SyncInfo *info);
void     sync_info_clear(SyncInfo *info);
/* The value of the request control. Caller: ber_bvfree(). */
struct berval *sync_request_write(GBytes *cookie);
/* Whether a cookie of slapd (`rid=...,csn=A;B`) has seen all of a contextCSN (values joined by blanks; NULL: the server
 * has none). */
gboolean sync_cookie_has(GBytes *cookie, const char *context_csn);
/* Whether it has seen something that the context has not, or is no cookie of a server that has a contextCSN. */
gboolean sync_cookie_is_ahead(GBytes *cookie, const char *context_csn);

/* ---- stream-syncrepl.c ---- */

typedef struct {
    StreamRun *run;
    int        id; /* of the request */
    GBytes    *cookie;
    gint64     begin;
    /* the refresh */
    gboolean   full, refreshed, present;
    GPtrArray *changes;  /* not full: of StreamChange */
    GArray    *existing; /* of EntryId */
    /* after it */
    gint64 verified; /* the server's state then is what has been delivered */
    gint64 asked;    /* when contextCSN was read last, which the cookie had not seen ... */
    char  *unseen;   /* ... and what it was */
    gint64 next_look;
} Sync;

/* ---- stream-sync-take.c: messages as changes ---- */

gboolean sync_take_message(Sync *sync, LDAPMessage *message, GError **error);
gboolean sync_incomplete(const Sync *sync, const char *what, GError **error); /* FALSE */
