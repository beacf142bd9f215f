/* SPDX-License-Identifier: BSD-2-Clause
 * mta-config.c - rollcall mta-config: what the MTA needs to know of rollcall
 *
 * Owns:     the parts while they are printed.
 * Promises: prints, and changes nothing; every value comes from rollcall.conf or from the MTA's own configuration.
 *           No control character can stand in there, so the text is printed as it is, tabs and all.
 * Threads:  one.
 */
#include "admin/mta-config.h"
#include "admin/command.h"
#include "admin/output.h"

#include <stdio.h>
#include <string.h>

static void
clear_part(gpointer data)
{
    MtaPart *part = data;
    g_string_free(part->text, TRUE);
}

GArray *
mta_parts_new(void)
{
    GArray *parts = g_array_new(FALSE, FALSE, sizeof(MtaPart));
    g_array_set_clear_func(parts, clear_part);
    return parts;
}

void
mta_parts_free(GArray *parts)
{
    g_array_unref(parts);
}

GString *
mta_parts_add(GArray *parts, const char *name, const char *path)
{
    MtaPart part = {name, path, g_string_new(NULL)};
    g_array_append_val(parts, part);
    return part.text;
}

static void
print_all(const GArray *parts)
{
    gboolean first = TRUE;

    for (guint i = 0; i < parts->len; i++) {
        const MtaPart *part = &g_array_index(parts, MtaPart, i);
        if (part->text->len == 0)
            continue;
        printf("%s======== %s ========\n", first ? "" : "\n", part->path);
        fputs(part->text->str, stdout);
        first = FALSE;
    }
}

static int
print_one(const GArray *parts, const char *name)
{
    g_autoptr(GString) names = g_string_new(NULL);

    for (guint i = 0; i < parts->len; i++) {
        const MtaPart *part = &g_array_index(parts, MtaPart, i);
        if (g_str_equal(part->name, name)) {
            fputs(part->text->str, stdout);
            return EX_OK;
        }
        g_string_append_printf(names, "%s%s", names->len > 0 ? " | " : "", part->name);
    }
    output_error("--part: got '%s', expected %s", name, names->str);
    return EX_USAGE;
}

/* The parts for the MTA of this name; NULL, reported, with `*status` set. */
static GArray *
make_parts(const char *mta, const char *folder, const Settings *settings, int *status)
{
    g_autoptr(GError) error = NULL;

    if (g_str_equal(mta, "sendmail"))
        return mta_config_sendmail(settings);
    g_autoptr(Postfix) installed = postfix_read(folder, FALSE, &error);
    if (error == NULL)
        return mta_config_postfix(settings, installed);
    *status = command_fail(error);
    return NULL;
}

static int
mta_config_run(const Command *command, Source *source, int argc, char **argv)
{
    g_autofree char *part = NULL, *folder = NULL;
    g_autoptr(GError) error = NULL;
    const GOptionEntry entries[] = {
        {"part", 0, 0, G_OPTION_ARG_FILENAME, &part, "only this file's lines, without a heading", "FILE"},
        {"postfix-config", 0, 0, G_OPTION_ARG_FILENAME, &folder, "where main.cf is", "DIR"},
        {NULL},
    };

    if (!command_parse(command, entries, source, &argc, &argv))
        return EX_USAGE;
    if (!g_str_equal(argv[1], "postfix") && !g_str_equal(argv[1], "sendmail")) {
        output_error("mta-config: got '%s', expected postfix or sendmail", argv[1]);
        return EX_USAGE;
    }
    const Settings *settings = source_settings(source, &error);
    if (settings == NULL)
        return command_fail(error);
    int     status = EX_OK;
    GArray *parts = make_parts(argv[1], folder, settings, &status);
    if (parts == NULL)
        return status;
    if (part != NULL)
        status = print_one(parts, part);
    else
        print_all(parts);
    mta_parts_free(parts);
    return status;
}

const Command command_mta_config = {
    .name = "mta-config",
    .arguments = "postfix|sendmail",
    .summary = "what the MTA's configuration needs",
    .description =
        "Prints the lines that Postfix or Sendmail needs, ready to paste, with the values of rollcall.conf.\n"
        "What an installed Postfix is told already (other milters, other transports) is kept.",
    .n_arguments = 1,
    .run = mta_config_run,
};
