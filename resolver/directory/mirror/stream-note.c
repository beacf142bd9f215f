/* SPDX-License-Identifier: BSD-2-Clause
 * stream-note.c - what is behind a stream's cookie: the server's own, and how far which server had got
 *
 * A server that has been restored from an older state takes a newer cookie and answers "nothing new" until it has come
 * that far again. So the note has each server's own count beside the cookie.
 *
 * Format: lines of text, an empty one, then the octets of the server's cookie.
 *
 * Promises: what is not a note of ours is none, whatever its octets.
 * Threads:  any; a note is used by one at a time.
 */
#include "stream-private.h"

#include <string.h>

enum {
    MAX_MARKS = 32,
    MAX_STRANGERS = 10000, /* of more than these nothing is kept beyond a restart */
};

static const char magic[] = "rollcall-stream 1";

G_DEFINE_QUARK(rollcall_stream_error, stream_error)

StreamNote *
stream_note_new(const char *method, const char *context, GBytes *cookie)
{
    StreamNote *note = g_new0(StreamNote, 1);

    note->method = method;
    note->context = g_strdup(context);
    note->cookie = g_bytes_ref(cookie);
    note->strangers = stream_id_set_new();
    note->marks = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    return note;
}

void
stream_note_free(StreamNote *note)
{
    if (note == NULL)
        return;
    g_free(note->context);
    g_bytes_unref(note->cookie);
    g_hash_table_unref(note->marks);
    g_hash_table_unref(note->strangers);
    g_free(note);
}

void
stream_note_mark(StreamNote *note, const char *identity, guint64 mark)
{
    /* more servers than anybody has: the note is not to grow for ever */
    if (g_hash_table_size(note->marks) >= MAX_MARKS && !g_hash_table_contains(note->marks, identity))
        g_hash_table_remove_all(note->marks);
    g_hash_table_replace(note->marks, g_strdup(identity), g_memdup2(&mark, sizeof mark));
}

gboolean
stream_note_is_ahead(const StreamNote *note, const char *identity, guint64 mark)
{
    const guint64 *known = g_hash_table_lookup(note->marks, identity);

    return known != NULL && mark < *known;
}

static void
write_strangers(const StreamNote *note, GString *text)
{
    GHashTableIter each;
    gpointer       id = NULL;

    g_hash_table_iter_init(&each, note->strangers);
    while (g_hash_table_size(note->strangers) <= MAX_STRANGERS && g_hash_table_iter_next(&each, &id, NULL)) {
        g_string_append(text, "stranger ");
        for (gsize i = 0; i < sizeof(EntryId); i++)
            g_string_append_printf(text, "%02x", ((const EntryId *)id)->octets[i]);
        g_string_append_c(text, '\n');
    }
}

GBytes *
stream_note_write(const StreamNote *note)
{
    g_autofree char *context = g_strescape(note->context, NULL);
    GString         *text = g_string_new(NULL);
    GHashTableIter   each;
    gpointer         identity = NULL, mark = NULL;
    gsize            length = 0;
    gconstpointer    octets = g_bytes_get_data(note->cookie, &length);

    g_string_append_printf(text, "%s\nmethod %s\ncontext %s\n", magic, note->method, context);
    g_hash_table_iter_init(&each, note->marks);
    while (g_hash_table_iter_next(&each, &identity, &mark)) {
        g_autofree char *shown = g_strescape(identity, NULL);
        g_string_append_printf(text, "mark %" G_GUINT64_FORMAT " %s\n", *(guint64 *)mark, shown);
    }
    write_strangers(note, text);
    g_string_append_c(text, '\n');
    g_string_append_len(text, octets, (gssize)length);
    return g_string_free_to_bytes(text);
}

static gboolean
read_mark(StreamNote *note, const char *text)
{
    char   *end = NULL;
    guint64 mark = g_ascii_strtoull(text, &end, 10);

    if (end == text || *end != ' ')
        return FALSE;
    g_autofree char *identity = g_strcompress(end + 1);
    stream_note_mark(note, identity, mark);
    return TRUE;
}

static gboolean
read_line(StreamNote *note, const char *line)
{
    const char *stranger = g_str_has_prefix(line, "stranger ") ? line + strlen("stranger ") : NULL;
    EntryId     id;

    if (stranger == NULL)
        return g_str_has_prefix(line, "mark ") && read_mark(note, line + strlen("mark "));
    if (!stream_id_parse(stranger, strlen(stranger), &id))
        return FALSE;
    g_hash_table_add(note->strangers, g_memdup2(&id, sizeof id));
    return TRUE;
}

StreamNote *
stream_note_read(GBytes *octets, const char *method, const char *context)
{
    gsize       length = 0;
    const char *data = g_bytes_get_data(octets, &length);
    const char *end = data != NULL ? g_strstr_len(data, (gssize)length, "\n\n") : NULL;

    if (end == NULL)
        return NULL;
    g_autofree char *head = g_strndup(data, (gsize)(end - data));
    g_auto(GStrv) lines = g_strsplit(head, "\n", -1);
    g_autofree char *escaped = g_strescape(context, NULL);
    g_autofree char *first = g_strdup_printf("method %s", method);
    g_autofree char *second = g_strdup_printf("context %s", escaped);
    if (g_strv_length(lines) < 3 || !g_str_equal(lines[0], magic) || !g_str_equal(lines[1], first) ||
        !g_str_equal(lines[2], second))
        return NULL;
    gsize start = (gsize)(end - data) + strlen("\n\n");
    g_autoptr(GBytes) cookie = g_bytes_new_from_bytes(octets, start, length - start);
    g_autoptr(StreamNote) note = stream_note_new(method, context, cookie);
    for (guint i = 3; lines[i] != NULL; i++)
        if (!read_line(note, lines[i]))
            return NULL;
    return g_steal_pointer(&note);
}
