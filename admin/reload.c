/* SPDX-License-Identifier: BSD-2-Clause
 * reload.c - rollcall reload: the daemon reads its configuration again
 *
 * Owns:     nothing.
 * Promises: exit status 0 only if the new configuration is in force.
 * Threads:  one.
 */
#include "admin/command.h"
#include "admin/daemon.h"
#include "admin/output.h"

static void
show(const json_t *answer)
{
    output_line("reloaded: generation %" G_GINT64_FORMAT " of the configuration is in force",
                daemon_number(answer, "generation"));
}

static int
reload_run(const Command *command, Source *source, int argc, char **argv)
{
    g_autoptr(GError) error = NULL;
    gboolean json;
    if (!daemon_parse(command, source, &argc, &argv, &json))
        return EX_USAGE;
    json_t *answer = daemon_post(source, "/v1/reload", NULL, &error);
    return daemon_show(answer, error, json, show, NULL);
}

const Command command_reload = {
    .name = "reload",
    .arguments = "",
    .summary = "have the daemon read its configuration again",
    .description = "Waits for the result. A file with an error leaves the settings in force, and the error is shown.",
    .n_arguments = 0,
    .run = reload_run,
};
