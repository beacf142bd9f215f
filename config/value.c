/* SPDX-License-Identifier: BSD-2-Clause
 * value.c - one raw value of rollcall.conf, read as what its key says: names, lists, choices, numbers, times
 *
 * Owns:     nothing; what is read goes to the settings.
 * Promises: a value is taken whole or refused with "got 'X', expected Y".
 * Threads:  each works on settings of its own.
 */
#include "config/settings-private.h"

#include "rollcall/address.h"
#include "rollcall/dn.h"

#include <string.h>

gboolean
value_refuse(const char *text, GError **error, const char *expected, ...)
{
    va_list arguments;
    va_start(arguments, expected);
    g_autofree char *wanted = g_strdup_vprintf(expected, arguments);
    va_end(arguments);
    g_autofree char *quoted = config_file_quote(text);
    g_set_error(error, SETTINGS_ERROR, SETTINGS_ERROR_VALUE, "got %s, expected %s", quoted, wanted);
    return FALSE;
}

static char *
keep(Settings *settings, char *text)
{
    g_ptr_array_add(settings->owned, text);
    return text;
}

void
value_store_text(const SettingsKey *key, Settings *settings, const char *text)
{
    char *value = *text == '\0' ? NULL : keep(settings, g_strdup(text));
    G_STRUCT_MEMBER(char *, settings, key->reading->offset) = value;
}

void
value_store_list(const SettingsKey *key, Settings *settings, GPtrArray *items)
{
    for (guint i = 0; i < items->len; i++)
        keep(settings, g_ptr_array_index(items, i));
    g_ptr_array_add(items, NULL);
    char **list = (char **)g_ptr_array_free(items, FALSE);
    g_ptr_array_add(settings->owned, list);
    G_STRUCT_MEMBER(char **, settings, key->reading->offset) = list;
}

GPtrArray *
value_words(const char *text)
{
    GPtrArray *words = g_ptr_array_new_with_free_func(g_free);
    g_auto(GStrv) pieces = g_strsplit_set(text, ", \t", -1);

    for (char **piece = pieces; *piece != NULL; piece++)
        if (**piece != '\0')
            g_ptr_array_add(words, g_strdup(*piece));
    return words;
}

gboolean
value_store_words(const SettingsKey *key, const char *text, Settings *settings, gboolean (*is_good)(const char *word),
                  const char *expected, GError **error)
{
    g_autoptr(GPtrArray) words = value_words(text);

    if (words->len == 0 && key->reading->empty == MUST_HAVE_VALUE)
        return value_refuse(text, error, "%s", expected);
    for (guint i = 0; i < words->len; i++)
        if (!is_good(g_ptr_array_index(words, i)))
            return value_refuse(g_ptr_array_index(words, i), error, "%s", expected);
    g_ptr_array_set_free_func(words, NULL);
    value_store_list(key, settings, g_steal_pointer(&words));
    return TRUE;
}

/* The daemon leaves the directory it was started in, so a relative path would mean two files. */
gboolean
read_path(const SettingsKey *key, const char *text, Settings *settings, GError **error)
{
    if (*text != '\0' && *text != '/')
        return value_refuse(text, error, "a path that begins with /");
    value_store_text(key, settings, text);
    return TRUE;
}

/* The name of a user, a group or a Kerberos principal: one word. */
gboolean
read_name(const SettingsKey *key, const char *text, Settings *settings, GError **error)
{
    if (strpbrk(text, " \t,") != NULL)
        return value_refuse(text, error, "one name without blanks or commas");
    value_store_text(key, settings, text);
    return TRUE;
}

static gboolean
is_dn(const char *text)
{
    g_autofree char *key = dn_key(text);
    return key != NULL && *key != '\0';
}

gboolean
read_dn(const SettingsKey *key, const char *text, Settings *settings, GError **error)
{
    if (*text != '\0' && !is_dn(text))
        return value_refuse(text, error, "a DN such as CN=rollcall,OU=Services,DC=example,DC=com");
    value_store_text(key, settings, text);
    return TRUE;
}

/* MS-ADTS 5.1.1.1.1: a simple bind also takes user@domain, DOMAIN\user and some others, none of which has a =. */
gboolean
read_bind_name(const SettingsKey *key, const char *text, Settings *settings, GError **error)
{
    if (strchr(text, '=') != NULL && !is_dn(text))
        return value_refuse(text, error, "a DN, or a name such as rollcall@example.com");
    value_store_text(key, settings, text);
    return TRUE;
}

/* RFC 4514 section 2.4: inside a DN a semicolon is always escaped, so a bare one stands between two of them. */
static const char *
end_of_dn(const char *start)
{
    const char *end = start;

    while (*end != '\0' && *end != ';')
        end += *end == '\\' && end[1] != '\0' ? 2 : 1;
    return end;
}

gboolean
read_dns(const SettingsKey *key, const char *text, Settings *settings, GError **error)
{
    g_autoptr(GPtrArray) dns = g_ptr_array_new_with_free_func(g_free);

    for (const char *start = text, *end; start != NULL; start = *end == ';' ? end + 1 : NULL) {
        end = end_of_dn(start);
        char *dn = g_strstrip(g_strndup(start, (gsize)(end - start)));
        g_ptr_array_add(dns, dn);
        if (!is_dn(dn))
            return value_refuse(dn, error, "a DN such as DC=example,DC=com, several with ; between them");
    }
    g_ptr_array_set_free_func(dns, NULL);
    value_store_list(key, settings, g_steal_pointer(&dns));
    return TRUE;
}

