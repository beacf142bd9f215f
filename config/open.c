/* SPDX-License-Identifier: BSD-2-Clause
 * open.c - from settings to a directory with a resolver on it
 *
 * Owns:     nothing.
 * Promises: only what the daemon opens keeps anything: a command asks the servers, and leaves the daemon's files alone.
 * Threads:  any.
 */
#include "config/settings-private.h"

static LdapSettings
observed(const Settings *settings, DirectoryObserver observer, gpointer observer_data)
{
    LdapSettings ldap = settings->ldap;

    ldap.observer = observer;
    ldap.observer_data = observer_data;
    return ldap;
}

static Directory *
open_live(const Settings *settings, DirectoryObserver observer, gpointer observer_data, GError **error)
{
    if (!settings->is_live)
        return directory_ldif_new(&settings->ldif, error);
    LdapSettings ldap = observed(settings, observer, observer_data);
    return directory_ldap_new(&ldap, error);
}

/* With mirror or cache. */
static Directory *
open_keeping(const Settings *settings, DirectoryObserver observer, gpointer observer_data, GError **error)
{
    LdapSettings ldap = observed(settings, observer, observer_data);

    if (settings_mirror(settings) != NULL)
        return directory_mirror_new(&ldap, &settings->mirror, error);
    Directory *live = open_live(settings, observer, observer_data, error);
    if (live == NULL || !settings->is_live || settings->cache.time == 0)
        return live;
    CacheSettings how = settings->cache;
    how.max_waiting = settings->ldap.max_waiting;
    return directory_cache_new(live, &how);
}

Resolver *
settings_open_resolver(const Settings *settings, const ResolverSettings *how, DirectoryObserver observer,
                       gpointer observer_data, GError **error)
{
    Directory *directory = open_live(settings, observer, observer_data, error);
    return directory == NULL ? NULL : resolver_new(how, directory);
}

Resolver *
settings_open_daemon_resolver(const Settings *settings, const ResolverSettings *how, const Settings *before,
                              Resolver *running, DirectoryObserver observer, gpointer observer_data, GError **error)
{
    if (before != NULL && settings_mirror(settings) != NULL &&
        g_string_equal(settings->directory_text, before->directory_text))
        return resolver_new(how, directory_ref(resolver_directory(running)));
    Directory *directory = open_keeping(settings, observer, observer_data, error);
    return directory == NULL ? NULL : resolver_new(how, directory);
}
