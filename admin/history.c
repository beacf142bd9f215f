/* SPDX-License-Identifier: BSD-2-Clause
 * history.c - rollcall history: who joined a group and who left, from message to message
 *
 * Owns:     nothing.
 * Promises: shows what the daemon recorded, the oldest first.
 * Threads:  one.
 */
#include "admin/history.h"
#include "admin/daemon.h"
#include "admin/output.h"

#include <string.h>

char *
history_path(const char *address, const char *what, const char *since)
{
    g_autofree char *group = g_uri_escape_string(address, NULL, FALSE);
    g_autofree char *time = since != NULL ? g_uri_escape_string(since, NULL, FALSE) : NULL;

    return g_strconcat("/v1/groups/", group, "/", what, time != NULL ? "?since=" : "", time, NULL);
}

void
history_show_names(const json_t *names, char sign)
{
    gsize   i;
    json_t *name;

    json_array_foreach(names, i, name) output_line("  %c %s", sign, json_string_value(name));
}

char *
history_time(const json_t *object, const char *name)
{
    const char *text = daemon_text(object, name);
    const char *fraction = strchr(text, '.');
    gsize       whole = fraction != NULL ? (gsize)(fraction - text) : strlen(text);
    const char *zone = fraction != NULL ? fraction + 1 + strspn(fraction + 1, "0123456789") : "";
    char       *time = g_strdup_printf("%.*s%s", (int)whole, text, zone);

    return g_strdelimit(time, "T", ' ');
}

static void
show(const json_t *answer)
{
    g_autofree char *since = history_time(answer, "known_since");
    const json_t    *differences = json_object_get(answer, "differences");
    gsize            i;
    json_t          *difference;

    json_array_foreach(differences, i, difference)
    {
        const json_t    *joined = json_object_get(difference, "joined"), *left = json_object_get(difference, "left");
        g_autofree char *at = history_time(difference, "at");
        output_line("%s: %zu joined, %zu left", at, json_array_size(joined), json_array_size(left));
        history_show_names(joined, '+');
        history_show_names(left, '-');
    }
    output_line("%s: %" G_GINT64_FORMAT " members at the last message; nothing is known of what was before %s",
                daemon_text(answer, "group"), daemon_number(answer, "members"), since);
}

static int
history_run(const Command *command, Source *source, int argc, char **argv)
{
    gboolean         json = FALSE;
    g_autofree char *since = NULL;
    g_autoptr(GError) error = NULL;
    const GOptionEntry entries[] = {
        {"since", 0, 0, G_OPTION_ARG_STRING, &since, "only what was after TIME: 2h, 3d, or 2026-01-31T08:00", "TIME"},
        {"json", 0, 0, G_OPTION_ARG_NONE, &json, "the daemon's own answer", NULL},
        {NULL},
    };

    if (!command_parse(command, entries, source, &argc, &argv))
        return EX_USAGE;
    g_autofree char *path = history_path(argv[1], "history", since);
    json_t          *answer = daemon_get(source, path, &error);
    return daemon_show(answer, error, json, show, NULL);
}

const Command command_history = {
    .name = "history",
    .arguments = "GROUP",
    .summary = "who joined a group and who left, from message to message",
    .description = "Asks the running daemon, which records whom each message to a group went to.",
    .n_arguments = 1,
    .run = history_run,
};
