/* SPDX-License-Identifier: BSD-2-Clause
 * config-file.h - the text of rollcall.conf as sections, keys, raw values and line numbers
 */
#pragma once

#include <glib.h>

/* Longer files are refused before they are read: a configuration is a page or two. */
enum { CONFIG_FILE_MAX_LENGTH = 1024 * 1024 };

typedef struct ConfigFile ConfigFile;

/* Reads the form only; whether a section or key is known is for the caller. Refused with SETTINGS_ERROR_VALUE and
 * "NAME: line N: ...": too long, not UTF-8, control characters, a line that is no section, key or comment, a section or
 * a key given twice. Caller: config_file_free(). */
ConfigFile *config_file_parse(const char *name, const char *text, gsize length,
                              GError **error) G_GNUC_WARN_UNUSED_RESULT;
void        config_file_free(ConfigFile *file);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(ConfigFile, config_file_free)

const char *config_file_name(const ConfigFile *file);
/* The value as written, without blanks around it; nothing is unescaped. NULL: not given. Caller: g_free(). */
char *config_file_value(const ConfigFile *file, const char *section, const char *key);
/* Where a key stands, or with `key` NULL a section's head. 0: nowhere. */
guint config_file_line(const ConfigFile *file, const char *section, const char *key);

/* The text between quotes for a message, shortened if it is long. Caller: g_free(). */
char *config_file_quote(const char *text);

/* Called in the order of the file, for each section (key NULL) and each key. FALSE with `error` ends the walk. */
typedef gboolean (*ConfigFileFunc)(const ConfigFile *file, const char *section, const char *key, gpointer user_data,
                                   GError **error);
gboolean config_file_foreach(const ConfigFile *file, ConfigFileFunc func, gpointer user_data,
                             GError **error) G_GNUC_WARN_UNUSED_RESULT;
