/* SPDX-License-Identifier: BSD-2-Clause
 * daemon.c - asking the running daemon by its control socket
 *
 * Owns:     one libcurl handle for each request.
 * Promises: no proxy and no redirection takes a request elsewhere; an answer is of bounded size; "could not ask" never
 *           looks like an answer.
 * Threads:  one.
 */
#include "admin/daemon.h"

#include "admin/output.h"

#include <curl/curl.h>

#include <errno.h>
#include <stdlib.h>

enum {
    MOST_OCTETS = 256 * 1024 * 1024, /* of one answer */
    CONNECT_TIME = 5,                /* seconds */
    READ_TIME = 60,                  /* seconds for the whole of a GET */
};

G_DEFINE_QUARK(rollcall_admin_daemon_error, daemon_error)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CURL, curl_easy_cleanup)

static size_t
take_octets(char *data, size_t size, size_t count, void *user_data)
{
    GByteArray *octets = user_data;
    size_t      length = size * count;
    if (octets->len + length > MOST_OCTETS)
        return 0;
    g_byte_array_append(octets, (const guint8 *)data, (guint)length);
    return length;
}

static char *
socket_of(const Source *source, GError **error)
{
    if (source->ldif != NULL) {
        g_set_error_literal(error, DAEMON_ERROR, DAEMON_ERROR_ABSENT, "no daemon belongs to --ldif");
        return NULL;
    }
    g_autofree char *path = settings_find_control_socket(source_name(source), error);
    if (path == NULL || *path != '\0')
        return g_steal_pointer(&path);
    g_set_error(error, DAEMON_ERROR, DAEMON_ERROR_ABSENT,
                "%s: [control] socket is empty, so the daemon cannot be asked", source_name(source));
    return NULL;
}

static void
explain(CURL *curl, CURLcode result, const char *path, GError **error)
{
    long number = 0;
    curl_easy_getinfo(curl, CURLINFO_OS_ERRNO, &number);
    if (result == CURLE_COULDNT_CONNECT && (number == EACCES || number == EPERM))
        g_set_error(error, DAEMON_ERROR, DAEMON_ERROR_DENIED,
                    "%s: permission denied; ask as root, or see socket-group in rollcall.conf(5)", path);
    else if (result == CURLE_COULDNT_CONNECT)
        g_set_error(error, DAEMON_ERROR, DAEMON_ERROR_ABSENT, "%s: no daemon is running there (%s)", path,
                    number != 0 ? g_strerror((int)number) : "nobody listens");
    else
        g_set_error(error, DAEMON_ERROR, DAEMON_ERROR_FAILED, "%s: no answer from the daemon: %s", path,
                    curl_easy_strerror(result));
}

static DaemonError
kind_of(long status)
{
    if (status == 403)
        return DAEMON_ERROR_DENIED;
    if (status >= 500)
        return DAEMON_ERROR_FAILED;
    return status >= 400 ? DAEMON_ERROR_REFUSED : DAEMON_ERROR_ANSWER;
}

static json_t *
read_answer(CURL *curl, const GByteArray *octets, const char *path, GError **error)
{
    long    status = 0;
    json_t *answer = json_loadb((const char *)octets->data, octets->len, 0, NULL);
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
    if (status == 200 && json_is_object(answer))
        return answer;
    const char *why = daemon_text(answer, "error");
    if (*why != '\0')
        g_set_error(error, DAEMON_ERROR, kind_of(status), "%s", why);
    else
        g_set_error(error, DAEMON_ERROR, DAEMON_ERROR_ANSWER, "%s: that is no answer of rollcalld's (HTTP status %ld)",
                    path, status);
    json_decref(answer);
    return NULL;
}

