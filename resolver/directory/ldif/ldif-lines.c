/* SPDX-License-Identifier: BSD-2-Clause
 * ldif-lines.c - the logical lines of an LDIF file
 *
 * Owns:     a read buffer, and the one line that was handed out last.
 * Promises: memory is bounded whatever the file holds: a line longer than LDIF_MAX_LINE is an error.
 * Threads:  one.
 */
#include "ldif-lines.h"

#include "rollcall/directory.h"

#include <errno.h>
#include <string.h>

enum { BLOCK = 256 * 1024 };

struct LdifLines {
    FILE    *stream;
    char    *name;
    char    *block; /* what was read and not yet taken: block[start..end) */
    gsize    start, end;
    GString *line;
    guint64  number; /* of the physical line taken last */
};

LdifLines *
ldif_lines_new(FILE *stream, const char *name)
{
    LdifLines *lines = g_new0(LdifLines, 1);
    lines->stream = stream;
    lines->name = g_strdup(name);
    lines->block = g_malloc(BLOCK);
    lines->line = g_string_sized_new(1024);
    return lines;
}

void
ldif_lines_free(LdifLines *lines)
{
    if (lines == NULL)
        return;
    g_free(lines->name);
    g_free(lines->block);
    g_string_free(lines->line, TRUE);
    g_free(lines);
}

gboolean
ldif_lines_fail(const LdifLines *lines, guint64 number, GError **error, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    g_autofree char *text = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    g_set_error(error, DIRECTORY_ERROR, DIRECTORY_ERROR_SETTINGS, "%s: line %" G_GUINT64_FORMAT ": %s", lines->name,
                number, text);
    return FALSE;
}

/* Windows tools begin a file with a byte order mark, and write UTF-16 when asked for Unicode (`ldifde -u`). */
static gboolean
take_byte_order_mark(LdifLines *lines, GError **error)
{
    gsize length = lines->end - lines->start;

    if (length >= 2 && (memcmp(lines->block, "\xff\xfe", 2) == 0 || memcmp(lines->block, "\xfe\xff", 2) == 0))
        return ldif_lines_fail(lines, 1, error, "the file is UTF-16; convert it to UTF-8");
    if (length >= 3 && memcmp(lines->block, "\xef\xbb\xbf", 3) == 0)
        lines->start = 3;
    return TRUE;
}

/* Sees to it that something lies in the block, unless the file is at its end. */
static gboolean
fill(LdifLines *lines, GError **error)
{
    if (lines->start < lines->end)
        return TRUE;

    gboolean first = lines->end == 0;
    lines->start = 0;
    lines->end = fread(lines->block, 1, BLOCK, lines->stream);
    if (lines->end < BLOCK && ferror(lines->stream)) {
        g_set_error(error, DIRECTORY_ERROR, DIRECTORY_ERROR_SETTINGS, "%s: %s", lines->name, g_strerror(errno));
        return FALSE;
    }
    return first && lines->number == 0 ? take_byte_order_mark(lines, error) : TRUE;
}

static gboolean
at_end(const LdifLines *lines)
{
    return lines->start == lines->end;
}

/* Appends the next physical line, without what ends it, to the logical one. */
static gboolean
take_physical(LdifLines *lines, guint64 first, GError **error)
{
    const char *newline = NULL;
    gsize       before = lines->line->len;

    lines->number++;
    while (newline == NULL) {
        if (!fill(lines, error))
            return FALSE;
        /* RFC 2849 ends each line; one that is not ended was cut off, and half an address may be somebody else's */
        if (at_end(lines))
            return ldif_lines_fail(lines, lines->number, error, "the file ends in the middle of a line: is it whole?");
        const char *start = lines->block + lines->start;
        gsize       available = lines->end - lines->start;
        newline = memchr(start, '\n', available);
        gsize length = newline != NULL ? (gsize)(newline - start) : available;
        if (lines->line->len + length > LDIF_MAX_LINE)
            return ldif_lines_fail(lines, first, error, "longer than %d octets", LDIF_MAX_LINE);
        g_string_append_len(lines->line, start, length);
        lines->start += length + (newline != NULL ? 1 : 0);
    }
    if (lines->line->len > before && lines->line->str[lines->line->len - 1] == '\r')
        g_string_truncate(lines->line, lines->line->len - 1);
    return TRUE;
}

/* The rest of a folded line: each physical line that begins with a space, less that space. */
static gboolean
take_continuations(LdifLines *lines, guint64 first, GError **error)
{
    for (;;) {
        if (!fill(lines, error))
            return FALSE;
        if (at_end(lines) || lines->block[lines->start] != ' ')
            return TRUE;
        lines->start++;
        if (!take_physical(lines, first, error))
            return FALSE;
    }
}

gboolean
ldif_lines_next(LdifLines *lines, LdifLine *line, GError **error)
{
    do {
        *line = (LdifLine){0};
        if (!fill(lines, error))
            return FALSE;
        if (at_end(lines))
            return TRUE;

        guint64 first = lines->number + 1;
        if (lines->block[lines->start] == ' ')
            return ldif_lines_fail(lines, first, error, "continues a line, but there is none before it");
        g_string_truncate(lines->line, 0);
        if (!take_physical(lines, first, error))
            return FALSE;
        if (lines->line->len > 0 && !take_continuations(lines, first, error))
            return FALSE;
        *line = (LdifLine){.number = first, .text = lines->line->str, .length = lines->line->len};
    } while (line->text[0] == '#');
    return TRUE;
}
