/* SPDX-License-Identifier: BSD-2-Clause
 * ldif-reader.h - the entries of an LDIF file (RFC 2849, content records), one after the other
 *
 * Taken beyond the RFC: UTF-8 in a plain value, `_` in an attribute's name, a byte order mark, a missing version line.
 * Refused: change records, URL values, values that are only a range of an attribute's values.
 * For one thread.
 */
#pragma once

#include "rollcall/entry.h"

#include <glib.h>
#include <stdio.h>

typedef struct LdifReader LdifReader;

/* Borrows `stream`; `name` stands for it in messages. */
LdifReader *ldif_reader_new(FILE *stream, const char *name);
void        ldif_reader_free(LdifReader *reader);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LdifReader, ldif_reader_free)

/* TRUE and *entry NULL: the file is at its end. FALSE with DIRECTORY_ERROR_SETTINGS: "NAME: line N: ...".
 * Caller: entry_unref(). */
gboolean ldif_reader_next(LdifReader *reader, const Entry **entry, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Sets "NAME: line N: ..." where N is the line on which the entry read last begins, and returns FALSE. */
gboolean ldif_reader_fail(const LdifReader *reader, GError **error, const char *reason);
