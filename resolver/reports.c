/* SPDX-License-Identifier: BSD-2-Clause
 * reports.c - where the reports about one message to a group go
 *
 * Owns:     nothing.
 * Promises: a manager who cannot be read is not taken for none.
 * Threads:  any.
 *
 * ["Recipient resolution in Exchange Server", report redirection; Set-DynamicDistributionGroup.] What becomes of
 * reports to a manager who is missing or has no address is in no document; here they go to nobody.
 */
#include "resolver/question.h"

static GroupReports
reports_of(const Question *question)
{
    GroupReports reports = group_reports(question->answer->group);

    if (reports != REPORTS_UNSET)
        return reports;
    return question->resolver->unset_reports_nobody ? REPORTS_NOBODY : REPORTS_ORIGINATOR;
}

static gboolean
is_oof_suppressed(const Question *question)
{
    GroupOof oof = group_oof(question->answer->group);

    return oof == OOF_UNSET ? question->resolver->unset_oof_suppress : oof == OOF_SUPPRESS;
}

/* In AD a link cannot dangle (MS-ADTS 3.1.1.1.6): whom it names is there, and has only not been found. */
static gboolean
meet_missing(const Question *question, const char *dn, GError **error)
{
    g_autoptr(Schema) schema = directory_schema(question->view);

    if (schema != NULL && schema_rules(schema) == SCHEMA_RULES_RFC)
        return TRUE;
    g_set_error(error, DIRECTORY_ERROR, DIRECTORY_ERROR_INCOMPLETE,
                "managedBy: %s cannot be read: no right to, or outside the bases", dn);
    return FALSE;
}

/* The primary address becomes the envelope's sender [Set-DistributionGroup], though mail for the manager may go
 * elsewhere. */
static Address *
address_of(const Entry *manager, const Address *route)
{
    gboolean has_primary;
    g_autoptr(GPtrArray) addresses = entry_addresses(manager, &has_primary);

    return address_ref(has_primary ? g_ptr_array_index(addresses, 0) : (Address *)route);
}

/* A group as manager would get reports, and to groups none are delivered. */
static void
take_manager(Question *question, const Entry *entry, char **manager, Address **route)
{
    const char *reason;

    *route = entry_is_group(entry) ? NULL : entry_route(entry, &reason);
    if (*route == NULL)
        return;
    *manager = g_strdup(entry_dn(entry));
    question->answer->report_to = address_of(entry, *route);
}

static gboolean
find_manager(Question *question, char **manager, Address **route, GError **error)
{
    const char *dn = entry_text(group_entry(question->answer->group), "managedby");
    g_autoptr(EntryRef) entry = NULL;

    if (dn == NULL)
        return TRUE;
    if (!directory_read(question->view, dn, member_attributes, &entry, question->deadline, error))
        return FALSE;
    if (entry == NULL)
        return meet_missing(question, dn, error);
    take_manager(question, entry, manager, route);
    return TRUE;
}

gboolean
question_find_reports(Question *question, char **manager, Address **route, GError **error)
{
    Answer *answer = question->answer;

    answer->suppress_oof = is_oof_suppressed(question);
    answer->reports = reports_of(question);
    if (answer->reports != REPORTS_MANAGER)
        return TRUE;
    if (!find_manager(question, manager, route, error))
        return FALSE;
    if (answer->report_to == NULL)
        answer->reports = REPORTS_NOBODY;
    return TRUE;
}
