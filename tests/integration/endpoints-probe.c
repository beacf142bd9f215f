/* SPDX-License-Identifier: BSD-2-Clause
 * endpoints-probe.c - keeps a list of published addresses, for the integration tests
 *
 * endpoints-probe --url URL --cache FILE [--ca-file FILE] [--interval SECONDS] [--retry SECONDS]
 * Commands are read from standard input, one a line: version | contain ADDRESS
 * Answers: "version VERSION COUNT", "contain yes|no"; events: "event good|bad TEXT"; at the end of the input
 * "stopped SECONDS", which is how long that took.
 */
#include "origin/endpoints-private.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void
on_event(gboolean good, const char *event, G_GNUC_UNUSED gpointer user_data)
{
    printf("event %s %s\n", good ? "good" : "bad", event);
    fflush(stdout);
}

static void
answer(Endpoints *endpoints, const char *command)
{
    if (g_str_has_prefix(command, "contain ")) {
        printf("contain %s\n", endpoints_contain(endpoints, command + 8) ? "yes" : "no");
    } else {
        gsize            n;
        g_autofree char *version = endpoints_version(endpoints, &n);
        printf("version %s %" G_GSIZE_FORMAT "\n", version, n);
    }
    fflush(stdout);
}

static void
serve(const EndpointsSettings *settings, const EndpointsPace *pace)
{
    char line[200];
    g_autoptr(GError) error = NULL;
    Endpoints *endpoints = endpoints_new_paced(settings, pace, &error);
    if (endpoints == NULL) {
        printf("error %s\n", error->message);
        return;
    }
    while (fgets(line, sizeof line, stdin) != NULL)
        answer(endpoints, g_strstrip(line));
    gint64 start = g_get_monotonic_time();
    endpoints_free(endpoints);
    printf("stopped %.3f\n", (double)(g_get_monotonic_time() - start) / G_USEC_PER_SEC);
}

int
main(int argc, char **argv)
{
    g_autofree char   *url = NULL, *cache = NULL, *ca_file = NULL;
    double             interval = 3600, retry = 60;
    const GOptionEntry entries[] = {
        {"url", 0, 0, G_OPTION_ARG_STRING, &url, "", "URL"},
        {"cache", 0, 0, G_OPTION_ARG_FILENAME, &cache, "", "FILE"},
        {"ca-file", 0, 0, G_OPTION_ARG_FILENAME, &ca_file, "", "FILE"},
        {"interval", 0, 0, G_OPTION_ARG_DOUBLE, &interval, "", "SECONDS"},
        {"retry", 0, 0, G_OPTION_ARG_DOUBLE, &retry, "", "SECONDS"},
        {NULL},
    };
    g_autoptr(GError) error = NULL;
    GOptionContext *context = g_option_context_new(NULL);
    g_option_context_add_main_entries(context, entries, NULL);
    gboolean good = g_option_context_parse(context, &argc, &argv, &error) && url != NULL && cache != NULL;
    g_option_context_free(context);
    if (!good) {
        fprintf(stderr, "endpoints-probe: %s\n", error != NULL ? error->message : "--url and --cache are needed");
        return EXIT_FAILURE;
    }
    EndpointsSettings settings = {
        .url = url, .instance = "Worldwide", .cache = cache, .ca_file = ca_file, .observe = on_event};
    EndpointsPace pace = {(gint64)(interval * G_USEC_PER_SEC), (gint64)(retry * G_USEC_PER_SEC)};
    serve(&settings, &pace);
    return EXIT_SUCCESS;
}
