/* SPDX-License-Identifier: BSD-2-Clause
 * test-control.c - the control socket's table of routes, and the socket itself
 */
#include "milter/control-request.h"
#include "milter/control-socket.h"
#include "milter/control.h"

#include <glib/gstdio.h>

#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

static const struct {
    const char *name, *method, *path, *route, *allowed; /* route NULL: none */
} routes[] = {
    {"read", "GET", "/v1/status", "/v1/status", NULL},
    {"head", "HEAD", "/v1/status", "/v1/status", NULL},
    {"change", "POST", "/v1/reload", "/v1/reload", NULL},
    {"not-read", "GET", "/v1/reload", NULL, "POST"},
    {"not-changed", "POST", "/v1/status", NULL, "GET, HEAD"},
    {"strange-method", "BREW", "/v1/mirror", NULL, "GET, HEAD"},
    {"unknown", "GET", "/v1", NULL, NULL},
    {"longer", "GET", "/v1/status/", NULL, NULL},
    {"encoded", "GET", "/v1%2Fstatus", NULL, NULL},
    {"empty", "GET", "", NULL, NULL},
    {"star", "GET", "*", NULL, NULL},
};

static void
test_route(gconstpointer data)
{
    gsize               i = GPOINTER_TO_SIZE(data);
    g_autofree char    *parameter = NULL;
    const char         *allowed;
    const ControlRoute *route = control_route_find(routes[i].method, routes[i].path, &parameter, &allowed);

    g_assert_cmpstr(route != NULL ? route->path : NULL, ==, routes[i].route);
    g_assert_cmpstr(route == NULL ? allowed : NULL, ==, routes[i].allowed);
    g_assert_null(parameter);
}

/* Every row can be reached as what it is, with any text in place of its star. */
static void
test_table(void)
{
    for (const ControlRoute *row = control_routes; row->method != NULL; row++) {
        const char      *star = strchr(row->path, '*'), *allowed;
        g_autofree char *parameter = NULL;
        g_autofree char *path =
            star == NULL ? g_strdup(row->path)
                         : g_strdup_printf("%.*sa%%2Fb%%40x%s", (int)(star - row->path), row->path, star + 1);
        g_assert_true(control_route_find(row->method, path, &parameter, &allowed) == row);
        g_assert_cmpstr(parameter, ==, star != NULL ? "a/b@x" : NULL);
        g_assert_true(g_str_equal(row->method, "GET") || g_str_equal(row->method, "POST"));
    }
}

static const struct {
    const char *name, *text;
    gboolean    good, empty;
} bodies[] = {
    {"nothing", "", TRUE, TRUE},     {"object", "{\"a\": 1}", TRUE, FALSE},        {"array", "[1]", FALSE, FALSE},
    {"cut", "{\"a\"", FALSE, FALSE}, {"twice", "{\"a\":1,\"a\":2}", FALSE, FALSE},
};

static void
test_body(gconstpointer data)
{
    gsize i = GPOINTER_TO_SIZE(data);
    g_autoptr(GByteArray) octets = g_byte_array_new();
    json_t *body;

    g_byte_array_append(octets, (const guint8 *)bodies[i].text, (guint)strlen(bodies[i].text));
    g_assert_cmpint(control_read_body(octets, &body), ==, bodies[i].good);
    g_assert_cmpint(body != NULL, ==, bodies[i].good && !bodies[i].empty);
    json_decref(body);
}

static void
test_text_of_any_octets(void)
{
    guint            status = 200;
    json_t          *json = control_error(&status, 409, "a\xff%s", "\x1b\"");
    g_autofree char *line = control_print(json);

    g_assert_cmpuint(status, ==, 409);
    g_assert_cmpstr(line, ==, "{\n  \"error\": \"a\\uFFFD\\u001B\\\"\"\n}\n");
    json_decref(json);
}

/* ---- the socket ---- */

typedef struct {
    char *folder, *path;
} Place;

static void
place_setup(Place *place, G_GNUC_UNUSED gconstpointer data)
{
    place->folder = g_dir_make_tmp("control-XXXXXX", NULL);
    place->path = g_build_filename(place->folder, "c.sock", NULL);
}

static void
place_teardown(Place *place, G_GNUC_UNUSED gconstpointer data)
{
    g_unlink(place->path);
    g_rmdir(place->folder);
    g_free(place->path);
    g_free(place->folder);
}

static void
refuses(const char *path, const char *group, const char *why)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *message = g_strdup_printf("control socket %s: %s", path, why);
    g_assert_cmpint(control_socket_open(path, "", group, &error), ==, -1);
    g_assert_error(error, CONTROL_SOCKET_ERROR, CONTROL_SOCKET_ERROR_OPEN);
    g_assert_cmpstr(error->message, ==, message);
}

static void
test_socket(Place *place, G_GNUC_UNUSED gconstpointer data)
{
    g_autoptr(GError) error = NULL;
    struct stat made;
    int         descriptor = control_socket_open(place->path, "", "", &error);
    g_assert_no_error(error);
    g_assert_cmpint(stat(place->path, &made), ==, 0);
    g_assert_cmpuint(made.st_mode & 07777, ==, 0660);

    refuses(place->path, "", "another program listens there");
    close(descriptor);
    descriptor = control_socket_open(place->path, "", "", &error);
    g_assert_no_error(error);
    g_assert_cmpint(descriptor, >=, 0);
    close(descriptor);
}

static void
test_no_socket(Place *place, G_GNUC_UNUSED gconstpointer data)
{
    g_autofree char *wide = g_strnfill(200, 'x');
    g_autofree char *far = g_build_filename(place->folder, wide, NULL);
    g_autofree char *nowhere = g_build_filename(place->folder, "n", "c", NULL);

    refuses(far, "", "the path is too long for a socket");
    refuses(nowhere, "", "No such file or directory");
    refuses(place->path, "no-such-group", "its socket-group is unknown");
    g_assert_true(g_file_set_contents(place->path, "precious", -1, NULL));
    refuses(place->path, "", "there is a file that is no socket");
    g_assert_true(g_file_test(place->path, G_FILE_TEST_IS_REGULAR));
}

static void
test_peer(void)
{
    int ends[2], network = socket(AF_INET, SOCK_STREAM, 0);
    g_assert_cmpint(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), ==, 0);
    g_assert_cmpint(control_is_root(ends[0]), ==, geteuid() == 0);
    g_assert_cmpint(control_pid(ends[0]), ==, getpid());
    g_assert_false(control_is_root(network));
    close(ends[0]);
    close(ends[1]);
    close(network);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS(routes); i++) {
        g_autofree char *name = g_strconcat("/control/route/", routes[i].name, NULL);
        g_test_add_data_func(name, GSIZE_TO_POINTER(i), test_route);
    }
    for (gsize i = 0; i < G_N_ELEMENTS(bodies); i++) {
        g_autofree char *name = g_strconcat("/control/body/", bodies[i].name, NULL);
        g_test_add_data_func(name, GSIZE_TO_POINTER(i), test_body);
    }
    g_test_add_func("/control/table", test_table);
    g_test_add_func("/control/text", test_text_of_any_octets);
    g_test_add("/control/socket", Place, NULL, place_setup, test_socket, place_teardown);
    g_test_add("/control/no-socket", Place, NULL, place_setup, test_no_socket, place_teardown);
    g_test_add_func("/control/peer", test_peer);
    return g_test_run();
}
