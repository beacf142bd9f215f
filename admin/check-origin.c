/* SPDX-License-Identifier: BSD-2-Clause
 * check-origin.c - rollcall check: can it be told whose mail this is
 *
 * Owns:     the secret while it looks at it.
 * Promises: says what will not be recognised; no secret is shown.
 * Threads:  one.
 */
#include "admin/check.h"

#include <sys/stat.h>

static void
check_secret(CheckTally *tally, const OriginSettings *origin)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(OriginJudge) judge = origin_judge_new(origin, NULL, &error);

    if (judge == NULL)
        check_say(tally, CHECK_BAD, "origin: %s", error->message);
    else if (origin->tenant_header != NULL)
        check_say(tally, CHECK_GOOD, "origin: %s: the secret of header %s", origin->tenant_secret_file,
                  origin->tenant_header);
    if (origin->tenant_header != NULL && g_ascii_strncasecmp(origin->tenant_header, "X-", 2) != 0)
        check_say(tally, CHECK_NOTE,
                  "origin: tenant-header = %s: a name that begins with X- cannot become a standard's",
                  origin->tenant_header);
}

static void
check_proof(CheckTally *tally, const OriginSettings *origin)
{
    if (origin->exchange_online == CLOUD_NO)
        return;
    if (origin->tenant_header == NULL && *origin->tenant_ids == NULL)
        check_say(tally, CHECK_NOTE,
                  "origin: no proof of the own tenant (tenant-header): all mail of Exchange Online "
                  "counts as a stranger's");
    else if (origin->tenant_header == NULL)
        check_say(tally, CHECK_NOTE,
                  "origin: tenant-ids is the only proof of the own tenant, and Exchange Online does "
                  "not always set that header; tenant-header is the better one");
}

/* Whoever has the key can make headers that stop a message, or that speak for its sender. */
static void
check_key(CheckTally *tally, const MilterSettings *milter)
{
    struct stat facts;

    if (stat(milter->key_file, &facts) != 0)
        check_say(tally, CHECK_NOTE, "key-file %s is not there yet; rollcalld makes it at its first start",
                  milter->key_file);
    else if ((facts.st_mode & 07) != 0)
        check_say(tally, CHECK_BAD, "key-file %s: mode %04o: others may read it", milter->key_file,
                  (guint)facts.st_mode & 07777);
}

void
check_origin(CheckTally *tally, const Settings *settings)
{
    const OriginSettings *origin = settings_origin(settings);

    check_key(tally, settings_milter(settings));
    check_proof(tally, origin);
    check_secret(tally, origin);
    if (settings_endpoints(settings) != NULL)
        check_endpoints(tally, settings_endpoints(settings));
}
