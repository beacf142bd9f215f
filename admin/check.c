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
    if (settings_resolver(settings).policy.hold_moderated && *settings_milter(settings)->split_domain == '\0')
        check_say(tally, CHECK_NOTE,
                  "moderated = hold without split-domain: a message to a moderated group and to others "
                  "is deferred");
}

/* What the daemon has on its own host. */
static void
check_house(CheckTally *tally, const Source *source, const Settings *settings)
{
    const char *name = settings_milter(settings)->user;
    g_autoptr(CheckUser) user = check_user_new(name);

    if (user == NULL) {
        check_say(tally, CHECK_BAD, "user %s is unknown: rollcalld does not start", name);
        return;
    }
    check_state(tally, settings, user);
    check_control(tally, source, settings, user);
}

/* What to look at, beside the directory. */
typedef struct {
    char    *postfix, *sendmail; /* as given, else NULL */
    gboolean no_mta;
} CheckMta;

/* Without a word of the user: what is installed. A name given for one of them means that it alone is used here. */
static void
check_mta(CheckTally *tally, const Settings *settings, const CheckMta *mta)
{
    static const char usual[] = "/etc/mail/sendmail.cf";

    if (mta->no_mta)
        return;
    if (mta->postfix != NULL || mta->sendmail == NULL)
        check_postfix(tally, settings, mta->postfix);
    if (mta->sendmail != NULL)
        check_sendmail(tally, settings, mta->sendmail);
    else if (mta->postfix == NULL && g_file_test(usual, G_FILE_TEST_EXISTS))
        check_sendmail(tally, settings, usual);
    check_split_answers(tally, settings);
}

static void
examine(CheckTally *tally, Source *source, const CheckMta *mta)
{
    g_autoptr(GError) error = NULL;
    const Settings *settings = source_settings(source, &error);

    if (settings == NULL) {
        check_say(tally, CHECK_BAD, "%s", error->message);
        return;
    }
    if (source->ldif == NULL) {
        check_say(tally, CHECK_GOOD, "%s: configuration", source_name(source));
        check_risks(tally, settings);
        check_origin(tally, settings);
        check_house(tally, source, settings);
        check_mta(tally, settings, mta);
    }
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
    CheckTally         tally = {0};
    g_autofree char   *postfix = NULL, *sendmail = NULL;
    gboolean           no_mta = FALSE;
    const GOptionEntry entries[] = {
        {"postfix-config", 0, 0, G_OPTION_ARG_FILENAME, &postfix, "where main.cf is", "DIR"},
        {"sendmail-config", 0, 0, G_OPTION_ARG_FILENAME, &sendmail, "sendmail.cf", "FILE"},
        {"no-mta", 0, 0, G_OPTION_ARG_NONE, &no_mta, "leave Postfix and Sendmail out", NULL},
        {NULL},
    };

    if (!command_parse(command, entries, source, &argc, &argv))
        return EX_USAGE;
    examine(&tally, source, &(CheckMta){postfix, sendmail, no_mta});
    output_line("%s", "");
    output_line("%u bad, %u to note", tally.n_bad, tally.n_notes);
    return tally.n_bad > 0 ? EXIT_NO : EX_OK;
}

const Command command_check = {
    .name = "check",
    .arguments = "",
    .summary = "the configuration, the daemon, the MTA, the servers, every group",
    .description = "Examines the configuration, the daemon's files and socket, how Postfix or Sendmail asks rollcall,\n"
                   "then every server, then every group with its filter and base.\n"
                   "Exits with 1 if anything is bad.",
    .n_arguments = 0,
    .run = check_run,
};
