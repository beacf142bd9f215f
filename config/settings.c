/* SPDX-License-Identifier: BSD-2-Clause
 * settings.c - rollcall.conf, read strictly and checked
 *
 * Owns:     the settings and every string in them.
 * Promises: settings that exist are complete and consistent; a bad file yields none.
 * Threads:  any; settings do not change once built.
 */
#include "config/settings-private.h"

#include "rollcall/address.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

G_DEFINE_QUARK(rollcall_settings_error, settings_error)

/* Fewer entries may vanish at once without further ado; some 10 MB of remembered answers. */
enum { MAX_SHRINK_ENTRIES = 50, CACHE_ENTRIES = 20000 };

static Settings *
settings_new(void)
{
    Settings *settings = g_new0(Settings, 1);

    settings->reference_count = 1;
    settings->directory_text = g_string_new(NULL);
    settings->groups = g_array_new(FALSE, TRUE, sizeof(GroupSettings));
    settings->owned = g_ptr_array_new_with_free_func(g_free);
    return settings;
}

Settings *
settings_ref(Settings *settings)
{
    g_atomic_int_inc(&settings->reference_count);
    return settings;
}

void
settings_unref(Settings *settings)
{
    if (settings == NULL || !g_atomic_int_dec_and_test(&settings->reference_count))
        return;
    g_string_free(settings->directory_text, TRUE);
    g_array_unref(settings->groups);
    g_ptr_array_unref(settings->owned);
    g_free(settings);
}

gboolean
settings_refuse(const ConfigFile *file, const char *section, const char *key, GError **error, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    g_autofree char *text = g_strdup_vprintf(format, arguments);
    va_end(arguments);

    guint            number = config_file_line(file, section, key);
    g_autofree char *line = number > 0 ? g_strdup_printf("line %u: ", number) : g_strdup("");
    g_set_error(error, SETTINGS_ERROR, SETTINGS_ERROR_VALUE, "%s: %s[%s]%s%s: %s", config_file_name(file), line,
                section, key != NULL ? " " : "", key != NULL ? key : "", text);
    return FALSE;
}

/* GKeyFile takes `key = value # comment` for a value. No value needs a # after a blank: in a DN it can be escaped. */
static gboolean
has_comment(const char *text)
{
    for (const char *p = text; *p != '\0'; p++)
        if (*p == '#' && (p == text || p[-1] == ' ' || p[-1] == '\t'))
            return TRUE;
    return FALSE;
}

static gboolean
is_used(const Settings *settings, const SettingsKey *key)
{
    SettingsUse other = settings->is_live ? USED_BY_LDIF : USED_BY_LDAP;
    return key->reading->used != other;
}

/* Reads `key` out of the file's `section`, or its default. */
static gboolean
read_key(const ConfigFile *file, const char *section, const SettingsKey *key, Settings *settings, GError **error)
{
    g_autofree char *given = config_file_value(file, section, key->key);
    const char      *text = given != NULL ? given : key->otherwise;
    g_autoptr(GError) cause = NULL;

    if (!is_used(settings, key))
        return given == NULL ||
               settings_refuse(file, section, key->key, error, "only for source = %s, but source = %s",
                               settings->is_live ? "ldif" : "ldap", settings->is_live ? "ldap" : "ldif");
    if (text == NULL)
        return settings_refuse(file, section, key->key, error, "missing, expected %s", key->type);
    if (*text == '\0' && key->reading->empty == MUST_HAVE_VALUE)
        return settings_refuse(file, section, key->key, error, "got nothing, expected %s", key->type);
    if (has_comment(text))
        return settings_refuse(file, section, key->key, error,
                               "got a # after the value, expected comments on lines of their own (in a DN, write \\#)");
    if (!key->reading->read(key, text, settings, &cause))
        return settings_refuse(file, section, key->key, error, "%s", cause->message);
    if (g_str_equal(section, "directory"))
        g_string_append_printf(settings->directory_text, "%s = %s\n", key->key, text);
    return TRUE;
}

