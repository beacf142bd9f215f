/* SPDX-License-Identifier: BSD-2-Clause
 * directory.h - where entries come from; the one interface of ldif, ldap, cache and mirror
 *
 * Every answer is complete or an error: what ended early, for whatever reason, is never a shorter list.
 * "Not there" is an answer (TRUE and nothing found), "could not find out" an error.
 * Any number of threads may call at once. `deadline` is g_get_monotonic_time() microseconds; no call
 * returns (much) later, whatever the server does.
 */
#pragma once

#include "rollcall/address.h"
#include "rollcall/entry.h"
#include "rollcall/filter.h"

#include <glib.h>

#define DIRECTORY_ERROR directory_error_quark()
GQuark directory_error_quark(void);
typedef enum {
    DIRECTORY_ERROR_UNAVAILABLE, /* no server answered in time, or too many requests wait */
    DIRECTORY_ERROR_INCOMPLETE,  /* an answer came but cannot be the whole truth: limits, referrals, lost pages */
    DIRECTORY_ERROR_NO_BASE,     /* the base of a search does not exist: definite */
    DIRECTORY_ERROR_REFUSED,     /* the server refuses this request, and would again: definite */
    DIRECTORY_ERROR_SETTINGS,    /* cannot be opened as configured: file, line and reason in the message */
    DIRECTORY_ERROR_NOT_KEPT,    /* only of a view: what is asked for is not kept here; a live view can answer */
} DirectoryError;

typedef enum { SCOPE_BASE, SCOPE_ONE, SCOPE_SUBTREE } DirectoryScope;

typedef struct {
    const char        *base;       /* a DN; NULL: the directory's own base(s) */
    DirectoryScope     scope;
    const Filter      *filter;     /* as parsed; the directory folds and spells it for its server */
    const char *const *attributes; /* NULL-terminated; NULL: all */
} DirectorySearch;

/* Called for each entry in turn, on the caller's thread; keeps what it wants by entry_ref(). FALSE with `error` ends
 * the search, which then fails with that error. */
typedef gboolean (*DirectoryEntryFunc)(const Entry *entry, gpointer user_data, GError **error);

typedef struct Directory Directory;

/* One more owner, each of whom calls directory_free(). */
Directory *directory_ref(Directory *directory);
/* The last owner's call, when no other is under way, stops the directory's threads and joins them; but one that hangs where it
 * cannot be reached (a connect, Kerberos, DNS) is left to end by itself. */
void directory_free(Directory *directory);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Directory, directory_free)
/* At the end of the process, when all directories are freed: whether no thread of theirs is left, after at most `patience`
 * microseconds. FALSE: leave by _exit(), since exit() frees what the libraries inside which they hang still read. */
gboolean directory_wait_for_threads(gint64 patience) G_GNUC_WARN_UNUSED_RESULT;

/* All entries that carry the address (compared as an address) in one of the directory's address attributes.
 * `entries`: a GPtrArray of Entry with entry_unref as its free function, appended to. None, one, or (ambiguous) more. */
