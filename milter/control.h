/* SPDX-License-Identifier: BSD-2-Clause
 * control.h - the running daemon answers an administrator: HTTP/1.1 with JSON on a unix socket
 *
 * Reading (GET, HEAD) is for everybody whom the socket's permissions let in, changing (POST) for root.
 */
#pragma once

#include "milter/keeper.h"
#include "milter/runtime.h"

#include <glib.h>
#include <jansson.h>

/* ---- handlers: one function a row of control_routes[] ---- */

/* What the handlers ask about the daemon; the caller's of control_start(), and to stay until control_stop() returned
 * TRUE. */
typedef struct {
    RuntimeStore *runtimes;
    Keeper       *keeper;
    const char   *file;      /* the configuration */
    gint64        started;   /* g_get_real_time() */
    int           verifying; /* atomic: a comparison is under way, and one is enough */
} ControlHouse;

/* One request. Everything is borrowed, and valid until the handler returns. */
typedef struct {
    ControlHouse *house;
    Runtime      *runtime;   /* the one in force when the request came; held meanwhile */
    const char   *parameter; /* what stands for the * of the path, decoded: UTF-8, not empty; NULL: the path has none */
    GHashTable   *arguments; /* of the query, name to value, both decoded UTF-8 */
    const json_t *body;      /* an object; NULL: nothing was sent */
} ControlRequest;

/* Answers on a thread that belongs to this request alone, so it may wait; many run at once. Returns the answer, never
 * NULL, which is released for it; *status is 200 beforehand. */
typedef json_t *(*ControlHandler)(const ControlRequest *request, guint *status);

/* {"error": "..."}, and sets *status: 404, 409, ... */
json_t *control_error(guint *status, guint code, const char *format, ...) G_GNUC_PRINTF(3, 4);
/* The same for an error of directory: 409 for a refusal, 503 if it could not be done now. */
json_t *control_refuse(guint *status, const GError *error);
/* Text of any octets as a JSON string; NULL as null. */
json_t *control_text(const char *text);
/* Such texts as an array; NULL as an empty one. */
json_t *control_texts(const GPtrArray *texts);
/* Microseconds as seconds; negative as null. */
json_t *control_seconds(gint64 microseconds);
/* Microseconds since 1970 as local time, ISO 8601; 0 as null. control-when.c */
json_t *control_time(gint64 microseconds);
/* `2h`, `3d` (s, min, h, d, w), before `now` if `past`, else after it; or ISO 8601, local time unless it says otherwise, a
 * day alone being its beginning. FALSE: neither. control-when.c */
gboolean control_when(const char *text, gboolean past, gint64 now, gint64 *when);

typedef struct {
    const char    *method; /* "GET", which means HEAD too, or "POST" */
    const char    *path;   /* "/v1/groups/ * /history" without the blanks: at most one *, that stands for one segment */
    ControlHandler handler;
} ControlRoute;
extern const ControlRoute control_routes[]; /* control-routes.c; ends with method == NULL */

/* The route of a request. `path` is as it came, percent-encoded. NULL: none, *allowed being the path's methods
 * ("GET, HEAD, POST"), or NULL if there is no such path. *parameter: caller's, g_free(). */
const ControlRoute *control_route_find(const char *method, const char *path, char **parameter, const char **allowed);

json_t *control_get_status(const ControlRequest *request, guint *status);   /* control-daemon.c */
json_t *control_post_reload(const ControlRequest *request, guint *status);  /* control-daemon.c */
json_t *control_get_mirror(const ControlRequest *request, guint *status);   /* control-mirror.c */
json_t *control_post_rebuild(const ControlRequest *request, guint *status); /* control-mirror.c */
json_t *control_post_verify(const ControlRequest *request, guint *status);  /* control-verify.c */

json_t *control_get_history(const ControlRequest *request, guint *status);   /* control-state.c */
json_t *control_get_diff(const ControlRequest *request, guint *status);      /* control-state.c */
json_t *control_get_approvals(const ControlRequest *request, guint *status); /* control-approvals.c */
json_t *control_post_approval(const ControlRequest *request, guint *status); /* control-approvals.c */
json_t *control_post_revoke(const ControlRequest *request, guint *status);   /* control-approvals.c */
json_t *control_post_forget(const ControlRequest *request, guint *status);   /* control-approvals.c */

/* directory_status() of the runtime's directory, as JSON; control-mirror.c. */
json_t *control_directory(const Runtime *runtime);

/* ---- the server ---- */

typedef struct Control Control;
/* Starts answering on a socket of control_socket_open(), which it takes over. The signals must be blocked already.
 * NULL: there are no threads for it. */
Control *control_start(int descriptor, ControlHouse *house) G_GNUC_WARN_UNUSED_RESULT;
/* Takes no more requests, gives those under way `patience` microseconds, and frees it. FALSE: some are still under way,
 * and everything must stay as it is until the process ends. */
gboolean control_stop(Control *control, gint64 patience) G_GNUC_WARN_UNUSED_RESULT;
