/* SPDX-License-Identifier: BSD-2-Clause
 * control.c - the running daemon answers an administrator: HTTP/1.1 with JSON on a unix socket
 *
 * Owns:     libmicrohttpd's server and the socket.
 * Promises: number, size and time of what clients send are bounded; who is not root changes nothing; no handler is
 *           running, or begins, once control_stop() has returned TRUE.
 * Threads:  libmicrohttpd's: one that accepts, and one for each connection. Mail is handled by others.
 */
#include "milter/control.h"

#include "milter/control-clients.h"
#include "milter/control-request.h"
#include "milter/drain.h"
#include "milter/maillog.h"

#include <microhttpd.h>

#include <string.h>
#include <unistd.h>

enum {
    TOO_LARGE = 413, /* libmicrohttpd changed its name for it */
    MOST_CLIENTS = 32,
    MOST_HEADERS = 32 * 1024, /* octets of one request without its body */
    PATIENCE = 30,            /* seconds for a whole request, and for a whole answer to be taken */
};

struct Control {
    struct MHD_Daemon *server;
    ControlHouse      *house;
    Drain             *drain;
    ControlClients    *clients;
};

static enum MHD_Result
send_answer(struct MHD_Connection *connection, guint status, json_t *json, const char *allowed)
{
    g_autofree char *line = control_print(json);
    json_decref(json);
    struct MHD_Response *response = MHD_create_response_from_buffer(strlen(line), line, MHD_RESPMEM_MUST_COPY);
    if (response == NULL)
        return MHD_NO;
    MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, "application/json");
    /* One request a connection: each has a time of its own, and nobody keeps a place for later. */
    MHD_add_response_header(response, MHD_HTTP_HEADER_CONNECTION, "close");
    if (allowed != NULL)
        MHD_add_response_header(response, MHD_HTTP_HEADER_ALLOW, allowed);
    enum MHD_Result queued = MHD_queue_response(connection, status, response);
    MHD_destroy_response(response);
    return queued;
}

static enum MHD_Result
send_error(struct MHD_Connection *connection, guint code, const char *text, const char *allowed)
{
    guint   status;
    json_t *json = control_error(&status, code, "%s", text);
    return send_answer(connection, status, json, allowed);
}

/* ---- one request ---- */

typedef struct {
    const ControlRoute *route;
    char               *parameter;
    GByteArray         *body;
    gboolean            too_large;
    Drain              *inside; /* NULL: not yet entered */
} Exchange;

static void
exchange_free(Exchange *exchange)
{
    if (exchange->inside != NULL)
        drain_leave(exchange->inside);
    g_byte_array_unref(exchange->body);
    g_free(exchange->parameter);
    g_free(exchange);
}

static int
descriptor_of(struct MHD_Connection *connection)
{
    return MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;
}

/* The headers are there. What can be refused without the body is. */
static enum MHD_Result
begin(struct MHD_Connection *connection, const char *method, const char *path, void **data)
{
    Exchange   *exchange = g_new0(Exchange, 1);
    const char *allowed;
    exchange->body = g_byte_array_new();
    exchange->route = control_route_find(method, path, &exchange->parameter, &allowed);
    *data = exchange;
    if (exchange->route == NULL && allowed == NULL)
        return send_error(connection, MHD_HTTP_NOT_FOUND, "there is no such path", NULL);
    if (exchange->route == NULL)
        return send_error(connection, MHD_HTTP_METHOD_NOT_ALLOWED, "this path has other methods", allowed);
    if (!g_str_equal(exchange->route->method, "GET") && !control_is_root(descriptor_of(connection)))
        return send_error(connection, MHD_HTTP_FORBIDDEN, "only root may do this", NULL);
    return MHD_YES;
}

static void
take_body(Exchange *exchange, const char *data, gsize length)
{
    exchange->too_large |= exchange->body->len + length > CONTROL_MOST_BODY;
    if (!exchange->too_large)
        g_byte_array_append(exchange->body, (const guint8 *)data, (guint)length);
}

static json_t *
ask_handler(Control *control, const Exchange *exchange, GHashTable *arguments, const json_t *body, guint *status)
{
    Runtime       *runtime = runtime_store_acquire(control->house->runtimes);
    ControlRequest request = {control->house, runtime, exchange->parameter, arguments, body};
    json_t        *json = exchange->route->handler(&request, status);
    runtime_store_release(control->house->runtimes, runtime);
    return json;
}

