/* SPDX-License-Identifier: BSD-2-Clause
 * forget.c - rollcall forget: what the daemon recorded about a person or a group is erased
 *
 * Owns:     nothing.
 * Promises: exit status 0 only if it is gone from the file too.
 * Threads:  one.
 */
#include "admin/daemon.h"
#include "admin/output.h"

static int
forget_run(const Command *command, Source *source, int argc, char **argv)
{
    gboolean group = FALSE;
    g_autoptr(GError) error = NULL;
    const GOptionEntry entries[] = {
        {"group", 0, 0, G_OPTION_ARG_NONE, &group, "the last roster and the history of this group", NULL},
        {NULL},
    };

    if (!command_parse(command, entries, source, &argc, &argv))
        return EX_USAGE;
    json_t *body = json_pack("{s:o}", group ? "group" : "address", output_json_text(argv[1]));
    json_t *answer = daemon_post(source, "/v1/forget", body, &error);
    json_decref(body);
    if (answer == NULL)
        return daemon_fail(error);
    if (group)
        output_line("%s: forgotten", daemon_text(answer, "group"));
    else
        output_line("%s: forgotten in %" G_GINT64_FORMAT " records", argv[1], daemon_number(answer, "records"));
    json_decref(answer);
    return EX_OK;
}

const Command command_forget = {
    .name = "forget",
    .arguments = "ADDRESS",
    .summary = "erase what was recorded about a person or a group",
    .description =
        "Takes ADDRESS out of every group's last roster and history. Who is a member still is recorded again with\n"
        "the group's next message. Needs root.",
    .n_arguments = 1,
    .run = forget_run,
};
