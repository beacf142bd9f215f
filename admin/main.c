/* SPDX-License-Identifier: BSD-2-Clause
 * main.c - rollcall, the administrator's command: the table of its subcommands
 *
 * Owns:     the process.
 * Promises: exits 0 only if the question was answered and the answer written.
 * Threads:  one of its own; directories have theirs.
 */
#include "admin/command.h"
#include "admin/output.h"

#include <locale.h>
#include <signal.h>
#include <stdio.h>

static const Command *const commands[] = {
    &command_members, &command_match,   &command_filter, &command_check,  &command_mta_config,
    &command_origin,  &command_status,  &command_reload, &command_mirror, &command_history,
    &command_diff,    &command_approve, &command_forget,
};

/* "members, match, ... or NAME"; caller: g_free(). */
static char *
list_names(void)
{
    GString *names = g_string_new(NULL);

    for (gsize i = 0; i < G_N_ELEMENTS(commands); i++)
        g_string_append_printf(names, "%s%s",
                               i == 0                            ? ""
                               : i + 1 == G_N_ELEMENTS(commands) ? " or "
                                                                 : ", ",
                               commands[i]->name);
    return g_string_free(names, FALSE);
}

static const Command *
find_command(const char *name)
{
    for (gsize i = 0; i < G_N_ELEMENTS(commands); i++)
        if (g_str_equal(commands[i]->name, name))
            return commands[i];
    return NULL;
}

static char *
describe_commands(void)
{
    GString *text = g_string_new("Subcommands:\n");

    for (gsize i = 0; i < G_N_ELEMENTS(commands); i++) {
        g_autofree char *usage = g_strdup_printf("%s %s", commands[i]->name, commands[i]->arguments);
        g_string_append_printf(text, "  %-28s%s\n", usage, commands[i]->summary);
    }
    g_string_append(text, "\nrollcall SUBCOMMAND --help says more. The manual page is rollcall(1).");
    return g_string_free(text, FALSE);
}

/* The options before the subcommand; argv[1] is the subcommand afterwards. */
static gboolean
parse_common(Source *source, gboolean *version, int *argc, char ***argv)
{
    const GOptionEntry entries[] = {
        {"version", 0, 0, G_OPTION_ARG_NONE, version, "print the version", NULL},
        {NULL},
    };
    g_autoptr(GOptionContext) context = g_option_context_new("SUBCOMMAND ...");
    g_autofree char *description = describe_commands();
    g_autoptr(GError) error = NULL;

    g_option_context_set_summary(context,
                                 "Shows what mail to a group would get, and examines filters and directories.");
    g_option_context_set_description(context, description);
    g_option_context_set_strict_posix(context, TRUE);
    source_add_options(source, context);
    g_option_context_add_main_entries(context, entries, NULL);
    if (!g_option_context_parse(context, argc, argv, &error)) {
        output_error("%s", error->message);
        return FALSE;
    }
    return TRUE;
}

static int
run(Source *source, int argc, char **argv)
{
    gboolean version = FALSE;

    if (!parse_common(source, &version, &argc, &argv))
        return EX_USAGE;
    if (version) {
        output_line("rollcall %s", PACKAGE_VERSION);
        return EX_OK;
    }
    g_autofree char *names = list_names();
    if (argc < 2) {
        output_error("expected a subcommand: %s; see rollcall --help", names);
        return EX_USAGE;
    }
    const Command *command = find_command(argv[1]);
    if (command == NULL) {
        output_error("unknown subcommand '%s', expected %s", argv[1], names);
        return EX_USAGE;
    }
    return command->run(command, source, argc - 1, argv + 1);
}

int
main(int argc, char **argv)
{
    Source source = {0};

    setlocale(LC_ALL, "");
    g_set_prgname("rollcall");
    /* A server or a reader that goes away is an error to report, not the end of the process. */
    signal(SIGPIPE, SIG_IGN);
    int status = run(&source, argc, argv);
    source_clear(&source);
    return output_finish(status);
}
