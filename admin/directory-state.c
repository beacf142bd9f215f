/* SPDX-License-Identifier: BSD-2-Clause
 * directory-state.c - what the daemon says about its directory, for people
 *
 * Owns:     nothing.
 * Promises: nothing bad is left out, however short the answer.
 * Threads:  one.
 */
#include "admin/directory-state.h"

#include "admin/daemon.h"

static void row(OutputTable *table, const char *what, const char *format, ...) G_GNUC_PRINTF(3, 4);

static void
row(OutputTable *table, const char *what, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    g_autofree char *text = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    output_table_add(table, what, text);
}

/* Nothing where it says nothing. */
static void
text_row(OutputTable *table, const char *what, const json_t *object, const char *name)
{
    const char *text = daemon_text(object, name);
    if (*text != '\0')
        output_table_add(table, what, text);
}

static void
show_image(OutputTable *table, const json_t *directory)
{
    gint64           entries = daemon_number(directory, "entries");
    g_autofree char *size = g_format_size_full((guint64)daemon_number(directory, "bytes"), G_FORMAT_SIZE_IEC_UNITS);
    if (entries > 0)
        row(table, "entries", "%" G_GINT64_FORMAT ", %s, version %" G_GINT64_FORMAT, entries, size,
            daemon_number(directory, "version"));
}

static void
show_store(OutputTable *table, const json_t *directory)
{
    const char      *store = daemon_text(directory, "store");
    g_autofree char *size =
        g_format_size_full((guint64)daemon_number(directory, "store_bytes"), G_FORMAT_SIZE_IEC_UNITS);
    if (*store != '\0')
        row(table, "store", "%s, %s", store, size);
    text_row(table, "store error", directory, "store_error");
}

static void
show_stream(OutputTable *table, const json_t *stream)
{
    const char      *server = daemon_text(stream, "server");
    g_autofree char *age = daemon_duration(stream, "age");
    row(table, "stream",
        "%s: %s from %s, %s, age %s, %" G_GINT64_FORMAT " changes, %" G_GINT64_FORMAT " full passes, %" G_GINT64_FORMAT
        " presence passes",
        daemon_text(stream, "context"), daemon_text(stream, "method"), *server != '\0' ? server : "no server",
        daemon_text(stream, "doing"), age != NULL ? age : "unknown", daemon_number(stream, "changes"),
        daemon_number(stream, "full_passes"), daemon_number(stream, "presence_passes"));
}

static void
show_parts(OutputTable *table, const json_t *directory, gboolean whole)
{
    gsize   i;
    json_t *part;
    json_array_foreach(json_object_get(directory, "streams"), i, part)
    {
        if (whole)
            show_stream(table, part);
        text_row(table, "stream error", part, "error");
    }
    json_array_foreach(json_object_get(directory, "servers"), i, part)
    {
        gboolean good = json_is_true(json_object_get(part, "good"));
        if (whole || !good)
            row(table, good ? "server" : "server error", "%s: %s", daemon_text(part, "server"),
                daemon_text(part, "text"));
    }
    json_array_foreach(json_object_get(directory, "indexes"), i, part) if (whole)
        output_table_add(table, "index", json_string_value(part));
}

void
directory_state_show(OutputTable *table, const json_t *directory, gboolean whole)
{
    g_autofree char *age = daemon_duration(directory, "age");
    gint64           held_back = daemon_number(directory, "held_back");

    row(table, "directory", "%s, %s%s%s", daemon_text(directory, "kind"), daemon_text(directory, "state"),
        age != NULL ? ", age " : "", age != NULL ? age : "");
    show_image(table, directory);
    show_store(table, directory);
    show_parts(table, directory, whole);
    if (held_back > 0)
        row(table, "held back", "a change that would remove %" G_GINT64_FORMAT " entries", held_back);
    text_row(table, "last error", directory, "last_error");
}

gboolean
directory_state_is_bad(const json_t *directory)
{
    const char *state = daemon_text(directory, "state");
    return g_str_equal(state, "stale") || g_str_equal(state, "held back") ||
           *daemon_text(directory, "store_error") != '\0';
}
