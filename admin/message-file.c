/* SPDX-License-Identifier: BSD-2-Clause
 * message-file.c - the headers of a message in a file
 *
 * Owns:     one header field at a time.
 * Promises: memory is bounded whatever the file is.
 * Threads:  one.
 */
#include "admin/message-file.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>

enum { LARGEST_HEADERS = 1 << 20 };

/* The octets of the name before the colon, 0 if the line is no header field. Blanks may stand before the colon (RFC
 * 5322 section 4.5.8), and are part of what a milter is told. */
static gsize
name_length(const char *line)
{
    gsize name = 0, blanks;
    while (g_ascii_isgraph(line[name]) && line[name] != ':')
        name++;
    blanks = strspn(line + name, " \t");
    return name > 0 && line[name + blanks] == ':' ? name + blanks : 0;
}

static void
give(GString *field, MessageHeader take, gpointer user_data)
{
    gsize length = name_length(field->str);
    if (length == 0)
        return;
    g_autofree char *name = g_strndup(field->str, length);
    const char      *value = field->str + length + 1;
    take(name, value + strspn(value, " \t"), user_data);
    g_string_truncate(field, 0);
}

/* FALSE: the headers have ended. A field is given once the line after it is no continuation. */
static gboolean
take_line(GString *field, const char *line, MessageHeader take, gpointer user_data)
{
    if ((*line == ' ' || *line == '\t') && field->len > 0) {
        g_string_append_printf(field, "\n%s", line);
        return TRUE;
    }
    give(field, take, user_data);
    if (name_length(line) == 0)
        return FALSE;
    g_string_assign(field, line);
    return TRUE;
}

/* Without its end; NULL at the end of the file, after an error, and once `*left` is used up. What stands behind a NUL
 * is not seen, as in a milter. */
static char *
next_line(FILE *file, gsize *left)
{
    g_autoptr(GString) line = g_string_new(NULL);
    int c = EOF;
    while (*left > 0 && (c = getc(file)) != EOF && c != '\n') {
        g_string_append_c(line, (char)c);
        (*left)--;
    }
    if (c == EOF && line->len == 0)
        return NULL;
    if (line->len > 0 && line->str[line->len - 1] == '\r')
        g_string_truncate(line, line->len - 1);
    return g_string_free(g_steal_pointer(&line), FALSE);
}

gboolean
message_file_read(FILE *file, MessageHeader take, gpointer user_data, GError **error)
{
    g_autoptr(GString) field = g_string_new(NULL);
    gsize    left = LARGEST_HEADERS;
    gboolean first = TRUE, more = TRUE;
    while (more && left > 0) {
        g_autofree char *line = next_line(file, &left);
        gboolean         separator = first && line != NULL && g_str_has_prefix(line, "From ") && name_length(line) == 0;
        first = FALSE;
        if (line == NULL)
            break;
        if (!separator)
            more = take_line(field, line, take, user_data);
    }
    if (ferror(file) || left == 0) {
        g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_FAILED, "%s",
                    left == 0 ? "the headers are larger than a megabyte" : "cannot be read");
        return FALSE;
    }
    give(field, take, user_data);
    return TRUE;
}