static json_t *
work_out(Control *control, struct MHD_Connection *connection, const Exchange *exchange, guint *status)
{
    g_autoptr(GHashTable) arguments = control_read_query(connection);
    json_t *body = NULL;
    if (exchange->too_large)
        return control_error(status, TOO_LARGE, "the body is too large");
    if (arguments == NULL || !control_read_body(exchange->body, &body))
        return control_error(status, MHD_HTTP_BAD_REQUEST, "the %s cannot be read",
                             arguments == NULL ? "query" : "body is no JSON object, it");
    json_t *json = ask_handler(control, exchange, arguments, body, status);
    json_decref(body);
    return json;
}

static void
log_change(struct MHD_Connection *connection, const ControlRoute *route, guint status)
{
    if (!g_str_equal(route->method, "GET"))
        maillog(MAILLOG_INFO, "control: %s %s: pid=%ld status=%u", route->method, route->path,
                control_pid(descriptor_of(connection)), status);
}

/* Everything has come. The client has time while we are at work. */
static enum MHD_Result
finish(Control *control, struct MHD_Connection *connection, Exchange *exchange)
{
    ControlClient *client = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT)->socket_context;
    guint          status = MHD_HTTP_OK;
    if (!drain_enter(control->drain))
        return send_error(connection, MHD_HTTP_SERVICE_UNAVAILABLE, "the daemon is stopping", NULL);
    exchange->inside = control->drain;
    control_clients_set_busy(control->clients, client, TRUE);
    json_t *json = work_out(control, connection, exchange, &status);
    control_clients_set_busy(control->clients, client, FALSE);
    log_change(connection, exchange->route, status);
    return send_answer(connection, status, json, NULL);
}

/* ---- what libmicrohttpd calls ---- */

static enum MHD_Result
on_request(void *user_data, struct MHD_Connection *connection, const char *path, const char *method,
           G_GNUC_UNUSED const char *version, const char *upload, size_t *upload_size, void **data)
{
    Exchange *exchange = *data;
    if (exchange == NULL)
        return begin(connection, method, path, data);
    if (*upload_size == 0)
        return finish(user_data, connection, exchange);
    take_body(exchange, upload, *upload_size);
    *upload_size = 0;
    return MHD_YES;
}

static void
on_completed(G_GNUC_UNUSED void *user_data, G_GNUC_UNUSED struct MHD_Connection *connection, void **data,
             G_GNUC_UNUSED enum MHD_RequestTerminationCode how)
{
    g_clear_pointer((Exchange **)data, exchange_free);
}

static void
on_connection(void *user_data, struct MHD_Connection *connection, void **context,
              enum MHD_ConnectionNotificationCode what)
{
    Control *control = user_data;
    if (what == MHD_CONNECTION_NOTIFY_STARTED)
        *context = control_clients_add(control->clients, descriptor_of(connection));
    else
        control_clients_remove(control->clients, *context);
}

/* Paths are compared before they are decoded. */
static size_t
leave_encoded(G_GNUC_UNUSED void *user_data, G_GNUC_UNUSED struct MHD_Connection *connection, char *text)
{
    return strlen(text);
}

/* ---- the server ---- */

static void
control_free(Control *control)
{
    control_clients_free(control->clients);
    drain_free(control->drain);
    g_free(control);
}

Control *
control_start(int descriptor, ControlHouse *house)
{
    Control *control = g_new0(Control, 1);
    control->house = house;
    control->drain = drain_new();
    control->clients = control_clients_new(PATIENCE * G_TIME_SPAN_SECOND);
    control->server = MHD_start_daemon(
        MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_THREAD_PER_CONNECTION | MHD_USE_POLL | MHD_USE_ITC, 0, NULL, NULL,
        on_request, control, MHD_OPTION_LISTEN_SOCKET, descriptor, MHD_OPTION_CONNECTION_LIMIT, (unsigned)MOST_CLIENTS,
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)MOST_HEADERS, MHD_OPTION_NOTIFY_COMPLETED, on_completed, NULL,
        MHD_OPTION_NOTIFY_CONNECTION, on_connection, control, MHD_OPTION_UNESCAPE_CALLBACK, leave_encoded, NULL,
        MHD_OPTION_END);
    if (control->server != NULL)
        return control;
    close(descriptor);
    control_free(control);
    return NULL;
}

gboolean
control_stop(Control *control, gint64 patience)
{
    MHD_socket descriptor = MHD_quiesce_daemon(control->server);
    if (drain_close(control->drain, patience) > 0)
        return FALSE;
    MHD_stop_daemon(control->server);
    if (descriptor != MHD_INVALID_SOCKET)
        close(descriptor);
    control_free(control);
    return TRUE;
}
