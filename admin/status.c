/* SPDX-License-Identifier: BSD-2-Clause
 * status.c - rollcall status: how the running daemon is
 *
 * Owns:     nothing.
 * Promises: exit status 0 only if nothing needs anybody.
 * Threads:  one.
 */
#include "admin/command.h"
#include "admin/daemon.h"
#include "admin/directory-state.h"
#include "admin/output.h"

static void
show(const json_t *status)
{
    OutputTable     *table = output_table_new(2);
    const char      *failed = daemon_text(status, "reload_error");
    g_autofree char *uptime = daemon_duration(status, "uptime");
    g_autofree char *daemon =
        g_strdup_printf("version %s, pid %" G_GINT64_FORMAT ", up %s since %s", daemon_text(status, "version"),
                        daemon_number(status, "pid"), uptime != NULL ? uptime : "", daemon_text(status, "started"));
    g_autofree char *configuration = g_strdup_printf(
        "%s, generation %" G_GINT64_FORMAT, daemon_text(status, "configuration"), daemon_number(status, "generation"));
    g_autofree char *waiting = g_strdup_printf("%" G_GINT64_FORMAT, daemon_number(status, "waiting"));

    output_table_add(table, "rollcalld", daemon);
    output_table_add(table, "mode", daemon_text(status, "mode"));
    output_table_add(table, "configuration", configuration);
    if (*failed != '\0')
        output_table_add(table, "not reloaded", failed);
    output_table_add(table, "waiting", waiting);
    directory_state_show(table, json_object_get(status, "directory"), FALSE);
    output_table_print(table);
}

static int
judge(const json_t *status)
{
    gboolean bad =
        *daemon_text(status, "reload_error") != '\0' || directory_state_is_bad(json_object_get(status, "directory"));
    return bad ? EXIT_NO : EX_OK;
}

static int
status_run(const Command *command, Source *source, int argc, char **argv)
{
    g_autoptr(GError) error = NULL;
    gboolean json;
    if (!daemon_parse(command, source, &argc, &argv, &json))
        return EX_USAGE;
    json_t *status = daemon_get(source, "/v1/status", &error);
    return daemon_show(status, error, json, show, judge);
}

const Command command_status = {
    .name = "status",
    .arguments = "",
    .summary = "how the running daemon is",
    .description = "Asks the running daemon for its configuration, and for the state of its directory.",
    .n_arguments = 0,
    .run = status_run,
};
