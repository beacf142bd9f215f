/* SPDX-License-Identifier: BSD-2-Clause
 * check.c - rollcall check: is everything there that mail will need
 *
 * Owns:     nothing.
 * Promises: one line a finding; status 0 only if none is bad.
 * Threads:  one.
 */
#include "admin/check.h"
#include "admin/filter-notes.h"
#include "admin/output.h"

/* For all servers together; each is bounded by its own timeouts. */
enum { LONGEST_EXAMINATION = 120 };

void
check_say(CheckTally *tally, CheckResult result, const char *format, ...)
{
    static const char *const words[] = {"good", "note", "bad"};
    va_list                  arguments;

    va_start(arguments, format);
    g_autofree char *text = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    tally->n_notes += result == CHECK_NOTE;
    tally->n_bad += result == CHECK_BAD;
    output_line("%-6s%s", words[result], text);
}

static void
free_finding(gpointer finding)
{
    directory_finding_free(finding);
}

/* Whether it makes sense to go on: at least one thing that was examined is good. */
static gboolean
check_servers(CheckTally *tally, Directory *directory)
{
    g_autoptr(GPtrArray) findings = directory_check(directory, deadline_in(LONGEST_EXAMINATION));
    gboolean any_good = FALSE;

    g_ptr_array_set_free_func(findings, free_finding);
    for (guint i = 0; i < findings->len; i++) {
        const DirectoryFinding *finding = g_ptr_array_index(findings, i);
        gboolean                named = finding->server != NULL && *finding->server != '\0';
        any_good = any_good || finding->good;
        check_say(tally, finding->good ? CHECK_GOOD : CHECK_BAD, "%s%s%s", named ? finding->server : "",
                  named ? ": " : "", finding->text);
    }
    return any_good;
}

/* What is allowed, but should be known. */
static void
check_risks(CheckTally *tally, const Settings *settings)
{
    const LdapSettings *ldap = settings_ldap(settings);

    if (ldap != NULL && ldap->bind == BIND_SIMPLE && ldap->tls == TLS_NONE)
        check_say(tally, CHECK_NOTE, "bind = simple with tls = none: the password can be read on the way");
    if (settings_milter(settings)->observe)
        check_say(tally, CHECK_NOTE, "mode = observe: no message is changed");
}

static void
examine(CheckTally *tally, Source *source)
{
    g_autoptr(GError) error = NULL;
    const Settings *settings = source_settings(source, &error);

    if (settings == NULL) {
        check_say(tally, CHECK_BAD, "%s", error->message);
        return;
    }
    if (source->ldif == NULL)
        check_say(tally, CHECK_GOOD, "%s: configuration", source_name(source));
    check_risks(tally, settings);
    Directory *directory = source_directory(source, &error);
    if (directory == NULL) {
        check_say(tally, CHECK_BAD, "%s", error->message);
        return;
    }
    if (check_servers(tally, directory))
        check_groups(tally, directory, settings);
}

static int
check_run(const Command *command, Source *source, int argc, char **argv)
{
    CheckTally tally = {0};

    if (!command_parse(command, NULL, source, &argc, &argv))
        return EX_USAGE;
    examine(&tally, source);
    output_line("%s", "");
    output_line("%u bad, %u to note", tally.n_bad, tally.n_notes);
    return tally.n_bad > 0 ? EXIT_NO : EX_OK;
}

const Command command_check = {
    .name = "check",
    .arguments = "",
    .summary = "the configuration, the servers, every group",
    .description = "Examines the configuration, then every server, then every group with its filter and base.\n"
                   "Exits with 1 if anything is bad.",
    .n_arguments = 0,
    .run = check_run,
};
