/* SPDX-License-Identifier: BSD-2-Clause
 * reports.c - where reports about the mail of a group's members go
 *
 * Owns:     nothing.
 * Promises: an absent Boolean reads as false, as long as another of the pair is there to show that somebody chose.
 * Threads:  any.
 */
#include "rollcall/group.h"

static gboolean
has_any(const Entry *entry, const char *attribute)
{
    const Value *values;
    return entry_all(entry, attribute, &values) > 0;
}

/* Both true is an advice against ["Set-DynamicDistributionGroup"] and counts as to the originator, who then hears at
 * least as much as Exchange would tell. */
GroupReports
group_reports(const Group *group)
{
    const Entry *entry = group_entry(group);

    if (!has_any(entry, "reporttooriginator") && !has_any(entry, "reporttoowner"))
        return REPORTS_UNSET;
    if (entry_boolean(entry, "reporttooriginator"))
        return REPORTS_ORIGINATOR;
    return entry_boolean(entry, "reporttoowner") ? REPORTS_MANAGER : REPORTS_NOBODY;
}

GroupOof
group_oof(const Group *group)
{
    const Entry *entry = group_entry(group);

    if (!has_any(entry, "oofreplytooriginator"))
        return OOF_UNSET;
    return entry_boolean(entry, "oofreplytooriginator") ? OOF_REPLY : OOF_SUPPRESS;
}
