/* SPDX-License-Identifier: BSD-2-Clause
 * filter.c - rollcall filter: a filter as it was understood
 *
 * Owns:     nothing.
 * Promises: the canonical form on standard output, every repair on standard error; works without a configuration.
 * Threads:  one.
 */
#include "admin/command.h"
#include "admin/filter-notes.h"
#include "admin/output.h"

static int
filter_run(const Command *command, Source *source, int argc, char **argv)
{
    g_autoptr(GError) error = NULL;

    if (!command_parse(command, NULL, source, &argc, &argv))
        return EX_USAGE;
    g_autoptr(FilterRef) filter = parse_and_report(argv[1], &error);
    if (filter == NULL)
        return command_fail(error);
    g_autofree char *canonical = filter_print(filter);
    output_line("%s", canonical);
    if (!source_is_named(source))
        return EX_OK;

    Directory *directory = source_directory(source, &error);
    if (directory == NULL)
        return command_fail(error);
    return report_undefined(filter, directory, &error) ? EX_OK : command_fail(error);
}

const Command command_filter = {
    .name = "filter",
    .arguments = "TEXT",
    .summary = "a filter as it is understood",
    .description = "Prints the filter in the form of RFC 4515, and on standard error what had to be repaired.\n"
                   "With --config or --ldif it also names conditions that are Undefined in that directory.",
    .n_arguments = 1,
    .run = filter_run,
};
