/* SPDX-License-Identifier: BSD-2-Clause
 * ldif-lines.h - the logical lines of an LDIF file: unfolded, without comments (RFC 2849 notes 2 to 4)
 *
 * For one thread.
 */
#pragma once

#include <glib.h>
#include <stdio.h>

enum {
    /* octets of a logical line: a value of 16 MiB in base64, and its name */
    LDIF_MAX_LINE = 24 * 1024 * 1024,
};

typedef struct {
    guint64 number; /* of its first physical line, from 1; 0: the end of the file */
    char   *text;   /* until the next call, the caller may write in it; a NUL stands behind it */
    gsize   length; /* 0: the blank line that ends a record */
} LdifLine;

typedef struct LdifLines LdifLines;

/* Borrows `stream`; `name` stands for it in messages. */
LdifLines *ldif_lines_new(FILE *stream, const char *name);
void       ldif_lines_free(LdifLines *lines);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LdifLines, ldif_lines_free)

/* FALSE with DIRECTORY_ERROR_SETTINGS: cannot be read, or is no LDIF. */
gboolean ldif_lines_next(LdifLines *lines, LdifLine *line, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Sets "NAME: line N: ..." and returns FALSE. */
gboolean ldif_lines_fail(const LdifLines *lines, guint64 number, GError **error, const char *format, ...)
    G_GNUC_PRINTF(4, 5);
