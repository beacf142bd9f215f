/* SPDX-License-Identifier: BSD-2-Clause
 * message-file.h - the headers of a message in a file
 */
#pragma once

#include <glib.h>
#include <stdio.h>

/* One header field: the value as a milter gets it, without the blanks before it and folded as it stands. */
typedef void (*MessageHeader)(const char *name, const char *value, gpointer user_data);

/* Reads to the end of the headers, as Postfix sees it: an empty line, or the first line that is neither a header field
 * nor the continuation of one. Lines end with LF or CRLF; an mbox separator before the first is passed over. FALSE with
 * a GFileError: unreadable, or the headers are larger than a megabyte. */
gboolean message_file_read(FILE *file, MessageHeader take, gpointer user_data,
                           GError **error) G_GNUC_WARN_UNUSED_RESULT;
