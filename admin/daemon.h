/* SPDX-License-Identifier: BSD-2-Clause
 * daemon.h - asking the running daemon by its control socket
 */
#pragma once

#include "admin/command.h"

#include <glib.h>
#include <jansson.h>

#define DAEMON_ERROR daemon_error_quark()
GQuark daemon_error_quark(void);
typedef enum {
    DAEMON_ERROR_ABSENT,  /* no daemon listens there */
    DAEMON_ERROR_DENIED,  /* it is not for this user */
    DAEMON_ERROR_REFUSED, /* a definite no, with the daemon's reason */
    DAEMON_ERROR_FAILED,  /* not now, or the daemon went away */
    DAEMON_ERROR_ANSWER,  /* what came is no answer of ours */
} DaemonError;

/* GET and POST of a path such as "/v1/status", at the socket that the source's configuration names. `body`: an object,
 * may be NULL; borrowed. POST waits as long as it takes. The answer, an object; caller: json_decref(). */
json_t *daemon_get(const Source *source, const char *path, GError **error) G_GNUC_WARN_UNUSED_RESULT;
json_t *daemon_post(const Source *source, const char *path, const json_t *body,
                    GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Reports any error of these, and returns the exit status that fits it. */
int daemon_fail(const GError *error);

/* command_parse() for those whose only option is --json. */
gboolean daemon_parse(const Command *command, Source *source, int *argc, char ***argv, gboolean *json);
/* How a command that asks ends: shows the answer by `show`, or with `json` as it came, and returns the exit status by
 * `judge` (NULL: EX_OK). Takes over `answer`; NULL: reports `error`. */
int daemon_show(json_t *answer, const GError *error, gboolean json, void (*show)(const json_t *answer),
                int (*judge)(const json_t *answer));

/* What an answer says; "" or 0 where it says nothing. Borrowed. */
const char *daemon_text(const json_t *object, const char *name);
gint64      daemon_number(const json_t *object, const char *name);
/* "3.2 s", "4 min", "2 h 5 min", "3 d 4 h"; NULL: it says nothing. Caller: g_free(). */
char *daemon_duration(const json_t *object, const char *name);
