/* SPDX-License-Identifier: BSD-2-Clause
 * ldap-private.h - what the files of the live LDAP directory share
 *
 * From the outside in: ldap.c (the DirectoryClass) makes jobs and lends its caller's thread to wait for them;
 * ldap-line.c queues them; a worker of ldap-worker.c owns a connection (ldap-connect.c) to a server (ldap-server.c) and
 * runs them there (ldap-search.c, ldap-read.c). No function of libldap that can wait is called on a caller's thread,
 * but for directory_check(), whose purpose it is.
 */
#pragma once

#include "resolver/directory/directory-class.h"

#include <ldap.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>

G_DEFINE_AUTOPTR_CLEANUP_FUNC(LDAPMessage, ldap_msgfree)

/* ---- ldap-config.c: the settings, copied and checked ---- */

typedef struct {
    LdapSettings settings; /* points into `strings` */
    GPtrArray   *strings;
    GPtrArray   *arrays;
} LdapConfig;
/* NULL with DIRECTORY_ERROR_SETTINGS if the settings contradict themselves. */
LdapConfig *ldap_config_new(const LdapSettings *settings, GError **error);
void        ldap_config_free(LdapConfig *config);

/* ---- ldap-uri.c: what a server's URI may say ---- */

typedef struct {
    char    *text;  /* canonical, for libldap */
    char    *label; /* short, for messages: host, and port where it is not the usual one */
    char    *host;  /* NULL: ldapi */
    int      port;
    gboolean tls;            /* ldaps: TLS from the first octet */
    gboolean local;          /* ldapi */
    gboolean global_catalog; /* port 3268 or 3269 */
} LdapUri;
/* NULL with DIRECTORY_ERROR_SETTINGS. Not for srv:. */
LdapUri *ldap_uri_new(const char *text, GError **error);
void     ldap_uri_free(LdapUri *uri);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LdapUri, ldap_uri_free)

/* ---- ldap-srv.c: servers named by DNS ---- */

gboolean ldap_srv_is(const char *uri); /* srv:... */
/* The domain that every target must lie in; NULL with DIRECTORY_ERROR_SETTINGS. "srv:Oslo._sites.example.com" has
 * example.com, and is asked for as _ldap._tcp.Oslo._sites.example.com (MS-ADTS 6.3.2.3). Caller: g_free(). */
char *ldap_srv_domain(const char *uri, GError **error);
/* Whether `host` lies under `domain` (label by label, without regard to case). */
gboolean ldap_srv_target_is_within(const char *host, const char *domain);
/* The URIs of a list "host:port host:port ..." as libldap returns it. A target outside the domain: NULL and an error,
 * for all of them, since a forged answer is worth nothing. Caller: g_ptr_array_unref() (free function set). */
GPtrArray *ldap_srv_uris(const char *list, const char *domain, GError **error);
/* Asks DNS: waits as long as the resolver library does. */
GPtrArray *ldap_srv_resolve(const char *uri, GError **error);

/* ---- ldap-server.c: one server's breaker, and the ordered list of servers ---- */

/* Reference-counted. State is guarded by the pool's lock; the rest does not change. */
typedef struct {
    int      references;
    LdapUri *uri;
    gboolean failed;     /* skipped until a probe succeeds */
    gboolean suspect;    /* a request ended without any message: to be probed, not skipped */
    char    *error;      /* why it failed last */
    gint64   next_probe; /* monotonic; for failed and suspect servers */
} LdapServer;
LdapServer *ldap_server_new(LdapUri *uri); /* takes over `uri` */
LdapServer *ldap_server_ref(LdapServer *server);
void        ldap_server_unref(LdapServer *server);
/* Each returns whether the state changed. */
gboolean ldap_server_fail(LdapServer *server, const char *why, gint64 next_probe);
gboolean ldap_server_recover(LdapServer *server);

