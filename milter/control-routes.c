/* SPDX-License-Identifier: BSD-2-Clause
 * control-routes.c - the one table of what the control socket answers
 *
 * Owns:     nothing but the table.
 * Promises: a path is compared segment by segment and decoded afterwards, so that a %2F is no slash.
 * Threads:  any.
 */
#include "milter/control.h"

#include <string.h>

const ControlRoute control_routes[] = {
    {"GET", "/v1/status", control_get_status},          {"POST", "/v1/reload", control_post_reload},
    {"GET", "/v1/mirror", control_get_mirror},          {"POST", "/v1/mirror/rebuild", control_post_rebuild},
    {"POST", "/v1/mirror/verify", control_post_verify}, {"GET", "/v1/groups/*/history", control_get_history},
    {"GET", "/v1/groups/*/diff", control_get_diff},     {"GET", "/v1/approvals", control_get_approvals},
    {"POST", "/v1/approvals", control_post_approval},   {"POST", "/v1/approvals/revoke", control_post_revoke},
    {"POST", "/v1/forget", control_post_forget},        {NULL, NULL, NULL},
};

/* Whether `path` is one of `pattern`; *parameter is what stands for the *, still encoded. */
static gboolean
matches(const char *pattern, const char *path, const char **parameter, gsize *length)
{
    const char *star = strchr(pattern, '*');
    *parameter = NULL;
    *length = 0;
    if (star == NULL)
        return g_str_equal(pattern, path);
    gsize before = (gsize)(star - pattern);
    if (strncmp(pattern, path, before) != 0)
        return FALSE;
    *parameter = path + before;
    *length = strcspn(*parameter, "/");
    return *length > 0 && g_str_equal(star + 1, *parameter + *length);
}

/* NULL if it is no text. */
static char *
decode(const char *parameter, gsize length)
{
    g_autofree char *text = g_uri_unescape_segment(parameter, parameter + length, NULL);
    return text != NULL && g_utf8_validate(text, -1, NULL) ? g_steal_pointer(&text) : NULL;
}

static const char *
methods(gboolean get, gboolean post)
{
    if (get && post)
        return "GET, HEAD, POST";
    return get ? "GET, HEAD" : post ? "POST" : NULL;
}

const ControlRoute *
control_route_find(const char *method, const char *path, char **parameter, const char **allowed)
{
    const char *asked = g_str_equal(method, "HEAD") ? "GET" : method;
    gboolean    get = FALSE, post = FALSE;
    *parameter = NULL;
    *allowed = NULL;
    for (const ControlRoute *route = control_routes; route->method != NULL; route++) {
        const char *found;
        gsize       length;
        if (!matches(route->path, path, &found, &length))
            continue;
        g_autofree char *decoded = found != NULL ? decode(found, length) : NULL;
        if (found != NULL && decoded == NULL)
            return NULL;
        if (g_str_equal(route->method, asked)) {
            *parameter = g_steal_pointer(&decoded);
            return route;
        }
        get |= g_str_equal(route->method, "GET");
        post |= g_str_equal(route->method, "POST");
    }
    *allowed = methods(get, post);
    return NULL;
}