static gboolean
read_fixed_sections(const ConfigFile *file, Settings *settings, GError **error)
{
    for (const SettingsKey *key = settings_keys; key->section != NULL; key++)
        if (!g_str_equal(key->section, SETTINGS_GROUP_SECTION) && !read_key(file, key->section, key, settings, error))
            return FALSE;
    return TRUE;
}

/* The section whose head this is, if it is a [group ADDRESS]. */
static gboolean
read_group(const ConfigFile *file, const char *section, const char *key, gpointer user_data, GError **error)
{
    Settings   *settings = user_data;
    const char *address = settings_group_address(section);

    if (key != NULL || address == NULL)
        return TRUE;
    GroupSettings group = {.address = g_strstrip(g_strdup(address))};
    g_ptr_array_add(settings->owned, group.address);
    g_array_append_val(settings->groups, group);
    for (const SettingsKey *known = settings_keys; known->section != NULL; known++)
        if (g_str_equal(known->section, SETTINGS_GROUP_SECTION) && !read_key(file, section, known, settings, error))
            return FALSE;
    return TRUE;
}

/* What routes, restrictions, reports and forwarding are read from. */
static const char *const *
mirrored_attributes(Settings *settings)
{
    g_autoptr(GPtrArray) names = g_ptr_array_new();
    const char *const *lists[] = {group_attributes, forwarding_attributes,
                                  (const char *const *)settings->address_attributes};

    for (gsize i = 0; i < G_N_ELEMENTS(lists); i++)
        for (const char *const *name = lists[i]; *name != NULL; name++)
            if (!g_ptr_array_find_with_equal_func(names, *name, g_str_equal, NULL))
                g_ptr_array_add(names, (gpointer)*name);
    g_ptr_array_add(names, NULL);
    gpointer list = g_memdup2(names->pdata, names->len * sizeof(char *));
    g_ptr_array_add(settings->owned, list);
    return list;
}

/* By these groups are looked up, and members found. */
static const char *const *const usual_lists[] = {group_attributes, group_lookup_attributes, member_attributes,
                                                 forwarding_attributes, NULL};

/* What is stored once and stands in several places, and what the contract says is never NULL. */
static void
complete(Settings *settings)
{
    char **const texts[] = {&settings->milter.socket_group, &settings->milter.user, &settings->milter.split_domain,
                            &settings->control.socket, &settings->control.socket_group};

    settings->ldap.address_attributes = (const char *const *)settings->address_attributes;
    settings->ldif.address_attributes = (const char *const *)settings->address_attributes;
    settings->mirror.attributes = mirrored_attributes(settings);
    settings->mirror.usual = usual_lists;
    settings->mirror.max_shrink_entries = MAX_SHRINK_ENTRIES;
    settings->cache.stale_limit = settings->mirror.stale_limit;
    settings->cache.max_entries = CACHE_ENTRIES;
    for (gsize i = 0; i < G_N_ELEMENTS(texts); i++)
        if (*texts[i] == NULL)
            g_ptr_array_add(settings->owned, *texts[i] = g_strdup(""));
    settings->origin.trusted_networks = (const char *const *)settings->milter.trusted_networks;
    settings->origin.domains = (const char *const *)settings->milter.domains;
}

Settings *
settings_parse(const char *name, const char *text, gsize length, GError **error)
{
    g_autoptr(ConfigFile) file = config_file_parse(name, text, length, error);
    if (file == NULL || !config_file_foreach(file, settings_check_known, NULL, error))
        return NULL;

    g_autoptr(Settings) settings = settings_new();
    if (!read_fixed_sections(file, settings, error) || !config_file_foreach(file, read_group, settings, error))
        return NULL;
    complete(settings);
    return settings_cross_check(settings, file, error) ? g_steal_pointer(&settings) : NULL;
}

