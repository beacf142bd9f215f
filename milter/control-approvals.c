/* SPDX-License-Identifier: BSD-2-Clause
 * control-approvals.c - what an administrator approves, revokes, and has forgotten
 *
 * Promises: each of these is logged.
 * Threads:  any.
 */
#include "milter/control-state.h"
#include "milter/log-line.h"
#include "milter/maillog.h"

/* Names of people who approve are shown to others. */
enum { LONGEST_NAME = 64 };

static void
log_act(const char *act, const char *name, const char *what, const char *by)
{
    GString *line = g_string_new(act);
    g_string_append_c(line, ':');
    log_line_address(line, name, what);
    if (by != NULL)
        log_line_text(line, "by", by);
    log_line_write(MAILLOG_INFO, line);
}

/* ---- approvals ---- */

json_t *
control_get_approvals(const ControlRequest *request, G_GNUC_UNUSED guint *status)
{
    g_autoptr(GPtrArray) approvals = state_approvals(request->runtime->state, g_get_real_time());
    json_t *array = json_array();
    for (guint i = 0; i < approvals->len; i++) {
        const StateApproval *approval = g_ptr_array_index(approvals, i);
        json_array_append_new(array, json_pack("{s:o, s:o, s:o, s:o}", "group", control_text(approval->name), "by",
                                               control_text(approval->by), "at", control_time(approval->at), "until",
                                               control_time(approval->until)));
    }
    return json_pack("{s:o}", "approvals", array);
}

/* NULL: read. `until` 0: for one message. */
static json_t *
read_until(const ControlRequest *request, gint64 now, gint64 *until, guint *status)
{
    const char *text = control_body_text(request, "until");
    *until = 0;
    if (text == NULL)
        return NULL;
    if (!control_when(text, FALSE, now, until))
        return control_error(status, 400, "until: got '%s', expected a time such as 2h, 3d or 2026-01-31T08:00", text);
    return *until > now ? NULL : control_error(status, 400, "until: %s is over", text);
}

static json_t *
read_group(const ControlRequest *request, ControlGroup *group, guint *status)
{
    const char *address = control_body_text(request, "group");
    if (address == NULL)
        return control_error(status, 400, "group: missing, expected an address");
    return control_find_group(request, address, group, status);
}

json_t *
control_post_approval(const ControlRequest *request, guint *status)
{
    g_auto(ControlGroup) group = {0};
    gint64      now = g_get_real_time(), until;
    const char *by = control_body_text(request, "by");
    json_t     *failure = read_until(request, now, &until, status);
    if (failure == NULL)
        failure = read_group(request, &group, status);
    if (failure != NULL)
        return failure;
    StateApproval *approval = g_new0(StateApproval, 1);
    approval->group = g_strdup(group.identity);
    approval->name = g_strdup(group.name);
    approval->by =
        g_utf8_substring(by != NULL ? by : "root", 0, MIN(g_utf8_strlen(by != NULL ? by : "root", -1), LONGEST_NAME));
    approval->at = now;
    approval->until = until;
    log_act(until == 0 ? "approved once" : "approved", "group", group.name, approval->by);
    state_approve(request->runtime->state, approval);
    gboolean kept = state_flush(request->runtime->state) && state_has_file(request->runtime->state);
    return json_pack("{s:o, s:o, s:b}", "group", control_text(group.name), "until", control_time(until), "kept", kept);
}

json_t *
control_post_revoke(const ControlRequest *request, guint *status)
{
    g_auto(ControlGroup) group = {0};
    json_t *failure = read_group(request, &group, status);
    if (failure != NULL)
        return failure;
    if (!state_revoke(request->runtime->state, group.identity))
        return control_error(status, 404, "%s: there is no approval", group.name);
    log_act("revoked", "group", group.name, NULL);
    return json_pack("{s:o}", "group", control_text(group.name));
}

/* ---- forgetting ---- */

static json_t *
forget_group(const ControlRequest *request, guint *status)
{
    g_auto(ControlGroup) group = {0};
    g_autoptr(GError) error = NULL;
    json_t *failure = read_group(request, &group, status);
    if (failure != NULL)
        return failure;
    if (!state_forget_group(request->runtime->state, group.identity, &error))
        return control_error(status, 500, "%s", error->message);
    log_act("forgotten", "group", group.name, NULL);
    return json_pack("{s:o}", "group", control_text(group.name));
}

json_t *
control_post_forget(const ControlRequest *request, guint *status)
{
    const char *text = control_body_text(request, "address");
    g_autoptr(GError) error = NULL;
    guint n = 0;
    if (text == NULL)
        return forget_group(request, status);
    g_autoptr(Address) address = address_new(text, &error);
    if (address == NULL)
        return control_error(status, 400, "%s: %s", text, error->message);
    if (!state_forget_address(request->runtime->state, address, &n, &error))
        return control_error(status, 500, "%s", error->message);
    /* Not whom: the log would remember it. */
    maillog(MAILLOG_INFO, "forgotten: an address in %u records", n);
    return json_pack("{s:i}", "records", (int)n);
}
