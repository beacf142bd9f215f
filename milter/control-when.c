/* SPDX-License-Identifier: BSD-2-Clause
 * control-when.c - points in time as an administrator writes them, and as answers show them
 *
 * Threads:  any.
 */
#include "milter/control.h"

static const struct {
    const char *name;
    gint64      length;
} units[] = {
    {"s", G_TIME_SPAN_SECOND}, {"min", G_TIME_SPAN_MINUTE}, {"h", G_TIME_SPAN_HOUR},
    {"d", G_TIME_SPAN_DAY},    {"w", 7 * G_TIME_SPAN_DAY},
};

enum { MOST_UNITS = 100000 };

/* `2h`: microseconds; 0: it is no such text. */
static gint64
read_length(const char *text)
{
    char   *unit;
    guint64 number = g_ascii_strtoull(text, &unit, 10);
    if (!g_ascii_isdigit(*text) || number == 0 || number > MOST_UNITS)
        return 0;
    while (*unit == ' ')
        unit++;
    for (gsize i = 0; i < G_N_ELEMENTS(units); i++)
        if (g_str_equal(unit, units[i].name))
            return (gint64)number * units[i].length;
    return 0;
}

static gint64
microseconds_of(GDateTime *time)
{
    return g_date_time_to_unix(time) * G_USEC_PER_SEC + g_date_time_get_microsecond(time);
}

/* ISO 8601; a day alone is its beginning. */
static gboolean
read_date(const char *text, gint64 *when)
{
    g_autoptr(GTimeZone) zone = g_time_zone_new_local();
    g_autofree char *day = g_strconcat(text, "T00:00:00", NULL);
    g_autoptr(GDateTime) time = g_date_time_new_from_iso8601(text, zone);
    if (time == NULL)
        time = g_date_time_new_from_iso8601(day, zone);
    if (time == NULL)
        return FALSE;
    *when = microseconds_of(time);
    return TRUE;
}

gboolean
control_when(const char *text, gboolean past, gint64 now, gint64 *when)
{
    gint64 length = read_length(text);
    if (length == 0)
        return read_date(text, when);
    *when = past ? now - length : now + length;
    return TRUE;
}

json_t *
control_time(gint64 microseconds)
{
    if (microseconds == 0)
        return json_null();
    g_autoptr(GDateTime) second = g_date_time_new_from_unix_local(microseconds / G_USEC_PER_SEC);
    g_autoptr(GDateTime) time = g_date_time_add(second, microseconds % G_USEC_PER_SEC);
    g_autofree char *text = g_date_time_format_iso8601(time);
    return json_string(text);
}