gboolean directory_find(Directory *directory, const Address *address, const char *const *attributes,
                        GPtrArray *entries, gint64 deadline, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* The same for many addresses: appends to `found` one GPtrArray of Entry for each, in their order. */
gboolean directory_find_many(Directory *directory, const Address *const *addresses, gsize n_addresses,
                             const char *const *attributes, GPtrArray *found, gint64 deadline,
                             GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Reads one entry, whole: ranged attributes are fetched to the end. TRUE and *entry NULL: it does not exist (or its
 * DN is malformed). Caller: entry_unref(). */
gboolean directory_read(Directory *directory, const char *dn, const char *const *attributes, const Entry **entry,
                        gint64 deadline, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Reads many; appends those that exist to `entries`, in the order of `dns` (n_dns of them). Far fewer round trips
 * than one by one. */
gboolean directory_read_many(Directory *directory, const char *const *dns, gsize n_dns, const char *const *attributes,
                             GPtrArray *entries, gint64 deadline, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Entries come in no particular order. */
gboolean directory_search(Directory *directory, const DirectorySearch *search, DirectoryEntryFunc func,
                          gpointer user_data, gint64 deadline, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* "ldif", "ldap", "cache", "mirror": for the log's via=. A view has that of what it answers from. */
const char *directory_kind(const Directory *directory);

/* ---- views: all of one answer from one state ----
 *
 * A directory that keeps something (mirror, cache) can answer from what it keeps or from the server. Whoever works out an
 * answer opens a view, asks only that from the first look-up to the last, and ends it; the three kinds in turn until one
 * answers. A view of a mirror's image stays at one version of it, and holds off the next batch of changes: it is for memory
 * work, and no network is waited for while it is open. */
typedef enum {
    VIEW_CURRENT, /* what is kept, if it is fresh enough; a directory that keeps nothing: the directory itself */
    VIEW_LIVE,    /* the server as it stands; a directory that keeps nothing: NULL, it has been asked already */
    VIEW_STALE,   /* what is kept, though it is old and no server answers; up to the age that the settings allow */
} DirectoryViewKind;
/* NULL with UNAVAILABLE: not in this way, at present; the message says why. One thread, the one that opened it. Caller:
 * directory_view_end(). */
Directory *directory_view(Directory *directory, DirectoryViewKind kind, GError **error) G_GNUC_WARN_UNUSED_RESULT;
void       directory_view_end(Directory *directory, Directory *view);
/* For whoever must not be kept waiting: from now on the view waits for servers so many microseconds in all, then fails with
 * UNAVAILABLE. What keeps coming is no waiting: pauses of less than a second in an answer that has begun do not count. */
void directory_view_limit(Directory *view, gint64 waiting);
/* How long ago what the view has answered from was known to be the server's state, in microseconds; -1: it is the server, or a
 * file. */
gint64 directory_view_age(Directory *view);
/* A number that stays while the view's answers do, for as long as the directory lives, and rises when they may have changed; 0:
 * they may differ at any time. */
guint64 directory_view_version(Directory *view);
/* The schema its answers follow; NULL while a server's own is not known yet. Caller: schema_unref(). */
Schema *directory_schema(Directory *directory);

/* What happens in the background. Called on the directory's own threads, so it must not call back into it.
 * `event` is one line of fixed words and name=value, already escaped. BAD: somebody may have to act; ERROR: must. */
typedef enum { DIRECTORY_EVENT_GOOD, DIRECTORY_EVENT_BAD, DIRECTORY_EVENT_ERROR } DirectoryEventKind;
typedef void (*DirectoryObserver)(DirectoryEventKind kind, const char *event, gpointer user_data);

/* ---- ldif: an LDIF file (RFC 2849, content records) in memory ---- */

typedef struct {
    const char        *file;
    SchemaRules        rules;              /* which built-in schema its entries follow */
    const char *const *address_attributes; /* "proxyAddresses", "mail"; NULL-terminated */
} LdifSettings;

/* Reads the file whole. NULL with DIRECTORY_ERROR_SETTINGS: "FILE: line N: what was expected". */
Directory *directory_ldif_new(const LdifSettings *settings, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* ---- ldap: live searches ---- */

typedef enum { BIND_ANONYMOUS, BIND_SIMPLE, BIND_EXTERNAL, BIND_GSSAPI } BindMethod;
typedef enum {
    TLS_REQUIRED, /* ldaps://, or ldap:// with StartTLS first; a certificate that does not verify is an error */
    TLS_NONE,     /* plain ldap:// allowed, or GSSAPI sealing (see `bind`); must be asked for by name */
} TlsPolicy;

typedef struct {
    const char *const *uris;  /* ldaps://host[:port], ldap://, ldapi://, srv:DOMAIN, srv:SITE._sites.DOMAIN */
    const char *const *bases; /* naming contexts that hold recipients; at least one */
    const char *const *address_attributes;
    const char *schema;       /* "auto": the server's own if it can be read, else the table that fits; "ad"; "rfc" */
    BindMethod  bind;
    const char *bind_dn;       /* SIMPLE */
    const char *password_file; /* SIMPLE: first line of it, read at each connect */
    const char *keytab;        /* GSSAPI; NULL: the default client keytab */
    const char *principal;     /* GSSAPI; NULL: the keytab's first */
    TlsPolicy   tls;
    const char *ca_file;       /* NULL: the system's */
    const char *cert_file, *key_file; /* client certificate for EXTERNAL over TLS; NULL: none */
    guint connections;         /* at most, per directory */
    guint page_size;
    guint max_waiting;         /* callers that may wait while nothing is being answered */
    gint64 connect_timeout;    /* microseconds, from connect() to bound, TLS included */
    gint64 answer_timeout;     /* microseconds without any message from a server that owes one */
    gint64 retry_interval;     /* microseconds between probes of a failed server */
    DirectoryObserver observer; /* may be NULL */
    gpointer          observer_data;
} LdapSettings;

/* Starts the pool's threads and returns at once, connected or not: servers that are down are probed in the
 * background. NULL with DIRECTORY_ERROR_SETTINGS if the settings contradict themselves. The strings are copied. */
Directory *directory_ldap_new(const LdapSettings *settings, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* One finding of directory_check(). */
typedef struct {
    gboolean good;
    char    *server; /* the URI, or "" */
    char    *text;   /* "TLS: certificate verified, TLSv1.3", "bind: 49 invalidCredentials ...", ... */
} DirectoryFinding;
void directory_finding_free(DirectoryFinding *finding);
/* Examines every configured (and discovered) server in turn on the caller's thread with connections of its own:
 * reachable, TLS, bind, each base readable, schema complete; on global catalogue ports what is not served there.
 * Returns a GPtrArray of DirectoryFinding. For ldif: the file's counts. */
GPtrArray *directory_check(Directory *directory, gint64 deadline);

/* ---- cache: live searches, each answer remembered for a short time ---- */

typedef struct {
    gint64 time;        /* microseconds for which an answer, found or not found, counts as current */
    gint64 stale_limit; /* ... and may be used while no server answers */
    gsize  max_entries; /* in all answers together; the oldest go first */
    guint  max_waiting; /* callers that may wait for a slow answer to somebody else's question */
} CacheSettings;
/* Takes over `live`. Questions that are asked twice at the same time are asked once. Its CURRENT view asks the server for what
 * is not remembered. */
Directory *directory_cache_new(Directory *live, const CacheSettings *settings);

/* ---- mirror: an image in memory and on disk, kept in step with the servers of `ldap` ---- */

typedef struct {
    const char        *store;         /* file; NULL: in memory only */
    const char        *method;        /* "auto", "dirsync", "syncrepl", "poll" */
    const char *const *attributes;    /* what routes, restrictions and groups need; those of filters are added by itself */
    /* static lists by which its views will be asked again and again, NULL-terminated; may be NULL: a list that was looked at
     * once is known by its address */
    const char *const *const *usual;
    const char *const *omit;          /* never mirrored: what names them is answered live */
    gint64             poll_interval; /* microseconds, as all times */
    gint64             presence_interval; /* 0: none */
    gint64             max_age, stale_limit;
    guint              max_shrink;        /* per cent of the image that one batch may remove unconfirmed ... */
    guint              max_shrink_entries; /* ... if it is at least so many entries */
    gboolean           verify;            /* every search is made a second time without indexes, and a difference reported */
} MirrorSettings;
/* As directory_ldap_new(), whose settings are those of its live view too. Answers from its store at once if that is good. */
Directory *directory_mirror_new(const LdapSettings *ldap, const MirrorSettings *settings,
                                GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* One context's stream, for the status. */
typedef struct {
    char   *context, *server; /* server: NULL if none */
    char   *method, *doing, *error; /* error: NULL if none */
    gint64  age;              /* microseconds; -1: no complete pass yet */
    guint64 changes, full_passes, presence_passes;
} DirectoryStream;
void directory_stream_free(DirectoryStream *stream);
typedef struct {
    const char *kind;
    char       *state;    /* "current", "loading", "syncing", "stale", "held back": fixed words; for ldif and ldap "live" */
    gint64      age;      /* microseconds; -1: does not apply, or nothing is known yet */
    guint64     entries, bytes, version; /* of the image; of a cache: of what it remembers */
    GPtrArray  *indexes;  /* of char *; may be NULL */
    GPtrArray  *streams;  /* of DirectoryStream; may be NULL */
    char       *store;    /* file; NULL: none */
    char       *store_error; /* NULL: good */
    guint64     store_bytes;
    char       *last_error; /* NULL: none */
    guint64     held_back;  /* entries that a held-back batch would remove */
    GPtrArray  *servers;    /* of DirectoryFinding: each known server, whether it is asked at present, why not; may be NULL */
} DirectoryStatus;
/* Memory work only. Any thread. Caller: directory_status_free(). */
DirectoryStatus *directory_status(Directory *directory);
void             directory_status_free(DirectoryStatus *status);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(DirectoryStatus, directory_status_free)
/* mirror: throws store and image away and begins with a full pass; mail is answered live meanwhile. Others: REFUSED. */
gboolean directory_rebuild(Directory *directory, GError **error) G_GNUC_WARN_UNUSED_RESULT;