/* RFC 4512 section 2.5: a descriptor (or a numeric OID), here without options. */
static gboolean
is_attribute(const char *word)
{
    for (const char *p = word; *p != '\0'; p++)
        if (!g_ascii_isalnum(*p) && *p != '-' && *p != '.')
            return FALSE;
    return *word != '-' && *word != '.';
}

gboolean
read_attributes(const SettingsKey *key, const char *text, Settings *settings, GError **error)
{
    return value_store_words(key, text, settings, is_attribute, "names of attributes", error);
}

static gboolean
is_domain(const char *word)
{
    g_autofree char *key = address_domain_to_key(word);
    return key != NULL && strpbrk(word, "@*[]#") == NULL;
}

gboolean
read_domains(const SettingsKey *key, const char *text, Settings *settings, GError **error)
{
    return value_store_words(key, text, settings, is_domain, "domains such as example.com, without @ or *", error);
}

gboolean
read_domain(const SettingsKey *key, const char *text, Settings *settings, GError **error)
{
    if (*text != '\0' && (!is_domain(text) || !g_str_is_ascii(text) || strpbrk(text, " \t,") != NULL))
        return value_refuse(text, error, "one domain in ASCII, such as split.rollcall.invalid");
    value_store_text(key, settings, text);
    return TRUE;
}

static gboolean
is_address(const char *word)
{
    g_autoptr(Address) address = address_new(word, NULL);
    return address != NULL;
}

gboolean
read_addresses(const SettingsKey *key, const char *text, Settings *settings, GError **error)
{
    return value_store_words(key, text, settings, is_address, "addresses such as ann@example.com", error);
}

/* The number of `text` in "one | two | three", or -1. */
static int
choice_number(const char *choices, const char *text)
{
    g_auto(GStrv) names = g_strsplit(choices, " | ", -1);

    for (int i = 0; names[i] != NULL; i++)
        if (g_str_equal(names[i], text))
            return i;
    return -1;
}

gboolean
value_choice(const SettingsKey *key, const char *text, int *number, GError **error)
{
    *number = choice_number(key->type, text);
    return *number >= 0 || value_refuse(text, error, "%s", key->type);
}

gboolean
read_choice(const SettingsKey *key, const char *text, Settings *settings, GError **error)
{
    int number;

    if (!value_choice(key, text, &number, error))
        return FALSE;
    G_STRUCT_MEMBER(int, settings, key->reading->offset) = number;
    return TRUE;
}

gboolean
read_choice_text(const SettingsKey *key, const char *text, Settings *settings, GError **error)
{
    if (choice_number(key->type, text) < 0)
        return value_refuse(text, error, "%s", key->type);
    value_store_text(key, settings, text);
    return TRUE;
}

gboolean
value_number(const SettingsKey *key, const char *text, gint64 *number, GError **error)
{
    gint64  low = key->reading->low, high = key->reading->high;
    guint64 value;
    g_autoptr(GError) cause = NULL;

    if (!g_ascii_string_to_unsigned(text, 10, (guint64)low, (guint64)high, &value, &cause))
        return value_refuse(text, error, "a whole number from %" G_GINT64_FORMAT " to %" G_GINT64_FORMAT, low, high);
    *number = (gint64)value;
    return TRUE;
}

gboolean
read_guint(const SettingsKey *key, const char *text, Settings *settings, GError **error)
{
    gint64 number;

    if (!value_number(key, text, &number, error))
        return FALSE;
    G_STRUCT_MEMBER(guint, settings, key->reading->offset) = (guint)number;
    return TRUE;
}

gboolean
read_gsize(const SettingsKey *key, const char *text, Settings *settings, GError **error)
{
    gint64 number;

    if (!value_number(key, text, &number, error))
        return FALSE;
    G_STRUCT_MEMBER(gsize, settings, key->reading->offset) = (gsize)number;
    return TRUE;
}

gboolean
read_guint64(const SettingsKey *key, const char *text, Settings *settings, GError **error)
{
    gint64 number;

    if (!value_number(key, text, &number, error))
        return FALSE;
    G_STRUCT_MEMBER(guint64, settings, key->reading->offset) = (guint64)number;
    return TRUE;
}

static const struct {
    const char *name;
    gint64      length; /* microseconds */
} time_units[] = {
    {"ms", G_TIME_SPAN_MILLISECOND}, {"s", G_TIME_SPAN_SECOND}, {"min", G_TIME_SPAN_MINUTE},
    {"h", G_TIME_SPAN_HOUR},         {"d", G_TIME_SPAN_DAY},
};

/* `unit` points behind the digits. 0: no such unit. */
static gint64
unit_length(const char *unit)
{
    while (*unit == ' ' || *unit == '\t')
        unit++;
    for (gsize i = 0; i < G_N_ELEMENTS(time_units); i++)
        if (g_str_equal(unit, time_units[i].name))
            return time_units[i].length;
    return 0;
}

/* Bounds are in microseconds, and in whole seconds wherever they are shown. The unit must be written: a bare number
 * means seconds to one reader and milliseconds to the next. */
gboolean
read_time(const SettingsKey *key, const char *text, Settings *settings, GError **error)
{
    gint64  low = key->reading->low, high = key->reading->high;
    char   *unit;
    guint64 number = g_ascii_strtoull(text, &unit, 10);
    gint64  length = unit_length(unit);

    if (!g_ascii_isdigit(*text) || length == 0 || number > (guint64)(high / length) || (gint64)number * length < low)
        return value_refuse(text, error,
                            "a time with its unit (ms, s, min, h, d) from %" G_GINT64_FORMAT " s to %" G_GINT64_FORMAT
                            " s",
                            low / G_TIME_SPAN_SECOND, high / G_TIME_SPAN_SECOND);
    G_STRUCT_MEMBER(gint64, settings, key->reading->offset) = (gint64)number * length;
    return TRUE;
}