/* One octet more than is allowed, so that a file that is too long shows; never more, whatever the file is. */
static gboolean
read_file(const char *file, GByteArray *text, GError **error)
{
    FILE *stream = fopen(file, "re");
    int   number = errno;

    if (stream != NULL) {
        g_byte_array_set_size(text, CONFIG_FILE_MAX_LENGTH + 1);
        gsize length = fread(text->data, 1, text->len, stream);
        number = ferror(stream) ? errno : 0;
        g_byte_array_set_size(text, (guint)length);
        fclose(stream);
    }
    if (number != 0 || stream == NULL)
        g_set_error(error, SETTINGS_ERROR, SETTINGS_ERROR_READ, "%s: cannot be read: %s", file, g_strerror(number));
    return number == 0 && stream != NULL;
}

Settings *
settings_load(const char *file, GError **error)
{
    g_autoptr(GByteArray) text = g_byte_array_new();

    if (!read_file(file, text, error))
        return NULL;
    return settings_parse(file, (const char *)text->data, text->len, error);
}

static const SettingsKey *
find_key(const char *section, const char *name)
{
    const SettingsKey *key = settings_keys;
    while (!g_str_equal(key->section, section) || !g_str_equal(key->key, name))
        key++;
    return key;
}

char *
settings_find_control_socket(const char *path, GError **error)
{
    const SettingsKey *key = find_key("control", "socket");
    g_autoptr(GByteArray) text = g_byte_array_new();
    g_autoptr(Settings) settings = settings_new();

    if (!read_file(path, text, error))
        return NULL;
    g_autoptr(ConfigFile) file = config_file_parse(path, (const char *)text->data, text->len, error);
    if (file == NULL || !read_key(file, key->section, key, settings, error))
        return NULL;
    return g_strdup(settings->control.socket != NULL ? settings->control.socket : "");
}

Settings *
settings_for_ldif(const char *file)
{
    /* Through the same code as any other file; the two values that no text can hold are put in afterwards. Files of
     * directories without proxyAddresses have mail. */
    static const char text[] = "[milter]\ndomains = every.invalid\n"
                               "[directory]\nsource = ldif\nfile = /\naddress-attributes = proxyAddresses mail\n";
    g_autoptr(GError) error = NULL;
    Settings *settings = settings_parse("built-in", text, strlen(text), &error);

    g_assert(settings != NULL);
    settings->milter.domains = NULL;
    settings->origin.domains = NULL;
    settings->history.file = NULL;
    settings->ldif.file = g_strdup(file);
    g_ptr_array_add(settings->owned, (gpointer)settings->ldif.file);
    return settings;
}

const MilterSettings *
settings_milter(const Settings *settings)
{
    return &settings->milter;
}

const LimitSettings *
settings_limits(const Settings *settings)
{
    return &settings->limits;
}

const HistorySettings *
settings_history(const Settings *settings)
{
    return &settings->history;
}

const ControlSettings *
settings_control(const Settings *settings)
{
    return &settings->control;
}

const LdapSettings *
settings_ldap(const Settings *settings)
{
    return settings->is_live ? &settings->ldap : NULL;
}

const LdifSettings *
settings_ldif(const Settings *settings)
{
    return settings->is_live ? NULL : &settings->ldif;
}

const MirrorSettings *
settings_mirror(const Settings *settings)
{
    return settings->is_live && settings->keeps_mirror ? &settings->mirror : NULL;
}

const OriginSettings *
settings_origin(const Settings *settings)
{
    return &settings->origin;
}

const EndpointsSettings *
settings_endpoints(const Settings *settings)
{
    CloudRecognition how = settings->origin.exchange_online;
    return how == CLOUD_PUBLISHED_ADDRESS || how == CLOUD_EITHER ? &settings->endpoints : NULL;
}

ResolverSettings
settings_resolver(const Settings *settings)
{
    ResolverSettings how = settings->resolver;

    how.domains = (const char *const *)settings->milter.domains;
    how.refuse_unknown = settings->milter.refuse_unknown;
    how.accept_empty = settings->milter.accept_empty;
    how.max_members = settings->limits.max_members;
    how.max_depth = settings->limits.max_depth;
    how.max_time = settings->limits.max_time;
    how.max_waiting = settings->ldap.max_waiting;
    how.groups = (const GroupSettings *)(gpointer)settings->groups->data;
    how.n_groups = settings->groups->len;
    return how;
}