/* All servers in the order of preference; entries that are names for DNS hold those found. */
typedef struct {
    GPtrArray *slots; /* of LdapSlot */
} LdapServerList;
typedef struct {
    char      *uri; /* as configured */
    gboolean   srv;
    gboolean   asked; /* srv: DNS has answered once, well or not */
    char      *error; /* srv: why there are no servers */
    GPtrArray *servers;
} LdapSlot;
LdapServerList *ldap_server_list_new(const char *const *uris, GError **error);
void            ldap_server_list_free(LdapServerList *list);
LdapServer *ldap_server_list_pick(const LdapServerList *list); /* the first that has not failed, or NULL; borrowed */
/* Likewise, but `avoid` (may be NULL) only if there is no other. */
LdapServer *ldap_server_list_pick_other(const LdapServerList *list, const LdapServer *avoid);
/* Whether a request has anything to wait for: a server that has not failed, or an answer of DNS still to come. */
gboolean ldap_server_list_usable(const LdapServerList *list);
/* Whether all that have not failed are under suspicion: none is to be waited for before its probe. */
gboolean ldap_server_list_is_silent(const LdapServerList *list);
/* The one whose probe is due first, or NULL; borrowed. */
LdapServer *ldap_server_list_next_probe(const LdapServerList *list);
/* "dc1: no answer in 5 s; dc2: connection refused". Caller: g_free(). */
char *ldap_server_list_summary(const LdapServerList *list);
/* What DNS said: takes over `uris` (of char *), or NULL with `why`. Servers that stay keep their state. */
void ldap_slot_update(LdapSlot *slot, GPtrArray *uris, const char *why);

/* ---- ldap-guard.c: an end for every wait inside libldap ---- */

/* The thread that calls libldap arms its guard with a deadline; the pool's watchdog shuts down the socket when it has
 * passed. Its own lock; taken after the pool's where both are held. */
typedef struct {
    pthread_mutex_t lock;
    int             fd;       /* -1: none yet */
    gint64          deadline; /* 0: not armed */
    const char     *stage;    /* static text: what is being waited for */
    gboolean        fired;
    gboolean        opening;
    gboolean        noticed; /* the watchdog has told the server's breaker */
    LdapServer     *server;  /* of the connection being opened; reference */
} LdapGuard;
void     ldap_guard_init(LdapGuard *guard);
void     ldap_guard_clear(LdapGuard *guard);
void     ldap_guard_open(LdapGuard *guard, LdapServer *server, gint64 deadline); /* before a connection is opened */
void     ldap_guard_stage(LdapGuard *guard, const char *stage);
void     ldap_guard_arm(LdapGuard *guard, gint64 deadline); /* while it works */
void     ldap_guard_disarm(LdapGuard *guard);
void     ldap_guard_set_fd(LdapGuard *guard, int fd);
gboolean ldap_guard_fired(LdapGuard *guard, const char **stage);
/* For the watchdog: shuts the socket down if the deadline has passed. Returns the server (reference) whose opening
 * has just been found to take too long, and its stage. */
LdapServer *ldap_guard_watch(LdapGuard *guard, gint64 now, const char **stage);
/* Whether its thread is still inside an opening that has taken too long: Kerberos, DNS. */
gboolean ldap_guard_is_stuck(LdapGuard *guard);
void     ldap_guard_shut_down(LdapGuard *guard); /* at once: the pool stops */

/* ---- ldap-thread.c: threads that signals pass by ---- */

gboolean ldap_thread_start(pthread_t *thread, void *(*run)(void *), void *data, GError **error);
/* Before a thread's first use of libldap, TLS included. Waits for DNS, since libldap looks up the machine's own name. */
void ldap_thread_initialize_library(void);
/* For libldap on a caller's thread: no SIGPIPE in between. */
typedef struct {
    sigset_t before;
    gboolean was_pending;
} LdapPipeSignal;
void ldap_thread_hold_pipe(LdapPipeSignal *signal);
void ldap_thread_release_pipe(const LdapPipeSignal *signal);

/* ---- ldap-connect.c and its parts: a connection, opened and bound ---- */

typedef enum {
    CONNECTION_GOOD,
    CONNECTION_LOST,    /* closed by the server, or unusable */
    CONNECTION_SILENT,  /* owed an answer for answer_timeout */
    CONNECTION_SUSPECT, /* a request's deadline passed without any message */
    CONNECTION_LEAVING, /* the server said "unavailable" */
} ConnectionState;