static json_t *
ask(CURL *curl, const char *socket, const char *path, GError **error)
{
    g_autofree char *url = g_strconcat("http://rollcalld", path, NULL);
    g_autoptr(GByteArray) octets = g_byte_array_new();

    curl_easy_setopt(curl, CURLOPT_URL, url);
    curl_easy_setopt(curl, CURLOPT_UNIX_SOCKET_PATH, socket);
    curl_easy_setopt(curl, CURLOPT_PROXY, "");
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, (long)CONNECT_TIME);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take_octets);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, octets);
    CURLcode result = curl_easy_perform(curl);
    if (result == CURLE_OK)
        return read_answer(curl, octets, socket, error);
    explain(curl, result, socket, error);
    return NULL;
}

json_t *
daemon_get(const Source *source, const char *path, GError **error)
{
    g_autofree char *socket = socket_of(source, error);
    if (socket == NULL)
        return NULL;
    g_autoptr(CURL) curl = curl_easy_init();
    curl_easy_setopt(curl, CURLOPT_TIMEOUT, (long)READ_TIME);
    return ask(curl, socket, path, error);
}

json_t *
daemon_post(const Source *source, const char *path, const json_t *body, GError **error)
{
    g_autofree char *socket = socket_of(source, error);
    if (socket == NULL)
        return NULL;
    g_autoptr(CURL) curl = curl_easy_init();
    char *text = body != NULL ? json_dumps(body, JSON_COMPACT) : NULL;
    curl_easy_setopt(curl, CURLOPT_COPYPOSTFIELDS, text != NULL ? text : "");
    free(text);
    return ask(curl, socket, path, error);
}

int
daemon_fail(const GError *error)
{
    static const int statuses[] = {
        [DAEMON_ERROR_ABSENT] = EX_UNAVAILABLE, [DAEMON_ERROR_DENIED] = EX_NOPERM,   [DAEMON_ERROR_REFUSED] = EXIT_NO,
        [DAEMON_ERROR_FAILED] = EX_TEMPFAIL,    [DAEMON_ERROR_ANSWER] = EX_PROTOCOL,
    };
    if (error->domain != DAEMON_ERROR)
        return command_fail(error);
    output_error("%s", error->message);
    return statuses[error->code];
}

/* ---- commands that ask ---- */

gboolean
daemon_parse(const Command *command, Source *source, int *argc, char ***argv, gboolean *json)
{
    const GOptionEntry entries[] = {
        {"json", 0, 0, G_OPTION_ARG_NONE, json, "the daemon's own answer", NULL},
        {NULL},
    };
    *json = FALSE;
    return command_parse(command, entries, source, argc, argv);
}

int
daemon_show(json_t *answer, const GError *error, gboolean json, void (*show)(const json_t *answer),
            int (*judge)(const json_t *answer))
{
    if (answer == NULL)
        return daemon_fail(error);
    int status = judge != NULL ? judge(answer) : EX_OK;
    if (json)
        output_json(json_incref(answer));
    else
        show(answer);
    json_decref(answer);
    return status;
}

/* ---- what an answer says ---- */

const char *
daemon_text(const json_t *object, const char *name)
{
    const char *text = json_string_value(json_object_get(object, name));
    return text != NULL ? text : "";
}

gint64
daemon_number(const json_t *object, const char *name)
{
    return json_integer_value(json_object_get(object, name));
}

char *
daemon_duration(const json_t *object, const char *name)
{
    const json_t *value = json_object_get(object, name);
    if (!json_is_number(value))
        return NULL;
    double seconds = json_number_value(value);
    gint64 minutes = (gint64)(seconds / 60), hours = minutes / 60;
    if (minutes < 1)
        return g_strdup_printf("%.1f s", seconds);
    if (hours < 1)
        return g_strdup_printf("%" G_GINT64_FORMAT " min", minutes);
    if (hours < 24)
        return g_strdup_printf("%" G_GINT64_FORMAT " h %" G_GINT64_FORMAT " min", hours, minutes % 60);
    return g_strdup_printf("%" G_GINT64_FORMAT " d %" G_GINT64_FORMAT " h", hours / 24, hours % 24);
}
