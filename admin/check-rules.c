/* SPDX-License-Identifier: BSD-2-Clause
 * check-rules.c - rollcall check: what the groups ask for that the configuration does not give them
 *
 * Owns:     nothing.
 * Promises: counts, and says each thing once; a group by itself is shown by rollcall members.
 * Threads:  one.
 */
#include "admin/check.h"
#include "admin/filter-notes.h"

enum { LONGEST_PROBE = 60 };

void
check_count_rules(CheckRules *rules, const Settings *settings, const Group *group)
{
    ResolverSettings how = settings_resolver(settings);
    GroupReports     reports = group_reports(group);
    GroupOof         oof = group_oof(group);
    gboolean         redirects = reports == REPORTS_MANAGER || reports == REPORTS_NOBODY ||
                         (reports == REPORTS_UNSET && how.unset_reports_nobody);
    gboolean quiet = oof == OOF_SUPPRESS || (oof == OOF_UNSET && how.unset_oof_suppress);

    rules->n_reports += redirects;
    rules->n_quiet += quiet;
    rules->n_moderated += group_restrictions(group)->moderated;
}

static void
check_split_is_there(CheckTally *tally, const Settings *settings, const CheckRules *rules)
{
    gboolean held = settings_resolver(settings).policy.hold_moderated;

    if (*settings_milter(settings)->split_domain != '\0' ||
        (rules->n_reports == 0 && rules->n_quiet == 0 && (!held || rules->n_moderated == 0)))
        return;
    check_say(tally, CHECK_NOTE,
              "groups: reports redirected by %u, out-of-office replies suppressed by %u, moderated %u; without "
              "split-domain mail to one of them and to others is deferred",
              rules->n_reports, rules->n_quiet, rules->n_moderated);
}

/* Which attribute that only mailboxes on a server of one's own have is tested; NULL: none. */
static const char *
tested_server_attribute(GHashTable *attributes)
{
    static const char *const names[] = {"msexchhomeservername", "homemdb", NULL};

    for (const char *const *name = names; *name != NULL; name++)
        if (g_hash_table_contains(attributes, *name))
            return g_hash_table_lookup(attributes, *name);
    return NULL;
}

/* msExchRecipientTypeDetails of remote user, room, equipment and shared mailboxes [Exchange: RecipientTypeDetails]. */
static const char remote_mailboxes[] =
    "(|(msExchRecipientTypeDetails=2147483648)(msExchRecipientTypeDetails=8589934592)"
    "(msExchRecipientTypeDetails=17179869184)(msExchRecipientTypeDetails=34359738368))";

static void
check_remote(CheckTally *tally, const Settings *settings, Directory *directory, GHashTable *attributes)
{
    const char *attribute = tested_server_attribute(attributes);
    g_autoptr(GError) error = NULL;
    gboolean any;

    if (attribute == NULL || settings_resolver(settings).include_remote)
        return;
    g_autoptr(FilterRef) filter = filter_parse(remote_mailboxes, NULL, &error);
    if (filter == NULL || !check_any_entry(directory, filter, deadline_in(LONGEST_PROBE), &any, &error))
        check_say(tally, CHECK_BAD, "remote mailboxes: %s", error->message);
    else if (any)
        check_say(tally, CHECK_NOTE,
                  "groups: a filter tests %s, which the mailboxes in Exchange Online lack: see rollcall members and "
                  "mailboxes-include-remote",
                  attribute);
}

void
check_rules(CheckTally *tally, const Settings *settings, Directory *directory, const CheckRules *rules,
            GHashTable *attributes)
{
    check_split_is_there(tally, settings, rules);
    check_remote(tally, settings, directory, attributes);
}
