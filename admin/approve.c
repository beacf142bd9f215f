/* SPDX-License-Identifier: BSD-2-Clause
 * approve.c - rollcall approve: a group's mail passes the guard, and max-members
 *
 * Owns:     nothing.
 * Promises: what it says is in force in the running daemon by then.
 * Threads:  one.
 */
#include "admin/daemon.h"
#include "admin/history.h"
#include "admin/output.h"

#include <stdlib.h>

typedef struct {
    gboolean once, revoke, list, json;
    char    *until;
} Options;

static void
show_approvals(const json_t *answer)
{
    const json_t *approvals = json_object_get(answer, "approvals");
    gsize         i;
    json_t       *approval;

    if (json_array_size(approvals) == 0) {
        output_line("no group is approved");
        return;
    }
    OutputTable *table = output_table_new(4);
    output_table_add(table, "GROUP", "UNTIL", "BY", "AT");
    json_array_foreach(approvals, i, approval)
    {
        g_autofree char *until = history_time(approval, "until"), *at = history_time(approval, "at");
        output_table_add(table, daemon_text(approval, "group"), *until != '\0' ? until : "one message",
                         daemon_text(approval, "by"), at);
    }
    output_table_print(table);
}

static void
show_approval(const json_t *answer)
{
    g_autofree char *until = history_time(answer, "until");

    if (*until != '\0')
        output_line("%s: approved until %s", daemon_text(answer, "group"), until);
    else
        output_line("%s: approved for the next message that the guard would stop", daemon_text(answer, "group"));
    if (json_is_false(json_object_get(answer, "kept")))
        output_error("note: the daemon's state cannot be written: this does not outlive its end");
}

static void
show_revoked(const json_t *answer)
{
    output_line("%s: not approved any more", daemon_text(answer, "group"));
}

/* Who became root, for the list. */
static const char *
who(void)
{
    const char *user = getenv("SUDO_USER");
    return user != NULL && *user != '\0' && g_utf8_validate(user, -1, NULL) ? user : g_get_user_name();
}

static json_t *
body_of(const Options *options, const char *group)
{
    json_t *body = json_pack("{s:o}", "group", output_json_text(group));

    if (options->revoke)
        return body;
    json_object_set_new(body, "by", output_json_text(who()));
    if (options->until != NULL)
        json_object_set_new(body, "until", output_json_text(options->until));
    else
        json_object_set_new(body, "once", json_true());
    return body;
}

static int
ask(const Options *options, const Source *source, const char *group)
{
    g_autoptr(GError) error = NULL;
    json_t *body = options->list ? NULL : body_of(options, group);
    json_t *answer =
        options->list ? daemon_get(source, "/v1/approvals", &error)
                      : daemon_post(source, options->revoke ? "/v1/approvals/revoke" : "/v1/approvals", body, &error);

    json_decref(body);
    return daemon_show(answer, error, options->json,
                       options->list     ? show_approvals
                       : options->revoke ? show_revoked
                                         : show_approval,
                       NULL);
}

static int
approve_run(const Command *command, Source *source, int argc, char **argv)
{
    Options            options = {0};
    Command            self = *command;
    const GOptionEntry entries[] = {
        {"once", 0, 0, G_OPTION_ARG_NONE, &options.once, "for one message; so it is without --until", NULL},
        {"until", 0, 0, G_OPTION_ARG_STRING, &options.until, "for all messages until TIME: 2h, 3d, or 2026-01-31T08:00",
         "TIME"},
        {"revoke", 0, 0, G_OPTION_ARG_NONE, &options.revoke, "take the approval back", NULL},
        {"list", 0, 0, G_OPTION_ARG_NONE, &options.list, "show all approvals", NULL},
        {"json", 0, 0, G_OPTION_ARG_NONE, &options.json, "the daemon's own answer", NULL},
        {NULL},
    };

    self.n_arguments = g_strv_contains((const char *const *)argv, "--list") ? 0 : 1;
    gboolean         parsed = command_parse(&self, entries, source, &argc, &argv);
    g_autofree char *until = options.until;
    if (!parsed)
        return EX_USAGE;
    if (options.once + (until != NULL) + options.revoke + options.list > 1) {
        output_error("approve: --once, --until, --revoke and --list exclude each other");
        return EX_USAGE;
    }
    return ask(&options, source, argv[1]);
}

const Command command_approve = {
    .name = "approve",
    .arguments = "GROUP",
    .summary = "let mail to a group past the guard",
    .description =
        "The next message to GROUP that the guard would stop, or that is over max-members, is let through; with\n"
        "--until all of them. In force at once. Needs root.",
    .n_arguments = 1,
    .run = approve_run,
};