typedef struct LdapJob LdapJob;

/* Used by one thread at a time. */
typedef struct {
    const LdapConfig *config; /* borrowed */
    LDAP             *ld;
    LdapServer       *server;
    LdapGuard        *guard; /* borrowed */
    ldap_conncb       callback;
    gint64            opened;
    ConnectionState   state;
    /* what runs now */
    gint64          deadline;
    LdapJob        *job;      /* NULL outside of one */
    _Atomic gint64 *progress; /* the pool's: when a message last came; may be NULL */
    gint64          armed;    /* when the guard was armed last */
    gint64          heard;    /* when a message came last, or the request was sent */
    gboolean        answered; /* whether any message came for this request */
} LdapConnection;

/* Opens, secures and binds. `notes` (of char *, may be NULL): appended what was found, for check. */
LdapConnection *ldap_connection_open(const LdapConfig *config, LdapServer *server, LdapGuard *guard, GPtrArray *notes,
                                     GError **error);
void            ldap_connection_close(LdapConnection *connection);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LdapConnection, ldap_connection_close)
/* Whether an idle connection has been closed by the server. */
gboolean ldap_connection_is_stale(LdapConnection *connection);
/* Text for libldap's last failure on the handle: number, name, diagnostic message. Caller: g_free(). */
char *ldap_connection_explain(LDAP *ld, int code);

/* ldap-reason.c: why a host just could not be reached, "connection refused". Not for ldapi. Caller: g_free(). */
char *ldap_reason(const LdapUri *uri);

/* ldap-tls.c. Every TLS option is set on the handle, so that LDAPTLS_* and ldap.conf have no say. */
gboolean    ldap_tls_set_up(LDAP *ld, const LdapSettings *settings, GError **error);
const char *ldap_tls_system_bundle(void); /* file name, or NULL */

/* ldap-sasl.c: binds as configured. `encrypted`: inside TLS. */
gboolean ldap_connection_bind(LDAP *ld, const LdapSettings *settings, const LdapUri *uri, gboolean encrypted,
                              GError **error);
/* The password: first line of the file. Caller: ldap_password_free(). */
char *ldap_password_read(const char *file, GError **error);
void  ldap_password_free(char *password);

/* ldap-kerberos.c */
gboolean ldap_bind_gssapi(LDAP *ld, const LdapSettings *settings, gboolean encrypted, GError **error);
gboolean ldap_kerberos_available(void);

/* ---- ldap-job.c: one request of a caller ---- */

typedef enum { JOB_SEARCH, JOB_FIND, JOB_READ } LdapJobKind;
typedef enum { JOB_QUEUED, JOB_RUNNING, JOB_DONE } LdapJobState;

struct LdapJob {
    /* fixed once queued */
    LdapJobKind    kind;
    char         **bases;      /* SEARCH, FIND */
    DirectoryScope scope;      /* SEARCH */
    const Filter  *filter;     /* SEARCH */
    GPtrArray     *addresses;  /* of Address; FIND */
    char         **dns;        /* READ */
    char         **attributes; /* NULL: all */
    gboolean       whole;      /* nothing is handed over before the end */
    gint64         deadline;
    gint64        *patience;   /* the caller's: how long it may still wait, for this and later jobs; NULL: no matter */

