/* SPDX-License-Identifier: BSD-2-Clause
 * value-group.c - values of [group ADDRESS], each in place of a common one
 *
 * Owns:     nothing; what is read goes to the section's GroupSettings, the last of them.
 * Promises: a key that is missing leaves the common setting in force.
 * Threads:  each works on settings of its own.
 */
#include "config/settings-private.h"

static GroupSettings *
last_group(const Settings *settings)
{
    return &g_array_index(settings->groups, GroupSettings, settings->groups->len - 1);
}

/* TRUE, and *given says whether there is a number. */
static gboolean
read_number(const SettingsKey *key, const char *text, gint64 *number, gboolean *given, GError **error)
{
    *given = *text != '\0';
    return !*given || value_number(key, text, number, error);
}

gboolean
read_group_members(const SettingsKey *key, const char *text, Settings *settings, GError **error)
{
    gint64   number;
    gboolean given;

    if (!read_number(key, text, &number, &given, error))
        return FALSE;
    if (given)
        last_group(settings)->max_members = (gsize)number;
    return TRUE;
}

gboolean
read_group_percent(const SettingsKey *key, const char *text, Settings *settings, GError **error)
{
    gint64         number = 0;
    GroupSettings *group = last_group(settings);

    if (!read_number(key, text, &number, &group->has_percent, error))
        return FALSE;
    group->change_percent = (guint)number;
    return TRUE;
}

gboolean
read_group_count(const SettingsKey *key, const char *text, Settings *settings, GError **error)
{
    gint64         number = 0;
    GroupSettings *group = last_group(settings);

    if (!read_number(key, text, &number, &group->has_count, error))
        return FALSE;
    group->change_count = (gsize)number;
    return TRUE;
}

gboolean
read_group_action(const SettingsKey *key, const char *text, Settings *settings, GError **error)
{
    int            number = 0;
    GroupSettings *group = last_group(settings);

    group->has_action = *text != '\0';
    if (group->has_action && !value_choice(key, text, &number, error))
        return FALSE;
    group->guard_action = (GuardAction)number;
    return TRUE;
}
