/* SPDX-License-Identifier: BSD-2-Clause
 * config-file.c - the text of rollcall.conf as sections, keys, raw values and line numbers
 *
 * A first pass over the lines finds what GKeyFile would swallow: sections and keys given twice (it merges them and
 * keeps the last value), and where each stands. GKeyFile then reads the values.
 *
 * Owns:     the list of sections and keys, and the GKeyFile.
 * Promises: whatever is accepted here, GKeyFile reads the same way.
 * Threads:  immutable once parsed.
 */
#include "config/config-file.h"

#include "rollcall/settings.h"

#include <string.h>

typedef struct {
    char *section;
    char *key; /* NULL: the head of the section */
    guint line;
} Place;

struct ConfigFile {
    char       *name;
    GPtrArray  *places;     /* of Place, in the order of the file */
    GHashTable *by_name;    /* "section\nkey" or "section" to Place, borrowed */
    const char *in_section; /* while parsing */
    GKeyFile   *values;
};

static void
place_free(gpointer data)
{
    Place *place = data;

    g_free(place->section);
    g_free(place->key);
    g_free(place);
}

void
config_file_free(ConfigFile *file)
{
    if (file == NULL)
        return;
    g_hash_table_unref(file->by_name);
    g_ptr_array_unref(file->places);
    g_key_file_unref(file->values);
    g_free(file->name);
    g_free(file);
}

static ConfigFile *
config_file_new(const char *name)
{
    ConfigFile *file = g_new0(ConfigFile, 1);

    file->name = g_strdup(name);
    file->places = g_ptr_array_new_with_free_func(place_free);
    file->by_name = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    file->values = g_key_file_new();
    return file;
}

/* Enough of a wrong line or value to find it again, however long it is. */
enum { QUOTED_CHARACTERS = 80 };

char *
config_file_quote(const char *text)
{
    if (g_utf8_strlen(text, -1) <= QUOTED_CHARACTERS)
        return g_strdup_printf("'%s'", text);
    g_autofree char *start = g_utf8_substring(text, 0, QUOTED_CHARACTERS);
    return g_strdup_printf("'%s...'", start);
}

static gboolean G_GNUC_PRINTF(4, 5) refuse(const ConfigFile *file, guint line, GError **error, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    g_autofree char *text = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    g_set_error(error, SETTINGS_ERROR, SETTINGS_ERROR_VALUE, "%s: line %u: %s", file->name, line, text);
    return FALSE;
}

static gboolean
refuse_text(const ConfigFile *file, guint line, GError **error, const char *text, const char *expected)
{
    g_autofree char *quoted = config_file_quote(text);
    return refuse(file, line, error, "got %s, expected %s", quoted, expected);
}

/* A newline can stand in neither a section nor a key. */
static char *
index_name(const char *section, const char *key)
{
    return key == NULL ? g_strdup(section) : g_strconcat(section, "\n", key, NULL);
}

static const Place *
find_place(const ConfigFile *file, const char *section, const char *key)
{
    g_autofree char *name = index_name(section, key);
    return g_hash_table_lookup(file->by_name, name);
}

static void
add_place(ConfigFile *file, const char *section, const char *key, guint line)
{
    Place *place = g_new0(Place, 1);

    place->section = g_strdup(section);
    place->key = g_strdup(key);
    place->line = line;
    g_ptr_array_add(file->places, place);
    g_hash_table_insert(file->by_name, index_name(section, key), place);
    if (key == NULL)
        file->in_section = place->section;
}

/* `text` is the line without blanks around it, and begins with a bracket. */
static gboolean
parse_section(ConfigFile *file, char *text, guint line, GError **error)
{
    gsize length = strlen(text);

    if (length < 3 || text[length - 1] != ']')
        return refuse_text(file, line, error, text, "[section] alone on the line");
    text[length - 1] = '\0';
    char *section = text + 1;
    /* GKeyFile's own rule for the names of groups. */
    if (strpbrk(section, "[]") != NULL)
        return refuse_text(file, line, error, section, "a section's name without brackets");

    const Place *earlier = find_place(file, section, NULL);
    if (earlier != NULL)
        return refuse(file, line, error, "[%s]: section given twice, first on line %u", section, earlier->line);
    add_place(file, section, NULL, line);
    return TRUE;
}

static gboolean
is_key(const char *key)
{
    if (*key == '\0')
        return FALSE;
    for (const char *p = key; *p != '\0'; p++)
        if (!g_ascii_isalnum(*p) && *p != '-' && *p != '_')
            return FALSE;
    return TRUE;
}

