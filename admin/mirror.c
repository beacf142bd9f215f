/* SPDX-License-Identifier: BSD-2-Clause
 * mirror.c - rollcall mirror: what the running daemon keeps of the directory, and whether it is right
 *
 * Owns:     nothing.
 * Promises: exit status 0 only if nothing needs anybody.
 * Threads:  one.
 */
#include "admin/command.h"
#include "admin/daemon.h"
#include "admin/directory-state.h"
#include "admin/output.h"

/* ---- status and rebuild ---- */

static json_t *
ask_status(const Source *source, GError **error)
{
    return daemon_get(source, "/v1/mirror", error);
}

static json_t *
ask_rebuild(const Source *source, GError **error)
{
    return daemon_post(source, "/v1/mirror/rebuild", NULL, error);
}

static void
show_state(const json_t *answer)
{
    OutputTable *table = output_table_new(2);
    directory_state_show(table, answer, TRUE);
    output_table_print(table);
}

static int
judge_state(const json_t *answer)
{
    return directory_state_is_bad(answer) ? EXIT_NO : EX_OK;
}

static void
show_rebuild(G_GNUC_UNUSED const json_t *answer)
{
    output_line("the mirror is built anew; mail is answered live meanwhile");
}

/* ---- verify ---- */

static json_t *
ask_verify(const Source *source, GError **error)
{
    return daemon_post(source, "/v1/mirror/verify", NULL, error);
}

static void
show_addresses(const json_t *addresses, const char *where)
{
    gsize   i;
    json_t *address;
    json_array_foreach(addresses, i, address) output_line("  only in the %s: %s", where, json_string_value(address));
}

static void
show_difference(const json_t *difference)
{
    const char *group = daemon_text(difference, "group"), *error = daemon_text(difference, "error");
    if (*error != '\0') {
        output_line("not compared: %s: %s", group, error);
        return;
    }
    output_line("different: %s: %" G_GINT64_FORMAT " in the mirror, %" G_GINT64_FORMAT " in the directory", group,
                daemon_number(difference, "mirror"), daemon_number(difference, "live"));
    show_addresses(json_object_get(difference, "only_mirror"), "mirror");
    show_addresses(json_object_get(difference, "only_live"), "directory");
}

static void
show_verify(const json_t *answer)
{
    const json_t *differences = json_object_get(answer, "differences");
    gsize         i;
    json_t       *difference;
    json_array_foreach(differences, i, difference) show_difference(difference);
    output_line("%" G_GINT64_FORMAT " groups compared, %zu not as in the directory", daemon_number(answer, "groups"),
                json_array_size(differences));
}

/* What could not be compared is no difference yet: try again. */
static int
judge_verify(const json_t *answer)
{
    const json_t *differences = json_object_get(answer, "differences");
    int           status = EX_OK;
    gsize         i;
    json_t       *difference;
    json_array_foreach(differences, i, difference)
    {
        if (*daemon_text(difference, "error") == '\0')
            return EXIT_NO;
        status = EX_TEMPFAIL;
    }
    return status;
}

/* ---- the subcommand ---- */

static const struct {
    const char *name;
    json_t *(*ask)(const Source *source, GError **error);
    void (*show)(const json_t *answer);
    int (*judge)(const json_t *answer); /* the exit status; NULL: 0 */
} actions[] = {
    {"status", ask_status, show_state, judge_state},
    {"verify", ask_verify, show_verify, judge_verify},
    {"rebuild", ask_rebuild, show_rebuild, NULL},
};

static int
act(gsize action, const Source *source, gboolean json)
{
    g_autoptr(GError) error = NULL;
    json_t *answer = actions[action].ask(source, &error);
    return daemon_show(answer, error, json, actions[action].show, actions[action].judge);
}

static int
mirror_run(const Command *command, Source *source, int argc, char **argv)
{
    gboolean json;
    if (!daemon_parse(command, source, &argc, &argv, &json))
        return EX_USAGE;
    for (gsize i = 0; i < G_N_ELEMENTS(actions); i++)
        if (g_str_equal(argv[1], actions[i].name))
            return act(i, source, json);
    output_error("mirror: got '%s', expected %s", argv[1], command->arguments);
    return EX_USAGE;
}

const Command command_mirror = {
    .name = "mirror",
    .arguments = "status|verify|rebuild",
    .summary = "what the running daemon keeps of the directory",
    .description =
        "status shows how old it is, how large, and what went wrong last. verify compares the roster of every\n"
        "group with a live one, which may take minutes. rebuild throws it away and reads everything again.",
    .n_arguments = 1,
    .run = mirror_run,
};
