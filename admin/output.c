/* SPDX-License-Identifier: BSD-2-Clause
 * output.c - what the command writes: answers to standard output, everything else to standard error
 *
 * Owns:     nothing.
 * Promises: no octet from a directory acts on the terminal; output that is lost does not look like success.
 * Threads:  one.
 */
#include "admin/output.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

/* What a terminal may obey, and what makes text read differently than it is stored. */
static gboolean
is_dangerous(gunichar c)
{
    GUnicodeType type = g_unichar_type(c);
    return type == G_UNICODE_CONTROL || type == G_UNICODE_FORMAT || type == G_UNICODE_LINE_SEPARATOR ||
           type == G_UNICODE_PARAGRAPH_SEPARATOR;
}

/* Octets of the character at `text` (1 if it is no UTF-8); whether it is shown as it is. */
static gsize
character(const char *text, gboolean *plain)
{
    gunichar c = g_utf8_get_char_validated(text, -1);

    if (c == (gunichar)-1 || c == (gunichar)-2) {
        *plain = FALSE;
        return 1;
    }
    *plain = !is_dangerous(c);
    return (gsize)(g_utf8_next_char(text) - text);
}

char *
output_escape(const char *text)
{
    GString *escaped = g_string_sized_new(strlen(text));

    for (gsize length; *text != '\0'; text += length) {
        gboolean plain;
        length = character(text, &plain);
        if (plain)
            g_string_append_len(escaped, text, (gssize)length);
        for (gsize i = 0; !plain && i < length; i++)
            g_string_append_printf(escaped, "\\%02x", (guint)(guchar)text[i]);
    }
    return g_string_free(escaped, FALSE);
}

static void G_GNUC_PRINTF(3, 0) print_line(FILE *stream, const char *prefix, const char *format, va_list arguments)
{
    g_autofree char *text = g_strdup_vprintf(format, arguments);
    g_autofree char *escaped = output_escape(text);
    fprintf(stream, "%s%s\n", prefix, escaped);
}

void
output_line(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    print_line(stdout, "", format, arguments);
    va_end(arguments);
}

void
output_note(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    print_line(stderr, "", format, arguments);
    va_end(arguments);
}

void
output_error(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    print_line(stderr, "rollcall: ", format, arguments);
    va_end(arguments);
}

struct OutputTable {
    guint      n_columns;
    glong     *widths;
    GPtrArray *cells; /* row by row, escaped */
};

OutputTable *
output_table_new(guint n_columns)
{
    OutputTable *table = g_new0(OutputTable, 1);

    table->n_columns = n_columns;
    table->widths = g_new0(glong, n_columns);
    table->cells = g_ptr_array_new_with_free_func(g_free);
    return table;
}

void
output_table_add(OutputTable *table, ...)
{
    va_list arguments;

    va_start(arguments, table);
    for (guint i = 0; i < table->n_columns; i++) {
        char *cell = output_escape(va_arg(arguments, const char *));
        table->widths[i] = MAX(table->widths[i], g_utf8_strlen(cell, -1));
        g_ptr_array_add(table->cells, cell);
    }
    va_end(arguments);
}

void
output_table_print(OutputTable *table)
{
    for (guint i = 0; i < table->cells->len; i++) {
        const char *cell = g_ptr_array_index(table->cells, i);
        guint       column = i % table->n_columns;
        gboolean    last = column + 1 == table->n_columns;
        int         padding = last ? 0 : (int)(table->widths[column] - g_utf8_strlen(cell, -1)) + 2;
        printf("%s%*s%s", cell, padding, "", last ? "\n" : "");
    }
    g_ptr_array_unref(table->cells);
    g_free(table->widths);
    g_free(table);
}

json_t *
output_json_text(const char *text)
{
    if (text == NULL)
        return json_null();
    g_autofree char *valid = g_utf8_make_valid(text, -1);
    return json_string(valid);
}

static gboolean
all_plain(const char *text)
{
    gboolean plain = TRUE;

    for (gsize length; *text != '\0' && (plain || *text == '\n'); text += length)
        length = character(text, &plain);
    return *text == '\0';
}

/* Readable unless it holds what JSON does not escape by itself, such as the control characters above 7 bit. */
void
output_json(json_t *value)
{
    g_autofree char *text = json_dumps(value, JSON_INDENT(2));

    if (!all_plain(text)) {
        g_free(text);
        text = json_dumps(value, JSON_INDENT(2) | JSON_ENSURE_ASCII);
    }
    puts(text);
    json_decref(value);
}

int
output_finish(int status)
{
    gboolean failed = ferror(stdout) != 0;

    errno = 0;
    if (fclose(stdout) == 0 && !failed)
        return status;
    output_error("standard output: %s", errno != 0 ? g_strerror(errno) : "not everything could be written");
    return EX_IOERR;
}