    int              references;
    gint64           queued;    /* when it was; under the pool's lock */
    _Atomic gint64   progress;  /* when a message last came for it */
    _Atomic gboolean abandoned; /* the caller has gone */
    _Atomic gboolean sated;     /* ... since it wanted no more, which says nothing about the server */
    pthread_mutex_t  lock;
    pthread_cond_t   changed;
    /* under `lock` */
    LdapJobState state;
    GPtrArray   *entries; /* not handed over yet */
    gboolean     handed;  /* the caller has seen some */
    GError      *error;   /* DONE */
    char        *label;   /* the server that runs it */
    /* of the worker that runs it */
    gboolean retried;
};
LdapJob *ldap_job_new(LdapJobKind kind, gint64 deadline);
LdapJob *ldap_job_ref(LdapJob *job);
void     ldap_job_unref(LdapJob *job);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LdapJob, ldap_job_unref)
/* Worker's side. */
void     ldap_job_start(LdapJob *job, const char *label);
void     ldap_job_deliver(LdapJob *job, GPtrArray *batch); /* empties `batch` */
void     ldap_job_finish(LdapJob *job, GError *error);     /* takes over `error`; NULL: success */
gboolean ldap_job_forget_entries(LdapJob *job);            /* FALSE: the caller has seen some */
/* Caller's side: waits until `until`, and takes what has come. *done: nothing more will; *error then says how. */
GPtrArray *ldap_job_take(LdapJob *job, gint64 until, gboolean *done, GError **error);
/* When the caller should stop waiting, as things stand. `pool_progress`: when the pool last heard anything. */
gint64 ldap_job_patience(LdapJob *job, gint64 pool_progress, gint64 answer_timeout);
char  *ldap_job_label(LdapJob *job); /* of the server that runs it, NULL while queued. Caller: g_free() */

/* ---- ldap-message.c: sending requests and waiting for messages ---- */

typedef struct {
    const char        *base;
    int                scope; /* LDAP_SCOPE_* */
    const char        *filter;
    const char *const *attributes;
    LDAPControl      **controls;
} LdapRequest;
gboolean ldap_connection_send(LdapConnection *connection, const LdapRequest *request, int *id, GError **error);
/* The next message for `id` (LDAP_RES_ANY: for any). NULL with an error when the wait is over; see `state`. */
LDAPMessage *ldap_connection_receive(LdapConnection *connection, int id, GError **error);
/* A message that the server does not owe: waits for `wait` microseconds at most. TRUE and *message NULL: none came. */
gboolean ldap_connection_wait(LdapConnection *connection, int id, gint64 wait, LDAPMessage **message, GError **error);
void     ldap_connection_abandon(LdapConnection *connection, int id);
/* A base search whole: *message is the entry's, or NULL if there is none such. Checks result and references. */
gboolean ldap_connection_read(LdapConnection *connection, const char *dn, const char *filter,
                              const char *const *attributes, LDAPMessage **message, GError **error);
/* Adds the values of an entry's message to `builder`. Partial attributes: their LdapRange is appended to `ranges`. */
gboolean ldap_message_add(LDAP *ld, LDAPMessage *message, EntryBuilder *builder, GPtrArray *ranges, GError **error);
/* Caller: g_free(). NULL with an error if the message cannot be read. */
char *ldap_message_dn(LDAP *ld, LDAPMessage *message, GError **error);

/* ---- ldap-outcome.c: what a result means ---- */

typedef enum { OUTCOME_GOOD, OUTCOME_NO_OBJECT, OUTCOME_ERROR } LdapOutcome;
/* For a result code of the protocol or of libldap. `later`: a page or part had already come. Sets `code` for ERROR. */
LdapOutcome ldap_outcome(int result, gboolean later, DirectoryError *code);
/* Whether a search reference points to a naming context that holds no recipients: DNS zones, configuration, schema. */
gboolean ldap_reference_is_harmless(const char *url);
/* Whether all URLs of a reference do; else an error naming the first that does not. */
gboolean ldap_reference_check(char *const *urls, GError **error);

/* ---- ldap-range.c: ranged retrieval (MS-ADTS 3.1.1.3.1.3.3) ---- */

typedef struct {
    char    *attribute; /* without options */
    guint64  first, last;
    gboolean final; /* `range=n-*` */
} LdapRange;
/* Reads an attribute description. *base: the type without options, caller g_free(); *range NULL: no range option.
 * FALSE: a range option that cannot be read. */
gboolean ldap_range_parse(const char *description, gsize length, char **base, LdapRange **range);
void     ldap_range_free(LdapRange *range);

/* ---- ldap-search.c, ldap-read.c, ldap-find.c: jobs, on a worker's connection ---- */

