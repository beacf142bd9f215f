/* SPDX-License-Identifier: BSD-2-Clause
 * settings.h - rollcall.conf, read strictly and checked
 *
 * Settings are immutable and reference-counted; any thread. A bad file never yields settings: the error names file,
 * line, section, key and what was expected.
 */
#pragma once

#include "rollcall/directory.h"
#include "rollcall/origin.h"
#include "rollcall/resolver.h"

#include <glib.h>

#define SETTINGS_ERROR settings_error_quark()
GQuark settings_error_quark(void);
typedef enum {
    SETTINGS_ERROR_READ,  /* the file cannot be read */
    SETTINGS_ERROR_VALUE, /* "FILE: line N: [section] key: what was expected" */
} SettingsError;

typedef struct {
    char    *socket;           /* unix:PATH or inet:PORT@HOST, inet6:PORT@HOST, as libmilter takes it */
    char    *socket_group;     /* group that may connect to a unix socket; "" leaves it */
    char   **domains;          /* NULL-terminated, as written; NULL: every domain (settings_for_ldif() only) */
    char   **trusted_networks; /* "192.0.2.0/24", "2001:db8::/32", "192.0.2.7"; checked */
    gboolean refuse_unknown;
    gboolean accept_empty;
    gboolean observe;                /* mode = observe */
    guint64  mta_message_size_limit; /* octets; 0: none */
    gsize    max_sendmail_members;   /* per message, on Sendmail */
    char    *key_file;               /* key of the trace header; made at first start */
    char    *user;                   /* whom to become after binding; "" stays */
    char    *lock_file;
    gint64   drain_time;     /* microseconds */
    char    *split_domain;   /* reserved for messages of their own; "": no split is configured. ASCII, not in domains */
    char    *split_listener; /* inet:PORT@HOST or inet6:PORT@HOST, on loopback; for `rollcall mta-config` and check */
} MilterSettings;

typedef struct {
    gsize  max_members;
    guint  max_depth;
    gint64 max_time; /* microseconds */
} LimitSettings;

typedef struct {
    char *file;         /* NULL: in memory only (settings_for_ldif()) */
    guint history_days; /* 0: no differences are kept */
} HistorySettings;

typedef struct {
    char *socket;       /* path; "": the daemon is not to be asked */
    char *socket_group; /* group that may ask; "": the daemon's own */
} ControlSettings;

typedef struct Settings Settings;
/* Reads and checks the whole file, referenced files (password, CA, LDIF) only for being named. Caller:
 * settings_unref(). */
Settings *settings_load(const char *file, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* The same for text in memory; `name` stands for the file in messages. */
Settings *settings_parse(const char *name, const char *text, gsize length, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Where the daemon of this configuration is asked, even if the file has an error in another place: that is when one asks.
 * "": nowhere. Caller: g_free(). */
char *settings_find_control_socket(const char *file, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Defaults, with the embedded directory of one LDIF file and every domain its own: `rollcall --ldif FILE`. */
Settings *settings_for_ldif(const char *file);
Settings *settings_ref(Settings *settings);
void      settings_unref(Settings *settings);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Settings, settings_unref)

const MilterSettings *settings_milter(const Settings *settings);
const LimitSettings  *settings_limits(const Settings *settings);
/* [state] */
const HistorySettings *settings_history(const Settings *settings);
const ControlSettings *settings_control(const Settings *settings);
/* Exactly one of the two is not NULL. */
const LdapSettings *settings_ldap(const Settings *settings);
const LdifSettings *settings_ldif(const Settings *settings);

/* NULL unless source = ldap and mirror = yes. */
const MirrorSettings *settings_mirror(const Settings *settings);

/* Who hands us messages: never NULL, and its header and secret file are both set or both NULL. */
const OriginSettings *settings_origin(const Settings *settings);
/* NULL unless published addresses are asked for (exchange-online = published-address or either). No observer is set. */
const EndpointsSettings *settings_endpoints(const Settings *settings);
/* What the settings say of the resolver, without a state; borrowed, valid as long as `settings`. */
ResolverSettings settings_resolver(const Settings *settings);

/* Opens the directory, for live searches alone, and puts a resolver on it, with settings_resolver() or what was made of it: its
 * state, or other values for asking what they would change. `observer` may be NULL. Caller: resolver_unref(). */
Resolver *settings_open_resolver(const Settings *settings, const ResolverSettings *how, DirectoryObserver observer,
                                 gpointer observer_data, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* The same for a daemon: with the mirror or the cache that the settings ask for. `before` and `running`: the settings in force
 * and their resolver, or both NULL; where [directory] is the same, its mirror is shared rather than filled a second time,
 * and keeps its observer. */
Resolver *settings_open_daemon_resolver(const Settings *settings, const ResolverSettings *how, const Settings *before,
                                        Resolver *running, DirectoryObserver observer, gpointer observer_data,
                                        GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* The one table of keys: the manual page and the sample configuration are checked against it. */
typedef struct {
    const char *section, *key;
    const char *type;      /* "path", "domains", "number", "time", ..., or the choices "pass | refuse" */
    const char *otherwise; /* the default as one would write it; NULL: must be given (where its section needs it) */
    const char *meaning;   /* one line */
    const struct SettingsReading *reading; /* config/ only: how a value is read, and into what */
} SettingsKey;
extern const SettingsKey settings_keys[]; /* ends with section == NULL */
