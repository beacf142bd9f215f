/* SPDX-License-Identifier: BSD-2-Clause
 * ldap-pool.h - the inside of the pool, for its own files: ldap-pool.c, ldap-line.c, ldap-worker.c, ldap-watch.c
 */
#pragma once

#include "ldap-private.h"

typedef struct {
    LdapPool *pool;
    pthread_t thread;
    LdapGuard guard;
    LdapJob  *job; /* the one it has taken; its own */
} LdapWorker;

struct LdapPool {
    LdapConfig     *config;
    _Atomic gint64  progress; /* when a message last came */
    pthread_mutex_t lock;
    pthread_cond_t  work;  /* for workers: a job, a usable server, the end */
    pthread_cond_t  tick;  /* for the watchdog: there is something to watch */
    pthread_cond_t  probe; /* for the prober and the resolver: a server's state has changed */
    pthread_cond_t  known; /* for workers and an examination: the schema is, or what DNS says */
    /* under `lock` */
    gboolean        stopping;
    LdapServerList *servers;
    GQueue          queue;   /* of LdapJob, references */
    GPtrArray      *workers; /* of LdapWorker; grows only */
    guint           n_idle;
    guint           n_waiting; /* callers between queueing and leaving */
    gint64          waiting_since;
    GPtrArray      *guards;    /* all that the watchdog looks after; borrowed */
    guint           n_watched; /* guards of connections being opened or examined: they need the watchdog awake */
    gboolean        watchdog_sleeps;
    Schema         *schema;
    gint64          schema_time;
    gboolean        schema_loading;
    GPtrArray      *events; /* of LdapEvent, to be reported once the lock is given back */
    pthread_t       watchdog, prober, resolver;
    guint           n_helpers; /* of these three, in this order, that run */
    gboolean        has_srv;
};

/* The lock is given back, and what happened meanwhile reported. */
void ldap_pool_unlock(LdapPool *pool);
void ldap_pool_report(LdapPool *pool, DirectoryEventKind kind, char *event); /* locked; takes over `event` */
gint64 ldap_pool_now(void);
/* Locked before and after. May come back early, as every wait on a condition may; reports what is to be reported. */
void ldap_pool_wait(LdapPool *pool, pthread_cond_t *condition, gint64 until); /* G_MAXINT64: for ever */

/* When to try again a server that could not be opened because of `why`. */
gint64 ldap_pool_next_attempt(const LdapPool *pool, const GError *why);
/* Locked. A server is skipped from now on; where none is left, everybody in line is sent away. */
void ldap_pool_fail_server(LdapPool *pool, LdapServer *server, const char *why, gint64 next_probe);
void ldap_pool_recover_server(LdapPool *pool, LdapServer *server);
void ldap_pool_suspect_server(LdapPool *pool, LdapServer *server);
/* Locked. Sends everybody in line away if no server is left. */
void    ldap_pool_dismiss(LdapPool *pool);
GError *ldap_pool_no_server(LdapPool *pool); /* the reason; caller: g_error_free() */
void    ldap_pool_wake_watchdog(LdapPool *pool);

gboolean ldap_worker_start(LdapPool *pool, GError **error); /* locked */
void    *ldap_watchdog_main(void *pool);
void    *ldap_prober_main(void *pool);
void    *ldap_resolver_main(void *pool);

/* Whether callers wait and nothing has been answered for a second, or one has been in the queue for longer. */
gboolean ldap_pool_is_stalled(LdapPool *pool, gint64 now);
