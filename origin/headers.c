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

/* In the order of HeaderKind. */
static const char *const names[N_HEADERS] = {
    [HEADER_FROM] = "From",
    [HEADER_CROSS_TENANT_ID] = "X-MS-Exchange-CrossTenant-Id",
    [HEADER_CROSS_PREMISES_AUTH_AS] = "X-MS-Exchange-CrossPremises-AuthAs",
    [HEADER_CROSS_TENANT_AUTH_AS] = "X-MS-Exchange-CrossTenant-AuthAs",
    [HEADER_DKIM_SIGNATURE] = "DKIM-Signature",
    /* Forwarding and loop headers [Exchange Team: "Loop Prevention in Exchange Online Demystified"]; any tenant's
     * message may bring them in. */
    [HEADER_ADVICE] = "X-LD-Processed",
    "X-OriginatorOrg",
    "X-MS-Exchange-CrossTenant-Network-Message-Id", /* what message trace is searched for */
    "X-MS-Exchange-Transport-Rules-Loop",
    "X-MS-Exchange-Inbox-Rules-Loop",
    "X-MS-Exchange-Moderation-Loop",
    "X-MS-Exchange-ForwardingLoop",
    "X-MS-Exchange-Generated-Message-Source",
    "X-MS-Gcc-Journal-Report",
    "X-EOPAttributedMessage",
    "X-EOPTenantAttributedMessage",
};

HeaderKind
header_kind(const char *name)
{
    static const char initials[] = "FfDdXx";
    if (*name == '\0' || strchr(initials, *name) == NULL)
        return HEADER_OTHER;
    HeaderKind kind = 0;
    while (kind < N_HEADERS && !header_name_is(name, names[kind]))
        kind++;
    return kind;
}

const char *
header_spelling(HeaderKind kind)
{
    return names[kind];
}

const char *
header_trim(const char *value, gsize *length)
{
    static const char blanks[] = " \t\r\n";
    value += strspn(value, blanks);
    *length = strlen(value);
    while (*length > 0 && strchr(blanks, value[*length - 1]) != NULL)
        (*length)--;
    return value;
}

char *
header_dkim_domain(const char *value)
{
    for (;; value++) {
        value += strspn(value, " \t\r\n");
        gsize whole = strcspn(value, ";"), tag = strcspn(value, "=; \t\r\n");
        if (tag == 1 && *value == 'd') {
            g_autofree char *text = g_strndup(value + 1, MIN(whole - 1, 400));
            char            *domain = g_strstrip(text);
            return *domain == '=' ? g_strdup(g_strchug(domain + 1)) : NULL;
        }
        value += whole;
        if (*value == '\0')
            return NULL;
    }
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
