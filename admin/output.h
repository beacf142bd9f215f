/* SPDX-License-Identifier: BSD-2-Clause
 * output.h - what the command writes: answers to standard output, everything else to standard error
 *
 * Text from a directory is escaped wherever it could act on a terminal.
 */
#pragma once

#include <glib.h>
#include <jansson.h>

/* Control characters, direction marks and octets that are not UTF-8 as a backslash and two hexadecimal digits for each
 * octet, which is how DNs and filters spell them too. Caller: g_free(). */
char *output_escape(const char *text);

/* One escaped line to standard output. */
void output_line(const char *format, ...) G_GNUC_PRINTF(1, 2);
/* One escaped line to standard error: as it is, and after "rollcall: ". */
void output_note(const char *format, ...) G_GNUC_PRINTF(1, 2);
void output_error(const char *format, ...) G_GNUC_PRINTF(1, 2);

/* Rows with columns as wide as their widest cell. */
typedef struct OutputTable OutputTable;
OutputTable               *output_table_new(guint n_columns);
void                       output_table_add(OutputTable *table, ...); /* n_columns times const char * */
void                       output_table_print(OutputTable *table);    /* and frees it */

/* Text of any octets as a JSON string; NULL as null. */
json_t *output_json_text(const char *text);
/* Prints and releases `value`. */
void output_json(json_t *value);

/* Flushes standard output. Returns `status`, or EX_IOERR, reported, if something was not written. */
int output_finish(int status);
