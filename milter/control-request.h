/* SPDX-License-Identifier: BSD-2-Clause
 * control-request.h - what came by the control socket, and from whom
 */
#pragma once

#include <glib.h>
#include <jansson.h>

enum { CONTROL_MOST_BODY = 64 * 1024 }; /* octets */

struct MHD_Connection;

/* Who connected, by the kernel's word. Anything but a unix socket is nobody's. */
gboolean control_is_root(int descriptor);
long     control_pid(int descriptor);

/* The arguments of the query, decoded; the last of a name counts. NULL: one of them is no text. Caller:
 * g_hash_table_unref(). */
GHashTable *control_read_query(struct MHD_Connection *connection) G_GNUC_WARN_UNUSED_RESULT;
/* *body: caller's, json_decref(); NULL if nothing was sent. FALSE: no JSON object. */
gboolean control_read_body(const GByteArray *octets, json_t **body) G_GNUC_WARN_UNUSED_RESULT;
/* The answer as it is sent: one readable text in ASCII. Caller: g_free(). */
char *control_print(const json_t *json);
