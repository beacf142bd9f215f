/* SPDX-License-Identifier: BSD-2-Clause
 * control-mirror.c - what the control socket tells about the directory and what is kept of it
 *
 * Threads:  any.
 */
#include "milter/control.h"

static json_t *
count(guint64 number)
{
    return json_integer((json_int_t)number);
}

static json_t *
one_stream(const DirectoryStream *stream)
{
    return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "context", control_text(stream->context),
                     "server", control_text(stream->server), "method", control_text(stream->method), "doing",
                     control_text(stream->doing), "error", control_text(stream->error), "age",
                     control_seconds(stream->age), "changes", count(stream->changes), "full_passes",
                     count(stream->full_passes), "presence_passes", count(stream->presence_passes));
}

static json_t *
streams(const DirectoryStatus *status)
{
    json_t *list = json_array();
    for (guint i = 0; status->streams != NULL && i < status->streams->len; i++)
        json_array_append_new(list, one_stream(g_ptr_array_index(status->streams, i)));
    return list;
}

static json_t *
servers(const DirectoryStatus *status)
{
    json_t *list = json_array();
    for (guint i = 0; status->servers != NULL && i < status->servers->len; i++) {
        const DirectoryFinding *finding = g_ptr_array_index(status->servers, i);
        json_array_append_new(list, json_pack("{s:o, s:b, s:o}", "server", control_text(finding->server), "good",
                                              finding->good, "text", control_text(finding->text)));
    }
    return list;
}

json_t *
control_directory(const Runtime *runtime)
{
    g_autoptr(DirectoryStatus) status = directory_status(resolver_directory(runtime->resolver));

    return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "kind",
                     control_text(status->kind), "state", control_text(status->state), "age",
                     control_seconds(status->age), "entries", count(status->entries), "bytes", count(status->bytes),
                     "version", count(status->version), "indexes", control_texts(status->indexes), "streams",
                     streams(status), "servers", servers(status), "store", control_text(status->store), "store_bytes",
                     count(status->store_bytes), "store_error", control_text(status->store_error), "last_error",
                     control_text(status->last_error), "held_back", count(status->held_back));
}

json_t *
control_get_mirror(const ControlRequest *request, G_GNUC_UNUSED guint *status)
{
    return control_directory(request->runtime);
}

json_t *
control_post_rebuild(const ControlRequest *request, guint *status)
{
    g_autoptr(GError) error = NULL;
    if (!directory_rebuild(resolver_directory(request->runtime->resolver), &error))
        return control_refuse(status, error);
    return control_directory(request->runtime);
}
