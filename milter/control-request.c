/* SPDX-License-Identifier: BSD-2-Clause
 * control-request.c - what came by the control socket, and from whom
 *
 * Promises: what handlers are given is valid UTF-8 without NUL.
 * Threads:  any.
 */
#include "milter/control-request.h"

#include <microhttpd.h>

#include <stdlib.h>
#include <sys/socket.h>

static gboolean
peer(int descriptor, struct ucred *who)
{
    socklen_t length = sizeof *who;
    int       domain = 0;
    socklen_t domain_length = sizeof domain;
    return getsockopt(descriptor, SOL_SOCKET, SO_DOMAIN, &domain, &domain_length) == 0 && domain == AF_UNIX &&
           getsockopt(descriptor, SOL_SOCKET, SO_PEERCRED, who, &length) == 0;
}

gboolean
control_is_root(int descriptor)
{
    struct ucred who;
    return peer(descriptor, &who) && who.uid == 0;
}

long
control_pid(int descriptor)
{
    struct ucred who;
    return peer(descriptor, &who) ? (long)who.pid : -1;
}

static char *
decode(const char *encoded)
{
    g_autofree char *text = g_uri_unescape_string(encoded, NULL);
    return text != NULL && g_utf8_validate(text, -1, NULL) ? g_steal_pointer(&text) : NULL;
}

typedef struct {
    GHashTable *arguments;
    gboolean    good;
} Query;

static enum MHD_Result
take_argument(void *user_data, G_GNUC_UNUSED enum MHD_ValueKind kind, const char *name, const char *value)
{
    Query           *query = user_data;
    g_autofree char *key = decode(name);
    g_autofree char *text = decode(value != NULL ? value : "");
    query->good = key != NULL && text != NULL;
    if (!query->good)
        return MHD_NO;
    g_hash_table_replace(query->arguments, g_steal_pointer(&key), g_steal_pointer(&text));
    return MHD_YES;
}

GHashTable *
control_read_query(struct MHD_Connection *connection)
{
    g_autoptr(GHashTable) arguments = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    Query query = {arguments, TRUE};
    MHD_get_connection_values(connection, MHD_GET_ARGUMENT_KIND, take_argument, &query);
    return query.good ? g_steal_pointer(&arguments) : NULL;
}

gboolean
control_read_body(const GByteArray *octets, json_t **body)
{
    *body = NULL;
    if (octets->len == 0)
        return TRUE;
    json_t *read = json_loadb((const char *)octets->data, octets->len, JSON_REJECT_DUPLICATES, NULL);
    if (!json_is_object(read)) {
        json_decref(read);
        return FALSE;
    }
    *body = read;
    return TRUE;
}

char *
control_print(const json_t *json)
{
    char *text = json_dumps(json, JSON_INDENT(2) | JSON_ENSURE_ASCII | JSON_REAL_PRECISION(12));
    char *line = g_strconcat(text, "\n", NULL);
    free(text);
    return line;
}