static gboolean
parse_key(ConfigFile *file, char *text, guint line, GError **error)
{
    char *equals = strchr(text, '=');

    if (equals == NULL)
        return refuse_text(file, line, error, text, "[section], key = value, or # and a comment");
    *equals = '\0';
    char *key = g_strchomp(text);
    if (!is_key(key))
        return refuse_text(file, line, error, key, "a key before the =");
    if (file->in_section == NULL)
        return refuse(file, line, error, "%s: stands before the first [section]", key);

    const Place *earlier = find_place(file, file->in_section, key);
    if (earlier != NULL)
        return refuse(file, line, error, "[%s] %s: given twice, first on line %u", file->in_section, key,
                      earlier->line);
    add_place(file, file->in_section, key, line);
    return TRUE;
}

/* Tab is the only control character that a line may hold: others hide what the eye reads. */
static const char *
find_control(const char *text)
{
    for (const char *p = text; *p != '\0'; p++)
        if (g_ascii_iscntrl(*p) && *p != '\t')
            return p;
    return NULL;
}

static gboolean
parse_line(ConfigFile *file, char *text, guint line, GError **error)
{
    gsize length = strlen(text);

    if (length > 0 && text[length - 1] == '\r')
        text[length - 1] = '\0';
    const char *control = find_control(text);
    if (control != NULL)
        return refuse(file, line, error, "got a control character (0x%02x), expected printable text",
                      (guint)(guchar)*control);
    g_strstrip(text);
    if (*text == '\0' || *text == '#')
        return TRUE;
    return *text == '[' ? parse_section(file, text, line, error) : parse_key(file, text, line, error);
}

static guint
line_at(const char *text, const char *place)
{
    guint line = 1;

    for (const char *p = text; p < place; p++)
        if (*p == '\n')
            line++;
    return line;
}

static gboolean
check_bytes(const ConfigFile *file, const char *text, gsize length, GError **error)
{
    const char *end;

    if (length > CONFIG_FILE_MAX_LENGTH) {
        g_set_error(error, SETTINGS_ERROR, SETTINGS_ERROR_VALUE,
                    "%s: got %" G_GSIZE_FORMAT " octets, expected at most %d", file->name, length,
                    CONFIG_FILE_MAX_LENGTH);
        return FALSE;
    }
    const char *nul = length > 0 ? memchr(text, '\0', length) : NULL;
    if (nul != NULL)
        return refuse(file, line_at(text, nul), error, "got a NUL octet, expected text");
    if (length > 0 && !g_utf8_validate(text, (gssize)length, &end))
        return refuse(file, line_at(text, end), error, "got octets that are not UTF-8, expected UTF-8 text");
    if (length >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0)
        return refuse(file, 1, error, "got a byte order mark, expected UTF-8 without one");
    return TRUE;
}

static gboolean
read_lines(ConfigFile *file, const char *text, gsize length, GError **error)
{
    g_autofree char *copy = g_strndup(text, length);
    guint            line = 0;

    for (char *next, *start = copy; start != NULL; start = next) {
        next = strchr(start, '\n');
        if (next != NULL)
            *next++ = '\0';
        if (!parse_line(file, start, ++line, error))
            return FALSE;
    }
    return TRUE;
}

ConfigFile *
config_file_parse(const char *name, const char *text, gsize length, GError **error)
{
    g_autoptr(ConfigFile) file = config_file_new(name);
    g_autoptr(GError) cause = NULL;

    if (!check_bytes(file, text, length, error) || !read_lines(file, text, length, error))
        return NULL;
    if (length > 0 && !g_key_file_load_from_data(file->values, text, length, G_KEY_FILE_NONE, &cause)) {
        g_set_error(error, SETTINGS_ERROR, SETTINGS_ERROR_VALUE, "%s: %s", name, cause->message);
        return NULL;
    }
    return g_steal_pointer(&file);
}

const char *
config_file_name(const ConfigFile *file)
{
    return file->name;
}

char *
config_file_value(const ConfigFile *file, const char *section, const char *key)
{
    char *value = g_key_file_get_value(file->values, section, key, NULL);
    return value == NULL ? NULL : g_strstrip(value);
}

guint
config_file_line(const ConfigFile *file, const char *section, const char *key)
{
    const Place *place = find_place(file, section, key);
    return place == NULL ? 0 : place->line;
}

gboolean
config_file_foreach(const ConfigFile *file, ConfigFileFunc func, gpointer user_data, GError **error)
{
    for (guint i = 0; i < file->places->len; i++) {
        const Place *place = g_ptr_array_index(file->places, i);
        if (!func(file, place->section, place->key, user_data, error))
            return FALSE;
    }
    return TRUE;
}