/* Receives each entry of a search. */
typedef gboolean (*LdapEntryFunc)(const Entry *entry, gpointer user_data, GError **error);
typedef struct {
    const char        *base;
    int                scope;
    const char        *filter;
    const char *const *attributes;
    void (*page)(gpointer user_data); /* called at the end of each page; may be NULL */
} LdapSearch;
/* A whole search, page by page, ranged attributes completed. */
gboolean ldap_search_run(LdapConnection *connection, const LdapSearch *search, LdapEntryFunc func, gpointer user_data,
                         GError **error);
/* One entry, with ranged attributes whole. TRUE and NULL: it does not exist. */
gboolean ldap_read_whole(LdapConnection *connection, const char *dn, const char *const *attributes, const Entry **entry,
                         GError **error);
/* Many by DN, in their order, those that exist appended to `entries`. */
gboolean ldap_read_many(LdapConnection *connection, const char *const *dns, const char *const *attributes,
                        GPtrArray *entries, GError **error);
/* The job itself; `schema` is the server's. */
gboolean ldap_job_run(LdapConnection *connection, LdapJob *job, Schema *schema, GError **error);
/* The filter that finds addresses (a GPtrArray of Address), NULL with an error if the schema knows none of the attributes. */
const Filter *ldap_find_filter(const GPtrArray *addresses, const char *const *attributes, const Schema *schema,
                               GError **error);
/* Whether one of the entry's values is that address. */
gboolean ldap_find_is_hit(const Entry *entry, const Address *address, const char *const *attributes);
/* Whether a server of a global catalogue can answer this: it holds every attribute that is named. */
gboolean ldap_search_fits_catalog(const Filter *filter, const Schema *schema, GError **error);
gboolean ldap_attributes_fit_catalog(const char *const *attributes, const Schema *schema, GError **error);

/* ---- ldap-schema.c ---- */

/* The server's own schema, or the table that fits (*own FALSE). NULL with an error: the connection failed. */
Schema *ldap_schema_load(LdapConnection *connection, gboolean *own, GError **error);

/* ---- ldap-pool.c, ldap-line.c, ldap-worker.c, ldap-watch.c ---- */

typedef struct LdapPool LdapPool;
/* Takes over `config`. */
LdapPool *ldap_pool_new(LdapConfig *config, GError **error);
void      ldap_pool_free(LdapPool *pool);
/* Queues the job and waits for it; entries go to `func` on this thread. */
gboolean ldap_pool_run(LdapPool *pool, LdapJob *job, DirectoryEntryFunc func, gpointer user_data, GError **error);
const LdapConfig *ldap_pool_config(const LdapPool *pool);
Schema           *ldap_pool_schema(LdapPool *pool);
/* check: the servers once DNS has named them, with references; and a guard that the watchdog looks after while it is registered. */
GPtrArray *ldap_pool_servers(LdapPool *pool, GPtrArray *troubles, gint64 deadline);
void       ldap_pool_watch(LdapPool *pool, LdapGuard *guard);
void       ldap_pool_unwatch(LdapPool *pool, LdapGuard *guard);
/* streams: the first server that has not failed, another one than `avoid` if there is any; NULL: none, *why says the reason.
 * Caller: ldap_server_unref(). */
LdapServer *ldap_pool_pick(LdapPool *pool, const LdapServer *avoid, GError **why);
/* Skips a server that could not be opened (`connection` NULL), or that has fallen silent on a connection of the caller's. */
void ldap_pool_blame(LdapPool *pool, LdapServer *server, const LdapConnection *connection, const GError *why);

/* The status: each known server, whether it is asked at present, why not. Of DirectoryFinding. */
GPtrArray *ldap_pool_findings(LdapPool *pool);

/* ---- ldap.c ---- */

LdapPool *ldap_directory_pool(Directory *directory); /* of one of kind ldap; borrowed */

/* ---- ldap-check.c ---- */

GPtrArray *ldap_check(LdapPool *pool, gint64 deadline);

/* "5 s", "0.25 s". Caller: g_free(). */
char *ldap_seconds(gint64 microseconds);
/* "name=\"text\"" with text escaped. Caller: g_free(). */
char *ldap_pool_quote(const char *name, const char *text);
