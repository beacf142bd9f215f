/* SPDX-License-Identifier: BSD-2-Clause
 * headers.c - names of header fields: which say something about the origin, and which are taken out
 *
 * Owns:     the names.
 * Promises: a name matches whatever its case, and with the blanks that RFC 5322 section 4.5.8 lets stand before the
 *           colon: what a receiver might take for the field, we take for it too.
 * Threads:  any.
 */
#include "origin/headers.h"

#include "origin/judge.h"

#include <string.h>

gboolean
header_name_is(const char *given, const char *name)
{
    gsize length = strlen(name);
    return g_ascii_strncasecmp(given, name, length) == 0 && given[length + strspn(given + length, " \t")] == '\0';
}

static gboolean
starts_with(const char *name, const char *prefix)
{
    return g_ascii_strncasecmp(name, prefix, strlen(prefix)) == 0;
}

/* Headers by which Exchange servers tell each other what they found out ["Header firewall"]. */
static gboolean
is_trust_header(const char *name)
{
    static const char *const prefixes[] = {"X-MS-Exchange-Organization-", "X-MS-Exchange-CrossPremises-",
                                           "X-MS-Exchange-CrossTenant-"};
    for (gsize i = 0; i < G_N_ELEMENTS(prefixes); i++) {
        if (starts_with(name, prefixes[i]))
            return TRUE;
    }
    return FALSE;
}

static gboolean
is_own_header(const char *name)
{
    return starts_with(name, "X-Rollcall-") && !header_name_is(name, "X-Rollcall-Trace");
}

static gboolean
is_tenant_header(const OriginJudge *judge, const char *name)
{
    return judge->tenant_header != NULL && header_name_is(name, judge->tenant_header);
}

gboolean
origin_judge_watches(const OriginJudge *judge, const char *header_name)
{
    return is_tenant_header(judge, header_name) || is_own_header(header_name) ||
           (judge->strip != STRIP_NEVER && is_trust_header(header_name));
}

gboolean
origin_judge_removes(const OriginJudge *judge, Origin origin, const char *header_name, gboolean expanded)
{
    if (is_tenant_header(judge, header_name))
        return TRUE;
    if (is_own_header(header_name))
        return expanded;
    if (!is_trust_header(header_name) || origin == ORIGIN_EXCHANGE_ONLINE)
        return FALSE;
    return judge->strip == STRIP_ALL || (judge->strip == STRIP_EXPANDED && expanded);
}
