/* SPDX-License-Identifier: BSD-2-Clause
 * control-daemon.c - what the control socket tells about the daemon itself, and its reload
 *
 * Threads:  any.
 */
#include "milter/control.h"

#include <unistd.h>

static char *
local_time(gint64 microseconds)
{
    g_autoptr(GDateTime) time = g_date_time_new_from_unix_local(microseconds / G_USEC_PER_SEC);
    return g_date_time_format_iso8601(time);
}

json_t *
control_get_status(const ControlRequest *request, G_GNUC_UNUSED guint *status)
{
    const ControlHouse *house = request->house;
    const Runtime      *runtime = request->runtime;
    g_autofree char    *started = local_time(house->started);
    g_autofree char    *error = keeper_reload_error(house->keeper);

    return json_pack(
        "{s:s, s:i, s:s, s:o, s:s, s:o, s:o, s:i, s:i, s:o}", "version", PACKAGE_VERSION, "pid", (int)getpid(),
        "started", started, "uptime", control_seconds(MAX(g_get_real_time() - house->started, 0)), "mode",
        settings_milter(runtime->settings)->observe ? "observe" : "expand", "configuration", control_text(house->file),
        "reload_error", control_text(error), "generation", (int)runtime->generation, "waiting",
        (int)resolver_waiting(runtime->resolver), "directory", control_directory(runtime));
}

static guint
generation_now(const ControlHouse *house)
{
    Runtime *now = runtime_store_acquire(house->runtimes);
    guint    generation = now->generation;
    runtime_store_release(house->runtimes, now);
    return generation;
}

json_t *
control_post_reload(const ControlRequest *request, guint *status)
{
    g_autoptr(GError) error = NULL;
    if (!keeper_ask_reload(request->house->keeper, &error))
        return control_error(status, 409, "%s", error->message);
    return json_pack("{s:i}", "generation", (int)generation_now(request->house));
}
