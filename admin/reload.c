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

static int
reload_run(const Command *command, Source *source, int argc, char **argv)
{
    g_autoptr(GError) error = NULL;
    gboolean           json = FALSE;
    const GOptionEntry entries[] = {
        {"json", 0, 0, G_OPTION_ARG_NONE, &json, "the daemon's own answer", NULL},
        {NULL},
    };
    if (!command_parse(command, entries, source, &argc, &argv))
        return EX_USAGE;
    json_t *answer = daemon_post(source, "/v1/reload", NULL, &error);
    if (answer == NULL)
        return daemon_fail(error);
    if (json)
        output_json(json_incref(answer));
    else
        output_line("reloaded: generation %" G_GINT64_FORMAT " of the configuration is in force",
                    daemon_number(answer, "generation"));
    json_decref(answer);
    return EX_OK;
}

const Command command_reload = {
    .name = "reload",
    .arguments = "",
    .summary = "have the daemon read its configuration again",
    .description = "Waits for the result. A file with an error leaves the settings in force, and the error is shown.",
    .n_arguments = 0,
    .run = reload_run,
};
