/* SPDX-License-Identifier: BSD-2-Clause
 * diff.c - rollcall diff: what has changed in a group since its last message
 *
 * Owns:     nothing.
 * Promises: the roster of now is the one that mail would get. Exit status 0: the same; 1: it differs, as diff(1) does.
 * Threads:  one.
 */
#include "admin/daemon.h"
#include "admin/history.h"
#include "admin/output.h"

static void
show(const json_t *answer)
{
    const json_t    *joined = json_object_get(answer, "joined"), *left = json_object_get(answer, "left");
    const char      *guard = daemon_text(answer, "guard");
    g_autofree char *since = history_time(answer, "compared_with");

    history_show_names(joined, '+');
    history_show_names(left, '-');
    output_line("%s: %" G_GINT64_FORMAT " members, %" G_GINT64_FORMAT " at %s: %zu joined, %zu left",
                daemon_text(answer, "group"), daemon_number(answer, "members"), daemon_number(answer, "last"), since,
                json_array_size(joined), json_array_size(left));
    if (g_str_equal(guard, "approved"))
        output_line("the guard lets the next message through: it was approved");
    else if (!g_str_equal(guard, "pass"))
        output_line("the guard would stop the next message (%s); rollcall approve lets it through", guard);
}

static int
judge(const json_t *answer)
{
    gboolean same = json_array_size(json_object_get(answer, "joined")) == 0 &&
                    json_array_size(json_object_get(answer, "left")) == 0;
    return same ? EX_OK : EXIT_NO;
}

static int
diff_run(const Command *command, Source *source, int argc, char **argv)
{
    gboolean         json = FALSE;
    g_autofree char *since = NULL;
    g_autoptr(GError) error = NULL;
    const GOptionEntry entries[] = {
        {"since", 0, 0, G_OPTION_ARG_STRING, &since, "the roster as it was at TIME: 2h, 3d, or 2026-01-31T08:00",
         "TIME"},
        {"json", 0, 0, G_OPTION_ARG_NONE, &json, "the daemon's own answer", NULL},
        {NULL},
    };

    if (!command_parse(command, entries, source, &argc, &argv))
        return EX_USAGE;
    g_autofree char *path = history_path(argv[1], "diff", since);
    json_t          *answer = daemon_get(source, path, &error);
    return daemon_show(answer, error, json, show, judge);
}

const Command command_diff = {
    .name = "diff",
    .arguments = "GROUP",
    .summary = "what has changed in a group since its last message",
    .description =
        "Compares the roster that mail would get now with the one that the last message went to, or with that of\n"
        "TIME. Exit status 1 if they differ.",
    .n_arguments = 1,
    .run = diff_run,
};
