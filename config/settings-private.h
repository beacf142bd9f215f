/* SPDX-License-Identifier: BSD-2-Clause
 * settings-private.h - what the files of config/ share: the settings while they are built, and how a value is read
 */
#pragma once

#include "config/config-file.h"

#include "rollcall/settings.h"

struct Settings {
    int               reference_count;
    gboolean          is_live; /* source = ldap; a choice's number: ldif 0, ldap 1 */
    MilterSettings    milter;
    LimitSettings     limits;
    HistorySettings   history;
    ControlSettings   control;
    LdapSettings      ldap;
    LdifSettings      ldif;
    gboolean          keeps_mirror; /* mirror = yes */
    MirrorSettings    mirror;
    CacheSettings     cache;
    GString          *directory_text; /* all keys of [directory] with their values: equal texts open equal directories */
    OriginSettings    origin;
    EndpointsSettings endpoints;
    ResolverSettings  resolver;           /* policy, members and guard; the rest is put in by settings_resolver() */
    char            **address_attributes; /* of either source */
    GArray           *groups;             /* of GroupSettings */
    GPtrArray        *owned;              /* every string and list that the fields above point to */
};

typedef enum { USED_ALWAYS, USED_BY_LDIF, USED_BY_LDAP } SettingsUse;
typedef enum { MUST_HAVE_VALUE, MAY_BE_EMPTY } SettingsEmpty;

/* Stores the value in `settings`, or FALSE with "got 'X', expected Y". `text` has no blanks around it, and is not empty
 * unless the key says that it may be. */
typedef gboolean (*SettingsReadFunc)(const SettingsKey *key, const char *text, Settings *settings, GError **error);

struct SettingsReading {
    SettingsReadFunc read;
    gsize            offset;    /* of the field in Settings */
    gint64           low, high; /* numbers and times: both allowed */
    SettingsUse      used;
    SettingsEmpty    empty;
};

/* The section of settings_keys[] that stands for every [group ADDRESS]. */
#define SETTINGS_GROUP_SECTION "group ADDRESS"

/* Readers, value.c. Beside each: the type of the field. */
gboolean read_path(const SettingsKey *key, const char *text, Settings *settings, GError **error);        /* char * */
gboolean read_name(const SettingsKey *key, const char *text, Settings *settings, GError **error);        /* char * */
gboolean read_dn(const SettingsKey *key, const char *text, Settings *settings, GError **error);          /* char * */
gboolean read_dns(const SettingsKey *key, const char *text, Settings *settings, GError **error);         /* char ** */
gboolean read_attributes(const SettingsKey *key, const char *text, Settings *settings, GError **error);  /* char ** */
gboolean read_domains(const SettingsKey *key, const char *text, Settings *settings, GError **error);     /* char ** */
gboolean read_choice(const SettingsKey *key, const char *text, Settings *settings, GError **error);      /* int */
gboolean read_choice_text(const SettingsKey *key, const char *text, Settings *settings, GError **error); /* char * */
gboolean read_guint(const SettingsKey *key, const char *text, Settings *settings, GError **error);       /* guint */
gboolean read_gsize(const SettingsKey *key, const char *text, Settings *settings, GError **error);       /* gsize */
gboolean read_guint64(const SettingsKey *key, const char *text, Settings *settings, GError **error);     /* guint64 */
gboolean read_time(const SettingsKey *key, const char *text, Settings *settings, GError **error); /* gint64, us */
/* A DN, or what else Active Directory takes for a simple bind; char *. */
gboolean read_bind_name(const SettingsKey *key, const char *text, Settings *settings, GError **error);
gboolean read_domain(const SettingsKey *key, const char *text, Settings *settings, GError **error);    /* char * */
gboolean read_addresses(const SettingsKey *key, const char *text, Settings *settings, GError **error); /* char ** */
/* Readers, value-group.c: into the last of settings->groups; nothing leaves the common setting in force. */
gboolean read_group_members(const SettingsKey *key, const char *text, Settings *settings, GError **error);
gboolean read_group_percent(const SettingsKey *key, const char *text, Settings *settings, GError **error);
gboolean read_group_count(const SettingsKey *key, const char *text, Settings *settings, GError **error);
gboolean read_group_action(const SettingsKey *key, const char *text, Settings *settings, GError **error);
/* Readers, value-origin.c. */
gboolean read_header(const SettingsKey *key, const char *text, Settings *settings, GError **error);    /* char * */
gboolean read_guids(const SettingsKey *key, const char *text, Settings *settings, GError **error);     /* char ** */
gboolean read_tls_names(const SettingsKey *key, const char *text, Settings *settings, GError **error); /* char ** */
/* Readers, value-net.c. */
gboolean read_socket(const SettingsKey *key, const char *text, Settings *settings, GError **error);   /* char * */
gboolean read_networks(const SettingsKey *key, const char *text, Settings *settings, GError **error); /* char ** */
gboolean read_uris(const SettingsKey *key, const char *text, Settings *settings, GError **error);     /* char ** */
gboolean read_loopback(const SettingsKey *key, const char *text, Settings *settings, GError **error); /* char * */
gboolean read_https(const SettingsKey *key, const char *text, Settings *settings, GError **error);    /* char * */

/* For readers, value.c. */
gboolean value_number(const SettingsKey *key, const char *text, gint64 *number, GError **error);
gboolean value_choice(const SettingsKey *key, const char *text, int *number, GError **error);
gboolean value_refuse(const char *text, GError **error, const char *expected, ...) G_GNUC_PRINTF(3, 4);
void     value_store_text(const SettingsKey *key, Settings *settings, const char *text); /* "" is stored as NULL */
/* Takes over `items`, an array of g_malloc()ed strings without a free function. */
void value_store_list(const SettingsKey *key, Settings *settings, GPtrArray *items);
/* The words of `text`, each of which must pass `is_good`. */
gboolean   value_store_words(const SettingsKey *key, const char *text, Settings *settings,
                             gboolean (*is_good)(const char *word), const char *expected, GError **error);
GPtrArray *value_words(const char *text); /* split at blanks and commas; caller: g_ptr_array_unref() */
gboolean   value_is_port(const char *text);

/* cross-check.c: what no single key shows. The fields are filled. */
gboolean settings_cross_check(const Settings *settings, const ConfigFile *file, GError **error);

/* settings.c: FALSE with "FILE: line N: [section] key: " and the text, the line only if the key stands in the file. */
gboolean settings_refuse(const ConfigFile *file, const char *section, const char *key, GError **error,
                         const char *format, ...) G_GNUC_PRINTF(5, 6);

/* unknown.c: refuses a section or key that is not in settings_keys[], naming the nearest. */
gboolean settings_check_known(const ConfigFile *file, const char *section, const char *key, gpointer unused,
                              GError **error);
/* Whether the section is a [group ADDRESS]; the address without blanks around it, borrowed from `section`. */
const char *settings_group_address(const char *section);
