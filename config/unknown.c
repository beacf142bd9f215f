/* SPDX-License-Identifier: BSD-2-Clause
 * unknown.c - a section or a key that does not exist is refused, and the nearest one named
 *
 * Owns:     nothing.
 * Promises: what passes is in settings_keys[].
 * Threads:  any.
 */
#include "config/settings-private.h"

#include <string.h>

/* Farther away than this, a name was not meant. Longer ones are not compared at all. */
enum { NEAR_ENOUGH = 3, LONGEST_NAME = 40 };

/* Insertions, deletions and replacements between two short words (Levenshtein), one row at a time. */
static guint
distance(const char *a, const char *b)
{
    guint row[LONGEST_NAME + 1];
    gsize width = strlen(b);

    for (gsize j = 0; j <= width; j++)
        row[j] = (guint)j;
    for (gsize i = 0; a[i] != '\0'; i++) {
        guint diagonal = row[0];
        row[0] = (guint)i + 1;
        for (gsize j = 0; j < width; j++) {
            guint replaced = diagonal + (a[i] != b[j]);
            diagonal = row[j + 1];
            row[j + 1] = MIN(replaced, MIN(row[j], diagonal) + 1);
        }
    }
    return row[width];
}

/* Keeps the nearer of `*best` and `candidate`; `*closest` is the distance of `*best`. */
static void
consider(const char *name, const char *candidate, const char **best, guint *closest)
{
    if (strlen(name) > LONGEST_NAME || strlen(candidate) > LONGEST_NAME)
        return;
    guint far = distance(name, candidate);
    /* A word of which most letters differ is another word. */
    if (far <= NEAR_ENOUGH && far * 2 < strlen(candidate) && far < *closest) {
        *closest = far;
        *best = candidate;
    }
}

const char *
settings_group_address(const char *section)
{
    if (!g_str_has_prefix(section, "group ") && !g_str_has_prefix(section, "group\t"))
        return NULL;
    const char *address = section + strlen("group ");
    while (*address == ' ' || *address == '\t')
        address++;
    return address;
}

/* "[milter], [origin], ... or [group ADDRESS]": the sections of the table, of which the last is the groups'. */
static char *
known_sections(void)
{
    g_autoptr(GString) text = g_string_new(NULL);
    const char *last = "";

    for (const SettingsKey *known = settings_keys; known->section != NULL; last = known++->section) {
        if (g_str_equal(known->section, last))
            continue;
        const char *separator = g_str_equal(known->section, SETTINGS_GROUP_SECTION) ? " or " : ", ";
        g_string_append_printf(text, "%s[%s]", text->len == 0 ? "" : separator, known->section);
    }
    return g_strdup(text->str);
}

static gboolean
check_section(const ConfigFile *file, const char *section, GError **error)
{
    const char *nearest = NULL;
    guint       closest = G_MAXUINT;

    for (const SettingsKey *known = settings_keys; known->section != NULL; known++) {
        if (g_str_equal(known->section, section))
            return TRUE;
        consider(section, known->section, &nearest, &closest);
    }
    if (nearest != NULL)
        return settings_refuse(file, section, NULL, error, "unknown section, did you mean [%s]?", nearest);
    g_autofree char *expected = known_sections();
    return settings_refuse(file, section, NULL, error, "unknown section, expected %s", expected);
}

static gboolean
check_key(const ConfigFile *file, const char *section, const char *key, GError **error)
{
    const char *in_table = settings_group_address(section) != NULL ? SETTINGS_GROUP_SECTION : section;
    const char *nearest = NULL, *elsewhere = NULL;
    guint       closest = G_MAXUINT;

    for (const SettingsKey *known = settings_keys; known->section != NULL; known++) {
        gboolean here = g_str_equal(known->section, in_table);
        if (here && g_str_equal(known->key, key))
            return TRUE;
        if (here)
            consider(key, known->key, &nearest, &closest);
        else if (elsewhere == NULL && g_str_equal(known->key, key))
            elsewhere = known->section;
    }
    if (elsewhere != NULL)
        return settings_refuse(file, section, key, error, "unknown key, it belongs to [%s]", elsewhere);
    if (nearest != NULL)
        return settings_refuse(file, section, key, error, "unknown key, did you mean '%s'?", nearest);
    return settings_refuse(file, section, key, error, "unknown key, see rollcall.conf(5)");
}

gboolean
settings_check_known(const ConfigFile *file, const char *section, const char *key, G_GNUC_UNUSED gpointer unused,
                     GError **error)
{
    if (key != NULL)
        return check_key(file, section, key, error);
    return settings_group_address(section) != NULL || check_section(file, section, error);
}
